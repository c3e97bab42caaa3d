"""Wire events of outbound work: records of lists that a dialer, or people by hand, call.

A record is (program, record): somebody on a campaign's list. The campaign stands in the place of a
queue, with channel `outbound`. What became of a record is told by its attempts and closings; how far a
list is behind its plan by counts that the dialer makes of it. Rules in kernels/OUTBOUND.md.
Source: definitions 5 O1-O4 (COPC CX 7.1 table 1b, S:6304-6676).
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, TypeAdapter

from schemas.contacts import WireEvent, event_type
from schemas.deferred import DEFERRED_CHANNEL
from schemas.keys import Identifier, OptionalIdentifier, Revision, SomeOfThem, TimeMs, Total

OUTBOUND_CHANNEL = "outbound"
WORK_CHANNELS = (DEFERRED_CHANNEL, OUTBOUND_CHANNEL)
"""Channels of work that nobody waits for in a queue: it has no T, no service level, no abandonment."""
Result = Literal[
    "right_party", "wrong_party", "abandoned", "no_answer", "busy", "machine", "failed", "other"
]
"""Of an attempt. A person answered the first three: whom the record is of, somebody else, or nobody of
the center was there to talk (abandoned by the dialer)."""
Reason = Literal["exhausted", "bad_record"]
"""Why a record is completed without its right party: all attempts made, or it cannot be called."""
RESULTS: tuple[str, ...] = get_args(Result)
REASONS: tuple[str, ...] = get_args(Reason)


class OutboundEvent(WireEvent):
    """An event of one record or list."""

    id: Identifier = Field(description="Unique for this source within the record or list.")
    rev: Revision = Field(default=0, description="The greater revision of one id stands.")
    channel: Literal["outbound"] = "outbound"


class RecordListed(OutboundEvent):
    """Somebody is on the campaign's list, to be called."""

    type: Literal["record_listed"]
    record: Identifier
    queue: Identifier = Field(description="The campaign.")
    due_at: TimeMs | None = Field(
        default=None,
        description="Until when its list is to be done. Empty: as the plan says of the campaign.",
    )


class RecordDialled(OutboundEvent):
    """An attempt, told when its result is known; `time` is when it was dialled. Names the campaign, for
    the record may no longer be known."""

    type: Literal["record_dialled"]
    record: Identifier
    queue: Identifier
    result: Result


class RecordClosed(OutboundEvent):
    """Completed without its right party. A right-party contact completes a record by itself."""

    type: Literal["record_closed"]
    record: Identifier
    reason: Reason


class RecordWithdrawn(OutboundEvent):
    """Taken off the list: not to be called any more, or told twice."""

    type: Literal["record_withdrawn"]
    record: Identifier


class ListCounted(OutboundEvent):
    """What a campaign's list has come to at `time`, counted by what dials it. The last count of a local
    day is the day's; a corrected one (`rev`) is of the same day."""

    type: Literal["list_counted"]
    queue: Identifier
    list: OptionalIdentifier = Field(default="", description="Where a campaign has several.")
    planned: Total = Field(description="Records due by the plan by now, since the list began.")
    dialled: Total = Field(description="Records of it that were dialled by now.")
    per_day: SomeOfThem = Field(description="Records that the plan has dialled a day.")


OUTBOUND_EVENTS: tuple[type[OutboundEvent], ...] = (
    RecordListed,
    RecordDialled,
    RecordClosed,
    RecordWithdrawn,
    ListCounted,
)
"""In the order that settles events of one record with the same time and sequence."""
OUTBOUND_TYPES: tuple[str, ...] = tuple(event_type(model) for model in OUTBOUND_EVENTS)

OUTBOUND: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        RecordListed | RecordDialled | RecordClosed | RecordWithdrawn | ListCounted,
        Discriminator("type"),
    ]
)
"""Authority over events of outbound work: `OUTBOUND.validate_json(raw)` accepts or says why not."""
