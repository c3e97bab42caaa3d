"""The board's section of groups that chat: slots in use now, concurrency and occupancy of today."""

from rich.table import Table

from streams.board.people import Group
from streams.board.section import Cells, section_lines, section_table
from streams.board.words import Language, percent, word
from streams.exposition.standing import known_programs
from streams.view import View

SHOWN_PEOPLE = 5
COLUMNS = ("chats", "slots", "slot_load", "concurrency", "occupancy")


def chatting(groups: list[Group]) -> list[Group]:
    """Those of the groups of which chats or slots are known."""
    return [one for one in groups if one.chats is not None]


def chat_table(shown: list[Group], lang: Language) -> Table:
    """One line a group. Concurrency is measured (R10), not the limit of slots."""
    return section_table("chat_group", COLUMNS, shown, _cells, lang)


def plain_chats(shown: list[Group], lang: Language) -> list[str]:
    """One line a group, for logs."""
    return section_lines(COLUMNS, shown, _cells, lang)


def load_lines(view: View, lang: Language) -> list[str]:
    """People with chats, the fullest first: chats held of slots. None where nobody may be shown."""
    known = known_programs(view)
    return [
        f"{one.staff} ({one.group}): {word('chats', lang)} {one.held}/{one.slots}"
        for one in [one for one in view.loads if one.program in known and one.held][:SHOWN_PEOPLE]
    ]


def _cells(one: Group) -> Cells:
    assert one.chats is not None  # chatting() has left out the others
    measured = one.today_value("concurrency")
    told = (
        str(one.chats.held),
        str(one.chats.slots),
        percent(one.chats.held / one.chats.slots if one.chats.slots else None),
        "" if measured is None else f"{measured:.2f}",
        percent(one.today_value("occupancy")),
    )
    return [(text, "") for text in told]
