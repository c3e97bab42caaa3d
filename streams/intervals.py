"""The interval states of one table of cells: what was recorded of each, and what must be now."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.cells import resized, unpack
from kernels.growth import extended
from kernels.layout import BUCKET_MS, Cells
from schemas.keys import Basis, IntervalState


class Part(NamedTuple):
    """The columns of one basis within a table; `pending` columns must be 0 before it is FINAL."""

    basis: Basis
    columns: slice
    pending: tuple[int, ...]
    hist: bool = False
    """Whether the table's histogram belongs to this part."""


class Change(NamedTuple):
    """One ledger record to be: row of the table, part, and what is said about it."""

    row: int
    part: Part
    state: IntervalState
    revision: int
    old: NDArray[np.int64] | None
    rebuilt: bool = False
    """The old value is that of a ledger whose state was lost."""


@dataclass
class Moment:
    """Per row of a table at one close: end of its bucket passed, ripe for FINAL (bool arrays)."""

    passed: NDArray[np.bool_]
    ripe: NDArray[np.bool_]
    cover: NDArray[np.float64]
    """Share of each bucket that its feeds' promises cover, 0 to 1."""
    sealed: NDArray[np.bool_] | None = None
    """Rows never to be recorded: a part of their events is no longer retained."""


class IntervalTable:
    """Revisions of the cells of one kernel table, row by row.

    `revision` int32 (rows, parts): 0 until FINAL; `recorded` int64 (rows, columns): the values of
    the newest record; `shape` int64 (rows,): a checksum of the histogram, `recorded_shape` of the
    recorded one; `awaited` bool (rows, parts): recorded by a former state, not yet counted again.
    """

    def __init__(self, parts: tuple[Part, ...], names: tuple[str, ...]) -> None:
        self.parts = parts
        self.names = names
        self.revision = np.zeros((0, len(parts)), np.int32)
        self.known = np.zeros((0, len(parts)), np.bool_)
        self.recorded = np.zeros((0, len(names)), np.int64)
        self.shape = np.zeros(0, np.int64)
        self.recorded_shape = np.zeros(0, np.int64)
        self.awaited = np.zeros((0, len(parts)), np.bool_)
        self.cover = np.zeros(0, np.float64)
        """Share of each bucket that its feeds had covered when it was last recorded."""

    def changes(self, cells: Cells, values: NDArray[np.int64], moment: Moment) -> Iterator[Change]:
        """Records that are due, with `values` int64 (rows, columns) as the present figures."""
        rows = len(values)
        self._extend(rows)
        shape = self.shape[:rows] = self._shapes(cells, rows)
        sealed = np.zeros(rows, np.bool_) if moment.sealed is None else moment.sealed
        for p, part in enumerate(self.parts):
            differs = (values[:, part.columns] != self.recorded[:rows, part.columns]).any(axis=1)
            if part.hist:
                differs |= shape != self.recorded_shape[:rows]
            # What a silence left open has been filled: the value counts for more than it did.
            differs |= (moment.cover > self.cover[:rows]) & (self.revision[:rows, p] > 0)
            settled = moment.ripe.copy()
            for column in part.pending:
                settled &= values[:, column] == 0
            revision, awaited = self.revision[:rows, p], self.awaited[:rows, p]
            first_final = settled & (revision == 0)
            restated = (revision > 0) & differs & (settled | ~awaited)
            provisional = (revision == 0) & ~settled & moment.passed
            provisional &= differs | ~self.known[:rows, p]
            due = (first_final | restated | provisional) & ~sealed
            for row in np.flatnonzero(due).tolist():
                yield self._change(row, p, bool(restated[row]), bool(first_final[row]), values)
            revision[sealed & settled & (revision == 0)] = 1
            awaited[settled] = False
        self.cover[:rows] = np.where(moment.passed, moment.cover, self.cover[:rows])
        for p, part in enumerate(self.parts):
            # A source heard for the first time takes the watermark back behind what is FINAL.
            done = moment.passed | (self.revision[:rows, p] > 0)
            done &= ~self.awaited[:rows, p]
            self.recorded[:rows, part.columns][done] = values[:, part.columns][done]
            if part.hist:
                self.recorded_shape[:rows][done] = shape[done]

    def seed(self, row: int, part: Part, revision: int, values: list[int], shape: int) -> None:
        """Take over what a ledger has recorded of a row that will be counted again."""
        self._extend(row + 1)
        p = self.parts.index(part)
        self.revision[row, p] = revision
        self.known[row, p] = self.awaited[row, p] = True
        self.recorded[row, part.columns] = values
        self.cover[row] = 1.0
        if part.hist:
            self.recorded_shape[row] = shape

    def _change(
        self, row: int, p: int, restated: bool, final: bool, values: NDArray[np.int64]
    ) -> Change:
        part = self.parts[p]
        self.known[row, p] = True
        if restated:
            self.revision[row, p] += 1
            old = self.recorded[row, part.columns].copy()
            revision, rebuilt = int(self.revision[row, p]), bool(self.awaited[row, p])
            return Change(row, part, IntervalState.RESTATED, revision, old, rebuilt)
        if final:
            self.revision[row, p] = 1
            return Change(row, part, IntervalState.FINAL, 1, None)
        return Change(row, part, IntervalState.PROVISIONAL, 0, None)

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Forget every row but `rows`."""
        self.revision = self.revision[rows]
        self.known = self.known[rows]
        self.recorded = self.recorded[rows]
        self.shape = self.shape[rows]
        self.recorded_shape = self.recorded_shape[rows]
        self.awaited = self.awaited[rows]
        self.cover = self.cover[rows]

    def all_final(self, rows: int) -> NDArray[np.bool_]:
        """Rows whose every part is FINAL or RESTATED."""
        self._extend(rows)
        final: NDArray[np.bool_] = np.all(self.revision[:rows] > 0, axis=1)
        return final

    def state(self) -> dict[str, Any]:
        """Arrays that a snapshot keeps."""
        return {
            "revision": self.revision,
            "known": self.known,
            "recorded": self.recorded,
            "shape": self.shape,
            "recorded_shape": self.recorded_shape,
            "awaited": self.awaited,
            "cover": self.cover,
        }

    def restore(self, arrays: dict[str, Any]) -> None:
        """Take over the arrays of `state`."""
        self.revision = arrays["revision"].copy()
        self.known = arrays["known"].copy()
        self.recorded = arrays["recorded"].copy()
        self.shape = arrays["shape"].copy()
        self.recorded_shape = arrays["recorded_shape"].copy()
        self.awaited = arrays["awaited"].copy()
        self.cover = arrays["cover"].copy()

    def _shapes(self, cells: Cells, rows: int) -> NDArray[np.int64]:
        """One number per histogram, so that different distributions of one sum do not look equal."""
        shape = self.shape[:rows].copy()
        if len(cells.hist):
            changed = np.flatnonzero(cells.dirty[:rows])
            shape[changed] = cells.hist[changed].astype(np.int64) @ shape_weights(cells)
            cells.dirty[:rows] = 0
        return shape

    def _extend(self, rows: int) -> None:
        self.revision = extended(self.revision, rows)
        self.known = extended(self.known, rows)
        self.recorded = extended(self.recorded, rows)
        self.shape = extended(self.shape, rows)
        self.recorded_shape = extended(self.recorded_shape, rows)
        self.awaited = extended(self.awaited, rows)
        self.cover = extended(self.cover, rows)


def shape_weights(cells: Cells) -> NDArray[np.int64]:
    """Weight of each bin in the checksum of a histogram, int64 (bins,)."""
    weights = (np.arange(cells.hist.shape[1], dtype=np.int64) * 7919 + 97) % 1_000_003
    squares: NDArray[np.int64] = weights * weights
    return squares


def bucket_ends(cells: Cells) -> NDArray[np.int64]:
    """End of the bucket of each used row, ms."""
    buckets: NDArray[np.int64] = unpack(cells.keys[: int(cells.used[0])])[2]
    return (buckets + 1) * BUCKET_MS


def without(cells: Cells, gone: NDArray[np.bool_]) -> tuple[Cells, NDArray[np.int64]]:
    """The cells without the rows marked `gone`, and the rows that stayed."""
    kept = np.flatnonzero(~gone)
    smaller: Cells = resized(cells, max(64, int(len(kept) * 1.25)), kept)
    return smaller, kept
