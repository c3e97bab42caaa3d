"""What the simulated center forecasts is what its days bring on the average."""

from collections import Counter

import pytest

from schemas.events import EVENT
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import FORECAST_SOURCE, topic_of

DAY_MS = 86_400_000
START_MS = 1_767_567_600_000
"""2026-01-05 00:00 in Tokyo."""


def events(seed: int, forecasts: bool = True, days: int = 1) -> list[dict[str, object]]:
    settings = SimulatorSettings(seed=seed, forecasts=forecasts, staff_events=True)
    told = Center(settings).events(START_MS, START_MS + days * DAY_MS)
    return [event for _, event in told]


def test_forecasts_are_facts_of_the_plan_published_the_day_before() -> None:
    told = [one for one in events(1) if one["source"] == FORECAST_SOURCE]
    assert Counter(str(one["type"]) for one in told).keys() == {"forecast", "fte_required"}
    assert topic_of(FORECAST_SOURCE) == "plan"
    for one in told[::50]:
        EVENT.validate_python(one)
        assert int(str(one["start"])) - int(str(one["time"])) >= 8 * 3_600_000


def test_a_center_without_forecasts_sends_the_same_as_ever() -> None:
    rest = [one for one in events(3) if one["source"] != FORECAST_SOURCE]
    assert rest == events(3, forecasts=False)


def test_forecasts_of_many_days_are_what_came_within_five_percent() -> None:
    planned: Counter[str] = Counter()
    came: Counter[str] = Counter()
    for seed in range(2):
        for one in events(seed, days=3):
            if one["type"] == "forecast" and int(str(one["start"])) < START_MS + 3 * DAY_MS:
                planned[str(one["queue"])] += int(str(one["milli_contacts"])) / 1000  # type: ignore[assignment]
            elif one["type"] == "queued":
                came[str(one["queue"])] += 1
    assert sum(came.values()) / sum(planned.values()) == pytest.approx(1, abs=0.05)


def test_the_plan_names_the_groups_of_each_queue() -> None:
    plan = Center(SimulatorSettings(staff_events=True, chat=True)).plan()

    def serving(queue: str) -> set[str]:
        return {one.group for one in plan.groups if queue in one.queues}

    assert serving("mobile-tech") == {"mobile-billing", "mobile-tier2"}
    assert serving("mobile-chat")
    assert not serving("mobile-chat") & serving("mobile-tech")
