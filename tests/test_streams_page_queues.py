"""By what the page's queues can be sorted: values, not their texts, and nothing of what is unknown."""

import pytest

from streams.board.figures import floor
from streams.page.queues import queue_key, queues_of
from streams.view import Now
from tests.shown_page import PLAN, shown_view
from tests.views import AT_MS, CARDS, WEB, live


def told(view, lang="en"):
    return queues_of(floor(view, PLAN, AT_MS), PLAN, lang)


def sorts(view):
    """Values by column and queue."""
    found = told(view)
    return {one["key"]: dict(zip(found["keys"], one["of"], strict=True)) for one in found["sorts"]}


def test_every_column_of_the_table_can_be_sorted_by_and_stands_at_its_place():
    found = told(shown_view())
    assert len(found["sorts"]) == len(found["table"].heads)
    assert [one["key"] for one in found["sorts"]][:4] == ["program", "queue", "waiting", "oldest"]
    for at, one in enumerate(found["sorts"]):
        assert one["first"] in ("ascending", "descending")
        if found["table"].right[at] and one["key"] != "bounds":
            assert one["first"] == "descending", "the largest first"


def test_queues_are_sorted_by_what_their_cells_say():
    view = shown_view(
        now={CARDS: Now(12, AT_MS - 600_000, 0, 0), WEB: Now(9, AT_MS - 61_000, 0, 0)}
    )
    by = sorts(view)
    assert by["waiting"] == {
        **dict.fromkeys(by["waiting"], 0),
        "bank/cards/voice": 12,
        "bank/web/chat": 9,
    }
    assert by["oldest"]["bank/cards/voice"] == 600_000
    assert by["oldest"]["bank/web/chat"] == 61_000
    assert by["offered"]["bank/web/chat"] == 20
    assert by["level"]["bank/cards/voice"] == pytest.approx(0.6)
    assert by["abandoned"]["bank/cards/voice"] == pytest.approx(0.1)
    assert by["asa"]["bank/cards/voice"] == pytest.approx(10.0)


def test_the_open_interval_is_sorted_by_its_better_bound():
    by = sorts(shown_view())["bounds"]
    assert by["bank/cards/voice"] == pytest.approx(0.8)
    assert by["bank/loans/voice"] is None


def test_a_ratio_without_traffic_has_no_value_to_sort_by_and_a_count_of_nothing_is_zero():
    by = sorts(shown_view())
    loans = "bank/loans/voice"
    assert (by["level"][loans], by["abandoned"][loans], by["asa"][loans]) == (None, None, None)
    assert (by["offered"][loans], by["answered"][loans], by["waiting"][loans]) == (0, 0, 0)


def test_of_a_silent_feed_nothing_can_be_sorted_by_but_names():
    silent = shown_view(sources=(live("bank")._replace(silent=True),))
    by = sorts(silent)
    assert set(by["queue"].values()) == {queue.name for queue in floor(silent, PLAN, AT_MS).queues}
    assert set(by["program"].values()) == {"bank"}
    for key, values in by.items():
        if key not in ("program", "queue"):
            assert set(values.values()) == {None}, key


def test_a_queue_is_called_by_program_name_and_channel():
    keys = {queue_key(one) for one in floor(shown_view(), PLAN, AT_MS).queues}
    assert {"bank/cards/voice", "bank/web/chat"} <= keys
