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

    CPU seconds as a rule; `passing` those that pass, where a step uses two cores. A ratio is taken
    within each round; the median round is reported.
    """

    def __init__(self, rounds: int, **steps: Callable[[], object]) -> None:
        self._cpu: dict[str, list[float]] = {name: [] for name in steps}
        self._passed: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(rounds):
            for name, step in steps.items():
                cpu, passed = time.process_time(), time.perf_counter()
                step()
                self._cpu[name].append(time.process_time() - cpu)
                self._passed[name].append(time.perf_counter() - passed)

    def ratio(self, over: str, under: str, passing: bool = False) -> float:
        seconds = self._passed if passing else self._cpu
        pairs = zip(seconds[over], seconds[under], strict=True)
        return statistics.median(a / b for a, b in pairs)

    def seconds(self, name: str) -> float:
        return statistics.median(self._cpu[name])


def write(group: str, figures: list[Figure]) -> Path:
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{group}.json"
    path.write_text(json.dumps([asdict(each) for each in figures], indent=1) + "\n")
    return path
