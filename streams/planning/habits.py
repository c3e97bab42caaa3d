"""What the models need to know of customers and staff, as it is seen in the stream (6.3, R10)."""

from collections.abc import Iterable, Sequence
from math import nan
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.columns import ARRIVAL_ROW, STAFF_ROW
from kernels.layout import F8, I8
from schemas.groups import Roll
from schemas.targets import Plan
from streams.planning.patience import patiences
from streams.view import CellKey, View

Source = Literal["setting", "measured", "pool", "plan", "unknown"]
LEAST_ABANDONED = 10
"""So many must have left before their patience is believed: its error is then a third of it."""
LEAST_BUSY_MS = 900_000
"""Time with a chat, summed over people, before their concurrency is believed."""
_WAITED = [ARRIVAL_ROW.index(name) for name in ("abn", "wait_ans_ms", "wait_abn_ms")]
_HELD = [STAFF_ROW.index(name) for name in ("sess_ms", "chat_busy_union_ms")]


class Habits(NamedTuple):
    """Of each queue, float64 (queues,): NaN where nothing says; and where each was found."""

    patience_s: F8
    patience_from: tuple[Source, ...]
    concurrency: F8
    concurrency_from: tuple[Source, ...]


def habits(view: View, plan: Plan, keys: Sequence[CellKey], pool: I8) -> Habits:
    """Patience by censored maximum likelihood over the days of the view, of the queue or, where too
    few have left it, of all queues of its pool; a setting stands above it.

    `pool`: number of each queue's pool, int64 (queues,). A call takes a person whole.
    """
    measured, of_pool = _patience(view, keys, pool)
    held = _concurrency(view, plan, keys)
    waits, at_once = list[tuple[float, Source]](), list[tuple[float, Source]]()
    for at, key in enumerate(keys):
        listed = plan.queues.get(key.queue)
        told = (None, None) if listed is None else (listed.patience_s, listed.concurrency)
        seen: list[tuple[float, Source]] = [(measured[at], "measured"), (of_pool[at], "pool")]
        waits.append(_first(told[0], seen, "unknown"))
        chats: list[tuple[float, Source]] = [(held[at], "measured")]
        at_once.append(_first(told[1], chats if key.channel != "voice" else [], "plan"))
    return Habits(
        np.array([value for value, _ in waits], np.float64),
        tuple(source for _, source in waits),
        np.array([value for value, _ in at_once], np.float64),
        tuple(source for _, source in at_once),
    )


def _first(
    setting: float | None, seen: list[tuple[float, Source]], otherwise: Source
) -> tuple[float, Source]:
    if setting is not None:
        return setting, "setting"
    return next(((float(v), name) for v, name in seen if not np.isnan(v)), (nan, otherwise))


def _patience(view: View, keys: Sequence[CellKey], pool: I8) -> tuple[F8, F8]:
    """Of each queue, and of each queue's pool."""
    place = {key[:3]: at for at, key in enumerate(keys)}
    rows = [place.get(key[:3], len(keys)) for key in view.day_arrival.keys]
    sums = np.zeros((len(keys) + 1, len(_WAITED)), np.int64)
    np.add.at(sums, np.array(rows, np.int64), view.day_arrival.columns[:, _WAITED])
    own = sums[: len(keys)]
    together = np.zeros_like(own)
    np.add.at(together, pool, own)
    return _believed(own), _believed(together[pool])


def _believed(sums: NDArray[np.int64]) -> F8:
    left, answered, gone = sums.T
    return np.where(left >= LEAST_ABANDONED, patiences(left, answered, gone).mean_s, nan)


def _concurrency(view: View, plan: Plan, keys: Sequence[CellKey]) -> F8:
    rows = view.day_staff.columns[:, _HELD].tolist()
    told = (
        ((key.program, key.queue, key.site), *row)
        for key, row in zip(view.day_staff.keys, rows, strict=True)
    )
    return held_at_once(told, plan, [(key.program, key.queue) for key in keys])


def held_at_once(
    told: Iterable[tuple[tuple[str, str, str], int, int]],
    plan: Plan,
    queues: Sequence[tuple[str, str]],
) -> F8:
    """Of all people who take the chats of queues (program, name): time of chats over time with at least
    one, float64 (queues,); NaN: too little is seen. `told`: program, group and site, with both times, ms.
    """
    place = {queue: at for at, queue in enumerate(queues)}
    sums, roll = np.zeros((len(queues), 2), np.int64), Roll(plan.groups)
    for people, held, busy in told:
        entry = roll.place(*people) if busy else None
        for queue in plan.groups[entry].queues if entry is not None else ():
            listed = plan.queues.get(queue)
            at = place.get((listed.program if listed is not None else people[0], queue))
            if at is not None:
                sums[at] += held, busy
    enough = sums[:, 1] >= LEAST_BUSY_MS
    return np.where(enough, sums[:, 0] / np.maximum(sums[:, 1], 1), nan)
