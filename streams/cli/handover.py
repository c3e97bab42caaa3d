"""`floorwatch handover`: what the next shift must know."""

from collections.abc import Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from schemas.keys import BUCKET_MS
from streams.cli.kept import effect_rows
from streams.cli.options import AsJson, Config, Store, load_settings
from streams.cli.output import note
from streams.cli.planned import PlanFiles, ProgramName, Since, Span, Until, chosen, kept_of
from streams.cli.reporting import DAY_MS, HOUR_MS, AsHtml, Lang, Standing, print_report, standing
from streams.clock import WallClock
from streams.errors import UserError
from streams.moments import local_text, parsed_ms
from streams.page.alerts import asked
from streams.planning.deviation import Deviations, deviations
from streams.planning.past_day import view_of
from streams.planning.recorded import totals
from streams.recorded import Selection, revision_row
from streams.reports.document import Text
from streams.reports.handover import Shift, handover
from streams.reports.incidents import incidents, unknown_ranges

EXAMPLES = (
    "floorwatch handover --store center.db",
    "floorwatch handover --from 2026-03-02T07:00 --to 2026-03-02T15:00 --html > handover.html",
    "floorwatch handover --program bank --alertmanager http://127.0.0.1:9093 --lang ja",
)
LONGEST_MS = 2 * DAY_MS
ALERTS_WITHIN_S = 5.0
NOT_ASKED = Text(
    "Not known here: name --alertmanager URL, or set [alerts] url.",
    "--alertmanager URL または [alerts] url を指定すると表示されます。",
)
NOT_JUDGED = Text(
    "No Watchdog is heard: whether rules are evaluated is unknown.",
    "Watchdog 未受信: ルールが評価されているか不明です。",
)


def command(
    since: Since = None,
    until: Until = None,
    hours: Annotated[
        float, typer.Option("--hours", min=0.25, max=48, help="Length, where --from is not given.")
    ] = 8,
    program: ProgramName = None,
    alertmanager: Annotated[
        str | None,
        typer.Option("--alertmanager", help="URL, if it is not that of [alerts]: what fires now."),
    ] = None,
    config: Config = None,
    store: Store = None,
    plan: PlanFiles = None,
    lang: Lang = "en",
    as_html: AsHtml = False,
    as_json: AsJson = False,
) -> None:
    """What happened in a shift, what was done and what it brought, what is open, what is expected.

    The shift is --from to --to, or the last --hours that are recorded. Ranges below target with their
    cause, actions (`act`) with their measured effect, restated values with the reason, feeds, the
    coming shift. Who is out of schedule is named only where [staff] show_staff and personal_figures
    allow it. What is not known says so; in JSON it is null.
    """
    settings = load_settings(config, store=store)
    names = settings.staff.show_staff and settings.staff.personal_figures
    with standing(settings, plan or (), program, LONGEST_MS + DAY_MS) as of:
        span = _span(of, program, since, until, hours)
        alerts, why = _alerts(alertmanager or settings.alerts.url, program or "", span.zone)
        shift = Shift(
            since_ms=span.since_ms,
            until_ms=span.until_ms,
            program=program or "",
            found=_found(of, span),
            incidents=_incidents(of, span, program),
            actions=of.actions,
            effects=_effects(of, span, program),
            restated=_restated(of, span, program),
            alerts=alerts,
            alerts_why=why,
            names=names,
        )
        report = handover(of.moment, shift, WallClock().now_ms())
    print_report(report, lang, as_json, as_html)


def _span(
    of: Standing, program: str | None, since: str | None, until: str | None, hours: float
) -> Span:
    """Raises UserError for a span that is none, too long, or behind what is recorded."""
    plan = of.moment.plan
    zone = plan.zone(program) if program else plan.common_zone()
    until_ms = parsed_ms(until, zone) if until else _newest(of, program)
    since_ms = parsed_ms(since, zone) if since else until_ms - round(hours * HOUR_MS)
    if not since_ms < until_ms <= since_ms + LONGEST_MS:
        raise UserError("a shift ends behind its start and lasts 48 hours at most", "--from, --to")
    if since_ms % BUCKET_MS or until_ms % BUCKET_MS:
        raise UserError("a shift begins and ends on a quarter of an hour", "--from, --to")
    return Span(since_ms, until_ms, zone)


