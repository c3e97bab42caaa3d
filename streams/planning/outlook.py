"""The rest of the day: the forecast times the damped run rate, with its band (M9; definitions 6.2).

The rate is a Gamma prior of mean 1 and as much weight as `k` contacts, updated by what came against
what was due: `(k + came) / (k + due)`. It works at any size of queue: a small one moves slowly. Where
the intervals of the day differ from one another by more than chance, their contacts say that much
less, and `k` weighs that much more (spread.noise_seen).

Intervals of a range that an analyst has marked as a one-off (View.left_out) say nothing of the rest.
The rate is of what came since the newest figures were published, against these figures: who published
them at noon had seen the morning. What floorwatch published itself is left aside.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kernels.layout import F8
from schemas.actions import Action
from schemas.targets import Plan, Program
from streams.planning.deviation import Deviation, Deviations, against, by_queue, deviations
from streams.planning.spread import BAND, Days, bands, noise_seen, spread
from streams.view import CellKey, Curve, Planned, View

__all__ = ["BAND", "Begun", "Expected", "Outlook", "Rate", "of_all", "outlook", "outlooks"]


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
        """The rate that the rest of the day is expected to go on with; 1 while nothing says."""
        weight = self.prior + self.due
        return (self.prior + self.came) / weight if weight > 0 else 1.0


class Expected(NamedTuple):
    """An interval of the rest of the day. Contacts; of the open interval those still to come."""

    start_ms: int
    end_ms: int
    planned: float
    """Of the newest version of the plan that floorwatch did not publish."""
    contacts: float
    low: float
    high: float
    """The band of `contacts` (BAND)."""
    aht_s: float | None


class Outlook(NamedTuple):
    """The rest of a queue's day, in order of time."""

    volume: Rate
    """Of the intervals that it learns from; `prior` is the program's, times the noise seen."""
    aht: Rate | None
    rest: tuple[Expected, ...]
    came: float
    """Contacts so far."""
    low: float
    high: float
    """The band (BAND) of all that comes yet, which is not the sum of the intervals' bands."""
    left_out: tuple[Action, ...] = ()
    """Why some of the intervals so far count for nothing here: ranges marked as one-offs."""

    @property
    def remaining(self) -> float:
        """Contacts that are expected yet."""
        return sum(one.contacts for one in self.rest)

    @property
    def day(self) -> float:
        """Contacts that the whole day is now expected to bring."""
        return self.came + self.remaining


class Begun(NamedTuple):
    """What is known of a queue's day: its newest curve, and the intervals that have begun."""

    curve: Curve
    volume: Sequence[Deviation]
    """Against the curve."""
    aht: Sequence[Deviation]
    of: Program
    known_ms: int
    left_out: tuple[Action, ...] = ()
    """Ranges of the day that it does not learn from."""


class Projected(NamedTuple):
    """What comes yet, of queues (q,) and the intervals of Days.left (q, m), float64."""

    prior: F8
    """Contacts that the forecast weighs, (q,)."""
    rate: F8
    """(q,)."""
    mean: F8
    low: F8
    high: F8
    """Contacts of each interval and their band, (q, m)."""
    all_low: F8
    all_high: F8
    """The band of all together, (q,)."""


def projected(days: Days, reforecast_prior: F8) -> Projected:
    """The rest of days of queues, worked out together; `reforecast_prior` (q,)."""
    prior = reforecast_prior * (noise_seen(days) / days.phi)
    weight = prior + days.due.sum(1)
    rate = np.divide(prior + days.came.sum(1), weight, out=np.ones_like(weight), where=weight > 0)
    mean = days.left * rate[:, None]
    varies = spread(days, prior)
    within, of_all = bands(mean, varies.intervals), bands(mean.sum(1), varies.total)
    return Projected(prior, rate, mean, *within, *of_all)


