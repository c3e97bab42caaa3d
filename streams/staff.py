"""A shard's people: folding their states and schedules, closing open spans, requested FTE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kernels import cells as cell_tables
from kernels import people as pools
from kernels import schedule, timeline
from kernels.cells import cell_key, row_of, unpack
from kernels.columns import STAFF_ROW
from kernels.layout import (
    BUCKET_MS,
    EVENTS_END,
    PIECE,
    PIECES_END,
    ROWS_END,
    Cells,
    People,
)
from kernels.people import MOST_ROWS
from streams import edits
from streams.attainment import filled
from streams.decode import Batch

if TYPE_CHECKING:
    from streams.shard import Shard

MORE_CELLS = 8_000
_REQUIRED = STAFF_ROW.index("req_fte_ms")
Fates = NDArray[np.uint8]
Requests = dict[tuple[int, int], tuple[int, int, int]]
"""(version, published ms, thousandths of FTE) that stands, by place code and bucket."""


def fold(shard: Shard, batch: Batch) -> tuple[Fates, Fates]:
    """Send a batch's states and schedule rows through the kernels; what became of each."""
    states = rows = np.zeros(0, np.uint8)
    if batch.states is not None:
        given = batch.states.input
        states = np.zeros(len(given), np.uint8)
        _until_done(shard, len(given), lambda s, at: timeline.take_states(
            given, states, at, s.people, s.places, s.staff, s.programs.floor))  # fmt: skip
    if batch.rows is not None:
        asked = batch.rows.input
        rows = np.zeros(len(asked), np.uint8)
        _until_done(shard, len(asked), lambda s, at: schedule.take_rows(
            asked, rows, at, s.people, s.places, s.programs.floor))  # fmt: skip
        marks = np.zeros(MOST_ROWS, np.int32)
        edges = np.zeros(2 * MOST_ROWS, np.int64)
        pieces = np.zeros(2 * MOST_ROWS, PIECE)
        former = edits.before(shard.state.people)
        _until_done(shard, 0, lambda s, at: schedule.reschedule(
            s.people, s.places, s.staff, s.programs.floor, marks, edges, pieces, at))  # fmt: skip
        shard.edited |= edits.touched(shard, former)
        shard.schedule.changed += 1
    return states, rows


def _until_done(shard: Shard, batch: int, step: Any) -> None:
    """Call a kernel that says where to go on, making room where it stops short."""
    shard.state = shard.state._replace(people=pools.with_room(shard.state.people, batch))
    at, stuck = 0, 0
    while True:
        end = batch or int(shard.state.people.used[0])
        done = step(shard.state, at)
        if done >= end:
            return
        stuck = stuck + 1 if done == at else 0
        if stuck > 8:
            raise RuntimeError(f"person {at} needs more room than any may")
        at = done
        more_room(shard, 1 << stuck)


