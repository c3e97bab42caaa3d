"""Japanese of alerts on the feeds and on Floorwatch itself."""

SENTENCES: dict[str, dict[str, str]] = {
    "FeedLate": {
        "{source} ({program}): promises nothing younger than {age}": (
            "{source}({program}): データの到達が{age}遅れ"
        ),
    },
    "FeedSilent": {
        "{source} ({program}): silent; its figures are unknown": (
            "{source}({program}): データ途絶、このデータ源の値は不明"
        ),
    },
    "FeedMissing": {
        "{program}: planned, but no source has told anything of it": (
            "{program}: 計画にあるが、どのデータ源からも未受信"
        ),
    },
    "FeedHole": {
        "A stretch of a source was gone before it was read: its intervals are incomplete": (
            "データ源の一部が読み取り前に失われたため、該当区間は不完全"
        ),
    },
    "CompletenessLow": {
        "{program}: outcome known of {share} of the day's contacts": (
            "{program}: 本日の件数のうち結果が判明しているのは{share}"
        ),
    },
    "ConsumerLag": {
        "{topic} {partition}: {age} behind": "{topic} {partition}: 処理が{age}遅れ",
    },
    "WorkerDown": {"{worker} does not answer": "{worker}: ワーカーの応答なし"},
    "WorkersMissing": {"No worker answers": "応答するワーカーなし"},
    "RecoveryStuck": {
        "{worker} has not caught up with its input for 10 minutes": (
            "{worker}: 10分経過しても過去データの処理が終わらず"
        ),
    },
    "ViewStale": {
        "{worker}: the figures have stood still for 2 minutes": "{worker}: 2分間、値の更新なし",
    },
    "CheckpointOld": {
        "Partition {partition}: newest checkpoint {age} ago": (
            "パーティション{partition}: 最新チェックポイントから{age}経過"
        ),
    },
    "EventsRejected": {
        "Topic {topic}: {share} of events rejected in 15 minutes": (
            "トピック{topic}: 直近15分のイベントの{share}が不採用"
        ),
    },
    "EventsTooLate": {
        "Topic {topic}: {events} events came too late to count": (
            "トピック{topic}: 遅すぎて集計できないイベント{events}件"
        ),
    },
    "IntervalsRestated": {
        "{values} final values have changed; the ledger says why": (
            "確定値{values}件を修正(理由は台帳に記録)"
        ),
    },
    "PageFailing": {
        "{worker}: /metrics could not be rendered": "{worker}: /metricsの出力に失敗",
    },
    "PageSlow": {
        "{worker}: rendering /metrics takes {time}": "{worker}: /metricsの出力に{time}",
    },
    "Watchdog": {
        "Always there: whoever stops receiving it knows that alerting is broken": (
            "常時発報: 届かなくなったらアラートの仕組みの故障"
        ),
    },
}
"""By alert: English with names of values, and Japanese with the same names."""