def outlooks(view: View, plan: Plan, found: Deviations | None = None) -> dict[CellKey, Outlook]:
    """The rest of the day of every queue with a plan whose feeds have spoken today."""
    begun = days_begun(view, plan, found)
    return dict(zip(begun, of_all(list(begun.values())), strict=True))


def days_of(view: View, plan: Plan) -> dict[CellKey, dict[int, Expected]]:
    """Intervals of each queue's day by their start (ms), with the contacts of the whole interval: those
    that came, and what is expected yet. Of one that is over there is no handle time."""
    found = deviations(view, plan)
    volume = by_queue(found.volume)
    told: dict[CellKey, dict[int, Expected]] = {}
    for key, of in outlooks(view, plan, found).items():
        came = {one.key.start_ms: one.actual or 0.0 for one in volume[key]}
        told[key] = {
            one.key.start_ms: Expected(
                one.key.start_ms, one.end_ms, one.forecast, *(came[one.key.start_ms],) * 3, None
            )
            for one in volume[key]
        } | {
            one.start_ms: one._replace(contacts=one.contacts + came.get(one.start_ms, 0.0))
            for one in of.rest
        }
    return told


def days_begun(view: View, plan: Plan, found: Deviations | None = None) -> dict[CellKey, Begun]:
    """What those queues are worked out from."""
    found = found or deviations(view, plan)
    volume, aht = by_queue(found.volume), by_queue(found.aht)
    edited = {key: curve for key, curve in view.day_plan.bases().items() if key in volume}
    if edited:
        again = against(view, plan, edited)
        volume, aht = volume | by_queue(again.volume), aht | by_queue(again.aht)
    return {
        key: Begun(
            *(view.day_plan.base(key), volume[key], aht.get(key, ())),
            *(plan.program(key.program), view.known_ms(key.program)),
            left_out(view, key),
        )
        for key in view.day_plan.forecasts()
        if key in volume
    }


def left_out(view: View, key: CellKey) -> tuple[Action, ...]:
    """Ranges that touch a queue's intervals of today that have begun."""
    return tuple(dict.fromkeys(action for action, _ in _left_out(view, key)))


def left_out_intervals(view: View, key: CellKey) -> set[int]:
    """Starts of those intervals, ms UTC."""
    return {start_ms for _, start_ms in _left_out(view, key)}


def _left_out(view: View, key: CellKey) -> list[tuple[Action, int]]:
    ranges = [one for one in view.left_out if one.covers(key.program, key.queue)]
    if not ranges:
        return []
    known_ms = view.known_ms(key.program)
    begun = [one for one in view.day_plan.base(key) if one.start_ms < known_ms]
    return [
        (action, one.start_ms)
        for action in ranges
        for one in begun
        if action.touches(one.start_ms, one.end_ms)
    ]


def outlook(
    curve: Curve, volume: list[Deviation], aht: list[Deviation], of: Program, known_ms: int
) -> Outlook:
    """The rest of a day behind `known_ms` of the newest curve, by what the intervals before it were."""
    return of_all([Begun(curve, volume, aht, of, known_ms)])[0]


def of_all(begun: Sequence[Begun]) -> list[Outlook]:
    """The outlooks of queues, worked out together as arrays: 2,000 cost little more than one."""
    if not begun:
        return []
    ahead = [[one for one in queue.curve if one.end_ms > queue.known_ms] for queue in begun]
    days = Days(
        *learnt(list(zip(begun, ahead, strict=True))),
        _rows([_left(queue, rest) for queue, rest in zip(begun, ahead, strict=True)]),
        np.array([queue.of.overdispersion for queue in begun]),
        np.array([queue.of.day_factor_sd for queue in begun]),
    )
    comes = projected(days, np.array([queue.of.reforecast_prior for queue in begun]))
    came_due = np.stack((comes.prior, days.came.sum(1), days.due.sum(1)), 1)
    rates = [Rate(*each) for each in came_due.tolist()]
    mean, low, high, told = comes.mean, comes.low, comes.high, []
    for at, (queue, rest) in enumerate(zip(begun, ahead, strict=True)):
        handled = handling(queue, rest)
        expected = (
            _expected(one, float(mean[at, n]), float(low[at, n]), float(high[at, n]), handled)
            for n, one in enumerate(rest)
        )
        came = sum(one.actual or 0.0 for one in queue.volume)
        between = float(comes.all_low[at]), float(comes.all_high[at])
        told.append(Outlook(rates[at], handled, tuple(expected), came, *between, queue.left_out))
    return told


