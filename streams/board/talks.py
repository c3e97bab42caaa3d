"""The board's section of bots: what is open now, and the clock hour so far."""

from dataclasses import dataclass

from rich.table import Table

from schemas.catalog import KPIS
from schemas.targets import Plan
from streams.board.section import Cells, section_lines, section_table
from streams.board.words import Language, duration, percent
from streams.exposition.bots import completing, of_the_hour
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
    completing: bool
    """Whether completed conversations are reported."""

    @property
    def containment(self) -> Value:
        """Share that completed without a person, None where none began or nobody may have told."""
        return value(KPIS["containment"], self.hour) if self.completing else None


def bots(view: View, plan: Plan, now_ms: int) -> list[Bot]:
    """Every bot seen, those with most hand-offs of the hour first, unknown ones last."""
    known, told = known_programs(view), completing(view, plan)
    found = []
    for key, hour in of_the_hour(view, plan).items():
        now = view.conversations[key]
        longest = None if now.since_ms is None else max(0, now_ms - now.since_ms)
        is_known = key.program in known
        found.append(Bot(key.queue, key.program, is_known, now.open, longest, hour, key in told))
    return sorted(found, key=lambda one: (not one.known, -one.hour["conv_handoff"], one.name))


def bots_table(shown: list[Bot], lang: Language) -> Table:
    """One line a bot."""
    return section_table("bot", COLUMNS, shown, _cells, lang)


def plain_bots(shown: list[Bot], lang: Language) -> list[str]:
    """One line a bot, for logs."""
    return section_lines(COLUMNS, shown, _cells, lang)


def _cells(one: Bot) -> Cells:
    told = (
        str(one.open),
        duration(one.longest_ms),
        str(one.hour["conv_start"]),
        percent(one.containment),
        str(one.hour["conv_handoff"]),
    )
    return [(text, "") for text in told]
