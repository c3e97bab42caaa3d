"""All that is told of people, and the truth about it: put together where it is asked for."""

from datetime import date
from typing import Any

from streams.simulator.attendance import Attendance
from streams.simulator.draws import Draws
from streams.simulator.planner import Planner
from streams.simulator.requested_fte import Requests
from streams.simulator.staff_truth import StaffTruth
from streams.simulator.wire import desk_source
from streams.simulator.world import World

_STREAM = 2
"""Dice of its own, so that a center without staff events throws what it always threw."""


class Staffing:
    """Schedules, requests, attendance, and what is written down of them."""

    def __init__(self, world: World) -> None:
        draws = Draws(world.settings.seed, _STREAM)
        self._world = world
        self._truth = StaffTruth()
        self.attendance = Attendance(world, draws, self._truth)
        self._planner = Planner(world, draws, self._truth, self.attendance)
        self._requests = Requests(world, draws, self._truth)

    def begin(self, day: date) -> None:
        """The house opens on this local day, now."""
        self.attendance.begin()
        self._requests.begin(day)
        self._planner.begin(day)

    def sources(self) -> list[tuple[str, str]]:
        """(source, program) of all that promise to have told what people do."""
        pairs = {(desk_source(one.site), one.home): None for one in self._world.floor.groups}
        return list(pairs)

    def rows(self) -> list[dict[str, Any]]:
        """See `StaffTruth.rows`."""
        return self._truth.rows(self._world.now_ms)
