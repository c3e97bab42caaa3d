"""Cold and warm start: compiling every kernel, and loading them from the disk cache."""

import tempfile
import time

from tests.bench.figure import Figure, at_most, told
from tests.bench.process import run


def warmed() -> dict[str, float]:
    """Seconds until the first event could be taken, imports included."""
    start = time.perf_counter()
    from streams.warm import warm

    imported = time.perf_counter()
    warm()
    return {"import": imported - start, "warm": time.perf_counter() - start}


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as cache:
        cold = run("tests.bench.start", "warmed", NUMBA_CACHE_DIR=cache)
        warm = run("tests.bench.start", "warmed", NUMBA_CACHE_DIR=cache)
    return [
        told("cold start", cold["warm"], "s"),
        told("warm start", warm["warm"], "s"),
        told("imports", warm["import"], "s"),
        at_most("warm start / cold start", warm["warm"] / cold["warm"], 0.25),
    ]
