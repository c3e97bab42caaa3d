"""Columns of a window by owner, as arrays: what figures of all queues at once are read from."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.keys import NO_SITE
from schemas.kpi import Channels, Formula, Kpi, Measure, Term, Unit
from streams.view import Cells, QueueKey

Owner = tuple[str, str, str, str]
"""Site, program, queue (or group, or technology) and channel: labels in the order of CELL."""
Span = Mapping[str, tuple[int, int]]
"""A stretch of time of each program, [begin, end) in ms UTC."""


class Totals(NamedTuple):
    """Sums of one table: `sums[i]` int64 (columns,) belongs to `owners[i]`."""

    owners: list[Owner]
    sums: NDArray[np.int64]
    names: tuple[str, ...]

    def column(self, name: str) -> NDArray[np.int64]:
        """One column of all owners, int64 (owners,); zeros where the table has none of this name."""
        if name not in self.names:
            return np.zeros(len(self.owners), np.int64)
        return self.sums[:, self.names.index(name)]

    def of_channels(self, channels: Channels) -> "Totals":
        """Only owners of these channels; of all where there are none."""
        if not channels:
            return self
        kept = [at for at, (*_, channel) in enumerate(self.owners) if channel in channels]
        rows = self.sums[np.array(kept, np.int64)]
        return Totals([self.owners[at] for at in kept], rows, self.names)

    def having(self, name: str, counts: Iterable[int]) -> "Totals":
        """The same with one more column."""
        more = np.fromiter(counts, np.int64, len(self.owners))
        return Totals(self.owners, np.column_stack((self.sums, more)), (*self.names, name))


def totals(
    cells: Cells, span: Span, names: tuple[str, ...], queues: Iterable[QueueKey] | None = None
) -> Totals:
    """Sums of the cells that begin within their program's span, the sites of a queue together.

    A day has several parts where a target began within it. `queues`: these and no others, in this
    order; one without any cell has zeros, at no site.
    """
    rows, owner_of, sites = _placed(cells, span)
    count = max(owner_of, default=-1) + 1
    sums = np.zeros((count + 1, len(names)), np.int64)  # the last is of queues without cells
    if count == len(rows):  # as nearly always, and sooner done than adding
        sums[owner_of] = cells.columns[rows]
    else:
        np.add.at(sums, np.array(owner_of, np.int64), cells.columns[rows])
    owners: list[Owner] = []
    order: list[int] = []
    for queue in sites if queues is None else queues:
        for site, number in sites.get(queue, {NO_SITE: -1}).items():
            owners.append((site, *queue))
            order.append(number)
    return Totals(owners, sums[np.array(order, np.int64)], names)


def _placed(
    cells: Cells, span: Span
) -> tuple[list[int], list[int], dict[tuple[str, str, str], dict[str, int]]]:
    """Rows within the span, the number of each one's owner, and those numbers by queue and site."""
    first = min((begin for begin, _ in span.values()), default=0)
    last = max((end for _, end in span.values()), default=0)
    near = np.flatnonzero((cells.starts_ms >= first) & (cells.starts_ms < last))
    rows: list[int] = []
    owner_of: list[int] = []
    sites: dict[tuple[str, str, str], dict[str, int]] = {}
    count = 0
    for row in near.tolist():
        program, queue, channel, site, start_ms = cells.keys[row]
        begin, end = span.get(program, (0, 0))
        if not begin <= start_ms < end:
            continue
        of = sites.setdefault((program, queue, channel), {})
        number = of.get(site)
        if number is None:
            number = of[site] = count
            count += 1
        rows.append(row)
        owner_of.append(number)
    return rows, owner_of, sites


def values(
    declared: Kpi | Measure, of: Totals, interval_ms: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """What `streams.kpis.value` reads from each row, float64 (owners,); NaN where that is None.

    `interval_ms`: the divisor of a load, int64 (owners,); 0 where it has none yet.
    """
    over = _sum(declared.numerator, of)
    scale = 1000 if declared.unit is Unit.SECONDS else 1
    if isinstance(declared, Measure) or declared.formula is Formula.SUM:
        return over / scale
    if declared.formula is Formula.LOAD:
        return _divided(over, np.zeros_like(over) if interval_ms is None else interval_ms)
    ratio = _divided(over, _sum(declared.denominator, of) * scale)
    return ratio if declared.floor is None else np.maximum(ratio, declared.floor)


def _divided(over: NDArray[np.int64], under: NDArray[np.int64]) -> NDArray[np.float64]:
    ratios = np.full(len(over), np.nan)
    np.divide(over, under, out=ratios, where=under > 0)
    return ratios


def _sum(terms: tuple[Term, ...], of: Totals) -> NDArray[np.int64]:
    total = np.zeros(len(of.owners), np.int64)
    for term in terms:
        total += term.sign * of.column(term.named())
    return total
