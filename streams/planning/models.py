"""Erlang A and C over arrays of intervals: required staff, and what the staff there is gives (6.3).

All arguments broadcast: (queues, intervals) with one number or one per queue (queues, 1). Times are
seconds, shares 0 to 1, staff is continuous FTE. The model stands beside each number.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kernels.erlang import ABANDONED, ASA, LEVEL, OCCUPANCY, QUEUE, WAITS
from kernels.layout import F8
from kernels.required import AHT, MAX_ASA, PATIENCE, RATE, perform, require

ERLANG_A, ERLANG_C = "erlang_a", "erlang_c"
FIGURES, FIELDS = 6, 8
MOST_CONTACTS = 1_000_000.0
"""Patience is at most as long as so many contacts take to come. The kernel stops after two million
states, and what it told of a longer queue was wrong; this long a one takes weeks to build up."""
SOMEBODY = 1.0 - 1e-9
"""Abandonment where an ASA is promised: of nobody answered there is none."""

Models = NDArray[np.str_]


class Required(NamedTuple):
    """Least FTE, of the arguments' shape, unloaded and not rounded; inf where no staff will do."""

    fte: F8
    model: Models


class Figures(NamedTuple):
    """What so many staff give, arrays of the arguments' shape; `waits`: share not answered at once.

    Where Erlang C has no steady state (load >= staff): level 0, waits and occupancy 1, ASA and queue inf.
    ASA is of the answered, inf where nobody is.
    """

    staff: F8
    model: Models
    level: F8
    asa_s: F8
    abandonment: F8
    occupancy: F8
    queue: F8
    waits: F8


def rows(
    contacts: ArrayLike, interval_s: ArrayLike, aht_s: ArrayLike,
    patience_s: ArrayLike = np.nan, concurrency: ArrayLike = 1.0, within_s: ArrayLike = 0.0,
    *, level: ArrayLike = 0.0, asa_s: ArrayLike = np.inf, abandonment: ArrayLike = np.inf,
    occupancy: ArrayLike = np.inf,
) -> F8:  # fmt: skip
    """Demand of intervals as rows of kernels.required, float64 (*shape, 8).

    `patience_s` NaN: not known, inf: for ever; both are Erlang C. `concurrency` >= 1: contacts of a
    person at once, who gives each aht_s / concurrency. A goal of 0 (level) or inf (others) asks nothing.
    Raises ValueError for what cannot be, of whichever interval.
    """
    given = [contacts, interval_s, aht_s, patience_s, concurrency, within_s]
    parts = np.broadcast_arrays(*given, level, asa_s, abandonment, occupancy)
    many, span, aht, wait, at_once, within, share, speed, left, busy = (
        np.asarray(part, np.float64) for part in parts
    )
    for name, part in (("contacts", many), ("aht_s", aht), ("within_s", within)):
        _check((part >= 0) & np.isfinite(part), f"{name} must be finite and at least 0")
    _check((span > 0) & np.isfinite(span), "interval_s must be finite and above 0")
    _check(~(wait <= 0), "patience_s must be above 0, or NaN where it is not known")
    _check((at_once >= 1) & np.isfinite(at_once), "concurrency must be at least 1")
    _check((share >= 0) & (share <= 1), "a level must be a share, 0 to 1")
    for name, part in (("ASA", speed), ("abandonment", left), ("occupancy", busy)):
        _check(part >= 0, f"a goal of {name} must be at least 0")
    rate = many / span
    found = np.empty((*many.shape, FIELDS))
    known = np.isfinite(wait)
    longest = np.divide(MOST_CONTACTS, rate, out=np.full(rate.shape, np.inf), where=rate > 0)
    patience = np.where(known, np.minimum(np.where(known, wait, 0.0), longest), 0.0)
    served = np.where(known & np.isfinite(speed), np.minimum(left, SOMEBODY), left)
    for at, part in enumerate((rate, aht / at_once, patience, within, share, speed, served, busy)):
        found[..., at] = part
    return found


def required_of(demand: F8) -> Required:
    """Least FTE that meets all goals of each row, float64 (*shape, 8) -> (*shape).

    Where customers leave, an ASA needs at least one person, and the least for an ASA or an occupancy is
    never too low but between whole people a little high (0.01 FTE on the average, 0.17 at most among
    4,000 random intervals): the straight line is taken of the ratio and not of its parts.
    """
    flat = np.ascontiguousarray(demand).reshape(-1, FIELDS)
    fte = np.zeros(len(flat))
    require(flat, fte, np.zeros(FIGURES), np.zeros(FIGURES))
    promised = _some(flat) & (flat[:, PATIENCE] > 0) & np.isfinite(flat[:, MAX_ASA])
    fte = np.where(promised, np.maximum(fte, 1.0), fte)
    return Required(fte.reshape(demand.shape[:-1]), _model(demand))


def figures_of(demand: F8, staff: ArrayLike) -> Figures:
    """What `staff` FTE give for rows float64 (*shape, 8); staff and shape broadcast.

    Raises ValueError for staff below 0, or not finite.
    """
    shape = np.broadcast_shapes(demand.shape[:-1], np.shape(staff))
    demand = np.broadcast_to(demand, (*shape, FIELDS))
    there = np.array(np.broadcast_to(np.asarray(staff, np.float64), shape))
    _check((there >= 0) & np.isfinite(there), "staff must be finite and at least 0")
    flat, people = np.ascontiguousarray(demand).reshape(-1, FIELDS), there.reshape(-1)
    found, work = np.zeros((len(flat), FIGURES)), np.zeros(FIGURES)
    perform(flat, people, found, work)
    # Less than one person is one for a part of the time: who is answered, is answered by that one.
    part = _some(flat) & (flat[:, PATIENCE] > 0) & (people < 1)
    alone = np.zeros((int(part.sum()), FIGURES))
    perform(flat[part], np.ones(len(alone)), alone, work)
    found[part, ASA] = np.where(people[part] > 0, alone[:, ASA], np.inf)
    level, asa, left, busy, queue, waits = (
        found[:, at].reshape(there.shape) for at in (LEVEL, ASA, ABANDONED, OCCUPANCY, QUEUE, WAITS)
    )
    return Figures(there, _model(demand), level, asa, left, busy, queue, waits)


def _some(flat: F8) -> NDArray[np.bool_]:
    """Whether there is anything to do."""
    return np.asarray(flat[:, RATE] * flat[:, AHT] > 0)


def _model(demand: F8) -> Models:
    return np.where(demand[..., PATIENCE] > 0, ERLANG_A, ERLANG_C)


def _check(holds: NDArray[np.bool_] | np.bool_, message: str) -> None:
    if not np.all(holds):
        raise ValueError(message)
