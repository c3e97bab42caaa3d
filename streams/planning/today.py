"""A queue's day as one row: what came, how it is going to end, the level its rest needs."""

from collections.abc import Sequence
from typing import Any

from schemas.targets import Plan
from streams.moments import local_text
from streams.planning.day_curve import finite
from streams.planning.deviation import Deviation
from streams.planning.rest import Rest
from streams.view import View

COLUMNS = (
    "program", "queue", "channel", "known_to", "forecast", "due", "came", "projected", "offered",
    "level", "target", "needed", "level_low", "level_high", "month_days", "month_low", "month_high",
    "patience_s", "patience_from", "model",
)  # fmt: skip
_LEVELS = (
    *(("needed", "needed"), ("level_low", "low"), ("level_high", "high")),
    *(("month_low", "month_low"), ("month_high", "month_high")),
)


def queue_day(
    view: View, plan: Plan, rest: Rest, begun: Sequence[Deviation], at: int
) -> dict[str, Any]:
    """COLUMNS of the queue at this place of `rest.curves.keys`; None is unknown. `begun`: its volume
    against the plan (deviation.by_queue)."""
    key, levels, rows = rest.curves.keys[at], rest.levels, rest.rows(at)
    zone, offered = plan.zone(key.program), float(levels.offered[at])
    known_ms = int(rest.today.known_ms[at])
    return {
        "program": key.program,
        "queue": key.queue,
        "channel": key.channel,
        "known_to": local_text(known_ms, zone) if known_ms >= 0 else None,
        "forecast": sum(one.amount for one in view.day_plan.official[key]),
        "due": sum(one.expected for one in begun),
        "came": float(rest.today.came[at]),
        "projected": float(offered + levels.rest[at]),
        "offered": int(offered),
        "level": float(levels.in_t[at] / offered) if offered else None,
        "target": plan.target_at(key.queue, view.at_ms).service_level,
        **{name: finite(getattr(levels, of)[at]) for name, of in _LEVELS},
        "month_days": f"{levels.month.recorded[at]}/{levels.month.past[at]}",
        "patience_s": finite(rest.today.patience_s[at]),
        "patience_from": rest.habits.patience_from[at],
        "model": rest.models(rows.start) if rows.start < rows.stop else None,
    }
