"""Books what a visit contributes into its cells, or takes it out again (sign -1)."""

from kernels.cells import bucket_of, cell_key, row_of
from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, THRESHOLDS
from kernels.histogram import wait_bin
from kernels.jit import inlined, kernel
from kernels.layout import (
    BLOCKED_OUT,
    BUCKET_MS,
    CALLBACK,
    DONE,
    HANDLING,
    IN_IVR,
    NO_ENTRY,
    WAITING,
    CallState,
    Cells,
    Record,
    Records,
    Targets,
)
from kernels.outcome import CALLBACK_ATTEMPTED, CALLBACK_FAILED, OVERFLOWED

_A = ARRIVAL_ROW.index
_H = HANDLING_ROW.index
OFFERED, ANS, ABN, WAITS, UNKNOWN_OUTCOME = (
    _A("offered"), _A("ans"), _A("abn"), _A("waiting"), _A("outcome_unknown"),
)  # fmt: skip
ANS_IN_T, ANS_IN_2T, ABN_IN_T, ABN_SHORT = (
    _A("ans_in_T1"), _A("ans_in_2T1"), _A("abn_in_T1"), _A("abn_short"),
)  # fmt: skip
WAIT_ANS, WAIT_ABN, ABN_REASON = _A("wait_ans_ms"), _A("wait_abn_ms"), _A("abn_customer")
CALLBACKS, HOLD_ABANDON, RONA = (
    _A("callbacks_in_turn"), _A("hold_abandon"), _A("ring_no_answer"),
)  # fmt: skip
OVF_OUT, OVF_IN, BLOCKED_N, ORPHAN, CONTRADICTIONS = (
    _A("ovf_out"), _A("ovf_in"), _A("blocked"), _A("orphan"), _A("contradictions"),
)  # fmt: skip
COHORT_HANDLED, COHORT_MS, COHORT_OPEN, COHORT_UNKNOWN = (
    _A("cohort_handled"), _A("cohort_handle_ms"), _A("cohort_open"), _A("cohort_unknown"),
)  # fmt: skip
HANDLED, TALK, HOLD, ACW, CONSULT, ESCALATED, EFFORT, CLIP = (
    _H("handled"), _H("talk_ms"), _H("hold_ms"), _H("acw_ms"), _H("consult_ms"),
    _H("escalated_tier"), _H("callback_effort_ms"), _H("handle_clip_ms"),
)  # fmt: skip


@inlined
def target_row(targets: Targets, queue: int, entry: int) -> int:
    """Row of the target in force at `entry`; before the first, the first."""
    first = targets.start[queue]
    row = first
    for candidate in range(first + 1, first + targets.count[queue]):
        if targets.valid_from[candidate] <= entry:
            row = candidate
    return row


@kernel
def expires(out: Record, watermark: int, limit: int) -> bool:
    """Whether a visit that is undecided, or still handled, has been so for too long."""
    if watermark < 0:
        return False
    if out.phase in (WAITING, CALLBACK):
        return watermark >= out.entry + limit
    if out.phase == HANDLING:
        return watermark >= out.answer + limit
    return False


