"""The board's staffing table: who is there against what was asked, and who deserves attention."""

from dataclasses import dataclass, replace
from math import isfinite, isnan
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from kernels.columns import STAFF_ROW
from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.board.words import UNKNOWN, Language, duration, percent, word
from streams.days import local_day_start
from streams.exposition.standing import known_programs
from streams.kpis import Value, value
from streams.planning.net import net_staff
from streams.planning.rest import Rest
from streams.view import CellKey, ChatsNow, QueueKey, View

AT_WORK = ("available", "ringing", "handling", "acw")
NOT_WAITING = ("ringing", "handling", "acw", "aux")
"""States in which somebody may have been for too long."""
SHOWN_PEOPLE = 5
WIDER = 124
"""Columns of the terminal from which the schedule and net staff are shown."""
Row = dict[str, int]


class Ahead(NamedTuple):
    """FTE of what is left of the open interval: scheduled, and expected less required; NaN: unknown."""

    scheduled: float
    low: float
    high: float


@dataclass(frozen=True)
class Group:
    """A staffing group over all its sites at this moment."""

    name: str
    program: str
    known: bool
    states: dict[str, int]
    requested: float | None
    """FTE asked for in the open interval; None where nobody has said."""
    today: Row
    attention: dict[str, int]
    net: int
    chats: ChatsNow | None = None
    """Chats held of slots offered now; None where nothing is known of either."""
    longest: tuple[int, str] | None = None
    """Since when, ms, and in which state the one is who has been longest in it; none who waits."""
    ahead: Ahead | None = None
    """None where nothing is known of the rest of the day."""

    @property
    def there(self) -> int:
        """People available, ringing, handling or in after-call work."""
        return sum(self.states.get(state, 0) for state in AT_WORK)

    @property
    def gap(self) -> float:
        """People there less FTE asked for."""
        return self.there - (self.requested or 0.0)

    @property
    def out(self) -> int:
        """People who are not where the schedule has them; not those still with a contact."""
        return sum(self.attention.get(found, 0) for found in ("out_of_schedule", "no_show"))

    def today_value(self, key: str) -> Value:
        """A KPI of the local day so far."""
        return value(KPIS[key], self.today)


def groups(view: View, plan: Plan, now_ms: int, rest: Rest | None = None) -> list[Group]:
    """Every staffing group, those first that lack most; unknown ones last."""
    ahead = _ahead(plan, rest)
    found = [
        replace(_group(view, plan, now_ms, key), ahead=ahead.get((key.program, key.queue)))
        for key in view.groups
    ]
    return sorted(found, key=lambda one: (not one.known, one.gap, one.name))


def _ahead(plan: Plan, rest: Rest | None) -> dict[tuple[str, str], Ahead]:
    """Of each group over its sites, as what the plan says of each of them is added."""
    found: dict[tuple[str, str], Ahead] = {}
    if rest is None:
        return found
    net = net_staff(rest.pools, rest.ahead)
    for place, group in enumerate(plan.groups):
        at = net.at(place, rest.at_ms)
        if at is None:
            continue
        there = net.there[at]
        bounds = (float(there - net.high[at]), float(there - net.low[at]))
        here = Ahead(float(net.heads[at]), *bounds)
        of, nothing = (group.program, group.group), Ahead(0.0, 0.0, 0.0)
        found[of] = Ahead(*(a + b for a, b in zip(found.get(of, nothing), here, strict=True)))
    return found


