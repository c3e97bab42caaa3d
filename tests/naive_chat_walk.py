"""The walk of the slow chat twin over one visit's events: the table of kernels/CHAT.md, row by row."""

from collections import Counter
from dataclasses import dataclass

from tests.naive_walk import ESCALATION_CODES, SYSTEM_CODES, Event

PERSON, AUTOMATIC = 1, 2
GONE, SYSTEM, STAFF, GONE_WITH_MARKER = 1, 2, 5, 7
LEFT_REASONS = (
    *("", "customer", "system", "queue_timeout", "no_staff"),
    *("other", "other", "customer"),
)
"""Why a visit was left, by the code of the `chat_ended` that ended the wait."""
OFFERS = ("offer_shown", "offer_declined", "offer_expired", "offer_undelivered")


def reason_code(event: Event) -> int:
    """The code that stands for sender, carried, escalation, or who ended the chat and how."""
    match event:
        case {"type": "message_sent"}:
            return PERSON if event["by"] == "staff" else AUTOMATIC
        case {"type": "message_received"}:
            return int(event.get("carried", "") == "yes")
        case {"type": "chat_transferred"}:
            return ESCALATION_CODES[event.get("escalation", "")]
        case {"type": "chat_ended", "by": "customer" | "timeout"}:
            return GONE_WITH_MARKER if event.get("marker", "") == "yes" else GONE
        case {"type": "chat_ended", "by": "staff"}:
            return STAFF
        case {"type": "chat_ended"}:
            return SYSTEM_CODES.get(event.get("reason", ""), SYSTEM)
    return 0


@dataclass(frozen=True)
class Turn:
    """A customer's unanswered message and what became of it."""

    received_at: int
    closed_at: int | None
    """Send completed; None: the chat ended first."""


