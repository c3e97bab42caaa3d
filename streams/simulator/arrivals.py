"""From the call to the entry into the human queue: blocked, served or lost by the IVR, or queued."""

from datetime import date, datetime

from streams.simulator.curve import DAY_SHAPE, LEVEL_SHAPE, Curve, Rise, open_span
from streams.simulator.settings import SimulatorSettings
from streams.simulator.visit import Visit
from streams.simulator.wire import IVR_SOURCE
from streams.simulator.world import World

_LEVEL = 1.08
"""Load around the clock, as a part of the peak: nobody is at table then."""
_IVR_S, _IVR_SPREAD = 35.0, 0.6


def expected_calls(
    settings: SimulatorSettings, queue: str, day: date, span: tuple[int, int]
) -> float:
    """Calls of a queue on an ordinary local day that is open over `span` (UTC ms)."""
    return expected_contacts(settings, settings.queues[queue].calls_per_day, day, span)


def expected_contacts(
    settings: SimulatorSettings, per_day: float, day: date, span: tuple[int, int]
) -> float:
    """What `per_day` at scale 1 comes to on an ordinary local day open over `span` (UTC ms)."""
    contacts = per_day * settings.scale
    if settings.around_the_clock:
        hours = open_span(day, settings.opens, settings.closes, settings.zone)
        contacts *= _LEVEL * (span[1] - span[0]) / (hours[1] - hours[0]) * max(DAY_SHAPE)
        contacts /= sum(DAY_SHAPE) / len(DAY_SHAPE)
    return contacts


class Arrivals:
    """Customers who call, queue by queue."""

    def __init__(self, world: World) -> None:
        self._world = world

    def open_day(self, queue: str, day: date, span: tuple[int, int]) -> None:
        """Appoint the first call of a queue on a local day that is open over `span` (UTC ms)."""
        settings = self._world.settings
        shape = LEVEL_SHAPE if settings.around_the_clock else DAY_SHAPE
        calls = expected_calls(settings, queue, day, span)
        busy = max(0.5, 1 + settings.habits.busy_day * self._world.draws.normal())
        self._appoint(queue, Curve(span, shape, calls * busy))

    def surge(self, queue: str, span: tuple[int, int], until_ms: int, surge: Rise) -> None:
        """Until `until_ms` (`surge.times` - 1) as many calls as usual on top of the day's."""
        settings = self._world.settings
        shape = LEVEL_SHAPE if settings.around_the_clock else DAY_SHAPE
        day = datetime.fromtimestamp(span[0] / 1000, settings.zone).date()
        more = expected_calls(settings, queue, day, span) * (surge.times - 1)
        self._appoint(queue, Curve(span, shape, more), until_ms, surge)

    def _appoint(
        self, queue: str, curve: Curve, until_ms: int | None = None, surge: Rise | None = None
    ) -> None:
        world = self._world
        moment = curve.next_after(world.now_ms, world.draws.exponential())
        if moment is not None and (until_ms is None or moment < until_ms):
            world.agenda.at(max(moment, world.now_ms), self._call, queue, curve, until_ms, surge)

    def _call(self, queue: str, curve: Curve, until_ms: int | None, surge: Rise | None) -> None:
        world = self._world
        self._appoint(queue, curve, until_ms, surge)
        rising = surge if surge is not None and surge.rises_ms else None
        if rising is not None and not world.draws.chance(rising.reached(world.now_ms)):
            return
        program = world.settings.queues[queue].program
        settings = world.settings.programs[program]
        visit = world.new_contact(program)
        world.dialled[program] += 1
        reason = self._blocking(program)
        if reason:
            source = IVR_SOURCE if settings.ivr else visit.source
            world.out.say(visit, "blocked", source, queue=queue, reason=reason)
            world.truth.blocked(program, queue, world.now_ms)
            world.refused[program] += 1
            return
        world.take_line(visit)
        if settings.ivr:
            world.out.say(visit, "ivr_entered", IVR_SOURCE)
            length_ms = world.draws.work_ms(_IVR_S, _IVR_SPREAD)
            world.agenda.after(length_ms, self._leave_ivr, visit, queue)
        else:
            world.room.enter(visit, queue)

    def _blocking(self, program: str) -> str:
        world = self._world
        if program in world.closed:
            return "failure"
        trunks = world.settings.programs[program].trunks * world.settings.scale
        if world.in_house[program] >= trunks:
            return "trunks_full"
        return "busy" if world.draws.chance(world.settings.habits.busy) else ""

    def _leave_ivr(self, visit: Visit, queue: str) -> None:
        world, habits = self._world, self._world.settings.habits
        ways = ("self_service", "hung_up", "opt_out", "error")
        shares = (
            habits.self_service,
            habits.ivr_hang_up,
            habits.ivr_opt_out,
            habits.ivr_error,
        )
        result = world.draws.choice((*ways, "queue"), (*shares, max(0.0, 1 - sum(shares))))
        to_people = result not in ("self_service", "hung_up")
        if to_people and visit.program in world.closed:
            result, to_people = "error", False
        world.out.say(visit, "ivr_left", IVR_SOURCE, result=result)
        if to_people:
            world.room.enter(visit, queue)
        else:
            by = "system" if result == "error" else "customer"
            world.out.say(visit, "disconnected", IVR_SOURCE, by=by)
            world.free_line(visit)
