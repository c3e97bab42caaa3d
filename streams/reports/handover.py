"""The hand-over of a shift: what happened, what was done, what is open, what is expected."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from schemas.actions import Action
from streams.moments import local_text
from streams.planning.deviation import Deviations
from streams.reports import columns, headline
from streams.reports.coming import coming_rows
from streams.reports.document import NONE, UNKNOWN, Column, Report, Section, Text
from streams.reports.flash import NOTHING, head, standing_now, warnings
from streams.reports.intervals import program_row, queue_rows, worst_first
from streams.reports.moment import Moment, Window
from streams.reports.now import action_rows, away_counts, away_people

Row = dict[str, Any]


class Shift(NamedTuple):
    """What is told of a shift, [since, until) ms; of one program, or of all ("")."""

    since_ms: int
    until_ms: int
    program: str
    found: Deviations
    """Of the volume and handle time of its intervals."""
    incidents: Sequence[Row]
    actions: Sequence[Action]
    """As they stand, of any time."""
    effects: Sequence[Row]
    """What followed those that touch the shift (effect.measured)."""
    restated: Sequence[Row]
    alerts: Sequence[Row] | None
    """None: not known here."""
    alerts_why: Text | None
    names: bool
    """Whether people may be named."""


def handover(moment: Moment, shift: Shift, made_ms: int) -> Report:
    """The report. People are named only where `shift.names` says so; else they are counted."""
    until = 2 * shift.until_ms - shift.since_ms
    ahead = [one for one in coming_rows(moment, until) if shift.program in ("", one["program"])]
    touched = [one for one in shift.actions if _touches(one, shift)]
    sections = (
        *_figures(moment, shift),
        Section("incidents", Text("What happened", "発生事象"), _INCIDENTS, shift.incidents, NONE,
                _LIMITS),
        Section("actions", Text("Actions of the shift", "シフト中のアクション"), columns.ACTIONS,
                action_rows(moment.plan, touched), NONE),
        Section("effects", Text("What followed them", "アクションの効果"), _EFFECTS, shift.effects,
                NONE, Text("By the ledger; people are those of the program.", "記録に基づく。")),
        Section("restated", Text("Restated", "修正された値"), _RESTATED, shift.restated, NONE),
        Section("alerts", Text("Alerts now", "発報中のアラート"), _ALERTS, shift.alerts or (),
                UNKNOWN if shift.alerts is None else NONE, shift.alerts_why),
        *standing_now(moment, shift.actions, shift.program),
        Section("coming_shift", Text("Coming shift", "次のシフト"), _COMING, ahead, UNKNOWN,
                _UP_TO_MIDNIGHT),
        _away(moment, shift),
    )  # fmt: skip
    zone = moment.plan.zone(shift.program) if shift.program else moment.plan.common_zone()
    told = head(moment, made_ms, shift.program) | {
        "from": local_text(shift.since_ms, zone),
        "to": local_text(shift.until_ms, zone),
    }
    title = Text("Shift hand-over", "シフト引き継ぎ")
    of = {section.key: section.rows for section in sections}
    said = [
        headline.levels(of["shift_queues"], _SHIFT),
        headline.volumes(of["shift_queues"], _SHIFT),
        headline.happened(of["incidents"]),
        headline.outlook(of["rest_of_day"]),
        headline.coming(of["coming_shift"]),
        headline.feeds(of["feeds"]),
    ]
    return Report("handover", title, told, warnings(moment), sections, said)


def _touches(one: Action, shift: Shift) -> bool:
    of_shift = one.state != "withdrawn" and shift.program in ("", one.program)
    return of_shift and one.touches(shift.since_ms, shift.until_ms)


def _figures(moment: Moment, shift: Shift) -> Iterable[Section]:
    of = moment._replace(found=shift.found)
    queues, programs = list[Row](), list[Row]()
    for name in of.programs:
        if shift.program not in ("", name):
            continue
        starts = [
            one.bucket_ms
            for one in of.records
            if one.program == name and shift.since_ms <= one.bucket_ms < shift.until_ms
        ]
        window = Window(name, min(starts, default=shift.since_ms), shift.until_ms)
        rows = queue_rows(of, window)
        queues += rows
        programs += [row for row in (program_row(of, window, rows),) if row is not None]
    return (
        Section("shift_queues", Text("The shift, queues", "シフト実績(キュー別)"), columns.DAY,
                sorted(queues, key=worst_first), NOTHING, _SINCE),
        Section("shift_programs", Text("The shift, programs", "シフト実績(プログラム別)"),
                columns.PROGRAMS, programs, NOTHING, _SINCE),
    )  # fmt: skip


def _away(moment: Moment, shift: Shift) -> Section:
    title = Text("Out of schedule now", "予定外の要員")
    rows = away_people(moment) if shift.names else away_counts(moment)
    rows = [one for one in rows if shift.program in ("", one["program"])]
    note = None if shift.names else _COUNTED
    nothing = NONE if moment.live else UNKNOWN
    return Section(
        "out_of_schedule", title, _PEOPLE if shift.names else _COUNTS, rows, nothing, note
    )


_SHIFT = Text("The shift", "シフト実績")
_LIMITS = Text(
    "Service level as ServiceLevelLow alerts: below 0.8 of its target, critical below 0.6 twice in a "
    "row. Points of the gap to the planned level.",
    "SLは目標の0.8未満(0.6未満が2区間連続で重大)。寄与は計画SLとの差(pt)。",
)
_SINCE = Text("Of what was recorded of the shift.", "シフト中に記録された範囲。")
_UP_TO_MIDNIGHT = Text(
    "As long as this one, up to midnight; behind it `plan week` has the plan. Staff: of all who take the "
    "queue's contacts, in the interval with the largest gap to the lower bound. At risk: short by the "
    "upper bound only.",
    "同じ長さの次のシフト(当日24時まで)。要員は対応可能な全員、不足(下限比)が最大の区間。要注意は上限のみ不足。",
)
_COUNTED = Text(
    "People are counted, not named: [staff] show_staff and personal_figures would name them.",
    "氏名は表示しません([staff] show_staff と personal_figures で表示)。",
)
_KIND = Column("kind", Text("What", "事象"), "word")
_FOUND = Column("found", Text("What", "内容"), "word")
_INCIDENTS = (
    *(columns.START, columns.END, columns.PROGRAM, columns.QUEUE, _KIND),
    Column("severity", Text("Severity", "重大度"), "word"),
    *(columns.LEVEL, Column("worst", Text("Worst", "最低"), "share", "offered"), columns.TARGET),
    *(columns.OFFERED, columns.FORECAST),
    Column("cause", Text("Main cause", "主因"), "word"),
    Column("by_volume", Text("Volume", "件数"), "points"),
    Column("by_aht", Text("Handle time", "処理時間"), "points"),
    Column("by_staff", Text("Staff", "要員"), "points"),
    Column("by_unmodelled", Text("Unmodelled", "モデル外"), "points"),
    columns.COMPLETE,
)
_EFFECTS = (
    Column("action", Text("Action", "番号"), "count"),
    Column("span", Text("Span", "期間"), "word"),
    *(columns.START, columns.END),
    Column("service_level", Text("SL", "SL"), "share", "offered"),
    *(columns.OFFERED, columns.FORECAST, columns.DEVIATION),
    Column("projected", Text("Projected", "見込"), "count"),
    *(columns.ASA, columns.ABANDONED, columns.AHT),
    Column("available_fte", Text("There", "在席"), "fte"),
    Column("required_fte", Text("Required", "必要"), "fte"),
    columns.STATE,
)
_RESTATED = (
    columns.START,
    columns.PROGRAM,
    columns.QUEUE,
    columns.SITE,
    Column("basis", Text("Basis", "基準")),
    Column("revision", Text("Revision", "改訂"), "count"),
    Column("reason", Text("Reason", "理由")),
    Column("old", Text("Was", "旧値")),
    Column("new", Text("Is", "新値")),
    Column("recorded", Text("Recorded", "記録時刻")),
)
_ALERTS = (
    Column("severity", Text("Severity", "重大度"), "word"),
    Column("alert", Text("Alert", "アラート")),
    Column("of", Text("Of", "対象")),
    Column("since", Text("Since", "発報時刻")),
    Column("summary", Text("Summary", "内容"), key_ja="summary_ja"),
)
_COMING = (
    *(columns.START, columns.END, columns.PROGRAM, columns.QUEUE),
    Column("staffing", Text("Staffing", "要員"), "word"),
    Column("gap", Text("Gap, FTE", "過不足"), "score"),
    Column("gap_at", Text("At", "時刻"), "clock"),
    Column("required_low", Text("Required, low", "必要(下)"), "fte"),
    Column("required_high", Text("Required, high", "必要(上)"), "fte"),
    Column("expected", Text("Expected", "見込"), "fte"),
    columns.SCHEDULED,
    *(columns.FORECAST, Column("projected", Text("Projected", "着地見込"), "count")),
    Column("level_low", Text("Lowest SL", "最低SL"), "share"),
    Column("level_at", Text("At", "時刻"), "clock"),
    columns.TARGET,
    Column("model", Text("Model", "モデル")),
)
_COUNTS = (
    *(columns.PROGRAM, columns.GROUP, columns.SITE, _FOUND),
    Column("staff", Text("People", "人数"), "count"),
)
_PEOPLE = (
    *(columns.PROGRAM, columns.GROUP, columns.SITE, Column("staff", Text("Who", "要員"))),
    _FOUND,
    Column("since", Text("Since", "開始"), "clock"),
    Column("planned", Text("Planned", "予定")),
    Column("state", Text("State", "状態")),
)
