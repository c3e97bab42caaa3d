"""The empty shard that every driver begins with."""

from collections.abc import Mapping
from concurrent.futures import Executor

from schemas.targets import Plan
from streams.names import Owns, every
from streams.settings import Settings, SourceSettings
from streams.shard import Shard


def empty_shard(
    settings: Settings,
    *,
    plan: Plan | None = None,
    sources: Mapping[str, SourceSettings] | None = None,
    live: bool = False,
    owns: Owns = every,
    beside: Executor | None = None,
) -> Shard:
    """A shard that counts by these settings; `plan` and `sources` stand in for theirs."""
    return Shard(
        settings.plan if plan is None else plan,
        settings.limits,
        settings.sources if sources is None else sources,
        live=live,
        owns=owns,
        beside=beside,
        privacy=settings.staff,
        technologies=settings.technologies,
    )
