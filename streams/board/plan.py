"""The board's table of the plan: what was due and came, whether that is noise, how the day will end."""

from dataclasses import dataclass
from math import ceil, isfinite, isnan, nan
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from schemas.actions import Action
from schemas.targets import Plan
from streams.board.words import NO_TRAFFIC, UNKNOWN, Language, percent, word
from streams.exposition.standing import known_programs
from streams.moments import local_text
from streams.planning.deviation import Deviation, by_queue, deviations, so_far
from streams.planning.outlook import Outlook, outlooks
from streams.planning.rest import Rest
from streams.view import CellKey, View

WIDE = 124
"""Columns of the terminal from which the models' figures are shown."""
AT_RISK, LOST = 0.95, "!"
"""A level needed above this is seldom reached; above 1 it cannot be."""
SIGNAL_RATIO, SIGNAL_SCORE = 0.10, 2.0
"""A deviation is a signal where it is large in percent and in deviations of chance; one alone is not."""


class Next(NamedTuple):
    """What the models say of a queue. FTE are of what is left of the open interval; NaN: unknown."""

    required: float
    expected: float
    low: float
    high: float
    """Service level of the day as it is going to end, at worst and at best."""
    needed: float
    """Level of the rest of the day that reaches the target."""
    target: float | None
    model: str
    unforeseen: float = 0.0
    """Contacts of the day that came where none were forecast."""


@dataclass(frozen=True)
class Line:
    """A queue's day against the plan."""

    name: str
    program: str
    known: bool
    forecast: float
    """Of the whole day, official."""
    outlook: Outlook | None
    """None before the feeds have spoken of today."""
    today: Deviation | None
    """The day so far; None with the outlook."""
    ahead: Next | None = None
    """None where nothing is known of the rest of the day."""

    @property
    def due(self) -> float:
        """Contacts that should have come by now."""
        return self.today.expected if self.today is not None else 0.0

    @property
    def day(self) -> float:
        """Contacts of the whole day as it is going to end, those that no forecast expected among them."""
        if self.outlook is None:
            return nan
        return self.outlook.day + (self.ahead.unforeseen if self.ahead is not None else 0.0)

    @property
    def ratio(self) -> float | None:
        """The day so far: share above (below) what was due."""
        return self.today.ratio if self.today is not None else None

    @property
    def score(self) -> float | None:
        """The same in deviations of chance."""
        return self.today.score if self.today is not None else None

    @property
    def is_signal(self) -> bool:
        """Whether the day so far differs from the plan by more than noise and by more than little."""
        if self.ratio is None or self.score is None:
            return False
        return abs(self.ratio) >= SIGNAL_RATIO and abs(self.score) >= SIGNAL_SCORE


def lines(view: View, plan: Plan, told: Rest | None = None) -> list[Line]:
    """Every queue with a plan of today, those first that deviate most; unknown ones last."""
    found = deviations(view, plan)
    rest, known, begun = outlooks(view, plan, found), known_programs(view), by_queue(found.volume)
    ahead = _ahead(told, plan)
    shown = [
        Line(
            *(key.queue, key.program, key.program in known),
            *(sum(one.amount for one in curve), rest.get(key)),
            so_far(begun[key]) if key in begun else None,
            ahead.get(key),
        )
        for key, curve in view.day_plan.forecasts().items()
    ]
    return sorted(shown, key=lambda one: (not one.known, -abs(one.score or 0.0), one.name))


def _ahead(told: Rest | None, plan: Plan) -> dict[CellKey, Next]:
    found: dict[CellKey, Next] = {}
    if told is None:
        return found
    levels, of = told.levels, told.ahead
    for queue, key in enumerate(told.curves.keys):
        at, end = told.rows(queue).start, told.rows(queue).stop
        begun = at < end and told.curves.start[of.volume.row[at]] <= told.at_ms
        found[key] = Next(
            float(of.required[at]) if begun else nan,
            float(of.staff[at]) if begun else nan,
            float(levels.low[queue]),
            float(levels.high[queue]),
            float(levels.needed[queue]),
            plan.target_at(key.queue, told.at_ms).service_level,
            told.models(at) if at < end else "",
            float(levels.offered[queue] - told.today.came[queue]),
        )
    return found


def unplanned(view: View) -> list[CellKey]:
    """Queues that take contacts and of which the plan says nothing today: unknown, not zero."""
    keys = [CellKey._make((*queue, "", 0)) for queue in view.queues]
    planned = view.day_plan.official
    return [key for key in keys if key not in planned] if planned else []


def left_out_lines(shown: list[Line], plan: Plan, lang: Language) -> list[str]:
    """Which ranges the rest of the day does not learn from, of which queues, and why."""
    queues: dict[Action, list[str]] = {}
    for one in shown:
        for action in one.outlook.left_out if one.outlook is not None else ():
            queues.setdefault(action, []).append(one.name)
    told = []
    for action, names in sorted(queues.items(), key=lambda item: item[0].number):
        zone = plan.zone(action.program)
        start, end = (local_text(at, zone)[11:16] for at in (action.start, action.end))
        told.append(
            f"{word('left_out', lang)}: {start}-{end} {', '.join(names)}: {action.reason} "
            f"({action.by}, act {action.number})"
        )
    return told


