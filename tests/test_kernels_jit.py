"""Compiled kernels are kept per state of all their sources: an inlined step counts everywhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config
from numba.core.errors import NumbaError

from kernels.jit import cache_name, kernel


def test_a_change_of_any_source_is_another_cache(tmp_path: Path) -> None:
    one, two = tmp_path / "spans.py", tmp_path / "timeline.py"
    one.write_text("a")
    two.write_text("b")
    before = cache_name([one, two])
    assert cache_name([two, one]) == before
    one.write_text("c")
    changed = cache_name([one, two])
    assert changed != before
    one.rename(tmp_path / "other.py")
    assert cache_name([tmp_path / "other.py", two]) not in (before, changed)


def test_kernels_are_kept_in_the_cache_of_the_sources_there_are() -> None:
    sources = (Path(__file__).parent.parent / "kernels").glob("*.py")
    assert Path(config.CACHE_DIR).name == cache_name(sources)


def test_a_kernel_that_would_make_an_array_does_not_compile() -> None:
    def kept(columns: Any) -> Any:
        return columns.copy()

    with pytest.raises(NumbaError):
        kernel(kept)(np.zeros(3))