def _newest(of: Standing, program: str | None) -> int:
    """End of the newest planning interval that is over, of all programs: within one nothing can be
    compared with its forecast."""
    windows = [one for one in of.moment.windows(1) if program in (None, one.program)]
    return min(one.end_ms for one in windows)


def _found(of: Standing, span: Span) -> Deviations:
    """Volume and handle time of each local day that the shift touches; people as the live state has
    them."""
    plan, volume, aht = of.moment.plan, dict[Any, Any](), dict[Any, Any]()
    for moment_ms in (*range(span.since_ms, span.until_ms, DAY_MS), span.until_ms - 1):
        view = view_of(of.moment.records, of.versions.day(moment_ms), span.until_ms)
        day = deviations(view, plan)
        volume |= {one.key: one for one in day.volume}
        aht |= {one.key: one for one in day.aht}
    return Deviations(tuple(volume.values()), tuple(aht.values()), of.moment.found.staff)


def _incidents(of: Standing, span: Span, program: str | None) -> Sequence[dict[str, Any]]:
    known_ms = min(span.until_ms, of.moment.view.at_ms)
    kept = kept_of(of.moment.plan, span, of.versions, totals(of.store.ledger(*span.where)))
    rows: list[dict[str, Any]] = []
    for key in chosen(kept, program, ()):
        over = [one for one in kept.intervals(key) if one.end_ms <= known_ms]
        rows += incidents(key, over, kept.plan.zone(key.program))
    for name in [program] if program else of.moment.programs:
        rows += unknown_ranges(of.moment, name, span.since_ms, span.until_ms)
    return sorted(rows, key=lambda row: (row["severity"] != "critical", row["start"]))


def _effects(of: Standing, span: Span, program: str | None) -> list[dict[str, Any]]:
    history = of.store.actions(history=True)
    return [
        row
        for action in of.actions
        if action.state != "withdrawn"
        and program in (None, action.program)
        and action.touches(span.since_ms, span.until_ms)
        for row in effect_rows(of.store, of.moment.plan, of.versions, history, action)
    ]


def _restated(of: Standing, span: Span, program: str | None) -> list[dict[str, Any]]:
    """Of intervals of the shift, and what was restated of earlier ones during it."""
    where, told = Selection(programs=(program,) if program else ()).where()
    inside = "(bucket_ms >= ? AND bucket_ms < ?) OR (recorded_ms >= ? AND recorded_ms < ?)"
    bounds = (span.since_ms, span.until_ms) * 2
    found = of.store.history(f"{where} AND state = 'RESTATED' AND ({inside})", (*told, *bounds))
    return [revision_row(of.moment.plan, record) for record in found]


def _alerts(
    url: object, program: str, zone: ZoneInfo
) -> tuple[list[dict[str, Any]] | None, Text | None]:
    """What fires, of one program also what is of none; None with the reason where it is unknown.

    A reason beside rows says that there may be more.
    """
    if not url:
        return None, NOT_ASKED
    try:
        told = asked(str(url), ALERTS_WITHIN_S)
    except UserError as error:  # the rest of the hand-over is worth having
        note(f"error: {error.message}")
        note(f"hint: {error.hint}")
        return None, Text(error.message, error.message)
    if not (told.judged or told.alerts):
        return None, NOT_JUDGED
    rows = [
        {
            "severity": one.severity,
            "alert": one.name,
            "of": one.where,
            "since": one.since if one.since_ms is None else local_text(one.since_ms, zone),
            "summary": one.summary,
            "summary_ja": one.summary_ja,
            "labels": one.labels,
        }
        for one in told.alerts
        if program in ("", one.labels.get("program") or program)
    ]
    return rows, None if told.judged else NOT_JUDGED
