"""The slow and obvious twin of kernels/OUTBOUND.md: what events of outbound work add up to.

It follows that page sentence by sentence and shares no code with the service. Input is taken to be
valid: what a shard would reject is not rejected here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.outbound import OUTBOUND_TYPES, REASONS, RESULTS
from schemas.targets import Plan, Queue
from tests.naive import MIX, Key, digest
from tests.naive_cases import Figures, bucket, due_of

Event = Mapping[str, Any]
DAY_MS = 24 * 3_600_000
ANSWERED = ("right_party", "wrong_party", "abandoned")
TALKED = ("right_party", "wrong_party")
COLUMN_OF = {"right_party": "rec_rpc", "exhausted": "rec_exhausted", "bad_record": "rec_bad"}


@dataclass
class Gauges:
    """A campaign at one moment."""

    listed: int = 0
    undialled: int = 0
    lists: int = 0
    planned: int = 0
    dialled: int = 0
    behind: int = 0
    per_day: int = 0
    told_ms: int = -1


@dataclass
class Record:
    """What the walk finds."""

    program: str
    queue: str
    start: int
    due: int
    carried: bool
    attempts: list[tuple[int, str]] = field(default_factory=list)
    completed: tuple[int, str] | None = None
    withdrawn_at: int | None = None
    contradictions: int = 0

    @property
    def life(self) -> int:
        return max(self.due, self.start) + 31 * DAY_MS

    @property
    def is_open(self) -> bool:
        return self.completed is None and self.withdrawn_at is None

    def step(self, event: Event) -> None:
        moment, kind = max(event["time"], self.start), event["type"]
        if moment >= self.life or kind == "record_listed":
            self.contradictions += 1
        elif kind == "record_dialled":
            self.attempts.append((moment, event["result"]))
            if self.is_open and event["result"] == "right_party":
                self.completed = moment, "right_party"
            elif not self.is_open and (self.completed or (0, ""))[1] != "right_party":
                self.contradictions += 1
        elif not self.is_open:
            self.contradictions += 1
        elif kind == "record_closed":
            self.completed = moment, event["reason"]
        else:
            self.withdrawn_at = moment


def columns(
    events: Iterable[Event], plan: Plan, watermarks: Mapping[str, int] | None = None
) -> Figures:
    """What a set of wire events adds up to, whatever order they come in."""
    table: dict[Key, Counter[str]] = defaultdict(Counter)
    duplicates = conflicts = 0
    for said in grouped(events, plan).values():
        standing, repeated, lost = settled(said, plan)
        duplicates += repeated
        conflicts += lost
        program = standing[0]["program"]
        mark = (watermarks or {}).get(program, -1)
        if standing[0]["type"] == "list_counted":
            _book_list(standing[-1], plan, mark, table)
            continue
        found = walked(standing, plan)
        if found is None:
            table[program, "", "outbound", "", bucket(standing[0]["time"])]["orphan"] += 1
        else:
            _book(found, mark, table)
    kept = {key: {n: v for n, v in row.items() if v} for key, row in table.items()}
    return Figures({key: row for key, row in kept.items() if row}, duplicates, conflicts)


def grouped(events: Iterable[Event], plan: Plan) -> dict[Any, list[Event]]:
    """Events by what they are of: a record, or a list on a local day."""
    groups: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        if event["type"] == "list_counted":
            of = event["queue"], event.get("list", ""), day_end(event, plan)
            groups[event["program"], "list", *of].append(event)
        elif event["type"] in OUTBOUND_TYPES:
            groups[event["program"], "record", event["record"]].append(event)
    return groups


def day_end(event: Event, plan: Plan) -> int:
    """End of the local day of an event, at an edge of a bucket."""
    zone = plan.zone(event["program"])
    day = datetime.fromtimestamp(event["time"] / 1000, UTC).astimezone(zone).date()
    after = day + timedelta(days=1)
    midnight = datetime(after.year, after.month, after.day, tzinfo=zone)
    return bucket(round(midnight.timestamp() * 1000))


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
    said = event.get("result") or event.get("reason")
    detail = int(event.get("due_at") is not None)
    if said is not None:
        detail = (RESULTS if said in RESULTS else REASONS).index(said)
    named = event["type"] in ("record_listed", "record_dialled", "list_counted")
    until = told_due(event, plan) if event["type"] in OUTBOUND_TYPES[:2] else 0
    text = digest(event["queue"]) if named else 0
    counts = [event.get(name, 0) for name in ("planned", "dialled", "per_day")]
    return (event.get("rev", 0), *order(event)[:3], detail, until, text, *counts)


def order(event: Event) -> tuple[int, int, int, int]:
    tie = digest(event["id"]) ^ MIX * digest(event["source"]) % 2**64
    return event["time"], event.get("seq", 0), OUTBOUND_TYPES.index(event["type"]), tie


def told_due(event: Event, plan: Plan) -> int:
    """Until when the list is to be done of a record that is listed or dialled by this event."""
    usual = Queue(program=event["program"], channel="outbound", due_s=30 * 86_400)
    listed = plan.queues.get(event["queue"], usual)
    if listed.due_s is None:
        listed = listed.model_copy(update={"due_s": usual.due_s})
    return due_of(event, plan.model_copy(update={"queues": {event["queue"]: listed}}))


def walked(events: list[Event], plan: Plan) -> Record | None:
    """A record of its standing events in their order; None: an orphan."""
    listed = [event for event in events if event["type"] == "record_listed"]
    dialled = [event for event in events if event["type"] == "record_dialled"]
    if not listed and not dialled:
        return None
    entry = (listed or dialled)[0]
    at, start = events.index(entry), entry["time"]
    due = min(told_due(entry, plan), start + 400 * DAY_MS)
    record = Record(entry["program"], entry["queue"], start, due, not listed or due < start)
    if not listed:
        for event in events[at:]:
            record.step(event)
        return record
    for number, event in enumerate(events):
        if number < at:
            record.contradictions += 1
        if number != at:
            record.step(event)
    return record


def _book(record: Record, mark: int, table: dict[Key, Counter[str]]) -> None:
    def row(moment: int) -> Counter[str]:
        return table[record.program, record.queue, "outbound", "", bucket(moment)]

    row(record.start)["rec_carried" if record.carried else "rec_listed"] += 1
    row(record.start)["contradictions"] += record.contradictions
    for moment, result in record.attempts:
        row(moment)["dials_n"] += 1
        row(moment)["connects_n"] += result in ANSWERED
        row(moment)["rpc_n"] += result == "right_party"
        row(moment)["dialer_abn_n"] += result == "abandoned"
    if record.carried:
        return
    if record.completed is not None:
        moment, why = record.completed
        row(moment)["rec_done"] += 1
        row(moment)[COLUMN_OF[why]] += 1
    elif record.withdrawn_at is not None:
        row(record.withdrawn_at)["rec_withdrawn"] += 1
    elif mark >= record.life:
        row(record.life)["rec_expired"] += 1
    if record.withdrawn_at is not None and record.withdrawn_at <= record.due:
        return
    end = record.due
    if record.completed is not None and record.completed[0] <= record.due:
        end = record.completed[0]
    elif mark < record.due:
        return
    row(end)["list_n"] += 1
    row(end)["dialled_n"] += any(moment <= end for moment, _ in record.attempts)
    talks = [moment for moment, result in record.attempts if result in TALKED]
    row(end)["contact_n"] += any(moment <= end for moment in talks)


def _book_list(event: Event, plan: Plan, mark: int, table: dict[Key, Counter[str]]) -> None:
    end = day_end(event, plan)
    if mark >= end:
        table[event["program"], event["queue"], "outbound", "", bucket(end - 1)].update(
            plan_cum=event["planned"],
            dialled_cum=event["dialled"],
            list_behind_n=max(0, event["planned"] - event["dialled"]),
            plan_per_day=event["per_day"],
        )


def gauges(events: Iterable[Event], plan: Plan, now_ms: int) -> dict[tuple[str, str], Gauges]:
    """What is there of each (program, campaign) with open records or lists told of today."""
    found: dict[tuple[str, str], Gauges] = defaultdict(Gauges)
    for said in grouped(events, plan).values():
        standing = settled(said, plan)[0]
        if standing[0]["type"] == "list_counted":
            last, end = standing[-1], day_end(standing[-1], plan)
            if end - 26 * 3_600_000 <= now_ms < end:
                one = found[last["program"], last["queue"]]
                one.lists += 1
                one.planned += last["planned"]
                one.dialled += last["dialled"]
                one.behind += max(0, last["planned"] - last["dialled"])
                one.per_day += last["per_day"]
                earlier = one.told_ms if one.told_ms >= 0 else last["time"]
                one.told_ms = min(earlier, last["time"])
            continue
        record = walked(standing, plan)
        if record is not None and record.is_open:
            one = found[record.program, record.queue]
            one.listed += 1
            one.undialled += not record.attempts
    return dict(found)
