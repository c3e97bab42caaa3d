"""Wire events of deferred work: cases that a customer waits for and nobody does at once.

A case is (program, case). It is promised for `due_at`; where the source tells none, for the time that
its queue promises in the plan (`due_s` on its `clock`). What happened to a case by which moment is told
by completions, reopenings and withdrawals; rules in kernels/CASES.md.
Source: definitions 2, 5 D1, D2 (COPC CX 7.1 table 1b).
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, TypeAdapter

from schemas.contacts import WireEvent, event_type
from schemas.keys import Identifier, Revision, TimeMs

DEFERRED_CHANNEL = "deferred"


class CaseEvent(WireEvent):
    """An event of one case."""

    id: Identifier = Field(description="Unique for this source within the case.")
    rev: Revision = Field(default=0, description="The greater revision of one id stands.")
    case: Identifier
    channel: Literal["deferred"] = "deferred"


class CaseReceived(CaseEvent):
    """A customer asked for it. The clock runs from `time` on."""

    type: Literal["case_received"]
    queue: Identifier
    due_at: TimeMs | None = Field(
        default=None, description="Promised until then. Empty: as the plan promises for the queue."
    )


class CaseCompleted(CaseEvent):
    """The customer has what was asked for."""

    type: Literal["case_completed"]


class CaseReopened(CaseEvent):
    """It was not done after all. Names its queue, for the case may no longer be known."""

    type: Literal["case_reopened"]
    queue: Identifier
    due_at: TimeMs | None = Field(
        default=None, description="A promise in the place of the former one. Empty: as before."
    )


class CaseWithdrawn(CaseEvent):
    """The customer no longer wants it, or it was told twice."""

    type: Literal["case_withdrawn"]


CASE_EVENTS: tuple[type[CaseEvent], ...] = (
    CaseReceived,
    CaseCompleted,
    CaseReopened,
    CaseWithdrawn,
)
"""In the order that settles events of one case with the same time and sequence."""
CASE_TYPES: tuple[str, ...] = tuple(event_type(model) for model in CASE_EVENTS)

CASE: TypeAdapter[Any] = TypeAdapter(
    Annotated[CaseReceived | CaseCompleted | CaseReopened | CaseWithdrawn, Discriminator("type")]
)
"""Authority over events of cases: `CASE.validate_json(raw)` accepts or says why not."""
