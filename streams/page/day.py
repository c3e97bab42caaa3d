"""The day of one queue as curves: what `plan show --queue` prints, interval by interval."""

from collections.abc import Callable, Iterable
from typing import Any

from schemas.targets import Plan
from streams.close import Record
from streams.days import local_day_start
from streams.exposition.standing import known_programs
from streams.planning.came import came
from streams.planning.day_curve import day_curve
from streams.planning.deviation import deviations
from streams.planning.rest import Rest
from streams.view import View

Recorded = Callable[[int, int], Iterable[Record]]
"""Ledger records of arrivals and staff of a span, ms: what the live state has forgotten."""
CURVES = (
    "forecast", "actual", "projected", "projected_low", "projected_high",
    "required_low", "required_high", "scheduled", "expected", "there",
)  # fmt: skip


def nothing_recorded(since_ms: int, until_ms: int) -> Iterable[Record]:
    """Of a service without a store: only what is live is known."""
    return ()


def day_of(
    view: View, plan: Plan, rest: Rest | None, queue: str, recorded: Recorded
) -> dict[str, Any]:
    """Curves of the queue with this key (queues.queue_key); none where the plan has no forecast of it.

    `known_s`: up to when its feeds have told everything, where that is not now; null where it is.
    """
    keys = rest.curves.keys if rest is not None else ()
    at = next((place for place, key in enumerate(keys) if "/".join(key[:3]) == queue), None)
    if rest is None or at is None:
        name = next((key.queue for key in view.queues if "/".join(key) == queue), queue)
        return {"key": queue, "queue": name, "curves": None}
    program, name = keys[at][:2]
    of = came(view, recorded(local_day_start(plan, program, view.at_ms), view.at_ms))
    day = day_curve(view, plan, rest, deviations(view, plan), of, at)
    return {
        "key": queue,
        "queue": name,
        "zone": str(plan.zone(program)),
        "now_s": view.at_ms // 1000,
        "known_s": None if program in known_programs(view) else view.known_ms(program) // 1000,
        "starts_s": [one.start_ms // 1000 for one in day],
        "ends_s": [one.end_ms // 1000 for one in day],
        "curves": {curve: [getattr(one, curve) for one in day] for curve in CURVES},
    }
