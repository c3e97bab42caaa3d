"""KPIs of deferred work (definitions D1, D2), by the columns of kernels/CASES.md.

On time is of all that fell due, done or not; the form over completed work is a variant, for it leaves
out what nobody has done yet. Source: definitions 5 (COPC CX 7.1 table 1b, item 4.3).
"""

from schemas.keys import Basis
from schemas.kpi import (
    Alert,
    Certification,
    Direction,
    Formula,
    Kpi,
    Measure,
    Metrics,
    RollUp,
    Unit,
    terms,
)

_SERVICE = Certification(item="4.3", type="service")


def _volume(key: str, titles: tuple[str, str], says: str, column: str, basis: Basis) -> Kpi:
    return Kpi(
        id="R12",
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=says,
        formula=Formula.SUM,
        numerator=terms(column),
        basis=basis,
        unit=Unit.COUNT,
        metrics=Metrics(day=f"cc_day_{key.removeprefix('volume_')}"),
        boards=("backlog", "month"),
        example="D1",
    )


def _live(
    key: str,
    titles: tuple[str, str],
    metric: str,
    says: str,
    how: RollUp,
    alert: Alert | None = None,
) -> Kpi:
    return Kpi(
        id="D2",
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=says,
        formula=Formula.LIVE,
        basis=None,
        unit=Unit.SECONDS if how is RollUp.OLDEST else Unit.COUNT,
        metrics=Metrics(now=metric),
        boards=("backlog",),
        roll_up=how,
        alert=alert,
        example="D2_now",
    )


CASE_KPIS: tuple[Kpi, ...] = (
    Kpi(
        id="D1",
        key="on_time",
        title="On time",
        title_ja="納期率",
        definition="Share of the cases that fell due, done or not, that were done by then.",
        numerator=terms("due_ontime_n"),
        denominator=terms("due_n"),
        basis=Basis.DUE,
        unit=Unit.RATIO,
        direction=Direction.UP,
        metrics=Metrics(day="cc_day_on_time_ratio"),
        boards=("backlog", "month"),
        certification=_SERVICE,
        example="D1",
    ),
    Kpi(
        id="D1",
        key="on_time_completed_variant",
        title="On time, of completed work only",
        title_ja="納期率(完了分のみ)",
        definition="Share of the completions that were on time; what is not done is left out.",
        numerator=terms("done_ontime_n"),
        denominator=terms("done_n"),
        basis=Basis.END,
        unit=Unit.RATIO,
        direction=Direction.UP,
        boards=("backlog", "month"),
        example="D1",
    ),
    Kpi(
        id="D2",
        key="avg_time_late",
        title="Average time late",
        title_ja="平均遅延時間(ATL)",
        definition="Mean lateness of what was open and overdue at the ends of the days.",
        numerator=terms("snap_late_ms"),
        denominator=terms("snap_late_n"),
        basis=Basis.SNAPSHOT,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        boards=("backlog", "month"),
        alert=Alert(name="BacklogLate", compares="above_times_target", warning=0.5, critical=1),
        certification=_SERVICE,
        example="D2",
    ),
    _volume(
        "volume_cases_received",
        ("Cases received", "案件受付数"),
        "Deferred work that customers asked for.",
        "case_received",
        Basis.ARRIVAL,
    ),
    _volume(
        "volume_cases_due",
        ("Cases due", "納期到来件数"),
        "Cases that fell due, done or not.",
        "due_n",
        Basis.DUE,
    ),
    _volume(
        "volume_cases_done",
        ("Cases completed", "案件完了数"),
        "Completions, those of reopened cases included.",
        "done_n",
        Basis.END,
    ),
    _live(
        "backlog",
        ("Backlog", "未処理件数"),
        "cc_cases_open",
        "Cases open now, late or not.",
        RollUp.SUMS,
    ),
    _live(
        "due_soon",
        ("Due soon", "期限間近の件数"),
        "cc_cases_due_soon",
        "Open cases that are not late yet but due within the queue's due_soon_s.",
        RollUp.SUMS,
        Alert(
            name="BacklogDueSoon",
            compares="above_times_pace",
            warning=1,
            critical=2,
            min_volume=5,
        ),
    ),
    _live(
        "overdue",
        ("Overdue", "期限超過件数"),
        "cc_cases_overdue",
        "Open cases that are past due.",
        RollUp.SUMS,
    ),
    _live(
        "oldest_overdue",
        ("Longest overdue", "最長遅延"),
        "cc_cases_overdue_since_timestamp_seconds",
        "Time since the promise that was broken longest ago; exported as the moment it was due.",
        RollUp.OLDEST,
    ),
)

CASE_MEASURES: tuple[Measure, ...] = (
    Measure(
        key="due_ontime_n",
        title="Cases done on time",
        definition="Of the cases that fell due, those done by then.",
        numerator=terms("due_ontime_n"),
        basis=Basis.DUE,
        unit=Unit.COUNT,
        metrics=Metrics(day="cc_day_cases_on_time"),
    ),
)
"""Sums exported because a ratio is rolled up from them."""
