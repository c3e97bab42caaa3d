"""Cases of streams.rules.service: who waits long, and who gives up."""

from tests.rules.case import OPEN, QUEUE, Case

_OLDEST = f"cc_contacts_oldest_waiting_timestamp_seconds{{{QUEUE}}}"
_WAIT = tuple(
    Case(
        *("OldestWaitHigh", severity, "queue"),
        bad={_OLDEST: 10_000 - times * 20 - 1},
        good={_OLDEST: 10_000 - times * 20},
        idle={_OLDEST: None},
        always=OPEN
        | {
            f"cc_queue_service_level_threshold_seconds{{{QUEUE}}}": 20.0,
            f"cc_contacts_waiting{{{QUEUE}}}": 3,
            "cc_view_timestamp_seconds": 10_000.0,
        },
    )
    for severity, times in (("warning", 3), ("critical", 6))
)
_ALONE = (
    # One who waits long, and another.
    Case(
        *("OldestWaitHigh", "critical", "queue"),
        label="",
        bad={},
        good={_OLDEST: 9_000},
        always=OPEN
        | {
            f"cc_queue_service_level_threshold_seconds{{{QUEUE}}}": 20.0,
            f"cc_contacts_waiting{{{QUEUE}}}": 2,
            "cc_view_timestamp_seconds": 10_000.0,
        },
        kinds=("quiet",),
    ),
)
_LATE = (
    # Who waits by a feed that is late may long have been answered.
    Case(
        *("OldestWaitHigh", "critical", "queue"),
        label="",
        bad={},
        good={_OLDEST: 9_000},
        always=OPEN
        | {
            f"cc_queue_service_level_threshold_seconds{{{QUEUE}}}": 20.0,
            f"cc_contacts_waiting{{{QUEUE}}}": 3,
            "cc_view_timestamp_seconds": 10_000.0,
            'cc_feed_watermark_timestamp_seconds{source="s",program="PROGRAM"}': 9_969,
            'cc_feed_silence_limit_seconds{source="s",program="PROGRAM"}': 120,
        },
        kinds=("quiet",),
    ),
)
_ABANDONED = tuple(
    Case(
        *("AbandonmentHigh", severity, "queue"),
        bad={f"cc_contacts_abandoned_total{{{QUEUE}}}+": bad},
        good={f"cc_contacts_abandoned_total{{{QUEUE}}}+": 1},
        idle={f"cc_contacts_abandoned_total{{{QUEUE}}}+": 0},
        always=OPEN
        | {
            f"cc_queue_abandonment_target_ratio{{{QUEUE}}}": 0.125,
            f"cc_contacts_offered_total{{{QUEUE}}}+": 10,
        },
        lead=40,
        after=30,
        lasts=40,
        tail=45,
        flap="quiet",
    )
    for severity, bad in (("warning", 3), ("critical", 5))
)
_BY_CHANCE = tuple(
    Case(
        *("AbandonmentHigh", severity, "queue"),
        label="",
        bad={},
        good={f"cc_contacts_abandoned_total{{{QUEUE}}}+": lost},
        always=OPEN
        | {
            f"cc_queue_abandonment_target_ratio{{{QUEUE}}}": 0.125,
            f"cc_contacts_offered_total{{{QUEUE}}}+": offered,
        },
        lead=40,
        kinds=("quiet",),
    )
    for severity, lost, offered in (
        # A quarter of thirty is over the limit of 19 %, and chance.
        ("warning", 0.25, 1),
        # Fifteen of fifteen gave up: too few were there to page somebody for.
        ("critical", 0.5, 0.5),
    )
)
_CHAT = QUEUE.replace("voice", "chat")


def _chats(asked: float, gone: float) -> dict[str, float]:
    cell = f'site="",{_CHAT}'
    return {
        f"cc_{window}_chats_{name}{{{cell}}}": count
        for window in ("interval", "last_interval")
        for name, count in (("requested", asked), ("abandoned", gone))
    }


_CHATS = tuple(
    Case(
        *("ChatAbandonmentHigh", severity, "queue"),
        bad=_chats(16, bad),
        good=_chats(16, good),
        idle=_chats(0, 0),
        always={
            f"cc_queue_open{{{_CHAT}}}": 1,
            f"cc_queue_abandonment_target_ratio{{{_CHAT}}}": 0.125,
        },
    )
    # 10 of 32 are over the limit of 19 %, and 18 over that of 38 %, but by less than chance may.
    for severity, bad, good in (("warning", 6, 5), ("critical", 10, 9))
)
WAITS = (*_WAIT, *_ALONE, *_LATE, *_ABANDONED, *_BY_CHANCE, *_CHATS)
