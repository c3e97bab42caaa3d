"""How many examples a property is tried on: few in `make test`, many in `make properties`."""

import os

EFFORT = float(os.environ.get("EFFORT", "1"))


def examples(number: int) -> int:
    """For hypothesis' `max_examples`."""
    return max(1, round(number * EFFORT))
