"""What became of each call and chat, one by one: another product's report is explained by counts of contacts."""

from typing import NamedTuple

import numpy as np

from kernels.chat_layout import CHAT_OUTCOME
from kernels.chat_sweep import chat_outcomes
from kernels.layout import BLOCKED_OUT, DONE, IN_IVR, NO_ENTRY, OUTCOME, VISITS_USED
from kernels.state import calls_of, chats_of
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
    """End of the talk of an answered call, or of a session; of others as `decided_ms`."""
    by_clock_ms: int = -1
    """Wait of a decided chat up to the first message, by the clock of its queue, which may stand still."""

    @property
    def wait_ms(self) -> int:
        """From entry to answer or abandonment; no less than 0."""
        return max(0, self.decided_ms - self.entry_ms)

    @property
    def our_wait_ms(self) -> int:
        """The same as our KPIs count it."""
        return self.wait_ms if self.by_clock_ms < 0 else self.by_clock_ms


def contacts(shard: Shard) -> list[Contact]:
    """Every contact a shard keeps that was offered to a queue, by the rules its columns are counted by."""
    shard.rest()
    return _calls(shard) + _chats(shard)


def _chats(shard: Shard) -> list[Contact]:
    state, (_, turns) = chats_of(shard.state), shard.chat_work
    used = int(state.chats.used[VISITS_USED])
    found, waits = np.zeros(used, CHAT_OUTCOME), np.full(used, -1, np.int64)
    found["phase"] = NO_ENTRY
    chat_outcomes(state, shard.work, turns, found, waits)
    rows = np.flatnonzero(~np.isin(found["phase"], (NO_ENTRY, IN_IVR)))
    queues = [shard.names.queues[code] for code in found["setting"][rows].tolist()]
    return [
        Contact(key.program, key.queue, int(one["entry"]), *_chat(one), by_clock_ms=int(wait))
        for key, one, wait in zip(queues, found[rows], waits[rows].tolist(), strict=True)
    ]


def _chat(one: np.void) -> tuple[str, int, int]:
    if one["answered"]:
        # Products count the moment a person took it, our wait goes on up to the first message.
        return ANSWERED, int(one["start"]), int(one["end"])
    if one["phase"] == DONE:
        return ABANDONED[int(one["reason"])], int(one["left"]), int(one["left"])
    return UNKNOWN if one["lost"] else WAITING, -1, -1


def _calls(shard: Shard) -> list[Contact]:
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
