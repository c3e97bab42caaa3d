"""`floorwatch ledger`: what was recorded of intervals, days and months."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from streams.checkpoint import payroll, personal
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import AsCsv, AsJson, Config, LogLevel, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.figures import figures
from streams.moments import parsed_ms
from streams.payroll import Selected, with_payroll
from streams.people_figures import BEFORE, person_rows, replaced_rows
from streams.people_figures import COLUMNS as PERSON_COLUMNS
from streams.recorded import (
    COLUMNS,
    HISTORY,
    Selection,
    counts_calls_only,
    recorded_spans,
    revision_row,
    row,
)

EXAMPLES = (
    "floorwatch ledger --store center.db",
    "floorwatch ledger days --level program --from 2026-03-01 --to 2026-04-01 --csv",
    "floorwatch ledger --queue sales --from 2026-03-02T09:00 --to 2026-03-02T10:00 --history",
    "floorwatch ledger days --staff --csv",
    "floorwatch ledger sync --store copy.db --follow   # from Kafka into a store",
    "floorwatch ledger serve --store copy.db --port 9110   # as JSON over HTTP",
)
SYNC, SERVE = "sync", "serve"


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
    if staff and (queue or sites):
        raise typer.BadParameter("people have no --queue and --sites", param_hint="--staff")
    settings = load_settings(config)
    kept = SqliteStore(store or settings.store, read_only=True)
    plan = kept.plan()
    zone = plan.zone(program) if program else plan.common_zone()
    since_ms, until_ms = (parsed_ms(told, zone) if told else None for told in (since, until))
    names = ((name,) if name else () for name in (program, queue))
    where, parameters = Selection(since_ms, until_ms, *names).where()
    form = form_of(as_json, as_csv)
    name: Any = {Span.DAYS: "day", Span.MONTHS: "month"}.get(span, f"{minutes}min")
    if staff and history:
        with kept.reading() as db:
            before = [*personal.before(db, where, parameters)]
        rows = replaced_rows(before, kept.personal(where, parameters), plan)
        print_rows(rows, BEFORE, form)
    elif staff:
        rows = person_rows(kept.personal(where, parameters), plan, name)
        print_rows(rows, (*PERSON_COLUMNS, "columns") if as_json else PERSON_COLUMNS, form)
    elif history:
        rows = [revision_row(plan, record) for record in kept.history(where, parameters)]
        print_rows(rows, HISTORY, form)
    else:
        pooled = figures(kept.ledger(where, parameters), plan, name, level.value, sites)
        with kept.reading() as db:
            paid, spans = [*payroll.kept(db)], payroll.recorded(db)
        of = Selected(recorded_spans(plan, spans, since_ms, until_ms), queue or "", sites)
        pooled = with_payroll(pooled, paid, plan, of)
        queues = level is Level.QUEUE
        told = (one for one in pooled if not (queues and counts_calls_only(*one)))
        rows = [row(plan, key, figure, as_json) for key, figure in told]
        print_rows(rows, (*COLUMNS, "columns", "kpis") if as_json else COLUMNS, form)
    kept.close()
    if not rows and staff and history:
        note("no audit has changed figures of people in this selection")
    elif not rows and staff:
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
    months: Annotated[
        bool,
        typer.Option("--months", help="Keep the topic `months` up to date with what is copied."),
    ] = False,
    log_level: LogLevel = None,
) -> None:
    """Copy what workers recorded, from the topics `intervals` and `rejects` into a store.

    `ledger` and `rejects list` read such a store as any other; `run` and `replay` never write it. A
    final value is never overwritten: if one differs from that in the store, this ends with 2.

    With --months, months of which something final was copied are published to the topic `months`, every 15
    minutes at most, and once a day every month that is there: let one process do that.
    """
    from streams.cli.signals import stop_on_signals
    from streams.kafka.ledger_sync import Options, sync

    settings = load_settings(config, log_level)
    options, path = Options(follow), store or settings.store
    if months:
        from streams.cli.months_kept import KeptMonths

        kept = KeptMonths(settings.kafka, path, patient=follow)
        options.on_records, options.on_end = kept.copied, kept.publish_if_due
    stop_on_signals(options.stopping)
    done = sync(settings, path, options)
    note(f"{done.intervals:,} intervals, {done.rejects:,} rejects copied")
    if months:
        note(f"{kept.sent:,} values published to {settings.kafka.topic('months')}")
    if done.malformed:
        note(f"  {done.malformed:,} bad_record: see `floorwatch rejects list`")


def serve(
    config: Config = None,
    store: Annotated[Path | None, typer.Option("--store", help="The SQLite database.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of /ledger; 0: free.")] = None,
    log_level: LogLevel = None,
) -> None:
    """Serve what a store has recorded as JSON at /ledger, until a signal; `run` does so by itself.

    Parameters of /ledger: span (interval, day, month), minutes, level (queue, group, program,
    network), from, to, program, queue, channel, site, group, kpi, sites, columns.
    """
    import threading

    from streams import logs
    from streams.cli.signals import stop_on_signals
    from streams.errors import UserError
    from streams.http import serve_ledger
    from streams.ledger_page import LedgerPage

    settings = load_settings(config, log_level, http={"port": port})
    path = store or settings.store
    SqliteStore(path, read_only=True).close()  # say now what a reader would be told later
    stopping, http = threading.Event(), settings.http
    stop_on_signals(stopping)
    try:
        server = serve_ledger(http.host, http.port, LedgerPage(path), http.required_token)
    except OSError as error:
        raise UserError(str(error), "set http.port, for example with --port 0") from None
    with server:
        logs.info("serving", f"/ledger on http://{http.host}:{server.port}/ledger")
        stopping.wait()


class CommandClass(TyperCommand):
    """`ledger` takes a span and options; with `sync` or `serve` in its place it is another command."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """The context of `ledger`, `ledger sync` or `ledger serve`."""
        if args[:1] not in ([SYNC], [SERVE]):
            return super().make_context(info_name, args, parent, **extra)
        told: Callable[..., None] = sync if args[0] == SYNC else serve
        example = next(line for line in EXAMPLES if line.split()[2] == args[0])
        alone = typer.Typer(add_completion=False)
        alone.command(epilog=f"Example:\n\n{example}")(told)
        command = typer.main.get_command(alone)
        return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
