"""The text of /metrics: byte by byte that of prometheus_client."""

from math import inf, isnan, nan, nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.utils import floatToGoString

from schemas.metrics import FAMILIES
from streams.exposition import text
from streams.exposition.sheet import Sheet
from streams.exposition.text import Beginnings, numerals
from tests.bench.page import by_prometheus_client

NAMES = st.sampled_from(sorted(FAMILIES))
LABELS = st.text(st.characters(exclude_categories=("Cs",)), max_size=6) | st.sampled_from(
    ("", "sales", 'a "b"', "back\\slash", "two\nlines", "営業", "\\n")
)
NUMBERS = (
    st.integers(-(10**18), 10**18)
    | st.floats()
    | st.sampled_from((0, -0.0, 999_999.5, 1e6, 1_700_000_000.123, 1e-7, 0.1 + 0.2))
)
TURNS = [0.0, 1e-5, 1e-4, 1.0, 999_999.5, 1e6, 1e7, 1e10, 1e15, 1e16, 1e17, 2.0**53, 2.0**63, 1e300]
"""Where the way of writing turns from one to another, or may be thought to."""


@st.composite
def samples(draw):
    name = draw(NAMES)
    labels = draw(st.lists(LABELS, min_size=(n := len(FAMILIES[name].labels)), max_size=n))
    return name, tuple(labels), draw(NUMBERS)


def a_sheet(written):
    sheet = Sheet()
    for name, labels, number in written:
        sheet.add(name, labels, number)
    return sheet


@given(st.lists(samples(), max_size=30))
def test_every_page_is_written_as_prometheus_client_writes_it(written):
    first, second = a_sheet(written), a_sheet(written)
    assert first.text() == by_prometheus_client(first)
    assert second.text() == by_prometheus_client(second), "with what the first page kept"


FEW = st.tuples(
    st.sampled_from(("cc_contacts_waiting", "cc_queue_open")),
    st.tuples(st.just("shop"), st.sampled_from(("sales", "営業", 'a "b"')), st.just("voice")),
    NUMBERS,
)


@given(st.lists(st.lists(FEW, max_size=5), max_size=6))
def test_no_page_shows_a_series_of_the_page_before_that_is_not_its_own(pages):
    for written in pages:
        sheet = a_sheet(written)
        assert sheet.text() == by_prometheus_client(sheet)


@given(st.lists(st.tuples(LABELS, LABELS, LABELS, st.floats() | st.just(nan)), max_size=30))
def test_figures_of_all_queues_at_once_are_written_like_one_after_the_other(written):
    queues, numbers = [tuple(labels) for *labels, _ in written], [each[-1] for each in written]
    together = Sheet()
    together.extend("cc_contacts_waiting", queues, np.array(numbers, np.float64))
    known = [
        (queue, number) for queue, number in zip(queues, numbers, strict=True) if not isnan(number)
    ]
    singly = a_sheet([("cc_contacts_waiting", queue, number) for queue, number in known])
    assert together.text() == singly.text() == by_prometheus_client(singly)


def test_counts_that_come_as_whole_numbers_are_written_as_the_numbers_they_are():
    sheet = Sheet()
    sheet.extend("cc_contacts_waiting", [("shop", "sales", "voice")], np.array([7]))
    assert sheet.text().endswith(b" 7.0\n")


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_numbers_are_written_as_prometheus_client_writes_them(numbers):
    assert numerals(numbers) == [floatToGoString(number).encode() for number in numbers]


def test_numbers_beside_each_turn_of_the_way_of_writing_are_written_alike():
    beside = [by for turn in TURNS for by in (nextafter(turn, -inf), turn, nextafter(turn, inf))]
    numbers = [*beside, *(-by for by in beside), inf, -inf, nan, 5e-324, 1.7976931348623157e308]
    assert numerals(numbers) == [floatToGoString(number).encode() for number in numbers]


def test_an_undeclared_name_and_a_wrong_number_of_labels_are_refused():
    sheet = Sheet()
    with pytest.raises(KeyError, match="cc_nothing"):
        sheet.add("cc_nothing", (), 1)
    with pytest.raises(ValueError, match="cc_contacts_waiting has the labels"):
        sheet.add("cc_contacts_waiting", ("sales",), 1)


def test_what_is_kept_of_names_that_come_and_go_is_bounded(monkeypatch):
    monkeypatch.setattr(text, "KEPT", 10)
    begins = Beginnings(FAMILIES["cc_consumer_lag_records"])
    for number in range(100):
        assert f'partition="{number}"'.encode() in begins["acd", str(number)]
        assert len(begins) <= 10


def test_series_added_to_a_page_after_it_was_written_are_not_taken_for_those_that_are_kept():
    begins = Beginnings(FAMILIES["cc_events_total"])
    shown = [("contacts",)]
    assert begins.of(shown) == [b'\ncc_events_total{topic="contacts"} ']
    shown.append(("staff",))
    assert begins.of(shown)[1:] == [b'\ncc_events_total{topic="staff"} ']


def test_what_is_kept_of_a_page_is_what_is_shown_again_without_writing_it_anew(monkeypatch):
    begins = Beginnings(FAMILIES["cc_events_total"])
    first = begins.of([("contacts",), ("staff",)])
    monkeypatch.setattr(Beginnings, "__missing__", None)
    assert begins.of([("contacts",), ("staff",)]) is first
    assert begins.of([("staff",), ("contacts",)]) == first[::-1]
