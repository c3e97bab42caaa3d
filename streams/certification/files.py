"""The file of a PST's rows and decisions (TOML), and files of imported values (CSV)."""

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.catalog import KPIS
from schemas.catalog_outbound import NOT_COMPUTED
from schemas.imported import IMPORTED
from schemas.kpi import Direction, Unit
from schemas.pst import Decisions, PstRow
from streams.certification.points import UNKNOWN
from streams.certification.table import Cell
from streams.errors import UserError

COLUMNS = ("row", "month", "value", "n", "completeness", "source")
Imported = dict[tuple[str, str], Cell]
"""By name of the row and month (2026-03) or quarter (2026-Q1)."""


class Declared(NamedTuple):
    """What a file declares."""

    rows: list[PstRow]
    decisions: Decisions


def read_rows(path: Path) -> Declared:
    """Rows and decisions of a TOML file. Raises UserError."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}") from None
    if strange := sorted(told.keys() - {"rows", "decisions"}):
        raise UserError(f"{path}: unknown table {strange[0]!r}", "write [decisions] and [[rows]]")
    decisions = _valid(path, "decisions", Decisions, told.get("decisions", {}))
    listed = told.get("rows", [])
    if not isinstance(listed, list) or not listed:
        raise UserError(f"{path}: no rows", "write one [[rows]] for each metric of a KCRP")
    rows = [_row(path, number, one) for number, one in enumerate(listed, start=1)]
    names = [row.name for row in rows]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UserError(f"{path}: two rows are named {twice[0]!r}", "a name is one row's")
    return Declared(rows, decisions)


def _row(path: Path, number: int, told: Any) -> PstRow:
    where = f"row {number}"
    if not isinstance(told, dict):
        raise UserError(f"{path}: {where} is no table", "write [[rows]]")
    where += f" ({told['name']})" if "name" in told else ""
    kpi = KPIS.get(str(told.get("metric")))
    usual: dict[str, Any] = {}
    known = kpi or IMPORTED.get(str(told.get("metric")))
    if known is not None:
        place = known.certification
        usual = {"direction": known.direction.value} | (place.model_dump() if place else {})
        usual.pop("instead_of", None)
    if kpi is None and "metric" in told and not told.get("imported"):
        if told["metric"] in NOT_COMPUTED:
            why, instead = NOT_COMPUTED[told["metric"]]
            raise UserError(f"{path}: {where}: {why}", f"{instead}: imported = true")
        near = get_close_matches(str(told["metric"]), KPIS, 1)
        if known is not None:
            hint = "its values come from the system that measures them: imported = true"
        elif near:
            hint = f"did you mean {near[0]}?"
        else:
            hint = "floorwatch kpis lists them; or imported = true"
        raise UserError(f"{path}: {where}: metric {told['metric']!r} is not in the catalogue", hint)
    row: PstRow = _valid(path, where, PstRow, usual | told)
    if kpi is not None and not row.imported:
        fixed = kpi.direction in (Direction.UP, Direction.DOWN)
        if fixed and row.direction != kpi.direction.value:
            raise UserError(f"{path}: {where}: of {row.metric} {kpi.direction} is better")
        if kpi.unit is Unit.RATIO and any((one.value or 0) > 1.5 for one in row.targets):
            raise UserError(f"{path}: {where}: {row.metric} is a ratio", "write 0.8 for 80 %")
    return row


def _valid(path: Path, where: str, model: Any, told: Any) -> Any:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = str(first["msg"]).removeprefix("Value error, ")
        raise UserError(f"{path}: {where}: {field + ': ' if field else ''}{message}") from None


def read_values(paths: Iterable[Path], rows: Iterable[PstRow]) -> Imported:
    """Values of imported rows. Raises UserError, which names the first wrong line and how many.

    A value is a number, empty (no data: no period) or `unknown`. What no line tells is unknown.
    """
    by_name = {row.name: row for row in rows}
    found: Imported = {}
    problems: list[str] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                _check_header(path, reader.fieldnames or ())
                for line in reader:
                    try:
                        key, cell = _cell(line, by_name)
                        if key in found:
                            raise ValueError(f"{key[0]} of {key[1]} is told twice")
                        found[key] = cell
                    except ValueError as error:
                        problems.append(f"{path}:{reader.line_num}: {error}")
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UserError(f"cannot read {path}: {error}") from None
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(problems[0] + more, "nothing was scored; put the lines right")
    return found


def _check_header(path: Path, names: Iterable[str]) -> None:
    told = set(names)
    for name in ("row", "month", "value", "n", "source"):
        if name not in told:
            raise UserError(
                f"{path}:1: no column {name!r}", f"the columns are {', '.join(COLUMNS)}"
            )
    if strange := sorted(told - set(COLUMNS)):
        raise UserError(
            f"{path}:1: unknown column {strange[0]!r}", f"the columns are {', '.join(COLUMNS)}"
        )


def _cell(line: Mapping[str, Any], by_name: Mapping[str, PstRow]) -> tuple[tuple[str, str], Cell]:
    if None in line or None in line.values():
        raise ValueError("has not as many fields as the header")
    row = by_name.get(line["row"])
    if row is None or not row.imported:
        why = "is not declared" if row is None else "is read from the store"
        raise ValueError(f"row {line['row']!r} {why}; hint: imported = true in [[rows]]")
    quarterly = row.period == "quarter"
    month = line["month"]
    if not re.fullmatch(r"\d{4}-Q[1-4]" if quarterly else r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ValueError(
            f"{month!r} is no {row.period}, as {'2026-Q1' if quarterly else '2026-03'}"
        )
    value = line["value"]
    counted = value not in ("", UNKNOWN)
    n = _number(line, "n") if line["n"] or counted else None
    if n is not None and n < 0:
        raise ValueError(f"n: {line['n']!r} is no sample size")
    if not line["source"]:
        raise ValueError("no source: say where the value comes from")
    complete = _number(line, "completeness") if line.get("completeness") else None
    if complete is not None and not 0 <= complete <= 1:
        raise ValueError(f"completeness: {line['completeness']!r} is not between 0 and 1")
    point = _number(line, "value") if counted else None if value == "" else UNKNOWN
    first = f"{month[:4]}-{int(month[6]) * 3 - 2:02}" if quarterly else month
    return (row.name, month), Cell(month, first, point, n, complete, "FINAL", line["source"])


def _number(line: Mapping[str, Any], name: str) -> float:
    try:
        value = float(line[name])
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ValueError(f"{name}: {line[name]!r} is no number")
    return value
