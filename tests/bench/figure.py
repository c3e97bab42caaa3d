import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.data import ROOT

OUT = ROOT / "build" / "bench"


@dataclass(frozen=True)
class Figure:
    """One measured value and what is promised of it."""

    name: str
    value: float
    unit: str
    bound: str
    holds: bool


def at_least(name: str, value: float, bound: float, unit: str = "x") -> Figure:
    return Figure(name, round(value, 4), unit, f">= {bound:g}", value >= bound)


def at_most(name: str, value: float, bound: float, unit: str = "x") -> Figure:
    return Figure(name, round(value, 4), unit, f"<= {bound:g}", value <= bound)


def told(name: str, value: float, unit: str) -> Figure:
    return Figure(name, round(value, 4), unit, "", True)


class Rounds:
    """Seconds of steps taken in turn, so that noise meets all of them alike.

    CPU seconds as a rule; by `clock=time.perf_counter` those that pass, where a step uses two
    cores. A ratio is taken within each round; the median round is reported.
    """

    def __init__(
        self,
        rounds: int,
        clock: Callable[[], float] = time.process_time,
        **steps: Callable[[], object],
    ) -> None:
        self._seconds: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(rounds):
            for name, step in steps.items():
                start = clock()
                step()
                self._seconds[name].append(clock() - start)

    def ratio(self, over: str, under: str) -> float:
        pairs = zip(self._seconds[over], self._seconds[under], strict=True)
        return statistics.median(a / b for a, b in pairs)

    def seconds(self, name: str) -> float:
        return statistics.median(self._seconds[name])


def write(group: str, figures: list[Figure]) -> Path:
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{group}.json"
    path.write_text(json.dumps([asdict(each) for each in figures], indent=1) + "\n")
    return path
