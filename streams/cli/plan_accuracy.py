"""`floorwatch plan accuracy`: forecasts against what came, by the version that had the lag (M6-M8)."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from schemas.accuracy import DayScored
from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Program
from streams.certification.months import FINAL
from streams.checkpoint import accuracy as accuracy_table
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.kept import versions_of
from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.cli.planned import PlanFiles
from streams.clock import WallClock
from streams.close import Record
from streams.days import local_day_start
from streams.kpis import value
from streams.moments import local_text, parsed_ms
from streams.planning.accuracy import (
    Forecast,
    Seen,
    forecasts,
    peak_columns,
    scheduling_columns,
    seen,
    staffing,
    staffing_columns,
)
from streams.planning.versions import Versions
from streams.recorded import Selection

Lag = Annotated[int | None, typer.Option(min=0, max=40, help="Days; else as the plan says.")]
KEYS = ("staffing_forecast_accuracy", "scheduling_forecast_accuracy", "peak_forecast_accuracy")
COLUMNS = (
    "program",
    "queue",
    "M6",
    "days",
    "M7",
    "intervals_in",
    "intervals",
    "M8",
    "peaks_in",
    "peaks",
)
PAIRS = ("day", "program", "queue", "forecast_h", "actual_h", "deviation")


def accuracy(
    config: Config = None,
    store: Store = None,
    since: Annotated[str | None, typer.Option("--from", help="First day, local.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Day after the last, local.")] = None,
    staffing_lag: Lag = None,
    scheduling_lag: Lag = None,
    files: PlanFiles = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Into the store, for `month` and `explain`: closed days that are final."
        ),
    ] = False,
    pairs: Annotated[bool, typer.Option("--pairs", help="The days that M6 is a mean of.")] = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Score forecasts by the staff that they required and that what came did, over closed days.

    M6 is the mean deviation of a day, M7 the share of intervals within the band, M8 the share of days
    whose busiest hour was forecast. A row without a queue is of all the program's, one without a
    program of all. Empty (null): no version with such a lag, or not recorded, or nothing promised.

    Versions are kept for 40 days: with --keep, once a day, the scores outlast them. What a restated
    day scores otherwise is kept as another revision.
    """
    settings = load_settings(config)
    path = store or settings.store
    SqliteStore(path, read_only=True).close()
    kept = SqliteStore(path, read_only=not keep)
    try:
        plan = kept.plan()
        versions = versions_of(kept, plan, files or (), settings)
        span = _span(plan, versions.known_ms or _recorded_to_ms(kept), since, until)
        records = list(kept.ledger(*Selection(*span).where()))
        of = seen(records, plan)
        scored = _Scored(versions, plan, of, span, staffing_lag, scheduling_lag)
        rows = list(scored.pairs() if pairs else scored.rows())
        if keep:
            days = [*scored.days(unsettled(records, plan), WallClock().now_ms())]
            with kept.transaction() as db:
                note(
                    f"{accuracy_table.keep(db, days)} of {len(days)} scored days are new or changed"
                )
    finally:
        kept.close()
    print_rows(rows, PAIRS if pairs else COLUMNS, form_of(as_json, as_csv))
    if not rows:
        note("no closed day of these has a version of the plan with such a lag")
        note("hint: --staffing-lag and --scheduling-lag; versions are kept for 40 days")


def _recorded_to_ms(kept: SqliteStore) -> int:
    """How far the ledger goes: a copied one has no checkpoint that says how far its feeds had told."""
    with kept.reading() as db:
        (last,) = db.execute("SELECT max(bucket_ms) FROM ledger").fetchone()
    return 0 if last is None else int(last) + BUCKET_MS


def _span(plan: Plan, known_ms: int, since: str | None, until: str | None) -> tuple[int, int]:
    """Closed local days only, ms."""
    zone = plan.common_zone()
    programs = plan.listed_programs() or {""}
    today = min(local_day_start(plan, program, known_ms) for program in programs)
    end = min(parsed_ms(until, zone), today) if until else today
    return parsed_ms(since, zone) if since else 0, end


