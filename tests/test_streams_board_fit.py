"""On a terminal that is too narrow columns are left out whole: no figure is ever cut."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.table import Table

from schemas.targets import Plan
from streams.board import render
from streams.board.fit import LEAST, LONGEST_NAME, fitted
from streams.board.words import word
from streams.planning.rest import RestOfDay
from streams.view import QueueKey
from tests.shown_page import PLAN
from tests.views import AT_MS, busy_view, with_work

WIDTHS = (80, 90, 100, 110, 124, 140, 200)


def drawn(view, width, lang="en", plan=PLAN):
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    rest = RestOfDay(plan)(view)
    console.print(render(view, plan, AT_MS, width, lang=lang, rest=rest))
    return out.getvalue()


def table_of(*heads):
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=True)
    table.add_row(*("1234567" for _ in heads))
    return table


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_figure_and_no_heading_of_the_whole_board_is_cut(width, lang):
    text = drawn(with_work(busy_view()), width, lang)
    assert "…" not in text
    assert all(len(line) <= width for line in text.splitlines())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_queues_without_a_plan_are_counted_in_a_line_that_widens_no_table(lang):
    view = busy_view()
    lines = drawn(view, 80, lang).splitlines()
    (at,) = [n for n, line in enumerate(lines) if word("no_plan", lang) in line]
    assert lines[at].startswith("+")
    head = next(line for line in lines if line.startswith(word("planned_queue", lang)))
    assert word("forecast", lang) in head, "all of the plan's counts have room"


def test_of_a_wide_table_the_last_columns_are_left_out_and_the_first_stay_in_order():
    table = fitted(table_of("name", "first", "second", "third"), 29)
    assert [column.header for column in table.columns] == ["name", "first", "second"]
    whole = fitted(table_of("name", "first"), 80)
    assert [column.header for column in whole.columns] == ["name", "first"]


def test_a_name_and_its_first_figure_are_kept_however_narrow_it_is():
    table = fitted(table_of("name", "first", "second"), 5)
    assert len(table.columns) == LEAST


def test_a_long_name_is_cut_before_a_figure_has_to_go():
    long = "a-queue-with-a-name-that-nobody-could-ever-remember"
    view = busy_view()
    queues = (*view.queues, QueueKey("bank", long, "voice"))
    plan = Plan.model_validate(
        PLAN.model_dump() | {"queues": PLAN.model_dump()["queues"] | {long: {"program": "bank"}}}
    )
    text = drawn(replace(view, queues=queues), 100, plan=plan)
    row = next(line for line in text.splitlines() if long[:10] in line)
    assert "…" in row
    assert long[:LONGEST_NAME] not in row
    assert "no traffic" in row, "its figures are whole"
