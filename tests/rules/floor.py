"""A center on a fast clock, served as `floorwatch demo` serves it: `python -m tests.rules.floor PORT`.

Four programs, alike but for what befalls them, each with an ACD, a queue and a site of its own.
Serves /metrics on the port until it is ended.
"""

import sys
from datetime import time

from schemas.targets import Target
from streams.cli.demo import _moments
from streams.cli.serving import serve_and_run
from streams.clock import ScaledClock, WallClock
from streams.drivers.embedded import Embedded
from streams.settings import LimitSettings, Settings
from streams.simulator.center import Center
from streams.simulator.settings import (
    Outage,
    ProgramSettings,
    QueueSettings,
    SimulatorSettings,
    StaffGroup,
)
from streams.sources.simulated import NAME, SimulatedSource
from streams.warm import warm

SPEED = 30
"""A scrape each half second is then one each 15 seconds of the center."""
PROGRAMS = ("calm", "surged", "silenced", "deserted")
HAPPENS, MINUTES = time(10, 38), 18
TIMES = 4
PROMISE = (Target(thresholds_s=(40,), service_level=0.8, abandonment=0.05),)


def center():
    """The house: what happens begins at 10:38, eighteen minutes after it is first shown."""
    incident = {"at": HAPPENS, "minutes": MINUTES}
    return SimulatorSettings(
        seed=11,
        programs={name: ProgramSettings(acd=f"acd-{name}", trunks=500) for name in PROGRAMS},
        queues={
            f"{name}-line": QueueSettings(program=name, calls_per_day=1500, targets=PROMISE)
            for name in PROGRAMS
        },
        staff=tuple(
            StaffGroup(site=f"{name}-site", home=name, queues=(f"{name}-line",), people=30)
            for name in PROGRAMS
        ),
        staff_events=True,
        forecasts=True,
        outages=(
            Outage(kind="surge", name="surged-line", times=TIMES, **incident),
            Outage(kind="feed_silent", name="acd-silenced", **incident),
            Outage(kind="site_down", name="deserted-site", **incident),
        ),
    )


def main(port):
    simulated = center()
    # A view is made each second, which is half a minute here: a promise is no younger than that.
    settings = Settings(
        plan=Center(simulated).plan(),
        limits=LimitSettings(silence_s=240),
        http={"port": port},
        log={"level": "warning"},
    )
    warm()  # or the clock would run meanwhile
    opens, shown = _moments(simulated.time_zone, WallClock())
    clock = ScaledClock(shown, SPEED)
    source = {NAME: lambda state: (SimulatedSource(simulated, clock, opens, state), None)}
    driver = Embedded(settings, source, None, clock)

    serve_and_run(driver, settings, clock, False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
