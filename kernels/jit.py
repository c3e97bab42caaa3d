"""The one place that sets compiler options.

No fastmath (order and exactness matter), no parallel (a worker owns a shard), the interpreter
lock released so that export and checkpoint threads run beside a fold. The disk cache is on: the
start-up warm-up is its only writer. FLOORWATCH_BOUNDSCHECK=1 checks every index, for tests.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

BOUNDSCHECK = os.environ.get("FLOORWATCH_BOUNDSCHECK") == "1"
_OPTIONS = {"nogil": True, "cache": not BOUNDSCHECK, "boundscheck": BOUNDSCHECK}


def kernel(function: F) -> F:
    """Compile a loop over arrays on its first call."""
    compiled: F = njit(**_OPTIONS)(function)
    return compiled


def inlined(function: F) -> F:
    """Make a step part of the kernels that call it.

    A call that hands on all groups of arrays costs more than the step: settling a visit took
    4.3 times as long, putting an event in twice as long, with these steps as calls.
    """
    compiled: F = njit(inline="always", **_OPTIONS)(function)
    return compiled