def more_room(shard: Shard, times: int = 1) -> None:
    """Room for more cells and for any one person's items to move to."""
    staff = shard.state.staff
    used = int(staff.used[0])
    if len(staff.keys) - used < MORE_CELLS * times:
        staff = cell_tables.resized(staff, used + used // 2 + MORE_CELLS * times)
    people = pools.with_room(shard.state.people, 0, pools.FREE_FOR_ANYONE)
    shard.state = shard.state._replace(staff=staff, people=people)


def request(shard: Shard, batch: Batch) -> list[int]:
    """Book requested FTE; returns the places among the raw values of what came too late."""
    late: list[int] = []
    for event, group, place in batch.requests:
        floor = shard.floor_of(event.program)
        if event.end <= floor:
            late.append(place)
            continue
        given = (event.version, event.time, event.milli_fte)
        first = max(event.start, floor) // BUCKET_MS
        for bucket in range(first, event.end // BUCKET_MS):
            held = shard.requested.get((group, bucket))
            if held is None or given > held:
                shard.requested[group, bucket] = given
                _require(shard, group, bucket, given[2] - (held[2] if held else 0))
    return late


def _require(shard: Shard, group: int, bucket: int, milli_fte: int) -> None:
    cells = shard.state.staff
    if len(cells.keys) == int(cells.used[0]):
        more_room(shard)
        cells = shard.state.staff
    queue, site = shard.names.places[group]
    row = row_of(cells, cell_key(queue, site, bucket))
    cells.dirty[row] = 1
    cells.columns[row, _REQUIRED] += milli_fte * (BUCKET_MS // 1000)


def with_open(shard: Shard, until: NDArray[np.int64]) -> Cells:
    """The staff cells with everyone's open span up to `until` int64 (programs,), ms, to be read only.

    Without people they are the stored ones: room for spans of nobody was a tenth of a view's cost.
    """
    shard.rest()
    state = shard.state
    if not int(state.people.used[0]):
        return state.staff
    copy: Cells = cell_tables.resized(state.staff, int(state.staff.used[0]) + MORE_CELLS)
    at, end = 0, int(state.people.used[0])
    while True:
        at = timeline.book_open(state.people, state.places, copy, until, at, False)
        if at >= end:
            return copy
        copy = cell_tables.resized(copy, len(copy.keys) + MORE_CELLS)


def begun(cells: Cells, now_ms: int) -> Cells:
    """The cells without the buckets to come, for which FTE may be asked months ahead."""
    bucket = unpack(cells.keys[: int(cells.used[0])])[2]
    rows = np.flatnonzero(bucket * BUCKET_MS <= now_ms)
    if len(rows) == len(bucket):
        return cells
    kept: Cells = cell_tables.resized(cells, max(64, len(rows)), rows)
    return kept


def with_attainment(
    shard: Shard, cells: Cells, rows: NDArray[np.int64] | None = None, until: int | None = None
) -> Cells:
    """The same cells with attainment columns in their `rows` (all), up to `until` ms."""
    some = np.arange(int(cells.used[0])) if rows is None else rows
    columns = cells.columns.copy()
    queue, site, bucket = unpack(cells.keys[some])
    columns[some] = filled(
        shard.plan, shard.names.queues, queue, site, bucket, columns[some], until
    )
    return cells._replace(columns=columns)


def settle_open(shard: Shard) -> None:
    """Book what was open below the floor for good: the cells there are about to leave."""
    _until_done(shard, 0, lambda s, at: timeline.book_open(
        s.people, s.places, s.staff, s.programs.floor, at, True))  # fmt: skip


def forget(shard: Shard) -> None:
    """Drop what lies below the floor of people's lists, and close the gaps in the pools."""
    state = shard.state
    pools.prune(state.people, state.programs.floor)
    pools.see_again(state.people)
    floors = {code: int(floor) for code, floor in enumerate(state.programs.floor)}
    names = shard.names
    program = [names.program(names.queues[queue].program) for queue, _ in names.places]
    shard.requested = {
        (place, bucket): held
        for (place, bucket), held in shard.requested.items()
        if (bucket + 1) * BUCKET_MS > floors[program[place]]
    }
    close_gaps(shard)


def close_gaps(shard: Shard) -> None:
    """Lay people's items side by side once more than half of a pool is places they moved from."""
    people = shard.state.people
    live = [int(people.persons[name][: int(people.used[0])].sum())
            for name in ("count", "pieces", "rows")]  # fmt: skip
    ends = [int(people.used[end]) for end in (EVENTS_END, PIECES_END, ROWS_END)]
    if any(end > 2 * kept + 4096 for end, kept in zip(ends, live, strict=True)):
        shard.state = shard.state._replace(people=compacted(people))


def packed(shard: Shard) -> dict[str, NDArray[Any]]:
    """Arrays of people, requests and edits that a snapshot keeps."""
    people = shard.state.people
    ends = [int(end) for end in people.used]
    asked = [(*key, *held) for key, held in shard.requested.items()]
    return {
        "persons": people.persons[: ends[0]],
        "events": people.events[: ends[EVENTS_END]],
        "pieces": people.pieces[: ends[PIECES_END]],
        "rows": people.rows[: ends[ROWS_END]],
        "free": people.free,
        "used": people.used,
        "requested": np.array(asked, np.int64).reshape(-1, 5),
        "edited": np.array(sorted(shard.edited), np.int64),
    }


def restored(shard: Shard, arrays: dict[str, NDArray[Any]]) -> People:
    """People as `packed` wrote them; sets what was requested and edited too."""
    shard.edited = {*arrays.get("edited", np.zeros(0, np.int64)).tolist()}
    shard.schedule.changed += 1
    shard.requested = {
        (place, bucket): (version, time, milli)
        for place, bucket, version, time, milli in arrays["requested"].tolist()
    }
    people = shard.state.people._replace(
        persons=arrays["persons"].copy(),
        seen=np.zeros((0, pools.SEEN_WORDS), np.uint64),
        events=arrays["events"].copy(),
        pieces=arrays["pieces"].copy(),
        rows=arrays["rows"].copy(),
        free=arrays["free"].copy(),
        used=arrays["used"].copy(),
    )
    roomy = pools.with_room(people, 1)
    pools.reindex(roomy)
    pools.see_again(roomy)
    return roomy


def compacted(people: People) -> People:
    """The same people with every item next to the other: what a snapshot keeps."""
    persons = people.persons[: int(people.used[0])]
    lengths = [int(persons[name].sum()) for name in ("count", "pieces", "rows")]
    lengths[0] += lengths[0] // 4 + 4 * len(persons)
    events, pieces, rows = (
        np.zeros(max(1, length), items.dtype)
        for length, items in zip(lengths, (people.events, people.pieces, people.rows), strict=True)
    )
    copy = people._replace(persons=persons.copy(), used=people.used.copy(), free=people.free.copy())
    pools.compacted_into(copy, events, pieces, rows)
    return pools.with_room(copy._replace(events=events, pieces=pieces, rows=rows), 0)
