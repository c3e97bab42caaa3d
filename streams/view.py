"""The immutable read copy of a shard: what the exporter, the board and summaries read."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.columns import (
    BOTS_ROW,
    CASES_ROW,
    CHAT_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    UPTIME_ROW,
    WAIT_BINS,
)
from schemas.actions import Action

STAFF_CHANNEL = "staff"
"""Channel of the keys of staffing groups, which stand in the place of queues."""


class QueueKey(NamedTuple):
    """A human queue of one program and channel."""

    program: str
    queue: str
    channel: str


class CellKey(NamedTuple):
    """Owner of one row of columns. `start_ms`: start of bucket, local day or month, ms UTC."""

    program: str
    queue: str
    channel: str
    site: str
    start_ms: int


@dataclass(frozen=True)
class Cells:
    """Rows of additive columns: `columns[i]` belongs to `keys[i]`, in kernels.columns order.

    `columns` is int64 (rows, columns); `wait_hist` int32 (rows, WAIT_BINS), of chat that of
    response times, of bots that of latencies, empty for handling, staff and uptime.
    """

    keys: tuple[CellKey, ...]
    columns: NDArray[np.int64]
    wait_hist: NDArray[np.int32]

    @cached_property
    def starts_ms(self) -> NDArray[np.int64]:
        """Starts of the rows, ms UTC, (rows,)."""
        return np.fromiter((key.start_ms for key in self.keys), np.int64, len(self.keys))


NO_STAFF = Cells((), np.zeros((0, len(STAFF_ROW)), np.int64), np.zeros((0, 0), np.int32))
NO_BOTS = Cells((), np.zeros((0, len(BOTS_ROW)), np.int64), np.zeros((0, 0), np.int32))
NO_CASES = Cells((), np.zeros((0, len(CASES_ROW)), np.int64), np.zeros((0, 0), np.int32))
NO_OUTBOUND = Cells((), np.zeros((0, len(OUTBOUND_ROW)), np.int64), np.zeros((0, 0), np.int32))
NO_UPTIME = Cells((), np.zeros((0, len(UPTIME_ROW)), np.int64), np.zeros((0, 0), np.int32))

NO_CHAT = Cells((), np.zeros((0, len(CHAT_ROW)), np.int64), np.zeros((0, WAIT_BINS), np.int32))


class Now(NamedTuple):
    """Live gauges of a queue (the queue the contact waits in now, not the first one)."""

    waiting: int
    oldest_entry_ms: int | None
    callbacks_pending: int
    in_progress: int


class Flow(NamedTuple):
    """Process-local counters of a queue since start; they never step down."""

    offered: int = 0
    answered: int = 0
    answered_in_target: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    handled: int = 0
    handle_ms: int = 0


class StateNow(NamedTuple):
    """People of a group in one state: how many, and since when the longest is in it, ms."""

    staff: int
    since_ms: int


FOUND = ("out_of_schedule", "no_show", "stuck_ringing", "stuck_acw", "busy_overrun")
"""Why somebody deserves attention. The last, still with a contact past a planned break, is told apart
so that nobody is alarmed by it."""


class ChatsNow(NamedTuple):
    """Chats that people of a group hold, and slots that those at work offer."""

    held: int
    slots: int


class LoadNow(NamedTuple):
    """Chats that one person holds of the slots that person offers, and since when in this state."""

    staff: str
    program: str
    group: str
    site: str
    state: str
    held: int
    slots: int
    """0: not at work, or not known; whoever holds chats all the same is over the limit."""
    since_ms: int

    @property
    def load(self) -> float:
        """Chats over slots; infinite where chats are held without any."""
        return self.held / self.slots if self.slots else float("inf") if self.held else 0.0

    def fullest_first(self) -> tuple[float, int, int]:
        """Sorts by load; of equal ones who holds more, then who has been at it longest."""
        return (-self.load, -self.held, self.since_ms)


class TalksNow(NamedTuple):
    """Conversations open with a bot, and the time of the first event of the longest, ms."""

    open: int
    since_ms: int | None


class CasesNow(NamedTuple):
    """Deferred work of a queue at this moment."""

    open: int
    due_soon: int
    """Of these, not late yet, but due within the queue's `due_soon_s`."""
    overdue: int
    late_ms: int
    """By how much those overdue are, summed."""
    earliest_ms: int | None
    """The promise that was broken longest ago, ms UTC."""


