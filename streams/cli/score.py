"""`floorwatch score`: the performance summary table of a store, and what it earns by 4.6."""

from pathlib import Path
from typing import Annotated, Any

import typer

from streams.certification.counting import count
from streams.certification.cuika import letters, statements
from streams.certification.files import read_rows, read_values
from streams.certification.points import UNKNOWN
from streams.certification.problems import Problems, problems
from streams.certification.recorded import measured, months_until, other_promises
from streams.certification.scoring import POSSIBLE, Score, Shares, score
from streams.certification.table import Judged, judge, misses
from streams.certification.unreported import of_row
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.month import BOTH, MonthName, checked, read_book
from streams.cli.options import AsJson, Config, Store, ToParquet, load_settings
from streams.cli.output import note, print_json, print_rows

EXAMPLES = (
    "floorwatch score --store center.db --month 2026-03 pst.toml",
    "floorwatch score --month 2026-03 pst.toml --import quality.csv --import survey.csv --json",
    "floorwatch score --month 2026-03 pst.toml --html report.html --parquet cells.parquet",
)
Files = Annotated[list[Path] | None, typer.Option("--import", help="Values from elsewhere, CSV.")]
Html = Annotated[
    Path | None,
    typer.Option("--html", help="Write a page instead: trends, and each value to its intervals."),
]
ROWS = (
    "row", "item", "type", "level", "target", "periods", "met", "needed", "last", "at_level",
    "previous", "improving", "counts", "why_not", "integrity_fail",
    "cuika",
)  # fmt: skip
ITEMS = (
    "item",
    "metrics",
    "at_level",
    "improving",
    "percent",
    "points",
    "possible",
    "half_at_level",
)
RULES = (
    "of",
    "name",
    "metrics",
    "p",
    "r",
    "passes",
    "level_part",
    "trend_part",
    "estimate",
    "points",
)
PROBLEMS = ("row", "impact", "shortfall", "missed", "unknown")


def command(
    table: Annotated[Path, typer.Argument(help="Rows, targets and decisions, TOML.")],
    month: MonthName,
    imports: Files = None,
    config: Config = None,
    store: Store = None,
    as_json: AsJson = False,
    parquet: ToParquet = None,
    html: Html = None,
) -> None:
    """Score the months up to --month: each row's level and trend, items 4.1 to 4.5, the 50/75 rule of
    the entity and each site, location group and service, and rows not at level by impact.

    A period that is not final or not complete enough is unknown: it counts, and is not met. The
    decisions that the standard leaves open are printed too.
    """
    checked(month)
    declared = read_rows(table)
    imported = read_values(imports or (), declared.rows)
    decisions = declared.decisions
    months = months_until(month, decisions.window_months)
    settings = load_settings(config, store=store)
    if all(row.imported for row in declared.rows):
        plan, found = settings.plan, {}
    else:
        kept = SqliteStore(settings.store, read_only=True)
        try:
            plan = kept.plan()
            quarterly = any(row.period == "quarter" for row in declared.rows)
            found = read_book(kept, plan, months, BOTH if quarterly else BOTH[:1])
        finally:
            kept.close()
    told = [measured(row, months, found, plan, imported) for row in declared.rows]
    rows = count([judge(one, decisions) for one in told])
    for row, one in zip(declared.rows, told, strict=True):
        for words in (*other_promises(row, month, plan), *of_row(one, plan)):
            note(words)
    if all(set(one.points) <= {UNKNOWN, None} for one in rows):
        note(f"nothing is known of any month from {months[0]} to {months[-1]}")
        note("hint: floorwatch ledger months shows what is there")
    scored = (rows, score(rows, decisions), problems(rows), (months[0], months[-1]))
    if parquet is not None or html is not None:
        from streams.cli.score_report import write_html, write_parquet

        if parquet is not None:
            write_parquet(parquet, rows)
        if html is not None:
            write_html(html, scored, found, plan, settings.store)
        return
    whole = _Shown(*scored)
    if as_json:
        print_json(whole.as_json())
    else:
        whole.show()


