"""The slow and obvious twin of chat: the columns of a set of chat events, in plain dicts.

It follows kernels/CHAT.md sentence by sentence and shares no code with the service. Input is
taken to be valid: what a shard would reject (unmapped queues, too late) is not rejected here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from schemas.chats import CHAT_TYPES
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Queue
from tests.naive import LONGEST_MS, MIX, Key, digest, pooled, wait_bin
from tests.naive_chat_walk import AUTOMATIC, OFFERS, PERSON, ChatWalk, reason_code
from tests.naive_walk import Event, bucket

REQUESTS = ("chat_requested", "offer_accepted")
TEXTS = {
    "chat_requested": ("queue", "site"),
    **dict.fromkeys(("offer_shown", "offer_accepted", "chat_overflowed"), ("queue",)),
    **dict.fromkeys(("staff_joined", "message_sent"), ("queue", "site", "staff")),
    "staff_left": ("staff",),
}
"""Which texts of an event count."""
MOST_BUCKETS = 400 * 96
"""An open length looks no further than 400 days."""


@dataclass(frozen=True)
class ChatFigures:
    """Non-zero columns per key, histogram bins per key, repeated and losing events."""

    arrival: dict[Key, dict[str, int]]
    handling: dict[Key, dict[str, int]]
    offers: dict[Key, dict[str, int]]
    turns: dict[Key, dict[str, int]]
    wait_hist: dict[Key, dict[int, int]]
    resp_hist: dict[Key, dict[int, int]]
    duplicates: int
    conflicts: int


TABLES = tuple(field.name for field in fields(ChatFigures))[:6]


def columns(
    events: Iterable[Event], plan: Plan, watermarks: Mapping[str, int] | None = None
) -> ChatFigures:
    """What a set of chat events adds up to, whatever order they come in."""
    visits: dict[tuple[str, str, str, int], dict[tuple[str, str], list[Event]]] = {}
    for event in events:
        if event["type"] != "heartbeat" and not is_elsewhere(event, plan):
            stay = (event["contact"], event.get("segment", 1))
            visit = (event["program"], event.get("channel", "chat"), *stay)
            same = visits.setdefault(visit, {}).setdefault((event["source"], event["id"]), [])
            same.append(event)
    tables: dict[str, dict[Key, Counter[Any]]] = {name: defaultdict(Counter) for name in TABLES}
    duplicates = conflicts = 0
    for (program, channel, _, segment), by_id in visits.items():
        standing = []
        for _, same in sorted(by_id.items()):
            contents = {content(event): event for event in same}
            standing.append(contents[max(contents)])
            duplicates += len(same) - len(contents)
            conflicts += len(contents) - 1
        standing.sort(key=order)
        mark = (watermarks or {}).get(program)
        visit = _Visit(program, channel, segment, standing, plan, mark, tables)
        visit.offer()
        visit.request()
    kept = {
        name: {key: row for key, row in ((k, pooled([r])) for k, r in table.items()) if row}
        for name, table in tables.items()
    }
    return ChatFigures(**kept, duplicates=duplicates, conflicts=conflicts)


def is_elsewhere(event: Event, plan: Plan) -> bool:
    """Whether it names a queue that the plan says to be of another channel."""
    listed = plan.queues.get(event.get("queue", ""))
    return (
        listed is not None
        and "channel" in listed.model_fields_set
        and listed.channel != event.get("channel", "chat")
    )


def content(event: Event) -> tuple[int, ...]:
    """What of an event counts; of two with one id the greater stands."""
    queue, site, staff = (
        digest(event.get(name, "")) if name in TEXTS.get(event["type"], ()) else 0
        for name in ("queue", "site", "staff")
    )
    person = staff & 0xFFFF_FFFF
    return (event.get("rev", 0), *order(event)[:3], reason_code(event), queue, site, person)


def order(event: Event) -> tuple[int, int, int, int]:
    """The place of an event within its visit."""
    kind = CHAT_TYPES.index(event["type"])
    tie = digest(event["id"]) ^ MIX * digest(event["source"]) % 2**64
    return event["time"], event.get("seq", 0), kind, tie


@dataclass
class _Visit:
    program: str
    channel: str
    segment: int
    events: list[Event]
    plan: Plan
    watermark: int | None
    tables: dict[str, dict[Key, Counter[Any]]]

    def first(self, *kinds: str) -> Event | None:
        return next((event for event in self.events if event["type"] in kinds), None)

    def listed(self, queue: str) -> Queue:
        return self.plan.queues.get(queue) or Queue(program=self.program, channel=self.channel)

    def key(self, queue: str, site: str, moment: int) -> Key:
        return self.program, queue, self.channel, site, bucket(moment)

    def past(self, moment: int) -> bool:
        return self.watermark is not None and self.watermark >= moment

    def offer(self) -> None:
        shown = self.first("offer_shown")
        if shown is None:
            return
        answer = self.first("offer_declined", "offer_expired")
        limit = self.listed(shown["queue"]).chat_unresolved_ms
        if self.first("offer_accepted"):
            outcome = "offer_acc"
        elif answer:
            outcome = {"offer_declined": "offer_dec", "offer_expired": "offer_exp"}[answer["type"]]
        elif self.first("offer_undelivered"):
            return
        else:
            outcome = "offer_exp" if self.past(shown["time"] + limit) else "offer_open"
        key = self.key(shown["queue"], "", shown["time"])
        self.tables["offers"][key].update(("offer_shown", outcome))

    def request(self) -> None:
        entry = self.first(*REQUESTS)
        if entry is None:
            if self._asked_for_people():
                key = self.key("", "", self.events[0]["time"])
                self.tables["arrival"][key]["orphan"] += 1
            return
        self.queue = self.listed(entry["queue"])
        walk = ChatWalk(entry, self.queue.no_reply_ms)
        for event in self.events:
            walk.step(event)
        site = entry.get("site", "") if self.queue.preallocated else ""
        key = self.key(entry["queue"], site, entry["time"])
        row = self.tables["arrival"][key]
        row["offered"] += 1
        row["human_contact_n"] += self.segment == 1
        row.update(walk.counts)
        for left, reached in walk.overflows:
            self.tables["arrival"][self.key(left, "", entry["time"])]["ovf_out"] += 1
            self.tables["arrival"][self.key(reached, "", entry["time"])]["ovf_in"] += 1
        self._book_wait(walk, entry, key)
        if walk.answered_at is not None:
            self._book_handling(walk, row)
        if not self.queue.deferred:
            self._book_reply(walk, row)
            self._book_turns(walk)

    def _asked_for_people(self) -> bool:
        kinds = {event["type"] for event in self.events}
        senders = {reason_code(e) for e in self.events if e["type"] == "message_sent"}
        alone = {*OFFERS, "message_received", "message_sent", "chat_ended", "chat_tracking_lost"}
        by_machine = AUTOMATIC in senders or kinds & {*OFFERS}
        return PERSON in senders or not kinds <= alone or not by_machine

    def length(self, since: int, until: int) -> int:
        """Ms from `since` to `until` on the clock of the entry's queue."""
        if self.queue.clock == "always" or until <= since:
            return max(0, until - since)
        zone = self.plan.zone(self.program)
        return sum(
            min(until, first + BUCKET_MS) - max(since, first)
            for first in range(bucket(since), until, BUCKET_MS)[:MOST_BUCKETS]
            if self.queue.opening_hours.open_in(first // BUCKET_MS, zone)
        )

    def expired(self, walk: ChatWalk, since: int) -> bool:
        return walk.lost or self.past(since + self.queue.chat_unresolved_ms)

    def _book_wait(self, walk: ChatWalk, entry: Event, key: Key) -> None:
        row = self.tables["arrival"][key]
        if walk.state == "waiting":
            row["outcome_unknown" if self.expired(walk, entry["time"]) else "waiting"] += 1
            return
        outcome, moment = "ans", walk.answered_at
        if walk.state == "left":
            outcome, moment = "abn", walk.left_at
        wait = self.length(entry["time"], moment)
        target = self.plan.target_at(entry["queue"], entry["time"])
        row[outcome] += 1
        row[f"wait_{outcome}_ms"] += wait
        for i, limit in enumerate(target.thresholds_ms, start=1):
            row[f"{outcome}_in_T{i}"] += wait <= limit
            if outcome == "ans":
                row[f"ans_in_2T{i}"] += wait <= 2 * limit
        if outcome == "ans":
            self.tables["wait_hist"][key][wait_bin(wait)] += 1
        else:
            short_ms = target.short_abandon_s * 1000
            row[f"abn_{walk.left_reason}"] += 1
            row["abn_short"] += short_ms > 0 and wait <= short_ms

    def _book_reply(self, walk: ChatWalk, row: Counter[str]) -> None:
        row["chat_req"] += 1
        row["chat_left"] += walk.state == "left"
        if walk.undecided and self.past(walk.reply_by):
            walk.decide("noreply")
        elif walk.undecided:
            walk.decide("reply_unknown" if walk.lost else "pending_reply")
        if walk.reply:
            row[f"chat_{walk.reply}"] += 1
        row["sess_abn"] += walk.session_abandoned
        row["chat_late_reply"] += walk.late_reply

    def _book_turns(self, walk: ChatWalk) -> None:
        where = (walk.answer_queue, walk.answer_site)
        if walk.answered_at is None:
            where = (walk.queue, "")
        for turn in walk.turns:
            key = self.key(*where, turn.received_at)
            if turn.closed_at is None:
                self.tables["turns"][key]["turn_unanswered"] += 1
                continue
            response = self.length(turn.received_at, turn.closed_at)
            self.tables["turns"][key].update(n_turn=1, resp_ms=response)
            self.tables["resp_hist"][key][wait_bin(response)] += 1
        if walk.turn_since is not None:
            limit = self.queue.chat_unresolved_ms
            known = "turn_unanswered" if self.past(walk.turn_since + limit) else "turn_open"
            outcome = "turn_unknown" if walk.lost else known
            self.tables["turns"][self.key(*where, walk.turn_since)][outcome] += 1

    def _book_handling(self, walk: ChatWalk, row: Counter[str]) -> None:
        if not walk.closed:
            unknown = self.expired(walk, walk.answered_at)
            row["cohort_unknown" if unknown else "cohort_open"] += 1
            return
        session = walk.end - walk.start
        if max(session, walk.acw) > LONGEST_MS:
            row.update(("contradictions", "cohort_unknown"))
            return
        row.update(cohort_handled=1, cohort_handle_ms=session + walk.acw)
        pieces = [(walk.start, walk.end)]
        if walk.acw_start is not None:
            pieces.append((walk.acw_start, walk.acw_end))
        where, handling = (walk.answer_queue, walk.answer_site), self.tables["handling"]
        handled = handling[self.key(*where, pieces[-1][1])]
        handled.update(handled=1, talk_ms=session, acw_ms=walk.acw)
        if walk.escalation:
            handled[f"escalated_{walk.escalation}"] += 1
        for start, stop in pieces:
            for first in range(bucket(start), stop, BUCKET_MS):
                clipped = min(stop, first + BUCKET_MS) - max(start, first)
                handling[self.key(*where, first)]["handle_clip_ms"] += clipped
