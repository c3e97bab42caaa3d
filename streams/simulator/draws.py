"""Random numbers of a simulation: one seeded generator, drawn in blocks for speed."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
_BLOCK = 4096


class Draws:
    """Scalars from one numpy Generator. The same seed and the same calls give the same numbers."""

    def __init__(self, *seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._uniform: list[float] = []
        self._normal: list[float] = []
        self._exponential: list[float] = []

    def uniform(self) -> float:
        """Uniform on [0, 1)."""
        return (self._uniform or _refill(self._uniform, self._generator.random)).pop()

    def normal(self) -> float:
        """Standard normal."""
        return (self._normal or _refill(self._normal, self._generator.standard_normal)).pop()

    def exponential(self) -> float:
        """Exponential with mean 1."""
        block = self._exponential
        return (block or _refill(block, self._generator.standard_exponential)).pop()

    def chance(self, share: float) -> bool:
        """True with probability `share`."""
        return self.uniform() < share

    def between_ms(self, low_s: float, high_s: float) -> int:
        """Uniform between two lengths in seconds, as ms."""
        return round(1000 * (low_s + (high_s - low_s) * self.uniform()))

    def waiting_ms(self, mean_s: float) -> int:
        """Exponential length of the given mean, at least 1 ms."""
        return 1 + int(1000 * mean_s * self.exponential())

    def work_ms(self, mean_s: float, spread: float) -> int:
        """Lognormal length of the given mean and coefficient of variation, at least 1 s."""
        variance = math.log(1 + spread * spread)
        sigma = math.sqrt(variance)
        return max(1000, round(1000 * mean_s * math.exp(sigma * self.normal() - variance / 2)))

    def choice(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """One of the options, by weight."""
        point = self.uniform() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            point -= weight
            if point < 0:
                return option
        return options[-1]


def _refill(block: list[float], draw: Callable[[int], NDArray[np.float64]]) -> list[float]:
    block.extend(draw(_BLOCK).tolist())
    return block
