"""One contact's stay with one team, as the simulated center itself sees it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.simulator.staff import Person
    from streams.simulator.truth import Stay, Work


class Stage(Enum):
    """Where a visit stands."""

    BEFORE = "before the queue"
    WAITING = "waiting"
    RINGING = "ringing"
    DIALLING = "dialling"
    TALKING = "talking"
    PAUSE = "between talk and after-call work"
    ACW = "after-call work"
    OVER = "over"


@dataclass(slots=True, eq=False)
class Visit:
    """A visit. `turn` grows with every change that makes earlier appointments void."""

    number: int
    contact: str
    program: str
    source: str
    segment: int = 1
    trunk: str = ""
    """Program whose line the customer is on; empty while the customer is on none."""
    stage: Stage = Stage.BEFORE
    turn: int = 0
    entry_ms: int = 0
    queue: str = ""
    queues: tuple[str, ...] = ()
    site: str = ""
    place_kept: bool = False
    attempts: int = 0
    dialled_ms: int = 0
    person: "Person | None" = None
    answering_queue: str = ""
    helper: "Person | None" = None
    script: list[tuple[int, str]] = field(default_factory=list)
    stay: "Stay | None" = None
    work: "Work | None" = None

    @property
    def can_be_lost(self) -> bool:
        """Waiting on the line: the customer may hang up and the system may end it."""
        return self.stage in (Stage.WAITING, Stage.RINGING) and not self.place_kept
