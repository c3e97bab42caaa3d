"""A center's deferred work: customers ask, people get to it sooner or later."""

from datetime import date, datetime, timedelta
from typing import Any

from schemas.targets import Queue
from streams.simulator.arrivals import expected_contacts
from streams.simulator.cases.settings import CaseQueueSettings
from streams.simulator.cases.truth import Case, CaseTruth
from streams.simulator.curve import DAY_SHAPE, LEVEL_SHAPE, Curve
from streams.simulator.draws import Draws
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import CASE_SOURCE
from streams.simulator.world import World, open_hours, opens_on

_STREAM = 5
"""Dice of its own, so that a center without cases throws what it always threw."""


def planned_cases(settings: SimulatorSettings) -> dict[str, Queue]:
    """Queues of cases, as the monitor is told of them; none where there is no deferred work."""
    queues = settings.case_floor.queues.items() if settings.cases else ()
    return {
        name: Queue(
            program=one.program,
            channel="deferred",
            due_s=one.due_s,
            clock=one.clock,
            opening_hours=settings.hours_of(one.program),
        )
        for name, one in queues
    }


class CaseHouse:
    """Cases and the account of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._draws = Draws(world.settings.seed, _STREAM)
        self._truth = CaseTruth()
        self._count = 0

    def open_day(self, day: date, span: tuple[int, int]) -> None:
        """Customers of a local day that is open over `span` (UTC ms)."""
        settings = self._world.settings
        shape = LEVEL_SHAPE if settings.around_the_clock else DAY_SHAPE
        for name, one in settings.case_floor.queues.items():
            if one.program in self._world.open_today:
                cases = expected_contacts(settings, one.cases_per_day, day, span)
                self._appoint(name, Curve(span, shape, cases))

    def end_day(self) -> None:
        """A local day ends now."""
        self._truth.day_ended(self._world.now_ms)

    def sources(self) -> list[tuple[str, str]]:
        """(source, program) of all that promise to have told of cases."""
        known = self._world.settings.case_floor.queues.values()
        return list(dict.fromkeys((CASE_SOURCE, one.program) for one in known))

    def rows(self) -> list[dict[str, Any]]:
        """See `CaseTruth.rows`."""
        return self._truth.rows(self._world.now_ms)

    def _appoint(self, queue: str, curve: Curve) -> None:
        now_ms = self._world.now_ms
        moment = curve.next_after(now_ms, self._draws.exponential())
        if moment is not None:
            self._world.agenda.at(max(moment, now_ms), self._come, queue, curve)

    def _come(self, queue: str, curve: Curve) -> None:
        self._appoint(queue, curve)
        world, draws, habits = self._world, self._draws, self._world.settings.case_floor.habits
        of = world.settings.case_floor.queues[queue]
        self._count += 1
        case = Case(world.named(queue, self._count), of.program, queue, self._due(of))
        told: dict[str, Any] = {"case": case.name, "queue": queue}
        if draws.chance(habits.told_due):
            case.due_ms = told["due_at"] = world.now_ms + draws.work_ms(of.due_s, 0.5)
        world.out.tell(CASE_SOURCE, case.program, "case_received", **told)
        self._truth.received(case, world.now_ms)
        if draws.chance(habits.withdrawn):
            world.agenda.after(draws.waiting_ms(of.done_in_s / 2), self._close, case, False)
        self._work_on(case)

    def _work_on(self, case: Case) -> None:
        of = self._world.settings.case_floor.queues[case.queue]
        self._world.agenda.after(
            self._draws.work_ms(of.done_in_s, of.spread), self._close, case, True
        )

    def _close(self, case: Case, done: bool) -> None:
        if case.closed_ms is not None:
            return
        world, habits = self._world, self._world.settings.case_floor.habits
        kind = "case_completed" if done else "case_withdrawn"
        world.out.tell(CASE_SOURCE, case.program, kind, case=case.name)
        self._truth.closed(case, world.now_ms, done)
        if done and self._draws.chance(habits.reopened):
            delay_ms = self._draws.waiting_ms(habits.reopened_after_s)
            world.agenda.after(delay_ms, self._reopen, case)

    def _reopen(self, case: Case) -> None:
        told: dict[str, Any] = {"case": case.name, "queue": case.queue}
        self._world.out.tell(CASE_SOURCE, case.program, "case_reopened", **told)
        self._truth.reopened(case, self._world.now_ms)
        self._work_on(case)

    def _due(self, of: CaseQueueSettings) -> int:
        """When a case that comes now is due."""
        settings, moment, left = self._world.settings, self._world.now_ms, round(of.due_s * 1000)
        if of.clock == "always" or settings.around_the_clock:
            return moment + left
        day = datetime.fromtimestamp(moment / 1000, settings.zone).date()
        while True:
            opens, closes = open_hours(settings, day)
            begin = max(moment, opens)
            if opens_on(settings, of.program, day) and begin < closes:
                if left <= closes - begin:
                    return begin + left
                left -= closes - begin
            day += timedelta(days=1)
