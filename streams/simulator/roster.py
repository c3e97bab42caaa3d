"""Who works when: shifts over the open hours, a meal and two breaks each, some days off."""

import math
from collections.abc import Iterable, Iterator
from itertools import count

from schemas.groups import StaffingGroup
from streams.simulator.chat.settings import ChatTeam
from streams.simulator.draws import Draws
from streams.simulator.settings import SimulatorSettings, StaffGroup
from streams.simulator.shifts import CLEAR_UP_MS, MINUTE_MS, SHIFTS
from streams.simulator.staff import Group, Line, Person
from streams.simulator.world import World

_BREAKS = ((0.22, 15), (0.48, 60), (0.76, 15))
"""(part of the shift, minutes), each moved a little from person to person."""
_LOAD = 0.72
_ROUND_THE_CLOCK = 3.8
"""People for each who is at work at any hour: three shifts, with breaks and absences."""


def head_count(people: int, scale: float) -> int:
    """People at a scale: the load grows with it, the reserve with its square root.

    So that service levels stay alike, where plain multiplication would bring them near 100 %.
    """
    return max(1, round(people * (_LOAD * scale + (1 - _LOAD) * math.sqrt(scale))))


def recruit(settings: SimulatorSettings) -> list[Group]:
    """All staff, named by site."""
    numbers = {site: count(1) for site in settings.sites}
    callers = [_group(settings, one, numbers[one.site]) for one in settings.staff]
    return callers + [_team(settings, one, numbers[one.site]) for one in settings.chat_teams]


def serving(settings: SimulatorSettings) -> tuple[StaffingGroup, ...]:
    """Whose contacts each staffing group takes, site by site, as the monitor is told of it."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    teams: tuple[StaffGroup | ChatTeam, ...] = (*settings.staff, *settings.chat_teams)
    for one in teams:
        queues = found.setdefault((one.home, one.queues[0], one.site), {})
        queues.update(dict.fromkeys(one.queues))
    return tuple(
        StaffingGroup(program=program, group=group, sites=(site,), serves=tuple(queues))
        for (program, group, site), queues in found.items()
    )


def _group(settings: SimulatorSettings, of: StaffGroup, numbers: Iterator[int]) -> Group:
    lines: list[Line] = [
        (queue, of.site if settings.queues[queue].site_split else "") for queue in of.queues
    ]
    group = Group(of.site, of.home, tuple(lines), of.paid_meals, requested=of.requested)
    return _manned(settings, group, of, numbers)


def _team(settings: SimulatorSettings, of: ChatTeam, numbers: Iterator[int]) -> Group:
    lines = tuple((queue, "") for queue in of.queues)
    group = Group(of.site, of.home, lines, of.paid_meals, of.slots)
    return _manned(settings, group, of, numbers)


def _manned(
    settings: SimulatorSettings, group: Group, of: StaffGroup | ChatTeam, numbers: Iterator[int]
) -> Group:
    heads = head_count(of.people, settings.scale)
    if settings.staff_events and settings.around_the_clock:
        heads = math.ceil(heads * _ROUND_THE_CLOCK)
    for _ in range(heads):
        group.people.append(Person(f"{of.site}-{next(numbers):03d}", of.site, of.home, group))
    return group


class Roster:
    """Sends the people of some groups on and off duty."""

    def __init__(self, world: World, groups: Iterable[Group], draws: Draws) -> None:
        self._world = world
        self._groups = tuple(groups)
        self._draws = draws

    def always(self) -> None:
        """Everybody is on duty from now on."""
        for group in self._groups:
            for person in group.people:
                self._world.floor.come(person)

    def open_day(self, span: tuple[int, int]) -> None:
        """Appoint the shifts of a day that is open over `span` (UTC ms)."""
        draws, habits = self._draws, self._world.settings.habits
        for group in self._groups:
            for i, person in enumerate(group.people):
                absent, jitter = draws.chance(habits.absent), draws.uniform()
                if not absent:
                    for start_ms, end_ms in _duty(span, i, jitter):
                        self._appoint(person, start_ms, end_ms)

    def _appoint(self, person: Person, start_ms: int, end_ms: int) -> None:
        agenda, floor, now_ms = self._world.agenda, self._world.floor, self._world.now_ms
        if end_ms > now_ms:
            agenda.at(max(start_ms, now_ms), floor.come, person)
            agenda.at(end_ms, floor.go, person)


def _duty(span: tuple[int, int], turn: int, jitter: float) -> list[tuple[int, int]]:
    """Spans on duty of the person whose turn it is, between the breaks."""
    opens, closes = span
    begin, end = SHIFTS[turn % len(SHIFTS)]
    start_ms = round(opens + begin * (closes - opens))
    end_ms = round(opens + end * (closes - opens))
    spans, since_ms = [], start_ms
    for part, minutes in _BREAKS:
        at_ms = round(start_ms + (part + 0.12 * (jitter - 0.5)) * (end_ms - start_ms))
        spans.append((since_ms, at_ms))
        since_ms = at_ms + minutes * MINUTE_MS
    return [*spans, (since_ms, end_ms + (CLEAR_UP_MS if end_ms == closes else 0))]
