"""The additive columns: their names, their order in arrays, the histogram's edges.

Every column is an integer count or ms, merged by addition and taken back by subtraction
(design 3.2). A row of ARRIVAL columns belongs to (program, queue, channel, site, bucket) of the
arrival, a row of HANDLING columns to the same key of where and when handling happened, a row of
CHAT columns to the same key of an offer or of a customer's message, a row of STAFF columns to
(program, group, "staff", site, bucket).
"""

import numpy as np
from numpy.typing import NDArray

LAYOUT_VERSION = 6
"""Raised with every change of columns, edges or stored arrays; snapshots carry it."""

THRESHOLDS = 4
"""Targets list up to this many T; column suffix 1 is the service level's."""

_ABANDON_REASONS = (
    "abn_customer",
    "abn_system",
    "abn_queue_timeout",
    "abn_no_staff",
    "abn_callback_later",
    "abn_callback_failed",
    "abn_voicemail",
    "abn_other",
)

ARRIVAL_COLUMNS: tuple[str, ...] = (
    "offered",
    "ans",
    "abn",
    "waiting",
    "outcome_unknown",
    *(f"ans_in_T{i}" for i in range(1, THRESHOLDS + 1)),
    *(f"ans_in_2T{i}" for i in range(1, THRESHOLDS + 1)),
    *(f"abn_in_T{i}" for i in range(1, THRESHOLDS + 1)),
    "abn_short",
    "wait_ans_ms",
    "wait_abn_ms",
    *_ABANDON_REASONS,
    "callbacks_in_turn",
    "hold_abandon",
    "ring_no_answer",
    "ovf_out",
    "ovf_in",
    "blocked",
    "orphan",
    "contradictions",
)
COHORT_COLUMNS: tuple[str, ...] = (
    "cohort_handled",
    "cohort_handle_ms",
    "cohort_open",
    "cohort_unknown",
)
END_COLUMNS: tuple[str, ...] = (
    "handled",
    "talk_ms",
    "hold_ms",
    "acw_ms",
    "consult_ms",
    "escalated_tier",
    "escalated_sales",
    "escalated_back_office",
    "escalated_other",
    "callback_effort_ms",
)
CLIPPED_COLUMNS: tuple[str, ...] = ("handle_clip_ms",)
STAFF_COLUMNS: tuple[str, ...] = (
    "logged_in_ms",
    "avail_ms",
    "ringing_ms",
    "busy_union_ms",
    "staff_handle_ms",
    "staff_acw_ms",
    "aux_other_ms",
    "aux_break_ms",
    "aux_meal_ms",
    "aux_training_ms",
    "aux_meeting_ms",
    "aux_customer_work_ms",
    "staffed_ms",
    "lent_ms",
    "sess_ms",
    "chat_busy_union_ms",
    "slot_ms",
    "state_unknown_ms",
    "sched_ms",
    "sched_work_ms",
    "paid_ms",
    "mismatch_ms",
    "busy_overrun_ms",
    "unplanned_lost_ms",
    "act_planned_ms",
    "act_xor_ms",
    "req_fte_ms",
)
ATTAINMENT_COLUMNS: tuple[str, ...] = ("n_int", "n_in_band", "abs_dev_fte_ms", "int_req_fte_ms")
"""Of planning intervals, which are longer than a bucket: read from its buckets, 0 in stored rows,
and from there on additive (definitions 6.1)."""

CALL_COLUMNS: tuple[str, ...] = ("attempts", "human_contact_n")
"""Arrival columns of first visits to a program (kernels/BOTS.md, Calls)."""
BOT_COLUMNS: tuple[str, ...] = (
    *("conv_start", "conv_contained", "conv_handoff", "conv_left", "conv_left_error"),
    *("conv_open", "conv_unknown"),
    *("conv_n", "bot_msg_n", "conv_ms"),
    *("migrated_start", "migrated_n", "migrated_open", "migrated_unknown"),
    *("n_submit", "lat_n", "lat_ms", "lat_in_x", "lat_timeout", "lat_open", "lat_unknown"),
    *("ivr_ans", "ivr_abn", "ivr_optout", "ivr_error", "ivr_self_service", "ivr_to_queue"),
    *("ivr_open", "ivr_unknown", "ivr_orphan"),
)
PROBED_COLUMNS: tuple[str, ...] = ("total_ms", "up_ms", "degraded_ms", "down_ms", "unknown_ms")
OPENING_COLUMNS: tuple[str, ...] = ("open_ms", "up_open_ms", "unknown_open_ms")
"""Parts of the probed ones in buckets that opening hours cover: 0 in stored rows, read from them."""

