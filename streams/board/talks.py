"""The board's section of bots: what is open now, and the clock hour so far."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from schemas.catalog import KPIS
from schemas.targets import Plan
from streams.board.words import UNKNOWN, Language, duration, percent, word
from streams.exposition.bots import of_the_hour
from streams.exposition.standing import known_programs
from streams.kpis import Value, value
from streams.view import View

COLUMNS = ("open", "longest", "started", "containment", "handed_off")


@dataclass(frozen=True)
class Bot:
    """A bot at this moment; unknown: nothing here may be shown as a number."""

    name: str
    program: str
    known: bool
    open: int
    longest_ms: int | None
    """Since the first event of the conversation that has gone on longest."""
    hour: dict[str, int]
    """Columns of the conversations that began in the clock hour."""

    @property
    def containment(self) -> Value:
        """Share that completed without a person, None where none began."""
        return value(KPIS["containment"], self.hour)


def bots(view: View, plan: Plan, now_ms: int) -> list[Bot]:
    """Every bot seen, those with most hand-offs of the hour first, unknown ones last."""
    known = known_programs(view)
    found = []
    for key, hour in of_the_hour(view, plan).items():
        now = view.conversations[key]
        longest = None if now.since_ms is None else max(0, now_ms - now.since_ms)
        is_known = key.program in known
        found.append(Bot(key.queue, key.program, is_known, now.open, longest, hour))
    return sorted(found, key=lambda one: (not one.known, -one.hour["conv_handoff"], one.name))


def bots_table(shown: list[Bot], lang: Language) -> Table:
    """One line a bot."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(word("bot", lang), no_wrap=True, overflow="ellipsis")
    for key in COLUMNS:
        table.add_column(word(key, lang), justify="right", no_wrap=True)
    for one in shown:
        table.add_row(one.name, *(Text(told, style=style) for told, style in _cells(one)))
    return table


def plain_bots(shown: list[Bot], lang: Language) -> list[str]:
    """One line a bot, for logs."""
    lines = []
    for one in shown:
        told = [f"{word(key, lang)} {cell or '-'}"
                for key, (cell, _) in zip(COLUMNS, _cells(one), strict=True)]  # fmt: skip
        unknown = f"{word('unknown', lang)} {UNKNOWN}"
        lines.append(f"{one.program}/{one.name}: {', '.join(told) if one.known else unknown}")
    return lines


def _cells(one: Bot) -> list[tuple[str, str]]:
    if not one.known:
        return [(UNKNOWN, "yellow")] * len(COLUMNS)
    told = (
        str(one.open),
        duration(one.longest_ms),
        str(one.hour["conv_start"]),
        percent(one.containment),
        str(one.hour["conv_handoff"]),
    )
    return [(text, "") for text in told]