class OutboundNow(NamedTuple):
    """Outbound work of a campaign at this moment."""

    listed: int
    """Records neither completed nor withdrawn."""
    undialled: int
    """Of these, never dialled."""
    lists: int
    """Lists that were told of on this local day: the rest is of these."""
    planned: int
    dialled: int
    behind: int
    """Records behind the plan; what one list is ahead makes up for no other."""
    per_day: int
    told_ms: int
    """When the one told of longest ago was, ms UTC; -1 if none was."""


class PersonNow(NamedTuple):
    """Somebody who deserves attention: what, since when (ms), and what compliance would change."""

    staff: str
    program: str
    group: str
    site: str
    found: str
    """One of FOUND."""
    since_ms: int
    net: int
    """How the staff of this moment would change if the schedule were kept: 1, 0 or -1."""
    state: str
    planned: str
    """Activity that is scheduled now; "" for none."""


class Attention(NamedTuple):
    """People who deserve attention: counts by what was found, their net effect, who they are."""

    counts: dict[CellKey, dict[str, int]]
    net: dict[CellKey, int]
    people: tuple[PersonNow, ...]
    """Empty unless settings say that people are shown; those first who would change most."""


class SourceView(NamedTuple):
    """One (source, program): its promise and what was last seen of it."""

    source: str
    program: str
    watermark_ms: int
    last_event_ms: int
    silent: bool
    """Promise older than the silence limit: what it feeds is unknown, not zero."""
    limit_ms: int = 120_000
    """That limit: of a source without heartbeats its declared disorder is added."""


class LagView(NamedTuple):
    """How far a worker is in one partition of a topic."""

    topic: str
    partition: int
    records: int
    """Not yet folded."""
    event_ms: int | None
    """Greatest event time folded since the shard was opened."""
    end: int
    """Offset behind the partition's newest record."""


class CheckpointView(NamedTuple):
    """The newest checkpoint of a shard: when it was begun, how long it took."""

    partition: int
    begun_ms: int
    took_s: float


NOBODY = Attention({}, {}, ())


class Planned(NamedTuple):
    """One interval's figure of the plan. `amount`: contacts, or FTE."""

    start_ms: int
    end_ms: int
    amount: float
    aht_s: float | None
    basis: str
    shrinkage: float
    concurrency: float
    version: int
    published_ms: int


Curve = tuple[Planned, ...]
"""The intervals of a day in their order."""


class DayPlan(NamedTuple):
    """Curves by queue, and by group and site; `start_ms` of a key is 0.

    `official` is what the day is judged by; `edited` has the newest version where that is another,
    `told` the newest that floorwatch did not work out itself where that is another than the newest.
    """

    official: dict[CellKey, Curve]
    edited: dict[CellKey, Curve]
    told: dict[CellKey, Curve] = {}  # noqa: RUF012 (a NamedTuple's default, never written to)

    def forecasts(self) -> dict[CellKey, Curve]:
        """Official curves of queues."""
        return {k: v for k, v in self.official.items() if k.channel != STAFF_CHANNEL}

    def lasting(self, key: CellKey) -> Curve:
        """The newest version of a queue or group: what is expected now."""
        return self.edited.get(key) or self.official.get(key, ())

    def base(self, key: CellKey) -> Curve:
        """What the rest of the day is worked out from: a projection of a projection would count
        the hours before it twice."""
        return self.told.get(key) or self.lasting(key)

    def bases(self) -> dict[CellKey, Curve]:
        """Those curves of queues where they are not the official ones."""
        keys = {key for key in (*self.edited, *self.told) if key.channel != STAFF_CHANNEL}
        found = {key: self.base(key) for key in keys}
        return {key: curve for key, curve in found.items() if curve != self.official.get(key)}


NO_PLAN = DayPlan({}, {})


class Past(NamedTuple):
    """Columns of buckets that have left the live tables, by queue (over all sites) or group and site.

    Before `since_ms` nothing is known of them. Columns stand as in streams.planning.earlier.
    """

    since_ms: int
    offered: dict[CellKey, list[int]]
    handled: dict[CellKey, list[int]]
    staffed: dict[CellKey, list[int]]


NO_PAST = Past(0, {}, {}, {})


class Scheduled(NamedTuple):
    """Time of a group's people in each bucket from `first_ms` on, ms, int64 (buckets,).

    `heads`: of everybody with something scheduled; `work`: of those among them on contacts.
    """

    first_ms: int
    heads: NDArray[np.int64]
    work: NDArray[np.int64]


