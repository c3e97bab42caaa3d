"""Ledger records: what an interval's value was, is, and why it changed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Basis, Identifier, IntervalState, OptionalIdentifier, TimeMs

PROVISIONAL_REVISION = 0
"""The one revision that is overwritten: the value of an interval that may still change."""

LATE_EVENT, SCHEDULE_EDIT, REPLAY, REBUILD = "late_event", "schedule_edit", "replay", "rebuild"
MENDED, AUDIT = "reject_mended", "audit"
"""Why a final value changed: an event came late; schedule rows that say `restates` rewrote the past
(named also where a late event changed the same value); it was replayed; its state was lost and
counted anew; a reject was mended; an audit counted the events of its log otherwise."""


class LedgerRecord(BaseModel):
    """The value of one (program, queue, channel, site, bucket, basis) at one revision.

    Revision 0 is PROVISIONAL and overwritten; 1 is FINAL; from 2 on RESTATED, with the old value
    and the reason (`late_event`, `schedule_edit`, `replay`, `rebuild`, `reject_mended`, `audit`). `columns` lists the columns of the basis that are not 0, `wait_hist` the bins
    that are not 0 of the basis' histogram: waits (arrival), of channel `bot` latencies, or response
    times (receipt). `completeness` is the share of contacts whose outcome is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Identifier
    queue: OptionalIdentifier
    channel: Identifier
    site: OptionalIdentifier
    bucket_ms: TimeMs
    basis: Basis
    revision: Annotated[int, Field(ge=0)]
    state: IntervalState
    completeness: Annotated[float, Field(ge=0, le=1)] | None
    columns: dict[str, int]
    wait_hist: dict[int, int] = {}
    old_columns: dict[str, int] | None = None
    reason: str = ""
    recorded_ms: TimeMs
