"""How conversations, technologies and what the plan says of them lie in arrays."""

from typing import NamedTuple

import numpy as np

from kernels.cells import index_size
from kernels.layout import I4, I8, PERSON, PIECE, ROW, People, Visits
from kernels.people import SEEN_WORDS, SIZES
from kernels.pools import Scratch, input_of, make_pool, make_scratch

BOT_EVENT = np.dtype(
    [
        ("time", np.int64),
        ("seq", np.int64),
        ("id", np.uint64),
        ("text", np.uint64),
        ("bot", np.uint16),
        ("kind", np.uint8),
        ("rev", np.uint8),
        ("spare", np.uint32),
    ]
)
"""One event of a conversation, 40 bytes. `kind` = type << 3 | who ended it; `text`: digest of the
turn or of the bot; `bot`: queue code of the bot that is started."""
BOT_INPUT = input_of(BOT_EVENT)
"""One event of a batch: the event, its conversation's 128-bit digest, its program's code."""

CONVERSATION = np.dtype(
    [
        ("hi", np.uint64),
        ("lo", np.uint64),
        ("first", np.int64),
        ("last", np.int64),
        ("booked", np.int64),
        ("turns", np.int64),
        ("head", np.int32),
        ("count", np.int32),
        ("program", np.int32),
        ("queue", np.uint16),
        ("flags", np.uint16),
    ]
)
"""One conversation, 64 bytes. `booked`: the watermark its contribution was made with; `due`: the
watermark at which it would be another one (NEVER: events alone can change it)."""
CONVERSATION_OPEN = 1 << 8
"""Flag beside those of a visit: neither closed, nor lost, nor idle for too long."""

TALK = np.dtype(
    [
        ("started", np.int64),
        ("start", np.int64),
        ("bot", np.int64),
        ("last", np.int64),
        ("stop", np.int64),
        ("closed", np.int64),
        ("lost", np.int64),
        ("handed", np.int64),
        ("by", np.int64),
        ("completed", np.int64),
        ("migrated", np.int64),
        ("messages", np.int64),
        ("contradictions", np.int64),
        ("open", np.int64),
    ]
)
"""What the walk found. `stop`: index of the event that closed the conversation, or how many there
are; `closed`, `lost`: ms, -1 where it did not happen."""

PROBE_EVENT = np.dtype(
    [
        ("time", np.int64),
        ("seq", np.int64),
        ("id", np.uint64),
        ("n0", np.int64),
        ("n1", np.int64),
        ("n2", np.int64),
        ("n3", np.int64),
        ("place", np.uint16),
        ("kind", np.uint8),
        ("rev", np.uint8),
        ("spare", np.uint32),
    ]
)
"""One event of a technology, 64 bytes. `kind` = type << 3 | status; `n0` to `n3`: its numbers in the
order of the rules; `place`: queue code of the technology on the channel it counts at."""
PROBE_INPUT = input_of(PROBE_EVENT)
"""One event of a batch: the event, its technology's 128-bit digest, its program's code."""


class BotPlan(NamedTuple):
    """Per queue code of a bot: idle time-out, response limit, its latency targets by validity, ms;
    per program code the queue code of conversations whose bot is not known."""

    idle: I8
    response: I8
    start: I4
    count: I4
    valid_from: I8
    within: I8
    no_bot: I4


def make_bot_plan(queues: int = 0, programs: int = 0) -> BotPlan:
    """Nothing promised by anyone, for so many codes."""
    return BotPlan(
        idle=np.zeros(queues, np.int64),
        response=np.zeros(queues, np.int64),
        start=np.zeros(queues, np.int32),
        count=np.zeros(queues, np.int32),
        valid_from=np.zeros(0, np.int64),
        within=np.zeros(0, np.int64),
        no_bot=np.zeros(programs, np.int32),
    )


def make_conversations() -> Visits:
    """No conversations."""
    return make_pool(CONVERSATION, BOT_EVENT)


def make_technologies(capacity: int = 64) -> People:
    """No technologies, in the shape of people without a schedule."""
    return People(
        persons=np.zeros(capacity, PERSON),
        seen=np.zeros((capacity, SEEN_WORDS), np.uint64),
        index=np.full(index_size(capacity), -1, np.int32),
        events=np.zeros(capacity * 8, PROBE_EVENT),
        pieces=np.zeros(1, PIECE),
        rows=np.zeros(1, ROW),
        free=np.full(SIZES, -1, np.int64),
        used=np.zeros(4, np.int64),
    )


def make_bot_scratch(conversations: int) -> Scratch:
    """Scratch for a fold that may touch so many conversations."""
    return make_scratch(BOT_EVENT, TALK, conversations)
