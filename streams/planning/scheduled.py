"""Who is scheduled from now on: people and those among them at work, by group, site and bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernels.layout import BUCKET_MS
from kernels.spans import CUSTOMER_WORK, WORK
from streams.view import CellKey, Scheduled

if TYPE_CHECKING:
    from streams.shard import Shard

AHEAD = 26 * 4
"""Buckets: the rest of the longest local day, which has 25 hours."""
Pieces = NDArray[np.void]


class Schedule:
    """What was worked out of a shard's schedules, and whether it is out of date."""

    def __init__(self) -> None:
        self.changed = 0
        """Rises with every batch of schedule rows."""
        self.known: tuple[Any, dict[CellKey, Scheduled]] = (None, {})


def scheduled(shard: Shard, now_ms: int) -> dict[CellKey, Scheduled]:
    """The official schedule from the bucket of `now_ms` on, of every group and site that has one.

    It is worked out anew where a schedule has changed or the bucket has.
    """
    first = now_ms // BUCKET_MS
    schedule = shard.schedule
    at = (schedule.changed, len(shard.names.places), first)
    if schedule.known[0] != at:
        schedule.known = (at, _worked_out(shard, first))
    return schedule.known[1]


def _worked_out(shard: Shard, first: int) -> dict[CellKey, Scheduled]:
    pieces = _pieces(shard)
    pieces = pieces[pieces["end"] > first * BUCKET_MS]
    places = len(shard.names.places)
    heads = _booked(pieces, places, first)
    work = _booked(pieces[pieces["activity"] == WORK], places, first)
    found: dict[CellKey, Scheduled] = {}
    for place in np.unique(pieces["place"]).tolist():
        queue, site = shard.names.places[place]
        key = CellKey._make((*shard.names.queues[queue], shard.names.sites[site], 0))
        found[key] = Scheduled(first * BUCKET_MS, heads[place], work[place])
    return found


def customer_work(shard: Shard, since_ms: int, until_ms: int) -> dict[CellKey, int]:
    """Time scheduled for work that is not on contacts, ms, by group, site and bucket of [since, until)."""
    first = since_ms // BUCKET_MS
    count = -(-until_ms // BUCKET_MS) - first
    pieces = _pieces(shard)
    pieces = pieces[pieces["activity"] == CUSTOMER_WORK]
    if count <= 0 or not len(pieces):
        return {}
    found: dict[CellKey, int] = {}
    booked = _booked(pieces, len(shard.names.places), first, count)
    for place, bucket in np.argwhere(booked).tolist():
        queue, site = shard.names.places[place]
        head = (*shard.names.queues[queue], shard.names.sites[site])
        found[CellKey(*head, (first + bucket) * BUCKET_MS)] = int(booked[place, bucket])
    return found


def _pieces(shard: Shard) -> Pieces:
    """Everybody's, side by side."""
    people = shard.state.people
    persons = people.persons[: int(people.used[0])]
    counts = persons["pieces"].astype(np.int64)
    before = np.cumsum(counts) - counts
    at = np.repeat(persons["piece_start"] - before, counts) + np.arange(int(counts.sum()))
    gathered: Pieces = people.pieces[at]
    return gathered


def _booked(pieces: Pieces, places: int, first: int, count: int = AHEAD) -> NDArray[np.int64]:
    """Time in each of `count` buckets, ms, int64 (places, count)."""
    begins = np.maximum(pieces["start"], first * BUCKET_MS)
    ends = np.minimum(pieces["end"], (first + count) * BUCKET_MS)
    kept = begins < ends
    begins, ends, place = begins[kept], ends[kept], pieces["place"][kept].astype(np.int64)
    since = begins // BUCKET_MS
    touched = (ends - 1) // BUCKET_MS - since + 1
    of = np.repeat(np.arange(len(touched)), touched)
    bucket = np.arange(len(of)) + np.repeat(since - (np.cumsum(touched) - touched), touched)
    length = np.minimum(ends[of], (bucket + 1) * BUCKET_MS)
    length -= np.maximum(begins[of], bucket * BUCKET_MS)
    cell = place[of] * count + bucket - first
    total = np.bincount(cell, weights=length, minlength=places * count)
    return total.astype(np.int64).reshape(places, count)
