"""Alerts on the feeds and on Floorwatch itself (features 4.3; observability 3.3).

While a feed is silent the figures it feeds are unknown and have no series; these alerts say why and
inhibit those on figures, which go on for a while after they were last seen.
"""

from streams.rules.rule import WORKER, Alert

_OF = "{{ $labels.source }} ({{ $labels.program }})"
_CAUGHT_UP = "unless on (instance) cc_recovery_active == 1"
_KNOWN = "program:cc_day_contacts_known:sum / (program:cc_day_contacts_heard_of:sum >= 20)"
UP = 'up{job="floorwatch"}'


def _state(state: str) -> str:
    return f'max {WORKER} (cc_feed_state{{state="{state}"}} == 1 {_CAUGHT_UP})'


def feed_alerts() -> list[Alert]:
    """What comes in: late, silent, never heard, with holes, incomplete."""
    lag = f"{_OF}: promises nothing younger than {{{{ $value | humanizeDuration }}}}"
    return [
        Alert(
            "FeedLate",
            "warning",
            "feed",
            "feed",
            # 30 s where the limit is the usual 120; a source without heartbeats is given its disorder.
            "feed:cc_feed_lag_seconds:max > feed:cc_feed_silence_limit_seconds:max - 90",
            lag,
            for_s=30,
            keep_s=120,
            board="feed",
        ),
        Alert(
            "FeedSilent",
            "critical",
            "feed",
            "feed",
            _state("silent"),
            f"{_OF}: silent; its figures are unknown",
            keep_s=120,
            board="feed",
        ),
        Alert(
            "FeedMissing",
            "warning",
            "feed",
            "program",
            f"sum without (source, state) ({_state('missing')})",
            "{{ $labels.program }}: planned, but no source has told anything of it",
            for_s=600,
            keep_s=120,
            board="feed",
        ),
        Alert(
            "FeedHole",
            "critical",
            "feed",
            "worker",
            "increase(cc_feed_holes_total[15m]) > 0",
            "A stretch of a source was gone before it was read: its intervals are incomplete",
            keep_s=0,
            board="feed",
        ),
        *(
            Alert(
                "CompletenessLow",
                severity,  # type: ignore[arg-type]
                "feed",
                "program",
                f"{_KNOWN} < {least}",
                "{{ $labels.program }}: outcome known of {{ $value | humanizePercentage }} of the day's contacts",
                for_s=300,
                board="feed",
            )
            for severity, least in (("warning", 0.99), ("critical", 0.95))
        ),
        *(
            Alert(
                "ConsumerLag",
                severity,  # type: ignore[arg-type]
                "feed",
                "worker",
                f"max {WORKER} (cc_consumer_event_lag_seconds) > {limit}\n"
                f"and max {WORKER} (cc_consumer_lag_records) > 0",
                "{{ $labels.topic }} {{ $labels.partition }}: {{ $value | humanizeDuration }} behind",
                for_s=60,
                keep_s=120,
                board="feed",
            )
            for severity, limit in (("warning", 30), ("critical", 120))
        ),
    ]


def monitor_alerts() -> list[Alert]:
    """The workers, their page, what they reject, and the sign of life."""
    rejected = 'increase(cc_events_rejected_total{{reason{}"too_late"}}[15m])'
    others = f"sum without (instance, job, pod, reason) ({rejected.format('!=')})"
    alerts = (
        ("WorkerDown", "critical", f"{UP} == 0", "{{ $labels.instance }} does not answer", 60),
        ("WorkersMissing", "critical", f"absent({UP} == 1)", "No worker answers", 120),
        (
            "RecoveryStuck",
            "critical",
            "cc_recovery_active == 1",
            "{{ $labels.instance }} has not caught up with its input for 10 minutes",
            600,
        ),
        (
            "ViewStale",
            "critical",
            "changes(cc_view_timestamp_seconds[2m]) == 0",
            "{{ $labels.instance }}: the figures have stood still for 2 minutes",
            60,
        ),
        (
            "CheckpointOld",
            "warning",
            "cc_view_timestamp_seconds - on (instance) group_right () "
            "cc_checkpoint_timestamp_seconds > 300\n"
            # Where nothing is new nothing is committed: of that partition, for many have no program.
            "and on (instance, partition) min without (topic) (cc_consumer_event_lag_seconds) < 300",
            "Partition {{ $labels.partition }}: newest checkpoint {{ $value | humanizeDuration }} ago",
            60,
        ),
        (
            "EventsRejected",
            "warning",
            f"{others}\n  / ({others} + sum {WORKER} (increase(cc_events_total[15m]))) > 0.001",
            "Topic {{ $labels.topic }}: {{ $value | humanizePercentage }} of events rejected in 15 minutes",
            0,
        ),
        (
            "EventsTooLate",
            "warning",
            f"sum {WORKER} ({rejected.format('=')}) > 0",
            "Topic {{ $labels.topic }}: {{ $value | humanize }} events came too late to count",
            0,
        ),
        (
            "IntervalsRestated",
            "info",
            "increase(cc_intervals_restated_total[15m]) > 0",
            "{{ $value | humanize }} final values have changed; the ledger says why",
            0,
        ),
        (
            "PageFailing",
            "warning",
            "increase(cc_export_errors_total[5m]) > 0",
            "{{ $labels.instance }}: /metrics could not be rendered",
            0,
        ),
        (
            "PageSlow",
            "warning",
            "cc_export_render_seconds > 1",
            "{{ $labels.instance }}: rendering /metrics takes {{ $value | humanizeDuration }}",
            300,
        ),
    )
    return [
        *(
            Alert(name, severity, "monitor", "worker", expr, says, for_s, 120, "feed")  # type: ignore[arg-type]
            for name, severity, expr, says, for_s in alerts
        ),
        Alert(
            *("Watchdog", "info", "monitor", "worker", "vector(1)"),
            says="Always there: whoever stops receiving it knows that alerting is broken",
            keep_s=0,
            board="feed",
        ),
    ]
