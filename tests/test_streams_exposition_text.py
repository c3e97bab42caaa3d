"""The text of /metrics: byte by byte that of prometheus_client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.metrics import FAMILIES
from streams.exposition import text
from streams.exposition.sheet import Sheet
from streams.exposition.text import Beginnings
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


@st.composite
def samples(draw):
    name = draw(NAMES)
    labels = draw(st.lists(LABELS, min_size=(n := len(FAMILIES[name].labels)), max_size=n))
    return name, tuple(labels), draw(NUMBERS)


@given(st.lists(samples(), max_size=30))
def test_every_page_is_written_as_prometheus_client_writes_it(written):
    sheet = Sheet()
    for name, labels, number in written:
        sheet.add(name, labels, number)
    assert sheet.text() == by_prometheus_client(sheet)
    assert sheet.text() == by_prometheus_client(sheet), "with what the first page kept"


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
        assert f'partition="{number}"' in begins["acd", str(number)]
        assert len(begins) <= 10
