"""Schedules: made for tomorrow every evening, changed afterwards, and told as `scheduled` rows.

A day's schedule is official as it stands when the day begins. Later versions are what people go by
all the same, and change what is official only where they restate it.
"""

from datetime import date, time, timedelta
from math import ceil
from typing import NamedTuple

from streams.simulator.attendance import Attendance
from streams.simulator.curve import local_ms
from streams.simulator.draws import Draws
from streams.simulator.shifts import MINUTE_MS, Piece, Shift, planned_shift, shift_spans
from streams.simulator.staff import Person
from streams.simulator.staff_truth import StaffTruth
from streams.simulator.wire import WFM_SOURCE
from streams.simulator.world import World, opens_on

_EVENING, _MORNING = time(18), time(9)
_LEAVE = 0.4
"""Of those away, who said so before the schedule was made: they are not in it."""
_CHANGED_BEFORE, _CHANGED_AFTER = 0.1, 0.08
_RESTATES, _EXCUSED = 0.35, 0.4
_SHIFT_MOVES_MS, _BREAK_MOVES_MS = 30 * MINUTE_MS, 45 * MINUTE_MS
_EVENING_MINUTES = (30, 300)
_NOTICE_S = (1200, 3600)


class Version(NamedTuple):
    """A version of one person's day: its rows, and what they mean without overlap."""

    number: int
    rows: tuple[Piece, ...]
    pieces: tuple[Piece, ...]
    restates: bool = False


class Planner:
    """Makes schedules for those who work on a day, and lets them come."""

    def __init__(
        self, world: World, draws: Draws, truth: StaffTruth, attendance: Attendance
    ) -> None:
        self._world = world
        self._draws = draws
        self._truth = truth
        self._attendance = attendance
        self._begun_ms = 0

    def begin(self, day: date) -> None:
        """Make the schedules of the local day on which the house opens, and of all that follow.

        The house is empty before: what would have begun earlier begins now.
        """
        self._begun_ms = self._world.now_ms
        self._plan(day - timedelta(days=1))
        self._plan(day)
        self._appoint(day + timedelta(days=1))

    def _appoint(self, day: date) -> None:
        agenda = self._world.agenda
        agenda.at(max(self._evening_ms(day), agenda.now_ms), self._next_day, day)

    def _next_day(self, day: date) -> None:
        settled = day - timedelta(days=2)
        midnight_ms = local_ms(settled, time(), self._world.settings.zone) - _SHIFT_MOVES_MS
        self._truth.settle(settled, midnight_ms, self._world.now_ms)
        self._plan(day)
        self._appoint(day + timedelta(days=1))

    def _plan(self, day: date) -> None:
        settings = self._world.settings
        spans = shift_spans(settings, day)
        for place, group in enumerate(self._world.floor.groups):
            programs = {settings.program_of(queue) for queue, _ in group.lines}
            if any(opens_on(settings, program, day) for program in programs):
                published_ms = self._evening_ms(day) + place * MINUTE_MS
                for turn, person in enumerate(group.people):
                    of = turn, len(group.people), len(spans)
                    in_turn = _place(*of) if settings.breaks_in_turns else None
                    span = spans[turn % len(spans)]
                    made = planned_shift(span, group.paid_meals, self._draws, in_turn)
                    self._plan_person(person, day, made, published_ms)

    def _plan_person(self, person: Person, day: date, made: Shift, published_ms: int) -> None:
        draws, absent = self._draws, self._world.settings.habits.absent
        shift = made.since(self._begun_ms)
        fate = draws.uniform() / absent if absent else 1.0
        if shift is None or fate < _LEAVE:
            return
        self._publish(person, day, published_ms, _version(1, shift))
        moved = self._moved(person, day, made, published_ms)
        changed = self._break_moved(person, day, shift) if moved is None else None
        latest = moved or changed
        if fate >= 1:
            self._attendance.expect(person, latest or shift)
        elif draws.chance(_EXCUSED):
            self._excuse(person, day, 3 if latest else 2)

    def _moved(self, person: Person, day: date, made: Shift, published_ms: int) -> Shift | None:
        """The shift half an hour earlier or later, as some are told the same evening."""
        draws = self._draws
        if not draws.chance(_CHANGED_BEFORE):
            return None
        sign = draws.choice((-1, 1), (1, 1))
        moved = made.moved(sign * _SHIFT_MOVES_MS).since(self._begun_ms)
        if moved is not None and moved.start_ms < local_ms(day, time(), self._world.settings.zone):
            return None  # it would belong to the day before
        if moved is not None:
            minutes = round(_EVENING_MINUTES[0] + draws.uniform() * _EVENING_MINUTES[1])
            told_ms = published_ms + minutes * MINUTE_MS
            self._publish(person, day, told_ms, _version(2, moved))
        return moved

    def _break_moved(self, person: Person, day: date, shift: Shift) -> Shift | None:
        """The shift with a break at another time, as some are told during the day."""
        draws = self._draws
        if not shift.breaks or not draws.chance(_CHANGED_AFTER):
            return None
        index = int(draws.uniform() * len(shift.breaks))
        sign = draws.choice((-1, 1), (1, 1))
        changed = shift.with_break_moved(index, sign * _BREAK_MOVES_MS)
        if changed is not None:
            first_ms = shift.breaks[index].start_ms + min(0, sign) * _BREAK_MOVES_MS
            told_ms = max(shift.start_ms, first_ms - draws.between_ms(*_NOTICE_S))
            version = _version(2, changed)._replace(restates=draws.chance(_RESTATES))
            self._publish(person, day, told_ms, version)
        return changed

    def _excuse(self, person: Person, day: date, number: int) -> None:
        """Next morning a day of absence is made leave: a version whose only row lasts no time."""
        midnight_ms = local_ms(day, time(), self._world.settings.zone)
        told_ms = local_ms(day + timedelta(days=1), _MORNING, self._world.settings.zone)
        nothing = Version(number, (Piece("work", midnight_ms, midnight_ms),), (), True)
        self._publish(person, day, told_ms, nothing)

    def _publish(self, person: Person, day: date, at_ms: int, version: Version) -> None:
        agenda = self._world.agenda
        agenda.at(max(at_ms, agenda.now_ms), self._send, person, day, at_ms, version)

    def _send(self, person: Person, day: date, at_ms: int, version: Version) -> None:
        for row in version.rows:
            self._world.out.tell(
                WFM_SOURCE,
                person.home,
                "scheduled",
                at_ms=at_ms,
                group=person.group.name,
                site=person.site,
                staff=person.name,
                day=day.isoformat(),
                version=version.number,
                activity=row.activity,
                start=row.start_ms,
                end=row.end_ms,
                paid="" if row.paid else "no",
                restates="yes" if version.restates else "",
            )
        if version.restates or at_ms < local_ms(day, time(), self._world.settings.zone):
            self._truth.scheduled(person, day, version.pieces)

    def _evening_ms(self, day: date) -> int:
        return local_ms(day - timedelta(days=1), _EVENING, self._world.settings.zone)


def _place(turn: int, people: int, shifts: int) -> float:
    """Where a person stands among those of the same shift, 0 to 1."""
    colleagues = ceil((people - turn % shifts) / shifts)
    return (turn // shifts + 0.5) / colleagues


def _version(number: int, shift: Shift) -> Version:
    return Version(number, shift.rows(), shift.pieces())
