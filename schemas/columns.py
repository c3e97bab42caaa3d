"""Names and bases of the additive columns, as KPIs and ledger records write them.

The same names in the same order stand in `kernels.columns`; a test holds the two together.
"""

from schemas.columns_bots import BOT_COLUMNS
from schemas.columns_cases import CASE_COLUMNS
from schemas.columns_outbound import OUTBOUND_COLUMNS
from schemas.keys import Basis

THRESHOLDS = 4
"""A target lists up to this many T; suffix 1 is the service level's."""
ESCALATION_CLASSES = ("tier", "sales", "back_office", "other")
ABANDON_REASONS = (
    "customer",
    "system",
    "queue_timeout",
    "no_staff",
    "callback_later",
    "callback_failed",
    "voicemail",
    "other",
)
TEMPLATES: dict[str, tuple[str, ...]] = {
    "{i}": tuple(str(i) for i in range(1, THRESHOLDS + 1)),
    "{class}": ESCALATION_CLASSES,
    "{reason}": ABANDON_REASONS,
}
"""Placeholders of a column template and what may stand in their place."""


def expand(column: str) -> tuple[str, ...]:
    """All columns a template names: `expand("ans_in_T{i}")` is ans_in_T1 ... ans_in_T4."""
    for placeholder, values in TEMPLATES.items():
        if placeholder in column:
            return tuple(column.replace(placeholder, value) for value in values)
    return (column,)


COLUMNS: dict[Basis, tuple[str, ...]] = {
    Basis.ARRIVAL: (
        "offered",
        "ans",
        "abn",
        "waiting",
        "outcome_unknown",
        *expand("ans_in_T{i}"),
        *expand("ans_in_2T{i}"),
        *expand("abn_in_T{i}"),
        "abn_short",
        "wait_ans_ms",
        "wait_abn_ms",
        *expand("abn_{reason}"),
        "callbacks_in_turn",
        "hold_abandon",
        "ring_no_answer",
        "ovf_out",
        "ovf_in",
        "blocked",
        "orphan",
        "contradictions",
    ),
    Basis.COHORT: ("cohort_handled", "cohort_handle_ms", "cohort_open", "cohort_unknown"),
    Basis.END: (
        "handled",
        "talk_ms",
        "hold_ms",
        "acw_ms",
        "consult_ms",
        *expand("escalated_{class}"),
        "callback_effort_ms",
    ),
    Basis.CLIPPED: ("handle_clip_ms",),
}
"""Stored columns by basis, in array order."""

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
"""Clipped columns of staffing groups, in array order; rules in kernels/STAFF.md."""
ATTAINMENT_COLUMNS: tuple[str, ...] = ("n_int", "n_in_band", "abs_dev_fte_ms", "int_req_fte_ms")
"""Clipped columns of whole planning intervals, read from their buckets (definitions 6.1)."""
ACCURACY_COLUMNS: dict[Basis, tuple[str, ...]] = {
    Basis.CLIPPED: ("fc_dev_ppm", "fc_period_ppm", "fc_int_in", "fc_int"),
    Basis.ARRIVAL: ("fc_day_in", "fc_day"),
}
"""Counted where a plan is scored, stored nowhere: deviations in millionths, periods, intervals, days."""
CHAT_COLUMNS: dict[Basis, tuple[str, ...]] = {
    Basis.ARRIVAL: (
        "chat_req",
        "chat_left",
        "chat_noreply",
        "chat_pending_reply",
        "chat_reply_unknown",
        "chat_late_reply",
    ),
    Basis.COHORT: ("chat_dialogue", "sess_abn"),
    Basis.OFFER: ("offer_shown", "offer_acc", "offer_dec", "offer_exp", "offer_open"),
    Basis.RECEIPT: ("n_turn", "resp_ms", "turn_unanswered", "turn_open", "turn_unknown"),
}
"""Columns that only chat visits book (kernels/CHAT.md), by basis."""

LIVE_COLUMNS: dict[str, Basis] = {"waiting_in_T": Basis.ARRIVAL}
"""Read from a live view only, never stored: waiting contacts that can yet be answered within T."""

PAYROLL_COLUMNS: tuple[str, ...] = ("payroll_ms",)
"""Clipped columns that no event tells of: days and months of the ledger are read with them."""

COLUMN_BASIS: dict[str, Basis] = {
    column: basis
    for booked in (
        *(COLUMNS, CHAT_COLUMNS, BOT_COLUMNS, CASE_COLUMNS, OUTBOUND_COLUMNS, ACCURACY_COLUMNS),
    )
    for basis, columns in booked.items()
    for column in columns
} | LIVE_COLUMNS
COLUMN_BASIS |= dict.fromkeys(
    (*STAFF_COLUMNS, *ATTAINMENT_COLUMNS, *PAYROLL_COLUMNS), Basis.CLIPPED
)
