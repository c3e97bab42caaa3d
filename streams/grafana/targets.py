"""A value beside the queue's own target: the gap between them, its colour and its word.

A gap is positive where the target is kept. Of a level that should be high it is in points; of a
rate or time that should be low, in shares of the target: 0 is the target, -1 is twice as much.
"""

from schemas.catalog import KPIS
from schemas.kpi import Direction, Kpi, Unit
from streams.grafana.panel import QUEUES, Look, Panel, Query, of_queue
from streams.grafana.words import FAR, LIVE, MET, MISSED, TARGET, UNKNOWN, VERDICT, Text

TARGETS = {
    "service_level": "cc_queue_service_level_target_ratio",
    "asa_s": "cc_queue_asa_target_seconds",
    "abandonment": "cc_queue_abandonment_target_ratio",
}
"""Series of a target by its field in schemas.targets.Target."""
POINTS = -0.1
"""Of a level: amber until ten points below, then red (observability 4.3)."""
TIMES = 2.0
"""Of a rate or time without limits of its own: red from twice the target on."""
UNITS = {Unit.RATIO: "percentunit", Unit.SECONDS: "s"}
UNKNOWN_FEED = Look(((0, "purple", UNKNOWN), (1, "green", LIVE)))


def unit_of(kpi: Kpi) -> str:
    """Grafana's unit of a KPI's value."""
    return UNITS.get(kpi.unit, "short")


def gap_look(kpi: Kpi) -> Look:
    """Red, amber and green by the gap, each with arrow and word."""
    worst = POINTS
    if kpi.direction is Direction.DOWN:
        worst = 1 - (kpi.alert.critical if kpi.alert else TIMES)
    return Look(((float("-inf"), "red", FAR), (worst, "orange", MISSED), (0, "green", MET)))


def gap(kpi: Kpi, value: str) -> str:
    """Expression of the gap of a value to the target of its queue."""
    target = _target(kpi)
    return f"{value} - {target}" if kpi.direction is Direction.UP else f"1 - {value} / {target}"


def _target(kpi: Kpi) -> str:
    """The targets of the queues that the KPI is of."""
    target = of_queue(TARGETS[kpi.target])
    if not kpi.channels:
        return target
    return target.replace(QUEUES, f'{QUEUES[:-1]},channel=~"{"|".join(kpi.channels)}"}}')


def feed_column() -> Query:
    """1 where all that feeds a queue is live, else 0: its figures are unknown, not zero."""
    opened = f"0 * {of_queue('cc_queue_open')}"
    silent = 'max without (instance, job, pod) (cc_feed_state{state!="live"}) == 1'
    return Query(
        f"(1 + {opened}) unless on (program) ({silent}) or {opened}",
        Text("Feed", "フィード"),
        look=UNKNOWN_FEED,
    )


def against_target(key: str, says: Text, window: str = "day", width: int = 12) -> Panel:
    """A table of a KPI: value, target, word; worst queue first; no target, no row."""
    kpi = KPIS[key]
    metric = getattr(kpi.metrics, window)
    value = of_queue(metric, "ratio")
    target = _target(kpi)
    feed = feed_column()
    return Panel(
        "table",
        Text(f"{kpi.title}: worst queue first", f"{kpi.title_ja}: 悪い順"),
        says,
        (
            Query(f"{value} and {target}", Text(kpi.title, kpi.title_ja), unit_of(kpi)),
            # Where the feed is silent the target stays, and the word is unknown.
            Query(target, TARGET, unit_of(kpi)),
            Query(gap(kpi, value), VERDICT, "percentunit", gap_look(kpi)),
            feed._replace(expr=f"({feed.expr}) and {target}"),
        ),
        worst=(VERDICT, False),
        width=width,
        height=10,
    )
