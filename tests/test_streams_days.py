"""Sums by local day: what has left the live tables, and with it what is still in them."""

from collections import defaultdict
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.cells import add_rows, make_cells, unpack
from kernels.layout import BUCKET_MS, Cells
from schemas.targets import Plan, Program, Queue
from streams.days import Days
from streams.view import QueueKey
from tests.effort import examples

DAY_MS = 86_400_000
NOON = 1_767_225_600_000 // BUCKET_MS + 48
QUEUES = [QueueKey("desk", "calls", "voice"), QueueKey("desk", "mail", "voice")]
ZONE = "Asia/Kathmandu"
PLAN = Plan(
    programs={"desk": Program(time_zone=ZONE)},
    queues={key.queue: Queue(program=key.program) for key in QUEUES},
)
Row = tuple[int, int, int, int]
"""Queue, site, bucket, count."""
ROWS = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(0, 2), st.integers(NOON, NOON + 300), st.integers(1, 9)
    ),
    max_size=30,
)


def cells_of(rows: list[Row]) -> Cells:
    """Buckets with two columns (count, twice the count) and three bins (count in one of them)."""
    cells = make_cells(max(64, len(rows)), 2, 3)
    queue, site, bucket, count = np.array(rows, np.int64).reshape(-1, 4).T.copy()
    hist = np.zeros((len(rows), 3), np.int32)
    hist[np.arange(len(rows)), bucket % 3] = count
    add_rows(cells, queue, site, bucket, np.column_stack((count, 2 * count)), hist)
    return cells


def told(cells: Cells) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Columns and bins by queue, site and start."""
    used = int(cells.used[0])
    keys = zip(*(part.tolist() for part in unpack(cells.keys[:used])), strict=True)
    rows = np.hstack((cells.columns[:used], cells.hist[:used])).tolist()
    return {key: tuple(row) for key, row in zip(keys, rows, strict=True)}


def by_hand(rows: list[Row]) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Each row added to its local day: Kathmandu is 5 h 45 min ahead all year."""
    ahead = 23
    sums: dict[tuple[int, ...], list[int]] = defaultdict(lambda: [0] * 5)
    for queue, site, bucket, count in rows:
        begins = (bucket + ahead) // 96 * 96 - ahead
        of = sums[queue, site, begins]
        for place, more in ((0, count), (1, 2 * count), (2 + bucket % 3, count)):
            of[place] += more
    return {key: tuple(row) for key, row in sums.items()}


@settings(max_examples=examples(40))
@given(ROWS, ROWS)
def test_a_day_is_what_has_left_the_live_table_and_what_is_still_in_it(
    gone: list[Row], live: list[Row]
) -> None:
    days = Days(PLAN, QUEUES, 2, 3)
    left = cells_of(gone)
    days.absorb(left, np.arange(int(left.used[0])))
    kept = told(days.cells)
    assert kept == by_hand(gone)
    assert told(days.with_live(cells_of(live))) == by_hand(gone + live)
    assert told(days.cells) == kept


def test_days_that_began_before_a_bucket_are_forgotten() -> None:
    days = Days(PLAN, QUEUES, 2, 3)
    rows = [(0, 1, NOON, 3), (0, 1, NOON + 96, 4)]
    days.absorb(cells_of(rows), np.arange(2))
    days.forget_before(NOON)
    assert told(days.cells) == by_hand(rows[1:])


@pytest.mark.parametrize(("hour", "day"), [(18, "2026-01-02"), (19, "2026-01-03")])
def test_a_day_begins_at_midnight_of_the_program(hour: int, day: str) -> None:
    moment = 1_767_312_000_000 + hour * 3_600_000
    rows = Days(PLAN, QUEUES, 2, 3).with_live(cells_of([(0, 0, moment // BUCKET_MS, 1)]))
    start_ms = unpack(rows.keys[:1])[2].item() * BUCKET_MS
    local = np.datetime64(start_ms, "ms").item().replace(tzinfo=ZoneInfo("UTC"))
    assert local.astimezone(ZoneInfo(ZONE)).isoformat() == f"{day}T00:00:00+05:45"


def test_a_queue_first_heard_of_within_the_day_has_that_day_too() -> None:
    queues = QUEUES[:1]
    days = Days(PLAN, queues, 2, 3)
    early, late = [(0, 0, NOON, 1)], [(100, 0, NOON, 2)]
    assert told(days.with_live(cells_of(early))) == by_hand(early)
    queues += [QueueKey("desk", f"queue{number}", "voice") for number in range(100)]
    assert told(days.with_live(cells_of(early + late))) == by_hand(early + late)
