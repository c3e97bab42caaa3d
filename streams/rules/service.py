"""Alerts on what customers get: service level, abandonment, the oldest wait (features 4.3).

Limits come from the catalogue and from the queue's own target. A level above the queue is alerted
only where at least two of the level below are: one bad queue is that queue's matter.
"""

from collections.abc import Iterator

from schemas.catalog import KPIS
from schemas.kpi import Alert as Limits
from streams.rules.rule import Alert, Level, Record, Severity

OPEN = "and on (program, queue, channel) (queue:cc_queue_open:max == 1)"
PROMPT = "unless on (program) (program:cc_feed_lag_over_limit_seconds:max > -90)"
"""While a feed is late, whoever was answered meanwhile seems to wait on."""
TARGET = "queue:cc_queue_service_level_target_ratio:max"
_LAST = "cc_last_interval_contacts"
KEPT = "cc_last_interval_service_level_kept"
"""Answered in T over what was promised to be: ratios of sums, at any level, whatever the targets."""
_SL = "queue:cc_contacts_answered_in_target_per_contacts_offered:ratio_increase"
_DAY = "queue:cc_day_contacts"
_POINTS: tuple[tuple[Severity, float], ...] = (("warning", 0.05), ("critical", 0.15))
"""Under the target."""
RECORDS = (
    Record("queue:cc_last_interval_contacts_promised:sum", f"{TARGET} * queue:{_LAST}_offered:sum"),
    *(
        Record(
            f"{level}:{KEPT}:ratio",
            f"  sum without ({gone}) (queue:{_LAST}_answered_in_target:sum and {TARGET})\n/\n"
            f"  (sum without ({gone}) (queue:{_LAST}_promised:sum) > 0)",
        )
        for level, gone in (
            ("queue", "site"),
            ("program", "queue, channel"),
            ("network", "program, queue, channel"),
        )
    ),
    Record(
        "queue:cc_interval_contacts_answerable_in_target:sum",
        "sum without (site) (max without (instance, job, pod) (\n"
        "  cc_interval_service_level_high_ratio * cc_interval_contacts_offered\n))",
    ),
    Record(
        "queue:cc_interval_contacts_offered_at_this_pace:sum",
        "queue:cc_interval_contacts_offered:sum / scalar(max(cc_interval_elapsed_ratio))",
    ),
    Record(
        "queue:cc_interval_service_level_best:ratio",
        "1 - scalar(max(cc_interval_elapsed_ratio)) * (\n"
        "  1 - queue:cc_interval_contacts_answerable_in_target:sum\n"
        "    / (queue:cc_interval_contacts_offered:sum > 0)\n)",
    ),
    Record(
        "queue:cc_day_contacts_still_forecast:sum",
        "clamp_min(queue:cc_day_forecast_contacts:max"
        " - queue:cc_day_forecast_contacts_to_date:max, 0)",
    ),
    Record(
        "queue:cc_day_service_level_needed:ratio",
        f"(\n  {TARGET} * ({_DAY}_offered:sum + {_DAY}_still_forecast:sum)\n"
        f"  - {_DAY}_answered_in_target:sum\n) / ({_DAY}_still_forecast:sum > 0)",
    ),
)
_BURNS: tuple[tuple[Severity, str, str, float, float, int], ...] = (
    ("critical", "30m", "5m", 3, 0.6, 20),
    ("warning", "2h", "30m", 2, 0.4, 20),
)
"""Windows, times the misses that the target allows, the share of misses that is enough whatever the
target, least contacts in the long window. 3 times is 60 % of misses at 80 %; at a target of 60 % it
would be 120 %, which cannot be. The gates keep chance under 1 % (observability 3.1), and are twice as
high as for single contacts: those who wait at one time wait together."""


def limits_of(key: str) -> Limits:
    """The limits that the catalogue sets for a KPI. Errors: KeyError, AttributeError: there are none."""
    limits = KPIS[key].alert
    assert limits is not None, key
    return limits


def both(limits: Limits) -> tuple[tuple[Severity, float], ...]:
    """Warning and critical with their limits."""
    return ("warning", limits.warning), ("critical", limits.critical)


def two_below(name: str, severity: Severity, level: Level, per: str) -> str:
    """The condition that an alert stands at two places of the level below."""
    below = (
        f'ALERTS{{alertname="{name}", alertstate="firing", severity="{severity}", level="{level}"}}'
    )
    return f"and on ({per}) (count by ({per}) ({below}) >= 2)"


