"""A snapshot is refused where the plan would rewrite what it has already counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from kernels.layout import Targets
from schemas.chats import CHANNELS
from streams import bots_kept
from streams.chat_settings import past_settings
from streams.errors import UserError

if TYPE_CHECKING:
    from streams.shard import Shard

Arrays = dict[str, NDArray[Any]]


class SnapshotRefused(UserError):
    """A snapshot that must not be used: unknown layout, damaged, or from another plan."""


def same_past(shard: Shard, targets: Arrays, chats: Arrays, until_ms: int, queues: int) -> None:
    """Refuse a plan that differs where contacts have already been counted by it."""
    new = shard.state.targets
    was = Targets(**targets)
    told = shard.state.chat_queues._asdict()
    codes = range(queues if chats and until_ms >= 0 else 0)
    for code in (c for c in codes if shard.names.queues[c].channel in CHANNELS):
        if past_settings(chats, code, until_ms) != past_settings(told, code, until_ms):
            raise SnapshotRefused(
                f"the plan changes settings of chat of queue {shard.names.queues[code].queue!r}, "
                "by which chats are already counted",
                "bring the settings back, or replay into a new store",
            )
    for code in range(queues):
        then, now = _past(was, code, until_ms), _past(new, code, until_ms)
        if then != now:
            raise SnapshotRefused(
                f"the plan changes targets of queue {shard.names.queues[code].queue!r} for a time "
                "that is already counted",
                "let the new target begin later (valid_from), or replay into a new store",
            )


def same_promises(shard: Shard, old: Arrays, until_ms: int) -> None:
    """Refuse other limits and latency targets where conversations are already counted by them."""
    bot = bots_kept.rewritten(shard, old, until_ms) if old else ""
    if bot:
        raise SnapshotRefused(
            f"the settings change what bot {bot!r} promises for a time that is already counted",
            "let a new latency target begin later (valid_from), or replay into a new store",
        )


def same_zones(shard: Shard, programs: list[str], zones: list[str], until_ms: int) -> None:
    """Refuse a plan that moves days already counted."""
    for name, zone in zip(programs, zones, strict=True):
        if until_ms >= 0 and shard.plan.zone(name).key != zone:
            raise SnapshotRefused(
                f"the plan moves program {name!r} from time zone {zone}; its days are counted by it",
                f"bring {zone} back, or replay into a new store",
            )


def _past(targets: Targets, code: int, until_ms: int) -> list[Any]:
    rows = range(int(targets.start[code]), int(targets.start[code] + targets.count[code]))
    known = [
        (int(targets.valid_from[r]), targets.thresholds[r].tolist(), int(targets.short[r]))
        for i, r in enumerate(rows)
        if i == 0 or targets.valid_from[r] <= until_ms
    ]
    return [known, int(targets.attempts[code]), int(targets.preallocated[code])]
