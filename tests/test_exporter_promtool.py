import os
import shutil
import subprocess

import pytest

from streams.clock import ManualClock
from streams.exporter import Page
from tests.data import ROOT
from tests.views import AT_MS, busy_view, view

pytestmark = pytest.mark.needs_promtool


def promtool():
    """Path of promtool: from the PATH, else what `deploy/tools/fetch.sh` has brought."""
    fetched = sorted((ROOT / "build/tools").glob("**/promtool"))
    runs = [str(path) for path in fetched if path.is_file() and os.access(path, os.X_OK)]
    return shutil.which("promtool") or runs[0]


@pytest.mark.parametrize("made", [busy_view(), view()], ids=["busy", "quiet"])
def test_promtool_finds_nothing_to_complain_of(made):
    page = Page(lambda: made, ManualClock(AT_MS), version="0.1.0")
    checked = subprocess.run(
        [promtool(), "check", "metrics"], input=page(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
