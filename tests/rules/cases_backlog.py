"""Cases of streams.rules.backlog."""

from tests.rules.case import CELL, QUEUE, Case

_WORK = QUEUE.replace("voice", "deferred")
_OPEN = {f"cc_case_queue_open{{{_WORK}}}": 1.0}
_MEAN = f"cc_cases_average_time_late_seconds{{{_WORK}}}"
_ALLOWED = {f"cc_queue_average_time_late_limit_seconds{{{_WORK}}}": 86_400.0}
_LATE = tuple(
    Case(
        *("BacklogLate", severity, "queue"),
        bad={_MEAN: limit + 1},
        good={_MEAN: limit},
        idle={_MEAN: None},
        always=_OPEN | _ALLOWED,
        after=6,
    )
    for severity, limit in (("warning", 43_200), ("critical", 86_400))
)
_DONE = f"cc_day_cases_done{{{CELL.replace('voice', 'deferred')}}}+"
_SOON, _OVERDUE, _ANY = (f"cc_cases_{name}{{{_WORK}}}" for name in ("due_soon", "overdue", "open"))
# 36 are done in two hours; with two deviations 48, so 24 in the hour that is soon.
_PACE = _OPEN | {f"cc_queue_due_soon_seconds{{{_WORK}}}": 3600.0, _DONE: 1.5}
_DUE_SOON = (
    *(
        Case(
            *("BacklogDueSoon", severity, "queue"),
            bad={_SOON: limit - 5, _OVERDUE: 6},
            good={_SOON: limit - 5, _OVERDUE: 5},
            idle={_SOON: 0, _OVERDUE: 0, _ANY: 0, _DONE: 0},
            always=_PACE | {_ANY: 200},
            step_s=300,
            lead=30,
            after=2,
            lasts=12,
            tail=6,
        )
        for severity, limit in (("warning", 24), ("critical", 48))
    ),
    # Nobody had work half an hour before: what was done until then is no pace.
    Case(
        *("BacklogDueSoon", "critical", "queue"),
        label="",
        bad={_ANY: 200},
        good={_ANY: 0},
        always=_PACE | {_SOON: 100, _OVERDUE: 0},
        step_s=300,
        lead=30,
        lasts=12,
        tail=6,
        kinds=("flaps",),
    ),
)
_BEHIND = (
    # What was done meanwhile may not have been told.
    Case(
        *("BacklogLate", "critical", "queue"),
        label="",
        bad={},
        good={_MEAN: 100_000},
        always=_OPEN
        | _ALLOWED
        | {
            "cc_view_timestamp_seconds": 10_000.0,
            'cc_feed_watermark_timestamp_seconds{source="s",program="PROGRAM"}': 9_969,
            'cc_feed_silence_limit_seconds{source="s",program="PROGRAM"}': 120,
        },
        kinds=("quiet",),
    ),
)
BACKLOG = (*_LATE, *_DUE_SOON, *_BEHIND)
