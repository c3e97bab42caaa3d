"""The rest of the day: the forecast times the damped run rate, with its band (M9; definitions 6.2).

The rate is a Gamma prior of mean 1 and as much weight as `k` contacts, updated by what came against
what was due: `(k + came) / (k + due)`. It works at any size of queue: a small one moves slowly.
"""

from math import exp, lgamma, log, log1p, sqrt
from typing import NamedTuple

from schemas.targets import Plan, Program
from streams.planning.deviation import Deviation, Deviations, by_queue, deviations
from streams.view import CellKey, Curve, Planned, View

BAND = 0.8
"""Share of outcomes that a band holds."""
_Z = 1.2815515655446004
"""Of the standard normal distribution, the value that (1 + BAND) / 2 lie below."""
EXACT_BELOW = 200.0
"""Expected contacts up to which a band is counted out; above, a normal one differs by under 1 %."""


class Rate(NamedTuple):
    """How the day has gone so far. `came` and `due`: contacts, or seconds of handling."""

    prior: float
    came: float
    due: float

    @property
    def run(self) -> float | None:
        """Came over due, undamped; None while nothing was due."""
        return self.came / self.due if self.due > 0 else None

    @property
    def damped(self) -> float:
        """The rate that the rest of the day is expected to go on with."""
        return (self.prior + self.came) / (self.prior + self.due)


class Expected(NamedTuple):
    """An interval of the rest of the day. Contacts; of the open interval those still to come."""

    start_ms: int
    end_ms: int
    planned: float
    """Of the newest version of the plan."""
    contacts: float
    low: float
    high: float
    """The band of `contacts` (BAND)."""
    aht_s: float | None


class Outlook(NamedTuple):
    """The rest of a queue's day, in order of time."""

    volume: Rate
    aht: Rate | None
    rest: tuple[Expected, ...]

    @property
    def came(self) -> float:
        """Contacts so far."""
        return self.volume.came

    @property
    def day(self) -> float:
        """Contacts that the whole day is now expected to bring."""
        return self.came + sum(one.contacts for one in self.rest)


def outlooks(view: View, plan: Plan, found: Deviations | None = None) -> dict[CellKey, Outlook]:
    """The rest of the day of every queue with a plan whose feeds have spoken today."""
    found = found or deviations(view, plan)
    volume, aht = by_queue(found.volume), by_queue(found.aht)
    told = {}
    for key in view.day_plan.forecasts():
        if key in volume:
            of = plan.program(key.program)
            known_ms = min(view.at_ms, view.watermarks.get(key.program, -1))
            curve = view.day_plan.lasting(key)
            told[key] = outlook(curve, volume[key], aht.get(key, []), of, known_ms)
    return told


def outlook(
    curve: Curve, volume: list[Deviation], aht: list[Deviation], of: Program, known_ms: int
) -> Outlook:
    """The rest of a day behind `known_ms` of the newest curve, by what the intervals before it were."""
    came = sum(one.actual or 0.0 for one in volume)
    rate = Rate(of.reforecast_prior, came, sum(one.expected for one in volume))
    handling = handle_rate(aht, of.reforecast_prior)
    opened = {one.key.start_ms: one for one in volume}
    rest = [
        _expected(one, opened.get(one.start_ms), rate, handling, of.overdispersion)
        for one in curve
        if one.end_ms > known_ms
    ]
    return Outlook(rate, handling, tuple(rest))


def _expected(
    one: Planned, begun: Deviation | None, rate: Rate, handling: Rate | None, phi: float
) -> Expected:
    left = one.amount * (1.0 - (begun.elapsed if begun is not None else 0.0))
    low, high = band(left, rate, phi)
    aht_s = one.aht_s
    if aht_s is not None and handling is not None:
        aht_s *= handling.damped
    return Expected(one.start_ms, one.end_ms, one.amount, left * rate.damped, low, high, aht_s)


def handle_rate(aht: list[Deviation], prior: float) -> Rate | None:
    """Handle time so far against the forecast, each interval weighted by its contacts.

    None where no interval has an AHT on the forecast's basis.
    """
    contacts = sum(one.contacts for one in aht)
    if not contacts:
        return None
    came = sum(one.contacts * (one.actual or 0.0) for one in aht)
    due = sum(one.contacts * one.forecast for one in aht)
    return Rate(prior * due / contacts, came, due)


def band(due: float, rate: Rate, phi: float) -> tuple[float, float]:
    """Least and greatest contacts of the band, where `due` are forecast and the rate is uncertain.

    Without a prior the rate is taken as known. Up to EXACT_BELOW contacts it is the negative
    binomial distribution's, which a Poisson number with a Gamma rate has; `phi` widens it.
    """
    if due <= 0:
        return 0.0, 0.0
    shape = rate.prior + rate.came
    mean = due * rate.damped
    scale = due / (rate.prior + rate.due) if rate.prior > 0 else 0.0
    spread = phi + scale  # variance over mean
    if mean >= EXACT_BELOW or spread <= 1.0 or shape <= 0:
        half = _Z * sqrt(mean * spread)
        return max(0.0, mean - half), mean + half
    return _counted(mean, spread)


def _counted(mean: float, spread: float) -> tuple[float, float]:
    """The band of a negative binomial number of this mean and variance over mean (above 1)."""
    size = mean / (spread - 1.0)
    tail, total, low = (1.0 - BAND) / 2, 0.0, -1
    n = 0
    while total < 1.0 - tail and n < 100_000:
        total += exp(
            lgamma(n + size) - lgamma(size) - lgamma(n + 1)
            - size * log(spread) + n * (log1p(-1.0 / spread))
        )  # fmt: skip
        if low < 0 and total >= tail:
            low = n
        n += 1
    return float(max(low, 0)), float(n - 1)