CHAT_ARRIVAL_COLUMNS: tuple[str, ...] = (
    "chat_req",
    "chat_left",
    "chat_noreply",
    "chat_pending_reply",
    "chat_reply_unknown",
    "chat_late_reply",
)
CHAT_COHORT_COLUMNS: tuple[str, ...] = ("chat_dialogue", "sess_abn")
OFFER_COLUMNS: tuple[str, ...] = (
    "offer_shown",
    "offer_acc",
    "offer_dec",
    "offer_exp",
    "offer_open",
)
RECEIPT_COLUMNS: tuple[str, ...] = (
    "n_turn",
    "resp_ms",
    "turn_unanswered",
    "turn_open",
    "turn_unknown",
)

ARRIVAL_PART = ARRIVAL_COLUMNS + CALL_COLUMNS + CHAT_ARRIVAL_COLUMNS
COHORT_PART = COHORT_COLUMNS + CHAT_COHORT_COLUMNS
ARRIVAL_ROW = ARRIVAL_PART + COHORT_PART
"""Columns of one row of the arrival table, in array order; only chat visits book those of chat."""
CHAT_ROW = OFFER_COLUMNS + RECEIPT_COLUMNS
"""Columns of one row of the chat table, in array order; its histogram is of response times."""
HANDLING_ROW = END_COLUMNS + CLIPPED_COLUMNS
"""Columns of one row of the handling table, in array order."""
STAFF_ROW = STAFF_COLUMNS + ATTAINMENT_COLUMNS
"""Columns of one row of the staff table, in array order; its key's queue is the group."""
BOTS_ROW = (*BOT_COLUMNS, "attempts", "blocked", "orphan", "contradictions")
"""Columns of one row of the table of bots, IVR and carriers' counts, in array order; the queue of
its key is the technology."""
UPTIME_ROW = PROBED_COLUMNS + OPENING_COLUMNS
"""Columns of one row of the table of probes, in array order; its key's channel is their kind."""

CASE_ARRIVAL_COLUMNS: tuple[str, ...] = ("case_received", "case_carried")
DUE_COLUMNS: tuple[str, ...] = ("due_n", "due_ontime_n", "due_pending_n")
CASE_END_COLUMNS: tuple[str, ...] = (
    "done_n",
    "done_ontime_n",
    "reopened_n",
    "withdrawn_n",
    "expired_n",
)
SNAPSHOT_COLUMNS: tuple[str, ...] = ("snap_open_n", "snap_late_n", "snap_late_ms")
CASE_ARRIVAL_PART = (*CASE_ARRIVAL_COLUMNS, "orphan", "contradictions")
CASES_ROW = CASE_ARRIVAL_PART + DUE_COLUMNS + CASE_END_COLUMNS + SNAPSHOT_COLUMNS
"""Columns of one row of the table of deferred work, in array order (kernels/CASES.md)."""

OUTBOUND_ARRIVAL_PART: tuple[str, ...] = ("rec_listed", "rec_carried", "orphan", "contradictions")
OUTBOUND_END_COLUMNS: tuple[str, ...] = (
    *("dials_n", "connects_n", "rpc_n", "dialer_abn_n"),
    *("rec_done", "rec_rpc", "rec_exhausted", "rec_bad", "rec_withdrawn", "rec_expired"),
    *("list_n", "dialled_n", "contact_n"),
)
LIST_COLUMNS: tuple[str, ...] = ("plan_cum", "dialled_cum", "list_behind_n", "plan_per_day")
OUTBOUND_ROW = OUTBOUND_ARRIVAL_PART + OUTBOUND_END_COLUMNS + LIST_COLUMNS
"""Columns of one row of the table of outbound work, in array order (kernels/OUTBOUND.md)."""


def _wait_edges() -> NDArray[np.int64]:
    linear = [50 * 2**k * (20 + j) for k in range(17) for j in range(1, 21)]
    return np.array([0, 1000, *linear], dtype=np.int64)


WAIT_EDGES_MS = _wait_edges()
"""Upper edges of the wait histogram, ms, inclusive; one open bin lies above the last."""
WAIT_BINS = len(WAIT_EDGES_MS) + 1