@dataclass(frozen=True)
class View:
    """One consistent moment of a shard, with open handling clipped at `at_ms` added."""

    at_ms: int
    arrival: Cells
    handling: Cells
    day_arrival: Cells
    day_handling: Cells
    waiting_in_T: dict[CellKey, int]
    """Per arrival cell: contacts still waiting that can yet be answered within the first T."""
    now: dict[QueueKey, Now]
    flow: dict[QueueKey, Flow]
    sources: tuple[SourceView, ...]
    watermarks: dict[str, int]
    """Per program: the least promise of its sources, ms UTC."""
    queues: tuple[QueueKey, ...]
    """Every queue of the plan and every one seen."""
    staff: Cells = NO_STAFF
    day_staff: Cells = NO_STAFF
    """Rows of people's time, with open spans up to `at_ms`; the queue of a key is the group."""
    chat: Cells = NO_CHAT
    day_chat: Cells = NO_CHAT
    """Rows of offers and turns of chat and messaging."""
    bots: Cells = NO_BOTS
    day_bots: Cells = NO_BOTS
    """Rows of conversations (channel `bot`), the IVR and carriers' counts (`telecom`); the queue of
    a key is the technology."""
    uptime: Cells = NO_UPTIME
    day_uptime: Cells = NO_UPTIME
    """Rows of probed time, with open spans up to `at_ms`; the channel of a key is the kind."""
    cases: Cells = NO_CASES
    day_cases: Cells = NO_CASES
    """Rows of deferred work (channel `deferred`), some of them ahead: cases that will fall due."""
    cases_now: dict[QueueKey, CasesNow] = field(default_factory=dict)
    """Every queue of deferred work, listed or seen."""
    outbound: Cells = NO_OUTBOUND
    day_outbound: Cells = NO_OUTBOUND
    """Rows of outbound work (channel `outbound`)."""
    outbound_now: dict[QueueKey, OutboundNow] = field(default_factory=dict)
    """Every campaign, listed or seen."""
    conversations: dict[QueueKey, TalksNow] = field(default_factory=dict)
    """Open conversations of every bot seen."""
    promised: dict[QueueKey, float] = field(default_factory=dict)
    """Bots that promise a share of responses within X at this moment, and that share."""
    groups: tuple[QueueKey, ...] = ()
    """Every staffing group seen, channel `staff`."""
    people: dict[CellKey, dict[str, StateNow]] = field(default_factory=dict)
    """Per group and site (key of this moment): people by state, `unknown` beyond 16 hours."""
    chats: dict[CellKey, ChatsNow] = field(default_factory=dict)
    """Per group and site (key of this moment) of which chats or slots are known."""
    attention: Attention = NOBODY
    loads: tuple[LoadNow, ...] = ()
    """People with chats or slots, the fullest first; empty unless settings say that people are shown."""
    day_plan: DayPlan = NO_PLAN
    """What the plan says of the local day."""
    left_out: tuple[Action, ...] = ()
    """Ranges that the rest of the day does not learn from, and why."""
    past: Past = NO_PAST
    """What came in the buckets of the local day that have left."""
    heard_from: dict[str, int] = field(default_factory=dict)
    """Per program that is read live the first moment its feeds have told of, ms: before it nothing is known."""
    scheduled: dict[CellKey, Scheduled] = field(default_factory=dict)
    """Who is scheduled from now on, per group and site (`start_ms` 0) that has a schedule."""
    events: dict[str, int] = field(default_factory=dict)
    """Events folded, by topic."""
    rejected: dict[tuple[str, str], int] = field(default_factory=dict)
    """Events rejected, by (topic, reason)."""
    duplicates: int = 0
    conflicts: int = 0
    restated: int = 0
    """Interval values that changed after they were FINAL."""
    holes: int = 0
    """Stretches of sources that were gone before they were read."""
    unknown_fields: int = 0
    visits: int = 0
    caught_up: bool = True
    """Whether everything stored was folded, by every shard of this view."""
    recovering: frozenset[str] = frozenset()
    """Programs whose shard has not caught up: what is known of them is not yet true."""
    lags: tuple[LagView, ...] = ()
    checkpoints: tuple[CheckpointView, ...] = ()

    def known_ms(self, program: str) -> int:
        """How far a program's feeds have told, `at_ms` at most; -1: they have told nothing."""
        return min(self.at_ms, self.watermarks.get(program, -1))
