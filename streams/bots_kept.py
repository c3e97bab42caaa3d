"""What a snapshot keeps of conversations and technologies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernels import people as pools
from kernels.bot_layout import BotPlan, make_technologies
from kernels.layout import EVENTS_END
from streams import visit_pools
from streams.visit_pools import Arrays

if TYPE_CHECKING:
    from streams.shard import Shard


def packed(shard: Shard) -> Arrays:
    """Arrays by name."""
    technologies, plan = shard.bots.technologies, shard.bots.plan
    talks = visit_pools.packed(shard.bots.conversations)
    kept = {
        "talks": talks.pop("rows"),
        **talks,
        "technologies": technologies.persons[: int(technologies.used[0])],
        "told": technologies.events[: int(technologies.used[EVENTS_END])],
        "ends": technologies.used,
    }
    return kept | {f"plan_{name}": array for name, array in plan._asdict().items()}


def restore(shard: Shard, arrays: Arrays) -> None:
    """Take over what `packed` gave."""
    talks = {name: arrays[name] for name in ("events", "next", "used")}
    shard.bots.conversations = visit_pools.restored(talks | {"rows": arrays["talks"]})
    technologies = pools.with_room(
        make_technologies(1)._replace(
            persons=arrays["technologies"].copy(),
            events=arrays["told"].copy(),
            used=arrays["ends"].copy(),
        ),
        1,
    )
    pools.reindex(technologies)
    shard.bots.hours.clear()
    shard.bots.technologies = technologies


def rewritten(shard: Shard, arrays: Arrays, until_ms: int) -> str:
    """The bot whose promises the plan changes for a time already counted; "" if there is none."""
    was = BotPlan(**{name: arrays[f"plan_{name}"] for name in BotPlan._fields})
    now = shard.bots.plan
    for code in range(len(was.idle)):
        if was.count[code] and _past(was, code, until_ms) != _past(now, code, until_ms):
            return shard.names.queues[code].queue
    return ""


def _past(plan: Any, code: int, until_ms: int) -> list[Any]:
    first = int(plan.start[code])
    rows = range(first, first + int(plan.count[code]))
    known = [
        (int(plan.valid_from[row]), int(plan.within[row]))
        for row in rows
        if row == first or plan.valid_from[row] <= until_ms
    ]
    return [known, int(plan.idle[code]), int(plan.response[code])]
