"""The plan beside reality. What has no plan, or is unknown, has no sample."""

from bisect import bisect_right
from operator import attrgetter

from schemas.metrics_plan import HORIZONS_H
from schemas.targets import Plan
from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.planning import latency
from streams.planning.beside import Beside
from streams.planning.deviation import Compared, Deviation, compared, days, holding
from streams.planning.outlook import left_out_intervals
from streams.view import Curve, Planned, View

_START = attrgetter("start_ms")


def write_plan(sheet: Sheet, view: View, plan: Plan) -> None:
    """Versions, forecasts and M5 of every queue, group and bot of which the plan says something."""
    for key, curve in view.day_plan.forecasts().items():
        queue = (key.program, key.queue, key.channel)
        sheet.add("cc_plan_version", queue, max(one.version for one in curve))
        published = max(one.published_ms for one in curve)
        sheet.add("cc_plan_published_timestamp_seconds", queue, published / 1000)
        newest = max(one.version for one in view.day_plan.lasting(key))
        sheet.add("cc_plan_newest_version", queue, newest)
        sheet.add("cc_day_forecast_contacts", queue, sum(one.amount for one in curve))
        _write_ahead(sheet, queue, view.day_plan.lasting(key), view.at_ms)
    found, known = compared(view, plan, view.day_plan.official), known_programs(view)
    for name, told in (
        ("cc_interval_latency", latency.open_interval(view)),
        ("cc_day_latency", latency.today(view, plan)),
    ):
        for bot, one in told.items():
            if bot.program in known:
                _write_deviation(sheet, name, bot, one)
    _write_queues(sheet, view, found, known)
    for one in _open(found.staff, view.at_ms, known):
        group = (one.key.site, one.key.program, one.key.queue)
        sheet.add("cc_interval_required_staff", group, one.forecast)
        if one.actual is not None:
            sheet.add("cc_interval_available_staff", group, one.actual)
        if one.ratio is not None:
            sheet.add("cc_interval_staff_deviation_ratio", group, one.ratio)


def _write_ahead(sheet: Sheet, queue: tuple[str, str, str], curve: Curve, now_ms: int) -> None:
    for hours in HORIZONS_H:
        then = _planned(curve, now_ms + hours * 3_600_000)
        if then is not None:
            sheet.add("cc_forecast_contacts", (*queue, f"{hours}h"), then.amount)


def _planned(curve: Curve, moment_ms: int) -> Planned | None:
    """The interval of a curve that holds a moment."""
    at = bisect_right(curve, moment_ms, key=_START) - 1
    return next((one for one in curve[max(0, at) : at + 1] if moment_ms < one.end_ms), None)


def _write_queues(sheet: Sheet, view: View, found: Compared, known: frozenset[str]) -> None:
    for key, today in days(found.volume).items():
        if key.program in known:
            queue = (key.program, key.queue, key.channel)
            sheet.add("cc_day_forecast_contacts_to_date", queue, today.expected)
            _write_deviation(sheet, "cc_day_volume", queue, today)
            sheet.add("cc_day_left_out_intervals", queue, len(left_out_intervals(view, key)))
    for one in _open(found.volume, view.at_ms, known):
        queue = (one.key.program, one.key.queue, one.key.channel)
        sheet.add("cc_interval_forecast_contacts", queue, one.forecast)
        sheet.add("cc_interval_forecast_contacts_to_date", queue, one.expected)
        planned = _planned(view.day_plan.official[one.key._replace(start_ms=0)], one.key.start_ms)
        if planned is not None and planned.aht_s is not None:
            load = planned.amount * planned.aht_s
            sheet.add("cc_interval_forecast_handle_seconds", queue, load)
        _write_deviation(sheet, "cc_interval_volume", queue, one)
    for one in _open(found.aht, view.at_ms, known):
        queue = (one.key.program, one.key.queue, one.key.channel)
        _write_deviation(sheet, "cc_interval_aht", queue, one)


def _write_deviation(sheet: Sheet, of: str, queue: tuple[str, str, str], one: Deviation) -> None:
    if one.ratio is not None:
        sheet.add(f"{of}_deviation_ratio", queue, one.ratio)
    if one.score is not None:
        sheet.add(f"{of}_deviation_score", queue, one.score)


def _open(found: Beside, now_ms: int, known: frozenset[str]) -> list[Deviation]:
    """Of known programs the intervals that hold this moment."""
    return [one for one in holding(found, now_ms) if one.key.program in known]
