"""A day of the house as it was watched: what fired, what was told of it, and what really happened."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from streams.simulator.settings import SimulatorSettings
from tests.backtest.engine import Firing, Series, evaluate
from tests.backtest.incidents import Incident
from tests.backtest.recorded import Day, Truth
from tests.rules.routing import Message, messages

STEP_S, FINE_S = 60, 15
"""Between two scrapes: of the day, and of the minutes in which a feed falls silent."""
LENGTH = timedelta(hours=8, minutes=25)
_BEFORE_MS, _FINE_MS = 60_000, 300_000


class Recording(NamedTuple):
    """What was scraped of a day, and what is known of it."""

    seed: int
    begins: datetime
    incidents: list[Incident]
    truth: Truth
    series: Series
    fine: dict[int, Series]
    """Of each silent feed, by the moment of the first scrape (ms UTC)."""


class Told(NamedTuple):
    """A day's notifications, and those of the minutes that were looked at closely."""

    recording: Recording
    fired: Firing
    messages: list[tuple[datetime, Message]]
    fine: list[tuple[datetime, Message]]


def record(
    house: SimulatorSettings, incidents: list[Incident], length: timedelta = LENGTH
) -> Recording:
    """Let a day pass and scrape it."""
    day = Day(house)
    ends_ms = day.start_ms + round(length.total_seconds() * 1000)
    coarse = range(day.start_ms, ends_ms + 1, STEP_S * 1000)
    silences = [
        round(one.start.timestamp() * 1000) for one in incidents if one.kind == "feed_silent"
    ]
    windows = [range(at - _BEFORE_MS, at + _FINE_MS + 1, FINE_S * 1000) for at in silences]
    series, fine = Series(), {window.start: Series() for window in windows}
    for at_ms, page in day.pages(sorted({*coarse, *(at for w in windows for at in w)})):
        if at_ms in coarse:
            series.add(page)
        for window in windows:
            if at_ms in window:
                fine[window.start].add(page)
    return Recording(house.seed, house.start, incidents, day.truth(), series, fine)


def judge(recording: Recording) -> Told:
    """Let the rules look at a recording, and Alertmanager at what they say."""
    with tempfile.TemporaryDirectory() as name:
        fired = evaluate(recording.series, STEP_S, Path(name))
        told = _told(fired, recording.begins)
        fine: list[tuple[datetime, Message]] = []
        for start_ms, series in recording.fine.items():
            begins = datetime.fromtimestamp(start_ms / 1000, recording.begins.tzinfo)
            fine += _told(evaluate(series, FINE_S, Path(name), ("now", "feed")), begins)
    return Told(recording, fired, told, fine)


def _told(fired: Firing, begins: datetime) -> list[tuple[datetime, Message]]:
    sent = messages(sorted(fired.items()))
    return [(begins + timedelta(seconds=each.at_s), each) for each in sent]
