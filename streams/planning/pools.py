"""Who takes whose contacts: queues that share people are one pool (definitions 6.3)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kernels.layout import F8, I8
from schemas.groups import StaffingGroup
from schemas.targets import Plan
from streams.view import CellKey


class Pools(NamedTuple):
    """The pool of each queue, and what each staffing group gives to which pool."""

    pool: I8
    """Number of each queue's pool, int64 (queues,)."""
    whole: tuple[bool, ...]
    """Of each pool: whether everything its people take is forecast. Else nobody knows their load."""
    group: I8
    """Of each gift: place of the group in the plan, int64 (gifts,)."""
    to: I8
    """Its pool."""
    queue: I8
    """The queue it is for alone; -1: for all queues of the pool."""
    part: F8
    """Part of the group's time."""


def pools_of(plan: Plan, keys: Sequence[CellKey]) -> Pools:
    """Pools of the queues of a plan; one that shares nobody is a pool of its own."""
    place = {(key.program, key.queue): at for at, key in enumerate(keys)}
    served = [
        [place.get(_queue(plan, one, name), -1) for name in one.queues] for one in plan.groups
    ]
    above = list(range(len(keys)))
    for one, queues in zip(plan.groups, served, strict=True):
        known = [at for at in queues if at >= 0]
        if one.serves:
            for at in known[1:]:
                above[_top(above, at)] = _top(above, known[0])
    tops = [_top(above, at) for at in range(len(keys))]
    number = {top: at for at, top in enumerate(dict.fromkeys(tops))}
    pool = np.array([number[top] for top in tops], np.int64)
    whole = [True] * len(number)
    gifts = list[tuple[int, int, int, float]]()
    for at, (one, queues) in enumerate(zip(plan.groups, served, strict=True)):
        known = [queue for queue in queues if queue >= 0]
        if one.serves and known:
            whole[pool[known[0]]] &= len(known) == len(queues)
            gifts.append((at, int(pool[known[0]]), known[0] if len(queues) == 1 else -1, 1.0))
        for queue, part in zip(queues, one.shares.values(), strict=False):
            if queue >= 0:
                gifts.append((at, int(pool[queue]), queue, part))
    table = np.array(gifts, np.float64).reshape(-1, 4)
    numbers = table[:, :3].astype(np.int64)
    return Pools(pool, tuple(whole), numbers[:, 0], numbers[:, 1], numbers[:, 2], table[:, 3])


def _queue(plan: Plan, one: StaffingGroup, name: str) -> tuple[str, str]:
    listed = plan.queues.get(name)
    return (listed.program if listed is not None else one.program, name)


def _top(above: list[int], at: int) -> int:
    while above[at] != at:
        above[at] = above[above[at]]
        at = above[at]
    return at
