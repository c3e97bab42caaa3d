"""How deferred work lies in arrays."""

from typing import NamedTuple

import numpy as np

from kernels.layout import I4, I8, Visits
from kernels.pools import Scratch, input_of, make_pool, make_scratch

CASE_EVENT = np.dtype(
    [
        ("time", np.int64),
        ("seq", np.int64),
        ("id", np.uint64),
        ("due", np.int64),
        ("text", np.uint64),
        ("queue", np.uint16),
        ("kind", np.uint8),
        ("rev", np.uint8),
        ("spare", np.uint32),
    ]
)
"""One event of a case, 48 bytes. `kind` = type << 3 | whether the due time is told; `due`: ms, 0 of
events that promise nothing; `text`: digest of the queue's name, `queue` its code."""
CASE_INPUT = input_of(CASE_EVENT)
"""One event of a batch: the event, its case's 128-bit digest, its program's code."""

CASE = np.dtype(
    [
        ("hi", np.uint64),
        ("lo", np.uint64),
        ("first", np.int64),
        ("last", np.int64),
        ("booked", np.int64),
        ("turns", np.int64),
        ("due", np.int64),
        ("late_from", np.int64),
        ("head", np.int32),
        ("count", np.int32),
        ("program", np.int32),
        ("queue", np.uint16),
        ("flags", np.uint16),
    ]
)
"""One case, 80 bytes. `booked`: the watermark its contribution was made with; `turns`: the watermark
at which it would be another one (NEVER: events alone can change it); `due` and `late_from` in ms."""
CASE_OPEN = 1 << 8
"""Flag beside those of a visit: neither closed nor expired."""

WALKED = np.dtype(
    [
        ("entry", np.int64),
        ("start", np.int64),
        ("queue", np.int64),
        ("due", np.int64),
        ("carried", np.int64),
        ("open", np.int64),
        ("closed", np.int64),
        ("done", np.int64),
        ("late_from", np.int64),
        ("contradictions", np.int64),
        ("mark", np.int64),
        ("sign", np.int64),
        ("floor", np.int64),
        ("program", np.int64),
    ]
)
"""What the walk found, and how it is booked. `entry`: index of the event that began it, -1 of an
orphan; `closed`: ms, when it was closed last; `done`: whether that was a completion. `mark`: the
watermark; `sign`: 1 in, -1 out; below `floor` nothing is booked."""


class CasePlan(NamedTuple):
    """Per program code: the queue code of orphans, and where the ends of its local days lie in `ends`
    (ms UTC, rising); `soon`, per queue code: so long before it is due it is due soon, ms."""

    no_queue: I4
    start: I4
    count: I4
    ends: I8
    soon: I8


def make_case_plan(programs: int = 0, queues: int = 0) -> CasePlan:
    """No days yet, for so many codes."""
    return CasePlan(
        no_queue=np.zeros(programs, np.int32),
        start=np.zeros(programs, np.int32),
        count=np.zeros(programs, np.int32),
        ends=np.zeros(0, np.int64),
        soon=np.zeros(queues, np.int64),
    )


def make_cases() -> Visits:
    """No cases."""
    return make_pool(CASE, CASE_EVENT)


def make_case_scratch(cases: int) -> Scratch:
    """Scratch for a fold that may touch so many cases."""
    return make_scratch(CASE_EVENT, WALKED, cases)
