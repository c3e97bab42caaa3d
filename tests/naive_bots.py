"""The slow and obvious twin of kernels/BOTS.md: what events of the topic `bot` add up to.

It follows that page sentence by sentence and shares no code with the service. Input is taken to be
valid: what a shard would reject is not rejected here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.bots import CONVERSATION_TYPES, ENDED_BY, KINDS, STATUSES, TECHNOLOGY_TYPES
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from schemas.technologies import Technologies, Technology
from tests.naive import MIX, Key, digest, pooled, wait_bin
from tests.naive_bots_walk import Conversation, Event, bucket

LONGEST_MS = 7 * 24 * 3_600_000
UNKNOWN_MS = 31 * 24 * 3_600_000
TEXTS = {"conversation_started": "bot", "user_submitted": "turn", "response_delivered": "turn"}


@dataclass(frozen=True)
class Figures:
    """Non-zero columns per key, latencies per histogram bin, repeated and losing events."""

    arrival: dict[Key, dict[str, int]]
    clipped: dict[Key, dict[str, int]]
    latency_hist: dict[Key, dict[int, int]]
    duplicates: int
    conflicts: int


class Tables:
    """Columns per key while they grow."""

    def __init__(self) -> None:
        self.arrival: dict[Key, Counter[str]] = defaultdict(Counter)
        self.clipped: dict[Key, Counter[str]] = defaultdict(Counter)
        self.latency_hist: dict[Key, Counter[int]] = defaultdict(Counter)

    def without_zeros(self) -> list[dict[Key, dict[Any, int]]]:
        tables = (self.arrival, self.clipped, self.latency_hist)
        kept = [{key: pooled([row]) for key, row in table.items()} for table in tables]
        return [{key: row for key, row in table.items() if row} for table in kept]


def columns(
    events: Iterable[Event],
    plan: Plan,
    technologies: Technologies,
    watermarks: Mapping[str, int] | None = None,
) -> Figures:
    """What a set of wire events adds up to, whatever order they come in."""
    groups: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for event in events:
        for name in ("conversation", "technology"):
            if name in event:
                groups[name, event["program"], event[name]].append(event)
    tables, duplicates, conflicts = Tables(), 0, 0
    for (family, program, name), said in groups.items():
        standing, repeated, lost = settled(said)
        duplicates += repeated
        conflicts += lost
        watermark = (watermarks or {}).get(program)
        if family == "conversation":
            _conversation(standing, technologies, watermark, tables)
        else:
            _timeline(standing, plan, technologies.of(program, name), watermark, tables)
            _attempts(standing, tables)
    return Figures(*tables.without_zeros(), duplicates, conflicts)


def settled(events: list[Event]) -> tuple[list[Event], int, int]:
    """Events that stand, sorted; how many were repeated, how many lost."""
    by_id: dict[tuple[str, str], dict[Any, Event]] = defaultdict(dict)
    for event in events:
        by_id[event["source"], event["id"]][content(event)] = event
    standing = [same[max(same)] for same in by_id.values()]
    kinds = sum(len(same) for same in by_id.values())
    return sorted(standing, key=order), len(events) - kinds, kinds - len(standing)


def content(event: Event) -> tuple[Any, ...]:
    """What of an event counts; of two with one id the greatest stands."""
    code, numbers = 0, tuple[int, ...]()
    match event["type"]:
        case "conversation_ended":
            code = ENDED_BY.index(event["by"]) + 1
        case "probe":
            code = STATUSES.index(event["status"]) + 1
            numbers = (KINDS.index(event["kind"]), event["next_within_ms"])
        case "attempts_counted":
            numbers = (event["start"], event["end"], event["attempts"], event["blocked"])
    text = event[TEXTS[event["type"]]] if event["type"] in TEXTS else ""
    return (event.get("rev", 0), *order(event)[:3], code, digest(text), numbers)


def order(event: Event) -> tuple[int, int, int, int]:
    """The place of an event within its conversation or timeline."""
    types = CONVERSATION_TYPES if "conversation" in event else TECHNOLOGY_TYPES
    tie = digest(event["id"]) ^ MIX * digest(event["source"]) % 2**64
    return event["time"], event.get("seq", 0), types.index(event["type"]), tie


def _conversation(
    events: list[Event], technologies: Technologies, watermark: int | None, tables: Tables
) -> None:
    program = events[0]["program"]
    start = next((event for event in events if event["type"] == "conversation_started"), None)
    if start is None:
        tables.arrival[program, "", "bot", "", bucket(events[0]["time"])]["orphan"] += 1
        return
    bot = technologies.of(program, start["bot"])
    said = Conversation(start)
    for event in events:
        said.step(event)
    row = tables.arrival[program, start["bot"], "bot", "", bucket(start["time"])]
    row["contradictions"] += said.contradictions
    _book_outcome(said, events[-1]["time"], round(bot.idle_timeout_s * 1000), watermark, row)
    for turn, moment in said.submits.items():
        key = (program, start["bot"], "bot", "", bucket(moment))
        tables.arrival[key]["n_submit"] += 1
        if turn in said.responses:
            latency = max(0, said.responses[turn] - moment)
            if latency > LONGEST_MS:
                tables.arrival[key]["lat_unknown"] += 1
                row["contradictions"] += 1
                continue
            within = latency <= bot.within_ms_at(moment)
            tables.arrival[key].update(lat_n=1, lat_ms=latency, lat_in_x=int(within))
            tables.latency_hist[key][wait_bin(latency)] += 1
            continue
        until = moment + round(bot.response_limit_s * 1000)
        if said.lost_at is not None and said.lost_at < until:
            tables.arrival[key]["lat_unknown"] += 1
        elif watermark is not None and watermark >= until:
            tables.arrival[key]["lat_timeout"] += 1
        else:
            tables.arrival[key]["lat_open"] += 1


def _book_outcome(
    said: Conversation, last: int, idle_ms: int, watermark: int | None, row: Counter[str]
) -> None:
    outcome, close = "open", said.closed_at
    if said.handed_off:
        outcome = "handoff"
    elif close is not None:
        outcome = "contained" if said.completed else "left"
    elif said.lost_at is not None:
        outcome = "unknown"
    elif watermark is not None and watermark >= last + idle_ms:
        outcome, close = "contained" if said.completed else "left", last
    length = 0 if close is None else max(0, close - said.started_at)
    if length > LONGEST_MS:
        row["contradictions"] += 1
        outcome = "unknown"
    if outcome not in ("open", "unknown"):
        row.update(conv_n=1, bot_msg_n=said.messages, conv_ms=length)
    if said.migrated:
        row["migrated_start"] += 1
        names = {
            "contained": "migrated_n",
            "open": "migrated_open",
            "unknown": "migrated_unknown",
        }
        if outcome in names:
            row[names[outcome]] += 1
        return
    row.update(["conv_start", f"conv_{outcome}"])
    if outcome == "left" and said.ended_by == "error":
        row["conv_left_error"] += 1


def _timeline(
    events: list[Event], plan: Plan, technology: Technology, watermark: int | None, tables: Tables
) -> None:
    marks = [event for event in events if event["type"] in ("probe", "probing_ended")]
    following: list[Event | None] = [*marks[1:], None]
    for here, after in zip(marks, following, strict=False):
        if here["type"] == "probing_ended":
            continue
        until = after["time"] if after is not None else max(here["time"], watermark or 0)
        known = min(until, here["time"] + here["next_within_ms"])
        until = min(until, known + UNKNOWN_MS)
        where = (here["program"], here["technology"], here["kind"])
        for status, start, stop in (
            (here["status"], here["time"], known),
            ("unknown", known, until),
        ):
            _book_span(status, start, stop, where, plan, technology, tables)


def _book_span(
    status: str,
    start: int,
    stop: int,
    where: tuple[str, str, str],
    plan: Plan,
    technology: Technology,
    tables: Tables,
) -> None:
    for first in range(bucket(start), stop, BUCKET_MS):
        length = min(stop, first + BUCKET_MS) - max(start, first)
        row = tables.clipped[*where, "", first]
        row.update({"total_ms": length, f"{status}_ms": length})
        zone = plan.zone(where[0])
        if technology.opening_hours.open_in(first // BUCKET_MS, zone):
            row["open_ms"] += length
            if status in ("up", "unknown"):
                row[f"{status}_open_ms"] += length


def _attempts(events: list[Event], tables: Tables) -> None:
    for event in events:
        if event["type"] != "attempts_counted":
            continue
        key = (event["program"], event["technology"], "telecom", "", bucket(event["start"]))
        row = tables.arrival[key]
        if event["end"] <= event["start"]:
            row["contradictions"] += 1
            continue
        row["attempts"] += event["attempts"]
        row["blocked"] += min(event["attempts"], event["blocked"])
        row["contradictions"] += event["blocked"] > event["attempts"]
