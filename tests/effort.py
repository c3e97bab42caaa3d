"""How much is tried: a short form in `make test`; more in `make properties` and `make chaos`."""

import os

EFFORT = float(os.environ.get("EFFORT", "0.4"))
FULL = os.environ.get("CHAOS") == "full"
"""Whether what must hold is shown at its full size: twenty kills, 100,000 lines, a hundred faults."""


def examples(number: int) -> int:
    """For hypothesis' `max_examples`."""
    return max(1, round(number * EFFORT))
