"""`floorwatch ledger`: what was recorded of intervals, days and months."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from schemas.targets import Plan
from streams.checkpoint import payroll
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import AsCsv, AsJson, Config, LogLevel, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.close import Record
from streams.figures import Figure, FigureKey, figures
from streams.kpis import seconds_text
from streams.moments import local_text, parsed_ms
from streams.payroll import Selected, whole_days, with_payroll
from streams.people_figures import COLUMNS as PERSON_COLUMNS
from streams.people_figures import person_rows

EXAMPLES = (
    "floorwatch ledger --store center.db",
    "floorwatch ledger days --level program --from 2026-03-01 --to 2026-04-01 --csv",
    "floorwatch ledger --queue sales --from 2026-03-02T09:00 --to 2026-03-02T10:00 --history",
    "floorwatch ledger days --staff --csv",
    "floorwatch ledger sync --store copy.db --follow   # from Kafka into a store",
)
SYNC = "sync"


class Span(StrEnum):
    """What one row covers, in the program's local time."""

    INTERVALS = "intervals"
    DAYS = "days"
    MONTHS = "months"


class Level(StrEnum):
    """What one row is of."""

    QUEUE = "queue"
    PROGRAM = "program"
    NETWORK = "network"


COLUMNS = (
    "start", "program", "queue", "group", "site", "state", "revision", "completeness", "offered",
    "ans", "abn", "waiting", "outcome_unknown", "T", "service_level", "asa", "abandon_voice",
    "abandon_chat", "handled", "aht", "available_fte", "requested_fte", "occupancy", "adherence_shift_all",
    "utilization", "utilization_payroll",
)  # fmt: skip
_OF_STAFF = (*COLUMNS[COLUMNS.index("available_fte") :],)
HISTORY = (
    "start", "program", "queue", "site", "basis", "revision", "state", "completeness", "reason",
    "old", "new", "recorded",
)  # fmt: skip


