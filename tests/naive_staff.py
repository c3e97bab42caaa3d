"""The slow and obvious twin of people: what staff events, schedules and requested FTE add up to.

It follows kernels/STAFF.md sentence by sentence and shares no code with the service. Each person
is cut wherever anything begins or ends; of each piece it is asked what the person did and what
was planned, and the answer is booked bucket by bucket. Input is taken to be valid.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from schemas.keys import BUCKET_MS
from schemas.staff import ACTIVITIES, AUX_CLASSES, STATES
from schemas.targets import Plan
from tests.naive import MIX, Key, digest, pooled
from tests.naive_walk import Event, bucket

Columns = dict[Key, dict[str, int]]
Group = tuple[str, str, str]
"""(program, group, site)"""
Interval = tuple[str, str, str, int]
"""(program, group, site, start of the planning interval in ms)"""

BELIEVED_MS = 16 * 3_600_000
HALF_HOUR_MS = 30 * 60_000
ON_THE_PHONE = ("available", "ringing", "handling", "acw")
PLANNED_OFF = ("break", "meal", "training", "meeting")
"""The four activities whose instances are compared with what was taken (M2, activity form)."""
UNKNOWN = "unknown"

BUSY_COLUMN = {
    "handling": "staff_handle_ms",
    "acw": "staff_acw_ms",
    "customer_work": "aux_customer_work_ms",
}
ALLOWED = {
    "work": (*ON_THE_PHONE, "customer_work"),
    "customer_work": ("handling", "acw", "customer_work"),
    "break": ("break", "meal"),
    "meal": ("break", "meal"),
    "training": ("training", "meeting"),
    "meeting": ("training", "meeting"),
}


def columns(events: Sequence[Event], plan: Plan, until: Mapping[str, int]) -> Columns:
    """Non-zero columns per key. `until` is the watermark of each program, ms; -1 or none: not known.

    A person counts up to the watermark, or up to the last state event where that is later.
    """
    table: dict[Key, Counter[str]] = defaultdict(Counter)
    for (program, _), (states, rows) in people(events).items():
        timeline = sorted(standing(states, state_content), key=state_order)
        schedule = official(standing(rows, row_content), plan.zone(program))
        end = max([until.get(program, -1), *(event["time"] for event in timeline)])
        for start, stop in pieces(timeline, schedule, end):
            event, row = holding(timeline, start), counting(schedule, start)
            doing = state_at(event, start)
            if event is not None:
                _book(table, event, start, stop, span_columns(event, doing))
            if row is not None:
                _book(table, row, start, stop, row_columns(row, doing))
    for key, milli_fte in requested(events).items():
        table[key]["req_fte_ms"] = milli_fte * 900
    kept = {key: pooled([row]) for key, row in table.items()}
    return {key: row for key, row in kept.items() if row}


def people(events: Iterable[Event]) -> dict[tuple[str, str], tuple[list[Event], list[Event]]]:
    """State events and schedule rows of each (program, staff)."""
    found: dict[tuple[str, str], tuple[list[Event], list[Event]]] = defaultdict(lambda: ([], []))
    for event in events:
        if event["type"] in ("staff_state", "scheduled"):
            person = found[event["program"], event["staff"]]
            person[event["type"] == "scheduled"].append(event)
    return found


def repeats(events: Iterable[Event]) -> tuple[Counter[str], Counter[str]]:
    """Duplicates and conflicts of each program: what was told again, what lost to another."""
    duplicates, conflicts = Counter[str](), Counter[str]()
    for (program, _), (states, rows) in people(events).items():
        for told, content in ((states, state_content), (rows, row_content)):
            for same in _by_id(told).values():
                contents = {content(event) for event in same}
                duplicates[program] += len(same) - len(contents)
                conflicts[program] += len(contents) - 1
    return +duplicates, +conflicts


# One event of each id


def _by_id(events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        found[event["source"], event["id"]].append(event)
    return found


def standing(events: Iterable[Event], content: Callable[[Event], Any]) -> list[Event]:
    """Of the events of one (source, id) the one of the greatest content."""
    return [max(same, key=content) for same in _by_id(events).values()]


def tie(event: Event) -> int:
    return digest(event["id"]) ^ MIX * digest(event["source"]) % 2**64


def state_order(event: Event) -> tuple[int, ...]:
    """The place of a state event within the person."""
    return event["time"], event.get("seq", 0), STATES.index(event["state"]), tie(event)


def state_content(event: Event) -> tuple[int, ...]:
    aux = AUX_CLASSES.index(event.get("aux", "other")) if event["state"] == "aux" else 0
    return (
        event.get("rev", 0),
        *state_order(event)[:3],
        aux,
        int(is_lent(event)),
        digest(event["group"]),
        digest(event.get("site", "")),
        event.get("sessions", 0),
        event.get("slots", 0),
        digest(event.get("reason", "")) & 0xFFFF,
    )


def row_content(row: Event) -> tuple[Any, ...]:
    """The day comes last: no rule reads it, but something must decide between two that differ."""
    numbers = ("version", "time", "start", "end")
    return (
        row.get("rev", 0),
        *(row[name] for name in numbers),
        ACTIVITIES.index(row["activity"]),
        is_paid(row),
        row.get("restates", "") == "yes",
        digest(row["group"]),
        digest(row.get("site", "")),
        row["day"],
    )


def is_lent(event: Event) -> bool:
    return event.get("work_program", "") not in ("", event["program"])


def is_paid(row: Event) -> bool:
    return row.get("paid", "yes") == "yes"


# What was planned


def official(rows: Iterable[Event], zone: ZoneInfo) -> list[Event]:
    """The rows of every day's official version, empty ones left out."""
    days: dict[str, dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        days[row["day"]][row["version"]].append(row)
    schedule: list[Event] = []
    for day, versions in days.items():
        began = midnight(day, zone)
        eligible = [
            version
            for version, same in versions.items()
            if any(row["time"] < began or row.get("restates", "") == "yes" for row in same)
        ]
        schedule += versions[max(eligible) if eligible else min(versions)]
    return [row for row in schedule if row["start"] < row["end"]]


def midnight(day: str, zone: ZoneInfo) -> int:
    """The moment a local day begins, ms UTC."""
    return round(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp() * 1000)


def counting(schedule: Iterable[Event], moment: int) -> Event | None:
    """The row that counts at a moment."""
    covering = [row for row in schedule if row["start"] <= moment < row["end"]]
    return max(
        covering, key=lambda row: (row["activity"] != "work", row["start"], tie(row)), default=None
    )


# What was done


def pieces(timeline: list[Event], schedule: list[Event], end: int) -> Iterable[tuple[int, int]]:
    """From the first moment anything is said to `end`, cut wherever something may change."""
    edges = {end}
    for event in timeline:
        edges |= {event["time"], event["time"] + BELIEVED_MS}
    for row in schedule:
        edges |= {row["start"], row["end"]}
    kept = sorted(edge for edge in edges if edge <= end)
    return pairwise(kept)


def holding(timeline: list[Event], moment: int) -> Event | None:
    """The last event in order that is not after a moment; none before the first."""
    place = bisect_right(timeline, moment, key=lambda event: event["time"])
    return timeline[place - 1] if place else None


def state_at(event: Event | None, moment: int) -> str:
    """What the person does: a state, the class of an aux, or UNKNOWN."""
    if event is None or event["state"] == "logged_out":
        return "logged_out"
    if moment >= event["time"] + BELIEVED_MS:
        return UNKNOWN
    state: str = event["state"]
    return event.get("aux", "other") if state == "aux" else state


def span_columns(event: Event, doing: str) -> dict[str, int]:
    """Columns a piece of a span adds to, and how many times its length."""
    if doing == "logged_out":
        return {}
    if doing == UNKNOWN:
        return {"state_unknown_ms": 1}
    sessions = event.get("sessions", 0)
    added = {"logged_in_ms": 1, "sess_ms": sessions, "chat_busy_union_ms": int(sessions > 0)}
    if doing in ("available", "ringing"):
        added["avail_ms"] = 1
        added["ringing_ms"] = int(doing == "ringing")
    elif doing in BUSY_COLUMN:
        added["busy_union_ms"] = added[BUSY_COLUMN[doing]] = 1
        added["lent_ms"] = int(is_lent(event))
    else:
        added[f"aux_{doing}_ms"] = 1
    if doing in ON_THE_PHONE:
        added["staffed_ms"] = 1
        added["slot_ms"] = event.get("slots", 0)
    return added


def row_columns(row: Event, doing: str) -> dict[str, int]:
    """Columns a piece of the schedule adds to, and how many times its length."""
    planned, paid = row["activity"], is_paid(row)
    off, away = planned in PLANNED_OFF, doing == "logged_out"
    wrong = doing not in ALLOWED[planned] and not (away and not paid)
    return {
        "sched_ms": 1,
        "sched_work_ms": int(not off),
        "paid_ms": int(paid),
        "mismatch_ms": int(wrong),
        "busy_overrun_ms": int(wrong and off and doing in ("handling", "acw")),
        "unplanned_lost_ms": int(paid and away),
        "act_planned_ms": int(off),
        "act_xor_ms": int(off and doing != planned)
        + int(doing in PLANNED_OFF and doing != planned),
    }


def _book(
    table: dict[Key, Counter[str]], whose: Event, start: int, stop: int, added: Mapping[str, int]
) -> None:
    """Add the length of a piece to columns of each bucket it covers, if there is any to add to."""
    if not any(added.values()):
        return
    where = (whose["program"], whose["group"], "staff", whose.get("site", ""))
    for first in range(bucket(start), stop, BUCKET_MS):
        clipped = min(stop, first + BUCKET_MS) - max(start, first)
        table[*where, first].update({name: n * clipped for name, n in added.items()})


# What was asked


def requested(events: Iterable[Event]) -> dict[Key, int]:
    """Thousandths of an FTE asked of each bucket; of several rows the greatest stands."""
    greatest: dict[Key, tuple[int, int, int]] = {}
    for row in events:
        if row["type"] == "fte_requested":
            rank = (row["version"], row["time"], row["milli_fte"])
            for first in range(row["start"], row["end"], BUCKET_MS):
                key = (row["program"], row["group"], "staff", row.get("site", ""), first)
                greatest[key] = max(rank, greatest.get(key, rank))
    return {key: milli_fte for key, (_, _, milli_fte) in greatest.items()}


# Read from the columns


def planning_interval(program: str, start: int, plan: Plan, interval_ms: int) -> int:
    """Start of the planning interval a bucket lies in, by the program's clock, ms UTC."""
    local = datetime.fromtimestamp(start / 1000, plan.zone(program))
    offset = round((local.utcoffset() or timedelta()).total_seconds() * 1000)
    return start - (start + offset) % interval_ms


def attainment_by_interval(
    found: Columns,
    plan: Plan,
    interval_ms: int = HALF_HOUR_MS,
    band: tuple[float, float] = (0.95, 1.15),
) -> dict[Interval, dict[str, int]]:
    """M1 of each planning interval with requested FTE: n_int, n_in_band and the ms of FTE.

    The limits of the band are read as the decimals they are written as, and compared exactly.
    """
    sums: dict[Interval, Counter[str]] = defaultdict(Counter)
    for (program, group, _, site, start), row in found.items():
        interval = planning_interval(program, start, plan, interval_ms)
        sums[program, group, site, interval].update(row)
    low, high = (Fraction(str(limit)) for limit in band)
    return {
        interval: {
            "n_int": 1,
            "n_in_band": int(low * asked <= row["staffed_ms"] <= high * asked),
            "abs_dev_fte_ms": abs(row["staffed_ms"] - asked),
            "req_fte_ms": asked,
        }
        for interval, row in sums.items()
        if (asked := row["req_fte_ms"]) > 0
    }


def attainment(
    found: Columns,
    plan: Plan,
    interval_ms: int = HALF_HOUR_MS,
    band: tuple[float, float] = (0.95, 1.15),
) -> dict[Group, dict[str, int]]:
    """M1 of each (program, group, site): sums over its planning intervals, zeros kept."""
    sums: dict[Group, Counter[str]] = defaultdict(Counter)
    for interval, row in attainment_by_interval(found, plan, interval_ms, band).items():
        sums[interval[:3]].update(row)
    return {group: dict(row) for group, row in sums.items()}


def ratios(row: Mapping[str, int]) -> dict[str, Fraction | None]:
    """KPI values of pooled columns, exact; None where nothing was counted."""
    n = Counter(row)
    worked = n["avail_ms"] + n["busy_union_ms"]
    planned = n["act_planned_ms"]
    return {
        "attainment_band": _ratio(n["n_in_band"], n["n_int"]),
        "attainment_dev": _ratio(n["req_fte_ms"] - n["abs_dev_fte_ms"], n["req_fte_ms"]),
        "adherence_shift": _ratio(n["sched_ms"] - n["mismatch_ms"], n["sched_ms"]),
        "adherence_activity": _ratio(max(0, planned - n["act_xor_ms"]), planned),
        "conformance": _ratio(worked, n["sched_work_ms"]),
        "absenteeism": _ratio(n["unplanned_lost_ms"], n["sched_ms"]),
        "utilization": _ratio(worked, n["paid_ms"]),
        "productivity": _ratio(n["busy_union_ms"], n["paid_ms"]),
        "concurrency": _ratio(n["sess_ms"], n["chat_busy_union_ms"]),
        "occupancy": _ratio(n["busy_union_ms"], worked),
        "slot_use": _ratio(n["sess_ms"], n["slot_ms"]),
    }


def _ratio(numerator: int, denominator: int) -> Fraction | None:
    return Fraction(numerator, denominator) if denominator else None
