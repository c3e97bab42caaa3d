"""All of a center's technology: put together where it is asked for."""

from datetime import date
from typing import Any

from schemas.technologies import LatencyTarget, Technologies, Technology
from streams.simulator.arrivals import expected_contacts
from streams.simulator.bots.carrier import Carrier
from streams.simulator.bots.probes import Probes
from streams.simulator.bots.talks import Talks
from streams.simulator.bots.truth import BotTruth
from streams.simulator.curve import DAY_SHAPE, LEVEL_SHAPE, Curve
from streams.simulator.draws import Draws
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import BOT_SOURCE, CARRIER_SOURCE, PROBE_SOURCE
from streams.simulator.world import World

_STREAM = 4
"""Dice of its own, so that a center without bots throws what it always threw."""


def technologies_of(settings: SimulatorSettings) -> Technologies:
    """What the monitor is told of a center's technology; nothing where there is none."""
    if not settings.bots:
        return Technologies()
    listed = {
        name: Technology(
            program=one.program,
            latency=(LatencyTarget(within_s=one.within_s),),
            response_limit_s=one.response_limit_s,
            idle_timeout_s=one.idle_timeout_s,
            opening_hours=settings.hours_of(one.program, one.office_hours),
        )
        for name, one in settings.bot_floor.technologies.items()
    }
    return Technologies(listed=listed)


class BotHouse:
    """Bots, probes, carriers and the account of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._draws = Draws(world.settings.seed, _STREAM)
        self._truth = BotTruth()
        self._probes = Probes(world, self._draws, self._truth.sums)
        self._talks = Talks(world, self._draws, self._truth, self._probes)
        self._carrier = Carrier(world, self._truth)

    def begin(self) -> None:
        """Probe and count from now on."""
        self._probes.begin()
        self._carrier.begin()

    def open_day(self, day: date, span: tuple[int, int]) -> None:
        """Customers of a local day that is open over `span` (UTC ms)."""
        settings, agenda = self._world.settings, self._world.agenda
        shape = LEVEL_SHAPE if settings.around_the_clock else DAY_SHAPE
        for name, one in settings.bot_floor.technologies.items():
            talks = expected_contacts(settings, one.conversations_per_day, day, span)
            if talks and one.program in self._world.open_today:
                self._appoint(name, Curve(span, shape, talks))
        if not settings.around_the_clock:
            self._probes.rest(not span[0] <= agenda.now_ms < span[1])
            for edge_ms, resting in ((span[0], False), (span[1], True)):
                if edge_ms > agenda.now_ms:
                    agenda.at(edge_ms, self._probes.rest, resting)

    def migrate(self, program: str, contact: str, segment: int) -> None:
        """A person may send the customer of a visit on to a bot of the program."""
        settings = self._world.settings.bot_floor
        bots = [
            name
            for name, one in settings.technologies.items()
            if one.program == program and one.conversations_per_day
        ]
        if bots and self._draws.chance(settings.habits.migrated):
            delay_ms = self._draws.waiting_ms(20)
            self._world.agenda.after(delay_ms, self._talks.start, bots[0], contact, segment)

    def put(self, technology: str, status: str) -> None:
        """Break a technology, or repair it: `up`, `degraded` or `down`."""
        self._probes.put(technology, status)

    def sources(self) -> list[tuple[str, str]]:
        """(source, program) of all that promise to have told of technology."""
        known = list(self._world.settings.bot_floor.technologies.values())
        bots = [(BOT_SOURCE, one.program) for one in known if one.conversations_per_day]
        probes = [(PROBE_SOURCE, one.program) for one in known]
        lines = [(CARRIER_SOURCE, one.program) for one in known if one.counted]
        return list(dict.fromkeys(bots + probes + lines))

    def rows(self) -> list[dict[str, Any]]:
        """See `BotTruth.rows`; what is believed of a technology counts up to now."""
        sums = self._truth.sums.copy()
        self._probes.count(sums)
        return self._truth.rows(self._world.now_ms, sums)

    def _appoint(self, bot: str, curve: Curve) -> None:
        now_ms = self._world.now_ms
        moment = curve.next_after(now_ms, self._draws.exponential())
        if moment is not None:
            self._world.agenda.at(max(moment, now_ms), self._come, bot, curve)

    def _come(self, bot: str, curve: Curve) -> None:
        self._appoint(bot, curve)
        self._talks.start(bot)
