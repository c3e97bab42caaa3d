"""/metrics at scale: the text of 85,000 series beside what prometheus_client takes for the same."""

import random

from prometheus_client import CollectorRegistry, generate_latest

from schemas.metrics import FAMILIES
from schemas.metrics_family import CELL, QUEUE
from streams.exposition.sheet import Sheet
from tests.bench.figure import Figure, Rounds, at_least, at_most, told

SERIES, PROGRAMS, ROUNDS = 85_000, 40, 7
OF_QUEUES = [family.name for family in FAMILIES.values() if family.labels in (QUEUE, CELL)]
QUEUES = [
    (f"program{at % PROGRAMS}", f"queue{at}", "voice") for at in range(SERIES // len(OF_QUEUES) + 1)
]
"""A worker has each name once, whatever it writes."""


def measure() -> list[Figure]:
    sheet = page()
    text = sheet.text()
    same = text == by_prometheus_client(sheet)
    fresh = [page() for _ in range(ROUNDS)]  # a sheet keeps its text: each is written once
    took = Rounds(
        ROUNDS, text=lambda: fresh.pop().text(), theirs=lambda: by_prometheus_client(sheet)
    )
    return [
        told("series", SERIES, "series"),
        told("bytes", len(text), "B"),
        at_most("byte by byte the same: differences", float(not same), 0, ""),
        at_most("85,000 series as text", took.seconds("text"), 0.05, "s"),
        at_least("generate_latest / text", took.ratio("theirs", "text"), 10),
    ]


def page() -> Sheet:
    """Figures of many queues: counts, seconds, shares and moments, each where its name says so."""
    sheet, chance = Sheet(), random.Random(1)
    for number in range(SERIES):
        at, of = divmod(number, len(OF_QUEUES))
        name = OF_QUEUES[of]
        queue = QUEUES[at]
        figure = chance.choice((chance.randrange(1000), round(chance.uniform(0, 900), 3)))
        if "_ratio" in name:
            figure = chance.random()
        elif "_timestamp_" in name:
            figure = 1.7e9 + at / 8
        labels = queue if FAMILIES[name].labels == QUEUE else ("north", *queue)
        sheet.add(name, labels, figure)
    return sheet


def by_prometheus_client(sheet: Sheet) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(sheet))
    return generate_latest(registry)


class _Given:
    """What prometheus_client is given to collect."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def collect(self):
        return iter(self._sheet)
