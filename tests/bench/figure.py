import json
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


def best_of(rounds: int, *steps: Callable[[], object]) -> list[float]:
    """Least CPU seconds of each step, the steps taken in turn so that noise meets all alike."""
    best = [float("inf")] * len(steps)
    for _ in range(rounds):
        for i, step in enumerate(steps):
            start = time.process_time()
            step()
            best[i] = min(best[i], time.process_time() - start)
    return best


def write(group: str, figures: list[Figure]) -> Path:
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{group}.json"
    path.write_text(json.dumps([asdict(each) for each in figures], indent=1) + "\n")
    return path
