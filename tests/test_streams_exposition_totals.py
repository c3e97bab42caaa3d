"""Figures of all queues at once say of each what the reading of one says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.columns import (
    ARRIVAL_ROW,
    BOTS_ROW,
    CASES_ROW,
    CHAT_ROW,
    HANDLING_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    UPTIME_ROW,
)
from schemas.catalog import KPIS
from schemas.kpi import Formula, Kpi, Measure
from schemas.metrics import MEASURES
from streams.exposition.totals import Totals, totals, values
from streams.kpis import value
from streams.view import CellKey, Cells, QueueKey
from tests.effort import examples

ROWS = (
    *(ARRIVAL_ROW, HANDLING_ROW, CHAT_ROW, STAFF_ROW),
    *(BOTS_ROW, UPTIME_ROW, CASES_ROW, OUTBOUND_ROW),
)
DECLARED: tuple[Kpi | Measure, ...] = (*KPIS.values(), *MEASURES)
HOUR_MS = 3_600_000
SALES, HELP = QueueKey("shop", "sales", "voice"), QueueKey("shop", "help", "voice")
COUNTS = st.one_of(st.just(0), st.integers(-3, 10**6), st.integers(0, 10**12))


def _cells(*rows: tuple[QueueKey, str, int, int]) -> Cells:
    """Cells of one column: queue, site, start and count."""
    keys = tuple(CellKey(*queue, site, start) for queue, site, start, _ in rows)
    counts = np.array([[count] for *_, count in rows], np.int64).reshape(-1, 1)
    return Cells(keys, counts, np.zeros((0, 0), np.int32))


@settings(max_examples=examples(60))
@given(st.data(), st.sampled_from(ROWS))
def test_every_declaration_reads_the_same_number_from_all_rows_as_from_each(
    data: st.DataObject, names: tuple[str, ...]
) -> None:
    counts = st.lists(COUNTS, min_size=len(names), max_size=len(names))
    rows = data.draw(st.lists(counts, min_size=1, max_size=4))
    lengths = [data.draw(st.sampled_from((0, 1, 900_000))) for _ in rows]
    owners = [("", "p", f"q{number}", "voice") for number in range(len(rows))]
    of = Totals(owners, np.array(rows, np.int64), names)
    for declared in DECLARED:
        found = values(declared, of, np.array(lengths, np.int64))
        for row, length, number in zip(rows, lengths, found.tolist(), strict=True):
            expected = value(declared, dict(zip(names, row, strict=True)), interval_ms=length)
            assert (None if np.isnan(number) else number) == expected, declared.key


def test_a_load_without_a_length_to_divide_by_is_unknown() -> None:
    of = Totals([("", "p", "q", "voice")], np.ones((1, len(STAFF_ROW)), np.int64), STAFF_ROW)
    loads = [kpi for kpi in KPIS.values() if kpi.formula is Formula.LOAD]
    assert loads
    assert all(np.isnan(values(kpi, of)).all() for kpi in loads)


def test_cells_of_a_queue_and_site_are_added_and_those_outside_the_span_are_not() -> None:
    cells = _cells(
        (SALES, "osaka", 0, 1), (SALES, "osaka", HOUR_MS, 2), (SALES, "osaka", 2 * HOUR_MS, 4),
        (SALES, "", 0, 8), (QueueKey("bank", "loans", "voice"), "", 0, 16),
    )  # fmt: skip
    found = totals(cells, {"shop": (0, 2 * HOUR_MS)}, ("n",))
    assert found.owners == [("osaka", *SALES), ("", *SALES)]
    assert found.column("n").tolist() == [3, 8]


def test_queues_stand_in_the_order_asked_for_and_one_without_cells_has_zeros_at_no_site() -> None:
    cells = _cells((SALES, "osaka", 0, 5), (SALES, "kyoto", 0, 7))
    found = totals(cells, {"shop": (0, HOUR_MS)}, ("n",), (HELP, SALES))
    assert found.owners == [("", *HELP), ("osaka", *SALES), ("kyoto", *SALES)]
    assert found.column("n").tolist() == [0, 5, 7]


def test_where_nothing_has_come_there_are_no_rows_and_no_figures() -> None:
    found = totals(_cells(), {}, ("n",))
    assert found.owners == []
    assert values(KPIS["service_level"], found).tolist() == []


def test_a_column_that_a_table_does_not_have_counts_as_zero() -> None:
    found = totals(_cells((SALES, "", 0, 5)), {"shop": (0, HOUR_MS)}, ("n",))
    assert found.column("other").tolist() == [0]
    assert found.having("other", [9]).column("other").tolist() == [9]


def test_owners_of_some_channels_keep_their_sums_and_order_and_no_channels_mean_all() -> None:
    chat = QueueKey("shop", "web", "chat")
    cells = _cells((SALES, "osaka", 0, 5), (chat, "", 0, 6), (HELP, "", 0, 7))
    found = totals(cells, {"shop": (0, HOUR_MS)}, ("n",))
    voice = found.of_channels(("voice",))
    assert voice.owners == [("osaka", *SALES), ("", *HELP)]
    assert voice.column("n").tolist() == [5, 7]
    assert found.of_channels(("messaging",)).owners == []
    assert found.of_channels(()) is found
