"""KPIs of outbound work (definitions O1-O3), by the columns of kernels/OUTBOUND.md.

O4, right-party contacts per staffed hour, is in `NOT_COMPUTED`: campaigns have no hours of their own.
Source: definitions 5 (COPC CX 7.1 table 1b, S:6304-6676, 7997-8021).
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


def _volume(key: str, titles: tuple[str, str], says: str, column: str, name: str = "") -> Kpi:
    windows = ("day", "interval", "last_interval") if name else ("day",)
    metric = name or key.removeprefix("volume_")
    return Kpi(
        id="R12",
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=says,
        formula=Formula.SUM,
        numerator=terms(column),
        basis=Basis.ARRIVAL if column == "rec_listed" else Basis.END,
        unit=Unit.COUNT,
        metrics=Metrics(**{window: f"cc_{window}_{metric}" for window in windows}),
        boards=("intraday", "month"),
        example="O1",
    )


def _live(key: str, titles: tuple[str, str], metric: str, says: str) -> Kpi:
    return Kpi(
        id="O2",
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=says,
        formula=Formula.LIVE,
        basis=None,
        unit=Unit.COUNT,
        metrics=Metrics(now=metric),
        boards=("floor", "intraday"),
        roll_up=RollUp.SUMS,
        example="O2_now",
    )


OUTBOUND_KPIS: tuple[Kpi, ...] = (
    Kpi(
        id="O1",
        key="rpc_rate",
        title="Right-party contact rate",
        title_ja="RPC率",
        definition="Share of the completed records of lists whose right party was reached.",
        numerator=terms("rec_rpc"),
        denominator=terms("rec_done"),
        basis=Basis.END,
        unit=Unit.RATIO,
        direction=Direction.UP,
        metrics=Metrics(day="cc_day_rpc_ratio"),
        boards=("intraday", "month"),
        certification=Certification(item="4.3", type="service"),
        example="O1",
    ),
    Kpi(
        id="O2",
        key="list_backlog",
        title="List backlog",
        title_ja="リストの未処理",
        definition="Records behind their plan at the ends of the days, over the daily plan; what one "
        "list or day is ahead makes up for no other.",
        numerator=terms("list_behind_n"),
        denominator=terms("plan_per_day"),
        basis=Basis.SNAPSHOT,
        unit=Unit.DAYS,
        direction=Direction.DOWN,
        boards=("intraday", "month"),
        alert=Alert(
            name="ListBehindPlan", compares="above", warning=1, critical=2, min_volume=5, for_s=300
        ),
        certification=Certification(item="4.3", type="service"),
        example="O2",
    ),
    Kpi(
        id="O2",
        key="list_backlog_net_variant",
        title="List backlog, netted",
        title_ja="リストの未処理(差引・参考)",
        definition="Records due by plan less those dialled at the ends of the days, over the daily "
        "plan; lists ahead of their plan hide others behind.",
        numerator=terms("plan_cum - dialled_cum"),
        denominator=terms("plan_per_day"),
        basis=Basis.SNAPSHOT,
        unit=Unit.DAYS,
        direction=Direction.DOWN,
        boards=("month",),
        example="O2",
    ),
    Kpi(
        id="O3",
        key="dialer_completion",
        title="Dialer completion",
        title_ja="ダイアラーの完了率",
        definition="Share of the records of lists that were dialled, told when a record is completed "
        "or its list was to be done.",
        numerator=terms("dialled_n"),
        denominator=terms("list_n"),
        basis=Basis.END,
        unit=Unit.RATIO,
        direction=Direction.UP,
        metrics=Metrics(day="cc_day_dialer_completion_ratio"),
        boards=("intraday", "month"),
        certification=Certification(item="4.3", type="efficiency"),
        example="O3",
    ),
    Kpi(
        id="O3",
        key="dialer_effectiveness",
        title="Dialer effectiveness",
        title_ja="ダイアラーの有効性(完了率)",
        definition="Share of the same records of which anybody was talked to (the KSP's variant).",
        numerator=terms("contact_n"),
        denominator=terms("list_n"),
        basis=Basis.END,
        unit=Unit.RATIO,
        direction=Direction.UP,
        boards=("month",),
        certification=Certification(item="4.5", type=""),
        example="O3",
    ),
    _volume(
        "volume_dials",
        ("Attempts dialled", "発信件数"),
        "Attempts that were dialled, whatever came of them.",
        "dials_n",
        "dials",
    ),
    _volume(
        "volume_connects",
        ("Attempts answered by a person", "接続件数"),
        "Attempts that a person answered, the right one or not.",
        "connects_n",
        "dials_connected",
    ),
    _volume(
        "volume_rpc",
        ("Right-party contacts", "RPC件数"),
        "Attempts that reached the right party.",
        "rpc_n",
        "right_party_contacts",
    ),
    _volume(
        "volume_dialer_abandoned",
        ("Abandoned by the dialer", "ダイアラー放棄件数"),
        "Attempts that a person answered and nobody of the center was there to take.",
        "dialer_abn_n",
        "dials_abandoned",
    ),
    _volume(
        "volume_records_listed",
        ("Records listed", "リスト登録件数"),
        "Records put on a list.",
        "rec_listed",
    ),
    _volume(
        "volume_records_completed",
        ("Records completed", "リスト完了件数"),
        "Records completed: right party reached, attempts exhausted, or not to be called.",
        "rec_done",
    ),
    _live(
        "records_on_list",
        ("Records on the lists", "リスト残件数"),
        "cc_list_records_open",
        "Records that are neither completed nor withdrawn now.",
    ),
    _live(
        "records_never_dialled",
        ("Never dialled", "未発信件数"),
        "cc_list_records_never_dialled",
        "Of these, those not dialled yet.",
    ),
    _live(
        "list_behind",
        ("Behind plan", "計画比の遅れ件数"),
        "cc_list_records_behind",
        "Records that lists told of today are behind their plan now.",
    ),
    _live(
        "list_daily_plan",
        ("Daily plan", "日次発信計画"),
        "cc_list_records_planned_per_day",
        "Records that these lists plan to have dialled a day.",
    ),
)


def _measure(key: str, title: str, says: str, metric: str) -> Measure:
    return Measure(
        key=key,
        title=title,
        definition=says,
        numerator=terms(key),
        basis=Basis.END,
        unit=Unit.COUNT,
        metrics=Metrics(day=metric),
    )


OUTBOUND_MEASURES: tuple[Measure, ...] = (
    _measure(
        "rec_rpc",
        "Records completed by their right party",
        "Of the completed records, those whose right party was reached.",
        "cc_day_records_completed_by_rpc",
    ),
    _measure(
        "list_n",
        "Records of lists at their end",
        "Records that were completed, or whose list was to be done.",
        "cc_day_list_records",
    ),
    _measure("dialled_n", "Records dialled", "Of these, those dialled.", "cc_day_records_dialled"),
)
"""Sums exported because ratios are rolled up from them."""

NOT_COMPUTED: dict[str, tuple[str, str]] = {
    "rpc_per_hour": (
        "O4, right-party contacts per staffed hour, is not computed: contacts are counted by "
        "campaign and where they end, staffed hours by staffing group and cut at interval edges, "
        "and a group that also answers calls has no hours of its own for a campaign",
        "import the dialer's figure as a row of the score (item 4.3, type efficiency)",
    ),
}
"""KPIs of the definitions that would be wrong without a sign of it: why, and what to do instead."""
