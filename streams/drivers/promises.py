"""Targets and opening hours from the store into a shard: at its start, and while it runs."""

from streams import logs
from streams.checkpoint import promises
from streams.checkpoint.sqlite import SqliteStore
from streams.promised import TAKEN, fates, merged
from streams.shard import Shard


def take_again(store: SqliteStore, shard: Shard) -> None:
    """What was taken before: what is counted was judged by it."""
    with store.reading() as db:
        taken = [one for one, _ in promises.kept(db, TAKEN)]
    if taken:
        shard.promise(merged(shard.plan, taken))


def take_waiting(store: SqliteStore, shard: Shard) -> None:
    """What was published since, if it begins later than what is counted; the rest is refused for good.

    The store knows it before the shard does, so that no state is kept that was judged by what a
    restart would not find. Raises StoreError; then nothing is taken.
    """
    with store.reading() as db:
        waiting = [one for one, _ in promises.kept(db, promises.WAITING)]
        if not waiting:
            return
        before = [one for one, _ in promises.kept(db, TAKEN)]
    settled = fates(waiting, shard.plan, shard.greatest_ms)
    plan = merged(shard.plan, [*before, *(one for one, fate in settled if fate == TAKEN)])
    with store.transaction() as db:
        promises.settle(db, settled)
    store.keep_plan(plan)
    shard.promise(plan)
    for one, fate in settled:
        say = f"{one.kind} of queue {one.queue!r}, version {one.version}: {fate}"
        if fate == TAKEN:
            logs.info("plan_taken", say)
        else:
            logs.warn("plan_refused", say)
