"""The walk of the slow twin over one visit's events: the table of kernels/README.md, row by row."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from schemas.keys import BUCKET_MS

Event = Mapping[str, Any]

ESCALATION_CODES = {"": 0, "tier": 1, "sales": 2, "back_office": 3, "other": 4}
MODE_CODES = {"in_turn": 1, "later": 2}
SYSTEM_CODES = {"queue_timeout": 3, "no_staff": 4, "withdrawn": 6}
CUSTOMER, SYSTEM, STAFF = 1, 2, 5
DISCONNECT_REASONS = ("", "customer", "system", "queue_timeout", "no_staff", "other", "other")


IVR_CODES = {"queue": 1, "self_service": 2, "opt_out": 3, "error": 4, "hung_up": 5}


def reason_code(event: Event) -> int:
    """The code that stands for mode, escalation, or who disconnected and why."""
    match event:
        case {"type": "ivr_left", "result": result}:
            return IVR_CODES[result]
        case {"type": "callback_chosen", "mode": mode}:
            return MODE_CODES[mode]
        case {"type": "transferred"}:
            return ESCALATION_CODES[event.get("escalation", "")]
        case {"type": "disconnected", "by": "customer" | "staff" as who}:
            return CUSTOMER if who == "customer" else STAFF
        case {"type": "disconnected"}:
            return SYSTEM_CODES.get(event.get("reason", ""), SYSTEM)
    return 0


def bucket(moment_ms: int) -> int:
    return moment_ms - moment_ms % BUCKET_MS


class Walk:
    """The walk, one method for each column of its table: `x()` is x there, `pass` a dash."""

    def __init__(self, entry: Event, attempts: int) -> None:
        self.entry_at: int = entry["time"]
        self.attempts, self.queue = attempts, entry["queue"]
        self.state = "waiting"
        self.counts: Counter[str] = Counter()
        self.overflows: list[tuple[str, str]] = []
        self.efforts: list[tuple[str, str, int, int]] = []
        self.lost = self.place_kept = self.by_disconnect = False
        self.failures = self.wait = self.hold = self.consult = 0
        self.attempt: Event | None = None
        self.abandon_reason = self.escalation = self.answer_queue = self.answer_site = ""
        self.answered_at = self.talk_end = self.hold_start = None
        self.acw_start = self.acw_end = None
        self.helpers: dict[tuple[str, str], int] = {}
        self.seen: set[str] = set()

    def step(self, event: Event) -> None:
        getattr(self, "while_" + self.state)(event)

    def x(self) -> None:
        self.counts["contradictions"] += 1

    @property
    def talking(self) -> bool:
        return self.answered_at is not None and self.talk_end is None

    @property
    def closed(self) -> bool:
        return self.talk_end is not None and (self.acw_start is None or self.acw_end is not None)

    @property
    def acw(self) -> int:
        return 0 if self.acw_start is None else int(self.acw_end - self.acw_start)

    def answer(self, event: Event) -> None:
        self.state, self.answered_at = "answered", event["time"]
        self.wait = max(0, event["time"] - self.entry_at)
        self.answer_queue = event.get("queue", "") or self.queue
        self.answer_site = event.get("site", "")

    def abandon(self, event: Event, reason: str) -> None:
        self.state, self.abandon_reason = "abandoned", reason
        self.wait = max(0, event["time"] - self.entry_at)
        self.by_disconnect = event["type"] == "disconnected"

    def end_talk(self, moment: int) -> None:
        if self.hold_start is not None:
            self.hold += moment - self.hold_start
            self.hold_start = None
        self.consult += sum(moment - since for since in self.helpers.values())
        self.helpers.clear()
        self.talk_end = moment

    def while_waiting(self, event: Event) -> None:
        match event["type"]:
            case "queued" | "ringing" | "requeued" | "ivr_entered" | "ivr_left":
                pass
            case "overflowed" if event["queue"] != self.queue:
                self.overflows.append((self.queue, event["queue"]))
                self.queue = event["queue"]
            case "ring_no_answer":
                self.counts["ring_no_answer"] += 1
            case "callback_chosen" if event["mode"] == "later":
                self.abandon(event, "callback_later")
            case "callback_chosen" if not self.place_kept:
                self.place_kept = True
                self.counts["callbacks_in_turn"] += 1
            case "callback_attempted":
                self.attempt = event
            case "callback_failed":
                self._callback_failed(event)
            case "answered" | "callback_connected":
                self.answer(event)
            case "voicemail_left":
                self.abandon(event, "voicemail")
            case "disconnected" if self.place_kept:
                pass
            case "disconnected":
                self.abandon(event, DISCONNECT_REASONS[reason_code(event)])
                if reason_code(event) == STAFF:
                    self.x()
            case "tracking_lost":
                self.lost = True
            case _:
                self.x()

    def _callback_failed(self, event: Event) -> None:
        if self.attempt is not None:
            length = event["time"] - self.attempt["time"]
            where = (self.queue, self.attempt.get("site", ""), bucket(event["time"]))
            self.efforts.append((*where, length))
            self.attempt = None
        self.failures += self.place_kept
        if not self.place_kept:
            self.x()
        elif self.failures >= self.attempts:
            self.abandon(event, "callback_failed")

    def while_answered(self, event: Event) -> None:
        now, helper = event["time"], (event["type"].split("_")[0], event.get("staff", ""))
        first = event["type"] not in self.seen
        self.seen.add(event["type"])
        match event["type"]:
            case "ring_no_answer" | "ringing" | "requeued" | "ivr_entered" | "ivr_left":
                pass
            case "tracking_lost":
                self.lost = True
            case "disconnected" if first:
                if self.talking:
                    on_hold = self.hold_start is not None
                    self.counts["hold_abandon"] += on_hold and reason_code(event) == CUSTOMER
                    self.end_talk(now)
            case "held" if self.talking and self.hold_start is None:
                self.hold_start = now
            case "retrieved" if self.hold_start is not None:
                self.hold += now - self.hold_start
                self.hold_start = None
            case "consult_started" | "conference_joined":
                if self.talking and helper not in self.helpers:
                    self.helpers[helper] = now
                else:
                    self.x()
            case "consult_ended" | "conference_left":
                if helper in self.helpers:
                    self.consult += now - self.helpers.pop(helper)
                elif self.talking:
                    self.x()
            case "transferred":
                self.escalation = self.escalation or event.get("escalation", "")
                if not first:
                    self.x()
                elif self.talking:
                    self.end_talk(now)
            case "acw_started" if first and self.acw_end is None:
                if self.talking:
                    self.end_talk(now)
                self.acw_start = now
            case "acw_ended" if first:
                if self.talking:
                    self.end_talk(now)
                    self.x()
                if self.acw_start is None:
                    self.acw_start = self.talk_end
                self.acw_end = now
            case _:
                self.x()

    def while_abandoned(self, event: Event) -> None:
        promised_later = self.abandon_reason in ("callback_later", "voicemail")
        match event["type"]:
            case "ring_no_answer" | "ringing" | "requeued" | "ivr_entered" | "ivr_left":
                pass
            case "tracking_lost":
                pass
            case "callback_attempted" | "callback_failed" | "callback_connected" if promised_later:
                pass
            case "disconnected" if not self.by_disconnect:
                pass
            case _:
                self.x()
