"""One topic read to its end three ways, in turn: bare, by the whole worker, by stock Faust."""

import json
import statistics
from pathlib import Path
from typing import Any

from streams.settings import Settings
from tests.bench.figure import Figure, at_least, told
from tests.bench.kafka import cluster, events
from tests.bench.kafka.cluster import Installation
from tests.bench.kafka.events import TOPIC, plan_of
from tests.bench.kafka.processes import beside
from tests.bench.kafka.sizes import Sizes
from tests.bench.process import run

PARTS = {
    "loop": "decoding, Faust and closing intervals",
    "fetch": "fetching",
    "kernels": "kernels",
    "checkpoints": "writing checkpoints",
}
"""What each thread of a worker does."""


def measure(place: Installation, source: Path, folder: Path, sizes: Sizes) -> list[Figure]:
    plan = plan_of(source)
    config = place.settings("ceiling", plan)
    kafka = Settings.load(config).kafka
    with source.open("rb") as lines:
        total = events.write(kafka, map(bytes.rstrip, lines))
    bare, whole, stock = [], [], []
    for number in range(sizes.rounds):
        given = {"BENCH_CONFIG": str(config), "BENCH_TOTAL": str(total)}
        bare.append(run("tests.bench.kafka.ceiling", "counted", **given))
        cluster.begin_anew(kafka)
        own = place.settings(f"whole-{number}", plan)
        with beside(folder / own.stem, "tests.bench.kafka.worker", str(own), str(total)) as process:
            whole.append(json.loads(process.wait()))
        if whole[-1]["folded"] != total:
            raise SystemExit(f"{whole[-1]['folded']} of {total} events were folded")
        named = {
            "BENCH_TOTAL": str(min(total, sizes.per_event)),
            "BENCH_TOPIC": kafka.topic(TOPIC),
            "BENCH_BOOTSTRAP": kafka.bootstrap,
            "BENCH_APP": f"stock-{number}",
        }
        with beside(folder / f"stock-{number}", "tests.bench.kafka.per_event", **named) as process:
            stock.append(json.loads(process.wait()))
    cluster.begin_anew(kafka)
    return _figures(total, bare, whole, stock, min(total, sizes.per_event))


def _figures(
    total: int,
    bare: list[dict[str, float]],
    whole: list[dict[str, Any]],
    stock: list[dict[str, float]],
    few: int,
) -> list[Figure]:
    rates = {
        "bare": [total / one["wall"] for one in bare],
        "whole": [total / one["took"]["wall"] for one in whole],
        "stock": [few / one["wall"] for one in stock],
    }
    middle = {name: statistics.median(rate) for name, rate in rates.items()}
    per_cpu_s = statistics.median(total / one["cpu"] for one in bare)
    return [
        told("records", total, "records"),
        told("bare getmany", middle["bare"], "ev/s"),
        told("bare getmany per CPU second", per_cpu_s, "ev/s"),
        told("whole worker", middle["whole"], "ev/s"),
        told("stock Faust agent", middle["stock"], "ev/s"),
        at_least("whole worker / bare getmany", _ratio(rates["whole"], rates["bare"]), 0.45),
        at_least("whole worker / stock Faust agent", _ratio(rates["whole"], rates["stock"]), 15),
        told("CPU of the whole worker", _per_event(whole, "cpu", total), "us/event"),
        *(
            told(f"of it {of}", _per_event(whole, name, total), "us/event")
            for name, of in PARTS.items()
        ),
        told(
            "events a batch, catching up",
            _median(whole, "records") / _median(whole, "batches"),
            "events",
        ),
        told("checkpoints meanwhile", _median(whole, "checkpoints"), ""),
    ]


def _ratio(over: list[float], under: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return statistics.median(one[name] for one in runs)


def _per_event(runs: list[dict[str, Any]], name: str, total: int) -> float:
    return statistics.median(one["took"].get(name, 0.0) for one in runs) / total * 1e6
