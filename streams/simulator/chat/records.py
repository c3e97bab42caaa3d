"""What the center writes down of one chat visit and of one offer. Times in ms UTC."""

from dataclasses import dataclass
from typing import Literal

from schemas.targets import Target
from streams.simulator.chat.settings import ChatQueueSettings
from streams.simulator.sums import Cell

Cause = Literal["customer", "system", "queue_timeout", "no_staff", "other"]
Gone = Literal["without a word", "handed on", "settled"]
"""How a session ended: the customer just went, another team has it now, or it was brought to an end."""


@dataclass(slots=True, eq=False)
class Offer:
    """A chat offered to a visitor; it may be taken until `until_ms`."""

    at: Cell
    until_ms: int


@dataclass(slots=True, eq=False)
class ChatRecord:
    """One visit: where it counts, and what is known of it so far."""

    at: Cell
    settings: ChatQueueSettings
    target: Target
    entry_ms: int
    queue: str
    """Where it stands; once it is answered, through which queue."""
    site: str = ""
    answered_ms: int | None = None
    since_ms: int = 0
    """Since when the person who wrote first has had it."""
    reply: Literal["", "dialogue", "noreply"] = ""
    late: bool = False
    asked_ms: int | None = None
    """When the customer wrote what is not answered yet."""
    lost_ms: int | None = None
    talked_ms: int | None = None
    """When the session ended."""
    acw_since_ms: int | None = None
    acw_until_ms: int | None = None
    escalation: str = ""

    @property
    def reply_by_ms(self) -> int:
        """The last moment at which the customer's first message in session is a reply."""
        assert self.answered_ms is not None
        return self.answered_ms + round(self.settings.no_reply_s * 1000)

    @property
    def limit_ms(self) -> int:
        """What has no end after so long has none that anybody knows of."""
        return round(self.settings.unresolved_s * 1000)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The session and after-call work, once they are over."""
        assert self.talked_ms is not None
        spans = [(self.since_ms, self.talked_ms)]
        if self.acw_since_ms is not None and self.acw_until_ms is not None:
            spans.append((self.acw_since_ms, self.acw_until_ms))
        return spans
