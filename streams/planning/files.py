"""Files of the plan, CSV or JSON lines, as events of the topic `plan`.

A file has one kind of figure, told by its columns. A file with an error is not taken at all: half
a plan is a wrong one.
"""

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.forecasts import PLAN
from schemas.keys import BUCKET_MS
from schemas.payroll import PaidTime
from schemas.promises import Promise
from schemas.targets import Plan
from streams.errors import UserError
from streams.planning.clock import NoMoment, moment_ms, on_grid
from streams.planning.fields import Problem, Publication, Row, Wrong, number
from streams.planning.paid import Payroll
from streams.planning.promises import promise

Event = dict[str, Any]
FORECAST, REQUIRED, REQUESTED, SCHEDULE = "forecast", "fte_required", "fte_requested", "scheduled"
PAYROLL, TARGET, HOURS = "payroll", "target", "opening_hours"
NEEDED = {
    FORECAST: ("program", "queue", "date", "time", "contacts"),
    REQUIRED: ("program", "group", "date", "time", "fte_required"),
    REQUESTED: ("program", "group", "date", "time", "fte_requested"),
    SCHEDULE: ("program", "group", "staff", "date", "activity", "start", "end"),
    PAYROLL: ("program", "group", "date", "paid_h"),
    TARGET: ("program", "queue", "date", "thresholds_s"),
    HOURS: ("program", "queue", "date", "days", "opens", "closes"),
}
"""Columns that a kind must have; the last but `scheduled`'s tell it from the others."""
MAY = {
    FORECAST: ("channel", "aht_s", "aht_basis", "shrinkage", "concurrency", "minutes", "fold"),
    REQUIRED: ("site", "minutes", "fold"),
    REQUESTED: ("site", "minutes", "fold"),
    SCHEDULE: ("site", "paid", "restates", "day", "fold"),
    PAYROLL: ("site", "staff", "until"),
    TARGET: ("time", "service_level", "asa_s", "abandonment", "short_abandon_s", "fold"),
    HOURS: ("time", "closed", "fold"),
}
_EVENTS = (FORECAST, REQUIRED, REQUESTED, SCHEDULE)
MINUTE_MS = 60_000


class Read(NamedTuple):
    """What a file says. Where there are problems its events must not be used."""

    events: list[Event]
    problems: list[Problem]
    paid: list[PaidTime]
    """Of payroll, which the ledger is read with and no shard takes."""
    promises: list[Promise]
    """Targets and opening hours, which a shard takes at a moment that is still to come."""

    @property
    def figures(self) -> int:
        """How many figures the files have."""
        return len(self.events) + len(self.paid) + len(self.promises)


class Import:
    """Files that are one version of the plan: no two rows of them may tell of the same."""

    def __init__(self, plan: Plan, of: Publication) -> None:
        self._plan, self._of = plan, of
        self._payroll = Payroll(of)
        self._taken: dict[tuple[Any, ...], str] = {}
        self._events: list[Event] = []
        self._promises: list[Promise] = []
        self._problems: list[Problem] = []

    def take(self, path: Path) -> None:
        """Read a file for the programs and queues of the plan. Raises UserError: not readable."""
        rows = 0
        for line, kind, row in _rows(path):
            rows += 1
            try:
                self._take(kind, row, f"{path}:{line}")
            except ValidationError as wrong:
                first = wrong.errors()[0]
                where = ".".join(map(str, first["loc"][kind in _EVENTS :]))
                message = f"{where}: {first['msg']}".removeprefix(": ")
                self._problems.append(Problem(path, line, message))
            except (NoMoment, Wrong) as wrong:
                self._problems.append(Problem(path, line, str(wrong)))
        if not rows:
            self._problems.append(Problem(path, 1, "there are no figures in it"))

    def _take(self, kind: str, row: Row, where: str) -> None:
        _must_be_listed(row["program"], self._plan)
        if kind == PAYROLL:
            self._payroll.add(row, where)
            return
        if kind in (TARGET, HOURS):
            one = promise(row, self._plan, self._of)
            _once((kind, one.queue, one.valid_from_ms), where, self._taken, "moment")
            self._promises.append(one)
            return
        event = _event(kind, row, self._plan, self._of)
        PLAN.validate_python(event)
        _alone(event, where, self._taken)
        self._events.append(event)

    def read(self) -> Read:
        """All that the files say."""
        paid = self._payroll.records()
        return Read(self._events, self._problems, paid, self._promises)


