"""M5 of 2,000 queues as a scrape asks for it, against interval by interval."""

from dataclasses import replace

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW
from schemas.targets import Plan
from streams.planning.deviation import compared, days, holding
from streams.view import CellKey, Curve, Past, Planned, View
from tests import naive_deviation
from tests.bench.figure import Figure, Rounds, at_least, at_most
from tests.views import MIDNIGHT_MS, cells, view

QUEUES, LIVE, DAY = 2_000, 26, 96
"""Queues; quarter-hours that are live; those of a day, the last of which is open."""
QUARTER_MS = 900_000
ROUNDS = 3


def _day() -> tuple[View, dict[CellKey, Curve]]:
    keys = [CellKey(f"p{n % 12}", f"q{n}", "voice", "", 0) for n in range(QUEUES)]
    starts = [MIDNIGHT_MS + at * QUARTER_MS for at in range(DAY)]
    curves = {
        key: tuple(Planned(at, at + QUARTER_MS, 20.0, 180.0, "end", 0, 1, 1, 0) for at in starts)
        for key in keys
    }
    live = [key._replace(start_ms=at) for key in keys for at in starts[-LIVE:]]
    gone = [key._replace(start_ms=at) for key in keys for at in starts[:-LIVE]]
    handled = {"talk_ms": 3_600_000, "handled": 20}
    now = starts[-1] + QUARTER_MS // 2
    whole = replace(
        view(), at_ms=now, watermarks={f"p{n}": now for n in range(12)},
        arrival=cells(ARRIVAL_ROW, {key: {"offered": 21} for key in live}),
        handling=cells(HANDLING_ROW, {key: handled for key in live}),
        past=Past(
            0, {key: [19, 0, 0] for key in gone}, {key: [3_600_000, 0, 0, 20] for key in gone}, {}
        ),
    )  # fmt: skip
    return whole, curves


def measure() -> list[Figure]:
    plan, (whole, curves) = Plan(), _day()

    def scrape() -> None:
        found = compared(whole, plan, curves)
        days(found.volume)
        for of in found:
            holding(of, whole.at_ms)

    scrape()
    took = Rounds(ROUNDS, at_once=scrape, slow=lambda: naive_deviation.against(whole, plan, curves))
    return [
        at_most("deviation of 2,000 queues, a scrape", took.seconds("at_once"), 0.1, "s"),
        at_least("one by one / at once", took.ratio("slow", "at_once"), 10),
    ]
