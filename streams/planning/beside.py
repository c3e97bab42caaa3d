"""A day's curves as arrays, and what came in each of their intervals beside them, all queues at once."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, STAFF_ROW
from kernels.layout import F8, I8
from schemas.keys import BUCKET_MS
from streams.view import STAFF_CHANNEL, CellKey, Cells, Curve, View

OFFERED = tuple(map(ARRIVAL_ROW.index, ("offered", "cohort_handle_ms", "cohort_handled")))
HANDLED = tuple(map(HANDLING_ROW.index, ("talk_ms", "hold_ms", "acw_ms", "handled")))
STAFFED = (STAFF_ROW.index("staffed_ms"),)
NO_AHT, END, COHORT, CLIPPED = range(4)
_BASES = {"end": END, "cohort": COHORT, "clipped": CLIPPED}
_KEPT_TABLES = 4
Flags = NDArray[np.bool_]


class _Places(dict[CellKey, int]):
    """Where a cell's bucket stands in the grid of all curves' buckets; the place behind it: nowhere.

    Views name the same cells again and again: each is worked out once.
    """

    def __init__(self, at: Mapping[CellKey, int], first_ms: int, buckets: int, by_site: bool):
        super().__init__()
        self._at, self._first, self._buckets, self._by_site = at, first_ms, buckets, by_site
        self._gone: dict[int, tuple[Mapping[CellKey, list[int]], I8]] = {}

    def __missing__(self, key: CellKey) -> int:
        of = key._replace(start_ms=0) if self._by_site else key._replace(start_ms=0, site="")
        row, bucket = self._at.get(of), (key.start_ms - self._first) // BUCKET_MS
        inside = row is not None and 0 <= bucket < self._buckets
        place = row * self._buckets + bucket if inside and row is not None else self.nowhere
        self[key] = place
        return place

    @property
    def nowhere(self) -> int:
        return len(self._at) * self._buckets

    def gone(self, past: Mapping[CellKey, list[int]], columns: int) -> I8:
        """As `sums`, of what has left the live tables: worked out anew where more has left."""
        known = self._gone.get(columns)
        if known is None or known[0] is not past:
            flat = np.fromiter(chain.from_iterable(past.values()), np.int64, len(past) * columns)
            known = self._gone[columns] = past, self.sums([*past], flat.reshape(-1, columns))
        return known[1]

    def sums(self, keys: Sequence[CellKey], columns: NDArray[np.int64]) -> I8:
        """Sums of columns (keys, c) up to each edge of the grid, int64 (c, edges)."""
        places = np.fromiter(map(self.__getitem__, keys), np.int64, len(keys))
        counted = [
            # Exact: no column of a day comes near 2^53.
            np.bincount(places, of, self.nowhere + 1)[:-1]
            for of in columns.T.astype(np.float64)
        ]
        grid = np.array(counted).reshape(len(counted), len(self._at), self._buckets)
        edges = np.zeros((*grid.shape[:2], self._buckets + 1), np.int64)
        edges[:, :, 1:] = np.cumsum(grid, axis=2)
        return edges.reshape(len(counted), -1)


class Table(NamedTuple):
    """Curves by queue (or group and site) and time; arrays are of intervals."""

    keys: tuple[CellKey, ...]
    each: tuple[CellKey, ...]
    """Key of each interval, with its start."""
    owner: I8
    """Place in `keys`."""
    start: I8
    end: I8
    first: I8
    last: I8
    """Edges in the grid of the buckets of all `keys`."""
    amount: F8
    aht_s: F8
    basis: I8
    slope: F8
    """Change of the rate over the interval, over its mean (share)."""
    places: _Places

    def came(
        self, at: I8, cells: Cells, columns: Sequence[int], past: Mapping[CellKey, list[int]]
    ) -> I8:
        """Sums of columns over intervals (n,), of live buckets and of those that left, int64 (c, n)."""
        edges = self.places.sums(cells.keys, cells.columns[:, list(columns)])
        edges += self.places.gone(past, len(columns))
        found: I8 = edges.take(self.last[at], 1) - edges.take(self.first[at], 1)
        return found


def table(curves: Mapping[CellKey, Curve], of_staff: bool) -> Table:
    """Of the queues, or of the groups, among the curves' keys."""
    keys = tuple(key for key in curves if (key.channel == STAFF_CHANNEL) is of_staff)
    told = [
        (one.start_ms, one.end_ms, one.amount, one.aht_s or 0.0,
         NO_AHT if one.aht_s is None else _BASES.get(one.basis, CLIPPED))
        for one in chain.from_iterable(curves[key] for key in keys)
    ]  # fmt: skip
    columns = np.array(told, np.float64).reshape(-1, 5).T
    start, end, basis = (columns[at].astype(np.int64) for at in (0, 1, 4))
    amount, aht_s = columns[2], columns[3]
    owner = np.repeat(np.arange(len(keys)), [len(curves[key]) for key in keys])
    first_ms = int(start.min()) if len(start) else 0
    buckets = -(-(int(end.max(initial=first_ms)) - first_ms) // BUCKET_MS)
    edge = owner * (buckets + 1)
    return Table(
        keys,
        tuple(key._replace(start_ms=one.start_ms) for key in keys for one in curves[key]),
        *(owner, start, end),
        *(edge + (start - first_ms) // BUCKET_MS, edge - (first_ms - end) // BUCKET_MS),
        *(amount, aht_s, basis, _slopes(owner, start, end, amount)),
        _Places({key: at for at, key in enumerate(keys)}, first_ms, buckets, of_staff),
    )


def _slopes(owner: I8, start: I8, end: I8, amount: F8) -> F8:
    """The rate changes over an interval as it does from the one before to the one behind it."""
    touches = (owner[1:] == owner[:-1]) & (end[:-1] == start[1:])
    before, after = amount.copy(), amount.copy()
    before[1:][touches] = amount[:-1][touches]
    after[:-1][touches] = amount[1:][touches]
    slope = np.divide(after - before, 2 * amount, out=np.zeros_like(amount), where=amount != 0)
    return np.clip(slope, -2.0, 2.0)


class _Kept:
    """Tables of the curves asked for last: a plan is worked out once, not at every scrape."""

    def __init__(self) -> None:
        self._told: tuple[tuple[Mapping[CellKey, Curve], bool, Table], ...] = ()

    def __call__(self, curves: Mapping[CellKey, Curve], of_staff: bool) -> Table:
        for known, kind, found in self._told:
            if kind is of_staff and _same(known, curves):
                return found
        made = table(curves, of_staff)
        self._told = ((curves, of_staff, made), *self._told[: 2 * _KEPT_TABLES - 1])
        return made


kept = _Kept()


def _same(one: Mapping[CellKey, Curve], other: Mapping[CellKey, Curve]) -> bool:
    """Whether two hold the very same curves: a curve is never changed."""
    if one is other:
        return True
    pairs = zip(one.items(), other.items(), strict=False)
    return len(one) == len(other) and all(
        curve is held and key == of for (key, curve), (of, held) in pairs
    )


class Beside(NamedTuple):
    """Begun intervals of a table by their place in it; arrays of these (n,)."""

    of: Table
    at: I8
    elapsed: F8
    forecast: F8
    """Of the whole interval: contacts, seconds of handling, FTE."""
    expected: F8
    actual: F8
    """NaN: unknown."""
    noise: F8
    """0: nothing says."""
    contacts: I8


def queues(
    view: View, curves: Mapping[CellKey, Curve], phi: Mapping[str, float]
) -> tuple[Beside, Beside]:
    """Volume, and handle time where one is forecast. `phi` by program: overdispersion."""
    of, past = kept(curves, False), view.past
    at, heard_ms, known_ms = _begun(of, view)
    elapsed, missed = (
        shares(of.start[at], of.end[at], of.slope[at], moment) for moment in (known_ms, heard_ms)
    )
    elapsed -= missed
    offered = of.came(at, view.arrival, OFFERED, past.offered)
    amount = of.amount[at]
    expected = amount * elapsed
    noise = np.sqrt(_of_owner(of, phi)[of.owner[at]] * expected)
    none = np.zeros(len(at), np.int64)
    volume = Beside(of, at, elapsed, amount, expected, offered[0].astype(np.float64), noise, none)
    told = of.basis[at] != NO_AHT
    handled = of.came(at[told], view.handling, HANDLED, past.handled)
    return volume, _aht(of, at[told], elapsed[told], offered[:, told], handled)


def _aht(of: Table, at: I8, elapsed: F8, offered: I8, handled: I8) -> Beside:
    basis, due = of.basis[at], of.aht_s[at]
    total_ms = np.where(basis == END, handled[:3].sum(axis=0), offered[1])
    contacts = np.where(basis == END, handled[3], offered[2])
    contacts = np.where(basis == CLIPPED, 0, contacts)
    some = contacts > 0
    many = np.where(some, contacts, 1)
    actual = np.where(some, total_ms / 1000 / many, np.nan)
    noise = np.where(some, due / np.sqrt(many), 0.0)
    return Beside(of, at, elapsed, due, due, actual, noise, contacts)


def groups(view: View, curves: Mapping[CellKey, Curve]) -> Beside:
    """Staff there, as FTE of what has passed of each interval and is known."""
    of = kept(curves, True)
    at, heard_ms, known_ms = _begun(of, view)
    passed = np.minimum(of.end[at], known_ms) - heard_ms
    there = of.came(at, view.staff, STAFFED, view.past.staffed)[0] / passed
    elapsed = passed / (of.end[at] - of.start[at])
    nothing = np.zeros(len(at))
    due = of.amount[at]
    return Beside(of, at, elapsed, due, due, there, nothing, nothing.astype(np.int64))


def _begun(of: Table, view: View) -> tuple[I8, I8, I8]:
    """Places of what has begun and is known; from when in it, and up to when, its program's feeds have
    told. Of a feed that came up in the middle of the day nothing is missing before, it is unknown."""
    told = {
        key.program: (view.heard_from.get(key.program, 0), view.known_ms(key.program))
        for key in of.keys
    }
    spans = np.array([told[key.program] for key in of.keys], np.int64).reshape(-1, 2)
    heard_ms, known_ms = spans[of.owner].T
    heard_ms = np.maximum(of.start, heard_ms)
    at = np.flatnonzero(
        (heard_ms < known_ms) & (heard_ms < of.end) & (of.start >= view.past.since_ms)
    )
    return at, heard_ms[at], known_ms[at]


def _of_owner(of: Table, by_program: Mapping[str, float]) -> F8:
    return np.array([by_program[key.program] for key in of.keys], np.float64)


def shares(start: I8, end: I8, slope: F8, now_ms: I8) -> F8:
    """Share of each interval's contacts that should have come by a moment (deviation.share)."""
    passed = (now_ms - start) / (end - start)
    due = np.maximum(0.0, passed + slope / 2 * (passed * passed - passed))
    return np.where(now_ms >= end, 1.0, due)
