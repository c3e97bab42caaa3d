"""A page takes only what is declared, and shows again what another sheet had."""

import dataclasses

import numpy as np
import pytest

from streams.exporter import ViewCollector
from streams.exposition.sheet import Sheet
from streams.planning.rest import RestOfDay
from streams.view import QueueKey, View
from tests.test_streams_exporter import PLAN
from tests.views import busy_view

SALES, HELP = QueueKey("shop", "sales", "voice"), QueueKey("shop", "help", "voice")


def test_a_number_that_is_unknown_leaves_no_sample_on_the_page() -> None:
    sheet = Sheet()
    sheet.extend("cc_contacts_waiting", [SALES, HELP], np.array([np.nan, 2.0]))
    (family,) = sheet
    assert [(each.labels["queue"], each.value) for each in family.samples] == [("help", 2.0)]


def test_a_family_of_which_nothing_is_known_is_not_on_the_page() -> None:
    sheet = Sheet()
    sheet.extend("cc_contacts_waiting", [SALES], np.array([np.nan]))
    assert sheet.text() == b""


@pytest.mark.parametrize(
    ("labels", "numbers", "error"),
    [
        ([("shop", "sales")], [1.0], "has the labels"),
        ([SALES, HELP], [1.0], "2 label sets for 1 numbers"),
    ],
)
def test_samples_that_do_not_fit_their_family_are_refused(
    labels: list[tuple[str, ...]], numbers: list[float], error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        Sheet().extend("cc_contacts_waiting", labels, np.array(numbers))


def test_a_metric_that_nobody_declared_is_refused() -> None:
    with pytest.raises(KeyError):
        Sheet().extend("cc_made_up", [SALES], np.array([1.0]))


def _waiting(number: float) -> Sheet:
    sheet = Sheet()
    sheet.add("cc_contacts_waiting", SALES, number)
    return sheet


def test_what_is_taken_from_another_sheet_stands_in_its_place_of_the_page() -> None:
    page, whole = Sheet(), Sheet()
    for sheet in (page, whole):
        sheet.add("cc_callbacks_pending", SALES, 1)
    whole.add("cc_contacts_waiting", SALES, 5)
    page.take(_waiting(5))
    assert page.text() == whole.text()
    assert [metric.name for metric in page] == [metric.name for metric in whole]


def test_a_sheet_that_was_shown_before_is_shown_again_as_it_was() -> None:
    part = _waiting(5)
    first, second = Sheet(), Sheet()
    first.take(part)
    second.take(part)
    second.add("cc_callbacks_pending", SALES, 1)
    assert first.text() in second.text()


def test_a_family_on_two_sheets_is_refused() -> None:
    page = _waiting(5)
    with pytest.raises(ValueError, match="cc_contacts_waiting is on both sheets"):
        page.take(_waiting(6))


def _projected(collector: ViewCollector) -> list[float]:
    families = {metric.name: metric for metric in collector.collect()}
    found = families.get("cc_day_projected_contacts")
    return [sample.value for sample in found.samples] if found else []


def test_the_rest_of_the_day_is_on_every_page_and_follows_what_is_known() -> None:
    view = busy_view()
    shown: list[View] = [view]
    collector = ViewCollector(lambda: shown[0], PLAN, rest=RestOfDay(PLAN))
    first = _projected(collector)
    assert first
    assert _projected(collector) == first
    silent = tuple(source._replace(silent=True) for source in view.sources)
    shown[0] = dataclasses.replace(view, sources=silent)
    assert _projected(collector) == []
    shown[0] = view
    assert _projected(collector) == first
