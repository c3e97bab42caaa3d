"""Technologies that fail and are repaired, and the prober that looks at them every minute."""

from dataclasses import dataclass

from streams.simulator.bots.settings import TechnologySettings
from streams.simulator.bots.uptime import Belief
from streams.simulator.draws import Draws
from streams.simulator.sums import Sums
from streams.simulator.wire import PROBE_SOURCE
from streams.simulator.world import World

_FAILURES = (("degraded", 2), ("down", 3))
_PROBER_DOWN_S = (240, 1500)


@dataclass(slots=True, eq=False)
class Technology:
    """One of them as it is, whatever the prober knows. `turn` grows with every probe."""

    name: str
    settings: TechnologySettings
    belief: Belief
    status: str = "up"
    resting: bool = False
    turn: int = 0


class Probes:
    """Watches all technologies of the center."""

    def __init__(self, world: World, draws: Draws, sums: Sums) -> None:
        self._world, self._draws, self._sums = world, draws, sums
        settings = world.settings
        self._all: dict[str, Technology] = {}
        for name, of in settings.bot_floor.technologies.items():
            place = (of.program, name, of.kind, "")
            belief = Belief(place, settings.hours_of(of.program, of.office_hours), settings.zone)
            self._all[name] = Technology(name, of, belief)

    def begin(self) -> None:
        """The prober looks for the first time, now."""
        for one in self._all.values():
            if not one.resting:
                self._look(one)
            self._world.agenda.after(self._time_in_order_ms(one), self._fail, one)

    def rest(self, resting: bool) -> None:
        """Take out of use what is not used while the center is closed, or back into use."""
        for one in self._all.values():
            if one.settings.rests and one.resting != resting:
                one.resting = resting
                if not resting:
                    self._look(one)
                elif one.turn:
                    self._end_probing(one)

    def status(self, name: str) -> str:
        """How a technology works now: up, degraded or down."""
        return self._all[name].status

    def count(self, sums: Sums) -> None:
        """Add what has been believed since the last probes."""
        for one in self._all.values():
            one.belief.count(self._world.now_ms, sums)

    def _time_in_order_ms(self, one: Technology) -> int:
        return self._draws.waiting_ms(one.settings.fails_after_h * 3600)

    def put(self, name: str, status: str) -> None:
        """Break a technology, or repair it: `up`, `degraded` or `down`."""
        self._all[name].status = status

    def _fail(self, one: Technology) -> None:
        draws = self._draws
        one.status = draws.choice([how for how, _ in _FAILURES], [many for _, many in _FAILURES])
        self._world.agenda.after(draws.waiting_ms(one.settings.repaired_in_s), self._repair, one)

    def _repair(self, one: Technology) -> None:
        one.status = "up"
        self._world.agenda.after(self._time_in_order_ms(one), self._fail, one)

    def _end_probing(self, one: Technology) -> None:
        one.turn += 1
        out, program = self._world.out, one.settings.program
        out.tell(PROBE_SOURCE, program, "probing_ended", technology=one.name)
        one.belief.turn("", self._world.now_ms, self._sums)

    def _look_again(self, one: Technology, turn: int) -> None:
        if one.turn == turn:
            self._look(one)

    def _look(self, one: Technology) -> None:
        world, draws, settings = self._world, self._draws, one.settings
        one.turn += 1
        held_ms = round(settings.believed_s * 1000)
        world.out.tell(
            *(PROBE_SOURCE, settings.program, "probe"),
            technology=one.name,
            kind=settings.kind,
            status=one.status,
            next_within_ms=held_ms,
        )
        one.belief.turn(one.status, world.now_ms, self._sums)
        world.agenda.after(held_ms, self._doubt, one, one.turn)
        next_ms = round(settings.probed_every_s * 1000)
        if draws.chance(world.settings.bot_floor.habits.prober_fails):
            next_ms = draws.between_ms(*_PROBER_DOWN_S)
        world.agenda.after(next_ms, self._look_again, one, one.turn)

    def _doubt(self, one: Technology, turn: int) -> None:
        if one.turn == turn:
            one.belief.turn("unknown", self._world.now_ms, self._sums)
