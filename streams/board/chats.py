"""The board's section of groups that chat: slots in use now, concurrency and occupancy of today."""

from rich.table import Table
from rich.text import Text

from streams.board.people import Group
from streams.board.words import UNKNOWN, Language, percent, word
from streams.exposition.standing import known_programs
from streams.view import View

SHOWN_PEOPLE = 5
COLUMNS = ("chats", "slots", "slot_load", "concurrency", "occupancy")


def chatting(groups: list[Group]) -> list[Group]:
    """Those of the groups of which chats or slots are known."""
    return [one for one in groups if one.chats is not None]


def chat_table(shown: list[Group], lang: Language) -> Table:
    """One line a group. Concurrency is measured (R10), not the limit of slots."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(word("chat_group", lang), no_wrap=True, overflow="ellipsis")
    for key in COLUMNS:
        table.add_column(word(key, lang), justify="right", no_wrap=True)
    for one in shown:
        style = "" if one.known else "yellow"
        table.add_row(one.name, *(Text(cell, style=style) for cell in _cells(one)))
    return table


def plain_chats(shown: list[Group], lang: Language) -> list[str]:
    """One line a group, for logs."""
    lines = []
    for one in shown:
        told = [f"{word(key, lang)} {cell or '-'}"
                for key, cell in zip(COLUMNS, _cells(one), strict=True)]  # fmt: skip
        unknown = f"{word('unknown', lang)} {UNKNOWN}"
        lines.append(f"{one.program}/{one.name}: {', '.join(told) if one.known else unknown}")
    return lines


def load_lines(view: View, lang: Language) -> list[str]:
    """People with chats, the fullest first: chats held of slots. None where nobody may be shown."""
    known = known_programs(view)
    return [
        f"{one.staff} ({one.group}): {word('chats', lang)} {one.held}/{one.slots}"
        for one in [one for one in view.loads if one.program in known and one.held][:SHOWN_PEOPLE]
    ]


def _cells(one: Group) -> list[str]:
    if not one.known or one.chats is None:
        return [UNKNOWN] * len(COLUMNS)
    measured = one.today_value("concurrency")
    return [
        str(one.chats.held),
        str(one.chats.slots),
        percent(one.chats.held / one.chats.slots if one.chats.slots else None),
        "" if measured is None else f"{measured:.2f}",
        percent(one.today_value("occupancy")),
    ]
