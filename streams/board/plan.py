"""The board's table of the plan: what was due and came, whether that is noise, how the day will end."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from schemas.actions import Action
from schemas.targets import Plan
from streams.board.words import NO_TRAFFIC, UNKNOWN, Language, word
from streams.exposition.standing import known_programs
from streams.moments import local_text
from streams.planning.deviation import Deviation, by_queue, deviations, so_far
from streams.planning.outlook import Outlook, outlooks
from streams.view import CellKey, View

SIGNAL_RATIO, SIGNAL_SCORE = 0.10, 2.0
"""A deviation is a signal where it is large in percent and in deviations of chance; one alone is not."""


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

    @property
    def due(self) -> float:
        """Contacts that should have come by now."""
        return self.today.expected if self.today is not None else 0.0

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


def lines(view: View, plan: Plan) -> list[Line]:
    """Every queue with a plan of today, those first that deviate most; unknown ones last."""
    found = deviations(view, plan)
    rest, known, begun = outlooks(view, plan, found), known_programs(view), by_queue(found.volume)
    told = [
        Line(
            *(key.queue, key.program, key.program in known),
            *(sum(one.amount for one in curve), rest.get(key)),
            so_far(begun[key]) if key in begun else None,
        )
        for key, curve in view.day_plan.forecasts().items()
    ]
    return sorted(told, key=lambda one: (not one.known, -abs(one.score or 0.0), one.name))


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


def plan_table(shown: list[Line], lang: Language, missing: int = 0) -> Table:
    """One line a queue."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for key in ("planned_queue", "due", "came", "deviation", "rest", "day_end", "forecast"):
        side = "left" if key == "planned_queue" else "right"
        table.add_column(word(key, lang), justify=side, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for one in shown:
        table.add_row(*_row(one))
    if missing:
        table.add_row(f"+{missing} {word('no_plan', lang)}")
    return table


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
        _count(one.outlook.day),
        _count(one.forecast),
    ]


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
            f"{word('day_end', lang)} {one.outlook.day:,.0f}, "
            f"{word('forecast', lang)} {one.forecast:,.0f}"
        )
    return told
