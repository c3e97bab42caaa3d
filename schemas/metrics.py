"""Every metric name the service exports: those of the KPIs, and the ones around them.

Names are literal, so that a search finds them. Source: observability 1.1-1.3.
"""

from collections.abc import Iterable

from schemas.catalog import KPIS
from schemas.catalog_bots_measures import BOT_MEASURES
from schemas.catalog_cases import CASE_MEASURES
from schemas.catalog_outbound import OUTBOUND_MEASURES
from schemas.keys import Basis
from schemas.kpi import Kpi, Measure, Metrics, Unit, terms
from schemas.measures_chat import CHAT_MEASURES
from schemas.metrics_ahead import AHEAD_FAMILIES
from schemas.metrics_family import CELL, GROUP, QUEUE, Family, Kind
from schemas.metrics_now import NOW_FAMILIES
from schemas.metrics_plan import PLAN_FAMILIES


def _measure(
    key: str,
    basis: Basis,
    unit: Unit,
    text: str,
    definition: str,
    **names: str,
) -> Measure:
    return Measure(
        key=key,
        title=definition.removesuffix("."),
        definition=definition,
        numerator=terms(text),
        basis=basis,
        unit=unit,
        metrics=Metrics(**names),
    )


MEASURES: tuple[Measure, ...] = (
    _measure(
        "answered",
        Basis.ARRIVAL,
        Unit.COUNT,
        "ans",
        "Offered contacts that were answered.",
        flow="cc_contacts_answered_total",
        interval="cc_interval_contacts_answered",
        last_interval="cc_last_interval_contacts_answered",
        day="cc_day_contacts_answered",
    ),
    _measure(
        "answered_in_target",
        Basis.ARRIVAL,
        Unit.COUNT,
        "ans_in_T1",
        "Offered contacts that were answered within the service level's T of their queue.",
        flow="cc_contacts_answered_in_target_total",
        interval="cc_interval_contacts_answered_in_target",
        last_interval="cc_last_interval_contacts_answered_in_target",
        day="cc_day_contacts_answered_in_target",
    ),
    _measure(
        "abandoned",
        Basis.ARRIVAL,
        Unit.COUNT,
        "abn",
        "Offered contacts that ended unanswered.",
        flow="cc_contacts_abandoned_total",
        interval="cc_interval_contacts_abandoned",
        last_interval="cc_last_interval_contacts_abandoned",
        day="cc_day_contacts_abandoned",
    ),
    _measure(
        "short_abandoned",
        Basis.ARRIVAL,
        Unit.COUNT,
        "abn_short",
        "Contacts that ended unanswered within the short-abandon limit.",
        flow="cc_contacts_short_abandoned_total",
    ),
    _measure(
        "heard_of",
        Basis.ARRIVAL,
        Unit.COUNT,
        "offered + orphan",
        "Contacts heard of, those without their entry included.",
        day="cc_day_contacts_heard_of",
    ),
    _measure(
        "known",
        Basis.ARRIVAL,
        Unit.COUNT,
        "offered - outcome_unknown",
        "Of these, those whose outcome is known or can still come.",
        day="cc_day_contacts_known",
    ),
    _measure(
        "answer_wait",
        Basis.ARRIVAL,
        Unit.SECONDS,
        "wait_ans_ms",
        "Wait of the answered contacts, summed.",
        interval="cc_interval_answer_wait_seconds",
        last_interval="cc_last_interval_answer_wait_seconds",
        day="cc_day_answer_wait_seconds",
    ),
    _measure(
        "handle_time",
        Basis.END,
        Unit.SECONDS,
        "talk_ms + hold_ms + acw_ms",
        "Talk, hold and after-call work of the handled contacts, summed.",
        flow="cc_contact_handle_seconds_total",
        interval="cc_interval_handle_seconds",
        last_interval="cc_last_interval_handle_seconds",
        day="cc_day_handle_seconds",
    ),
    *CHAT_MEASURES,
    *CASE_MEASURES,
    *OUTBOUND_MEASURES,
    *(
        _measure(
            key,
            Basis.CLIPPED,
            Unit.SECONDS,
            text,
            definition,
            interval=f"cc_interval_{name}",
            last_interval=f"cc_last_interval_{name}",
            day=f"cc_day_{name}",
        )
        for key, text, name, definition in (
            ("busy", "busy_union_ms", "staff_busy_seconds", "Handling and customer work."),
            (
                "ready",
                "busy_union_ms + avail_ms",
                "staff_ready_seconds",
                "Handling, customer work and availability.",
            ),
            ("paid", "paid_ms", "staff_paid_seconds", "Scheduled time that is paid."),
            ("chats_held", "sess_ms", "staff_chat_session_seconds", "Chats held, summed."),
            (
                "chatting",
                "chat_busy_union_ms",
                "staff_chatting_seconds",
                "Time with at least one chat.",
            ),
            ("scheduled", "sched_ms", "staff_scheduled_seconds", "Scheduled time."),
            (
                "adhered",
                "sched_ms - mismatch_ms",
                "staff_adhered_seconds",
                "Scheduled time in a state that the activity allows.",
            ),
            ("lost", "unplanned_lost_ms", "staff_lost_seconds", "Paid time logged out."),
            (
                "overrun",
                "busy_overrun_ms",
                "staff_busy_overrun_seconds",
                "Scheduled time off the phone spent handling a contact.",
            ),
        )
    ),
    *(
        _measure(key, Basis.CLIPPED, unit, text, definition, day=name)
        for key, unit, text, name, definition in (
            (
                "attained",
                Unit.COUNT,
                "n_in_band",
                "cc_day_planning_intervals_in_band",
                "Planning intervals whose available FTE lay in the band.",
            ),
            (
                "planned",
                Unit.COUNT,
                "n_int",
                "cc_day_planning_intervals",
                "Planning intervals that asked for FTE.",
            ),
            (
                "required",
                Unit.SECONDS,
                "int_req_fte_ms",
                "cc_day_fte_requested_seconds",
                "Requested FTE over the planning intervals, summed.",
            ),
            (
                "attained_fte",
                Unit.SECONDS,
                "int_req_fte_ms - abs_dev_fte_ms",
                "cc_day_fte_attained_seconds",
                "Requested FTE less the deviations from it, summed.",
            ),
        )
    ),
    *BOT_MEASURES,
)
"""Sums that ratios are rolled up from, where they are no KPI of their own."""

