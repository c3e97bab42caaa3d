"""Days of simulated centers that several tests look at, at several moments each."""

import pickle
from functools import cache
from typing import Any

from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings

HOUR_MS = 3_600_000

Event = dict[str, Any]


@cache
def simulated(settings: str, hours: float) -> tuple[list[Event], Center]:
    """What centers of these settings (JSON) have told so many hours after their start, and the center then.

    The last moment asked for before is gone on from: that steps change nothing is a test of its own of
    each kind of event, with centers that are not from here.
    """
    moments = _MOMENTS.setdefault(settings, {})
    before = max((moment for moment in moments if moment < hours), default=None)
    if before is None:
        events, center = [], Center(SimulatorSettings.model_validate_json(settings))
    else:
        events, center = moments[before][0], pickle.loads(moments[before][1])
    start_ms = round(center.settings.start.timestamp() * 1000)
    events = events + center.advance(start_ms + round(hours * HOUR_MS))
    moments[hours] = events, pickle.dumps(center)
    return events, center


_MOMENTS: dict[str, dict[float, tuple[list[Event], bytes]]] = {}
"""By settings and hours."""
