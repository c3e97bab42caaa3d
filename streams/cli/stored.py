"""The newest checkpoint of a store, to be read: what `plan show` and `plan accuracy` begin with."""

from schemas.targets import Plan
from streams.checkpoint.sqlite import SqliteStore
from streams.errors import UserError
from streams.settings import Settings
from streams.shard import Shard


def read_shard(kept: SqliteStore, settings: Settings) -> tuple[Shard, Plan, int]:
    """A shard that may be read, the plan it counts by, and up to when its feeds have told (ms UTC).

    Raises UserError where there is none, or where no feed has promised anything.
    """
    plan, data = kept.plan(), kept.snapshot()
    if data is None:
        raise UserError(f"{kept.path}: no checkpoint in it", "a copied ledger has no live state")
    shard = Shard(plan, settings.limits, settings.sources)
    shard.restore(data, counting=False)
    told_ms = max(shard.feeds.watermarks().values(), default=-1)
    if told_ms < 0:
        raise UserError(
            f"{kept.path}: none of its feeds has said up to when it has told everything",
            "name the settings that `run` had with --config: [sources.NAME] heartbeats = false",
        )
    return shard, plan, told_ms
