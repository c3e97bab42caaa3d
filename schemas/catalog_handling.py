"""KPIs of handling, volume and the present moment (definitions R6, R9, R12, 6.6)."""

from typing import Literal

from schemas.keys import Basis
from schemas.kpi import (
    Alert,
    Certification,
    Direction,
    Formula,
    Kpi,
    Metrics,
    RollUp,
    Unit,
    terms,
)
from schemas.targets import Reported

SERVICE = Certification(item="4.3", type="service")
EFFICIENCY = Certification(item="4.3", type="efficiency")

_PARTS: tuple[tuple[str, str, str, str, str, Reported | Literal[""]], ...] = (
    ("att", "Average talk time", "平均通話時間", "Mean talk without hold.", "talk_ms", ""),
    ("hold", "Average hold time", "平均保留時間", "Mean time on hold.", "hold_ms", "hold"),
    ("acw", "Average after-call work", "平均後処理時間", "Mean work after talk.", "acw_ms", "acw"),
)

_HANDLING = (
    Kpi(
        id="R6",
        key="escalation_rate",
        title="Escalation rate",
        title_ja="エスカレーション率",
        definition="Share of handled contacts whose responsibility went to another team, by class.",
        numerator=terms("escalated_{class}"),
        denominator=terms("handled"),
        basis=Basis.END,
        unit=Unit.RATIO,
        direction=Direction.RANGE,
        reported="escalation",
        boards=("month",),
        certification=SERVICE,
        example="R6",
    ),
    Kpi(
        id="R9",
        key="aht",
        title="Average handle time",
        title_ja="平均処理時間",
        definition="Mean talk, hold and after-call work of contacts whose handling has ended.",
        numerator=terms("talk_ms + hold_ms + acw_ms"),
        denominator=terms("handled"),
        basis=Basis.END,
        unit=Unit.SECONDS,
        direction=Direction.RANGE,
        metrics=Metrics(
            interval="cc_interval_aht_seconds",
            last_interval="cc_last_interval_aht_seconds",
            day="cc_day_aht_seconds",
        ),
        boards=("intraday", "month"),
        certification=EFFICIENCY,
        example="R9",
    ),
    *(
        Kpi(
            id="R9",
            key=key,
            title=title,
            title_ja=title_ja,
            definition=definition,
            numerator=terms(column),
            denominator=terms("handled"),
            basis=Basis.END,
            unit=Unit.SECONDS,
            direction=Direction.RANGE,
            reported=reported,
            evident=bool(reported),
            boards=("intraday",),
            example="R9",
        )
        for key, title, title_ja, definition, column, reported in _PARTS
    ),
    Kpi(
        id="R9",
        key="aht_cohort",
        title="Average handle time by arrival",
        title_ja="平均処理時間(着信基準)",
        definition="Mean handle time of the contacts that arrived in the interval; final late.",
        numerator=terms("cohort_handle_ms"),
        denominator=terms("cohort_handled"),
        basis=Basis.COHORT,
        unit=Unit.SECONDS,
        direction=Direction.RANGE,
        example="R9_cohort",
    ),
    Kpi(
        id="R9",
        key="load_clipped",
        title="Load carried",
        title_ja="処理負荷(アーラン)",
        definition="Handling done in the interval over the interval's length, in erlangs.",
        formula=Formula.LOAD,
        numerator=terms("handle_clip_ms"),
        basis=Basis.CLIPPED,
        unit=Unit.ERLANG,
        boards=("intraday",),
        example="R9_load",
    ),
)

_VOLUME = (
    Kpi(
        id="R12",
        key="volume_offered",
        title="Contacts offered",
        title_ja="着信数",
        definition="Contacts that entered the human queue.",
        formula=Formula.SUM,
        numerator=terms("offered"),
        basis=Basis.ARRIVAL,
        unit=Unit.COUNT,
        metrics=Metrics(
            flow="cc_contacts_offered_total",
            interval="cc_interval_contacts_offered",
            last_interval="cc_last_interval_contacts_offered",
            day="cc_day_contacts_offered",
        ),
        boards=("floor", "intraday", "month"),
        example="R12",
    ),
    Kpi(
        id="R12",
        key="volume_handled",
        title="Contacts handled",
        title_ja="処理数",
        definition="Contacts whose handling, after-call work included, has ended.",
        formula=Formula.SUM,
        numerator=terms("handled"),
        basis=Basis.END,
        unit=Unit.COUNT,
        metrics=Metrics(
            flow="cc_contacts_handled_total",
            interval="cc_interval_contacts_handled",
            last_interval="cc_last_interval_contacts_handled",
            day="cc_day_contacts_handled",
        ),
        boards=("intraday", "month"),
        example="R12",
    ),
)


def _live(key: str, title: str, title_ja: str, unit: Unit, *, metric: str, definition: str) -> Kpi:
    oldest = key == "oldest_wait"
    return Kpi(
        id="6.6",
        key=key,
        title=title,
        title_ja=title_ja,
        definition=definition,
        formula=Formula.LIVE,
        basis=None,
        unit=unit,
        direction=Direction.DOWN,
        metrics=Metrics(now=metric),
        boards=("floor",),
        roll_up=RollUp.OLDEST if oldest else RollUp.SUMS,
        alert=Alert(
            name="OldestWaitHigh",
            compares="above_times_threshold",
            warning=3,
            critical=6,
            for_s=60,
        )
        if oldest
        else None,
        example="live",
    )


_LIVE = (
    _live(
        "waiting",
        "Contacts waiting",
        "待ち呼数",
        Unit.COUNT,
        metric="cc_contacts_waiting",
        definition="Contacts waiting in the queue now.",
    ),
    _live(
        "oldest_wait",
        "Oldest wait",
        "最長待ち時間",
        Unit.SECONDS,
        metric="cc_contacts_oldest_waiting_timestamp_seconds",
        definition="Time since the longest waiting contact entered; exported as the moment it entered.",
    ),
    _live(
        "in_progress",
        "Contacts in progress",
        "対応中件数",
        Unit.COUNT,
        metric="cc_contacts_in_progress",
        definition="Contacts being handled now, after-call work included.",
    ),
    _live(
        "callbacks_pending",
        "Callbacks pending",
        "折返し待ち件数",
        Unit.COUNT,
        metric="cc_callbacks_pending",
        definition="In-turn callbacks whose customer is not yet connected.",
    ),
)

HANDLING_KPIS: tuple[Kpi, ...] = (*_HANDLING, *_VOLUME, *_LIVE)
