"""The walk of the slow twin over one conversation: the table of kernels/BOTS.md, row by row."""

from collections.abc import Mapping
from typing import Any

from schemas.keys import BUCKET_MS

Event = Mapping[str, Any]


def bucket(moment_ms: int) -> int:
    return moment_ms - moment_ms % BUCKET_MS


class Conversation:
    """One method for each column of the walk's table: `x()` is x there, `pass` a dash."""

    def __init__(self, start: Event) -> None:
        self.start, self.started_at = start, start["time"]
        self.state = "open"
        self.migrated = self.completed = self.handed_off = False
        self.closed_at: int | None = None
        self.lost_at: int | None = None
        self.ended_by = ""
        self.messages = self.contradictions = 0
        self.submits: dict[str, int] = {}
        self.responses: dict[str, int] = {}

    def step(self, event: Event) -> None:
        if event["type"] == "response_delivered":
            return self.respond(event)
        getattr(self, "while_" + self.state)(event)

    def x(self) -> None:
        self.contradictions += 1

    def respond(self, event: Event) -> None:
        if event["turn"] in self.responses:
            return
        self.responses[event["turn"]] = event["time"]
        if event["turn"] not in self.submits:
            self.x()

    def while_open(self, event: Event) -> None:
        match event["type"]:
            case "conversation_started" if event is self.start:
                pass
            case "conversation_migrated":
                self.migrated = True
            case "user_submitted":
                self.submits.setdefault(event["turn"], event["time"])
            case "bot_message":
                self.messages += 1
            case "task_completed":
                self.completed = True
            case "handed_off":
                self.handed_off, self.closed_at, self.state = True, event["time"], "handed_off"
            case "conversation_ended":
                self.ended_by, self.closed_at, self.state = event["by"], event["time"], "ended"
            case "conversation_lost":
                if self.lost_at is None:
                    self.lost_at = event["time"]
            case _:
                self.x()

    def while_handed_off(self, event: Event) -> None:
        if event["type"] in ("conversation_started", "conversation_migrated"):
            self.x()

    def while_ended(self, event: Event) -> None:
        self.handed_off |= event["type"] == "handed_off"
        if event["type"] != "conversation_lost":
            self.x()
