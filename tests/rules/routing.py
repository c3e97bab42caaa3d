"""What Alertmanager makes of alerts, by its documented semantics and our configuration.

Matching, inhibition and routes; groups that wait, are told again at intervals if something has
changed, and repeated. What it says is compared with `amtool` and with a real Alertmanager elsewhere.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from tests.data import ROOT

PATH = ROOT / "deploy/alertmanager/alertmanager.yml"
CONFIG = yaml.safe_load(PATH.read_text("utf-8"))
MATCHER = re.compile(r'(\w+) (=~|!~|!=|=) "([^"]*)"')
_SECONDS = {"s": 1, "m": 60, "h": 3600}
Labels = Mapping[str, str]


def matches(matchers: Iterable[str], of: Labels) -> bool:
    """Alertmanager's own meaning: a label that is not there is empty, a pattern is anchored."""
    for matcher in matchers:
        name, how, value = MATCHER.fullmatch(matcher).groups()
        have = of.get(name, "")
        same = bool(re.fullmatch(value, have)) if "~" in how else have == value
        if same != how.startswith("="):
            return False
    return True


def inhibited(target: Labels, by: Sequence[Labels]) -> bool:
    """Whether an alert is held back while others stand, and by its own rule not by itself."""
    for rule in CONFIG["inhibit_rules"]:
        same = rule.get("equal", ())
        if matches(rule["target_matchers"], target) and any(
            matches(rule["source_matchers"], source)
            and all(source.get(name, "") == target.get(name, "") for name in same)
            and not matches(rule["source_matchers"], target)
            for source in by
        ):
            return True
    return False


class Route(NamedTuple):
    """A leaf of the tree of routes, with what it inherits. Times in seconds."""

    place: int
    receiver: str
    group_by: tuple[str, ...]
    wait_s: int
    interval_s: int
    repeat_s: int


def routes_of(labels: Labels) -> list[Route]:
    """Where an alert goes: the first route that matches, and on where it says `continue`."""
    root = CONFIG["route"]
    found = []
    for place, route in enumerate(root["routes"]):
        if matches(route.get("matchers", ()), labels):
            found.append(_route(place, root | route))
            if not route.get("continue"):
                break
    return found or [_route(-1, root)]


def _route(place: int, of: dict[str, Any]) -> Route:
    waits = (
        _seconds(of[f"{name}"]) for name in ("group_wait", "group_interval", "repeat_interval")
    )
    return Route(place, of["receiver"], tuple(of["group_by"]), *waits)


def _seconds(written: str) -> int:
    return int(written[:-1]) * _SECONDS[written[-1]]


class Message(NamedTuple):
    """A grouped notification with at least one alert that fires."""

    at_s: int
    receiver: str
    group: dict[str, str]
    alerts: tuple[dict[str, str], ...]
    """All that fire in it."""
    new: tuple[dict[str, str], ...]
    """Those that the group's last message did not tell of."""
    repeated: bool = False
    """Sent because nothing was for long; neither new nor repeated: something is over, the rest is not."""


@dataclass
class _Group:
    route: Route
    labels: dict[str, str]
    flush_s: int
    told: frozenset[Any] = frozenset()
    resolved: frozenset[Any] = frozenset()
    told_s: int | None = None
    members: set[Any] = field(default_factory=set)


def messages(steps: Iterable[tuple[int, frozenset[Any]]], tick_s: int = 15) -> Iterator[Message]:
    """What is sent while alerts fire as told: (second, label sets that fire), in order of time."""
    groups: dict[Any, _Group] = {}
    before: frozenset[Any] = frozenset()
    now_s: int | None = None
    for at_s, firing in steps:
        if now_s is not None:
            for tick in range(now_s, at_s, tick_s):
                yield from _flushed(groups, before, tick)
        for alert in firing - before:
            _join(groups, alert, at_s)
        before, now_s = firing, at_s
    if now_s is not None:
        yield from _flushed(groups, before, now_s)


def _join(groups: dict[Any, _Group], alert: frozenset[Any], at_s: int) -> None:
    labels = dict(alert)
    for route in routes_of(labels):
        by = {name: labels[name] for name in route.group_by if name in labels}
        key = route.place, frozenset(by.items())
        if key not in groups:
            groups[key] = _Group(route, by, at_s + route.wait_s)
        groups[key].members.add(alert)


def _flushed(groups: dict[Any, _Group], firing: frozenset[Any], now_s: int) -> Iterator[Message]:
    held: dict[Any, bool] = {}
    standing = [dict(alert) for alert in firing]
    for key, group in list(groups.items()):
        if group.flush_s > now_s:
            continue
        group.flush_s = now_s + group.route.interval_s
        for alert in group.members:
            if alert not in held:
                held[alert] = inhibited(dict(alert), standing)
        told = frozenset(a for a in group.members if a in firing and not held[a])
        resolved = frozenset(a for a in group.members if a not in firing and not held[a])
        repeats = group.told_s is not None and now_s - group.told_s >= group.route.repeat_s
        changed = not told <= group.told or (group.told and not resolved <= group.resolved)
        if (changed or (repeats and told)) and (told or group.told):
            if told:
                alerts, new = ([dict(a) for a in s] for s in (told, told - group.told))
                yield Message(
                    now_s, group.route.receiver, group.labels, tuple(alerts), tuple(new), repeats
                )
            group.told, group.resolved, group.told_s = told, resolved, now_s
        group.members &= firing
        if not group.members:
            del groups[key]
