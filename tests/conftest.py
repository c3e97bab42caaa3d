"""What a machine lacks is listed at the end with what to install; with CI=true it fails."""

import os
import shutil
from pathlib import Path

import pytest

from tests.data import DATA, ROOT

CI = os.environ.get("CI") == "true"
NOT_RUN: list[str] = []
DATA_HINT = "set FLOORWATCH_DATA to the folder with the outside data"
TOOLS_HINT = "make tools"


def has_promtool() -> bool:
    return bool(shutil.which("promtool") or list((ROOT / "build/tools").glob("**/promtool")))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_promtool: runs promtool (make tools)")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out modules that read outside data where there is none, and say so."""
    if CI or DATA.is_dir() or collection_path.suffix != ".py":
        return None
    if collection_path.name.startswith("test_") and "shared(" in collection_path.read_text():
        NOT_RUN.append(f"{collection_path.relative_to(ROOT)}: {DATA_HINT}")
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if CI or has_promtool():
        return
    lacking = [item for item in items if item.get_closest_marker("needs_promtool")]
    if lacking:
        items[:] = [item for item in items if item not in lacking]
        config.hook.pytest_deselected(items=lacking)
        NOT_RUN.append(f"{len(lacking)} tests with promtool: {TOOLS_HINT}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NOT_RUN:
        terminalreporter.section("not run on this machine")
        for line in NOT_RUN:
            terminalreporter.write_line(line)
