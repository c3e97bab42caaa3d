"""`floorwatch reconcile`: our figures beside the report of a phone system, difference by difference."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.chats import CHANNELS
from schemas.targets import Plan
from streams.bridges.recognise import Kind
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import AsCsv, AsJson, Config, LogLevel, load_settings
from streams.cli.output import form_of, note, print_json, print_rows
from streams.drivers.replay import Options, replay
from streams.errors import UserError
from streams.figures import span_end
from streams.moments import local_text, parsed_ms
from streams.reconcile.contacts import Contact, contacts
from streams.reconcile.files import named, read_report
from streams.reconcile.profiles import PROFILES, Profile
from streams.reconcile.report import Line, Theirs, reconciled, without_row

EXAMPLES = (
    "floorwatch reconcile --as cisco --report report.csv --store center.db events.jsonl.gz",
    "floorwatch reconcile --as asterisk --report day.csv --interval day --config c.toml queue_log",
    "floorwatch reconcile --as amazon_connect --report r.csv --column offered='Incoming' log.jsonl",
)
COLUMNS = (
    "start", "queue", "count", "ledger", "ours", "causes", "expected", "theirs", "unexplained",
)  # fmt: skip
FAILED = 1


class System(StrEnum):
    """Products whose counting is known: `PROFILES`."""

    ASTERISK = "asterisk"
    WAZO = "wazo"
    GENESYS_CLOUD = "genesys_cloud"
    AMAZON_CONNECT = "amazon_connect"
    CISCO = "cisco"


class Interval(StrEnum):
    """What a row of a report covers, in local time."""

    QUARTER_HOUR = "15min"
    HALF_HOUR = "30min"
    HOUR = "60min"
    DAY = "day"
    MONTH = "month"


def command(
    files: Annotated[
        list[Path], typer.Argument(help="Events of the span, as `replay` takes them.")
    ],
    system: Annotated[System, typer.Option("--as", help="Whose report it is.")],
    report: Annotated[Path, typer.Option("--report", help="Their report, CSV.")],
    interval: Annotated[
        Interval, typer.Option("--interval", help="What one row of theirs covers.")
    ] = Interval.HALF_HOUR,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="How a column of theirs is named: answered='Calls taken'."),
    ] = None,
    queue: Annotated[
        list[str] | None, typer.Option("--queue", help="A queue's name there: THEIRS=OURS.")
    ] = None,
    within: Annotated[
        float | None, typer.Option("--within", help="Their T, s, where it is not that of the plan.")
    ] = None,
    config: Config = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="Take its plan, and show what it recorded.")
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option("--kind", help="What the files are, if it cannot be told.")
    ] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    log_level: LogLevel = None,
) -> None:
    """Set a phone system's report beside our figures of the same calls, and say how many contacts make
    each difference: counted in another interval, left out by their rule, held against T otherwise.

    Ours are by arrival, as the KPIs are; `ledger` is what a store recorded of them. `expected` is what their rule makes of the events we have;
    `unexplained` is what is left: contacts that one of both does not have. Exits with 1 if there are,
    or if contacts of ours came in an interval within the report that it has no row of.
    """
    settings = load_settings(config, log_level)
    kept = None if store is None else SqliteStore(store, read_only=True)
    if kept is not None:
        settings = settings.model_copy(update={"plan": kept.plan()})
    plan = settings.plan
    profile = named(PROFILES[system.value], _pairs(column, "--column"))
    told = read_report(report, profile, _pairs(queue, "--queue"), _span_of(plan, interval.value))
    _refuse_chats(plan, profile, told)
    known = contacts(replay(settings, files, Options(kind=kind, complete=True)).shard)
    their_t = (lambda one: round(within * 1000)) if within is not None else _threshold(plan)
    lines = reconciled(told, known, _threshold(plan), their_t)
    rows = [_row(plan, line) | {"ledger": _recorded(kept, line)} for line in lines]
    if kept is not None:
        kept.close()
    if as_json:
        print_json(rows)
    else:
        text = [row | {"causes": _text(row["causes"])} for row in rows]
        print_rows(text, COLUMNS, form_of(False, as_csv))
    if any(row["ledger"] not in (None, row["ours"]) for row in rows):
        note("what is recorded is not what these events add up to: see `floorwatch audit`")
    differing = [line for line in lines if line.unexplained]
    note(
        f"{len(lines)} numbers of {profile.title}, {sum(bool(line.causes) for line in lines)} differ "
        f"by rule or moment, {len(differing)} are not explained"
    )
    lacking = without_row(told, known)
    for name, count in sorted(lacking.items()):
        note(f"{name}: {count:,} contacts of ours came in intervals that the report has no row of")
    if differing or lacking:
        raise typer.Exit(FAILED)


def _refuse_chats(plan: Plan, profile: Profile, told: Iterable[Theirs]) -> None:
    """Raises UserError for queues of chats in the report of a product that has none of chats."""
    named_there = {one.queue for one in told if one.queue in plan.queues}
    of_chats = sorted(name for name in named_there if plan.queues[name].channel in CHANNELS)
    if of_chats and not profile.chats:
        raise UserError(
            f"{of_chats[0]!r} is a queue of chats, and no report of chats is known of {profile.title}",
            f"of chats report {', '.join(p.title for p in PROFILES.values() if p.chats)}",
        )


def _pairs(told: list[str] | None, option: str) -> dict[str, str]:
    pairs = [one.partition("=") for one in told or ()]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise UserError(f"{option} {wrong[0]!r} has no '='", f"write {option} 'one=other'")
    return {name: value for name, _, value in pairs}


def _span_of(plan: Plan, interval: Any) -> Callable[[str, str], tuple[int, int]]:
    def span(queue: str, start: str) -> tuple[int, int]:
        program = plan.queues[queue].program if queue in plan.queues else ""
        zone = plan.zone(program) if program else plan.common_zone()
        start_ms = parsed_ms(start.replace("Z", "+00:00"), zone)
        return start_ms, span_end(plan, program, start_ms, interval)

    return span


def _threshold(plan: Plan) -> Callable[[Contact], int]:
    return lambda one: plan.target_at(one.queue, one.entry_ms).thresholds_ms[0]


def _row(plan: Plan, line: Line) -> dict[str, Any]:
    theirs = line.theirs
    listed = plan.queues.get(theirs.queue)
    zone = plan.zone(listed.program) if listed else plan.common_zone()
    return {
        "start": local_text(theirs.start_ms, zone),
        "queue": theirs.queue,
        "count": theirs.rule.name,
        "ours": line.ours,
        "causes": line.causes,
        "expected": line.expected,
        "theirs": theirs.value,
        "unexplained": line.unexplained,
    }


def _recorded(kept: SqliteStore | None, line: Line) -> int | None:
    """The same count of ours as the ledger has it; None without a store."""
    if kept is None:
        return None
    theirs = line.theirs
    where = "queue = ? AND basis = 'arrival' AND bucket_ms >= ? AND bucket_ms < ?"
    told = kept.ledger(where, (theirs.queue, theirs.start_ms, theirs.end_ms))
    return sum(sign * one.columns.get(name, 0) for one in told for name, sign in theirs.rule.terms)


def _text(causes: dict[str, int]) -> str:
    return "; ".join(f"{count:+d} {why}" for why, count in causes.items())
