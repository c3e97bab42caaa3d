"""Sums exported because the ratios of `schemas.catalog_bots` are rolled up from them."""

from schemas.keys import Basis
from schemas.kpi import Measure, Metrics, Unit, terms


def _count(column: str, title: str, definition: str, name: str) -> Measure:
    return Measure(
        key=column,
        title=title,
        definition=definition,
        numerator=terms(column),
        basis=Basis.ARRIVAL,
        unit=Unit.COUNT,
        metrics=Metrics(interval=f"cc_interval_{name}", day=f"cc_day_{name}"),
    )


def _time(column: str, basis: Basis, title: str, definition: str, name: str) -> Measure:
    return Measure(
        key=column.removesuffix("_ms"),
        title=title,
        definition=definition,
        numerator=terms(column),
        basis=basis,
        unit=Unit.SECONDS,
        metrics=Metrics(interval=f"cc_interval_{name}", day=f"cc_day_{name}"),
    )


BOT_MEASURES: tuple[Measure, ...] = (
    _count(
        "lat_in_x",
        "Responses within X",
        "Submits that had their response within X.",
        "bot_responses_in_x",
    ),
    _count("lat_n", "Responses", "Submits that had a response.", "bot_responses"),
    _time(
        "lat_ms",
        Basis.ARRIVAL,
        "Latency",
        "Time from submit to response, summed.",
        "bot_latency_seconds",
    ),
    _count(
        "conv_contained",
        "Conversations contained",
        "Conversations that completed their task without a person.",
        "bot_conversations_contained",
    ),
    _count(
        "conv_start",
        "Conversations started",
        "Conversations that technology started, whatever became of them.",
        "bot_conversations_started",
    ),
    _time(
        "up_ms",
        Basis.CLIPPED,
        "Time up",
        "Time in which customers found the technology fully working.",
        "technology_up_seconds",
    ),
    _time(
        "degraded_ms",
        Basis.CLIPPED,
        "Time degraded",
        "Time in which customers found the technology working in part.",
        "technology_degraded_seconds",
    ),
    _time(
        "down_ms",
        Basis.CLIPPED,
        "Time down",
        "Time in which customers found the technology not working.",
        "technology_down_seconds",
    ),
    _time(
        "total_ms",
        Basis.CLIPPED,
        "Time in use",
        "Time in which the technology was to be used, known or not.",
        "technology_total_seconds",
    ),
    _time(
        "up_open_ms",
        Basis.CLIPPED,
        "Time up in opening hours",
        "Opening hours in which the technology was found fully working.",
        "technology_open_up_seconds",
    ),
    _time(
        "open_ms",
        Basis.CLIPPED,
        "Opening hours",
        "Opening hours in which the technology was to be used, known or not.",
        "technology_open_seconds",
    ),
)
"""Numerators and denominators of the exported ratios, for the same windows."""
