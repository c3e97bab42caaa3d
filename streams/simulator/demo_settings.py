"""Settings of workers that take in the simulated center of compose.yaml: `deploy/docker/demo.toml`."""

from streams.simulator.center import Center
from streams.simulator.files import plan_toml
from streams.simulator.settings import SimulatorSettings

HEAD = """\
# Generated: make generate. What `floorwatch simulate --kafka --now` is about, for workers that take it in:
#   FLOORWATCH_TOML=./demo.toml docker compose --file deploy/docker/compose.yaml --profile demo up --build
[kafka]
bootstrap = "kafka:9092"
partitions = 12
"""


AROUND_THE_CLOCK = SimulatorSettings(
    around_the_clock=True,
    staff_events=True,
    forecasts=True,
    chat=True,
    chat_forecasts=True,
    bots=True,
    cases=True,
    outbound=True,
)
"""The center that compose.yaml simulates."""


def demo_settings() -> str:
    """The cluster of compose.yaml, and the plan of its center, as TOML."""
    center = Center(AROUND_THE_CLOCK)
    return f"{HEAD}\n{plan_toml(center.plan(), center.technologies())}"
