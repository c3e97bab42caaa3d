"""The slow and obvious twin: the columns of a set of wire events, in plain dicts.

It follows kernels/README.md sentence by sentence and shares no code with the service. Input is
taken to be valid: what a shard would reject (unmapped queues, too late) is not rejected here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import xxhash

from schemas.contacts import EVENT_TYPES
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Queue
from tests.naive_walk import Event, Walk, bucket, reason_code

Key = tuple[str, str, str, str, int]
"""(program, queue, channel, site, bucket_ms)"""

MIX = 0x9E3779B97F4A7C15
LONGEST_MS = 7 * 24 * 3_600_000
HELPERS = ("consult_started", "consult_ended", "conference_joined", "conference_left")
TEXTS = {
    "queued": ("queue", "site"),
    "overflowed": ("queue",),
    "blocked": ("queue",),
    "answered": ("queue", "site", "staff"),
    "callback_connected": ("queue", "site", "staff"),
    "callback_attempted": ("site", "staff"),
    **dict.fromkeys(("ringing", "ring_no_answer", *HELPERS), ("staff",)),
}
"""Which texts of an event count."""


@dataclass(frozen=True)
class Figures:
    """Non-zero columns per key, answered waits per histogram bin, repeated and losing events."""

    arrival: dict[Key, dict[str, int]]
    handling: dict[Key, dict[str, int]]
    wait_hist: dict[Key, dict[int, int]]
    duplicates: int
    conflicts: int


def columns(
    events: Iterable[Event],
    plan: Plan,
    watermarks: Mapping[str, int] | None = None,
    unresolved_ms: int = 4 * 3600 * 1000,
) -> Figures:
    """What a set of wire events adds up to, whatever order they come in."""
    visits: dict[tuple[str, str, int], dict[tuple[str, str], list[Event]]] = {}
    for event in events:
        if event["type"] != "heartbeat":
            visit = (event["program"], event["contact"], event.get("segment", 1))
            same = visits.setdefault(visit, {}).setdefault((event["source"], event["id"]), [])
            same.append(event)
    tables = _Tables()
    duplicates = conflicts = 0
    for (program, _, _), by_id in visits.items():
        standing = []
        for _, same in sorted(by_id.items()):
            contents = {content(event): event for event in same}
            standing.append(contents[max(contents)])
            duplicates += len(same) - len(contents)
            conflicts += len(contents) - 1
        standing.sort(key=order)
        _contribute(standing, plan, (watermarks or {}).get(program), unresolved_ms, tables)
    return Figures(*tables.without_zeros(), duplicates, conflicts)


class _Tables:
    def __init__(self) -> None:
        self.arrival: dict[Key, Counter[str]] = defaultdict(Counter)
        self.handling: dict[Key, Counter[str]] = defaultdict(Counter)
        self.wait_hist: dict[Key, Counter[int]] = defaultdict(Counter)

    def without_zeros(self) -> list[dict[Key, dict[Any, int]]]:
        tables = (self.arrival, self.handling, self.wait_hist)
        kept = [{key: pooled([row]) for key, row in table.items()} for table in tables]
        return [{key: row for key, row in table.items() if row} for table in kept]


def pooled(rows: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    """The sum of rows (or of histograms), column by column."""
    total: Counter[Any] = Counter()
    for row in rows:
        total.update(row)
    return {name: n for name, n in total.items() if n}


def digest(text: str) -> int:
    """H: 64-bit XXH3 of the UTF-8 text; 0 for an empty one."""
    return xxhash.xxh3_64_intdigest(text.encode()) if text else 0


def content(event: Event) -> tuple[int, ...]:
    """What of an event counts; of two with one id the greater stands."""
    kind = event["type"]
    queue, site, staff = (
        digest(event.get(name, "")) if name in TEXTS.get(kind, ()) else 0
        for name in ("queue", "site", "staff")
    )
    person = staff & 0xFFFF_FFFF
    return (event.get("rev", 0), *order(event)[:3], reason_code(event), queue, site, person)


def order(event: Event) -> tuple[int, int, int, int]:
    """The place of an event within its visit."""
    kind = EVENT_TYPES.index(event["type"])
    tie = digest(event["id"]) ^ MIX * digest(event["source"]) % 2**64
    return event["time"], event.get("seq", 0), kind, tie


def _contribute(
    events: list[Event], plan: Plan, watermark: int | None, unresolved_ms: int, tables: _Tables
) -> None:
    program, channel = events[0]["program"], events[0].get("channel", "voice")
    entry = next((event for event in events if event["type"] == "queued"), None)
    if entry is None:
        return _without_entry(events, tables)
    listed = plan.queues.get(entry["queue"], Queue(program=program))
    site = entry.get("site", "") if listed.preallocated else ""
    key = (program, entry["queue"], channel, site, bucket(entry["time"]))
    walk = Walk(entry, listed.callback_attempts)
    for event in events:
        walk.step(event)

    row = tables.arrival[key]
    row["offered"] += 1
    row.update(walk.counts)
    for left, reached in walk.overflows:
        tables.arrival[program, left, channel, "", bucket(entry["time"])]["ovf_out"] += 1
        tables.arrival[program, reached, channel, "", bucket(entry["time"])]["ovf_in"] += 1
    for queue, where, moment, length in walk.efforts:
        tables.handling[program, queue, channel, where, moment]["callback_effort_ms"] += length

    def expired(since: int) -> bool:
        return walk.lost or (watermark is not None and watermark >= since + unresolved_ms)

    if walk.state == "waiting":
        row["outcome_unknown" if expired(entry["time"]) else "waiting"] += 1
        return
    _book_wait(walk, plan, entry, row)
    if walk.state == "answered":
        tables.wait_hist[key][wait_bin(walk.wait)] += 1
        if walk.closed and max(walk.talk_end - walk.answered_at, walk.acw) > LONGEST_MS:
            row.update(("contradictions", "cohort_unknown"))
        elif walk.closed:
            row["cohort_handled"] += 1
            row["cohort_handle_ms"] += walk.talk_end - walk.answered_at + walk.acw
            _book_handling(walk, program, channel, tables)
        else:
            row["cohort_unknown" if expired(walk.answered_at) else "cohort_open"] += 1


def _without_entry(events: list[Event], tables: _Tables) -> None:
    first, kinds = events[0], {event["type"] for event in events}
    program, channel = first["program"], first.get("channel", "voice")
    in_ivr = {"ivr_entered", "ivr_left"}
    if "blocked" in kinds:
        blocked = next(event for event in events if event["type"] == "blocked")
        queue, moment = blocked.get("queue", ""), blocked["time"]
        tables.arrival[program, queue, channel, "", bucket(moment)]["blocked"] += 1
    elif not (kinds & in_ivr and kinds <= in_ivr | {"disconnected", "tracking_lost"}):
        tables.arrival[program, "", channel, "", bucket(first["time"])]["orphan"] += 1


def _book_wait(walk: Walk, plan: Plan, entry: Event, row: Counter[str]) -> None:
    target = plan.target_at(entry["queue"], entry["time"])
    outcome = "ans" if walk.state == "answered" else "abn"
    row[outcome] += 1
    row[f"wait_{outcome}_ms"] += walk.wait
    for i, limit in enumerate(target.thresholds_ms, start=1):
        row[f"{outcome}_in_T{i}"] += walk.wait <= limit
        if outcome == "ans":
            row[f"ans_in_2T{i}"] += walk.wait <= 2 * limit
    if outcome == "abn":
        row[f"abn_{walk.abandon_reason}"] += 1
        short_ms = target.short_abandon_s * 1000
        row["abn_short"] += short_ms > 0 and walk.wait <= short_ms


def _book_handling(walk: Walk, program: str, channel: str, tables: _Tables) -> None:
    where = (program, walk.answer_queue, channel, walk.answer_site)
    pieces = [(walk.answered_at, walk.talk_end)]
    if walk.acw_start is not None:
        pieces.append((walk.acw_start, walk.acw_end))
    end = pieces[-1][1]
    row = tables.handling[*where, bucket(end)]
    row["handled"] += 1
    row["talk_ms"] += walk.talk_end - walk.answered_at - walk.hold
    row["hold_ms"] += walk.hold
    row["acw_ms"] += walk.acw
    row["consult_ms"] += walk.consult
    if walk.escalation:
        row[f"escalated_{walk.escalation}"] += 1
    for start, stop in pieces:
        for first in range(bucket(start), stop, BUCKET_MS):
            clipped = min(stop, first + BUCKET_MS) - max(start, first)
            tables.handling[*where, first]["handle_clip_ms"] += clipped


def wait_edges() -> list[int]:
    """Upper edges in ms, inclusive; one open bin lies above the last."""
    return [0, 1000] + [50 * 2**k * (20 + j) for k in range(17) for j in range(1, 21)]


def wait_bin(wait_ms: int) -> int:
    return sum(edge < wait_ms for edge in wait_edges())
