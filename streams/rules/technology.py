"""Alerts on bots, other technology, lines and chat offers (features 4.3).

A bot is compared with itself at the same minute of the same weekday in the four weeks before, so
Prometheus must keep a month. Without any of these weeks nothing is compared.
"""

from collections.abc import Iterator

from streams.rules.rule import WORKER, Alert, Record, Severity
from streams.rules.service import OPEN

_LEAST = 50
"""Conversations, or submits, now and in the weeks before together."""
_LEAST_BLOCKED = 5
_BLOCKED: tuple[tuple[Severity, float], ...] = (("warning", 0.0025), ("critical", 0.005))
_POINTS: tuple[tuple[Severity, float], ...] = (("warning", 0.05), ("critical", 0.1))
_SINCE_S = 120


def _weeks(metric: str) -> str:
    """The sum over those of the last four weeks that are there."""
    weeks = "\n  or ".join(
        f'label_replace({metric} offset {week}w, "week", "{week}", "", "")' for week in range(1, 5)
    )
    return f"sum without (week) (\n  {weeks}\n)"


_KINDS = {
    "containment": (
        "queue:cc_bot_hour_conversations_contained:max",
        "queue:cc_bot_hour_conversations_started:max",
    ),
    "latency": (
        "queue:cc_interval_bot_responses_in_x:sum",
        "queue:cc_interval_bot_submits:sum",
    ),
}
_ATTEMPTS = ("cc_day_contact_attempts", "cc_day_contact_attempts_blocked")
RECORDS = (
    *(Record(f"program:{name}:max", f"max {WORKER} ({name})") for name in _ATTEMPTS),
    *(
        Record(f"{metric.removesuffix(':max').removesuffix(':sum')}:sum4w", _weeks(metric))
        for pair in _KINDS.values()
        for metric in pair
    ),
)


def technology_alerts() -> list[Alert]:
    """All of them."""
    return [
        *_drops("BotContainmentDropped", "containment", "containment of this hour"),
        *_drops("BotLatencyHigh", "latency", "responses within X in this interval"),
        *_not_up(),
        *_blocked(),
        _offers_stopped(),
    ]


def _drops(name: str, kind: str, what: str) -> Iterator[Alert]:
    over, under = _KINDS[kind]
    before = [f"{each.rsplit(':', 1)[0]}:sum4w" for each in (over, under)]
    usual, now = f"{before[0]} / ({before[1]} >= {_LEAST})", f"{over} / ({under} >= {_LEAST})"
    for severity, points in _POINTS:
        yield Alert(
            name,
            severity,
            "technology",
            "queue",
            f"{usual} - {now} >= {points}",
            f"{{{{ $labels.queue }}}}: {what} {{{{ $value | humanizePercentage }}}} (in points) below the last four weeks",
            for_s=120,
            board="bots",
        )


def _not_up() -> Iterator[Alert]:
    """Seconds of the open interval: an outage is told within 2 minutes, over an edge within 4."""
    down, degraded = (f"queue:cc_interval_technology_{n}_seconds:sum" for n in ("down", "degraded"))
    for name, severity, expr, what in (
        ("TechnologyDown", "critical", f"{down} >= {_SINCE_S}", "down"),
        (
            "TechnologyDegraded",
            "warning",
            f"{down} + {degraded} >= {_SINCE_S}",
            "not fully working",
        ),
    ):
        yield Alert(
            name,
            severity,  # type: ignore[arg-type]
            "technology",
            "queue",
            expr,
            f"{{{{ $labels.queue }}}}: {what} for {{{{ $value | humanizeDuration }}}} of this interval",
            board="bots",
        )


def _blocked() -> Iterator[Alert]:
    """V4 of what was told in the last quarter of an hour: carriers count whole hours at once.

    Of the service layer: lines are full as a rule because people wait, and must not hold that back.
    """
    lost, tried = (
        f"({total} - {total} offset 15m)"
        for total in (
            "program:cc_day_contact_attempts_blocked:max",
            "program:cc_day_contact_attempts:max",
        )
    )
    yield _of_lines(
        "info",
        f"{lost} > 0",
        "{{ $labels.program }}: {{ $value | humanize }} attempts blocked on busy or full lines in 15 minutes",
    )
    for severity, share in _BLOCKED:
        limit = f"{share} * {tried}"
        yield _of_lines(
            severity,
            # By four deviations of chance: where 0.2 % are usual a warning by chance is one in weeks.
            f"{lost} / ({tried} > 0) > {share}\n"
            f"and {lost} >= {_LEAST_BLOCKED}\n"
            f"and {lost} > {limit} + 4 * sqrt({limit})",
            "{{ $labels.program }}: {{ $value | humanizePercentage }} of attempts in 15 minutes blocked",
        )


def _of_lines(severity: Severity, expr: str, says: str) -> Alert:
    return Alert("AttemptsBlocked", severity, "service", "program", expr, says, board="bots")


def _offers_stopped() -> Alert:
    offers, due = "queue:cc_day_chat_offers:sum", "queue:cc_day_forecast_contacts_to_date:max"
    none = f"{offers} - {offers} offset"
    lacking = "\n  or ".join(
        f"({none} {since} == 0 and ({due} - {due} offset {since}) * ({offers} offset {since} >= 8)"
        f" >= 9 * ({due} offset {since} > 0))"
        for since in ("30m", "45m", "1h", "90m")
    )
    return Alert(
        "ChatOffersStopped",
        "warning",
        "technology",
        "queue",
        # Nine should have been offered, at as many for each chat that is forecast as earlier in the day, or
        # where none is forecast as in the two hours before: none is chance in 0.01 % of cases. (With seven, two
        # of 98 days had one in vain; 25 stops were told as soon with nine.) The longer windows are for what
        # lasts longer: to the shortest its own beginning is earlier in the day.
        f"{none} 30m == 0\nand (\n  {lacking}\n"
        f"  or ({offers} offset 30m - {offers} offset 150m >= 36 unless {due} > 0)\n)\n{OPEN}",
        "{{ $labels.queue }}: no chat was offered to visitors for half an hour",
        for_s=60,
        keep_s=900,
        board="bots",
    )