def learnt(days: Sequence[tuple[Begun, Sequence[Planned]]]) -> tuple[F8, F8]:
    """Days.due and Days.came of queues, each with what its curve has ahead."""
    found = [_learnt(queue, _telling(queue, rest)) for queue, rest in days]
    due, came = ([[pair[at] for pair in each] for each in found] for at in (0, 1))
    return _rows(due, front=True), _rows(came, front=True)


def _telling(queue: Begun, rest: Sequence[Planned]) -> set[int]:
    """Starts of the intervals begun that the rest of the day learns from.

    Not those that lie before the rest was forecast anew, unless their own figures are of that version
    too: a whole day that is loaded late is compared with all that came.
    """
    since_ms = published_ms(rest)
    return {
        one.start_ms
        for one in queue.curve
        if max(one.start_ms, one.published_ms) >= since_ms
        and not any(action.touches(one.start_ms, one.end_ms) for action in queue.left_out)
    }


def _learnt(queue: Begun, telling: set[int]) -> list[tuple[float, float]]:
    """Contacts due and come of each interval begun; 0 of what tells nothing of the rest."""
    return [
        (one.expected, one.actual or 0.0) if one.key.start_ms in telling else (0.0, 0.0)
        for one in queue.volume
    ]


def published_ms(rest: Sequence[Planned]) -> int:
    """When that version was published that most contacts of the rest are of; -1 without a rest."""
    contacts = dict.fromkeys((one.published_ms for one in rest), 0.0)
    for one in rest:
        contacts[one.published_ms] += one.amount
    return max(contacts, key=lambda moment: (contacts[moment], -moment), default=-1)


def _left(queue: Begun, rest: Sequence[Planned]) -> list[float]:
    elapsed = {one.key.start_ms: one.elapsed for one in queue.volume}
    return [one.amount * (1.0 - elapsed.get(one.start_ms, 0.0)) for one in rest]


def _rows(queues: list[list[float]], front: bool = False) -> F8:
    """Lists as rows of one length, with zeros at the end, or in front."""
    longest = max(map(len, queues), default=0)
    found = np.zeros((len(queues), longest))
    for row, values in zip(found, queues, strict=True):
        row[longest - len(values) if front else 0 :][: len(values)] = values
    return found


def _expected(
    one: Planned, contacts: float, low: float, high: float, handled: Rate | None
) -> Expected:
    aht_s = one.aht_s
    if aht_s is not None and handled is not None:
        aht_s *= handled.damped
    return Expected(one.start_ms, one.end_ms, one.amount, contacts, low, high, aht_s)


def handling(queue: Begun, rest: Sequence[Planned]) -> Rate | None:
    """Handle time of the intervals that the rest of a queue's day learns from."""
    starts = _telling(queue, rest)
    told = [one for one in queue.aht if one.key.start_ms in starts]
    return handle_rate(told, queue.of.reforecast_prior)


def handle_rate(aht: Sequence[Deviation], prior: float) -> Rate | None:
    """Handle time so far against the forecast, each interval weighted by its contacts.

    None where no interval has an AHT on the forecast's basis.
    """
    contacts = sum(one.contacts for one in aht)
    if not contacts:
        return None
    came = sum(one.contacts * (one.actual or 0.0) for one in aht)
    due = sum(one.contacts * one.forecast for one in aht)
    return Rate(prior * due / contacts, came, due)
