"""The band of contacts that are still to come: quantiles of a negative binomial number (M9).

A Poisson number whose rate has a Gamma distribution is one. Source: definitions 6.2.
"""

import math

from kernels.jit import kernel
from kernels.layout import F8


@kernel
def counted_bands(mean: F8, variance: F8, tail: float, low: F8, high: F8) -> None:
    """Least and greatest n of which half lies between `tail` and 1 - `tail`; all float64 (n,).

    mean: above 0 and small enough that e^-mean is a number. Of a Poisson number where the variance
    is no more than the mean.
    """
    for i in range(len(mean)):
        more = max(variance[i] / mean[i] - 1.0, 0.0)
        ratio = math.log1p(more) / more if more > 0.0 else 1.0
        chance = math.exp(-mean[i] * ratio)
        below = 0.0
        n = 0
        low[i] = 0.0
        high[i] = 0.0
        while below + chance / 2.0 <= 1.0 - tail:
            if below + chance / 2.0 < tail:
                low[i] += 1.0
            high[i] = n
            below += chance
            chance *= (mean[i] + n * more) / ((n + 1.0) * (1.0 + more))
            n += 1
            if chance <= 0.0 and n > mean[i]:
                break
        high[i] = max(high[i], low[i])
