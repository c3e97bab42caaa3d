"""Outbound work: lists against their plan, what is left on them, and what the dialer does today."""

from schemas.catalog import KPIS
from streams.grafana.panel import QUEUES, Board, Look, Panel, Query, Variable, of_queue
from streams.grafana.words import FAR, MET, MISSED, VERDICT, Text

_O2 = KPIS["list_backlog"]
_DAYS = of_queue("cc_list_backlog_days")
_VARIABLES = (
    Variable("program", "cc_campaign_open"),
    Variable("queue", "cc_campaign_open", ("program",)),
    Variable("channel", "cc_campaign_open", ("program", "queue")),
)


def _named(key: str) -> Text:
    return Text(KPIS[key].title, KPIS[key].title_ja)


def _look() -> Look:
    """By the limits of the alert, in days to spare: a day is allowed."""
    assert _O2.alert is not None
    spare = _O2.alert.warning - _O2.alert.critical
    return Look(((float("-inf"), "red", FAR), (spare, "orange", MISSED), (0, "green", MET)))


def _now() -> Panel:
    return Panel(
        "table",
        Text("Lists now: furthest behind first", "現在のリスト: 遅れの大きい順"),
        Text(
            "Records behind the plan, of lists that were told of today, in days of that plan, and what is left. "
            "Missed: over a day behind, far off: over two. Empty: the dialer has told of no list today.",
            "本日通知のあったリストの計画比の遅れ(日数・件数)と残件。未達: 1日超、大幅未達: 2日超。"
            "空欄: 本日は通知なし。",
        ),
        (
            Query(_DAYS, _named("list_backlog"), "none"),
            *(
                Query(of_queue(KPIS[key].metrics.now, "sum"), _named(key))
                for key in (
                    *("list_behind", "list_daily_plan", "records_on_list"),
                    "records_never_dialled",
                )
            ),
            Query(f"1 - {_DAYS}", VERDICT, "none", _look()),
        ),
        worst=(_named("list_backlog"), True),
        width=24,
        height=10,
    )


def _today() -> Panel:
    counts = ("volume_dials", "volume_connects", "volume_rpc", "volume_dialer_abandoned")
    return Panel(
        "table",
        Text("Dialer today", "本日のダイアラー"),
        Text(
            "Local day so far. The rate is of completed records, completion of those that ended.",
            "当日累計。RPC率は完了件数、完了率は終了したリスト件数が母数。",
        ),
        (
            *(Query(of_queue(KPIS[key].metrics.day, "sum"), _named(key)) for key in counts),
            Query(of_queue("cc_day_rpc_ratio", "ratio"), _named("rpc_rate"), "percentunit"),
            Query(
                of_queue("cc_day_dialer_completion_ratio", "ratio"),
                _named("dialer_completion"),
                "percentunit",
            ),
        ),
        width=24,
    )


def _curve(name: Text, says: Text, series: str) -> Panel:
    return Panel(
        "lines", name, says, (Query(f"{series}{QUEUES}", name, legend="{{queue}}"),), unit="none"
    )


def lists() -> Board:
    """Campaigns at this moment and through the day."""
    left = KPIS["records_on_list"]
    return Board(
        "lists",
        Text("Outbound lists", "アウトバウンド"),
        Text(
            "Lists of every campaign against their plan, what is left on them, and the dialer's day.",
            "キャンペーン別のリスト進捗・残件と当日の発信状況。",
        ),
        (
            _now(),
            _curve(
                _named("list_backlog"),
                Text("Days of the plan behind, by campaign.", "計画比の遅れ日数。キャンペーン別。"),
                "queue:cc_list_backlog_days:max",
            ),
            _curve(
                _named("records_on_list"),
                Text(left.definition, f"{left.title_ja}。キャンペーン別。"),
                f"queue:{left.metrics.now}:sum",
            ),
            _today(),
        ),
        _VARIABLES,
    )
