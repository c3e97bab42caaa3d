"""Alerts on what comes against what was planned, and on the plan itself (features 4.3; definitions 6.2, 6.4).

A deviation counts only if it is large (share of the forecast), more than chance (z or t), and of
enough contacts. No plan is told as such and is never taken for zero.
"""

from collections.abc import Iterator
from itertools import pairwise

from streams.rules.rule import Alert, Direction, Record, Severity
from streams.rules.service import OPEN, TARGET

_LIMITS: tuple[tuple[Severity, float, int], ...] = (("warning", 0.08, 2), ("critical", 0.15, 3))
_MUCH: tuple[float, float, int] = 0.2, 3.5, 30
"""Share of the forecast handle time, its product with the root of the contacts, and contacts: a few very
long ones make a mean long. Handle times vary by some 0.65 of their mean, so this is over five deviations."""
_SURGES: tuple[tuple[Severity, float, float, int], ...] = (
    ("warning", 0.1, 3, 480),
    ("critical", 0.25, 4.4, 60),
)
_WEIGHTS = 3, 2, 1
"""Of the last three quarter-hours, the newest first: of what grows it tells most. On 78 recorded days these tell of
31 surges of 37 before they are felt, 58 minutes after they begin; an even half-hour, with about as much told in
vain, of 30 after 66."""
_LEAST = 20
_LEAST_SURGE = 15
"""Contacts due in a quarter-hour: below them a share says little, and chance is far from normal."""
_SHARE = "{{ if gt $value 0.0 }}+{{ end }}{{ $value | humanizePercentage }}"
_DUE, _CAME = "queue:cc_contacts_due_weighted:sum45m", "queue:cc_contacts_came_weighted:sum45m"
_CHANCE = "queue:cc_contacts_due_variance:sum45m"
_DAY_DUE, _DAY_CAME = (
    "queue:cc_day_forecast_contacts_to_date:max",
    "queue:cc_day_contacts_offered:sum",
)
_HANDLED, _SECONDS = "queue:cc_contacts_handled:sum45m", "queue:cc_handle_seconds:sum45m"
_HANDLE_TIME = "queue:cc_handle_time_deviation:ratio45m"
_FORECAST = "queue:cc_interval_forecast"
_SECONDS_DUE, _TIMED = "queue:cc_forecast_seconds_timed:max", "queue:cc_forecast_contacts_timed:max"
"""Of intervals that have a handle time forecast: contacts of others are not in its mean."""


def _weighted(day: str, power: int = 1) -> str:
    """What a day's count rose by in a quarter-hour: the mean of the last three, by weight; or its variance.

    `power` 2: the variance of that mean, where the count's own is as large as the count is. The day's count begins
    anew at midnight, and is given nothing until three quarters are over.
    """
    times = [weight**power for weight in _WEIGHTS]
    falls = [one - older for one, older in pairwise((*times, 0))]
    before = "".join(
        f"\n    - {f'{fall} * ' if fall > 1 else ''}{day} offset {minutes}m"
        for fall, minutes in zip(falls, (15, 30, 45), strict=True)
    )
    total = f"(\n  {times[0]} * {day}{before}\n) / {sum(_WEIGHTS) ** power}"
    return f"{total}\nand {day} >= {day} offset 45m"


RECORDS = (
    Record(_DUE, _weighted(_DAY_DUE)),
    Record(_CAME, _weighted(_DAY_CAME)),
    Record(_CHANCE, _weighted(_DAY_DUE, 2)),
    *(
        Record(name, f"({day} - {day} offset {name[-3:]}) >= 0")
        for name, day in (
            (_HANDLED, "queue:cc_day_contacts_handled:sum"),
            (_SECONDS, "queue:cc_day_handle_seconds:sum"),
        )
    ),
    # Side by side, so that both have their samples at the same moments.
    Record(_SECONDS_DUE, f"{_FORECAST}_handle_seconds:max and {_FORECAST}_contacts:max"),
    Record(_TIMED, f"{_FORECAST}_contacts:max and {_FORECAST}_handle_seconds:max"),
    Record(
        _HANDLE_TIME,
        # Against the forecast of the same 45 minutes: that of the interval that has just begun may be another.
        f"{_SECONDS} / ({_HANDLED} > 0)\n"
        f"/ (sum_over_time({_SECONDS_DUE}[45m]) / (sum_over_time({_TIMED}[45m]) > 0)) - 1",
    ),
)


def demand_alerts() -> list[Alert]:
    """Volume and handle time."""
    return [*_volume(), *_surge(), *_handle_time()]


def _volume() -> Iterator[Alert]:
    of = "queue:cc_day_volume_deviation"
    for severity, share, score in _LIMITS:
        now, before = (
            f"abs({of}_ratio:max{back}) >= {share}\nand abs({of}_score:max{back}) >= {score}"
            for back in ("", " offset 15m")
        )
        yield Alert(
            "VolumeDeviation",
            severity,
            "demand",
            "queue",
            f"{of}_ratio:max\nand {now}\nand {before}\nand {_DAY_DUE} >= {_LEAST}\n{OPEN}",
            f"{{{{ $labels.queue }}}}: volume of the day is {_SHARE} against its forecast",
            for_s=300,
            board="deviation",
        )


