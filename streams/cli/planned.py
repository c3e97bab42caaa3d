"""What commands of the plan read from a store: the ledger of a span, beside the plan of its days."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from functools import partial
from math import isnan
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import typer

from schemas.targets import Plan
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.kept import versions_of
from streams.errors import UserError
from streams.moments import parsed_ms
from streams.planning.habits import habits
from streams.planning.outlook import days_of
from streams.planning.pools import pools_of
from streams.planning.projection import Now
from streams.planning.recorded import Columns, Floor, Interval, Totals, intervals, totals
from streams.planning.versions import Versions
from streams.recorded import Selection
from streams.reports.moment import view_now
from streams.settings import Settings
from streams.view import STAFF_CHANNEL, CellKey, Curve, Planned

PlanFiles = Annotated[
    list[Path] | None,
    typer.Option("--plan", help="Events of the plan too, as `plan import --out` writes them."),
]
Queues = Annotated[list[str] | None, typer.Option("--queue", help="Only this; may be repeated.")]
Day = Annotated[str | None, typer.Option("--day", help="A local day: 2026-03-02.")]
Since = Annotated[str | None, typer.Option("--from", help="First moment, local.")]
Until = Annotated[str | None, typer.Option("--to", help="Moment after the last, local.")]
ProgramName = Annotated[str | None, typer.Option("--program", help="Only this program.")]
Curves = dict[CellKey, Curve]


class Span(NamedTuple):
    """[since, until) ms UTC, the zone that it was said in, the programs that it is read of (none: all)."""

    since_ms: int
    until_ms: int
    zone: ZoneInfo
    programs: tuple[str, ...] = ()

    @property
    def where(self) -> tuple[str, tuple[Any, ...]]:
        """Its ledger records, SQL and parameters."""
        return Selection(self.since_ms, self.until_ms, self.programs).where()


class Kept(NamedTuple):
    """A span of a store: ledger, plan of each day, people."""

    plan: Plan
    span: Span
    versions: Versions
    ledger: Totals
    official: Curves
    newest: Curves
    """Of queues and groups: what is expected now."""
    asked: Curves
    """FTE required of groups and sites."""
    coming: Mapping[CellKey, Columns]
    """Scheduled time and FTE requested of groups and sites, by bucket."""
    floor: Floor

    def patience_s(self, queue: CellKey, named: float | None = None) -> float | None:
        """Mean patience, s: as named, else as the settings say; None: as it is measured."""
        of = self.plan.queues.get(queue.queue)
        return named or (of.patience_s if of is not None else None)

    def occupancy_max(self, queue: CellKey, named: float | None = None) -> float | None:
        """The cap: as named, else as the settings say."""
        of = self.plan.queues.get(queue.queue)
        return named or (of.occupancy_max if of is not None else None)

    def intervals(
        self, queue: CellKey, lasting: bool = False, undivided: bool = False
    ) -> list[Interval]:
        """A queue's intervals beside the official plan, or (`lasting`) beside its newest version; with the
        people that it shares as all its own (`undivided`)."""
        curve = (self.newest if lasting else self.official).get(queue, ())
        span, floor = self.span, self.floor.undivided(queue) if undivided else self.floor
        return intervals(self.plan, queue, curve, floor, self.ledger, span.since_ms, span.until_ms)


def span_of(plan: Plan, program: str | None, queues: Sequence[str], *told: str | None) -> Span:
    """The span of --day, or of --from and --to (`told`, in this order). Raises UserError."""
    day, since, until = told
    homes = {plan.queues[one].program if one in plan.queues else "" for one in queues}
    name = program or (homes.pop() if len(homes) == 1 else "")
    zone = plan.zone(name) if name else plan.common_zone()
    if _work_elsewhere(plan):
        name = ""
    if day is not None:
        if since or until:
            raise UserError("--day goes with neither --from nor --to", "name one of them")
        since, until = day, next_day(day)
    if since is None or until is None:
        raise UserError("which time is meant?", "--day 2026-03-02, or --from and --to")
    of = plan.staffed_by(name) if name else ()
    span = Span(parsed_ms(since, zone), parsed_ms(until, zone), zone, of)
    if span.until_ms <= span.since_ms:
        raise UserError(f"--to {until} is not after --from {since}", "swap them")
    return span


def _work_elsewhere(plan: Plan) -> bool:
    """Whether people of one program take contacts of another."""
    homes = {name: queue.program for name, queue in plan.queues.items()}
    return any(
        homes.get(name, one.program) != one.program for one in plan.groups for name in one.queues
    )


def next_day(day: str) -> str:
    """The day after an ISO date. Raises UserError."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except ValueError:
        raise UserError(f"{day!r} is no day", "write 2026-03-02") from None


@contextmanager
def opened(
    settings: Settings, program: str | None, queues: Sequence[str], files: Sequence[Path],
    *told: str | None,
) -> Iterator[tuple[Kept, SqliteStore]]:  # fmt: skip
    """What the store of the settings and files say of the span that is told (span_of), and the store
    while it is open. Raises UserError."""
    with closing(SqliteStore(settings.store, read_only=True)) as store:
        plan = store.plan()
        span = span_of(plan, program, queues, *told)
        yield _read(settings, span, store, plan, files), store


