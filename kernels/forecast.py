"""The band of contacts that are still to come: quantiles of a negative binomial number (M9).

A Poisson number whose rate has a Gamma distribution is one. Source: definitions 6.2.
"""

import math

from kernels.jit import kernel
from kernels.layout import F8

MOST_CONTACTS = 100_000


@kernel
def counted_bands(mean: F8, spread: F8, tail: float, low: F8, high: F8) -> None:
    """Least n with at least `tail` at or below it, and with 1 - tail, into float64 (n,) low and high.

    mean float64 (n,), above 0 and small enough that e^-mean is a number; spread float64 (n,):
    variance over mean, above 1.
    """
    for i in range(len(mean)):
        size = mean[i] / (spread[i] - 1.0)
        ratio = 1.0 - 1.0 / spread[i]
        chance = math.exp(-size * math.log(spread[i]))
        total = chance
        n = 0
        low[i] = 0.0 if total >= tail else -1.0
        while total < 1.0 - tail and n < MOST_CONTACTS:
            chance *= (size + n) / (n + 1.0) * ratio
            total += chance
            n += 1
            if low[i] < 0.0 and total >= tail:
                low[i] = n
        high[i] = n
