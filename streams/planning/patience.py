"""How long customers are ready to wait, from the columns that the fold keeps (definitions 6.3, R2, R3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Patience(NamedTuple):
    """Mean patience, s, and its standard error, s: mean / sqrt(abandoned), good from some ten on."""

    mean_s: float
    error_s: float


class Patiences(NamedTuple):
    """The same of many queues or intervals, float64 of the columns' shape; NaN: not known."""

    mean_s: NDArray[np.float64]
    error_s: NDArray[np.float64]


def patiences(abn: ArrayLike, wait_ans_ms: ArrayLike, wait_abn_ms: ArrayLike) -> Patiences:
    """Censored exponential maximum likelihood: all time waited over those who left.

    Who was answered was patient so far, and that counts. Integer columns of one shape; sums of columns
    give the estimate of all together; `abn_customer` in place of `abn` takes those whom the system
    disconnected for patient so far. Where nobody has left, or nobody waited, it is not known: NaN,
    never 0, which models.rows takes for Erlang C. Raises ValueError for columns below 0.
    """
    left, answered, gone = (np.asarray(part, np.int64) for part in (abn, wait_ans_ms, wait_abn_ms))
    if (left < 0).any() or (answered < 0).any() or (gone < 0).any():
        raise ValueError("columns must be at least 0")
    waited = answered + gone
    known = (left > 0) & (waited > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, waited / 1000.0 / left, np.nan)
        return Patiences(mean, mean / np.sqrt(left))


def patience(abandoned: int, wait_ans_ms: int, wait_abn_ms: int) -> Patience | None:
    """The estimate of one queue; None: not known. Raises ValueError as `patiences`."""
    mean, error = patiences(abandoned, wait_ans_ms, wait_abn_ms)
    return None if np.isnan(mean) else Patience(float(mean), float(error))
