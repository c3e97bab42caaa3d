"""KPIs of the wait: service level, speed of answer, abandonment (definitions R1-R3)."""

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

SERVICE = Certification(item="4.3", type="service")

_SERVICE_LEVEL = (
    Kpi(
        id="R1",
        key="service_level",
        title="Service level",
        title_ja="サービスレベル",
        definition="Share of offered contacts that were answered within T of entering the queue.",
        numerator=terms("ans_in_T{i}"),
        denominator=terms("offered"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.UP,
        target="service_level",
        metrics=Metrics(
            interval="cc_interval_service_level_ratio",
            last_interval="cc_last_interval_service_level_ratio",
            day="cc_day_service_level_ratio",
        ),
        boards=("floor", "intraday", "attainment", "month"),
        alert=Alert(
            name="ServiceLevelLow",
            compares="below_share_of_target",
            warning=0.8,
            critical=0.6,
            min_volume=20,
        ),
        certification=SERVICE,
        example="R1",
    ),
    Kpi(
        id="R1",
        key="service_level_low",
        bound=True,
        title="Service level, lower bound",
        title_ja="サービスレベル下限",
        definition="Service level of an open interval if nobody still waiting is answered in T.",
        numerator=terms("ans_in_T1"),
        denominator=terms("offered"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.UP,
        target="service_level",
        metrics=Metrics(interval="cc_interval_service_level_low_ratio"),
        boards=("intraday",),
        example="R1_bounds",
    ),
    Kpi(
        id="R1",
        key="service_level_high",
        bound=True,
        title="Service level, upper bound",
        title_ja="サービスレベル上限",
        definition="Service level of an open interval if all still waiting under T are answered in T.",
        numerator=terms("ans_in_T1 + waiting_in_T"),
        denominator=terms("offered"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.UP,
        target="service_level",
        metrics=Metrics(interval="cc_interval_service_level_high_ratio"),
        boards=("intraday",),
        example="R1_bounds",
    ),
)


def _variant(key: str, title: str, title_ja: str, definition: str, *, over: str, under: str) -> Kpi:
    return Kpi(
        id="R1",
        key=key,
        title=title,
        title_ja=title_ja,
        definition=definition,
        numerator=terms(over),
        denominator=terms(under),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.UP,
        example="R1",
    )


_VARIANTS = (
    _variant(
        "service_level_in_t_per_offered_less_abandoned_in_t_variant",
        "Service level, abandons in T dropped (variant)",
        "サービスレベル(T内放棄を除外・参考)",
        "Answered within T over offered less abandoned within T; for reconciliation only.",
        over="ans_in_T{i}",
        under="offered - abn_in_T{i}",
    ),
    _variant(
        "service_level_in_t_per_offered_less_short_abandoned_variant",
        "Service level, short abandons dropped (variant)",
        "サービスレベル(短時間放棄を除外・参考)",
        "Answered within T over offered less short abandons; for reconciliation only.",
        over="ans_in_T{i}",
        under="offered - abn_short",
    ),
    _variant(
        "service_level_in_t_plus_abandoned_in_t_per_offered_variant",
        "Service level, abandons in T as good (variant)",
        "サービスレベル(T内放棄を達成扱い・参考)",
        "Answered or abandoned within T over offered; for reconciliation only.",
        over="ans_in_T{i} + abn_in_T{i}",
        under="offered",
    ),
    _variant(
        "service_level_in_t_per_answered_variant",
        "Service level, answered only (variant)",
        "サービスレベル(応答数分母・参考)",
        "Answered within T over answered; for reconciliation only.",
        over="ans_in_T{i}",
        under="ans",
    ),
    _variant(
        "answer_rate",
        "Answer rate",
        "応答率",
        "Share of offered contacts that were answered, however late; not a service level.",
        over="ans",
        under="offered",
    ),
)


def _wait(key: str, title: str, title_ja: str, quantile: int, definition: str) -> Kpi:
    return Kpi(
        id="R2",
        key=key,
        title=title,
        title_ja=title_ja,
        definition=definition,
        formula=Formula.QUANTILE,
        quantile=quantile,
        basis=Basis.ARRIVAL,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        boards=("intraday",),
        roll_up=RollUp.BINS,
        example="R2",
    )


_SPEED = (
    Kpi(
        id="R2",
        key="asa",
        title="Average speed of answer",
        title_ja="平均応答速度(ASA)",
        definition="Mean wait of the answered contacts, waits of zero included, abandons not.",
        numerator=terms("wait_ans_ms"),
        denominator=terms("ans"),
        basis=Basis.ARRIVAL,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        target="asa_s",
        metrics=Metrics(
            interval="cc_interval_asa_seconds",
            last_interval="cc_last_interval_asa_seconds",
            day="cc_day_asa_seconds",
        ),
        boards=("floor", "intraday", "month"),
        certification=SERVICE.model_copy(update={"instead_of": "service_level"}),
        example="R2",
    ),
    *(
        _wait(
            f"wait_p{share}",
            f"Wait to answer, {share} %",
            f"応答待ち時間{share}パーセンタイル",
            share,
            f"Upper edge of the histogram bin within which {share} % of answered contacts waited.",
        )
        for share in (50, 80, 90, 95)
    ),
    _wait(
        "wait_max",
        "Longest wait to answer",
        "最大応答待ち時間",
        100,
        "Upper edge of the highest histogram bin that an answered contact fell into.",
    ),
    Kpi(
        id="R2",
        key="share_over_2t",
        title="Share answered after 2T",
        title_ja="2T超応答割合",
        definition="Share of answered contacts that waited longer than twice T.",
        numerator=terms("ans - ans_in_2T{i}"),
        denominator=terms("ans"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        boards=("intraday",),
        example="R2",
    ),
    Kpi(
        id="R2",
        key="awt_all",
        title="Average wait, answered and abandoned",
        title_ja="平均待ち時間(応答・放棄)",
        definition="Mean wait of all contacts whose wait has ended.",
        numerator=terms("wait_ans_ms + wait_abn_ms"),
        denominator=terms("ans + abn"),
        basis=Basis.ARRIVAL,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        boards=("intraday",),
        example="R2",
    ),
    Kpi(
        id="R2",
        key="time_to_abandon",
        title="Average time to abandon",
        title_ja="平均放棄時間",
        definition="Mean wait of the abandoned contacts, shown beside the average speed of answer.",
        numerator=terms("wait_abn_ms"),
        denominator=terms("abn"),
        basis=Basis.ARRIVAL,
        unit=Unit.SECONDS,
        boards=("intraday",),
        example="R2",
    ),
)

_ABANDONMENT = (
    Kpi(
        id="R3v",
        key="abandon_voice",
        title="Abandonment",
        title_ja="放棄呼率",
        definition="Share of offered contacts that ended unanswered, system disconnects included.",
        numerator=terms("abn"),
        denominator=terms("offered"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        target="abandonment",
        metrics=Metrics(
            interval="cc_interval_abandonment_ratio",
            last_interval="cc_last_interval_abandonment_ratio",
            day="cc_day_abandonment_ratio",
        ),
        boards=("floor", "intraday", "attainment", "month"),
        alert=Alert(
            name="AbandonmentHigh",
            compares="above_times_target",
            warning=1.5,
            critical=3,
            min_volume=5,
        ),
        certification=SERVICE,
        example="R3",
    ),
    Kpi(
        id="R3v",
        key="abandon_voice_by_reason",
        title="Abandonment by reason",
        title_ja="放棄呼率(理由別)",
        definition="Share of offered contacts that ended unanswered, for each reason of the end.",
        numerator=terms("abn_{reason}"),
        denominator=terms("offered"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        boards=("intraday",),
        example="R3",
    ),
)

ANSWER_KPIS: tuple[Kpi, ...] = (*_SERVICE_LEVEL, *_VARIANTS, *_SPEED, *_ABANDONMENT)
