"""`floorwatch audit`: a month counted again from its events, beside what is recorded of it."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.ledger import MENDED
from schemas.targets import Plan
from streams.audited import Compared, Difference, compared, key_of
from streams.bridges.recognise import Kind
from streams.certification.months import bounds
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.month import BOTH, MonthName, checked, within
from streams.cli.options import AsJson, Config, LogLevel, Store, load_settings
from streams.cli.output import note, print_json, print_rows
from streams.clock import WallClock
from streams.close import Record
from streams.drivers.audit import Log, Recount, about_of, recount, restate, too_late
from streams.errors import UserError
from streams.moments import local_text

EXAMPLES = (
    "floorwatch audit --store center.db --month 2026-03 events.jsonl.gz",
    "floorwatch audit --store center.db --month 2026-03 --restate events.jsonl.gz",
    "floorwatch audit --config bank.toml --month 1999-01 --json january1999.tsv.gz",
)
COLUMNS = (
    "start", "program", "queue", "channel", "site", "basis", "column", "recorded", "counted", "stays",
)  # fmt: skip
SHOWN = 60
FAILED = 1


def command(
    files: Annotated[
        list[Path], typer.Argument(help="All events of the month, as `replay` takes them.")
    ],
    month: MonthName,
    restating: Annotated[
        bool, typer.Option("--restate", help="Restate what differs, with the reason `audit`.")
    ] = False,
    fewer: Annotated[
        bool, typer.Option("--fewer", help="Also take away what the log does not have.")
    ] = False,
    program: Annotated[str, typer.Option("--program", help="Only this program.")] = "",
    config: Config = None,
    store: Store = None,
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What the files are, if it cannot be told.")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Nothing follows: close the last intervals too.")
    ] = False,
    as_json: AsJson = False,
    log_level: LogLevel = None,
) -> None:
    """Count a month from its events once more, from nothing, and compare what is recorded: column by
    column, interval by interval. Events that were too late are counted with it.

    Exits with 0 if all agrees, or is restated, and with 1 if something differs. With --restate the
    differences go to the shard, in one transaction; stop `run` on the same store first. What may
    still change, and what the log has less of, stays as it is and says so.
    """
    checked(month)
    settings = load_settings(config, log_level, store=store)
    kept = _opened(settings.store, restating)
    try:
        plan = kept.plan()
        of_month = _Month(plan, month, program)
        where, span = within(kept, plan, [month], BOTH[:1])
        # Owned before anything is counted: what `run` folds meanwhile would be undone.
        counted = recount(settings, kept, Log(files, kind, complete), span)
        mended = {key_of(one) for one in kept.history(f"{where} AND reason = '{MENDED}'", span)}
        ours = f"{where} AND ? IN ('', program)"
        told = compared(
            filter(of_month.has, kept.ledger(ours, (*span, program))),
            filter(of_month.has, counted.records),
            mended,
            fewer,
        )
        records, left = list[Record](), told.differences
        if restating:
            taken = {
                number: program
                for number, _, (program, at_ms) in too_late(kept)
                if of_month.holds(program, at_ms)
            }
            records, left = restate(settings, kept, told, taken, WallClock())
        rejects = _known_rejects(kept, of_month)
    finally:
        kept.close()
    shown = _Shown(plan, month, told, counted, records, left, rejects)
    print_json(shown.as_json()) if as_json else shown.show()
    if left:
        raise typer.Exit(FAILED)


def _opened(path: Path, restating: bool) -> SqliteStore:
    """The store, owned by this process if it is to be written. Raises UserError."""
    kept = SqliteStore(path, read_only=True)
    if not restating:
        return kept
    synced = kept.is_synced
    kept.close()
    if synced:
        raise UserError(
            f"{path} is a copy of what workers recorded on Kafka, and they are not adjusted yet",
            "audit it without --restate; count it anew under another `prefix`",
        )
    kept = SqliteStore(path)
    try:
        kept.own()
    except UserError:
        kept.close()
        raise
    return kept


class _Month:
    """A local month, of every program or of one."""

    def __init__(self, plan: Plan, month: str, program: str) -> None:
        self._plan, self._month, self._program = plan, month, program
        self._bounds: dict[str, tuple[int, int]] = {}

    def holds(self, program: str, at_ms: int) -> bool:
        """Whether a moment lies in it by the program's clock, and is asked for."""
        if self._program not in ("", program):
            return False
        if program not in self._bounds:
            self._bounds[program] = bounds(self._plan, program, self._month)
        first, end = self._bounds[program]
        return first <= at_ms < end

    def has(self, record: Record) -> bool:
        """Whether a record is of this month."""
        return self.holds(record.program, record.bucket_ms)


def _known_rejects(kept: SqliteStore, of_month: _Month) -> dict[str, int]:
    """Open rejects of the month by reason; those whose moment cannot be read count too."""
    found: Counter[str] = Counter()
    for _, each, _ in kept.rejects():
        about = about_of(each)
        if about is None or of_month.holds(*about):
            found[each.reason if about else f"{each.reason} (moment not known)"] += 1
    return dict(found)


class _Shown:
    """What an audit found, for people and for programs."""

    def __init__(
        self,
        plan: Plan,
        month: str,
        told: Compared,
        counted: Recount,
        records: list[Record],
        left: list[Difference],
        rejects: dict[str, int],
    ) -> None:
        self._plan, self._month, self._told, self._counted = plan, month, told, counted
        self._records, self._left, self._rejects = records, left, rejects

    def as_json(self) -> dict[str, Any]:
        """Everything."""
        told = self._told
        return {
            "month": self._month,
            "lines": self._counted.lines,
            "intervals": told.intervals,
            "columns": told.columns,
            "waiting": len(told.waiting),
            "agrees": not self._left,
            "differing": len(told.differences),
            "restated": len(self._records),
            "differences": self._rows(self._left),
            "known_rejects": self._rejects,
            "refused_in_recount": self._counted.rejects,
        }

    def show(self) -> None:
        """A line of counts, the differences that stand, and the rejects."""
        told = self._told
        print(
            f"{self._month}: {self._counted.lines:,} lines counted; {told.intervals:,} intervals with "
            f"{told.columns:,} columns compared, {len(told.waiting):,} not final yet"
        )
        print(
            f"{len(told.differences):,} differ, {len(self._records):,} restated, "
            f"{len(self._left):,} stay different"
        )
        if rows := self._rows(self._left):
            print()
            print_rows(rows[:SHOWN], COLUMNS)
            if len(rows) > SHOWN:
                note(f"{len(rows) - SHOWN:,} more: --json has all of them")
        if self._rejects:
            print("\nKnown rejects of the month, not counted (floorwatch rejects list)")
            print_rows(
                [{"reason": name, "rejects": n} for name, n in sorted(self._rejects.items())],
                ("reason", "rejects"),
            )
        if any(not one.kept_as_is for one in self._left):
            note("hint: --restate records what was counted, as revisions that keep the old values")

    def _rows(self, differences: list[Difference]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for one in differences:
            program, queue, channel, site, bucket_ms, basis = one.key
            start = local_text(bucket_ms, self._plan.zone(program))
            of: dict[str, Any] = {
                "start": start,
                "program": program,
                "queue": queue,
                "channel": channel,
            }
            of |= {"site": site, "basis": basis}
            nothing = {"not recorded": (None, None)}
            for column, (was, now) in (one.changes or nothing).items():
                said = {"column": column, "recorded": was, "counted": now, "stays": one.kept_as_is}
                rows.append(of | said)
        return rows
