"""Closing: which intervals have a new value to record, and what can be forgotten behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels import sweep
from kernels.cells import resized, row_of, unpack
from kernels.columns import ARRIVAL_ROW, BOTS_ROW, CASES_ROW, OUTBOUND_ROW
from kernels.layout import BUCKET_MS, Cells, Visits
from kernels.state import calls_of
from schemas.bots import BOT_CHANNEL
from schemas.chats import CHANNELS
from schemas.keys import Basis
from schemas.ledger import LATE_EVENT, REBUILD, SCHEDULE_EDIT
from streams import bots, cases, chats, outbound, personal, staff
from streams.chat_settings import longest_ms
from streams.covered import WORK_OF, cover_open_queues
from streams.feeds import LATEST
from streams.intervals import Change, IntervalTable, Moment, Part, bucket_ends, without
from streams.planning.earlier import KEPT
from streams.settings import LimitSettings
from streams.tables import TABLES

if TYPE_CHECKING:
    from streams.shard import Shard

HOUR_MS = 3_600_000
CHAT_UNRESOLVED_S = 24 * 3600.0
"""How long the intervals of chats wait for a source that has fallen silent (calls: the limits say)."""
DAYS_KEPT = 4 * 24 * 40
"""Day sums stay in the state for 40 days; the ledger keeps every interval."""


Key = tuple[str, str, str, str, int, str]
"""What a ledger record is of: (program, queue, channel, site, bucket_ms, basis)."""


class Record(NamedTuple):
    """A ledger record as schemas.ledger.LedgerRecord describes it, cheap to make."""

    program: str
    queue: str
    channel: str
    site: str
    bucket_ms: int
    basis: str
    revision: int
    state: str
    completeness: float | None
    columns: dict[str, int]
    wait_hist: dict[int, int]
    old_columns: dict[str, int] | None
    reason: str
    recorded_ms: int


def close(
    shard: Shard, now_ms: int, caught_up: bool, forget: bool = True, reason: str = LATE_EVENT
) -> list[Record]:
    """Ledger records due by the watermarks (and, once caught up, by a feed's long silence).

    `forget=False` keeps every visit and interval: a replay in any order changes nothing too late.
    """
    marks = effective_marks(shard, now_ms, caught_up)
    of_chats = effective_marks(shard, now_ms, caught_up, CHAT_UNRESOLVED_S)
    shard.sweep(marks, of_chats)
    cover_open_queues(shard, marks)
    moments = _Moments(shard, marks, of_chats)
    until, records = shard.until(marks), list[Record]()
    for i, cells, values in (
        (0, *_as_they_are(shard.state.arrival)),
        (3, *_as_they_are(shard.state.chat)),
        (4, *_as_they_are(shard.state.bots)),
        (6, *_as_they_are(shard.state.cases)),
        (7, *_as_they_are(shard.state.outbound)),
        (1, *_with_open(shard, "handling", chats.handling_with_open(shard, -1))),
        (2, *_with_open(shard, "staff", staff.with_open(shard, until))),
        (5, *_with_open(shard, "uptime", bots.uptime_with_open(shard, until))),
    ):
        records += moments.records(shard.tables[i], cells, values, now_ms, reason)
    shard.edited.clear()
    shard.restated += sum(record.state == "RESTATED" for record in records)
    if forget:
        _forget(shard, marks)
    else:
        personal.note(shard, shard.state.programs.floor, until)
    return records


def silence_ms(limits: LimitSettings) -> int:
    """Silence after which a feed's intervals close, so that they go FINAL at the unresolved limit."""
    return round(max(0.0, limits.unresolved_s - limits.lateness_s) * 1000)


def effective_marks(
    shard: Shard, now_ms: int, silence: bool, unresolved_s: float | None = None
) -> dict[str, int]:
    """Watermark per program; with `silence` a live feed that says nothing holds back no longer than
    `unresolved_s` (that of calls)."""
    marks = shard.feeds.watermarks()
    if not (shard.live and silence):
        return marks
    limits = shard.limits
    if unresolved_s is not None:
        limits = limits.model_copy(update={"unresolved_s": unresolved_s})
    silent_until = now_ms - silence_ms(limits)
    return {program: max(mark, silent_until) for program, mark in marks.items()}


class _Moments:
    """Where time stands for the rows of a table."""

    def __init__(self, shard: Shard, marks: dict[str, int], of_chats: dict[str, int]) -> None:
        self.shard = shard
        queues = shard.names.queues
        promised = shard.feeds.watermarks()
        told = [of_chats if key.channel in CHANNELS else marks for key in queues]
        self.mark = np.array(
            [of.get(key.program, -1) for of, key in zip(told, queues, strict=True)], np.int64
        )
        self.promise = np.array([promised.get(key.program, -1) for key in queues], np.int64)
        self.gaps = shard.feeds.gaps()

    def records(
        self,
        table: IntervalTable,
        cells: Cells,
        values: NDArray[np.int64],
        now_ms: int,
        reason: str,
    ) -> list[Record]:
        """Records of one table."""
        queue, site, bucket = unpack(cells.keys[: len(values)])
        end = (bucket + 1) * BUCKET_MS
        mark = self.mark[queue]
        lateness = round(self.shard.limits.lateness_s * 1000)
        cover = self._cover(queue, bucket * BUCKET_MS)
        moment = Moment(mark >= end, mark >= end + lateness, cover, self._sealed(queue, bucket))
        found = list(table.changes(cells, values, moment))
        return [
            self._record(each, table, cells, values, queue, site, bucket, cover, now_ms, reason)
            for each in found
        ]

    def _sealed(
        self, queue: NDArray[np.int64], bucket: NDArray[np.int64]
    ) -> NDArray[np.bool_] | None:
        """Rows that began when events still mattered that are no longer retained."""
        if not self.shard.partial:
            return None
        earliest = self.shard.feeds.earliest()
        limit, plan = round(self.shard.limits.unresolved_s * 1000), self.shard.plan
        since = [
            earliest.get(key.program, 0) + longest_ms(plan, key, limit)
            for key in self.shard.names.queues
        ]
        sealed: NDArray[np.bool_] = bucket * BUCKET_MS < np.array(since, np.int64)[queue]
        return sealed

    def _cover(self, queue: NDArray[np.int64], start: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of each row's bucket that its feeds have promised and of which nothing is lost."""
        covered = np.clip(self.promise[queue] - start, 0, BUCKET_MS)
        for program, spans in self.gaps.items():
            codes = [c for c, key in enumerate(self.shard.names.queues) if key.program == program]
            rows = np.isin(queue, codes)
            for since, until in spans:
                end = np.minimum(start[rows] + covered[rows], until)
                covered[rows] -= np.clip(end - np.maximum(start[rows], since), 0, None)
        share: NDArray[np.float64] = covered / BUCKET_MS
        return share

    def _record(
        self,
        change: Change,
        table: IntervalTable,
        cells: Cells,
        values: NDArray[np.int64],
        queue: NDArray[np.int64],
        site: NDArray[np.int64],
        bucket: NDArray[np.int64],
        cover: NDArray[np.float64],
        now_ms: int,
        reason: str,
    ) -> Record:
        row, part = change.row, change.part
        key = self.shard.names.queues[int(queue[row])]
        start = int(bucket[row]) * BUCKET_MS
        names = table.names[part.columns]
        present = values[row, part.columns]
        hist = {}
        if part.hist:
            bins = np.flatnonzero(cells.hist[row])
            hist = dict(zip(bins.tolist(), cells.hist[row][bins].tolist(), strict=True))
        return Record(
            key.program,
            key.queue,
            key.channel,
            self.shard.names.sites[int(site[row])],
            start,
            part.basis.value,
            change.revision,
            change.state.value,
            _completeness(part, values[row], float(cover[row]), table.names),
            _nonzero(names, present),
            hist,
            None if change.old is None else _nonzero(names, change.old),
            "" if change.old is None else self._reason(change, int(cells.keys[row]), reason),
            now_ms,
        )

    def _reason(self, change: Change, key: int, reason: str) -> str:
        """Why a value is restated. Of an edit and a late event in one cell the edit is named."""
        if change.rebuilt:
            return REBUILD
        return SCHEDULE_EDIT if key in self.shard.edited else reason


_OF_BOTS = tuple(
    map(BOTS_ROW.index, ("conv_start", "migrated_start", "ivr_ans", "orphan", "ivr_orphan"))
)
_UNKNOWN_TO_BOTS = tuple(
    map(BOTS_ROW.index, ("conv_unknown", "migrated_unknown", "ivr_unknown", "orphan", "ivr_orphan"))
)


_UNKNOWN = ARRIVAL_ROW.index("outcome_unknown")


def _completeness(
    part: Part, row: NDArray[np.int64], covered: float, table_names: tuple[str, ...]
) -> float | None:
    if table_names is BOTS_ROW:
        of = row[list(_OF_BOTS)].sum()
        known = of - row[list(_UNKNOWN_TO_BOTS)].sum()
    elif part.basis is Basis.ARRIVAL and table_names in (CASES_ROW, OUTBOUND_ROW):
        known = row[0] + row[1]
        of = known + row[table_names.index("orphan")]
    elif part.basis is Basis.ARRIVAL:
        known, of = row[0] - row[_UNKNOWN], row[0] + row[ARRIVAL_ROW.index("orphan")]
    elif part.basis is Basis.COHORT:
        known, of = row[1] - row[ARRIVAL_ROW.index("cohort_unknown")], row[1]
    else:
        return covered
    return covered * (float(known) / float(of) if of else 1.0)


def _nonzero(names: tuple[str, ...], values: NDArray[np.int64]) -> dict[str, int]:
    return {name: value for name, value in zip(names, values.tolist(), strict=True) if value}


def _as_they_are(cells: Cells) -> tuple[Cells, NDArray[np.int64]]:
    return cells, cells.columns[: int(cells.used[0])]


def _with_open(shard: Shard, name: str, copy: Cells) -> tuple[Cells, NDArray[np.int64]]:
    """The cells of a table, and their values with what is still open: those of `copy`."""
    table: Cells = getattr(shard.state, name)
    used = int(copy.used[0])
    if used > len(table.keys):
        table = resized(table, used + 64)
        grown: dict[str, Any] = {name: table}
        shard.state = shard.state._replace(**grown)
    for row in range(int(table.used[0]), used):
        row_of(table, int(copy.keys[row]))
    return table, copy.columns[:used]


def _forget(shard: Shard, marks: dict[str, int]) -> None:
    """Recycle visits, retire cells into days, move the floor below which events are too late."""
    state = shard.state
    before = state.programs.floor.copy()
    behind = round((shard.limits.lateness_s + shard.limits.horizon_s) * 1000)
    for code, program in enumerate(shard.names.programs):
        floor = (marks.get(program, -1) - behind) // BUCKET_MS * BUCKET_MS
        state.programs.floor[code] = max(int(state.programs.floor[code]), floor)
    if sweep.forget(calls_of(state)):
        sweep.reindex_visits(state.visits)
    chats.forget(shard)
    staff.settle_open(shard)
    personal.note(shard, before, state.programs.floor)
    staff.forget(shard)
    bots.settle_open(shard)
    bots.forget(shard)
    cases.forget(shard)
    outbound.forget(shard)
    state = shard.state
    by_queue, least = _bounds(shard)
    replaced: dict[str, Any] = {}
    newest = max(marks.values(), default=0) // BUCKET_MS
    for i, name in enumerate(TABLES):
        cells = getattr(state, name)
        used = int(cells.used[0])
        queue = unpack(cells.keys[:used])[0]
        # Whole hours of people's time, so that no planning interval is parted.
        grid = HOUR_MS if name == "staff" else BUCKET_MS
        gone = bucket_ends(cells) <= by_queue[queue] // grid * grid
        gone &= shard.tables[i].all_final(used)
        if gone.any():
            leaving = np.flatnonzero(gone)
            if name == "staff":
                cells = staff.with_attainment(shard, cells, leaving, until=LATEST)
            elif name == "uptime":
                cells = bots.with_hours(shard, cells, leaving)
            shard.days[i].absorb(cells, leaving)
            shard.earlier.keep(i, cells, leaving)
            cells = getattr(state, name)
            replaced[name], kept = without(cells, gone)
            shard.tables[i].keep(kept)
        shard.days[i].forget_before(newest - DAYS_KEPT)
    shard.earlier.forget_before(newest - KEPT)
    shard.forecasts.forget_before((newest - DAYS_KEPT) * BUCKET_MS)
    shard.state = state._replace(**replaced)
    shard.feeds.forget_gaps({name: int(least[c]) for c, name in enumerate(shard.names.programs)})


def gone_before(shard: Shard) -> NDArray[np.int64]:
    """Per queue code: before this moment no visit that is kept and no event may change anything, ms."""
    return _bounds(shard)[0]


def _bounds(shard: Shard) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`gone_before`, and per program code the least of its queues."""
    # A chat may stay for days, a conversation with a bot for hours: each holds back its own rows only.
    state = shard.state
    of_calls, of_chats, of_talks = (
        _bound(shard, kept) for kept in (state.visits, state.chats, shard.bots.conversations)
    )
    code_of = {name: code for code, name in enumerate(shard.names.programs)}
    # A case or record may stay for a year: of it only what lies above the floor can change.
    holding = {**dict.fromkeys(CHANNELS, of_chats), BOT_CHANNEL: of_talks}
    holding |= dict.fromkeys(WORK_OF, state.programs.floor)
    by_queue = np.array(
        [holding.get(key.channel, of_calls)[code_of[key.program]] for key in shard.names.queues],
        np.int64,
    )
    return by_queue, np.minimum(np.minimum(of_calls, of_chats), of_talks)


def _bound(shard: Shard, kept: Visits) -> NDArray[np.int64]:
    """Per program: start of the first bucket that a kept visit or an event may still change, ms."""
    floor = shard.state.programs.floor
    least = np.zeros(len(floor), np.int64)
    sweep.oldest(kept, least)
    bound: NDArray[np.int64] = np.minimum(least // BUCKET_MS * BUCKET_MS, floor)
    return bound