def plan_table(shown: list[Line], lang: Language, missing: int = 0, width: int = 80) -> Table:
    """One line a queue; what the models say where there is room."""
    wide = width >= (WIDE if lang == "en" else WIDE + 16)  # Japanese headings are twice as wide
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    columns = ["planned_queue", "due", "came", "deviation", "rest", "day_end", "forecast"]
    for key in (*columns, *(("required", "expected", "level_end", "level_needed") if wide else ())):
        side = "left" if key == "planned_queue" else "right"
        table.add_column(word(key, lang), justify=side, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for one in shown:
        table.add_row(*_row(one), *(_models(one) if wide else ()))
    if missing:
        table.add_row(missing_text(missing, lang))
    return table


def missing_text(missing: int, lang: Language) -> str:
    """`+3 queues without a plan of today`."""
    return f"+{missing} {word('no_plan', lang)}"


def _row(one: Line) -> list[Text]:
    name = Text(one.name)
    if not one.known:
        return [name, *(Text(UNKNOWN, style="yellow") for _ in range(5)), _count(one.forecast)]
    if one.outlook is None:
        return [name, *(Text(NO_TRAFFIC) for _ in range(5)), _count(one.forecast)]
    return [
        name,
        _count(one.due),
        _count(one.outlook.came),
        deviation_text(one),
        _count(one.outlook.remaining),
        _count(one.day),
        _count(one.forecast),
    ]


def _models(one: Line) -> list[Text]:
    """Required and expected FTE, the day's end, the level needed; unknown is `--`."""
    told = one.ahead
    if not one.known or told is None:
        return [Text(UNKNOWN, style="yellow") for _ in range(4)]
    lacks = told.expected < told.required
    return [
        Text(_fte(told.required)),
        Text(_fte(told.expected) + (" ▼" if lacks else ""), style="bold red" if lacks else ""),
        Text(level_end(told), style=_style(told)),
        Text(needed_text(told), style="bold red" if told.needed > AT_RISK else ""),
    ]


def _fte(fte: float) -> str:
    return f"{fte:.1f}" if isfinite(fte) else UNKNOWN


def level_end(told: Next) -> str:
    """`78-83%`, or one of the two where they are the same."""
    if isnan(told.low):
        return UNKNOWN
    low, high = percent(told.low, 0), percent(told.high, 0)
    return high if low == high else f"{low.removesuffix('%')}-{high}"


def _style(told: Next) -> str:
    return "bold red" if told.target is not None and told.high < told.target else ""


def needed_text(told: Next) -> str:
    """`81%`, rounded up: 80.1 % is not reached by 80; above 100 % no rest of day reaches the target."""
    if isnan(told.needed):
        return UNKNOWN
    return f">100% {LOST}" if told.needed > 1 else f"{ceil(told.needed * 100 - 1e-9)}%"


def _count(contacts: float) -> Text:
    return Text(f"{contacts:,.0f}")


def deviation_text(one: Line) -> Text:
    """`+12.0% z+3.1 ▲`: an arrow only where it is a signal, and only then in colour."""
    if one.ratio is None or one.score is None:
        return Text(NO_TRAFFIC)
    told = f"{one.ratio:+.1%} z{one.score:+.1f}"
    if not one.is_signal:
        return Text(told, style="dim")
    return Text(f"{told} {'▲' if one.ratio > 0 else '▼'}", style="bold red")


def plain_plan(shown: list[Line], lang: Language) -> list[str]:
    """One line a queue, for logs."""
    told = []
    for one in shown:
        if not one.known or one.outlook is None:
            why = word("unknown", lang) if not one.known else word("no_traffic", lang)
            told.append(
                f"{one.program}/{one.name}: {word('forecast', lang)} {one.forecast:,.0f}, {why}"
            )
            continue
        told.append(
            f"{one.program}/{one.name}: {word('due', lang)} {one.due:,.0f}, "
            f"{word('came', lang)} {one.outlook.came:,.0f} ({deviation_text(one).plain}), "
            f"{word('day_end', lang)} {one.day:,.0f}, "
            f"{word('forecast', lang)} {one.forecast:,.0f}{_plain_models(one.ahead, lang)}"
        )
    return told


def _plain_models(told: Next | None, lang: Language) -> str:
    if told is None:
        return ""
    parts = (
        ("required", _fte(told.required)),
        ("expected", _fte(told.expected)),
        ("level_end", level_end(told)),
        ("level_needed", needed_text(told)),
    )
    named = ", ".join(f"{word(key, lang)} {text}" for key, text in parts)
    return f", {named} ({told.model})"
