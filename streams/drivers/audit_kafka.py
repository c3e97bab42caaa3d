"""Audit of what workers recorded: differences go to their shards through the topic `adjustments`.

Exact whoever crashes: what is sent names the revision it follows, and a shard takes each revision once
(`adjusted.take`). That revision is the newest, for it is read behind a checkpoint in which the shard
had let go of the interval, so that but for another adjustment nothing can revise it any more.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from streams.adjusted import Adjustment, prepared
from streams.audited import LIVE, Difference, key_of
from streams.checkpoint.kafka import KafkaStore
from streams.checkpoint.sqlite import SqliteStore
from streams.clock import Clock
from streams.close import Key, Record
from streams.drivers.adjustments import encoded
from streams.drivers.audit import people_of, too_late
from streams.drivers.empty import empty_shard
from streams.kafka.clients import explained
from streams.kafka.keys import owner_of, partition_of
from streams.kafka.ledger_sync import Options, sync
from streams.kafka.outgoing import Outgoing
from streams.kafka.records import Place
from streams.kafka.settings import ADJUSTMENTS, FOLDED_TOPICS
from streams.settings import Settings
from streams.shard import Shard
from streams.warm import warm

MOVED = "it was revised meanwhile: audit again"
UNANSWERED = "its shard has not answered yet: are workers running? It is sent, and taken once"
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.25


class Restated(NamedTuple):
    """RESTATED records that are in the ledger now, and what stays different with the reason."""

    records: list[Record]
    left: list[Difference]


def restate(settings: Settings, store: Path, differences: Sequence[Difference]) -> Restated:
    """Send what may be restated to its shards, and wait until it is in the ledger, synced into `store`.

    Raises UserError.
    """
    warm()
    told: list[Adjustment] = []
    left = [one for one in differences if one.kept_as_is]
    by_shard: dict[int, list[Difference]] = {}
    for one in differences:
        if not one.kept_as_is:
            number = partition_of(one.key[0], settings.kafka.partitions)
            by_shard.setdefault(number, []).append(one)
    for number, found in by_shard.items():
        made, refused = _prepared(settings, store, number, found)
        told += made
        left += refused
    _send(settings, told)
    wanted = {key_of(record): record for one in told for record in one.records}
    there = _awaited(settings, store, wanted)
    of = {one.key: one for one in differences}
    left += [of[key]._replace(kept_as_is=UNANSWERED) for key in wanted.keys() - there.keys()]
    return Restated(list(there.values()), left)


def _prepared(
    settings: Settings, store: Path, number: int, found: Sequence[Difference]
) -> tuple[list[Adjustment], list[Difference]]:
    shard = _shard(settings, number)
    if shard is None:
        return [], [one._replace(kept_as_is=LIVE) for one in found]
    # Only now: what is read behind the checkpoint has every revision made up to it.
    sync(settings, store, Options())
    with closing(SqliteStore(store, read_only=True)) as kept:
        newest = {one.key: _newest(kept, one.key) for one in found}
        still = [one for one in found if newest[one.key] == one.recorded]
        made, left = prepared(shard, still, people_of(kept, shard.plan, still))
    moved = [one for one in found if newest[one.key] != one.recorded]
    return made, [*left, *(one._replace(kept_as_is=MOVED) for one in moved)]


def _shard(settings: Settings, number: int) -> Shard | None:
    """A copy of a shard as its newest checkpoint has it; None while there is none."""
    store = KafkaStore(settings.kafka, number, FOLDED_TOPICS)
    with explained(settings.kafka):
        kept = asyncio.run(store.read())
    if kept.snapshot is None:
        return None
    shard = empty_shard(settings, owns=owner_of(number, settings.kafka.partitions))
    shard.restore(kept.snapshot)
    return shard


def _newest(kept: SqliteStore, key: Key) -> Record | None:
    where = " AND ".join(
        f"{name}=?" for name in ("program", "queue", "channel", "site", "bucket_ms", "basis")
    )
    return next(kept.ledger(where, key), None)


def _send(settings: Settings, told: Sequence[Adjustment]) -> None:
    if not told:
        return
    partitions = settings.kafka.partitions
    with Outgoing(settings.kafka) as outgoing:
        for one in told:
            program = one.records[0].program
            number = partition_of(program, partitions)
            outgoing.send(ADJUSTMENTS, program.encode(), encoded(one), number)
        outgoing.flush()


def _awaited(settings: Settings, store: Path, wanted: Mapping[Key, Record]) -> dict[Key, Record]:
    """Those that come into the ledger within some time."""
    there: dict[Key, Record] = {}
    deadline = time.monotonic() + PATIENCE_S
    while len(there) < len(wanted):
        sync(settings, store, Options())
        with closing(SqliteStore(store, read_only=True)) as kept:
            for key in wanted.keys() - there.keys():
                newest = _newest(kept, key)
                if newest is not None and newest.revision >= wanted[key].revision:
                    there[key] = newest
        if time.monotonic() > deadline:
            break
        if len(there) < len(wanted):
            time.sleep(LOOK_EVERY_S)
    return there


def mark_taken(
    settings: Settings,
    store: Path,
    late: Callable[[SqliteStore], Mapping[int, str]],
    unsettled: Collection[str],
    clock: Clock,
) -> None:
    """Note of rejects that an audit has brought in what they tell, but for programs still `unsettled`.

    `late`: program of each of them, by its id in the store. Raises UserError.
    """
    with closing(SqliteStore(store, read_only=True)) as kept:
        ids = {number for number, program in late(kept).items() if program not in unsettled}
        chosen = [one for number, one, _ in too_late(kept) if number in ids]
    if not chosen:
        return
    with Outgoing(settings.kafka) as outgoing:
        for one in chosen:
            topic, _, number = one.topic.rpartition(":")
            # Workers keep a reject in the partition of its event.
            place = Place(topic, int(number), one.offset)
            outgoing.mark_taken_again(place, clock.now_ms(), place.partition)
        outgoing.flush()
    sync(settings, store, Options())
