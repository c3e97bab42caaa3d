"""One day of the house, through the embedded driver on a clock that is moved: /metrics, again and again."""

from collections.abc import Iterable, Iterator

from streams.clock import ManualClock
from streams.drivers.embedded import Embedded
from streams.exporter import Page
from streams.planning.rest import RestOfDay
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.sources.simulated import NAME, SimulatedSource

Truth = dict[tuple[str, int], dict[str, int]]
"""What happened, by queue and start of the interval (ms UTC): columns of the simulator's own account."""


class Day:
    """A house and its monitor, moved together."""

    def __init__(self, simulated: SimulatorSettings) -> None:
        center = Center(simulated)
        told = {"plan": center.plan(), "technologies": center.technologies()}
        settings = Settings().model_copy(update=told)
        self.start_ms = round(simulated.start.timestamp() * 1000)
        self.clock = ManualClock(self.start_ms)
        self._source = SimulatedSource(simulated, self.clock, self.start_ms)
        self._driver = Embedded(
            settings, {NAME: lambda _: (self._source, None)}, None, self.clock, self.clock
        )
        self._driver.start()
        self._rest = RestOfDay(settings.plan)
        self._page = Page(
            self._driver.view, self.clock, settings.plan, max_age_ms=1, rest=self._rest
        )

    def pages(self, moments: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """(moment, page) of a scrape at each of these moments, ms UTC."""
        for at_ms in moments:
            self.clock.set(at_ms)
            while self._driver.step():
                pass
            self._rest.refresh(self._driver.view())
            yield at_ms, self._page()

    def truth(self) -> Truth:
        """Arrivals of calls up to now, sites together."""
        found: Truth = {}
        for row in self._source._center.truth()["arrival"]:
            of = found.setdefault((row["queue"], row["bucket_ms"]), {})
            for name, number in row["columns"].items():
                of[name] = of.get(name, 0) + number
        return found
