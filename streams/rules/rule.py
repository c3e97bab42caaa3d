"""A recording rule, an alert, and how they are written as a rule file.

Every duration can be divided by one number, so that a day that is simulated faster than life is
watched by the same rules. Limits in seconds of event time are no durations of this kind: they are
compared with moments that the page itself tells.
"""

import json
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from streams.rules.japanese import in_japanese

Severity = Literal["critical", "warning", "info"]
Layer = Literal["feed", "technology", "staff", "demand", "service", "plan", "monitor"]
"""What an alert is about. The first ones cause the later ones, so they inhibit them."""
Level = Literal["queue", "group", "program", "site", "network", "feed", "worker"]
Direction = Literal["", "longer", "shorter"]
WORKER = "without (instance, job, pod)"
"""Takes the worker away: during a hand-over two workers may export one queue (observability 1.2)."""
OWNERS: dict[Layer, str] = {"feed": "platform", "monitor": "platform"}
"""Who acts on a layer; real-time analysts where nobody is named."""
RUNBOOK = "deploy/runbook.md"
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"((?:\[|\boffset ))(\d+)(ms|s|m|h|d|w)\b")


class Record(NamedTuple):
    """A series made from others, named level:metric:operations."""

    name: str
    expr: str


class Alert(NamedTuple):
    """One severity of an alert at one level."""

    name: str
    severity: Severity
    layer: Layer
    level: Level
    expr: str
    says: str
    """What is told, with the value and its limit."""
    for_s: int = 0
    """How long it must hold."""
    keep_s: int = 600
    """How long it goes on after it was last seen: longer than a hand-over between workers."""
    board: str = "intraday"
    direction: Direction = ""
    """Of a deviation, where only one of them causes something else."""


class Group(NamedTuple):
    """Rules that are evaluated one after the other."""

    name: str
    rules: Sequence[Record | Alert]


def duration(seconds: float, speed: float = 1) -> str:
    """A duration as Prometheus writes it: `10m`, or `500ms` where time runs `speed` times faster."""
    ms = max(1, round(seconds * 1000 / speed))
    unit = next(unit for unit in ("h", "m", "s", "ms") if ms % _UNITS[unit] == 0)
    return f"{ms // _UNITS[unit]}{unit}"


def faster(expr: str, speed: float) -> str:
    """An expression whose ranges and offsets are divided by `speed`."""
    if speed == 1:
        return expr

    def shorter(found: re.Match[str]) -> str:
        return found[1] + duration(int(found[2]) * _UNITS[found[3]] / 1000, speed)

    return _DURATION.sub(shorter, expr)


def links(alert: Alert) -> dict[str, str]:
    """Where to read on: the heading of the runbook, the board with the labels filled in."""
    chosen = {
        "queue": ("program", "queue", "channel"),
        "group": ("site", "program", "group"),
        "feed": ("program",),
        "program": ("program",),
        "site": ("site",),
    }.get(alert.level, ())
    variables = "&".join(f"var-{name}={{{{ $labels.{name} | urlquery }}}}" for name in chosen)
    board = f"/d/floorwatch-{alert.board}"
    return {
        "runbook_url": f"{RUNBOOK}#{alert.name.lower()}",
        "dashboard_url": f"{board}?{variables}" if variables else board,
    }


def rule_file(groups: Sequence[Group], speed: float = 1) -> str:
    """The groups as the text of a rule file. Groups are evaluated as often as series are scraped."""
    lines = ["# Generated from the catalogue: make generate.", "groups:"]
    for group in groups:
        lines += [f"  - name: {group.name}", "    rules:"]
        for rule in group.rules:
            lines += _record(rule, speed) if isinstance(rule, Record) else _alert(rule, speed)
    return "\n".join(lines) + "\n"


def _expr(expr: str, speed: float) -> list[str]:
    return ["        expr: |2", *(f"          {line}" for line in faster(expr, speed).splitlines())]


def _record(rule: Record, speed: float) -> list[str]:
    return [f"      - record: {rule.name}", *_expr(rule.expr, speed)]


def _alert(rule: Alert, speed: float) -> list[str]:
    lines = [f"      - alert: {rule.name}", *_expr(rule.expr, speed)]
    if rule.for_s:
        lines.append(f"        for: {duration(rule.for_s, speed)}")
    if rule.keep_s:
        lines.append(f"        keep_firing_for: {duration(rule.keep_s, speed)}")
    labels = {
        "severity": rule.severity,
        "team": OWNERS.get(rule.layer, "rta"),
        "layer": rule.layer,
        "level": rule.level,
    }
    if rule.direction:
        labels["direction"] = rule.direction
    lines += ["        labels:", *(f"          {name}: {text}" for name, text in labels.items())]
    said = {"summary": rule.says, "summary_ja": in_japanese(rule.name, rule.says)}
    lines.append("        annotations:")
    # JSON's quoting is YAML's.
    return lines + [
        f"          {name}: {json.dumps(text, ensure_ascii=False)}"
        for name, text in (said | links(rule)).items()
    ]
