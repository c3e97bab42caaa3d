"""Cases of streams.rules.feed."""

from tests.rules.case import CELL, Case

_FEED = 'source="s",program="PROGRAM"'
_MARK = f"cc_feed_watermark_timestamp_seconds{{{_FEED}}}"
_NOW = {"cc_view_timestamp_seconds": 10_000.0}


def _state(state: str, holds: float, source: str = "s") -> dict[str, float]:
    return {f'cc_feed_state{{source="{source}",program="PROGRAM",state="{state}"}}': holds}


def _known(share: float | None, of: float = 1000) -> dict[str, float | None]:
    return {
        f"cc_day_contacts_known{{{CELL}}}": None if share is None else of * share,
        f"cc_day_contacts_heard_of{{{CELL}}}": None if share is None else of,
    }


def _lag(seconds: float, records: float = 5) -> dict[str, float]:
    of = 'topic="PROGRAM",partition="3"'
    return {
        f"cc_consumer_event_lag_seconds{{{of}}}": seconds,
        f"cc_consumer_lag_records{{{of}}}": records,
    }


_FEED_CASES = (
    Case(
        *("FeedLate", "warning", "feed"),
        bad={_MARK: 9_969},
        good={_MARK: 9_970},
        always=_NOW | {f"cc_feed_silence_limit_seconds{{{_FEED}}}": 120},
        after=2,
        tail=5,
    ),
    # A source without heartbeats is held to its own limit.
    Case(
        *("FeedLate", "warning", "feed"),
        label="",
        bad={},
        good={_MARK: 9_100},
        always=_NOW | {f"cc_feed_silence_limit_seconds{{{_FEED}}}": 1_020},
        kinds=("quiet",),
    ),
    Case(
        *("FeedSilent", "critical", "feed"),
        bad=_state("silent", 1),
        good=_state("silent", 0),
        after=0,
        tail=5,
        flap="steady",
        kinds=("fires", "quiet", "flaps", "idle", "moves"),
    ),
    # A worker that is catching up has not heard from a source yet; that is no silence.
    Case(
        *("FeedSilent", "critical", "feed"),
        label="",
        bad={},
        good=_state("silent", 1),
        always={"cc_recovery_active": 1},
        kinds=("quiet",),
    ),
    Case(
        *("FeedMissing", "warning", "program"),
        bad=_state("missing", 1, ""),
        good=_state("missing", 0, ""),
        after=11,
        tail=5,
    ),
    Case(
        *("FeedHole", "critical", "worker"),
        bad={'cc_feed_holes_total{instance="PROGRAM"}+': 1},
        good={'cc_feed_holes_total{instance="PROGRAM"}+': 0},
        label="instance",
        after=1,
        lasts=1,
        tail=20,
        kinds=("fires", "quiet", "idle", "late"),
    ),
    *(
        Case(
            *("CompletenessLow", severity, "program"),
            bad=_known(bad),
            good=_known(good),
            idle=_known(0, 0),
            after=7,
        )
        for severity, bad, good in (("warning", 0.98, 0.99), ("critical", 0.94, 0.95))
    ),
    *(
        Case(
            *("ConsumerLag", severity, "worker"),
            bad=_lag(limit + 1),
            good=_lag(limit),
            idle=_lag(9_000, 0),  # nothing comes, and nothing waits
            label="topic",
            tail=5,
        )
        for severity, limit in (("warning", 30), ("critical", 120))
    ),
)
_AT = 'instance="PROGRAM"'
_REJECTED = 'cc_events_rejected_total{topic="PROGRAM",reason="%s"}+'
_EVENT_LAG = 'cc_consumer_event_lag_seconds{topic="%s",partition="%s",' + _AT + "}"
_EVENTS = 'cc_events_total{topic="PROGRAM"}+'
_MONITOR = (
    Case(
        *("WorkerDown", "critical", "worker"),
        bad={f'up{{job="floorwatch",{_AT}}}': 0},
        good={f'up{{job="floorwatch",{_AT}}}': 1},
        label="instance",
        tail=5,
    ),
    Case(
        *("WorkersMissing", "critical", "worker"),
        bad={'up{job="floorwatch"}': 0},
        good={'up{job="floorwatch"}': 1},
        label="",
        tail=5,
        kinds=("fires", "quiet", "flaps"),
    ),
    Case(
        *("RecoveryStuck", "critical", "worker"),
        bad={f"cc_recovery_active{{{_AT}}}": 1},
        good={f"cc_recovery_active{{{_AT}}}": 0},
        label="instance",
        after=11,
        tail=5,
    ),
    Case(
        *("ViewStale", "critical", "worker"),
        bad={f"cc_view_timestamp_seconds{{{_AT}}}+": 0},
        good={f"cc_view_timestamp_seconds{{{_AT}}}+": 60},
        label="instance",
        after=4,
        tail=5,
        kept=False,
        kinds=("fires", "quiet", "flaps", "idle"),
    ),
    Case(
        *("CheckpointOld", "warning", "worker"),
        bad={f'cc_checkpoint_timestamp_seconds{{partition="PROGRAM",{_AT}}}': 9_699},
        good={f'cc_checkpoint_timestamp_seconds{{partition="PROGRAM",{_AT}}}': 9_700},
        always={
            f"cc_view_timestamp_seconds{{{_AT}}}": 10_000,
            _EVENT_LAG % ("acd", "PROGRAM"): 5,
            _EVENT_LAG % ("chat", "PROGRAM"): 4_000,
        },
        label="partition",
        tail=5,
    ),
    Case(
        *("CheckpointOld", "warning", "worker"),
        label="",
        bad={},
        good={
            f'cc_checkpoint_timestamp_seconds{{partition="{number}",{_AT}}}': 100
            for number in range(3)
        },
        always={
            f"cc_view_timestamp_seconds{{{_AT}}}": 10_000,
            f'cc_checkpoint_timestamp_seconds{{partition="4",{_AT}}}': 9_990,
            f'cc_events_total{{topic="acd",{_AT}}}+': 10,
            _EVENT_LAG % ("acd", "1"): 300,
            _EVENT_LAG % ("acd", "4"): 5,
        },
        kinds=("quiet",),  # nothing has come there since the last one, or never anything
    ),
    Case(
        *("EventsRejected", "warning", "worker"),
        bad={_REJECTED % "unknown_type": 2, _EVENTS: 100},
        good={_REJECTED % "unknown_type": 0, _EVENTS: 100},
        idle={_REJECTED % "unknown_type": 0, _EVENTS: 0},
        label="topic",
        tail=20,
        flap="steady",
    ),
    Case(
        *("EventsTooLate", "warning", "worker"),
        bad={_REJECTED % "too_late": 1},
        good={_REJECTED % "too_late": 0},
        label="topic",
        tail=20,
        flap="steady",
    ),
    Case(
        *("IntervalsRestated", "info", "worker"),
        bad={f"cc_intervals_restated_total{{{_AT}}}+": 1},
        good={f"cc_intervals_restated_total{{{_AT}}}+": 0},
        label="instance",
        tail=20,
        flap="steady",
    ),
    Case(
        *("PageFailing", "warning", "worker"),
        bad={f"cc_export_errors_total{{{_AT}}}+": 1},
        good={f"cc_export_errors_total{{{_AT}}}+": 0},
        label="instance",
        tail=12,
        flap="steady",
    ),
    Case(
        *("PageSlow", "warning", "worker"),
        bad={f"cc_export_render_seconds{{{_AT}}}": 1.1},
        good={f"cc_export_render_seconds{{{_AT}}}": 1},
        label="instance",
        after=7,
        tail=5,
    ),
    # Whatever happens, there it is.
    Case(
        *("Watchdog", "info", "worker"),
        bad=_NOW,
        good=_NOW,
        label="",
        kinds=("always",),
    ),
)
FEED = (*_FEED_CASES, *_MONITOR)
