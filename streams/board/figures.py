"""The numbers of the board, read from one view."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from kernels.columns import ARRIVAL_ROW
from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Target
from streams.days import local_day_start
from streams.exposition.standing import Standing, known_programs, standings
from streams.kpis import Value, value
from streams.view import CellKey, Cells, Now, QueueKey, View

Row = dict[str, int]
INTERVALS = 8
"""Closed intervals shown as marks where nobody asks for more, two hours."""
LONG_WAIT = 3
"""Thresholds T after which a wait stands out; the alert OldestWaitHigh begins there too."""
_NOBODY = Now(waiting=0, oldest_entry_ms=None, callbacks_pending=0, in_progress=0)


class Mark(StrEnum):
    """How a value stands to its target."""

    MET = "met"
    MISSED = "missed"
    NO_TRAFFIC = "no_traffic"
    NO_TARGET = "no_target"
    UNKNOWN = "unknown"


class Closed(NamedTuple):
    """A closed interval of a queue."""

    start_ms: int
    mark: Mark
    level: Value
    """Service level; None without traffic, and where nobody knows it."""
    offered: int


@dataclass(frozen=True)
class Figures:
    """A queue, a program or the network. Unknown: nothing here may be shown as a number."""

    name: str
    program: str
    known: bool
    target: Target | None
    """None where the parts have different targets."""
    mixed_t: bool
    """Parts with different T: the share within each one's own T."""
    today: Row
    interval: Row
    now: Now
    oldest_ms: int | None
    closed: tuple[Closed, ...] = ()
    """Of today, the newest last."""
    channels: frozenset[str] = frozenset({"voice"})

    def today_value(self, key: str) -> Value:
        """A KPI of the local day so far, None without traffic."""
        return value(KPIS[key], self.today)

    def interval_value(self, key: str) -> Value:
        """A KPI of the open interval, None without traffic."""
        return value(KPIS[key], self.interval)

    @property
    def abandoned(self) -> Value:
        """Abandonment of today, of calls or of chats; None of both together: it is no one share."""
        calls, chats = "voice" in self.channels, bool(self.channels - {"voice"})
        if calls and chats:
            return None
        return self.today_value("abandon_chat" if chats else "abandon_voice")

    @property
    def gap(self) -> float | None:
        """Service level of today minus its target; None where there is not both."""
        reached = self.today_value("service_level")
        if not self.known or reached is None or not self.target:
            return None
        return None if self.target.service_level is None else reached - self.target.service_level

    @property
    def mark(self) -> Mark:
        """How today's service level stands."""
        if not self.known:
            return Mark.UNKNOWN
        return level_mark(self.today, self.target)

    @property
    def open_mark(self) -> Mark | None:
        """How the contacts of the open interval stand; None while those waiting decide it.

        Missed where not even all who wait and are still in T would do, met where nobody of them is needed.
        """
        low, high = (self.interval_value(f"service_level_{bound}") for bound in ("low", "high"))
        promised = self.target.service_level if self.target else None
        if not self.known or low is None or high is None or promised is None:
            return None
        return Mark.MISSED if high < promised else Mark.MET if low >= promised else None

    @property
    def long_wait(self) -> bool:
        """Whether somebody waits longer than LONG_WAIT thresholds of the queue."""
        if self.oldest_ms is None or self.target is None:
            return False
        return self.oldest_ms > LONG_WAIT * self.target.thresholds_s[0] * 1000


@dataclass(frozen=True)
class Feed:
    """A source over all its programs, as its worst one stands. Ages in ms, None if never heard."""

    source: str
    programs: int
    standing: Standing
    behind_ms: int | None
    quiet_ms: int | None


@dataclass(frozen=True)
class Floor:
    """Everything the board shows of one moment."""

    queues: list[Figures]
    """The worst first: by the gap to its own target; without one last, unknown at the very end."""
    programs: list[Figures]
    network: Figures
    feeds: list[Feed] = field(default_factory=list)


def promised_level(queues: Iterable[Figures]) -> Value:
    """Share of today's contacts that the queues' targets together promise to answer within their T.

    None where one of the queues with contacts has no target, and where there were no contacts.
    """
    offered, in_time = 0, 0.0
    for one in queues:
        came = one.today.get("offered", 0)
        target = one.target.service_level if one.target else None
        if came and target is None:
            return None
        offered, in_time = offered + came, in_time + came * (target or 0.0)
    return in_time / offered if offered else None


def level_mark(row: Row, target: Target | None) -> Mark:
    """How the service level of a row of columns stands to a target."""
    return reached_mark(value(KPIS["service_level"], row), target)


def reached_mark(reached: Value, target: Target | None) -> Mark:
    """How a service level stands to a target; None: there was no traffic."""
    if reached is None:
        return Mark.NO_TRAFFIC
    if target is None or target.service_level is None:
        return Mark.NO_TARGET
    return Mark.MET if reached >= target.service_level else Mark.MISSED


def floor(view: View, plan: Plan, now_ms: int, intervals: int = INTERVALS) -> Floor:
    """The figures of a view at `now_ms`, with marks of so many closed intervals of today."""
    reader = _Reader(view, plan, now_ms, intervals)
    queues = [reader.queue(key) for key in view.queues]
    queues.sort(key=lambda one: (not one.known, one.gap is None, one.gap or 0.0, one.name))
    programs = sorted({one.program for one in queues})
    totals = [_total(name, [q for q in queues if q.program == name]) for name in programs]
    return Floor(queues, totals, _total("", queues), _feeds(view, now_ms))