def command(
    span: Annotated[Span, typer.Argument(help="What one row covers.")] = Span.INTERVALS,
    config: Config = None,
    store: Annotated[Path | None, typer.Option("--store", help="The SQLite database.")] = None,
    level: Annotated[Level, typer.Option("--level", help="What one row is of.")] = Level.QUEUE,
    minutes: Annotated[int, typer.Option("--minutes", help="Interval: 15, 30 or 60.")] = 30,
    since: Annotated[str | None, typer.Option("--from", help="First moment, local.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Moment after the last, local.")] = None,
    program: Annotated[str | None, typer.Option("--program", help="Only this program.")] = None,
    queue: Annotated[str | None, typer.Option("--queue", help="Only this queue.")] = None,
    sites: Annotated[bool, typer.Option("--sites", help="Handling by site.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Every revision and why.")] = False,
    staff: Annotated[bool, typer.Option("--staff", help="Time and adherence by person.")] = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Print recorded values with their state and revision; `--json` has every column and KPI.

    `floorwatch ledger sync` first copies them from Kafka into a store (see its own --help).
    """
    if minutes not in (15, 30, 60):
        raise typer.BadParameter("an interval has 15, 30 or 60 minutes", param_hint="--minutes")
    if staff and (queue or history or sites):
        raise typer.BadParameter(
            "people have no --queue, --sites or --history", param_hint="--staff"
        )
    settings = load_settings(config)
    kept = SqliteStore(store or settings.store, read_only=True)
    plan = kept.plan()
    zone = plan.zone(program) if program else plan.common_zone()
    since_ms, until_ms = (parsed_ms(told, zone) if told else None for told in (since, until))
    where, parameters = _selection(since_ms, until_ms, program, queue)
    form = form_of(as_json, as_csv)
    name: Any = {Span.DAYS: "day", Span.MONTHS: "month"}.get(span, f"{minutes}min")
    if staff:
        rows = person_rows(kept.personal(where, parameters), plan, name)
        print_rows(rows, (*PERSON_COLUMNS, "columns") if as_json else PERSON_COLUMNS, form)
    elif history:
        rows = [_revision(plan, record) for record in kept.history(where, parameters)]
        print_rows(rows, HISTORY, form)
    else:
        pooled = figures(kept.ledger(where, parameters), plan, name, level.value, sites)
        with kept.reading() as db:
            paid, spans = [*payroll.kept(db)], payroll.recorded(db)
        of = Selected(_recorded(plan, spans, since_ms, until_ms), queue or "", sites)
        pooled = with_payroll(pooled, paid, plan, of)
        queues = level is Level.QUEUE
        told = (one for one in pooled if not (queues and _counts_calls_only(*one)))
        rows = [_row(plan, key, figure, as_json) for key, figure in told]
        print_rows(rows, (*COLUMNS, "columns", "kpis") if as_json else COLUMNS, form)
    kept.close()
    if not rows and staff:
        note("nothing kept of people for this selection")
        note(
            "hint: [staff] personal_figures = true keeps what `run` and `replay` see from then on,"
        )
        note(
            "hint: of each interval once nothing can change it: lateness and horizon after its end"
        )
    elif not rows:
        note("nothing recorded for this selection")
        note("hint: an interval is recorded once its source has promised that it is complete:")
        note("hint: by heartbeats, by [sources.NAME] heartbeats = false, or by replay --complete")


def sync(
    config: Config = None,
    store: Annotated[Path | None, typer.Option("--store", help="The SQLite database.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until a signal.")] = False,
    log_level: LogLevel = None,
) -> None:
    """Copy what workers recorded, from the topics `intervals` and `rejects` into a store.

    `ledger` and `rejects list` read such a store as any other; `run` and `replay` never write it. A
    final value is never overwritten: if one differs from that in the store, this ends with 2.
    """
    from streams.cli.serving import stop_on_signals
    from streams.kafka.ledger_sync import Options, sync

    settings = load_settings(config, log_level)
    options = Options(follow)
    stop_on_signals(options.stopping)
    done = sync(settings, store or settings.store, options)
    note(f"{done.intervals:,} intervals, {done.rejects:,} rejects copied")
    if done.malformed:
        note(f"  {done.malformed:,} bad_record: see `floorwatch rejects list`")


class CommandClass(TyperCommand):
    """`ledger` takes a span and options; with `sync` in the span's place it is another command."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """The context of `ledger`, or of `ledger sync`."""
        if args[:1] != [SYNC]:
            return super().make_context(info_name, args, parent, **extra)
        alone = typer.Typer(add_completion=False)
        alone.command(epilog=f"Example:\n\n{EXAMPLES[-1]}")(sync)
        command = typer.main.get_command(alone)
        return command.make_context(f"{info_name} {SYNC}", args[1:], parent, **extra)


def _recorded(
    plan: Plan, spans: dict[str, tuple[int, int]], since_ms: int | None, until_ms: int | None
) -> dict[str, tuple[int, int]]:
    """By program the local days of which something is recorded, cut to what is asked for."""
    found = {}
    for program, span in spans.items():
        first, end = whole_days(plan, program, *span)
        found[program] = (
            max(first, since_ms or 0),
            end if until_ms is None else min(end, until_ms),
        )
    return found


def _selection(
    since_ms: int | None, until_ms: int | None, program: str | None, queue: str | None
) -> tuple[str, tuple[Any, ...]]:
    parts: list[tuple[str, Any]] = []
    if since_ms is not None:
        parts.append(("bucket_ms >= ?", since_ms))
    if until_ms is not None:
        parts.append(("bucket_ms < ?", until_ms))
    if program:
        parts.append(("program = ?", program))
    if queue:
        parts.append(("queue = ?", queue))
    return " AND ".join(part for part, _ in parts) or "1", tuple(value for _, value in parts)


_OF_CALLS = {"attempts", "human_contact_n"}


def _counts_calls_only(key: FigureKey, figure: Figure) -> bool:
    """The row of no queue that has nothing but a program's attempts: a program's row shows them."""
    nowhere = not key.queue and not key.group
    return nowhere and bool(figure.columns) and figure.columns.keys() <= _OF_CALLS


def _row(plan: Plan, key: FigureKey, figure: Figure, whole: bool) -> dict[str, Any]:
    zone = plan.zone(key.program) if key.program else plan.common_zone()
    kpis = figure.kpis()
    first = {thresholds[0] for thresholds in figure.by_target if thresholds}
    threshold = seconds_text(first.pop()) if len(first) == 1 else None
    levels: Any = kpis.get("service_level")
    row = {
        "start": local_text(key.start_ms, zone),
        "program": key.program,
        "queue": key.queue,
        "group": key.group,
        "site": key.site,
        "state": figure.state,
        "revision": figure.revision,
        "completeness": figure.completeness,
        "T": threshold,
        "service_level": levels.get(threshold) if threshold and levels else None,
    }
    for name in ("offered", "ans", "abn", "waiting", "outcome_unknown", "handled"):
        row[name] = None if key.group else figure.columns.get(name, 0)
    for name in ("asa", "abandon_voice", "abandon_chat", "aht", *_OF_STAFF):
        row[name] = kpis.get(name)
    return row | {"columns": figure.columns, "kpis": kpis} if whole else row


def _revision(plan: Plan, record: Record) -> dict[str, Any]:
    zone = plan.zone(record.program)
    return record._asdict() | {
        "start": local_text(record.bucket_ms, zone),
        "old": "" if record.old_columns is None else _differing(record)[0],
        "new": _differing(record)[1],
        "recorded": local_text(record.recorded_ms, zone),
    }


def _differing(record: Record) -> tuple[str, str]:
    """Old and new values as text; only what changed where there is an old value."""
    old, new = record.old_columns, record.columns
    names = list(new) if old is None else _changed(old, new)
    told = [f"{name}={new.get(name, 0)}" for name in names]
    was = [f"{name}={(old or {}).get(name, 0)}" for name in names]
    return " ".join(was), " ".join(told)


def _changed(old: dict[str, int], new: dict[str, int]) -> list[str]:
    return [name for name in sorted({*old, *new}) if old.get(name, 0) != new.get(name, 0)]
