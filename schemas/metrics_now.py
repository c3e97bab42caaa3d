"""Metrics of conversations with bots, deferred and outbound work, people's chats at this moment (definitions 5, 6.6).

The hour is the clock hour in the program's time zone, as far as it has passed. What began in it and
is still open counts as started: its containment can only rise by what is open.
"""

from schemas.metrics_family import GROUP, QUEUE, Family


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Family:
    return Family(name, "gauge", labels, text)


NOW_FAMILIES: tuple[Family, ...] = (
    _gauge("cc_bot_conversations_open", QUEUE, "Conversations with the bot that go on."),
    _gauge(
        "cc_bot_conversations_longest_open_timestamp_seconds",
        QUEUE,
        "First event of the one that has gone on longest.",
    ),
    _gauge(
        "cc_bot_hour_conversations_started",
        QUEUE,
        "Clock hour so far: conversations that the bot started.",
    ),
    _gauge(
        "cc_bot_hour_conversations_contained",
        QUEUE,
        "Of these, those that completed their task without a person.",
    ),
    _gauge(
        "cc_bot_hour_conversations_handed_off",
        QUEUE,
        "Of these, those that were handed to a person.",
    ),
    _gauge(
        "cc_bot_hour_containment_ratio",
        QUEUE,
        "Contained over started, of the same conversations.",
    ),
    *(
        _gauge(name, ("program",), text)
        for name, text in (
            (
                "cc_day_contact_attempts",
                "Local day so far: attempts to reach the program, of carriers where one counts its lines.",
            ),
            (
                "cc_day_contact_attempts_blocked",
                "Of these, those that failed on busy or full lines; where a source reports these.",
            ),
        )
    ),
    _gauge(
        "cc_cases_average_time_late_seconds",
        QUEUE,
        "Mean lateness of the cases that are overdue at this moment (D2 before the day has ended).",
    ),
    _gauge(
        "cc_case_queue_open", QUEUE, "Whether opening hours of a queue of deferred work run now."
    ),
    _gauge(
        "cc_queue_average_time_late_limit_seconds",
        QUEUE,
        "Average time late that is allowed of deferred work: the promised time, at most 24 h (D2).",
    ),
    _gauge(
        "cc_queue_due_soon_seconds", QUEUE, "So long before it is due deferred work is due soon."
    ),
    _gauge(
        "cc_list_backlog_days",
        QUEUE,
        "Records behind their plan over the daily plan, of lists told of today (O2 before the day has "
        "ended).",
    ),
    _gauge("cc_campaign_open", QUEUE, "Whether opening hours of a campaign run now."),
    _gauge(
        "cc_list_told_timestamp_seconds",
        QUEUE,
        "When the one of these lists was told of that was told of longest ago.",
    ),
    _gauge(
        "cc_staff_chats", GROUP, "Chats that people of the group hold, after-call work included."
    ),
    _gauge(
        "cc_staff_chat_slots",
        GROUP,
        "Slots for chats of those available, ringing, handling or in after-call work.",
    ),
    _gauge("cc_staff_chat_slot_load_ratio", GROUP, "Chats held over slots open, of this moment."),
)
