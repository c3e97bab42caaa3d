import subprocess

import pytest

from streams.alerting.tools import tool
from streams.clock import ManualClock
from streams.exporter import Page
from tests.views import AT_MS, busy_view, view

pytestmark = pytest.mark.needs_promtool


@pytest.mark.parametrize("made", [busy_view(), view()], ids=["busy", "quiet"])
def test_promtool_finds_nothing_to_complain_of(made):
    page = Page(lambda: made, ManualClock(AT_MS), version="0.1.0")
    checked = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=page(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
