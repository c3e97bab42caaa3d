"""The tables of a shard: which columns each has, of which basis, and what holds back FINAL."""

from kernels.columns import (
    ARRIVAL_PART,
    ARRIVAL_ROW,
    BOTS_ROW,
    CASE_ARRIVAL_PART,
    CASE_END_COLUMNS,
    CASES_ROW,
    CHAT_ROW,
    DUE_COLUMNS,
    END_COLUMNS,
    HANDLING_ROW,
    OFFER_COLUMNS,
    OUTBOUND_ARRIVAL_PART,
    OUTBOUND_END_COLUMNS,
    OUTBOUND_ROW,
    STAFF_COLUMNS,
    STAFF_ROW,
    UPTIME_ROW,
    WAIT_BINS,
)
from schemas.keys import Basis
from schemas.targets import Plan
from streams.days import Days
from streams.intervals import IntervalTable, Part
from streams.view import QueueKey

_WAITING = ARRIVAL_ROW.index("waiting")
_COHORT_OPEN = ARRIVAL_ROW.index("cohort_open")
_PENDING_REPLY = ARRIVAL_ROW.index("chat_pending_reply")
_N_ARRIVAL, _N_END, _N_OFFER = len(ARRIVAL_PART), len(END_COLUMNS), len(OFFER_COLUMNS)
_BOTS_PENDING = tuple(map(BOTS_ROW.index, ("conv_open", "migrated_open", "lat_open", "ivr_open")))
ARRIVAL_PARTS = (
    Part(Basis.ARRIVAL, slice(0, _N_ARRIVAL), (_WAITING, _PENDING_REPLY), True),
    Part(
        Basis.COHORT,
        slice(_N_ARRIVAL, len(ARRIVAL_ROW)),
        (_WAITING, _COHORT_OPEN, _PENDING_REPLY),
    ),
)
CHAT_PARTS = (
    Part(Basis.OFFER, slice(0, _N_OFFER), (CHAT_ROW.index("offer_open"),)),
    Part(Basis.RECEIPT, slice(_N_OFFER, len(CHAT_ROW)), (CHAT_ROW.index("turn_open"),), True),
)
HANDLING_PARTS = (
    Part(Basis.END, slice(0, _N_END), ()),
    Part(Basis.CLIPPED, slice(_N_END, len(HANDLING_ROW)), ()),
)
STAFF_PARTS = (Part(Basis.CLIPPED, slice(0, len(STAFF_COLUMNS)), ()),)
BOTS_PARTS = (Part(Basis.ARRIVAL, slice(0, len(BOTS_ROW)), _BOTS_PENDING, True),)
UPTIME_PARTS = (Part(Basis.CLIPPED, slice(0, len(UPTIME_ROW)), ()),)
_AT_DUE = len(CASE_ARRIVAL_PART)
_AT_DONE = _AT_DUE + len(DUE_COLUMNS)
_AT_SNAPSHOT = _AT_DONE + len(CASE_END_COLUMNS)
CASES_PARTS = (
    Part(Basis.ARRIVAL, slice(0, _AT_DUE), ()),
    Part(Basis.DUE, slice(_AT_DUE, _AT_DONE), (CASES_ROW.index("due_pending_n"),)),
    Part(Basis.END, slice(_AT_DONE, _AT_SNAPSHOT), ()),
    Part(Basis.SNAPSHOT, slice(_AT_SNAPSHOT, len(CASES_ROW)), ()),
)
_AT_COUNTED = len(OUTBOUND_ARRIVAL_PART) + len(OUTBOUND_END_COLUMNS)
OUTBOUND_PARTS = (
    Part(Basis.ARRIVAL, slice(0, len(OUTBOUND_ARRIVAL_PART)), ()),
    Part(Basis.END, slice(len(OUTBOUND_ARRIVAL_PART), _AT_COUNTED), ()),
    Part(Basis.SNAPSHOT, slice(_AT_COUNTED, len(OUTBOUND_ROW)), ()),
)
TABLES = ("arrival", "handling", "staff", "chat", "bots", "uptime", "cases", "outbound")
"""Tables of cells in kernels.layout.State, beside `Shard.tables` and `Shard.days`."""
SHAPES = (
    (len(ARRIVAL_ROW), WAIT_BINS),
    (len(HANDLING_ROW), 0),
    (len(STAFF_ROW), 0),
    (len(CHAT_ROW), WAIT_BINS),
    (len(BOTS_ROW), WAIT_BINS),
    (len(UPTIME_ROW), 0),
    (len(CASES_ROW), 0),
    (len(OUTBOUND_ROW), 0),
)
"""Columns and bins of each."""


def interval_tables() -> tuple[IntervalTable, ...]:
    """Empty revision tables beside the tables of cells."""
    return (
        IntervalTable(ARRIVAL_PARTS, ARRIVAL_ROW),
        IntervalTable(HANDLING_PARTS, HANDLING_ROW),
        IntervalTable(STAFF_PARTS, STAFF_ROW),
        IntervalTable(CHAT_PARTS, CHAT_ROW),
        IntervalTable(BOTS_PARTS, BOTS_ROW),
        IntervalTable(UPTIME_PARTS, UPTIME_ROW),
        IntervalTable(CASES_PARTS, CASES_ROW),
        IntervalTable(OUTBOUND_PARTS, OUTBOUND_ROW),
    )


def day_tables(plan: Plan, queues: list[QueueKey]) -> tuple[Days, ...]:
    """Empty day sums beside the tables of cells."""
    return tuple(Days(plan, queues, *shape) for shape in SHAPES)
