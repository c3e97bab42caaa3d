"""Books what a case contributes into its cells, or takes it out again (sign -1)."""

from kernels.case_layout import CasePlan
from kernels.case_walk import COMPLETION, LIFE_MS, NOTHING, REOPENING, TOLD
from kernels.chat_clock import at_or_before
from kernels.columns import CASES_ROW
from kernels.jit import inlined, kernel
from kernels.layout import NEVER, U1, Cells, Record, Records
from kernels.pools import add

_C = CASES_ROW.index
TAKEN, CARRIED, ORPHAN, CONTRADICTIONS = (
    _C("case_received"), _C("case_carried"), _C("orphan"), _C("contradictions"),
)  # fmt: skip
DUE, ONTIME, PENDING = _C("due_n"), _C("due_ontime_n"), _C("due_pending_n")
DONE, DONE_ONTIME, REOPENED_N, WITHDRAWN_N, EXPIRED_N = (
    _C("done_n"), _C("done_ontime_n"), _C("reopened_n"), _C("withdrawn_n"), _C("expired_n"),
)  # fmt: skip
SNAP_OPEN, SNAP_LATE, SNAP_MS = _C("snap_open_n"), _C("snap_late_n"), _C("snap_late_ms")


@inlined
def first_after(plan: CasePlan, program: int, moment: int) -> int:
    """Index of the first end of a local day after a moment; the plan's days reach beyond it."""
    first = plan.start[program]
    at = at_or_before(plan.ends, first, plan.count[program], moment)
    return at + 1 if plan.ends[at] <= moment else at


@kernel
def book_days(
    found: Record, since: int, until: int, late_from: int, cells: Cells, plan: CasePlan
) -> int:
    """A case open since a moment at the ends of local days until another, that included.

    Returns the end that the watermark reaches next, NEVER if it has reached them all.
    """
    stop = plan.start[found.program] + plan.count[found.program]
    # Below the floor everything is recorded for good: no need to look there.
    for i in range(first_after(plan, found.program, max(since, found.floor)), stop):
        end = plan.ends[i]
        if end > until:
            break
        if end > found.mark:
            return end
        add(found, end - 1, SNAP_OPEN, 1, cells)
        if late_from < end:
            add(found, end - 1, SNAP_LATE, 1, cells)
            add(found, end - 1, SNAP_MS, end - late_from, cells)
    return NEVER


@inlined
def book_due(found: Record, cells: Cells) -> int:
    """The case among those that fall due with it; returns when it does, if that is ahead."""
    by_then = found.open == 0 and found.closed <= found.due
    turns = NEVER
    if found.carried == 0 and (found.done == 1 or not by_then):
        if found.mark < found.due:
            add(found, found.due, PENDING, 1, cells)
            turns = found.due
        else:
            add(found, found.due, DUE, 1, cells)
            if by_then:
                add(found, found.due, ONTIME, 1, cells)
    return turns


@inlined
def book_event(found: Record, what: int, moment: int, cells: Cells) -> None:
    """What an event did, at its own moment."""
    if what == COMPLETION:
        add(found, moment, DONE, 1, cells)
        if moment <= found.due:
            add(found, moment, DONE_ONTIME, 1, cells)
    elif what == REOPENING:
        add(found, moment, REOPENED_N, 1, cells)
    else:
        add(found, moment, WITHDRAWN_N, 1, cells)


@kernel
def book_case(events: Records, n: int, found: Record, did: U1, cells: Cells, plan: CasePlan) -> int:
    """Add the contribution of a walked case, or take it out, as the watermark in it makes it.

    Returns the watermark at which it would be another one.
    """
    if found.entry < 0:
        add(found, found.start, ORPHAN, 1, cells)
        return NEVER
    add(found, found.start, CARRIED if found.carried else TAKEN, 1, cells)
    add(found, found.start, CONTRADICTIONS, found.contradictions, cells)
    turns = book_due(found, cells)
    since = found.start
    late_from = events[found.entry].due
    for i in range(n):
        what = did[i]
        if what == NOTHING:
            continue
        moment = max(events[i].time, found.start)
        book_event(found, what, moment, cells)
        if what != REOPENING:
            turns = min(turns, book_days(found, since, moment, late_from, cells, plan))
        else:
            since = moment
            if events[i].kind & TOLD:
                late_from = events[i].due
    if found.open:
        expires = found.start + LIFE_MS
        turns = min(turns, book_days(found, since, expires, late_from, cells, plan))
        if found.mark >= expires:
            add(found, expires, EXPIRED_N, 1, cells)
            found.open = 0
        else:
            turns = min(turns, expires)
    return turns
