"""What became of each call, one by one: another product's report is explained by counts of contacts."""

from typing import NamedTuple

import numpy as np

from kernels.layout import BLOCKED_OUT, DONE, IN_IVR, NO_ENTRY, OUTCOME, VISITS_USED
from kernels.state import calls_of
from kernels.sweep import outcomes
from streams.shard import Shard

ANSWERED, WAITING, UNKNOWN = "answered", "waiting", "outcome_unknown"
ABANDONED = (
    "customer", "system", "queue_timeout", "no_staff", "callback_later", "callback_failed",
    "voicemail", "other",
)  # fmt: skip
"""Why a call was abandoned: the columns `abn_*` in the order of kernels.outcome."""


class Contact(NamedTuple):
    """A visit of a queue: when it came, what became of it and when, ms UTC (-1: not yet)."""

    program: str
    queue: str
    entry_ms: int
    outcome: str
    decided_ms: int
    ended_ms: int
    """End of the talk of an answered call; of others as `decided_ms`."""

    @property
    def wait_ms(self) -> int:
        """From entry to answer or abandonment; no less than 0."""
        return max(0, self.decided_ms - self.entry_ms)


def contacts(shard: Shard) -> list[Contact]:
    """Every call a shard keeps that was offered to a queue, by the rules its columns are counted by."""
    shard.rest()
    state = calls_of(shard.state)
    found = np.zeros(int(state.visits.used[VISITS_USED]), OUTCOME)
    found["phase"] = NO_ENTRY
    outcomes(state, shard.work, found)
    rows = np.flatnonzero(~np.isin(found["phase"], (NO_ENTRY, IN_IVR, BLOCKED_OUT)))
    queues = [shard.names.queues[code] for code in state.visits.rows["queue"][rows].tolist()]
    return [
        Contact(key.program, key.queue, int(one["entry"]), *_became(one))
        for key, one in zip(queues, found[rows], strict=True)
    ]


def _became(one: np.void) -> tuple[str, int, int]:
    if one["answered"]:
        return ANSWERED, int(one["answer"]), int(one["talk_end"])
    if one["phase"] == DONE:
        return ABANDONED[int(one["reason"])], int(one["time"]), int(one["time"])
    return UNKNOWN if one["lost"] else WAITING, -1, -1
