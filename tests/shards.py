"""Feeding a shard and reading its columns in the shape of the naive twin."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from kernels.columns import ARRIVAL_ROW, CALL_COLUMNS, HANDLING_ROW
from schemas.targets import Plan
from streams.shard import Shard
from streams.view import Cells
from tests.naive import Figures


def raw(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event).encode()


def fed(shard: Shard, events: Sequence[Mapping[str, Any]], topic: str = "acd") -> Shard:
    """Fold events as one batch, after what the topic already delivered."""
    start = shard.positions.get(topic, 0)
    offsets = list(range(start, start + len(events)))
    shard.fold(topic, start, offsets, [raw(event) for event in events])
    return shard


def folded(
    events: Sequence[Mapping[str, Any]],
    plan: Plan,
    cuts: Iterable[int] = (),
    watermarks: Mapping[str, int] | None = None,
) -> Shard:
    """A shard fed with events cut into batches, swept to the watermarks."""
    shard = in_batches(Shard(plan), events, cuts)
    shard.sweep(dict(watermarks or {}))
    return shard


def in_batches(
    shard: Shard,
    events: Sequence[Mapping[str, Any]],
    cuts: Iterable[int] = (),
    crash: int = -1,
    topic: str = "acd",
) -> Shard:
    """The events in batches that end at the cuts; the shard is restored anew at batch `crash`."""
    values = encoded(events)
    edges = sorted({0, len(values), *(cut for cut in cuts if cut < len(values))})
    for number, (start, stop) in enumerate(pairwise(edges)):
        if number == crash:
            restored = Shard(shard.plan, technologies=shard.technologies)
            restored.restore(shard.snapshot())
            shard = restored
        shard.fold(topic, start, list(range(start, stop)), values[start:stop])
    assert shard.rejects == []
    return shard


def figures(shard: Shard, at_ms: int = -1) -> Figures:
    """Stored columns of a visit's rules (open handling left out), only what is not zero."""
    view = shard.view(at_ms if at_ms >= 0 else 0)
    return Figures(
        without_calls(rows(view.arrival, ARRIVAL_ROW)),
        rows(view.handling, HANDLING_ROW),
        bins(view.arrival),
        shard.duplicates,
        shard.conflicts,
    )


def rows(cells: Cells, names: Sequence[str]) -> dict[Any, dict[str, int]]:
    found = {}
    for key, row in zip(cells.keys, cells.columns.tolist(), strict=True):
        values = {name: value for name, value in zip(names, row, strict=True) if value}
        if values:
            found[tuple(key)] = values
    return found


def without_calls(table: Mapping[Any, Mapping[str, int]]) -> dict[Any, dict[str, int]]:
    """Rows without the columns of kernels/BOTS.md, Calls, which have a twin of their own."""
    kept = {k: {n: v for n, v in row.items() if n not in CALL_COLUMNS} for k, row in table.items()}
    return {key: row for key, row in kept.items() if row}


def bins(cells: Cells) -> dict[Any, dict[int, int]]:
    found = {}
    for key, row in zip(cells.keys, cells.wait_hist, strict=True):
        filled = {int(at): int(row[at]) for at in np.flatnonzero(row)}
        if filled:
            found[tuple(key)] = filled
    return found


def encoded(events: Iterable[Mapping[str, Any]]) -> list[bytes]:
    return [msgspec.json.encode(event) for event in events]
