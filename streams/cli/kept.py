"""What a store holds of a day: its ledger, and every version of its plan."""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from schemas.actions import Action
from streams.checkpoint.sqlite import SqliteStore
from streams.drivers.reading import Reader
from streams.errors import UserError
from streams.planning.day import day_plan_as_of
from streams.planning.journal import PlanSource, plan_path
from streams.shard import Shard
from streams.sources.tail import TailSource
from streams.view import DayPlan

LINES = 2_000


def by_moment(shard: Shard) -> Callable[[int, int], DayPlan]:
    """The plan of the local day of a moment, of versions published up to another; kept once made."""
    return lru_cache(maxsize=256)(partial(day_plan_as_of, shard))


def left_out_by(actions: list[Action]) -> Callable[[int], tuple[Action, ...]]:
    """The ranges that were left out at a moment: of revisions entered by then the newest."""

    def at(moment_ms: int) -> tuple[Action, ...]:
        newest = {one.number: one for one in actions if one.recorded_ms <= moment_ms}
        return tuple(one for one in newest.values() if one.leaves_out)

    return at


def planned(store: SqliteStore, files: list[Path]) -> Shard:
    """A shard with the plan's figures of a store, and of `files` of events of the topic `plan`.

    Those of the store are what `run` or `replay` has folded and what was imported since. A store
    that `ledger sync` writes has none. Raises UserError for a file that is not there.
    """
    shard = Shard(store.plan())
    places = {}
    if (kept := store.snapshot()) is not None:
        shard.restore(kept)
        places = store.positions()
    beside = plan_path(store.path)
    sources: list[TailSource] = []
    if beside.exists():
        place = places.get(str(beside))
        sources.append(PlanSource(beside, place["source"] if place else None))
    for path in files:
        if not path.exists():
            raise UserError(f"{path}: no such file", "write one with `plan import --out`")
        sources.append(TailSource(path, name=f"{path} (given)"))
    before = sum(shard.rejected.values())
    for source in sources:
        reader = Reader(source, None, shard)
        while reader.step(LINES) is not None:
            pass
        source.close()
    shard.rest()
    refused = sum(shard.rejected.values()) - before
    if refused and files:
        last = shard.rejects[-1]
        raise UserError(
            f"{refused:,} lines of the plan cannot be used, the last one: {last.reason}: {last.detail}",
            "see `floorwatch validate`, and the settings the store was written with",
        )
    return shard
