"""By what the page's queues can be sorted: values, not their texts, and nothing of what is unknown."""

import pytest

from schemas.targets import Plan
from streams.board.figures import Mark, floor
from streams.board.words import word
from streams.page.day import day_of, nothing_recorded
from streams.page.floor import Names, floor_of
from streams.page.queues import queue_key, queues_of
from streams.page.words import word as page_word
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


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_queues_without_any_plan_or_target_are_shown_as_such(lang):
    """As a phone system's log alone gives them."""
    bare = Plan()
    shown = floor(shown_view(), bare, AT_MS)
    found = queues_of(shown, bare, lang)
    said = {said.split(" ", 1)[1] for marks in found["marks"] for _, _, said in marks}
    assert any(word("no_target", lang) in one for one in said)
    told = floor_of(shown_view(), bare, AT_MS, lang, None, Names(False))
    figures = {one["key"]: (one["text"], one["tone"], one["note"]) for one in told["figures"]}
    assert figures["level_now"] == ("20.0%", "", page_word("no_targets", lang))
    assert figures["below_target"] == ("-", "", page_word("no_targets", lang)), "not 0, all is well"
    assert {one["key"] for one in told["queues"]["sorts"]} >= {"oldest", "bounds"}


def test_queues_of_which_some_have_no_target_are_counted_beside_those_below():
    queues = {
        "queues": {
            "cards": {"program": "bank", "targets": [{"thresholds_s": [20], "service_level": 0.9}]}
        }
    }
    plan = Plan.model_validate(queues)
    (below, *_) = floor_of(shown_view(), plan, AT_MS, "en", None, Names(False))["figures"]
    assert (below["text"], below["note"]) == ("1", "▼ of 4 queues, 3 without a target")


def test_where_nothing_is_told_of_people_that_is_said_and_not_that_nobody_is_out():
    told = floor_of(shown_view(groups=()), PLAN, AT_MS, "en", None, Names(False))
    assert told["no_staff"] == "Nothing is told of people."
    assert floor_of(shown_view(), PLAN, AT_MS, "en", None, Names(False))["no_staff"] == ""


def test_a_day_without_a_forecast_is_called_by_the_queues_name():
    told = day_of(shown_view(), PLAN, None, "bank/loans/voice", nothing_recorded)
    assert (told["queue"], told["curves"]) == ("loans", None)
    assert day_of(shown_view(), PLAN, None, "no/such", nothing_recorded)["queue"] == "no/such"


@pytest.mark.parametrize("mark", Mark)
def test_every_standing_of_an_interval_has_its_word(mark):
    assert word(mark, "en") != word(mark, "ja")


def test_a_queue_is_called_by_program_name_and_channel():
    keys = {queue_key(one) for one in floor(shown_view(), PLAN, AT_MS).queues}
    assert {"bank/cards/voice", "bank/web/chat"} <= keys
