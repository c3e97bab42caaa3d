"""What a carrier counts: the calls that arrived in each quarter of an hour, and those it lost."""

from collections import Counter

from schemas.keys import BUCKET_MS
from streams.simulator.bots.truth import BotTruth
from streams.simulator.wire import CARRIER_SOURCE
from streams.simulator.world import World


class Carrier:
    """Tells of each quarter of an hour when it is over."""

    def __init__(self, world: World, truth: BotTruth) -> None:
        self._world, self._truth = world, truth
        self._told: Counter[tuple[str, str]] = Counter()
        self._since_ms = 0

    def begin(self) -> None:
        """Count from now on."""
        self._since_ms = self._world.now_ms
        self._appoint()

    def _appoint(self) -> None:
        edge_ms = (self._world.now_ms // BUCKET_MS + 1) * BUCKET_MS
        self._world.agenda.at(edge_ms, self._report)

    def _report(self) -> None:
        world, span = self._world, (self._since_ms, self._world.now_ms)
        for name, one in world.settings.bot_floor.technologies.items():
            if one.counted:
                calls = self._new(name, "calls", world.dialled[one.program])
                lost = self._new(name, "lost", world.refused[one.program])
                world.out.tell(
                    *(CARRIER_SOURCE, one.program, "attempts_counted"),
                    technology=name,
                    start=span[0],
                    end=span[1],
                    attempts=calls,
                    blocked=lost,
                )
                self._truth.counted(one.program, name, span, calls, lost)
        self._since_ms = world.now_ms
        self._appoint()

    def _new(self, line: str, what: str, total: int) -> int:
        """What came since the last report."""
        new, self._told[line, what] = total - self._told[line, what], total
        return new
