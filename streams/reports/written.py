"""A report as text for a terminal or a mail, and as one page that asks for nothing else."""

from functools import lru_cache
from io import StringIO
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.table import Table

from streams.board.words import Language
from streams.reports.document import HEAD, Report, Section

WIDEST = 100_000


def text(report: Report, lang: Language) -> str:
    """The report as lines; a row is one line, however wide."""
    told = [report.title.of(lang)]
    told += [
        f"{title.of(lang)}: {report.said(key)}"
        for key, title in HEAD.items()
        if report.head.get(key)
    ]
    told += [f"! {one.of(lang)}" for one in report.warnings]
    told += ["", *(f"- {one.of(lang)}" for one in report.headline)] if report.headline else []
    for section in report.sections:
        told += ["", section.title.of(lang).upper()]
        if section.note is not None:
            told.append(f"({section.note.of(lang)})")
        told.append(_table(section, lang) if section.rows else section.nothing.of(lang))
    return "\n".join(told) + "\n"


def _table(section: Section, lang: Language) -> str:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in section.columns:
        side: Literal["right", "left"] = "right" if section.of_numbers(column) else "left"
        table.add_column(column.title.of(lang), justify=side)
    for row in section.rows:
        table.add_row(*(column.cell(row, lang).text for column in section.columns))
    out = StringIO()
    console = Console(file=out, highlight=False, markup=False, width=WIDEST)
    width = console.measure(table).maximum or 1
    Console(file=out, highlight=False, markup=False, width=width).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("streams.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(report: Report, lang: Language) -> str:
    """The report as HTML: everything is in it, and whatever a name contains is text."""
    return _templates().get_template("report.html").render(report=report, lang=lang, head=HEAD)
