"""The flash: the last planning intervals that are over and the day so far, the worst first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.actions import Action
from streams.days import local_day_start
from streams.moments import local_text
from streams.reports import columns, headline
from streams.reports.document import NONE, UNKNOWN, Report, Section, Text
from streams.reports.intervals import (
    Row,
    group_rows,
    program_row,
    queue_rows,
    site_rows,
    with_staff,
    worst_first,
)
from streams.reports.moment import Moment, Window
from streams.reports.now import action_rows, feed_rows, rest_rows

NOT_LIVE = Text(
    "This store has no live state: feeds, staff of queues and the rest of the day are unknown.",
    "このストアにはライブ状態がないため、データ源・キュー別要員・残り予測は不明です。",
)
NO_PLAN = Text(
    "No forecast of the day is known: deviation and the rest of the day are unknown.",
    "本日の予測がないため、乖離と残り予測は不明です。",
)
NOTHING = Text("nothing recorded", "記録なし")


def flash(
    moment: Moment, actions: Iterable[Action], made_ms: int, count: int = 1, program: str = ""
) -> Report:
    """The report as of a moment, of the last `count` planning intervals; of one program, or of all."""
    windows = [one for one in moment.windows(count) if program in ("", one.program)]
    queues = {window: queue_rows(moment, window) for window in windows}
    days = _so_far(moment, windows)
    day_queues = {window: queue_rows(moment, window) for window in days}
    last = with_staff(moment, _flat(queues), windows)
    sections = (
        Section("last_intervals", Text("Last interval, queues", "直近区間(キュー別)"),
                columns.QUEUES, sorted(last, key=worst_first), NOTHING, _ALIKE),
        Section("last_programs", Text("Last interval, programs", "直近区間(プログラム別)"),
                columns.PROGRAMS, _programs(moment, queues), NOTHING),
        Section("last_groups", Text("Last interval, staff groups", "直近区間(要員グループ別)"),
                columns.GROUPS, [one for at in windows for one in group_rows(moment, at)], NOTHING,
                _PLANNED),
        Section("last_sites", Text("Last interval, sites", "直近区間(拠点別)"),
                columns.SITES, [one for at in windows for one in site_rows(moment, at)], NOTHING,
                _OF_SITES),
        Section("day_so_far", Text("Day so far, queues", "本日累計(キュー別)"),
                columns.DAY, sorted(_flat(day_queues), key=worst_first), NOTHING, _CLOSED),
        Section("day_programs", Text("Day so far, programs", "本日累計(プログラム別)"),
                columns.PROGRAMS, _programs(moment, day_queues), NOTHING, _CLOSED),
        *standing_now(moment, actions, program),
    )  # fmt: skip
    told = {section.key: section.rows for section in sections}
    return Report("flash", Text("Flash report", "速報"), head(moment, made_ms, program),
                  warnings(moment), sections, _headline(moment, queues, told))  # fmt: skip


def _headline(
    moment: Moment,
    queues: Mapping[Window, Sequence[Row]],
    told: Mapping[str, Sequence[headline.Row]],
) -> list[Text]:
    """Of the newest window of each program, and of the day."""
    newest: dict[str, Window] = {}
    for window in queues:  # the newest first
        newest.setdefault(window.program, window)
    rows = _flat({window: queues[window] for window in newest.values()})
    ends = {local_text(one.end_ms, moment.plan.zone(name)) for name, one in newest.items()}
    groups = [one for one in told["last_groups"] if one["end"] in ends]
    return [
        headline.levels(rows, headline.span_of(rows, Text("Last interval", "直近区間"))),
        headline.staffing(groups),
        headline.levels(told["day_so_far"], _DAY),
        headline.volumes(told["day_so_far"], _DAY),
        headline.outlook(told["rest_of_day"]),
        headline.feeds(told["feeds"]),
    ]


_DAY = Text("Day so far", "本日累計")


_ALIKE = Text(
    "Worst gap to its own target first. Required: of the queue by what came; scheduled and there: "
    "all who take its contacts, breaks among the scheduled.",
    "目標との差が悪い順。必要は実績に基づくキュー単独、予定・在席は対応可能な全要員。",
)
_PLANNED = Text(
    "Required: as the plan has it. Scheduled: breaks among it.", "必要は計画値。予定は休憩を含む。"
)
_OF_SITES = Text(
    "Offered, abandoned and service level are of no site where sites share queues (6.5).",
    "着信・放棄・SLは拠点別に存在しません(6.5)。",
)
_CLOSED = Text(
    "Closed intervals only, of what was recorded of the day.",
    "終了した区間のみ(記録のある範囲)。",
)


def standing_now(moment: Moment, actions: Iterable[Action], program: str = "") -> list[Section]:
    """How the day ends, feeds, open actions: as they stand."""
    ahead = [one for one in rest_rows(moment) if program in ("", one["program"])]
    still = [one for one in actions if one.state == "open" and program in ("", one.program)]
    return [
        Section("rest_of_day", Text("Rest of the day", "残り予測"), columns.REST, ahead, UNKNOWN,
                Text("Band: four of five days (M9).", "帯は5日中4日(M9)。")),
        Section("feeds", Text("Feeds", "データ源"), columns.FEEDS, feed_rows(moment), UNKNOWN),
        Section("actions_open", Text("Actions open", "対応中のアクション"), columns.ACTIONS,
                action_rows(moment.plan, still), NONE),
    ]  # fmt: skip


def head(moment: Moment, made_ms: int, program: str) -> dict[str, Any]:
    """What is said of the whole report."""
    zone = moment.plan.zone(program) if program else moment.plan.common_zone()
    known = local_text(moment.view.at_ms, zone) if moment.view.at_ms else None
    return {"program": program, "known_to": known, "made": local_text(made_ms, zone)}


def warnings(moment: Moment) -> list[Text]:
    """What a reader must know before any figure."""
    told = [] if moment.live else [NOT_LIVE]
    return told if moment.view.day_plan.forecasts() else [*told, NO_PLAN]


def _so_far(moment: Moment, windows: Iterable[Window]) -> list[Window]:
    """The local day of each program from its first record to the end of its newest window."""
    found = []
    for program, end in sorted({(one.program, one.end_ms) for one in windows}):
        if any(one.program == program and one.end_ms > end for one in windows):
            continue
        midnight = local_day_start(moment.plan, program, end - 1)
        starts = [
            one.bucket_ms
            for one in moment.records
            if one.program == program and midnight <= one.bucket_ms < end
        ]
        found.append(Window(program, min(starts, default=midnight), end))
    return found


def _flat(by_window: Mapping[Window, Sequence[Row]]) -> list[Row]:
    return [row for rows in by_window.values() for row in rows]


def _programs(moment: Moment, queues: dict[Window, list[Row]]) -> list[Row]:
    found = (program_row(moment, window, rows) for window, rows in queues.items())
    return [row for row in found if row is not None]
