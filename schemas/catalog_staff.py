"""KPIs of people's time and of schedules (definitions R8, R10, R11, 6.1)."""

from schemas.keys import Basis
from schemas.kpi import Alert, Certification, Direction, Formula, Kpi, Metrics, Term, Unit, terms

EFFICIENCY = Certification(item="4.3", type="efficiency")
PLANNING = Certification(item="4.5", type="")


def _windows(name: str) -> Metrics:
    return Metrics(
        interval=f"cc_interval_{name}",
        last_interval=f"cc_last_interval_{name}",
        day=f"cc_day_{name}",
    )


def _ratio(
    of: str,
    key: str,
    titles: tuple[str, str],
    definition: str,
    numerator: tuple[Term, ...],
    denominator: str,
    direction: Direction,
    metrics: Metrics | None = None,
    certification: Certification | None = None,
    alert: Alert | None = None,
    floor: int | None = None,
) -> Kpi:
    return Kpi(
        id=of,
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=definition,
        numerator=numerator,
        denominator=terms(denominator),
        basis=Basis.CLIPPED,
        unit=Unit.RATIO,
        direction=direction,
        metrics=metrics or Metrics(),
        boards=("staffing", "month"),
        certification=certification,
        floor=floor,
        alert=alert,
        example=of if of != "M2" else key,
    )


def _fte(key: str, titles: tuple[str, str], definition: str, column: str, metrics: Metrics) -> Kpi:
    return Kpi(
        id="M1",
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=definition,
        formula=Formula.LOAD,
        numerator=terms(column),
        basis=Basis.CLIPPED,
        unit=Unit.FTE,
        metrics=metrics,
        boards=("staffing", "attainment"),
        example=key,
    )


STAFF_KPIS = (
    _ratio(
        "R8",
        "utilization",
        ("Staff utilization", "CSS稼動率"),
        "Handling, customer work and availability over scheduled paid time.",
        terms("busy_union_ms + avail_ms"),
        "paid_ms",
        Direction.UP,
        _windows("staff_utilization_ratio"),
        EFFICIENCY,
    ),
    _ratio(
        "R8",
        "utilization_payroll",
        ("Staff utilization, paid by payroll", "CSS稼動率(給与支払)"),
        "Handling, customer work and availability over the time that payroll paid; of days and months "
        "of which payroll has told for everybody.",
        terms("busy_union_ms + avail_ms"),
        "payroll_ms",
        Direction.UP,
        certification=EFFICIENCY.model_copy(update={"instead_of": "utilization"}),
    ),
    _ratio(
        "R8p",
        "productivity",
        ("Productivity", "生産性"),
        "Handling and customer work over scheduled paid time.",
        terms("busy_union_ms"),
        "paid_ms",
        Direction.UP,
    ),
    _ratio(
        "R10",
        "concurrency",
        ("Concurrency", "コンカレンシー"),
        "Chat time with after-call work, summed, over the time with at least one chat.",
        terms("sess_ms"),
        "chat_busy_union_ms",
        Direction.RANGE,
        _windows("staff_concurrency_sessions"),
        EFFICIENCY,
    ),
    _ratio(
        "R10s",
        "slot_use",
        ("Slot use", "スロット使用率"),
        "Chat time with after-call work, summed, over the slots open meanwhile.",
        terms("sess_ms"),
        "slot_ms",
        Direction.RANGE,
    ),
    _ratio(
        "R11",
        "occupancy",
        ("Occupancy", "占有率"),
        "Handling and customer work over these and availability; ringing is availability.",
        terms("busy_union_ms"),
        "busy_union_ms + avail_ms",
        Direction.RANGE,
        _windows("staff_occupancy_ratio"),
        EFFICIENCY,
        Alert(name="OccupancyHigh", compares="above", warning=0.88, critical=0.93, for_s=300),
    ),
    _fte(
        "available_fte",
        ("Available FTE", "対応可能FTE"),
        "Time available, in handling and in after-call work over the interval's length.",
        "staffed_ms",
        Metrics(
            interval="cc_interval_fte_available", last_interval="cc_last_interval_fte_available"
        ),
    ),
    _fte(
        "requested_fte",
        ("Requested FTE", "要求FTE"),
        "FTE that the client or the owner of the plan asks for.",
        "req_fte_ms",
        Metrics(
            interval="cc_interval_fte_requested", last_interval="cc_last_interval_fte_requested"
        ),
    ),
    _fte(
        "lent_fte",
        ("Lent FTE", "他業務支援FTE"),
        "Handling for other programs over the interval's length.",
        "lent_ms",
        Metrics(),
    ),
    _ratio(
        "M1a",
        "attainment_band",
        ("Schedule attainment, band", "スケジュール達成率(1)"),
        "Share of planning intervals whose available FTE lie in the band around the requested.",
        terms("n_in_band"),
        "n_int",
        Direction.UP,
        Metrics(day="cc_day_attainment_band_ratio"),
        PLANNING,
    ),
    _ratio(
        "M1b",
        "attainment_dev",
        ("Schedule attainment, deviation", "スケジュール達成率(2)"),
        "1 minus the deviations from requested FTE, never netted, over the requested.",
        terms("int_req_fte_ms - abs_dev_fte_ms"),
        "int_req_fte_ms",
        Direction.UP,
        Metrics(day="cc_day_attainment_deviation_ratio"),
        PLANNING.model_copy(update={"instead_of": "attainment_band"}),
        Alert(name="AttainmentLow", compares="below", warning=0.95, critical=0.9),
    ),
    _ratio(
        "M2",
        "adherence_shift_all",
        ("Adherence, shift form, all activities", "スケジュール遵守率(シフト全体)"),
        "Scheduled time spent in a state that the scheduled activity allows, over scheduled time.",
        terms("sched_ms - mismatch_ms"),
        "sched_ms",
        Direction.UP,
        _windows("adherence_shift_all_ratio"),
        PLANNING,
        Alert(name="AdherenceLow", compares="below", warning=0.9, critical=0.85),
    ),
    _ratio(
        "M2",
        "adherence_activity_off_phone",
        ("Adherence, activity form, off the phone", "スケジュール遵守率(休憩等)"),
        "1 minus time planned and not taken or taken and not planned, over planned time of breaks, "
        "meals, training and meetings; never below 0.",
        terms("act_planned_ms - act_xor_ms"),
        "act_planned_ms",
        Direction.UP,
        floor=0,
    ),
    _ratio(
        "M2o",
        "busy_overrun",
        ("Busy overrun", "対応超過"),
        "Scheduled time off the phone spent handling a contact, over scheduled time.",
        terms("busy_overrun_ms"),
        "sched_ms",
        Direction.DOWN,
    ),
    _ratio(
        "M3",
        "conformance",
        ("Schedule conformance", "スケジュール一致率"),
        "Time worked over time scheduled for work, whenever it was.",
        terms("avail_ms + busy_union_ms"),
        "sched_work_ms",
        Direction.RANGE,
        Metrics(),
        PLANNING.model_copy(update={"instead_of": "adherence_shift_all"}),
    ),
    _ratio(
        "M4",
        "absenteeism",
        ("Absenteeism", "欠勤率"),
        "Scheduled paid time logged out, over scheduled time.",
        terms("unplanned_lost_ms"),
        "sched_ms",
        Direction.DOWN,
        _windows("absenteeism_ratio"),
        PLANNING,
    ),
)
"""`sched_ms` and what is laid over it follow the official version of each day (STAFF.md)."""
