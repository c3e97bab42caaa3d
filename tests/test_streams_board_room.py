"""On a low terminal the queues stand first, and what has no room is named."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from streams.board import render
from streams.board.room import Section, kept, lines_of
from streams.board.words import word
from streams.planning.rest import RestOfDay
from tests.shown_page import PLAN
from tests.views import AT_MS, busy_view, live, with_work


def drawn(height, width=100, lang="en", view=None):
    view = view or with_work(busy_view())
    out = io.StringIO()
    rest = RestOfDay(PLAN)(view)
    made = render(view, PLAN, AT_MS, width, lang=lang, height=height, rest=rest)
    Console(file=out, width=width, color_system=None).print(made)
    return out.getvalue()


def heads(text, lang="en"):
    keys = ("planned_queue", "group", "chat_group", "bot", "deferred", "campaign")
    begins = [line for line in text.splitlines()]
    return [key for key in keys if any(line.startswith(word(key, lang)) for line in begins)]


@pytest.mark.parametrize("height", range(14, 40, 3))
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_board_is_never_higher_than_its_terminal_and_shows_every_queue(height, lang):
    text = drawn(height, lang=lang)
    assert len(text.splitlines()) <= height
    for queue in ("cards", "loans", "web"):
        assert any(f"{queue} " in line for line in text.splitlines()), queue


def test_a_high_terminal_shows_all_and_says_nothing_of_room():
    text = drawn(60)
    assert heads(text) == ["planned_queue", "group", "chat_group", "bot", "deferred", "campaign"]
    assert word("no_room", "en") not in text


def test_what_is_left_out_is_named_in_the_order_of_its_weight():
    text = drawn(17)
    shown = heads(text)
    (said,) = [line for line in text.splitlines() if line.startswith(word("no_room", "en"))]
    assert shown[:1] == ["planned_queue"]
    for key in ("group", "chat_group", "bot", "deferred", "campaign"):
        assert (key in shown) != (word(key, "en") in text.split(word("no_room", "en"))[1]), key
    assert "Against the plan" not in said


def test_feeds_that_are_live_are_one_line_and_one_that_is_silent_stands_there_by_name():
    assert "Feed: 1 live" in drawn(30)
    sources = (live("bank"), live("bank", "chat")._replace(silent=True))
    told = drawn(30, view=replace(with_work(busy_view()), sources=sources))
    assert "Feed: 1 live" in told
    assert any(line.startswith("chat ") and "silent" in line for line in told.splitlines())


def section(name, lines):
    return Section(name, [Text("\n".join("x" * lines))])


def test_a_section_without_room_leaves_it_to_those_behind_it():
    always, said = [Text("one")], Text("left out")
    found = kept([section("big", 5), section("small", 2)], always, said, 3, (40, 4))
    assert ([one.name for one in found.sections], found.left_out) == (["small"], ["big"])
    assert found.queues is None
    whole = kept([section("big", 5), section("small", 2)], always, said, 3, (40, 8))
    assert (len(whole.sections), whole.left_out) == (2, [])


def test_where_even_the_queues_have_no_room_as_many_are_kept_as_fit_beside_the_line_that_counts():
    found = kept([section("big", 5)], [section("", 10).made[0]], Text("left out"), 8, (40, 9))
    assert (found.left_out, found.queues) == (["big"], 8 - 2 - 1)


def test_a_text_that_is_wider_than_the_terminal_takes_more_lines():
    assert lines_of([Text("word " * 10)], 25) == 2
    assert lines_of([], 25) == 0
