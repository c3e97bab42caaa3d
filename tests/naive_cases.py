"""The slow and obvious twin of kernels/CASES.md: what events of deferred work add up to.

It follows that page sentence by sentence and shares no code with the service. Input is taken to be
valid: what a shard would reject is not rejected here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.deferred import CASE_TYPES
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Queue
from tests.naive import MIX, Key, digest

Event = Mapping[str, Any]
DAY_MS = 24 * 3_600_000
LIFE_MS = 400 * DAY_MS
QUEUED = ("case_received", "case_reopened")


@dataclass(frozen=True)
class Figures:
    """Non-zero columns per key, repeated and losing events."""

    columns: dict[Key, dict[str, int]]
    duplicates: int
    conflicts: int


@dataclass
class Gauges:
    """A queue at one moment. `earliest_ms`: the promise broken longest ago, -1 if none is."""

    open: int = 0
    due_soon: int = 0
    overdue: int = 0
    late_ms: int = 0
    earliest_ms: int = -1


@dataclass
class Span:
    """A stretch in which a case is open, and what its lateness is counted from."""

    start: int
    late_from: int
    end: int | None = None


@dataclass
class Case:
    """What the walk finds."""

    program: str
    queue: str
    start: int
    due: int
    carried: bool
    spans: list[Span]
    done_at: int | None = None
    withdrawn_at: int | None = None
    told: list[tuple[str, int]] = field(default_factory=list)
    contradictions: int = 0

    @property
    def is_open(self) -> bool:
        return self.spans[-1].end is None

    def step(self, event: Event) -> None:
        moment = max(event["time"], self.start)
        kind = event["type"]
        wrong = {
            "case_received": True,
            "case_completed": not self.is_open,
            "case_withdrawn": not self.is_open,
            "case_reopened": self.is_open,
        }[kind]
        if wrong or moment >= self.start + LIFE_MS:
            self.contradictions += 1
            return
        self.told.append((kind, moment))
        if kind == "case_reopened":
            since = event["due_at"] if event.get("due_at") is not None else self.spans[-1].late_from
            self.spans.append(Span(moment, since))
            self.done_at = self.withdrawn_at = None
            return
        self.spans[-1].end = moment
        if kind == "case_completed":
            self.done_at = moment
        else:
            self.withdrawn_at = moment


def columns(
    events: Iterable[Event], plan: Plan, watermarks: Mapping[str, int] | None = None
) -> Figures:
    """What a set of wire events adds up to, whatever order they come in."""
    groups: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        if "case" in event:
            groups[event["program"], event["case"]].append(event)
    table: dict[Key, Counter[str]] = defaultdict(Counter)
    duplicates = conflicts = 0
    for (program, _), said in groups.items():
        standing, repeated, lost = settled(said, plan)
        duplicates += repeated
        conflicts += lost
        found = walked(standing, plan)
        if found is None:
            table[program, "", "deferred", "", bucket(standing[0]["time"])]["orphan"] += 1
        else:
            _book(found, plan, (watermarks or {}).get(program, -1), table)
    kept = {key: {n: v for n, v in row.items() if v} for key, row in table.items()}
    return Figures({key: row for key, row in kept.items() if row}, duplicates, conflicts)


def bucket(moment_ms: int) -> int:
    return moment_ms - moment_ms % BUCKET_MS


def settled(events: list[Event], plan: Plan) -> tuple[list[Event], int, int]:
    """Events that stand, sorted; how many were repeated, how many lost."""
    by_id: dict[tuple[str, str], dict[Any, Event]] = defaultdict(dict)
    for event in events:
        by_id[event["source"], event["id"]][content(event, plan)] = event
    standing = [same[max(same)] for same in by_id.values()]
    kinds = sum(len(same) for same in by_id.values())
    return sorted(standing, key=order), len(events) - kinds, kinds - len(standing)


def content(event: Event, plan: Plan) -> tuple[Any, ...]:
    """What of an event counts; of two with one id the greatest stands."""
    queued = event["type"] in QUEUED
    due = due_of(event, plan) if queued else 0
    told = event.get("due_at") is not None
    text = digest(event["queue"]) if queued else 0
    return (event.get("rev", 0), *order(event)[:3], told, due, text)


def order(event: Event) -> tuple[int, int, int, int]:
    tie = digest(event["id"]) ^ MIX * digest(event["source"]) % 2**64
    return event["time"], event.get("seq", 0), CASE_TYPES.index(event["type"]), tie


def due_of(event: Event, plan: Plan) -> int:
    """Until when a case is promised that is received or reopened by this event."""
    if event.get("due_at") is not None:
        return int(event["due_at"])
    queue = plan.queues.get(event["queue"]) or Queue(program=event["program"], channel="deferred")
    length = round((queue.due_s or 86_400) * 1000)
    begin: int = event["time"]
    if queue.clock == "always":
        return begin + length
    zone = plan.zone(event["program"])
    for first in range(bucket(begin), begin + LIFE_MS, BUCKET_MS):
        if queue.hours_at(first).open_in(first // BUCKET_MS, zone):
            since = max(first, begin)
            if since + length <= first + BUCKET_MS:
                return since + length
            length -= first + BUCKET_MS - since
    return begin + LIFE_MS


def walked(events: list[Event], plan: Plan) -> Case | None:
    """A case of its standing events in their order; None: an orphan."""
    received = [event for event in events if event["type"] == "case_received"]
    reopened = [event for event in events if event["type"] == "case_reopened"]
    if not received and not reopened:
        return None
    entry = (received or reopened)[0]
    at, due = events.index(entry), due_of(entry, plan)
    carried = not received or due < entry["time"]
    start = entry["time"]
    case = Case(entry["program"], entry["queue"], start, due, carried, [Span(start, due)])
    for number, event in enumerate(events):
        if number < at and received:
            case.contradictions += 1
        if number != at and (number > at or received):
            case.step(event)
    return case


def _book(case: Case, plan: Plan, mark: int, table: dict[Key, Counter[str]]) -> None:
    def row(moment: int) -> Counter[str]:
        return table[case.program, case.queue, "deferred", "", bucket(moment)]

    row(case.start)["case_carried" if case.carried else "case_received"] += 1
    row(case.start)["contradictions"] += case.contradictions
    gone = case.withdrawn_at is not None and case.withdrawn_at <= case.due
    if not case.carried and not gone:
        if mark < case.due:
            row(case.due)["due_pending_n"] += 1
        else:
            row(case.due)["due_n"] += 1
            row(case.due)["due_ontime_n"] += case.done_at is not None and case.done_at <= case.due
    for kind, moment in case.told:
        if kind == "case_completed":
            row(moment).update(done_n=1, done_ontime_n=int(moment <= case.due))
        else:
            row(moment)["reopened_n" if kind == "case_reopened" else "withdrawn_n"] += 1
    if case.is_open and mark >= case.start + LIFE_MS:
        row(case.start + LIFE_MS)["expired_n"] += 1
    for span in case.spans:
        until = case.start + LIFE_MS if span.end is None else span.end
        for end in day_ends(plan, case.program, span.start, min(until, mark)):
            found = row(end - 1)
            found["snap_open_n"] += 1
            if span.late_from < end:
                found.update(snap_late_n=1, snap_late_ms=end - span.late_from)


def day_ends(plan: Plan, program: str, since: int, until: int) -> list[int]:
    """Ends of local days after `since` and not after `until`."""
    zone, found = plan.zone(program), []
    day = (datetime.fromtimestamp(since / 1000, UTC) - timedelta(days=2)).date()
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        moment = bucket(round(midnight.timestamp() * 1000))
        if moment > until:
            return found
        if moment > since:
            found.append(moment)
        day += timedelta(days=1)


def gauges(events: Iterable[Event], plan: Plan, now_ms: int) -> dict[tuple[str, str], Gauges]:
    """What is open of each (program, queue) that has anything open at a moment after all events."""
    groups: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        if "case" in event:
            groups[event["program"], event["case"]].append(event)
    found: dict[tuple[str, str], Gauges] = defaultdict(Gauges)
    for said in groups.values():
        case = walked(settled(said, plan)[0], plan)
        if case is None or not case.is_open:
            continue
        queue = plan.queues.get(case.queue) or Queue(program=case.program, channel="deferred")
        one, since = found[case.program, case.queue], case.spans[-1].late_from
        one.open += 1
        if since < now_ms:
            one.overdue += 1
            one.late_ms += now_ms - since
            one.earliest_ms = since if one.earliest_ms < 0 else min(one.earliest_ms, since)
        elif since <= now_ms + round(queue.due_soon_s * 1000):
            one.due_soon += 1
    return dict(found)
