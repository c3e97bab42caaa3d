"""The rules' verdict on recorded pages: promtool runs the rule files as Prometheus does, step by step.

`promtool test rules` holds the rule engine of Prometheus with a clock that is moved: recording rules,
`for`, `keep_firing_for` and ALERTS are its own. What fires is read from the tests' failures: each step
is asked for ALERTS and expects none.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from streams.alerting.tools import tool
from streams.rules.files import NAMES
from tests.data import ROOT
from tests.rules.promtool import noted

Labels = frozenset[tuple[str, str]]
RULES = ROOT / "deploy/prometheus/rules"
TARGET = 'instance="worker-1",job="floorwatch"'
"""What Prometheus adds to everything that it scrapes."""
_NAME = re.compile(r"\b(?:\w+:\w+:\w+|cc_\w+|up)\b")
_TIME = re.compile(r"time: ([\dhms]+),$")
_PART = re.compile(r"(\d+)([hms])")
_SAMPLE = re.compile(r"\{([^}]*)\}")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class Series:
    """Samples of every series of the pages, one for each step; None where it was not there."""

    def __init__(self) -> None:
        self._values: dict[str, list[str | None]] = {}
        self.steps = 0

    def add(self, page: bytes) -> None:
        """Take the next page."""
        for line in page.decode().splitlines():
            if line.startswith("#"):
                continue
            name, _, value = line.rpartition(" ")
            values = self._values.get(name)
            if values is None:
                values = self._values[name] = [None] * self.steps
            elif len(values) < self.steps:
                values += [None] * (self.steps - len(values))
            values.append(value)
        self.steps += 1

    def written(self) -> Iterator[tuple[str, str]]:
        """Each series, with the target's labels, and its values as promtool notes them."""
        for name, values in self._values.items():
            missing = self.steps - len(values)
            yield _targeted(name), noted([*values, *[None] * missing])


def _targeted(name: str) -> str:
    return f"{name[:-1]},{TARGET}}}" if name.endswith("}") else f"{name}{{{TARGET}}}"


def needed_rules(files: Iterable[str] = NAMES) -> tuple[list[dict[str, Any]], set[str]]:
    """Groups of the committed rule files without what only boards read, and the series they read.

    Annotations are left out too: no alert depends on what it says.
    """
    texts = [(RULES / f"{name}.yml").read_text("utf-8") for name in files]
    groups = [group for text in texts for group in yaml.safe_load(text)["groups"]]
    rules = [rule for group in groups for rule in group["rules"]]
    made_of = {rule["record"]: rule["expr"] for rule in rules if "record" in rule}
    waiting = [rule["expr"] for rule in rules if "alert" in rule]
    needed: set[str] = set()
    while waiting:
        found = set(_NAME.findall(waiting.pop())) - needed
        needed |= found
        waiting += [made_of[name] for name in found if name in made_of]
    for group in groups:
        kept = [rule for rule in group["rules"] if "alert" in rule or rule["record"] in needed]
        group["rules"] = [{k: v for k, v in rule.items() if k != "annotations"} for rule in kept]
    return groups, needed


Firing = dict[int, frozenset[Labels]]
"""Labels of what fires, by seconds since the first step."""


def evaluate(series: Series, step_s: int, folder: Path, files: Sequence[str] = NAMES) -> Firing:
    """What rule files say of the series at each step. Errors: RuntimeError, promtool cannot say."""
    groups, needed = needed_rules(files)
    (folder / "rules.yml").write_text(json.dumps({"groups": groups}), "utf-8")
    path = folder / "day.yml"
    with path.open("w", encoding="utf-8") as out:
        order = json.dumps([group["name"] for group in groups])
        out.write(f"rule_files: [rules.yml]\ngroup_eval_order: {order}\n")
        out.write(f"evaluation_interval: {step_s}s\ntests:\n  - interval: {step_s}s\n")
        out.write("    input_series:\n")
        up = (f"up{{{TARGET}}}", f"1x{series.steps - 1}")
        for name, values in (up, *series.written()):
            if name.partition("{")[0] in needed:
                out.write(f"      - series: '{name}'\n        values: '{values}'\n")
        out.write("    promql_expr_test:\n")
        for step in range(series.steps):
            out.write("      - expr: 'ALERTS{alertstate=\"firing\"}'\n")
            out.write(f"        eval_time: {step * step_s}s\n        exp_samples: []\n")
    said = subprocess.run(
        [tool("promtool"), "test", "rules", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"GOGC": "400"},
    )
    fired = dict(_read(said.stdout + said.stderr))
    if len(fired) != series.steps:  # Watchdog fires at each
        raise RuntimeError(said.stderr[:2000])
    return fired


def _read(said: str) -> Iterator[tuple[int, frozenset[Labels]]]:
    at_s = -1
    for line in said.splitlines():
        if found := _TIME.search(line):
            at_s = sum(int(n) * _SECONDS[unit] for n, unit in _PART.findall(found[1]))
        elif line.lstrip().startswith("got:"):
            yield (
                at_s,
                frozenset(
                    frozenset((k, v) for k, v in _LABEL.findall(each) if k not in _NO_LABELS)
                    for each in _SAMPLE.findall(line)
                ),
            )


_NO_LABELS = ("__name__", "alertstate")
_SECONDS = {"h": 3600, "m": 60, "s": 1}
