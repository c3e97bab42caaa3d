"""The board's section of deferred work: what is open and late now, and what fell due today."""

from dataclasses import dataclass

from rich.table import Table

from kernels.columns import CASES_ROW
from schemas.catalog import KPIS
from schemas.targets import Plan
from streams.board.section import Cells, section_lines, section_table
from streams.board.words import Language, duration, percent
from streams.days import local_day_start
from streams.exposition.standing import known_programs
from streams.kpis import Value, value
from streams.view import CasesNow, QueueKey, View
from streams.view import Cells as DayCells

COLUMNS = ("cases_open", "due_soon", "overdue", "longest_late", "mean_late", "on_time")


@dataclass(frozen=True)
class Backlog:
    """A queue of cases at this moment; unknown: nothing here may be shown as a number."""

    name: str
    program: str
    known: bool
    now: CasesNow
    longest_ms: int | None
    """How late the case is whose promise was broken longest ago."""
    on_time: Value
    """Share of the cases that fell due today; None where none did."""


def backlogs(view: View, plan: Plan, now_ms: int) -> list[Backlog]:
    """Every queue of cases, those with most overdue first, unknown ones last."""
    known, today = known_programs(view), of_today(view.day_cases, CASES_ROW, plan, view.at_ms)
    found = [
        Backlog(
            key.queue,
            key.program,
            key.program in known,
            now,
            None if now.earliest_ms is None else max(0, now_ms - now.earliest_ms),
            value(KPIS["on_time"], today.get(key, {})),
        )
        for key, now in view.cases_now.items()
    ]
    return sorted(found, key=lambda one: (not one.known, -one.now.overdue, one.name))


def of_today(
    cells: DayCells, names: tuple[str, ...], plan: Plan, at_ms: int
) -> dict[QueueKey, dict[str, int]]:
    """Columns by queue, of the local day of each program."""
    sums: dict[QueueKey, dict[str, int]] = {}
    for key, row in zip(cells.keys, cells.columns.tolist(), strict=True):
        if key.start_ms >= local_day_start(plan, key.program, at_ms):
            of = sums.setdefault(QueueKey(*key[:3]), dict.fromkeys(names, 0))
            for name, count in zip(names, row, strict=True):
                of[name] += count
    return sums


def backlog_table(shown: list[Backlog], lang: Language) -> Table:
    """One line a queue."""
    return section_table("deferred", COLUMNS, shown, _cells, lang)


def plain_backlog(shown: list[Backlog], lang: Language) -> list[str]:
    """One line a queue, for logs."""
    return section_lines(COLUMNS, shown, _cells, lang)


def _cells(one: Backlog) -> Cells:
    now = one.now
    mean_ms = now.late_ms / now.overdue if now.overdue else None
    return [
        (str(now.open), ""),
        (str(now.due_soon), ""),
        (str(now.overdue), "bold red" if now.overdue else ""),
        (duration(one.longest_ms), ""),
        (duration(mean_ms), ""),
        (percent(one.on_time), ""),
    ]
