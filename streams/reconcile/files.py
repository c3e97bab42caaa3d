"""The CSV of another product's report: an interval and queue a row, a count a column."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from streams.errors import UserError
from streams.reconcile.profiles import Count, Profile
from streams.reconcile.report import Theirs


class Columns(NamedTuple):
    """Names in the file: of start and queue, and of each count that is there."""

    start: str
    queue: str
    counts: dict[str, Count]


def named(profile: Profile, renamed: Mapping[str, str]) -> Profile:
    """A profile whose columns have other names: `start`, `queue` and counts by their name."""
    known = {"start", "queue", *(count.name for count in profile.counts)}
    if strange := sorted(renamed.keys() - known):
        raise UserError(
            f"{profile.title} has no count {strange[0]!r}", f"it has {', '.join(sorted(known))}"
        )
    counts = tuple(
        count._replace(column=renamed.get(count.name, count.column)) for count in profile.counts
    )
    start, queue = renamed.get("start", profile.start), renamed.get("queue", profile.queue)
    return profile._replace(start=start, queue=queue, counts=counts)


def read_report(
    path: Path,
    profile: Profile,
    queues: Mapping[str, str],
    span: Callable[[str, str], tuple[int, int]],
) -> list[Theirs]:
    """Numbers of a report. `queues`: ours by their name; `span`: start and end, ms UTC, of a queue of
    ours and the text of a start. Raises UserError with file and line.
    """
    found: list[Theirs] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = _columns(path, profile, reader.fieldnames or ())
            for row in reader:
                where = f"{path}:{reader.line_num}"
                if None in row or None in row.values():
                    raise UserError(f"{where}: has not as many fields as the header")
                queue = queues.get(row[columns.queue], row[columns.queue])
                try:
                    start_ms, end_ms = span(queue, row[columns.start].split("/")[0])
                except UserError as error:
                    raise UserError(f"{where}: {error.message}", error.hint) from None
                for column, count in columns.counts.items():
                    if row[column]:
                        value = _number(where, column, row[column])
                        found.append(Theirs(queue, start_ms, end_ms, count, value))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"cannot read {path}: {error}") from None
    if not found:
        raise UserError(f"{path}: no numbers", "nothing is compared by a report without rows")
    return found


def _columns(path: Path, profile: Profile, names: object) -> Columns:
    told = list(names)  # type: ignore[call-overload]
    for name, what in (profile.start, "start"), (profile.queue, "queue"):
        if name not in told:
            raise UserError(
                f"{path}:1: no column {name!r}", f"--column {what}=NAME says how it is named here"
            )
    counts = {count.column: count for count in profile.counts if count.column in told}
    if not counts:
        names_of = ", ".join(f"{count.name} ({count.column})" for count in profile.counts)
        raise UserError(f"{path}:1: none of the counts {names_of}", "--column answered=NAME")
    return Columns(profile.start, profile.queue, counts)


def _number(where: str, column: str, text: str) -> int:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = -1.0
    if value < 0 or value != int(value):
        raise UserError(f"{where}: {column}: {text!r} is no count of contacts")
    return int(value)