class _Shown:
    """A scored table, for people and for programs."""

    def __init__(
        self, rows: list[Judged], scored: Score, found: Problems, window: tuple[str, str]
    ) -> None:
        self._rows, self._score, self._problems, self._window = rows, scored, found, window

    def as_json(self) -> dict[str, Any]:
        """Everything, cell by cell."""
        return {
            "window": {"first": self._window[0], "last": self._window[1]},
            "decisions": self._score.decisions.model_dump(),
            "rows": [_row(one) | _cells(one) for one in self._rows],
            "items": self._items(),
            "rules": self._rules(),
            "problems": self._problem_rows(),
            "improvement_cases_due": self._problems.cases_due,
        }

    def show(self) -> None:
        """Five tables and the decisions."""
        print(f"{self._window[0]} to {self._window[1]}\n")
        print_rows([_row(one) for one in self._rows], ROWS)
        print()
        print_rows(self._items(), ITEMS)
        print(
            "\n4.6 by the 50/75 rule (estimate and points of 350: both parts combined as decided)"
        )
        print_rows(self._rules(), RULES)
        if self._problems.rows:
            print("\nNot at level, by impact")
            print_rows(self._problem_rows(), PROBLEMS)
        if self._problems.cases_due:
            print(
                f"\nUnder 75 % at level: {self._problems.cases_due} improvement cases are due (2.8.2)"
            )
        told = self._score.decisions.model_dump().items()
        print("\nDecisions: " + ", ".join(f"{name} {value}" for name, value in told))

    def _items(self) -> list[dict[str, Any]]:
        return [
            {
                "item": one.item,
                **_shares(one.shares),
                "types": {kind: float(percent) for kind, (_, percent) in one.by_type.items()},
                "percent": _plain(one.percent),
                "points": _plain(one.points),
                "possible": one.possible,
                "half_at_level": one.half_at_level,
            }
            for one in self._score.items
        ]

    def _rules(self) -> list[dict[str, Any]]:
        return [
            {
                "of": one.level,
                "name": one.name,
                **_shares(one.shares),
                "p": _plain(one.shares.p),
                "r": _plain(one.shares.r),
                "passes": one.passes,
                "level_part": _plain(one.level_part),
                "trend_part": _plain(one.trend_part),
                "estimate": _plain(one.estimate),
                "points": None
                if one.estimate is None
                else float(one.estimate * POSSIBLE["4.6"] / 100),
            }
            for one in self._score.rules
        ]

    def _problem_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "row": one.row.name,
                "impact": one.impact,
                "shortfall": one.shortfall,
                "missed": " ".join(misses(one)),
                "unknown": " ".join(one.integrity_fail),
            }
            for one in self._problems.rows
        ]


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _shares(of: Shares) -> dict[str, int]:
    return {"metrics": of.counted, "at_level": of.met, "improving": of.improving}


def _row(one: Judged) -> dict[str, Any]:
    row, cells = one.row, one.measured.cells
    target = row.target_in(cells[-1].month if cells else "9999-12")
    limits = f"{target.low:g} to {target.high:g}" if target.value is None else f"{target.value:g}"
    return {
        "row": row.name,
        "metric": row.metric,
        "item": row.item,
        "type": row.type,
        "level": row.level,
        "target": f"{row.direction} {limits}",
        "periods": one.level.n,
        "met": one.level.met,
        "needed": one.level.needed,
        "last": cells[-1].value if cells else None,
        "at_level": one.met if one.level.n else None,
        "previous": one.trend.previous,
        "improving": one.improving,
        "counts": one.counts,
        "why_not": "" if one.left_out is None else one.left_out.en,
        "integrity_fail": " ".join(one.integrity_fail),
        "cuika": letters(statements(one)),
    }


def _cells(one: Judged) -> dict[str, Any]:
    """What programs want more: scope and cells."""
    scope = one.row.model_dump(
        include={"client", "program", "site", "location_group", "service", "queues", "groups"}
    )
    cells = [
        {
            "period": cell.period,
            "value": cell.value,
            "scored_as": point,
            "n": cell.n,
            "completeness": cell.completeness,
            "state": cell.state,
            "source": cell.source,
        }
        for cell, point in zip(one.measured.cells, one.points, strict=True)
    ]
    return scope | {
        "unusable": one.row.unusable,
        "statements": statements(one).model_dump(),
        "volume_share": one.measured.volume_share,
        "cells": cells,
    }
