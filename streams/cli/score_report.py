"""What `floorwatch score` writes: a page with what stands behind each value, and a table of values."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from schemas.catalog import KPIS
from schemas.targets import Plan
from streams.certification.explained import Asked, taken_apart
from streams.certification.months import Book, Owner, bounds
from streams.certification.problems import Problems
from streams.certification.recorded import owners
from streams.certification.report import Told, report
from streams.certification.report_source import Source
from streams.certification.scoring import Score
from streams.certification.table import Judged
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.files import written
from streams.cli.parquet import print_parquet
from streams.close import Record

COLUMNS: dict[str, type] = {
    "row": str, "metric": str, "item": str, "type": str, "level": str, "direction": str,
    "target": float, "target_low": float, "target_high": float, "period": str, "value": float,
    "known": bool, "judged": bool, "n": float, "completeness": float, "state": str, "source": str,
    "at_level": bool, "improving": bool, "counts": bool, "why_not": str,
}  # fmt: skip
Rows = Sequence[Judged]
Scored = tuple[Rows, Score, Problems, tuple[str, str]]


def write_parquet(path: Path, rows: Rows) -> None:
    """A row for each value of the table. `judged`: it is final and complete enough, or no data."""
    print_parquet(path, list(_cells(rows)), COLUMNS)


def _cells(rows: Rows) -> Iterator[dict[str, Any]]:
    for one in rows:
        of = {
            "row": one.row.name, "metric": one.row.metric, "item": one.row.item,
            "type": one.row.type, "level": one.row.level, "direction": one.row.direction,
            "at_level": one.met if one.level.n else None, "improving": one.improving,
            "counts": one.counts, "why_not": "" if one.left_out is None else one.left_out.en,
        }  # fmt: skip
        for each, point in zip(one.measured.cells, one.points, strict=True):
            target = one.row.target_in(each.month)
            known = not isinstance(each.value, str)
            yield of | {
                "target": target.value, "target_low": target.low, "target_high": target.high,
                "period": each.period, "value": each.value if known else None, "known": known,
                "judged": not isinstance(point, str), "n": each.n,
                "completeness": each.completeness, "state": each.state, "source": each.source,
            }  # fmt: skip


def write_html(path: Path, scored: Scored, found: Book, plan: Plan, store: Path) -> None:
    """The page; each value that is read from the store with its intervals and their revisions."""
    rows, score, problems, window = scored
    sources: dict[tuple[str, str], list[Source]] = {}
    if found:
        kept = SqliteStore(store, read_only=True)
        try:
            for one in rows:
                for each in () if one.row.imported else one.measured.cells:
                    sources[one.row.name, each.period] = [
                        _source(kept, plan, found, one, owner, each.period)
                        for owner in owners(one.row, plan)
                        if (each.period, owner) in found
                    ]
        finally:
            kept.close()
    text = report(Told(rows, score, problems, window, plan, sources))
    with written(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _source(
    kept: SqliteStore, plan: Plan, found: Book, one: Judged, owner: Owner, period: str
) -> Source:
    asked = Asked(KPIS[one.row.metric], owner, period, one.row.each or "")
    told = _history(kept, plan, asked)
    return Source(owner, taken_apart(asked, found[period, owner], told, plan))


def _history(kept: SqliteStore, plan: Plan, asked: Asked) -> Iterator[Record]:
    owner, (since, until) = asked.owner, bounds(plan, asked.owner.program, asked.period)
    where = "program = ? AND basis = ? AND bucket_ms >= ? AND bucket_ms < ?"
    values: tuple[Any, ...] = (owner.program, str(asked.kpi.basis), since, until)
    if owner.queue or owner.group:
        where, values = f"{where} AND queue = ?", (*values, owner.queue or owner.group)
    return kept.history(where, values)
