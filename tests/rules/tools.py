"""The tools of Prometheus: from the PATH, else what `make tools` has brought."""

import os
import shutil

from tests.data import ROOT


def tool(name: str) -> str:
    """Path of promtool, amtool, prometheus or prometheus-alertmanager. Errors: IndexError, not there."""
    fetched = sorted((ROOT / "build/tools").glob(f"**/bin/{name}"))
    runs = [str(path) for path in fetched if os.access(path, os.X_OK)]
    return shutil.which(name) or runs[0]
