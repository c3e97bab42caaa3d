"""Every alert on days made by hand: firing, quiet, flapping, no traffic, late feed, hand-over, closing."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from streams.alerting.tools import tool
from streams.rules.files import alerts, rule_files
from tests.data import ROOT
from tests.rules.case import ENDS
from tests.rules.promtool import CASES, FOLDER, written_files

FILES = written_files()
LEVELS = FOLDER / "levels.yml"
"""Of recording rules, by hand."""
KINDS = {"fires", "quiet", "flaps", "idle", "late"}
SPEAKS_FOR_ITSELF = {
    "Watchdog": KINDS,  # it always fires
    "FeedSilent": {"late"},  # this is the late feed
    "WorkersMissing": {"idle", "late"},  # `up` knows neither traffic nor feeds
    "ViewStale": {"late"},  # a page that is gone is a worker that is down
    "FeedHole": {"flaps"},  # a hole is a fact, once
    "PlanVersionChanged": {"flaps"},  # versions only grow
}


@pytest.fixture(scope="module")
def outcomes():
    """What promtool says of each file; two run at a time."""

    def run(path):
        said = subprocess.run(
            [tool("promtool"), "test", "rules", str(path)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"GOGC": "400"},  # a sixth less time
        )
        return path, said

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(run, [*FILES, LEVELS]))


@pytest.mark.needs_promtool
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_alert_is_told_when_it_should_be_and_at_no_other_time(path, outcomes):
    said = outcomes[path]
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.needs_promtool
def test_levels_are_sums_and_ratios_of_sums_and_every_queue_counts_once(outcomes):
    assert outcomes[LEVELS].returncode == 0, outcomes[LEVELS].stdout + outcomes[LEVELS].stderr


@pytest.mark.needs_promtool
@pytest.mark.parametrize("speed", [1, 60])
def test_promtool_accepts_the_rules_at_every_speed(speed, tmp_path):
    for name, text in rule_files(speed).items():
        (tmp_path / f"{name}.yml").write_text(text, "utf-8")
    check = [tool("promtool"), "check", "rules", *map(str, tmp_path.iterdir())]
    said = subprocess.run(check, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.needs_promtool
def test_promtool_accepts_the_configuration_that_loads_them():
    config = ROOT / "deploy/prometheus/prometheus.yml"
    check = [tool("promtool"), "check", "config", str(config)]
    said = subprocess.run(check, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    count = len(list((ROOT / "deploy/prometheus/rules").iterdir()))
    assert f"SUCCESS: {count} rule files found" in said.stdout


def test_the_test_files_are_those_that_the_cases_make():
    told = {path: path.read_text("utf-8") for path in FOLDER.iterdir() if path != LEVELS}
    assert told == FILES, "run make rules-test"


def test_every_alert_on_an_open_queue_is_tried_on_one_that_closes_and_on_one_that_is_given_up():
    of_open = {
        (each.name, each.severity, each.level)
        for each in alerts()
        if each.level == "queue" and "queue_open:max == 1" in each.expr
    }
    assert len(of_open) > 20
    tried = {(c.alert, c.severity, c.level) for c in CASES if set(ENDS) <= set(c.tried)}
    assert tried == of_open


def test_every_alert_of_every_severity_and_level_is_tried_in_every_way():
    tried = {}
    for case in CASES:
        key = (case.alert, case.severity, case.level)
        tried[key] = tried.get(key, set()) | set(case.kinds)
    assert set(tried) == {(each.name, each.severity, each.level) for each in alerts()}
    for (name, severity, level), kinds in tried.items():
        lacking = KINDS - kinds - SPEAKS_FOR_ITSELF.get(name, set())
        # Above the queue, no traffic is tried once: the sums are the same.
        if level in ("program", "network") and name == "ServiceLevelLow":
            lacking -= {"idle"}
        assert not lacking, (name, severity, level)
