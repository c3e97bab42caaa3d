"""What alerts say: the value, its direction and what it is held against, as a person would write it."""

import os
import subprocess

import pytest
import yaml

from tests.data import ROOT
from tests.rules.promtool import rule_files_of
from tests.rules.tools import tool

pytestmark = pytest.mark.needs_promtool
QUEUE = 'program="shop",queue="sales",channel="voice"'
GROUP = 'site="oslo",program="shop",group="desk"'
MINUTES = 70


def held(value):
    return f"{value}x{MINUTES}"


def summaries(alert, severity, series, folder):
    """What promtool says that the alert told at the end."""
    rules = [str(ROOT / f"deploy/prometheus/rules/{name}.yml") for name in rule_files_of(alert)]
    told = {
        "rule_files": rules,
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": one, "values": value} for one, value in series.items()],
                "alert_rule_test": [
                    {"eval_time": f"{MINUTES - 5}m", "alertname": alert, "exp_alerts": []}
                ],
            }
        ],
    }
    path = folder / "told.yml"
    path.write_text(yaml.safe_dump(told), "utf-8")
    run = subprocess.run(
        [tool("promtool"), "test", "rules", str(path)],
        capture_output=True, text=True, check=False, env=os.environ | {"GOGC": "400"},
    )  # fmt: skip
    said = (run.stdout + run.stderr).replace('\\"', '"')
    return [
        line.split('summary="')[1].split('"}')[0]
        for line in said.split("Labels:")
        if 'summary="' in line and f'severity="{severity}"' in line
    ], said


def open_queue():
    return {f"cc_queue_open{{{QUEUE}}}": held(1)}


@pytest.mark.parametrize(
    ("ratio", "score", "told"),
    [(0.25, 4, "+25%"), (-0.25, -4, "-25%")],
)
def test_volume_off_its_forecast_says_in_which_direction(ratio, score, told, tmp_path):
    series = open_queue() | {
        f"cc_day_volume_deviation_ratio{{{QUEUE}}}": held(ratio),
        f"cc_day_volume_deviation_score{{{QUEUE}}}": held(score),
        f"cc_day_forecast_contacts_to_date{{{QUEUE}}}": held(100),
    }
    said, whole = summaries("VolumeDeviation", "critical", series, tmp_path)
    assert said == [f"sales: volume of the day is {told} against its forecast"], whole


def test_a_wait_that_is_too_long_says_what_was_promised(tmp_path):
    series = open_queue() | {
        f"cc_contacts_oldest_waiting_timestamp_seconds{{{QUEUE}}}": held(-200),
        f"cc_queue_service_level_threshold_seconds{{{QUEUE}}}": held(20),
        f"cc_contacts_waiting{{{QUEUE}}}": held(3),
        "cc_view_timestamp_seconds": held(0),
    }
    said, whole = summaries("OldestWaitHigh", "critical", series, tmp_path)
    assert said == ["sales: somebody has waited 3m 20s, over 6 times the 20s promised"], whole


def test_a_group_that_is_short_says_of_how_many_with_one_decimal(tmp_path):
    series = {
        f"cc_interval_available_staff{{{GROUP}}}": held(8),
        f"cc_interval_required_staff{{{GROUP}}}": held(12.345),
    }
    said, whole = summaries("StaffShort", "critical", series, tmp_path)
    assert said == ["desk (oslo): 4.3 FTE fewer than the 12.3 required"], whole
