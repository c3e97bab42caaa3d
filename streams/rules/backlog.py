"""Alerts on deferred work: how late it is, and whether what falls due soon can be done (features 4.3).

What can be done is what was done in the two hours before, as long as there was work all the time:
who had nothing to do has shown no pace.
"""

from collections.abc import Iterator

from streams.rules.rule import Alert, Record
from streams.rules.service import PROMPT, both, limits_of

_DONE = "queue:cc_day_cases_done:sum"
_PACE = "queue:cc_cases_done:sum2h"
_OPEN = "and on (program, queue, channel) (queue:cc_case_queue_open:max == 1)"
_OPEN_BEFORE = _OPEN.replace(" == 1", " offset 2h == 1")
_LATE = "queue:cc_cases_average_time_late_seconds:max"
_LIMIT = "queue:cc_queue_average_time_late_limit_seconds:max"
RECORDS = (
    # The day's count begins anew at midnight: no pace is known until two hours later.
    Record(_PACE, f"{_DONE} - {_DONE} offset 2h\nunless resets({_DONE}[2h]) > 0"),
    Record(
        "queue:cc_cases_to_be_done_soon:sum",
        "queue:cc_cases_overdue:sum + queue:cc_cases_due_soon:sum",
    ),
    Record(
        "queue:cc_cases_can_be_done_soon:max",
        # By two deviations of chance more than was done: few completions say little of a pace.
        f"({_PACE} + 2 * sqrt({_PACE})) * queue:cc_queue_due_soon_seconds:max / 7200",
    ),
)


def backlog_alerts() -> list[Alert]:
    """All of them."""
    return [*_late(), *_due_soon()]


def _late() -> Iterator[Alert]:
    limits = limits_of("avg_time_late")
    for severity, times in both(limits):
        yield Alert(
            limits.name,
            severity,
            "service",
            "queue",
            f"{_LATE} > {times:g} * {_LIMIT}\n{_OPEN}\n{PROMPT}",
            "{{ $labels.queue }}: overdue work is {{ $value | humanizeDuration }} late on average, "
            f"over {times:.0%} of what is allowed",
            for_s=300,
            board="backlog",
        )


def _due_soon() -> Iterator[Alert]:
    limits = limits_of("due_soon")
    for severity, times in both(limits):
        yield Alert(
            limits.name,
            severity,
            "service",
            "queue",
            f"queue:cc_cases_to_be_done_soon:sum > {times:g} * queue:cc_cases_can_be_done_soon:max\n"
            f"and queue:cc_cases_due_soon:sum >= {limits.min_volume}\n"
            "and min_over_time(queue:cc_cases_open:sum[2h]) > 0\n"
            f"{_OPEN_BEFORE}\n{_OPEN}\n{PROMPT}",
            "{{ $labels.queue }}: {{ $value }} cases are overdue or due soon, over "
            f"{times:g} times what can be done by then at the pace of the last two hours",
            for_s=300,
            board="backlog",
        )