def _read(
    settings: Settings, span: Span, store: SqliteStore, plan: Plan, files: Sequence[Path]
) -> Kept:
    ledger = totals(store.ledger(*span.where))
    told = [key.start_ms for key in ledger.columns if key.channel == STAFF_CHANNEL]
    recorded = max([span.since_ms, *told])
    return kept_of(plan, span, versions_of(store, plan, files, settings, recorded), ledger)


def kept_of(plan: Plan, span: Span, versions: Versions, ledger: Totals) -> Kept:
    """A span of a store of which ledger and versions were read."""
    official, newest = _curves(versions, span)
    queues = {key: curve for key, curve in official.items() if key.channel != STAFF_CHANNEL}
    asked = {key: curve for key, curve in official.items() if key.channel == STAFF_CHANNEL}
    coming = versions.scheduled(span.until_ms)
    floor = Floor(plan, queues, asked, ledger, coming)
    return Kept(plan, span, versions, ledger, queues, newest, asked, coming, floor)


class Live:
    """What is known of the day that runs: of the live state as far as it had told at its checkpoint, or
    where a store has none of the ledger."""

    def __init__(self, kept: Kept, store: SqliteStore) -> None:
        self._plan, self._actions = kept.plan, store.actions()
        view = kept.versions.view(self._actions)
        if not view.at_ms:
            records = partial(store.ledger, *kept.span.where)
            view, _ = view_now(kept.versions, self._actions, records)
        self._days = days_of(view, kept.plan)
        keys = list(view.day_plan.forecasts())
        waits = habits(view, kept.plan, keys, pools_of(kept.plan, keys).pool).patience_s.tolist()
        self._patience_s = {key: s for key, s in zip(keys, waits, strict=True) if not isnan(s)}

    def of(self, queue: CellKey) -> Now:
        """Of one queue."""
        left_out = (one for one in self._actions if one.leaves_out)
        mine = tuple(one for one in left_out if one.covers(queue.program, queue.queue))
        return Now(self._days.get(queue, {}), mine, self._patience_s.get(queue))


def site_floor(kept: Kept, site: str) -> Floor:
    """People of one site only."""
    people = {
        key: columns
        for key, columns in kept.ledger.columns.items()
        if key.channel != STAFF_CHANNEL or key.site == site
    }
    asked = {key: curve for key, curve in kept.asked.items() if key.site == site}
    coming = {key: columns for key, columns in kept.coming.items() if key.site == site}
    return Floor(kept.plan, kept.official, asked, kept.ledger._replace(columns=people), coming)


def _curves(versions: Versions, span: Span) -> tuple[Curves, Curves]:
    """Official and newest curves of all days that a span touches."""
    official, newest = dict[CellKey, dict[int, Planned]](), dict[CellKey, dict[int, Planned]]()
    day = datetime.fromtimestamp(span.since_ms / 1000, span.zone).date()
    last = datetime.fromtimestamp(span.until_ms / 1000, span.zone).date()
    while day <= last:
        noon = datetime.combine(day, time(12), span.zone)
        of_day = versions.day(round(noon.timestamp() * 1000))
        for key, curve in of_day.official.items():
            official.setdefault(key, {}).update({one.start_ms: one for one in curve})
            lasting = of_day.lasting(key)
            newest.setdefault(key, {}).update({one.start_ms: one for one in lasting})
        day += timedelta(days=1)
    return _in_order(official), _in_order(newest)


def _in_order(by_start: dict[CellKey, dict[int, Planned]]) -> Curves:
    return {key: tuple(by[start] for start in sorted(by)) for key, by in by_start.items()}


def chosen(kept: Kept, program: str | None, names: Sequence[str]) -> list[CellKey]:
    """The queues asked for, or all that have a plan or records. Raises UserError for an unknown one."""
    there = {key._replace(start_ms=0) for key in (*kept.ledger.columns, *kept.official)}
    queues = sorted(
        key
        for key in there
        if key.queue
        and key.channel in ("voice", "chat", "messaging")
        and (program is None or key.program == program)
    )
    known = {key.queue for key in queues}
    for name in names:
        if name not in known:
            told = ", ".join(sorted(known)) or "none"
            raise UserError(f"nothing of queue {name!r} in this span", f"queues there: {told}")
    return [key for key in queues if not names or key.queue in names]


def shared_people(kept: Kept, key: CellKey) -> str:
    """What to be careful of where a queue's people serve others; "" where they do not."""
    others = ", ".join(one.queue for one in kept.floor.sharers(key))
    if not others:
        return ""
    return f"careful: shared_people: who serves {key.queue} serves {others}, parted by planned work"


def taken_together(kept: Kept, key: CellKey) -> str:
    """The same where all their contacts are looked at as one queue's."""
    others = ", ".join(one.queue for one in kept.floor.pool(key))
    return f"shared_people: who serves {key.queue} serves {others}: staff are those of all, who take contacts as they come"
