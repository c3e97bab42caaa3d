"""Every column of the board and the page says in both languages what it is."""

import pytest

from streams.board.meanings import MEANINGS, NAMES
from streams.board.words import word
from streams.page.floor import Names, floor_of
from streams.planning.rest import RestOfDay
from tests.shown_page import PLAN, shown_view
from tests.views import AT_MS, with_work

TABLES = ("queues", "plan", "staff", "chat", "bots", "backlog", "campaigns", "feeds")


def shown(lang):
    """Heads and meanings by table, of a floor on which everything is shown."""
    view = with_work(shown_view())
    told = floor_of(view, PLAN, AT_MS, lang, RestOfDay(PLAN)(view), Names(False))
    tables = {name: told[name] for name in TABLES if name != "queues"}
    tables["queues"] = told["queues"]["table"]
    return {
        name: dict(zip(table.heads, table.means, strict=True)) for name, table in tables.items()
    }


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_column_but_a_name_says_what_it_is(lang):
    names = {"", *(word(key, lang) for key in NAMES)}
    for table, columns in shown(lang).items():
        silent = {head for head, means in columns.items() if not means}
        assert silent <= names, table
        assert len(columns) - len(silent) == len(MEANINGS[table]), "nothing is said of no column"


def test_no_meaning_is_said_in_one_language_only_or_without_its_end():
    for columns in MEANINGS.values():
        for english, japanese in columns.values():
            assert english.endswith(".")
            assert japanese.endswith("。")


def test_headings_of_one_table_are_told_apart_in_both_languages():
    for lang in ("en", "ja"):
        for table, columns in MEANINGS.items():
            said = [word(key, lang) for key in columns]
            assert len(said) == len(set(said)), table
