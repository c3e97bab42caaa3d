"""What a store holds of a day: every version of its plan, and ranges that were left out."""

from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from typing import Any

from schemas.actions import Action
from schemas.targets import Plan
from streams.checkpoint.sqlite import SqliteStore
from streams.moments import local_text
from streams.planning.effect import around, measured
from streams.planning.journal import plan_path
from streams.planning.past_day import Kept
from streams.planning.versions import Versions
from streams.recorded import Selection
from streams.settings import Settings


def versions_of(
    store: SqliteStore,
    plan: Plan,
    files: Sequence[Path] = (),
    settings: Settings | None = None,
    schedules_from_ms: float = inf,
) -> Versions:
    """Every version of the figures of a store with this plan, and of `files` of events of the topic
    `plan`; schedules as far as the state has them, or from a moment on.

    Raises UserError for a file that cannot be used.
    """
    log = plan_path(store.path)
    return Versions(plan, store.snapshot(), log, files, settings, schedules_from_ms)


def left_out_by(actions: list[Action]) -> Callable[[int], tuple[Action, ...]]:
    """The ranges that were left out at a moment: of revisions entered by then the newest."""

    def at(moment_ms: int) -> tuple[Action, ...]:
        newest = {one.number: one for one in actions if one.recorded_ms <= moment_ms}
        return tuple(one for one in newest.values() if one.leaves_out)

    return at


def effect_rows(
    store: SqliteStore, plan: Plan, versions: Versions, history: list[Action], action: Action
) -> list[dict[str, Any]]:
    """What followed an action by the ledger of its store (effect.measured), with local times."""
    days = Selection(*around(action), (action.program,))
    of = Kept(list(store.ledger(*days.where())), plan, versions.as_of)
    zone = plan.zone(action.program)
    return [
        {"action": action.number}
        | row
        | {name: local_text(row[name], zone) for name in ("start", "end")}
        for row in measured(action, of, left_out_by(history)(action.start))
    ]