def _rows(path: Path) -> Iterator[tuple[int, str, Row]]:
    """Line, kind of figure and columns of each row. Raises UserError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} cannot be read: {error}", "check name and encoding (UTF-8)"
        ) from None
    if text.lstrip().startswith("{"):
        yield from _json_rows(path, text)
        return
    reader = csv.DictReader(text.splitlines())
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    kind = _kind(path, columns)
    for row in reader:
        told = {name: value or "" for name, value in row.items() if name}
        if any(map(str.strip, told.values())):
            yield reader.line_num, kind, {name: value.strip() for name, value in told.items()}


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, str, Row]]:
    for line, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except json.JSONDecodeError as wrong:
            raise UserError(f"{path}:{line}: no JSON: {wrong}", "one object a line") from None
        if not isinstance(row, dict):
            raise UserError(f"{path}:{line}: no object", "one object a line")
        yield line, _kind(path, list(row)), {name: str(value) for name, value in row.items()}


def _kind(path: Path, columns: list[str]) -> str:
    """The kind of figure that columns hold. Raises UserError where some are missing, unknown, twice."""
    kind = next((kind for kind, needed in NEEDED.items() if set(needed) <= set(columns)), None)
    if kind is None:
        choices = "; ".join(", ".join(names) for names in NEEDED.values())
        raise UserError(f"{path}: columns tell of no figure: {', '.join(columns)}", choices)
    unknown = [name for name in columns if name not in (*NEEDED[kind], *MAY[kind])]
    if unknown or len(set(columns)) < len(columns):
        hint = f"columns of {kind}: {', '.join((*NEEDED[kind], *MAY[kind]))}"
        raise UserError(f"{path}: column unknown or twice: {(unknown or columns)[0]}", hint)
    return kind


def _must_be_listed(program: str, plan: Plan) -> None:
    if program not in plan.listed_programs() and not plan.accepts_unmapped:
        raise Wrong(f"program {program!r} is not listed in the settings")


def _event(kind: str, row: Row, plan: Plan, of: Publication) -> Event:
    program = row["program"]
    head = {"type": kind, "v": 1, "time": of.published_ms, "source": of.source, "program": program}
    head |= {"version": of.version, "author": of.author, "reason": of.reason}
    if kind == SCHEDULE:
        return head | _schedule(row, plan, of)
    start = on_grid(moment_ms(row["date"], row["time"], plan.zone(program), row.get("fold", "")))
    usual = plan.program(program).planning_interval_min
    minutes = number(row, "minutes", 1, Decimal(usual))
    head["start"] = start
    head["end"] = start + minutes * MINUTE_MS
    if kind == FORECAST:
        return head | _forecast(row, plan, of, start)
    head |= {"group": row["group"], "site": row.get("site", "")}
    head["id"] = f"{of.version}/{row['group']}/{head['site']}/{start}"
    head["milli_fte"] = number(row, kind, 1000)
    return head


def _forecast(row: Row, plan: Plan, of: Publication, start: int) -> Event:
    queue = row["queue"]
    listed = plan.queues.get(queue)
    if listed is None and not plan.accepts_unmapped:
        raise Wrong(f"queue {queue!r} is not listed in the settings")
    if listed is not None and listed.program != row["program"]:
        raise Wrong(f"queue {queue!r} belongs to program {listed.program!r}")
    channel = row.get("channel") or (listed.channel if listed else "voice")
    if listed is not None and channel != listed.channel:
        raise Wrong(f"queue {queue!r} is of channel {listed.channel!r}")
    return {
        "id": f"{of.version}/{queue}/{start}",
        "queue": queue,
        "channel": channel,
        "milli_contacts": number(row, "contacts", 1000),
        "aht_ms": number(row, "aht_s", 1000, Decimal(0)),
        "aht_basis": row.get("aht_basis") or "end",
        "shrinkage_permille": number(row, "shrinkage", 1000, Decimal(0)),
        "milli_concurrency": number(row, "concurrency", 1000, Decimal(1)),
    }


def _schedule(row: Row, plan: Plan, of: Publication) -> Event:
    zone, fold = plan.zone(row["program"]), row.get("fold", "")
    start = moment_ms(row["date"], row["start"], zone, fold)
    end = moment_ms(row["date"], row["end"], zone, fold)
    if end <= start:  # over midnight
        following = date.fromisoformat(row["date"]) + timedelta(days=1)
        end = moment_ms(following.isoformat(), row["end"], zone, fold)
    return {
        "id": f"{of.version}/{row['staff']}/{row['date']}/{row['activity']}/{start}",
        "group": row["group"],
        "site": row.get("site", ""),
        "staff": row["staff"],
        "day": row.get("day") or row["date"],
        "activity": row["activity"],
        "start": start,
        "end": end,
        "paid": row.get("paid") or "yes",
        "restates": row.get("restates", ""),
    }


def _alone(event: Event, where: str, taken: dict[tuple[Any, ...], str]) -> None:
    """Raises where a row before it told of the same quarter, or of the same scheduled activity."""
    if event["type"] == SCHEDULE:
        of: tuple[Any, ...] = (event["id"],)
        starts = range(1)
    else:
        of = event.get("queue", event.get("group")), event.get("site", "")
        starts = range(event["start"], event["end"], BUCKET_MS)
    for start in starts:
        _once((event["type"], event["program"], *of, start), where, taken, "interval")


def _once(key: tuple[Any, ...], where: str, taken: dict[tuple[Any, ...], str], what: str) -> None:
    before = taken.setdefault(key, where)
    if before != where:
        raise Wrong(f"overlaps what {before} says of the same {what}")
