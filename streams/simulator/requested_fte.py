"""Requested FTE: what each client asks of each staffing group, per half hour of tomorrow."""

from datetime import date, time, timedelta

from schemas.keys import BUCKET_MS
from streams.simulator.arrivals import expected_contacts
from streams.simulator.curve import DAY_SHAPE, LEVEL_SHAPE, local_ms
from streams.simulator.draws import Draws
from streams.simulator.staff import Group
from streams.simulator.staff_truth import Key, StaffTruth
from streams.simulator.wire import FORECAST_SOURCE, WFM_SOURCE
from streams.simulator.world import World, on_grid, open_hours, opens_on

HALF_HOUR_MS = 2 * BUCKET_MS
_PUBLISHED, _CHANGED_FROM = time(17), time(7)
_OCCUPANCY = 0.8
_CHANGED = 0.3
"""Days on which a client asks a group for more or less, in some half hours."""
_MOST_CHANGED = 6
_GRAIN = 250
"""Clients ask for quarters of an FTE."""


class Requests:
    """Publishes `fte_requested` the evening before, and what is changed the next morning."""

    def __init__(self, world: World, draws: Draws, truth: StaffTruth) -> None:
        self._world = world
        self._draws = draws
        self._truth = truth
        self._groups: dict[Key, list[Group]] = {}
        for group in world.floor.groups:
            self._groups.setdefault((group.home, group.name, group.site), []).append(group)
        self._servers: dict[str, int] = {}
        for group in world.floor.groups:
            for queue, _ in group.lines:
                self._servers[queue] = self._servers.get(queue, 0) + len(group.people)

    def begin(self, day: date) -> None:
        """Ask for the local day on which the house opens, and for all that follow."""
        self._ask(day)
        self._appoint(day + timedelta(days=1))

    def _appoint(self, day: date) -> None:
        agenda = self._world.agenda
        agenda.at(max(self._published_ms(day), agenda.now_ms), self._next_day, day)

    def _next_day(self, day: date) -> None:
        self._ask(day)
        self._appoint(day + timedelta(days=1))

    def _published_ms(self, day: date) -> int:
        return local_ms(day - timedelta(days=1), _PUBLISHED, self._world.settings.zone)

    def _ask(self, day: date) -> None:
        settings, draws = self._world.settings, self._draws
        begins, ends = on_grid(open_hours(settings, day))
        for key in self._groups:
            if not opens_on(settings, key[0], day):
                continue
            asked = {
                start: self._demand(key, day, (begins, ends), start)
                for start in range(begins, ends, HALF_HOUR_MS)
            }
            for start, milli_fte in asked.items():
                self._publish(key, self._published_ms(day), (start, 1, milli_fte))
            if draws.chance(_CHANGED):
                self._change(key, day, asked)

    def _demand(self, key: Key, day: date, span: tuple[int, int], start_ms: int) -> int:
        """Thousandths of an FTE, in quarters, for the half hour from `start_ms`."""
        settings = self._world.settings
        half_hour = (start_ms - span[0]) // HALF_HOUR_MS
        told = [one.requested[half_hour] for one in self._groups[key] if one.requested]
        if told:
            return max(_GRAIN, round(1000 * sum(told) / _GRAIN) * _GRAIN)
        shape = LEVEL_SHAPE if settings.around_the_clock else DAY_SHAPE
        length = span[1] - span[0]
        weight = shape[(start_ms - span[0]) * len(shape) // length] / sum(shape) * len(shape)
        erlangs = 0.0
        for group in self._groups[key]:
            for name, _ in group.lines:
                per_day, work_s = settings.demand_of(name)
                contacts = expected_contacts(settings, per_day, day, span)
                per_s = contacts * weight / (length / 1000)
                share = len(group.people) / self._servers[name]
                erlangs += per_s * share * work_s
        return max(_GRAIN, round(1000 * erlangs / _OCCUPANCY / _GRAIN) * _GRAIN)

    def _change(self, key: Key, day: date, asked: dict[int, int]) -> None:
        draws = self._draws
        morning_ms = local_ms(day, _CHANGED_FROM, self._world.settings.zone)
        # What is over before anybody is at work is not asked anew: it could be past the horizon.
        starts = [start for start in asked if start + HALF_HOUR_MS > morning_ms]
        first = int(draws.uniform() * len(starts))
        count = 1 + int(draws.uniform() * _MOST_CHANGED)
        factor = draws.choice((0.85, 1.1, 1.2), (1, 1, 1))
        at_ms = morning_ms + draws.between_ms(0, 4 * 3600)
        for start in starts[first : first + count]:
            milli_fte = max(_GRAIN, round(asked[start] * factor / _GRAIN) * _GRAIN)
            self._publish(key, at_ms, (start, 2, milli_fte))

    def _publish(self, key: Key, at_ms: int, asked: tuple[int, int, int]) -> None:
        agenda = self._world.agenda
        if asked[0] + HALF_HOUR_MS <= agenda.now_ms:
            return  # over before the house opened: of nobody, and for a monitor it may be too late
        agenda.at(max(at_ms, agenda.now_ms), self._send, key, at_ms, asked)

    def _send(self, key: Key, at_ms: int, asked: tuple[int, int, int]) -> None:
        start, version, milli_fte = asked
        self._tell(WFM_SOURCE, "fte_requested", key, at_ms, asked)
        if self._world.settings.forecasts and version == 1:
            # The center's own plan requires what the client asked for first.
            self._tell(FORECAST_SOURCE, "fte_required", key, at_ms, asked)
        self._truth.requested(key, start, start + HALF_HOUR_MS, milli_fte)

    def _tell(
        self, source: str, type_: str, key: Key, at_ms: int, asked: tuple[int, int, int]
    ) -> None:
        program, group, site = key
        start, version, milli_fte = asked
        self._world.out.tell(
            source,
            program,
            type_,
            at_ms=at_ms,
            group=group,
            site=site,
            version=version,
            start=start,
            end=start + HALF_HOUR_MS,
            milli_fte=milli_fte,
        )
