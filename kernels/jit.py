"""The one place that sets compiler options.

No fastmath (order and exactness matter), no parallel (a worker owns a shard), the interpreter
lock released so that export and checkpoint threads run beside a fold. The disk cache is on: the
start-up warm-up is its only writer. FLOORWATCH_BOUNDSCHECK=1 checks every index, for tests.

Kernels make no arrays: they get all memory from their callers, who hold it. So the compiler's
counting of references is off, by an option it has for code of this kind (`_nrt`); with it a fold of
calls took 3.4 times as long (0.74 against 0.21 us per event). A kernel that would allocate does not
compile.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from numba import config, njit

F = TypeVar("F", bound=Callable[..., Any])

BOUNDSCHECK = os.environ.get("FLOORWATCH_BOUNDSCHECK") == "1"
_OPTIONS = {"nogil": True, "cache": not BOUNDSCHECK, "boundscheck": BOUNDSCHECK, "_nrt": False}


def cache_name(sources: Iterable[Path]) -> str:
    """Name of the cache of kernels compiled from these files, all of their contents in it.

    The compiler's own cache looks at the file of each kernel only: after a change of a step that is
    inlined from another file it would go on with what it compiled before.
    """
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"kernels-{digest.hexdigest()[:16]}"


def _cache_folder() -> str:
    here = Path(__file__).parent
    given = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(given)] if given else [here / "__pycache__", Path.home() / ".cache/floorwatch"]
    for place in places:
        folder = place / cache_name(here.glob("*.py"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return str(config.CACHE_DIR)


config.CACHE_DIR = _cache_folder()


def cold() -> bool:
    """Whether nothing has been compiled into the cache yet; no where indices are checked: no cache."""
    return not BOUNDSCHECK and not any(Path(config.CACHE_DIR).rglob("*.nbi"))


def kernel(function: F) -> F:
    """Compile a loop over arrays on its first call."""
    compiled: F = njit(**_OPTIONS)(function)
    return compiled


def inlined(function: F) -> F:
    """Make a step part of the kernels that call it.

    A call that hands on all groups of arrays costs more than the step: with these steps as calls
    putting an event in took 2.8 times as long, settling a visit 1.9 times.
    """
    compiled: F = njit(inline="always", **_OPTIONS)(function)
    return compiled