_LABELS = {
    "queue": ("program", "queue", "channel"),
    "group": ("site", "program", "group"),
    "site": ("site",),
}


def told(metric: str, of: str = "queue", form: str = "humanizePercentage") -> str:
    """Template of the value that another series has for the alert's queue, group or site."""
    labels = _LABELS[of]
    match = ",".join(f"{name}=%q" for name in labels)
    values = " ".join(f"$labels.{name}" for name in labels)
    return (
        f"{{{{ with printf `{metric}{{{match}}}` {values} | query }}}}"
        f"{{{{ . | first | value | {form} }}}}{{{{ else }}}}unknown{{{{ end }}}}"
    )


def service_alerts() -> list[Alert]:
    """All of them."""
    return [
        *_low(),
        *_burning(),
        *_best_case(),
        *_ahead(),
        *_day_at_risk(),
        *_oldest_wait(),
        *_abandonment(),
        *_chat_abandonment(),
    ]


def _low() -> Iterator[Alert]:
    limits = limits_of("service_level")
    for severity, share in both(limits):
        for level, gate, wide in (
            ("queue", "program, queue, channel", OPEN),
            ("program", "program", two_below(limits.name, severity, "queue", "program")),
            ("network", "", two_below(limits.name, severity, "program", "")),
        ):
            kept = f"{level}:{KEPT}:ratio"
            expr = f"{kept} < {share}\n"
            if severity == "critical":  # two intervals in a row
                expr += f"and {kept} offset 15m < {share}\n"
            expr += f"and on ({gate}) {level}:{_LAST}_offered:sum >= {limits.min_volume}\n{wide}"
            yield Alert(
                limits.name,
                severity,
                "service",
                level,  # type: ignore[arg-type]
                expr,
                _low_says(level),
                for_s=60,
                board="attainment",
            )


def _low_says(level: str) -> str:
    if level == "queue":
        reached = told("queue:cc_last_interval_service_level_ratio:ratio")
        return f"{{{{ $labels.queue }}}}: service level {reached} in the last interval; target {told(TARGET)}"
    who = "{{ $labels.program }}" if level == "program" else "All programs together"
    return f"{who}: {{{{ $value | humanizePercentage }}}} of the service level promised for the last interval"


def _burning() -> Iterator[Alert]:
    for severity, long, short, times, enough, gate in _BURNS:
        spans = [f"1 - {_SL}{span}" for span in (long, short)]
        parts = [
            f"(({missed}) > {times} * (1 - {TARGET}) or ({missed}) > {enough})" for missed in spans
        ]
        volume = f"queue:cc_contacts_offered:increase{long} >= {gate}"
        yield _burns(severity, f"{parts[0]}\nand {parts[1]}\nand {volume}\n{OPEN}", long)
    day = "1 - queue:cc_day_service_level_ratio:ratio"
    expr = (
        f"({day}) > 1.25 * (1 - {TARGET})\nand (1 - {_SL}2h) > 1.25 * (1 - {TARGET})\n"
        f"and {_DAY}_offered:sum >= 50\n{OPEN}"
    )
    yield _burns("info", expr, "day so far")


def _burns(severity: Severity, expr: str, over: str) -> Alert:
    missed = f"{{{{ $labels.queue }}}}: {{{{ $value | humanizePercentage }}}} not answered in time ({over})"
    says = f"{missed}; target {told(TARGET)}"
    return Alert("ServiceLevelBurning", severity, "service", "queue", expr, says, for_s=60)


def _best_case() -> Iterator[Alert]:
    best = "queue:cc_interval_service_level_best:ratio"
    whole = "queue:cc_interval_contacts_offered_at_this_pace:sum"
    # A quarter of an hour of thirty contacts says little by a few points. Who wait together are late together:
    # on simulated days without incident late contacts vary by twice the binomial variance (2.2 times in queues
    # of 27 contacts an interval, 1.8 in those of 8), so that four deviations of it are three of chance.
    chance = f"4 * sqrt({TARGET} * (1 - {TARGET}) / {whole})"
    for severity, points in _POINTS:
        yield Alert(
            "ServiceLevelOutOfReach",
            severity,
            "service",
            "queue",
            f"{best} < {TARGET} - {points}\nand {TARGET} - {best} > {chance}\n"
            # One interval is soon over: the one before missed its target too.
            f"and queue:{KEPT}:ratio < 1\nand {whole} >= 20\n{OPEN}\n{PROMPT}",
            "{{ $labels.queue }}: at best {{ $value | humanizePercentage }} in this interval; "
            f"target {told(TARGET)}",
            for_s=30,
            # Until two intervals after it have been judged: a trouble that comes and goes is one trouble.
            keep_s=1800,
        )


