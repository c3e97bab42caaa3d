"""The slow twin of the calls section of kernels/BOTS.md: IVR, attempts and human contacts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from schemas.targets import Plan, Queue
from tests.naive import Key, content, order, pooled
from tests.naive_walk import Event, bucket

BY_RESULT = {
    "self_service": "ivr_self_service",
    "queue": "ivr_to_queue",
    "opt_out": "ivr_optout",
    "error": "ivr_error",
    "hung_up": "ivr_abn",
}
PASSED_OVER = ("tracking_lost", "ivr_entered", "blocked")


def call_columns(
    events: Iterable[Event],
    plan: Plan,
    watermarks: Mapping[str, int] | None = None,
    unresolved_ms: int = 4 * 3600 * 1000,
) -> dict[Key, dict[str, int]]:
    """Non-zero columns per key of a set of events of the topic `acd`, segment 1 only."""
    visits: dict[tuple[str, str], dict[tuple[str, str], list[Event]]] = {}
    for event in events:
        if event["type"] != "heartbeat" and event.get("segment", 1) == 1:
            visit = visits.setdefault((event["program"], event["contact"]), {})
            visit.setdefault((event["source"], event["id"]), []).append(event)
    table: dict[Key, Counter[str]] = defaultdict(Counter)
    for (program, _), by_id in visits.items():
        standing = sorted((max(same, key=content) for same in by_id.values()), key=order)
        _attempt(program, standing, plan, table)
        _in_ivr(program, standing, (watermarks or {}).get(program), unresolved_ms, table)
    return {key: pooled([row]) for key, row in table.items()}


def _first(events: list[Event], kind: str) -> Event | None:
    return next((event for event in events if event["type"] == kind), None)


def _attempt(program: str, events: list[Event], plan: Plan, table: dict[Key, Counter[str]]) -> None:
    entry, entered, blocked = (_first(events, k) for k in ("queued", "ivr_entered", "blocked"))
    if entry is not None:
        listed = plan.queues.get(entry["queue"], Queue(program=program))
        site = entry.get("site", "") if listed.preallocated else ""
        moment = bucket(entry["time"])
        table[program, entry["queue"], "voice", site, moment]["human_contact_n"] += 1
    elif blocked is not None:
        queue, moment = blocked.get("queue", ""), bucket(blocked["time"])
        table[program, queue, "voice", "", moment]["attempts"] += 1
        return
    arrived = [event["time"] for event in (entry, entered) if event is not None]
    if arrived:
        table[program, "", "voice", "", bucket(min(arrived))]["attempts"] += 1


def _in_ivr(
    program: str,
    events: list[Event],
    watermark: int | None,
    unresolved_ms: int,
    table: dict[Key, Counter[str]],
) -> None:
    entered, left = _first(events, "ivr_entered"), _first(events, "ivr_left")
    if entered is None:
        if left is not None and _first(events, "queued") is None:
            table[program, "", "ivr", "", bucket(left["time"])]["ivr_orphan"] += 1
        return
    place = events.index(entered)
    if {event["type"] for event in events[:place]} - {"ivr_left", "tracking_lost"}:
        return
    row = table[program, "", "ivr", "", bucket(entered["time"])]
    row["ivr_ans"] += 1
    for event in events[place:]:
        if event["type"] == "ivr_left":
            row[BY_RESULT[event["result"]]] += 1
            return
        if event["type"] not in PASSED_OVER:
            row["ivr_abn" if event["type"] == "disconnected" else "ivr_to_queue"] += 1
            return
    lost = _first(events, "tracking_lost") is not None
    late = watermark is not None and watermark >= entered["time"] + unresolved_ms
    row["ivr_unknown" if lost or late else "ivr_open"] += 1
