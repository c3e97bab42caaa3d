"""What happened around an action, from the ledger: as long before it, during it, as long behind it.

Figures are of the action's queues; people are those of its program, for who serves which queue is not
in the ledger. What is not closed, not planned or not there is unknown: None, never zero.
"""

from collections.abc import Sequence
from typing import Any

from schemas.actions import Action
from streams.figures import Figure, attained
from streams.kpis import seconds_text
from streams.planning.outlook import outlooks
from streams.planning.past_day import LATEST_MS, Closed, Kept, between, of_queues, view_of
from streams.view import STAFF_CHANNEL, CellKey, Curve

COLUMNS = (
    "span", "start", "end", "state", "offered", "forecast", "deviation", "projected", "T",
    "service_level", "asa", "abandonment", "aht", "forecast_aht", "available_fte", "required_fte",
)  # fmt: skip
NAMES = ("before", "during", "after")


def measured(action: Action, kept: Kept, left_out: tuple[Action, ...] = ()) -> list[dict[str, Any]]:
    """One row a span of `action`; `start` and `end` are ms UTC, times seconds, shares 0 to 1.

    `left_out`: ranges that had been marked as one-offs when it began.
    """
    length = action.end - action.start
    queues = _queues(action, kept)
    closed = Closed(kept.records, kept.plan)
    told, rows = _told(action, kept, queues, closed, left_out), []
    for name, start in zip(NAMES, (action.start - length, action.start, action.end), strict=True):
        end = start + length
        row: dict[str, Any] = {"span": name, "start": start, "end": end, "state": "unknown"}
        if queues and all(closed.holds(key.program, key.queue, start, end) for key in queues):
            row |= _actual(kept, queues, start, end)
        row |= _planned(action, kept, queues, start, end)
        if name != "before":
            row["projected"] = _all([between(rest, start, end) for rest in told])
        if row.get("offered") is not None and row["forecast"]:
            row["deviation"] = (row["offered"] - row["forecast"]) / row["forecast"]
        rows.append({column: row.get(column) for column in COLUMNS})
    return rows


def _queues(action: Action, kept: Kept) -> list[CellKey]:
    """Queues that the action covers, of those that the ledger or the plan of the day knows."""
    known = {CellKey(one.program, one.queue, one.channel, "", 0) for one in of_queues(kept.records)}
    known |= set(kept.planned(action.start, LATEST_MS).forecasts())
    return sorted(key for key in known if action.covers(key.program, key.queue))


def _actual(kept: Kept, queues: list[CellKey], start: int, end: int) -> dict[str, Any]:
    names = {(key.program, key.queue) for key in queues}
    inside = [one for one in kept.records if start <= one.bucket_ms < end]
    contacts, people = Figure(end - start), Figure(end - start)
    for one in attained(kept.plan, inside):
        if (one.program, one.queue) in names and one.channel != STAFF_CHANNEL:
            contacts.add(one, kept.plan.target_at(one.queue, one.bucket_ms).thresholds_ms)
        elif one.program == queues[0].program and one.channel == STAFF_CHANNEL:
            people.add(one, ())
    kpis = contacts.kpis()
    first = {thresholds[0] for thresholds in contacts.by_target if thresholds}
    threshold = seconds_text(first.pop()) if len(first) == 1 else None
    levels: Any = kpis.get("service_level")
    left = [kpis.get(name) for name in ("abandon_voice", "abandon_chat")]
    return {
        "state": contacts.state,
        "offered": contacts.columns.get("offered", 0),
        "T": threshold,
        "service_level": levels.get(threshold) if threshold and levels else None,
        "asa": kpis.get("asa"),
        "abandonment": next((one for one in left if one is not None), None),
        "aht": kpis.get("aht"),
        "available_fte": people.kpis().get("available_fte") if people.records else None,
    }


def _planned(
    action: Action, kept: Kept, queues: list[CellKey], start: int, end: int
) -> dict[str, Any]:
    """Of the official version of the day: contacts, AHT weighted by them, FTE required."""
    plan = kept.planned(action.start, LATEST_MS).official
    curves = [plan.get(key, ()) for key in queues]
    contacts = _all([_amount(curve, start, end) for curve in curves])
    handled = _all([_amount(curve, start, end, handled=True) for curve in curves])
    required = _required(plan, action.program, start, end)
    return {
        "forecast": contacts,
        "forecast_aht": handled / contacts if handled and contacts else None,
        "required_fte": required,
    }


def _required(plan: dict[CellKey, Curve], program: str, start: int, end: int) -> float | None:
    """FTE of all groups of a program, a mean over the time of a range."""
    groups = [
        {(one.start_ms, one.end_ms): one.amount * (one.end_ms - one.start_ms) for one in curve}
        for key, curve in plan.items()
        if key.channel == STAFF_CHANNEL and key.program == program
    ]
    spent = _all([between(times, start, end) for times in groups])
    return None if spent is None else spent / (end - start)


def _told(
    action: Action,
    kept: Kept,
    queues: list[CellKey],
    closed: Closed,
    left_out: tuple[Action, ...],
) -> list[dict[tuple[int, int], float]]:
    """Contacts of each queue's rest of the day, by what was known when the action began; [] where
    that is not known of all."""
    plan = kept.planned(action.start, action.start)
    expected = outlooks(view_of(kept.records, plan, action.start, left_out), kept.plan)
    told = []
    for key in queues:
        curve = plan.official.get(key, ())
        seen = curve and closed.holds(key.program, key.queue, curve[0].start_ms, action.start)
        if not seen or key not in expected:
            return []
        told.append({(one.start_ms, one.end_ms): one.contacts for one in expected[key].rest})
    return told


def _amount(curve: Curve, start: int, end: int, handled: bool = False) -> float | None:
    """Contacts of a curve in a range, or seconds of their handling."""
    if handled and any(one.aht_s is None for one in curve):
        return None
    return between(
        {
            (one.start_ms, one.end_ms): one.amount * ((one.aht_s or 0.0) if handled else 1.0)
            for one in curve
        },
        *(start, end),
    )


def _all(amounts: Sequence[float | None]) -> float | None:
    """The sum, unknown where a part is, or where there is none."""
    known = [one for one in amounts if one is not None]
    return sum(known) if known and len(known) == len(amounts) else None


def around(action: Action) -> tuple[int, int]:
    """[since, until) ms of the ledger records and plan that `measured` reads: the days it touches."""
    length, day = action.end - action.start, 26 * 3_600_000
    return action.start - max(length, day), action.end + max(length, day)
