"""The rest of the day: what is projected, required and expected. What is unknown has no sample."""

from math import isfinite

import numpy as np

from schemas.metrics_ahead import LEAST_CONTACTS, LOOK_AHEAD
from schemas.metrics_plan import HORIZONS_H
from schemas.targets import Plan
from streams.exposition.sheet import Sheet
from streams.planning.net import Net, net_staff
from streams.planning.rest import Rest

Labels = tuple[str, str, str]


def write_ahead(sheet: Sheet, known: frozenset[str], plan: Plan, rest: Rest | None) -> None:
    """Predictions of every queue and group of `known` programs, whose feeds are live."""
    if rest is None:
        return
    sheet.add("cc_prediction_timestamp_seconds", (), rest.at_ms / 1000)
    for queue, key in enumerate(rest.curves.keys):
        if key.program in known and rest.today.known_ms[queue] >= 0:
            _write_queue(sheet, rest, queue, (key.program, key.queue, key.channel))
    net = net_staff(rest.pools, rest.ahead)
    for at, group in enumerate(plan.groups):
        if group.program in known:
            labels = (group.site, group.program, group.group)
            _write_group(sheet, net, at, rest.at_ms, labels)


def _write_queue(sheet: Sheet, rest: Rest, queue: int, labels: Labels) -> None:
    of, levels, rows = rest.ahead, rest.levels, rest.rows(queue)
    _add(sheet, "cc_queue_patience_seconds", labels, rest.today.patience_s[queue])
    _add(sheet, "cc_day_projected_contacts", labels, levels.offered[queue] + levels.rest[queue])
    _add(sheet, "cc_day_service_level_needed_ratio", labels, levels.needed[queue])
    _add(sheet, "cc_day_projected_service_level_low_ratio", labels, levels.low[queue])
    _add(sheet, "cc_day_projected_service_level_high_ratio", labels, levels.high[queue])
    _add(sheet, "cc_month_projected_service_level_low_ratio", labels, levels.month_low[queue])
    _add(sheet, "cc_month_projected_service_level_high_ratio", labels, levels.month_high[queue])
    if rows.start == rows.stop:
        return
    told = (rest.habits.patience_from[queue], rest.habits.concurrency_from[queue])
    sheet.add("cc_prediction_model_info", (*labels, rest.models(rows.start), *told), 1)
    near = slice(rows.start, min(rows.stop, rows.start + LOOK_AHEAD + 1))
    enough = of.volume.contacts[near] >= LEAST_CONTACTS
    if enough.any():
        lows, highs = of.level_low[near][enough], of.level_high[near][enough]
        _add(sheet, "cc_next_intervals_service_level_low_ratio", labels, lows.min())
        _add(sheet, "cc_next_intervals_service_level_high_ratio", labels, highs.min())
    start, end = rest.curves.start[of.volume.row[rows]], rest.curves.end[of.volume.row[rows]]
    if start[0] <= rest.at_ms:
        _add(sheet, "cc_interval_projected_contacts", labels, rest.open_contacts(queue))
        _add(sheet, "cc_interval_queue_required_staff", labels, of.required[rows.start])
        _add(sheet, "cc_interval_queue_expected_staff", labels, of.staff[rows.start])
    for hours in HORIZONS_H:
        then = rest.at_ms + hours * 3_600_000
        held = np.flatnonzero((start <= then) & (then < end))
        if len(held):
            at, horizon = rows.start + int(held[0]), (*labels, f"{hours}h")
            _add(sheet, "cc_projected_contacts", horizon, of.volume.contacts[at])
            _add(sheet, "cc_projected_required_staff", horizon, of.required[at])
            _add(sheet, "cc_projected_service_level_low_ratio", horizon, of.level_low[at])


def _write_group(sheet: Sheet, net: Net, group: int, at_ms: int, labels: Labels) -> None:
    at = net.at(group, at_ms)
    if at is None:
        return
    _add(sheet, "cc_interval_scheduled_staff", labels, net.heads[at])
    _add(sheet, "cc_interval_expected_staff", labels, net.there[at])
    following = net.at(group, int(net.end[at]))
    if following is not None:
        _add(sheet, "cc_next_interval_expected_staff", labels, net.there[following])
    for name, place in (("cc_interval", at), ("cc_next_interval", following)):
        if place is not None:
            _add(sheet, f"{name}_net_staff_low", labels, net.there[place] - net.high[place])
            _add(sheet, f"{name}_net_staff_high", labels, net.there[place] - net.low[place])


def _add(sheet: Sheet, name: str, labels: tuple[str, ...], value: float) -> None:
    if isfinite(value):
        sheet.add(name, labels, float(value))