@kernel
def buckets_needed(out: Record) -> int:
    """Upper bound of the handling cells that booking this outcome may create."""
    if out.phase != DONE or not out.answered:
        return 0
    talk = (out.talk_end - out.answer) // BUCKET_MS + 2
    # The gap between talk and after-call work is no handling, however long it is.
    return talk + (max(0, out.acw_end - out.acw_start) // BUCKET_MS + 2)


@inlined
def book(
    events: Records, out: Record, expired: bool, sign: int, state: CallState, queue: int, site: int
) -> None:
    """Add `sign` times the contribution of an outcome of `events` to the cells of `state`.

    `queue`, `site`: the arrival key of this outcome (arrival_key).
    """
    if out.phase == IN_IVR:
        return
    bucket = bucket_of(out.entry)
    row = row_of(state.arrival, cell_key(queue, site, bucket))
    state.arrival.dirty[row] = 1
    cell = state.arrival.columns[row]
    if out.phase == NO_ENTRY:
        cell[ORPHAN] += sign
        return
    if out.phase == BLOCKED_OUT:
        cell[BLOCKED_N] += sign
        return
    cell[OFFERED] += sign
    cell[CONTRADICTIONS] += sign * out.contradictions
    cell[RONA] += sign * out.ring_no_answer
    cell[CALLBACKS] += sign * out.callbacks
    cell[HOLD_ABANDON] += sign * out.hold_abandon
    book_moves(events, out, sign, state, bucket)
    if out.answered or out.phase == DONE:
        book_wait(out, sign, state, row, target_row(state.targets, queue, out.entry))
    elif expired or out.lost:
        cell[UNKNOWN_OUTCOME] += sign
    else:
        cell[WAITS] += sign
    if out.answered:
        book_handling(out, expired, sign, state, row)


@inlined
def book_wait(out: Record, sign: int, state: CallState, row: int, target: int) -> None:
    """Count and wait of an answered or abandoned contact, within T, within 2T."""
    cell = state.arrival.columns[row]
    ended = out.answer if out.answered else out.time
    wait = max(0, ended - out.entry)
    within = ABN_IN_T
    if out.answered:
        within = ANS_IN_T
        cell[ANS] += sign
        cell[WAIT_ANS] += sign * wait
        state.arrival.hist[row, wait_bin(wait)] += sign
    else:
        cell[ABN] += sign
        cell[WAIT_ABN] += sign * wait
        cell[ABN_REASON + out.reason] += sign
        if wait <= state.targets.short[target] and state.targets.short[target] > 0:
            cell[ABN_SHORT] += sign
    for i in range(THRESHOLDS):
        threshold = state.targets.thresholds[target, i]
        if threshold > 0 and wait <= threshold:
            cell[within + i] += sign
        if out.answered and threshold > 0 and wait <= 2 * threshold:
            cell[ANS_IN_2T + i] += sign


@inlined
def book_handling(out: Record, expired: bool, sign: int, state: CallState, row: int) -> None:
    """Cohort columns at the arrival key; end-based and clipped ones where it was handled."""
    cohort = state.arrival.columns[row]
    if out.phase != DONE:
        cohort[COHORT_UNKNOWN if expired or out.lost else COHORT_OPEN] += sign
        return
    acw = max(0, out.acw_end - out.acw_start) if out.acw_end >= 0 else 0
    talk = out.talk_end - out.answer
    cohort[COHORT_HANDLED] += sign
    cohort[COHORT_MS] += sign * (talk + acw)
    end = out.acw_end if out.acw_end >= 0 else out.talk_end
    here = row_of(state.handling, cell_key(out.queue_now, out.site, bucket_of(end)))
    state.handling.dirty[here] = 1
    cell = state.handling.columns[here]
    cell[HANDLED] += sign
    cell[TALK] += sign * (talk - out.hold_ms)
    cell[HOLD] += sign * out.hold_ms
    cell[ACW] += sign * acw
    cell[CONSULT] += sign * out.consult_ms
    if out.escalation:
        cell[ESCALATED + out.escalation - 1] += sign
    clip(out.answer, out.talk_end, out.queue_now, out.site, sign, state.handling)
    if out.acw_end >= 0:
        clip(out.acw_start, out.acw_end, out.queue_now, out.site, sign, state.handling)


@inlined
def clip(start: int, end: int, queue: int, site: int, sign: int, cells: Cells) -> None:
    """Book a span of handling piece by piece into the buckets it covers."""
    while start < end:
        bucket = bucket_of(start)
        edge = min(end, (bucket + 1) * BUCKET_MS)
        row = row_of(cells, cell_key(queue, site, bucket))
        cells.dirty[row] = 1
        cells.columns[row, CLIP] += sign * (edge - start)
        start = edge


@inlined
def book_moves(events: Records, out: Record, sign: int, state: CallState, bucket: int) -> None:
    """Overflows (arrival bucket, site none) and efforts of failed callbacks (where they failed)."""
    queue = state.places.queue[out.place]
    attempt = -1
    site = 0
    for i in range(out.decided + 1):
        event = events[i]
        kind = event.kind >> 3
        if kind == OVERFLOWED:
            onto = state.places.queue[event.place]
            if onto != queue:
                leave = row_of(state.arrival, cell_key(queue, 0, bucket))
                state.arrival.columns[leave, OVF_OUT] += sign
                state.arrival.dirty[leave] = 1
                enter = row_of(state.arrival, cell_key(onto, 0, bucket))
                state.arrival.columns[enter, OVF_IN] += sign
                state.arrival.dirty[enter] = 1
                queue = onto
        elif kind == CALLBACK_ATTEMPTED:
            attempt = event.time
            site = state.places.site[event.place]
        elif kind == CALLBACK_FAILED and attempt >= 0:
            row = row_of(state.handling, cell_key(queue, site, bucket_of(event.time)))
            state.handling.columns[row, EFFORT] += sign * (event.time - attempt)
            state.handling.dirty[row] = 1
            attempt = -1
