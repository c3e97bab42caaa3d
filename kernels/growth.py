"""Arrays that grow."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item", bound=np.generic)

GROWTH = 2
"""Arrays double: growing by an eighth cost more than the fold itself (0.6 of 1.0 us an event). New
places are zero pages that the system hands out when they are written, so room is not memory."""


def extended(array: NDArray[Item], length: int, fill: int = 0) -> NDArray[Item]:
    """The array with its first axis at least `length` long, new places filled with `fill`."""
    if len(array) >= length:
        return array
    fresh = np.zeros((max(length, len(array) * GROWTH), *array.shape[1:]), array.dtype)
    fresh[: len(array)] = array
    if fill:
        fresh[len(array) :] = fill
    return fresh