_Parts = dict[QueueKey, dict[int, Row]]


def _by_queue(cells: Cells) -> _Parts:
    found: _Parts = {}
    for number, key in enumerate(cells.keys):
        row = dict(zip(ARRIVAL_ROW, cells.columns[number].tolist(), strict=True))
        rows = found.setdefault(_queue(key), {})
        rows[key.start_ms] = _sum([rows[key.start_ms], row]) if key.start_ms in rows else row
    return found


class _Reader:
    """Reads one queue after the other out of a view."""

    def __init__(self, view: View, plan: Plan, now_ms: int, intervals: int) -> None:
        self._view, self._plan, self._now_ms, self._shown = view, plan, now_ms, intervals
        self._open_ms = now_ms // BUCKET_MS * BUCKET_MS
        self._known = known_programs(view)
        self._today = _by_queue(view.day_arrival)
        self._intervals = _by_queue(view.arrival)
        self._waiting_in_t: dict[QueueKey, int] = {}
        for key, count in view.waiting_in_T.items():
            if key.start_ms == self._open_ms:
                of = _queue(key)
                self._waiting_in_t[of] = self._waiting_in_t.get(of, 0) + count

    def queue(self, key: QueueKey) -> Figures:
        midnight = local_day_start(self._plan, key.program, self._now_ms)
        days = self._today.get(key, {})
        interval = self._intervals.get(key, {}).get(self._open_ms, {})
        now = self._view.now.get(key, _NOBODY)
        oldest = now.oldest_entry_ms
        return Figures(
            name=key.queue,
            program=key.program,
            known=key.program in self._known,
            target=self._plan.target_at(key.queue, self._now_ms),
            mixed_t=False,
            today=_sum(row for start, row in days.items() if start >= midnight),
            interval=interval | {"waiting_in_T": self._waiting_in_t.get(key, 0)},
            now=now,
            oldest_ms=None if oldest is None else max(0, self._now_ms - oldest),
            closed=self._closed(key, midnight),
            channels=frozenset({key.channel}),
        )

    def _closed(self, key: QueueKey, midnight: int) -> tuple[Closed, ...]:
        first = max(midnight, self._open_ms - self._shown * BUCKET_MS)
        starts = range(first, self._open_ms, BUCKET_MS)
        if key.program not in self._known:
            return tuple(Closed(start, Mark.UNKNOWN, None, 0) for start in starts)
        rows = self._intervals.get(key, {})
        return tuple(self._of_closed(key, start, rows.get(start)) for start in starts)

    def _of_closed(self, key: QueueKey, start: int, row: Row | None) -> Closed:
        """Of a bucket that has left the live state nobody knows here what was answered in time."""
        if row is None and CellKey(*key, "", start) in self._view.past.offered:
            return Closed(start, Mark.UNKNOWN, None, 0)
        level = value(KPIS["service_level"], row) if row else None
        mark = reached_mark(level, self._plan.target_at(key.queue, start))
        return Closed(start, mark, level, row.get("offered", 0) if row else 0)


def _queue(key: CellKey) -> QueueKey:
    return QueueKey(key.program, key.queue, key.channel)


def _total(name: str, parts: list[Figures]) -> Figures:
    targets = {part.target for part in parts}
    thresholds = {part.target.thresholds_s[0] for part in parts if part.target}
    oldest = [part.oldest_ms for part in parts if part.oldest_ms is not None]
    return Figures(
        name=name,
        program=name,
        known=bool(parts) and all(part.known for part in parts),
        target=targets.pop() if len(targets) == 1 else None,
        mixed_t=len(thresholds) > 1,
        today=_sum(part.today for part in parts),
        interval=_sum(part.interval for part in parts),
        now=Now(
            sum(part.now.waiting for part in parts),
            None,
            sum(part.now.callbacks_pending for part in parts),
            sum(part.now.in_progress for part in parts),
        ),
        oldest_ms=max(oldest, default=None),
        channels=frozenset().union(*(part.channels for part in parts)),
    )


def _sum(rows: Iterable[Row]) -> Row:
    total: Row = {}
    for row in rows:
        for name, count in row.items():
            total[name] = total.get(name, 0) + count
    return total


_WORST_FIRST = (Standing.MISSING, Standing.SILENT, Standing.LIVE)


def _feeds(view: View, now_ms: int) -> list[Feed]:
    found = standings(view)
    feeds = []
    for name in sorted({source for source, _ in found}):
        states = [state for (source, _), state in found.items() if source == name]
        mine = [one for one in view.sources if one.source == name]
        promised = [one.watermark_ms for one in mine if one.watermark_ms >= 0]
        heard = [one.last_event_ms for one in mine if one.last_event_ms >= 0]
        feeds.append(
            Feed(
                name,
                len(states),
                next(state for state in _WORST_FIRST if state in states),
                max(0, now_ms - min(promised)) if len(promised) == len(mine) and mine else None,
                max(0, now_ms - max(heard)) if heard else None,
            )
        )
    return feeds
