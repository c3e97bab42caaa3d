"""`floorwatch month`: a month's value of every KPI and KCRP, as certification takes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from schemas.keys import BUCKET_MS
from schemas.pst import Decisions, MonthValue, quarter_of
from schemas.targets import Plan
from streams.certification import accuracy as certified
from streams.certification.months import Book, Calendar, Known, book, bounds, rows
from streams.certification.silence import silences
from streams.certification.unreported import sentence, unreported
from streams.checkpoint import accuracy, payroll
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import AsCsv, AsJson, Config, Store, ToParquet, load_settings
from streams.cli.output import Form, form_of, note, print_rows
from streams.cli.plan_consistency import month_of
from streams.errors import UserError
from streams.payroll import whole_days

EXAMPLES = (
    "floorwatch month --store center.db --month 2026-03",
    "floorwatch month --month 2026-03 --program shop --csv",
    "floorwatch month --month 2026-03 --parquet march.parquet",
    "floorwatch month --config center.toml --store ledger.db --month 2026-03 --kafka",
)
COLUMNS = (
    "month", "program", "queue", "group", "kpi", "each", "T", "item", "type", "value", "unit", "n",
    "completeness", "state", "revision",
)  # fmt: skip
KEPT = (*COLUMNS, "known")
"""What programs get: a value that is null is known to be none, or not known."""
TYPES = {"value": float, "n": float, "completeness": float, "revision": int, "known": bool}
BOTH: tuple[Calendar, ...] = ("month", "quarter")
_ASKED = "'voice', 'chat', 'messaging'"
LEAST = Decisions().completeness
MonthName = Annotated[str, typer.Option("--month", help="A local month: 2026-03.")]


def command(
    month: MonthName,
    program: Annotated[str | None, typer.Option("--program", help="Only this program.")] = None,
    config: Config = None,
    store: Store = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    parquet: ToParquet = None,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Publish the values to the topic `months`.")
    ] = False,
) -> None:
    """Print a month's values, pooled from FINAL and RESTATED intervals only, by queue, staffing group
    and program; by quarter what is certified by quarter.

    `n` is what a value was divided by, hours where that is time. Empty: no data; unknown: nothing
    recorded. Completeness falls with each open interval that is not recorded, final and covered.

    With --kafka the ledger is first synced into the store; then the values that differ from those of the
    topic `months` are sent, of this month and of every month that is there already.
    """
    checked(month)
    settings = load_settings(config, store=store)
    if kafka:
        from streams.cli.months_kept import synced_and_published

        told = synced_and_published(settings, month, program or "")
    else:
        kept = SqliteStore(settings.store, read_only=True)
        try:
            told = values_of(kept, month, program or "")
        finally:
            kept.close()
    if not told:
        whose = f" of program {program}" if program else ""
        raise UserError(
            f"nothing is recorded{whose} in {month}",
            "floorwatch ledger months shows what is there",
        )
    _print(told, form_of(as_json, as_csv), parquet)
    short = [one for one in told if one.completeness is not None and one.completeness < LEAST]
    if short:
        owners = sorted({one.queue or one.group or one.program for one in short})
        note(f"less than {LEAST:.0%} complete: {', '.join(owners)}")
        note("hint: floorwatch ledger days shows the intervals that are missing or not final")
    _note_what_is_not_told(settings.store, month, program, told)


def _note_what_is_not_told(
    path: Path, month: str, program: str | None, values: list[MonthValue]
) -> None:
    kept = SqliteStore(path, read_only=True)
    try:
        plan = kept.plan()
        where, span = within(kept, plan, [month], BOTH[:1])
        told = kept.ledger(f"{where} AND basis = 'arrival' AND channel IN ({_ASKED})", span)
        found = [one for one in silences(told, plan, month) if program in (None, one.program)]
    finally:
        kept.close()
    for keys, programs in unreported(values, plan).items():
        note(sentence(programs, keys))
    for one in found:
        note(
            f"{one.program}: nobody came on {', '.join(one.days)}, of days with {one.usual:,.0f} contacts "
            "as a rule: was it closed, or did its source lose them?"
        )


def values_of(kept: SqliteStore, month: str, program: str = "") -> list[MonthValue]:
    """What a store has of a month (2026-03), its forecasts' M6 to M8 included; of all programs or one."""
    plan = kept.plan()
    told = rows(read_book(kept, plan, [month]), plan, month, program)
    return [*told, *scored_rows(kept, plan, month, program)]


def scored_rows(kept: SqliteStore, plan: Plan, month: str, program: str = "") -> list[MonthValue]:
    """M6 to M8 of the days that `plan accuracy --keep` has kept of a month (2026-03)."""
    with kept.reading() as db:
        days = [*accuracy.kept(db)]
        known_ms = max((last for _, last in payroll.recorded(db).values()), default=0) + BUCKET_MS
    return [*certified.rows(days, plan, month, known_ms, program)]


def _print(told: list[MonthValue], form: Form, parquet: Path | None) -> None:
    shown = [one.model_dump() for one in told]
    if parquet is not None:
        from streams.cli.parquet import print_parquet

        return print_parquet(parquet, shown, {name: TYPES.get(name, str) for name in KEPT})
    for row in shown if form is not Form.JSON else ():
        row["value"] = row["value"] if row["known"] else "unknown"
    print_rows(shown, KEPT if form is Form.JSON else COLUMNS, form)


def checked(month: str) -> str:
    """A month (2026-03) of which something can be recorded. Raises UserError."""
    month_of(month)
    if not "1971" <= month < "2100":
        raise UserError(f"{month!r} is no month of this time", "write 2026-03")
    return month


def read_book(
    kept: SqliteStore, plan: Plan, months: list[str], spans: Sequence[Calendar] = BOTH
) -> Book:
    """Months, and quarters that hold these months (2026-03), from a store."""
    with kept.reading() as db:
        spans_kept, paid = payroll.recorded(db), [*payroll.kept(db)]
    days = {name: whole_days(plan, name, *span) for name, span in spans_kept.items()}
    records = kept.ledger(*within(kept, plan, months, spans))
    return book(records, plan, spans, Known(days, paid))


def within(
    kept: SqliteStore, plan: Plan, months: list[str], spans: Sequence[Calendar] = BOTH
) -> tuple[str, tuple[int, int]]:
    """The condition, in SQL with its parameters, for what a store has of these months of any program."""
    with kept.reading() as db:
        programs = plan.listed_programs() | payroll.recorded(db).keys() or {""}
    edges = [
        edge
        for program in programs
        for month in (months[0], months[-1])
        for edge in bounds(plan, program, quarter_of(month) if "quarter" in spans else month)
    ]
    return "bucket_ms >= ? AND bucket_ms < ?", (min(edges), max(edges))
