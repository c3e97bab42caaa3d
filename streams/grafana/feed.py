"""Feed and workers: whether the figures can be known at all, and who works them out."""

from streams.grafana.panel import PROGRAM_VARIABLE, PROGRAMS, Board, Look, Panel, Query
from streams.grafana.words import LIVE, VERDICT, Text
from streams.rules.feed import UP

_FREED = "without (instance, job, pod)"
_DOWN = Look(((0, "red", Text("▼ down", "▼ 停止")), (1, "green", Text("▲ up", "▲ 稼働"))))
_CATCHING_UP = Look(((0, "green", LIVE), (1, "orange", Text("▼ catching up", "▼ 追い付き中"))))
_LAG = Text("Behind", "遅れ")


def _feeds() -> tuple[Panel, ...]:
    lag = f"max by (source, program) (feed:cc_feed_lag_seconds:max{PROGRAMS})"
    limit = f"max by (source, program) (feed:cc_feed_silence_limit_seconds:max{PROGRAMS})"
    judged = Look(
        (
            (float("-inf"), "red", Text("? silent", "? 無音")),
            (0, "orange", Text("▼ late", "▼ 遅延")),
            (0.75, "green", LIVE),
        )
    )
    return (
        Panel(
            "table",
            Text("Sources", "ソース"),
            Text(
                "How old what a source has promised is; beyond its limit its figures are unknown.",
                "ソースが保証する時点の古さ。限度を超えると数値は不明。",
            ),
            (
                Query(lag, _LAG, "s"),
                Query(limit, Text("Limit", "限度"), "s"),
                Query(f"1 - {lag} / {limit}", VERDICT, look=judged),
            ),
            worst=(_LAG, True),
            width=14,
            height=9,
        ),
        Panel(
            "table",
            Text("Completeness of the day", "当日の完全性"),
            Text(
                "Contacts whose outcome is known or can still come, of those heard of.",
                "結果が判明済みまたは判明しうる件数の割合。",
            ),
            (
                Query(
                    f"max by (program) (program:cc_day_contacts_known:sum{PROGRAMS})"
                    f" / (max by (program) (program:cc_day_contacts_heard_of:sum{PROGRAMS}) > 0)",
                    Text("Completeness", "完全性"),
                    "percentunit",
                    Look(((0, "red", None), (0.95, "orange", None), (0.99, "green", None))),
                ),
            ),
            worst=(Text("Completeness", "完全性"), False),
            width=10,
            height=9,
        ),
    )


def _rate(metric: str, labels: str) -> str:
    return f"sum by ({labels}) (rate({metric}[$__rate_interval]))"


def _flows() -> tuple[Panel, ...]:
    return (
        Panel(
            "lines",
            Text("Events folded", "処理イベント"),
            Text("Events a second by topic.", "トピック別、毎秒。"),
            (Query(_rate("cc_events_total", "topic"), Text("", ""), legend="{{topic}}"),),
            unit="eps",
            width=8,
        ),
        Panel(
            "lines",
            Text("Events rejected", "拒否イベント"),
            Text(
                "By topic and reason; each is kept with its place and its bytes.",
                "トピックと理由別。すべて保存される。",
            ),
            (
                Query(
                    _rate("cc_events_rejected_total", "topic, reason"),
                    Text("", ""),
                    legend="{{topic}} {{reason}}",
                ),
            ),
            unit="eps",
            width=8,
        ),
        Panel(
            "lines",
            Text("Not folded yet", "未処理"),
            Text(
                "Age of the newest event folded, by topic and partition (Kafka).",
                "処理済み最新イベントの古さ、パーティション別(Kafka)。",
            ),
            (
                Query(
                    f"max {_FREED} (cc_consumer_event_lag_seconds)",
                    Text("", ""),
                    legend="{{topic}} {{partition}}",
                ),
            ),
            unit="s",
            width=8,
        ),
    )


def feed() -> Board:
    """Sources, workers and the alerts that fire."""
    return Board(
        "feed",
        Text("Feed and workers", "フィードとワーカー"),
        Text(
            "While a source is silent its figures are unknown: look here first.",
            "ソースが無音の間、数値は不明。まずここを確認。",
        ),
        (
            *_feeds(),
            *_flows(),
            Panel(
                "table",
                Text("Workers", "ワーカー"),
                Text(
                    "Who answers, who is catching up, how long the page takes to render.",
                    "応答、追い付き、描画時間。",
                ),
                (
                    Query(f"max by (instance) ({UP})", Text("Answers", "応答"), look=_DOWN),
                    Query(
                        "max by (instance) (cc_recovery_active)",
                        Text("Input", "入力"),
                        look=_CATCHING_UP,
                    ),
                    Query(
                        "max by (instance) (cc_export_render_seconds)",
                        Text("Rendering", "描画"),
                        "s",
                    ),
                    Query(
                        "max by (instance) (cc_visits_in_memory)", Text("Visits held", "保持件数")
                    ),
                    Query(
                        "max by (instance) (cc_view_timestamp_seconds - on (instance) group_right ()"
                        " cc_checkpoint_timestamp_seconds"
                        # Where nothing comes nothing is written: many a partition has no program.
                        " and on (instance, partition) (cc_consumer_event_lag_seconds < 300))",
                        Text("Checkpoint, age", "チェックポイント経過"),
                        "s",
                    ),
                ),
                width=12,
            ),
            Panel(
                "table",
                Text("Alerts firing", "発報中のアラート"),
                Text(
                    "All that fire now, before routing and inhibition.", "発報中のすべて(抑制前)。"
                ),
                (
                    Query(
                        "max by (alertname, severity, level, program, queue, site, group) "
                        '(ALERTS{alertstate="firing",alertname!="Watchdog",program=~"$program|"})',
                        Text("Fires", "発報"),
                    ),
                ),
                width=12,
            ),
        ),
        PROGRAM_VARIABLE,
        since="now-3h",
    )