def _ahead() -> Iterator[Alert]:
    """By the better bound of what is predicted; the gate of 20 contacts is in the series.

    What is predicted comes and goes as people change places; on the days of the back-test that rules are
    tuned on nothing of that kind lasted longer.
    """
    for severity, points in _POINTS:
        yield Alert(
            "ServiceLevelAhead",
            severity,
            "service",
            "queue",
            f"queue:cc_next_intervals_service_level_high_ratio:max < {TARGET} - {points}\n{OPEN}",
            "{{ $labels.queue }}: {{ $value | humanizePercentage }} expected at best in one of the next "
            f"intervals; target {told(TARGET)}",
            for_s=480 if severity == "critical" else 600,
        )


def _day_at_risk() -> Iterator[Alert]:
    forecast = "queue:cc_day_forecast_contacts"
    for severity, needed in (("warning", 0.95), ("critical", 1)):
        yield Alert(
            "DayServiceLevelAtRisk",
            severity,  # type: ignore[arg-type]
            "service",
            "queue",
            f"queue:cc_day_service_level_needed:ratio > {needed}\n"
            f"and {forecast}_to_date:max >= 0.25 * {forecast}:max\n"
            f"and queue:cc_day_contacts_still_forecast:sum >= 20\n{OPEN}",
            "{{ $labels.queue }}: the rest of the day needs {{ $value | humanizePercentage }} in time; "
            f"target of the day {told(TARGET)}",
            for_s=300,
        )


def _oldest_wait() -> Iterator[Alert]:
    limits = limits_of("oldest_wait")
    threshold = "queue:cc_queue_service_level_threshold_seconds:max"
    for severity, times in both(limits):
        # One or two of a small queue wait long by chance, or are stuck: that is the board's matter.
        several = "and queue:cc_contacts_waiting:sum >= 3\n" if severity == "critical" else ""
        yield Alert(
            limits.name,
            severity,
            "service",
            "queue",
            f"queue:cc_contacts_oldest_wait_seconds:max > {times:g} * {threshold}\n"
            f"{several}{OPEN}\n{PROMPT}",
            f"{{{{ $labels.queue }}}}: somebody has waited {{{{ $value | humanizeDuration }}}}, over {times:g} times "
            f"the {told(threshold, form='humanizeDuration')} promised",
            for_s=limits.for_s,
            board="floor",
        )


def _abandonment() -> Iterator[Alert]:
    limits = limits_of("abandon_voice")
    target = "queue:cc_queue_abandonment_target_ratio:max"
    share = "cc_contacts_abandoned_per_contacts_offered:ratio_increase30m"
    lost, offered = (f"queue:cc_contacts_{n}:increase30m" for n in ("abandoned", "offered"))
    for severity, times in both(limits):
        expected = f"{times:g} * {target} * {offered}"
        # Seven of twelve who gave up in one bad minute of a small queue are the board's matter.
        many = f"and {offered} >= 20\n" if severity == "critical" else ""
        yield Alert(
            limits.name,
            severity,
            "service",
            "queue",
            f"queue:{share} > {times:g} * {target}\n"
            f"and {lost} >= {limits.min_volume}\n{many}"
            # By three deviations of chance: who wait together give up together.
            f"and {lost} > {expected} + 3 * sqrt({expected})\n{OPEN}",
            "{{ $labels.queue }}: {{ $value | humanizePercentage }} abandoned in 30 minutes; "
            f"target {told(target)}",
            for_s=60,
        )


def _chat_abandonment() -> Iterator[Alert]:
    limits = limits_of("abandon_chat")
    target = "queue:cc_queue_abandonment_target_ratio:max"
    gone, asked = (
        f"(queue:cc_interval_chats_{name}:sum + queue:cc_last_interval_chats_{name}:sum)"
        for name in ("abandoned", "requested")
    )
    for severity, times in both(limits):
        expected = f"{times:g} * {target} * {asked}"
        yield Alert(
            limits.name,
            severity,
            "service",
            "queue",
            f"{gone} / ({asked} > 0) > {times:g} * {target}\n"
            f"and {gone} >= {limits.min_volume}\n"
            f"and {gone} > {expected} + 2 * sqrt({expected})\n{OPEN}",
            "{{ $labels.queue }}: {{ $value | humanizePercentage }} of chats abandoned in this interval "
            f"and the last; target {told(target)}",
            for_s=60,
        )
