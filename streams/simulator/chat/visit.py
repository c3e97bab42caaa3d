"""One chat's stay with one team, as the simulated center itself sees it."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from streams.simulator.wire import CHAT_SOURCE

if TYPE_CHECKING:
    from streams.simulator.chat.records import ChatRecord
    from streams.simulator.staff import Person


class ChatStage(Enum):
    """Where a chat visit stands."""

    BEFORE = "before the queue"
    WAITING = "waiting"
    OPENED = "opened by a person who has not written"
    TALKING = "in session"
    PAUSE = "between session and after-call work"
    ACW = "after-call work"
    OVER = "over"


UNANSWERED = (ChatStage.WAITING, ChatStage.OPENED)


@dataclass(slots=True, eq=False)
class ChatVisit:
    """A chat visit. `turn` grows with every change that makes earlier appointments void."""

    number: int
    contact: str
    program: str
    segment: int = 1
    source: str = CHAT_SOURCE
    stage: ChatStage = ChatStage.BEFORE
    turn: int = 0
    entry_ms: int = 0
    entry_queue: str = ""
    """The queue whose settings and promise hold."""
    queue: str = ""
    """The queue where it stands."""
    person: "Person | None" = None
    via: str = ""
    """The queue through which the person took it."""
    joined_ms: int = 0
    asked_ms: int | None = None
    """When the customer wrote what nobody has answered yet; before an answer, only if carried."""
    rounds: int = 0
    record: "ChatRecord | None" = None


def record_of(visit: ChatVisit) -> "ChatRecord":
    """The record of a visit that asked for a person."""
    assert visit.record is not None
    return visit.record
