"""What `flash` and `handover` share: reading a store as it stands, and printing a report."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from schemas.actions import Action
from schemas.targets import Plan
from streams.board.words import Language
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.output import print_json
from streams.close import Record
from streams.days import local_day_start
from streams.errors import UserError
from streams.moments import LAST_WRITABLE_MS
from streams.planning.journal import plan_path
from streams.planning.versions import Versions
from streams.reports.document import Report
from streams.reports.moment import Moment, moment_of, view_now
from streams.reports.written import page, text
from streams.settings import Settings

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
Lang = Annotated[Language, typer.Option("--lang", help="Language of the report.")]
AsHtml = Annotated[
    bool, typer.Option("--html", help="Print one HTML page that asks for nothing else.")
]


class Standing(NamedTuple):
    """A store that is open, as it stands."""

    store: SqliteStore
    moment: Moment
    actions: Sequence[Action]
    versions: Versions


@contextmanager
def standing(
    settings: Settings, files: Sequence[Path], program: str | None, earlier_ms: int
) -> Iterator[Standing]:
    """The store of the settings, with the records of its day and of `earlier_ms` before. Raises
    UserError."""
    with closing(SqliteStore(settings.store, read_only=True)) as store:
        plan, log = store.plan(), plan_path(store.path)
        versions = Versions(plan, store.snapshot(), log, files, settings)
        records = _around(store, plan, versions, earlier_ms)
        if not records and not versions.known_ms:
            raise UserError(
                f"{store.path}: nothing is recorded in it",
                "run, replay or ledger sync first, or name another with --store",
            )
        actions = store.actions()
        view, live = view_now(versions, actions, lambda: records)
        moment = moment_of(plan, view, live, records)
        if program is not None and program not in moment.programs:
            told = ", ".join(moment.programs) or "none"
            raise UserError(f"nothing of program {program!r} in this store", f"programs: {told}")
        yield Standing(store, moment, actions, versions)


def _around(store: SqliteStore, plan: Plan, versions: Versions, earlier_ms: int) -> list[Record]:
    """Newest revisions of the local days, of any program, that hold the store's moment."""
    known_ms = versions.known_ms
    if not 0 < known_ms < LAST_WRITABLE_MS:
        newest = "(SELECT max(bucket_ms) FROM ledger WHERE basis = 'arrival')"
        where = f"bucket_ms > {newest} - ?"
        return list(store.ledger(where, (earlier_ms + 2 * DAY_MS,)))
    names = (*plan.listed_programs(), "")
    since = min(local_day_start(plan, name, known_ms - earlier_ms) for name in names)
    return list(store.ledger("bucket_ms >= ? AND bucket_ms < ?", (since, known_ms)))


def print_report(report: Report, lang: Language, as_json: bool, as_html: bool) -> None:
    """As text, HTML or JSON, on stdout. Raises typer.BadParameter for two at once."""
    if as_json and as_html:
        raise typer.BadParameter("one form at a time", param_hint="--html")
    if as_json:
        told: dict[str, Any] = report.plain()
        print_json(told)
    else:
        sys.stdout.write(page(report, lang) if as_html else text(report, lang))
