"""What is in order and comes otherwise than planned: more calls, longer ones, fewer people, no offers."""

from streams.simulator.arrivals import Arrivals
from streams.simulator.attendance import Attendance
from streams.simulator.curve import Rise
from streams.simulator.settings import Outage
from streams.simulator.staff import Person
from streams.simulator.world import World

STRAINS = ("surge", "slow", "absent", "offers_off")


class Strains:
    """Begins and ends them."""

    def __init__(self, world: World, arrivals: Arrivals, attendance: Attendance | None) -> None:
        self._world, self._arrivals, self._attendance = world, arrivals, attendance

    def appoint(self, outage: Outage, start_ms: int, span: tuple[int, int]) -> None:
        """Let it begin at `start_ms`, on a day that is open over `span` (UTC ms)."""
        end_ms = start_ms + round(outage.minutes * 60_000)
        agenda, name = self._world.agenda, outage.name
        rise = Rise(start_ms, round(outage.rises_min * 60_000), outage.times)
        if outage.kind == "surge":
            agenda.at(start_ms, self._arrivals.surge, name, span, end_ms, rise)
        elif outage.kind == "slow":
            agenda.at(start_ms, self._world.slowed.__setitem__, name, rise)
            agenda.at(end_ms, self._as_usual, name)
        elif outage.kind == "absent":
            agenda.at(start_ms, self._send_home, outage, rise, end_ms)
        else:
            agenda.at(start_ms, self._world.unoffered.add, name)
            agenda.at(end_ms, self._world.unoffered.discard, name)

    def _as_usual(self, queue: str) -> None:
        self._world.slowed.pop(queue, None)

    def _send_home(self, outage: Outage, rise: Rise, end_ms: int) -> None:
        """One after the other, evenly over the rise."""
        assert self._attendance is not None
        agenda, groups = self._world.agenda, self._world.floor.groups
        named = [person for one in groups if one.name == outage.name for person in one.people]
        there = [person for person in named if person.on_duty]
        gone: list[Person] = there[: round(outage.share * len(there))]
        for turn, person in enumerate(gone):
            at_ms = rise.since_ms + rise.rises_ms * turn // len(gone)
            agenda.at(at_ms, self._attendance.send_home, person)
            agenda.at(end_ms, self._attendance.call_back, person)