class _Scored:
    """Forecasts of a store with either lag."""

    def __init__(
        self, versions: Versions, plan: Plan, of: Seen, span: tuple[int, int], staff: int | None,
        schedule: int | None,
    ) -> None:  # fmt: skip
        self._plan, self._of = plan, of
        programs = {key.program: plan.program(key.program) for key in versions.queues}
        told = (versions.book, versions.queues, plan, of)
        self._lags = (
            _lags(programs, staff, "staffing_lag_days"),
            _lags(programs, schedule, "scheduling_lag_days"),
        )
        self._staffed, self._scheduled = (forecasts(*told, lags, span) for lags in self._lags)

    def rows(self) -> Iterator[dict[str, Any]]:
        """M6 to M8 of each queue, each program and all."""
        for program, queue in self._owners():
            of = self._plan.program(program)
            staffed, scheduled = (
                _only(told, program, queue) for told in (self._staffed, self._scheduled)
            )
            columns = staffing_columns(staffing(staffed)) if program else {}
            columns |= scheduling_columns(scheduled, of.scheduling_band) if program else {}
            columns |= peak_columns(scheduled, self._of, of.peak_tolerance)
            m6, m7, m8 = (value(KPIS[key], columns) for key in KEYS)
            yield {
                "program": program, "queue": queue, "M6": m6,
                "days": columns.get("fc_period_ppm", 0) // 1_000_000 if program else None,
                "M7": m7, "intervals_in": columns.get("fc_int_in"), "intervals": columns.get("fc_int"),
                "M8": m8, "peaks_in": columns["fc_day_in"], "peaks": columns["fc_day"],
            }  # fmt: skip

    def days(self, unsettled: frozenset[tuple[str, str]], now_ms: int) -> Iterator[DayScored]:
        """Each day of each queue and program whose records are all final."""
        for program, queue in self._owners():
            of = self._plan.program(program)
            staffed, scheduled = (
                _by_day(_only(told, program, queue), self._plan)
                for told in (self._staffed, self._scheduled)
            )
            for day in sorted({*staffed, *scheduled}) if program else ():
                if (program, day) in unsettled:
                    continue
                of_day = scheduled.get(day, [])
                columns = staffing_columns(staffing(staffed.get(day, [])))
                columns |= scheduling_columns(of_day, of.scheduling_band)
                columns |= peak_columns(of_day, self._of, of.peak_tolerance)
                lags = (self._lags[0][program], self._lags[1][program])
                yield DayScored(
                    program=program, queue=queue, day=day, columns=columns, recorded_ms=now_ms,
                    staffing_lag_days=lags[0], scheduling_lag_days=lags[1],
                )  # fmt: skip

    def pairs(self) -> Iterator[dict[str, Any]]:
        """The days of M6: they are not additive over queues."""
        for program, queue in self._owners():
            for one in staffing(_only(self._staffed, program, queue)) if program else ():
                yield {
                    "day": local_text(one.day_ms, self._plan.zone(program)),
                    "program": program,
                    "queue": queue,
                    "forecast_h": one.forecast_h,
                    "actual_h": one.actual_h,
                    "deviation": (one.actual_h - one.forecast_h) / one.forecast_h,
                }

    def _owners(self) -> list[tuple[str, str]]:
        found = {(one.key.program, one.key.queue) for one in (*self._staffed, *self._scheduled)}
        programs = {(program, "") for program, _ in found}
        return [*sorted(found), *sorted(programs), *([("", "")] if found else [])]


def _lags(programs: dict[str, Program], given: int | None, field: str) -> dict[str, int]:
    return {name: getattr(of, field) if given is None else given for name, of in programs.items()}


def unsettled(records: Sequence[Record], plan: Plan) -> frozenset[tuple[str, str]]:
    """Programs and local days with a record that is not final yet."""
    return frozenset(
        (one.program, local_text(one.bucket_ms, plan.zone(one.program))[:10])
        for one in records
        if one.state not in FINAL
    )


def _by_day(told: Sequence[Forecast], plan: Plan) -> dict[str, list[Forecast]]:
    found: dict[str, list[Forecast]] = {}
    for one in told:
        day = local_text(one.day_ms, plan.zone(one.key.program))[:10]
        found.setdefault(day, []).append(one)
    return found


def _only(told: Sequence[Forecast], program: str, queue: str) -> list[Forecast]:
    """Of a queue; of all where it is "", of all programs where that is too."""
    return [
        one
        for one in told
        if (not program or one.key.program == program) and (not queue or one.key.queue == queue)
    ]
