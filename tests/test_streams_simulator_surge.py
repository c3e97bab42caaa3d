"""A surge: calls that no forecast knows of, for a while, in one queue."""

from collections import Counter
from datetime import time
from functools import cache

import pytest
from pydantic import ValidationError

from streams.simulator.center import Center
from streams.simulator.settings import Outage, SimulatorSettings

HOUR_MS = 3_600_000
START_MS = round(SimulatorSettings().start.timestamp() * 1000)
"""Midnight in Tokyo."""
SURGE = Outage(kind="surge", name="power-supply", at=time(12, 0), minutes=60, times=5)


@cache
def calls(*outages: Outage) -> Counter[tuple[str, int]]:
    """Calls that reached people, by queue and hour, of the day until 15:00."""
    settings = SimulatorSettings(seed=4, forecasts=True, outages=outages)
    center = Center(settings)
    center.begin(START_MS)
    told = center.advance(START_MS + 15 * HOUR_MS)
    return Counter(
        (event["queue"], (event["time"] - START_MS) // HOUR_MS)
        for event in told
        if event["type"] == "queued"
    )


def test_a_surge_brings_so_many_times_the_calls_while_it_lasts_and_no_other_queue_more() -> None:
    surged, calm = calls(SURGE), calls()
    usual = calm["power-supply", 11]
    assert usual * 3 < surged["power-supply", 12] < usual * 7
    # Some wait in the queue at its end; none of the next hour's calls are the surge's.
    assert surged["power-supply", 13] < usual * 2
    assert surged["mobile-billing", 12] == pytest.approx(calm["mobile-billing", 12], rel=0.4)


def test_until_a_surge_begins_the_day_is_the_same_as_without_it() -> None:
    surged, calm = calls(SURGE), calls()
    before = {key for key in surged | calm if key[1] < 12}
    assert before
    assert all(surged[key] == calm[key] for key in before)


def test_a_surge_of_a_queue_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValidationError, match="unknown name 'acd-1'"):
        SimulatorSettings(outages=(SURGE.model_copy(update={"name": "acd-1"}),))


def test_a_surge_is_of_more_calls_than_usual() -> None:
    with pytest.raises(ValidationError, match="greater than 1"):
        Outage(kind="surge", name="power-supply", at=time(12, 0), minutes=60, times=1)
