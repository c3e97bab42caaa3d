"""What alerts say, their templates written out by promtool."""

import os
import re
import subprocess
from typing import NamedTuple

import yaml

from streams.alerting.tools import tool
from streams.rules.files import rule_groups
from tests.data import ROOT
from tests.rules.promtool import rule_files_of

_ALERT = re.compile(r'Labels:\{(.*?)\}\s+Annotations:\{.*?summary="(.*?)", summary_ja="(.*?)"\}')


class Said(NamedTuple):
    """One alert that fires, in both languages."""

    severity: str
    en: str
    ja: str


def said(alert: str, step_s: int, tests: list[tuple[dict[str, str], int]]) -> list[Said]:
    """What an alert says in each test: its series with their values, and when, s, it is asked for.

    promtool tells what it got because it was told to expect nothing.
    """
    names = rule_files_of(alert)
    told = {
        "rule_files": [str(ROOT / f"deploy/prometheus/rules/{name}.yml") for name in names],
        "group_eval_order": [group.name for name in names for group in rule_groups()[name]],
        "evaluation_interval": f"{step_s}s",
        "tests": [
            {
                "interval": f"{step_s}s",
                "input_series": [{"series": one, "values": of} for one, of in series.items()],
                "alert_rule_test": [
                    {"eval_time": f"{at_s}s", "alertname": alert, "exp_alerts": []}
                ],
            }
            for series, at_s in tests
        ],
    }
    run = subprocess.run(
        [tool("promtool"), "test", "rules", "/dev/stdin"], input=yaml.safe_dump(told),
        capture_output=True, text=True, check=False, env=os.environ | {"GOGC": "400"},
    )  # fmt: skip
    whole = (run.stdout + run.stderr).replace('\\"', '"')
    found = [
        Said(re.findall(r'severity="(\w+)"', labels)[0], en, ja)
        for labels, en, ja in _ALERT.findall(whole)
    ]
    assert found, whole
    return found
