"""Staff columns counted from events alone, instant by instant: slow, and made to be read.

Follows `kernels/STAFF.md`. Events have ids of their own: repeats are taken out before.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from schemas.keys import BUCKET_MS
from schemas.staff import ACTIVITIES

Event = dict[str, Any]
Key = tuple[str, str, str, int]
PAUSES = set(ACTIVITIES) - {"work", "customer_work"}
HOUR_MS = 3_600_000
ALLOWED = {
    "work": {"available", "ringing", "handling", "acw", "customer_work"},
    "customer_work": {"handling", "acw", "customer_work"},
    "break": {"break", "meal"},
    "meal": {"break", "meal"},
    "training": {"training", "meeting"},
    "meeting": {"training", "meeting"},
}


def recounted(events: Iterable[Event], zone: ZoneInfo, now_ms: int) -> dict[Key, Counter[str]]:
    """(program, group, site, bucket) -> columns that are not 0, up to `now_ms`."""
    states: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    rows: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    requests: list[Event] = []
    for event in events:
        if event["type"] == "staff_state":
            states[event["program"], event["staff"]].append(event)
        elif event["type"] == "scheduled":
            rows[event["program"], event["staff"]].append(event)
        elif event["type"] == "fte_requested":
            requests.append(event)
    sums: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for person in states.keys() | rows.keys():
        timeline = sorted(states[person], key=lambda event: (event["time"], event["seq"]))
        count_person(timeline, official(rows[person], zone), now_ms, sums)
    for event in sorted(requests, key=lambda event: (event["version"], event["time"])):
        for bucket in range(event["start"], event["end"], BUCKET_MS):
            place = sums[event["program"], event["group"], event["site"], bucket]
            place["req_fte_ms"] = event["milli_fte"] * 900
    return {key: +columns for key, columns in sums.items() if +columns}


def official(rows: list[Event], zone: ZoneInfo) -> list[Event]:
    """The rows of each day's official version."""
    kept = []
    for day in {row["day"] for row in rows}:
        begins = datetime.fromisoformat(day).replace(tzinfo=zone).timestamp() * 1000
        of_day = [row for row in rows if row["day"] == day]
        early = {row["version"] for row in of_day if row["time"] < begins or "restates" in row}
        version = max(early) if early else min(row["version"] for row in of_day)
        kept += [row for row in of_day if row["version"] == version]
    return kept


def count_person(
    timeline: list[Event], rows: list[Event], now_ms: int, sums: defaultdict[Key, Counter[str]]
) -> None:
    changes = [event["time"] for event in timeline]
    edges = {*changes, now_ms, *(row[end] for row in rows for end in ("start", "end"))}
    first, last = min(edges), now_ms
    edges |= set(range(first - first % BUCKET_MS, last, BUCKET_MS))
    edges |= {moment + 16 * HOUR_MS for moment in changes}
    cuts = sorted(edge for edge in edges if first <= edge <= last)
    for start, end in pairwise(cuts):
        place = bisect_right(changes, start) - 1
        event = timeline[place] if place >= 0 else {"state": "logged_out", "time": start}
        doing = event["aux"] if event["state"] == "aux" else event["state"]
        if doing != "logged_out" and start - event["time"] >= 16 * HOUR_MS:
            doing = "unknown"
        length, bucket = end - start, start - start % BUCKET_MS
        if doing != "logged_out":
            key = (event["program"], event["group"], event["site"], bucket)
            for name in spent(event, doing):
                sums[key][name] += length
        covering = [row for row in rows if row["start"] <= start < row["end"]]
        if covering:
            row = max(covering, key=lambda row: (row["activity"] != "work", row["start"]))
            key = (row["program"], row["group"], row["site"], bucket)
            for name in planned(row, event, doing):
                sums[key][name] += length


def spent(event: Event, doing: str) -> list[str]:
    if doing == "unknown":
        return ["state_unknown_ms"]
    names = ["logged_in_ms"]
    if doing in ("available", "ringing"):
        names += ["avail_ms", "staffed_ms"]
    if doing in ("handling", "acw", "customer_work"):
        names += ["busy_union_ms"] + ["lent_ms"] * ("work_program" in event)
    if doing in ("handling", "acw"):
        names += ["staffed_ms", f"staff_{'handle' if doing == 'handling' else 'acw'}_ms"]
    if doing == "ringing":
        names.append("ringing_ms")
    return names + [f"aux_{doing}_ms"] * (event["state"] == "aux")


def planned(row: Event, event: Event, doing: str) -> list[str]:
    activity, unpaid = row["activity"], row.get("paid") == "no"
    names = ["sched_ms"] + ["paid_ms"] * (not unpaid)
    names.append("act_planned_ms" if activity in PAUSES else "sched_work_ms")
    out = doing == "logged_out"
    if doing not in ALLOWED[activity] and not (out and unpaid):
        names.append("mismatch_ms")
        if activity in PAUSES and doing in ("handling", "acw"):
            names.append("busy_overrun_ms")
    names += ["unplanned_lost_ms"] * (out and not unpaid)
    taken = doing if event["state"] == "aux" and doing in PAUSES else ""
    names += ["act_xor_ms"] * (activity in PAUSES and taken != activity)
    return names + ["act_xor_ms"] * bool(taken and taken != activity)