def _group(view: View, plan: Plan, now_ms: int, key: QueueKey) -> Group:
    states: dict[str, int] = {}
    for at, told in view.people.items():
        if _of(at, key):
            for state, now in told.items():
                states[state] = states.get(state, 0) + now.staff
    counts: dict[str, int] = {}
    for at, found in view.attention.counts.items():
        if _of(at, key):
            for name, count in found.items():
                counts[name] = counts.get(name, 0) + count
    midnight = local_day_start(plan, key.program, now_ms)
    here = {at: row for at, row in zip(view.staff.keys, view.staff.columns, strict=True)
            if _of(at, key) and at.start_ms == now_ms // BUCKET_MS * BUCKET_MS}  # fmt: skip
    asked = sum(int(row[STAFF_ROW.index("req_fte_ms")]) for row in here.values())
    today: Row = {}
    for at, row in zip(view.day_staff.keys, view.day_staff.columns.tolist(), strict=True):
        if _of(at, key) and at.start_ms >= midnight:
            for name, count in zip(STAFF_ROW, row, strict=True):
                today[name] = today.get(name, 0) + count
    return Group(
        key.queue,
        key.program,
        key.program in known_programs(view),
        states,
        asked / BUCKET_MS if asked else None,
        today,
        counts,
        sum(net for at, net in view.attention.net.items() if _of(at, key)),
        _chats(view, key),
        _longest(view, key),
    )


def _chats(view: View, key: QueueKey) -> ChatsNow | None:
    here = [now for at, now in view.chats.items() if _of(at, key)]
    held, slots = sum(now.held for now in here), sum(now.slots for now in here)
    return ChatsNow(held, slots) if here else None


def _longest(view: View, key: QueueKey) -> tuple[int, str] | None:
    found = [
        (now.since_ms, state)
        for at, told in view.people.items()
        if _of(at, key)
        for state, now in told.items()
        if state in NOT_WAITING
    ]
    return min(found, default=None)


def _of(at: CellKey, group: QueueKey) -> bool:
    return at[:3] == group


def staff_table(shown: list[Group], width: int, now_ms: int, lang: Language) -> Table:
    """One line a group. A group that lacks people says so by sign, not only by colour."""
    wide, wider = width >= 100, width >= WIDER
    ahead = wider and any(one.ahead is not None for one in shown)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    columns = ["group", "there", "requested", "gap", "available", "busy", "aux", "out"]
    columns += ["occupancy", "adherence", "attained"] if wide else []
    columns += ["longest_state"] if wider else []
    for key in (*columns, *(("scheduled", "net") if ahead else ())):
        side = "left" if key == "group" else "right"
        table.add_column(word(key, lang), justify=side, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for one in shown:
        cells = _row(one, wide) if one.known else []
        if one.known and wider:
            cells.append(Text(_longest_text(one, now_ms, lang)))
        unknown = [Text(UNKNOWN, style="yellow") for _ in columns[1:]]
        table.add_row(Text(one.name), *(cells or unknown), *(_next(one, lang) if ahead else ()))
    return table


def _longest_text(one: Group, now_ms: int, lang: Language) -> str:
    if one.longest is None:
        return ""
    since_ms, state = one.longest
    return f"{word(state, lang).lower()} {duration(now_ms - since_ms)}"


def _row(one: Group, wide: bool) -> list[Text]:
    states = one.states
    busy = states.get("handling", 0) + states.get("acw", 0)
    cells = [
        Text(str(one.there)),
        Text("" if one.requested is None else f"{one.requested:.1f}"),
        _gap(one),
        Text(str(states.get("available", 0) + states.get("ringing", 0))),
        Text(str(busy)),
        Text(str(states.get("aux", 0))),
        Text(
            f"{one.out} ({one.net:+d})" if one.out else "0", style="bold red" if one.net > 0 else ""
        ),
    ]
    if wide:
        kpis = ("occupancy", "adherence_shift_all", "attainment_dev")
        cells += [Text(percent(one.today_value(key))) for key in kpis]
    return cells


def _next(one: Group, lang: Language) -> list[Text]:
    """`12.0` and `-1.5..+0.5`, red where even the better bound lacks people."""
    told = one.ahead
    if not one.known or told is None:
        return [Text(UNKNOWN if told is None else "", style="yellow") for _ in range(2)]
    scheduled = UNKNOWN if isnan(told.scheduled) else f"{told.scheduled:.1f}"
    return [Text(scheduled), Text(net_text(told), style="bold red" if told.high < 0 else "")]


def net_text(told: Ahead) -> str:
    """The bounds of net staff, one where they are the same; `--` unknown."""
    if not (isfinite(told.low) and isfinite(told.high)):
        return UNKNOWN
    low, high = f"{told.low:+.1f}", f"{told.high:+.1f}"
    return high if low == high else f"{low}..{high}"


def _gap(one: Group) -> Text:
    if one.requested is None:
        return Text("")
    lacks = one.gap < 0
    return Text(f"{one.gap:+.1f}" + (" ▼" if lacks else ""), style="bold red" if lacks else "green")


def people_rows(
    view: View, now_ms: int, lang: Language, most: int = SHOWN_PEOPLE
) -> list[tuple[str, str, str, str]]:
    """Who deserves attention, group, why and for how long; those first whose return changes most.

    Of a program that is not heard nobody knows who came meanwhile: none of its people are named.
    """
    known = known_programs(view)
    return [
        (one.staff, one.group, word(one.found, lang), duration(now_ms - one.since_ms))
        for one in [one for one in view.attention.people if one.program in known][:most]
    ]


def people_lines(view: View, now_ms: int, lang: Language) -> list[str]:
    """The same as lines."""
    rows = people_rows(view, now_ms, lang)
    return [f"{name} ({group}): {found} {ago}" for name, group, found, ago in rows]


def plain_groups(shown: list[Group], lang: Language) -> list[str]:
    """One line a group, for logs."""
    return [
        f"{one.program}/{one.name}: "
        + (
            f"{word('there', lang)} {one.there}, {word('requested', lang)} "
            f"{'-' if one.requested is None else f'{one.requested:.1f}'}, "
            f"{word('out', lang)} {one.out}"
            if one.known
            else f"{word('unknown', lang)} {UNKNOWN}"
        )
        for one in shown
    ]
