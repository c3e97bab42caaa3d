"""Books what a conversation contributes into its cells, or takes it out again (sign -1)."""

from kernels.bot_layout import BotPlan
from kernels.bot_walk import BY_ERROR, DELIVERED, SUBMITTED, first_of
from kernels.cells import bucket_of, cell_key, row_of
from kernels.columns import BOTS_ROW
from kernels.histogram import wait_bin
from kernels.jit import inlined, kernel
from kernels.layout import MAX_HANDLING_MS, NEVER, Cells, Record, Records

_C = BOTS_ROW.index
START, CONTAINED, HANDOFF, LEFT, LEFT_ERROR, OPEN, UNKNOWN = (
    _C("conv_start"), _C("conv_contained"), _C("conv_handoff"), _C("conv_left"),
    _C("conv_left_error"), _C("conv_open"), _C("conv_unknown"),
)  # fmt: skip
CONVERSATIONS, MESSAGES, LENGTH = _C("conv_n"), _C("bot_msg_n"), _C("conv_ms")
MIGRATED_START, MIGRATED_N, MIGRATED_OPEN, MIGRATED_UNKNOWN = (
    _C("migrated_start"), _C("migrated_n"), _C("migrated_open"), _C("migrated_unknown"),
)  # fmt: skip
SUBMITS, LAT_N, LAT_MS, LAT_IN_X, LAT_TIMEOUT, LAT_OPEN, LAT_UNKNOWN = (
    _C("n_submit"), _C("lat_n"), _C("lat_ms"), _C("lat_in_x"), _C("lat_timeout"),
    _C("lat_open"), _C("lat_unknown"),
)  # fmt: skip
ORPHAN, CONTRADICTIONS = _C("orphan"), _C("contradictions")


@kernel
def within_at(plan: BotPlan, bot: int, moment: int) -> int:
    """X in ms in force at a moment; before the first target, the first."""
    first = plan.start[bot]
    row = first
    for candidate in range(first + 1, first + plan.count[bot]):
        if plan.valid_from[candidate] <= moment:
            row = candidate
    return plan.within[row]


@kernel
def book_conversation(
    events: Records, n: int, talk: Record, mark: int, sign: int, cells: Cells, plan: BotPlan
) -> int:
    """Add `sign` times the contribution of a walked conversation, as the watermark `mark` makes it.

    Returns the watermark at which it would be another one; of -1 there is none yet. `talk.bot` is
    the queue code it is booked to.
    """
    row = row_of(cells, cell_key(talk.bot, 0, bucket_of(talk.started)))
    cells.dirty[row] = 1
    cell = cells.columns[row]
    talk.open = 0
    if talk.start < 0:
        cell[ORPHAN] += sign
        return NEVER
    cell[CONTRADICTIONS] += sign * talk.contradictions
    due = book_outcome(talk, mark, sign, cell, plan)
    for i in range(talk.stop):
        event = events[i]
        if event.kind >> 3 == SUBMITTED and first_of(events, SUBMITTED, event.text, i) < 0:
            answer = first_of(events, DELIVERED, event.text, n)
            responded = events[answer].time if answer >= 0 else NEVER
            later = book_submit(talk, event.time, responded, mark, sign, cells, plan)
            due = min(due, later)
    return due


@kernel
def book_outcome(talk: Record, mark: int, sign: int, cell: object, plan: BotPlan) -> int:
    """How a conversation came out, at its start key; returns when it would be idle for too long."""
    outcome = OPEN
    closed = talk.closed
    due = NEVER
    if talk.handed:
        outcome = HANDOFF
    elif closed >= 0:
        outcome = CONTAINED if talk.completed else LEFT
    elif talk.lost >= 0:
        outcome = UNKNOWN
    elif mark >= talk.last + plan.idle[talk.bot]:
        outcome = CONTAINED if talk.completed else LEFT
        closed = talk.last
    else:
        due = talk.last + plan.idle[talk.bot]
        talk.open = 1
    length = max(0, closed - talk.started) if closed >= 0 else 0
    if length > MAX_HANDLING_MS:
        cell[CONTRADICTIONS] += sign
        outcome = UNKNOWN
    if outcome not in (OPEN, UNKNOWN):
        cell[CONVERSATIONS] += sign
        cell[MESSAGES] += sign * talk.messages
        cell[LENGTH] += sign * length
    if talk.migrated:
        cell[MIGRATED_START] += sign
        if outcome == CONTAINED:
            cell[MIGRATED_N] += sign
        elif outcome == OPEN:
            cell[MIGRATED_OPEN] += sign
        elif outcome == UNKNOWN:
            cell[MIGRATED_UNKNOWN] += sign
        return due
    cell[START] += sign
    cell[outcome] += sign
    if outcome == LEFT and talk.by == BY_ERROR:
        cell[LEFT_ERROR] += sign
    return due


@inlined
def book_submit(
    talk: Record, at: int, responded: int, mark: int, sign: int, cells: Cells, plan: BotPlan
) -> int:
    """One submit at its own moment; returns when the wait for its response would be too long."""
    row = row_of(cells, cell_key(talk.bot, 0, bucket_of(at)))
    cells.dirty[row] = 1
    cell = cells.columns[row]
    cell[SUBMITS] += sign
    due = NEVER
    until = at + plan.response[talk.bot]
    if responded < NEVER:
        latency = max(0, responded - at)
        if latency > MAX_HANDLING_MS:
            cell[LAT_UNKNOWN] += sign
            begun = row_of(cells, cell_key(talk.bot, 0, bucket_of(talk.started)))
            cells.columns[begun, CONTRADICTIONS] += sign
        else:
            cell[LAT_N] += sign
            cell[LAT_MS] += sign * latency
            cell[LAT_IN_X] += sign * (latency <= within_at(plan, talk.bot, at))
            cells.hist[row, wait_bin(latency)] += sign
    elif 0 <= talk.lost < until:
        cell[LAT_UNKNOWN] += sign
    elif mark >= until:
        cell[LAT_TIMEOUT] += sign
    else:
        cell[LAT_OPEN] += sign
        due = until
    return due