class ChatWalk:
    """The walk, one method for each column of its table: `x()` is x there, `pass` a dash."""

    def __init__(self, entry: Event, no_reply_ms: int) -> None:
        self.no_reply_ms, self.queue = no_reply_ms, entry["queue"]
        self.state = "waiting"
        self.counts: Counter[str] = Counter()
        self.overflows: list[tuple[str, str]] = []
        self.lost = self.by_end = self.session_abandoned = self.late_reply = False
        self.person_in: Event | None = None
        self.left_reason = self.escalation = self.answer_queue = self.answer_site = self.reply = ""
        self.answered_at = self.left_at = self.start = self.end = None
        self.acw_start = self.acw_end = None
        self.turn_since: int | None = None
        self.turns: list[Turn] = []
        self.seen: set[str] = set()

    def step(self, event: Event) -> None:
        if self.undecided and event["time"] > self.reply_by:
            self.decide("noreply")
        getattr(self, "while_" + self.state)(event)

    def x(self) -> None:
        self.counts["contradictions"] += 1

    @property
    def undecided(self) -> bool:
        return self.state == "in_session" and not self.reply

    @property
    def reply_by(self) -> int:
        return int(self.answered_at + self.no_reply_ms)

    @property
    def closed(self) -> bool:
        return self.end is not None and (self.acw_start is None or self.acw_end is not None)

    @property
    def acw(self) -> int:
        return 0 if self.acw_start is None else int(self.acw_end - self.acw_start)

    def decide(self, outcome: str) -> None:
        self.reply = "reply_unknown" if outcome == "noreply" and self.lost else outcome

    def open_turn(self, event: Event) -> None:
        if self.turn_since is None:
            self.turn_since = event["time"]

    def close_turn(self, moment: int | None) -> None:
        if self.turn_since is not None:
            self.turns.append(Turn(self.turn_since, moment))
            self.turn_since = None

    def answer(self, event: Event) -> None:
        person = self.person_in or {}
        self.state, self.answered_at = "in_session", event["time"]
        self.start = person.get("time", event["time"])
        self.answer_queue = event.get("queue", "") or person.get("queue", "") or self.queue
        self.answer_site = event.get("site", "") or person.get("site", "")
        self.close_turn(event["time"])

    def leave(self, event: Event, reason: str) -> None:
        self.state, self.left_at, self.left_reason = "left", event["time"], reason
        self.by_end = event["type"] == "chat_ended"
        self.end_turn(event)

    def end_session(self, event: Event) -> None:
        handed_on = event["type"] == "chat_transferred"
        if self.undecided:
            self.decide("dialogue" if handed_on else "noreply")
        gone = event["type"] == "chat_ended" and reason_code(event) == GONE
        turn_open = self.turn_since is not None
        self.session_abandoned = gone and turn_open and self.reply == "dialogue"
        self.end_turn(event)
        self.state, self.end = "ended", event["time"]

    def end_turn(self, event: Event) -> None:
        if event["type"] == "chat_transferred":
            self.turn_since = None
        self.close_turn(None)

    def while_waiting(self, event: Event) -> None:
        match event["type"]:
            case "chat_requested" | "offer_accepted":
                pass
            case kind if kind in OFFERS:
                pass
            case "chat_overflowed" if event["queue"] != self.queue:
                self.overflows.append((self.queue, event["queue"]))
                self.queue = event["queue"]
            case "staff_joined":
                self.person_in = self.person_in or event
            case "staff_left":
                if self.person_in and self.person_in.get("staff", "") == event.get("staff", ""):
                    self.person_in = None
            case "message_sent":
                if reason_code(event) == PERSON:
                    self.answer(event)
            case "message_received":
                if event.get("carried", ""):
                    self.open_turn(event)
            case "chat_transferred":
                self.leave(event, "other")
            case "chat_ended":
                self.leave(event, LEFT_REASONS[reason_code(event)])
            case "chat_tracking_lost":
                self.lost = True
            case _:
                self.x()

    def while_in_session(self, event: Event) -> None:
        now = event["time"]
        self.seen.add(event["type"])
        match event["type"]:
            case "staff_joined" | "staff_left":
                pass
            case kind if kind in OFFERS:
                pass
            case "message_sent":
                if reason_code(event) == PERSON:
                    self.close_turn(now)
            case "message_received" if not event.get("carried", ""):
                if self.undecided:
                    self.decide("dialogue")
                self.late_reply |= self.reply in ("noreply", "reply_unknown")
                self.open_turn(event)
            case "chat_transferred":
                self.escalation = event.get("escalation", "")
                self.end_session(event)
            case "chat_ended":
                self.end_session(event)
            case "chat_acw_started":
                self.end_session(event)
                self.acw_start = now
            case "chat_acw_ended":
                self.end_session(event)
                self.acw_start = self.acw_end = now
                self.x()
            case "chat_tracking_lost":
                self.lost = True
            case _:
                self.x()

    def while_ended(self, event: Event) -> None:
        now = event["time"]
        first = event["type"] not in self.seen
        self.seen.add(event["type"])
        match event["type"]:
            case "staff_joined" | "staff_left":
                pass
            case kind if kind in OFFERS:
                pass
            case "message_sent" if reason_code(event) == AUTOMATIC:
                pass
            case "chat_transferred":
                self.escalation = self.escalation or event.get("escalation", "")
                if not first:
                    self.x()
            case "chat_ended" if first:
                pass
            case "chat_acw_started" if first and self.acw_end is None:
                self.acw_start = now
            case "chat_acw_ended" if first:
                self.acw_start = self.end if self.acw_start is None else self.acw_start
                self.acw_end = now
            case "chat_tracking_lost":
                self.lost = True
            case _:
                self.x()

    def while_left(self, event: Event) -> None:
        match event["type"]:
            case "staff_joined" | "staff_left" | "chat_tracking_lost":
                pass
            case "chat_acw_started" | "chat_acw_ended":
                pass
            case kind if kind in OFFERS:
                pass
            case "message_sent" if reason_code(event) == AUTOMATIC:
                pass
            case "chat_ended" if not self.by_end:
                pass
            case _:
                self.x()