AROUND: tuple[Family, ...] = (
    Family("cc_view_timestamp_seconds", "gauge", (), "The moment that these figures are of."),
    Family(
        "cc_interval_start_timestamp_seconds", "gauge", (), "Start of the open 15-minute interval."
    ),
    Family("cc_interval_elapsed_ratio", "gauge", (), "Part of the open interval that has passed."),
    Family(
        "cc_last_interval_start_timestamp_seconds",
        "gauge",
        ("program",),
        "Start of the newest interval that all sources of the program have passed.",
    ),
    Family(
        "cc_last_interval_info",
        "info",
        ("program", "state", "revision"),
        "State of the last interval here; final and restated values are in the ledger.",
    ),
    Family(
        "cc_queue_service_level_target_ratio",
        "gauge",
        QUEUE,
        "Service level target in force.",
    ),
    Family(
        "cc_queue_service_level_threshold_seconds",
        "gauge",
        QUEUE,
        "T of the service level in force.",
    ),
    Family("cc_queue_asa_target_seconds", "gauge", QUEUE, "Speed of answer target in force."),
    Family("cc_queue_abandonment_target_ratio", "gauge", QUEUE, "Abandonment target in force."),
    Family("cc_queue_occupancy_max_ratio", "gauge", QUEUE, "Cap on the occupancy of its staff."),
    Family("cc_queue_open", "gauge", QUEUE, "Whether the queue's opening hours run now."),
    Family("cc_queue_info", "info", (*QUEUE, "timezone", "client"), "Every queue planned or seen."),
    Family(
        "cc_kpi_definition_info",
        "info",
        ("kpi", "definition", "version"),
        "Formula in force of each KPI.",
    ),
    Family("cc_build_info", "info", ("version",), "Version that is running."),
    Family(
        "cc_staff",
        "gauge",
        (*GROUP, "state"),
        "People of a group by state; unknown: over 16 hours without another event.",
    ),
    Family(
        "cc_staff_longest_in_state_timestamp_seconds",
        "gauge",
        (*GROUP, "state"),
        "Since when the one has been in the state who has been in it longest.",
    ),
    Family(
        "cc_staff_attention",
        "gauge",
        (*GROUP, "found"),
        "People out of schedule beyond grace, not shown up, stuck in ringing or after-call work; apart from "
        "them those still with a contact past a planned break (busy_overrun): no reason for an alert.",
    ),
    Family(
        "cc_staff_net_if_compliant",
        "gauge",
        GROUP,
        "How the staff of this moment would change if those out of schedule kept to it.",
    ),
    *NOW_FAMILIES,
    Family("cc_events_total", "counter", ("topic",), "Events folded."),
    Family("cc_events_rejected_total", "counter", ("topic", "reason"), "Events rejected and kept."),
    Family("cc_events_duplicate_total", "counter", (), "Events received again unchanged."),
    Family(
        "cc_events_conflicting_total", "counter", (), "Events that lost against another of one id."
    ),
    Family("cc_intervals_restated_total", "counter", (), "Final values that changed."),
    Family("cc_feed_holes_total", "counter", (), "Stretches of a source gone before being read."),
    Family("cc_event_unknown_fields_total", "counter", (), "Fields ignored because unknown."),
    Family("cc_visits_in_memory", "gauge", (), "Visits held with their events."),
    Family("cc_recovery_active", "gauge", (), "1 until the stored input is caught up with."),
    Family(
        "cc_feed_last_event_timestamp_seconds",
        "gauge",
        ("source", "program"),
        "Event time of the newest event.",
    ),
    Family(
        "cc_feed_watermark_timestamp_seconds",
        "gauge",
        ("source", "program"),
        "The source has sent all it knows up to here.",
    ),
    Family(
        "cc_feed_silence_limit_seconds",
        "gauge",
        ("source", "program"),
        "A watermark older than this makes the source silent.",
    ),
    Family(
        "cc_feed_state",
        "gauge",
        ("source", "program", "state"),
        "1 for the state that holds: live, silent, or missing (no source seen yet). "
        "Figures of a program exist only while all its sources are live.",
    ),
    Family(
        "cc_consumer_lag_records",
        "gauge",
        ("topic", "partition"),
        "Records of the topic's partition not folded yet.",
    ),
    Family(
        "cc_consumer_event_lag_seconds",
        "gauge",
        ("topic", "partition"),
        "Age of the newest event folded from the topic's partition.",
    ),
    Family(
        "cc_checkpoint_timestamp_seconds",
        "gauge",
        ("partition",),
        "When the shard's newest checkpoint was begun.",
    ),
    Family(
        "cc_checkpoint_duration_seconds",
        "gauge",
        ("partition",),
        "Time the shard's newest checkpoint took, beside the fold.",
    ),
    Family("cc_export_render_seconds", "gauge", (), "Time the newest rendering of this page took."),
    Family("cc_export_errors_total", "counter", (), "Renderings of this page that failed."),
)
"""Families that are no KPI: time, plan, feed, the service itself."""


def _kind(window: str) -> Kind:
    return "counter" if window == "flow" else "gauge"


def _figures(declarations: Iterable[Kpi | Measure]) -> Iterable[Family]:
    wording = {
        "flow": "Since start of this process: {}",
        "interval": "Open interval: {}",
        "last_interval": "Last interval: {}",
        "day": "Local day so far: {}",
        "now": "{}",
    }
    for declared in declarations:
        for window, name in declared.metrics.model_dump().items():
            labels = QUEUE if window in ("flow", "now") else CELL
            labels = GROUP if declared.per_group else labels
            if name:
                text = wording[window].format(declared.definition)
                yield Family(name, _kind(window), labels, text)


def _families() -> dict[str, Family]:
    families: dict[str, Family] = {}
    for family in (
        *_figures(KPIS.values()),
        *_figures(MEASURES),
        *AROUND,
        *PLAN_FAMILIES,
        *AHEAD_FAMILIES,
    ):
        if family.name in families:
            raise ValueError(f"metric {family.name} is declared twice")
        families[family.name] = family
    return families


FAMILIES: dict[str, Family] = _families()
"""Every exported metric by its name."""
