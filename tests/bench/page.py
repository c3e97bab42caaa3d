"""/metrics at scale: the text of 85,000 series beside what prometheus_client takes for the same.

Each page is of new objects, as a worker's are. All families have the series of the page before, as
most have in a worker (`scrape` says how many); beside it what a page takes of which none has.
"""

import random
import time

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
    began = time.process_time()
    text = sheet.text()
    first_s = time.process_time() - began
    same = text == by_prometheus_client(sheet)
    fresh = [page() for _ in range(ROUNDS)]  # a sheet keeps its text: each is written once
    took = Rounds(
        ROUNDS, text=lambda: fresh.pop().text(), theirs=lambda: by_prometheus_client(sheet)
    )
    turned = [page(turned=number % 2 == 0) for number in range(ROUNDS)]
    changed = Rounds(ROUNDS, text=lambda: turned.pop().text()).seconds("text")
    return [
        told("series", SERIES, "series"),
        told("bytes", len(text), "B"),
        at_most("byte by byte the same: differences", float(not same), 0, ""),
        at_most("85,000 series as text", took.seconds("text"), 0.05, "s"),
        at_least("generate_latest / text", took.ratio("theirs", "text"), 10),
        at_most("the same, all families in another order", changed, 0.05, "s"),
        told("the same, first page of the process", first_s, "s"),
    ]


def page(turned: bool = False) -> Sheet:
    """Figures of many queues: counts, seconds, shares and moments, each where its name says so.

    `turned`: the last queue first, so that no family has the series of another page in their order.
    """
    sheet, chance, queues = Sheet(), random.Random(1), QUEUES[::-1] if turned else QUEUES
    for number in range(SERIES):
        at, of = divmod(number, len(OF_QUEUES))
        name = OF_QUEUES[of]
        program, queue, channel = queues[at]
        figure = chance.choice((chance.randrange(1000), round(chance.uniform(0, 900), 3)))
        if "_ratio" in name:
            figure = chance.random()
        elif "_timestamp_" in name:
            figure = 1.7e9 + at / 8
        of_queue = FAMILIES[name].labels == QUEUE
        site = () if of_queue else ("north",)
        sheet.add(name, (*site, program, queue, channel), figure)
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
