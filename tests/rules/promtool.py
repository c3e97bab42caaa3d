"""promtool's test files, made of the cases: `python -m tests.rules.promtool` writes them.

One file for each alert and step, with the rule files that the alert is made of and no others: every
rule of a file is evaluated at every step.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

from streams.rules.files import alerts, rule_groups
from streams.rules.rule import Record
from tests.data import ROOT
from tests.rules.case import Case
from tests.rules.cases_backlog import BACKLOG
from tests.rules.cases_demand import DEMAND
from tests.rules.cases_feed import FEED
from tests.rules.cases_lists import LISTS
from tests.rules.cases_people import PEOPLE
from tests.rules.cases_service import SERVICE
from tests.rules.cases_technology import TECHNOLOGY
from tests.rules.cases_waits import WAITS

FOLDER = ROOT / "deploy/prometheus/tests"
CASES: tuple[Case, ...] = (
    *(*SERVICE, *WAITS, *BACKLOG, *LISTS),
    *(*DEMAND, *PEOPLE, *TECHNOLOGY, *FEED),
)
_ALERTS = re.compile(r'\bALERTS\{alertname="(\w+)"')
_SERIES = re.compile(r"\b(?:queue|group|program|site|network|feed):\w+:\w+")

_groups = cache(rule_groups)
"""Asked for by every file, and every process that collects tests asks for all files."""


def rule_files_of(alert: str) -> list[str]:
    """Names of the rule files that an alert needs: its own, and those that make its series."""
    made_in, made_of = {}, {}
    for name, groups in _groups().items():
        for rule in (rule for group in groups for rule in group.rules):
            if isinstance(rule, Record):
                made_in[rule.name], made_of[rule.name] = name, rule.expr
            elif rule.name == alert:
                own = name
    waiting = [each.expr for each in alerts() if each.name == alert]
    others = {name for expr in waiting for name in _ALERTS.findall(expr)} - {alert}
    waiting += [each.expr for each in alerts() if each.name in others]
    needed: set[str] = set()
    while waiting:
        found = set(_SERIES.findall(waiting.pop())) - needed
        needed |= found
        waiting += [made_of[name] for name in found]
    return [*sorted({made_in[name] for name in needed} - {own}), own]


def written_files() -> dict[Path, str]:
    """Every test file with its text."""
    by_file = sorted(CASES, key=lambda case: (case.alert, case.step_s))
    return {
        FOLDER / f"{alert}{'' if step_s == 60 else f'-{step_s}s'}.yml": _file(alert, [*cases])
        for (alert, step_s), cases in groupby(by_file, key=lambda case: (case.alert, case.step_s))
    }


def _file(alert: str, cases: list[Case]) -> str:
    names = rule_files_of(alert)
    paths = ", ".join(f"../rules/{name}.yml" for name in names)
    order = ", ".join(group.name for name in names for group in _groups()[name])
    lines = [
        "# Generated from tests/rules: make rules-test.",
        f"rule_files: [{paths}]",
        f"group_eval_order: [{order}]",
        f"evaluation_interval: {cases[0].step_s}s",
        "tests:",
    ]
    together = sorted((case for case in cases if case.label), key=lambda case: case.lead)
    for _, shared in groupby(together, key=lambda case: case.lead):
        lines += _group([(case, kind) for case in shared for kind in case.tried])
    for case in cases:
        if not case.label:
            for kind in case.tried:
                lines += _group([(case, kind)])
    return "\n".join(lines) + "\n"


def _group(tried: list[tuple[Case, str]]) -> Iterator[str]:
    yield f"  - interval: {tried[0][0].step_s}s"
    yield "    input_series:"
    told = set()
    for case, kind in tried:
        for series, values in case.series(kind):
            if series not in told:  # what names no program is the same for all
                told.add(series)
                yield f"      - series: '{series}'"
                shown = (None if value is None else f"{value:g}" for value in values)
                yield f"        values: '{noted(shown)}'"
    yield "    promql_expr_test:"
    for case, kind in tried:
        which = f',{case.label}="{case.name(kind)}"' if case.label else ""
        alert = f'alertname="{case.alert}",severity="{case.severity}",level="{case.level}"'
        alert += f',direction="{case.direction}"' if case.direction else ""
        for step, fires in case.expected(kind):
            yield f"      - expr: 'group(ALERTS{{alertstate=\"firing\",{alert}{which}}})'"
            yield f"        eval_time: {step * case.step_s}s"
            yield f"        exp_samples: {_ONE if fires else '[]'}"


_ONE = "[{labels: '{}', value: 1}]"


def noted(values: Iterable[str | None]) -> str:
    """Values in promtool's notation. A series that is gone is stale from then on."""
    words: list[str] = []
    before: str | None = None
    for value, same in groupby(values):
        count = len(list(same))
        if value is None:
            words.append("stale" if before is not None else "_")
            words += [f"_x{count - 1}"] if count > 1 else []
        else:
            words.append(value if count == 1 else f"{value}x{count - 1}")
        before = value
    return " ".join(words)


if __name__ == "__main__":
    for path, text in written_files().items():
        path.write_text(text, "utf-8")