def _surge() -> Iterator[Alert]:
    """Of the last 45 minutes: the day as a whole learns of a surge when it is long felt."""
    more = f"({_CAME} - {_DUE})"
    for severity, share, score, for_s in _SURGES:
        yield Alert(
            "VolumeSurge",
            severity,
            "demand",
            "queue",
            f"{more} / ({_DUE} >= {_LEAST_SURGE}) >= {share}\nand {more} >= {score} * sqrt({_CHANCE})\n{OPEN}",
            f"{{{{ $labels.queue }}}}: what comes in a quarter-hour is {_SHARE} against its forecast",
            for_s=for_s,
            board="deviation",
        )


def _handle_time() -> Iterator[Alert]:
    """A little of this interval; much of three quarters of an hour, whose mean is of enough contacts."""
    of = "queue:cc_interval_aht_deviation"
    yield Alert(
        "HandleTimeDeviation",
        "warning",
        "demand",
        "queue",
        f"{of}_ratio:max\nand abs({of}_ratio:max) >= 0.1\nand abs({of}_score:max) >= 2\n"
        # The score is the share times the root of the contacts that the mean is of.
        f"and {of}_score:max ^ 2 >= {_LEAST} * {of}_ratio:max ^ 2\n{OPEN}",
        f"{{{{ $labels.queue }}}}: handle time of this interval is {_SHARE} against its forecast",
        for_s=60,
        keep_s=1800,  # the next interval has to gather its contacts first
        board="deviation",
    )
    share, score, least = _MUCH
    both: tuple[tuple[Direction, str], ...]
    both = ("longer", _HANDLE_TIME), ("shorter", f"-1 * {_HANDLE_TIME}")
    for direction, apart in both:
        yield Alert(
            "HandleTimeDeviation",
            "critical",
            "demand",
            "queue",
            f"{_HANDLE_TIME}\nand {apart} >= {share}\n"
            f"and {apart} * sqrt({_HANDLED}) >= {score}\nand {_HANDLED} >= {least}\n{OPEN}",
            f"{{{{ $labels.queue }}}}: handle time of 45 minutes is {_SHARE} against its forecast",
            for_s=120,
            keep_s=600,
            board="deviation",
            direction=direction,  # nobody waits because contacts are shorter
        )


def plan_alerts() -> list[Alert]:
    """What is missing in the plan, contradicts itself, or has changed."""
    opened, missing = "queue:cc_queue_open:max == 1", "sum without (queue, channel)"
    newest = "queue:cc_plan_newest_version:max"
    scheduled = "group:cc_day_staff_scheduled_seconds:sum > 0"
    abandonment = 'queue:cc_queue_abandonment_target_ratio:max{channel="voice"}'
    return [
        Alert(
            "ForecastMissing",
            "warning",
            "plan",
            "program",
            f"{missing} (({opened}) unless queue:cc_day_forecast_contacts:max)",
            "{{ $labels.program }}: {{ $value }} open queues have no forecast for today",
            for_s=1800,
        ),
        Alert(
            "ScheduleMissing",
            "warning",
            "plan",
            "group",
            f"group:cc_staff_working:sum > 0\nunless {scheduled}",
            "{{ $labels.group }}: {{ $value }} people work and nobody is scheduled today",
            for_s=1800,
            board="staffing",
        ),
        Alert(
            "TargetMissing",
            "warning",
            "plan",
            "program",
            f"{missing} (({opened}) unless {TARGET})",
            "{{ $labels.program }}: {{ $value }} open queues have no service level target",
            for_s=1800,
        ),
        Alert(
            "TargetsInconsistent",
            "info",
            "plan",
            "queue",
            # Who is answered in T does not abandon: a promise of SL leaves at most 1 - SL to abandon.
            f"{TARGET} + {abandonment} > 1",
            "{{ $labels.queue }}: the service level target leaves no room for the abandonment target",
            for_s=1800,
        ),
        Alert(
            "PlanVersionChanged",
            "info",
            "plan",
            "queue",
            f"({newest} > queue:cc_plan_version:max)\nunless {newest} == {newest} offset 30m",
            "{{ $labels.queue }}: version {{ $value }} of the forecast came after the official one",
            keep_s=0,
        ),
        Alert(
            "ContactsInClosedQueue",
            "warning",
            "plan",
            "queue",
            "queue:cc_contacts_waiting:sum > 0\nand on (program, queue, channel) "
            "(queue:cc_queue_open:max == 0)",
            "{{ $labels.queue }}: {{ $value }} contacts wait outside its opening hours",
            for_s=300,
            board="floor",
        ),
    ]
