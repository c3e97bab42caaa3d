"""The plan with what was published of targets and opening hours, and whether it may still be taken."""

from collections.abc import Iterable, Sequence

from schemas.promises import Promise
from schemas.targets import Plan, Queue

TAKEN = "taken"


def merged(plan: Plan, promises: Iterable[Promise]) -> Plan:
    """The plan with these promises. Raises ValidationError where a queue cannot have one.

    Those of queues that the plan does not list, or lists for another program, are left out.
    """
    of_queue: dict[str, list[Promise]] = {}
    for promise in promises:
        listed = plan.queues.get(promise.queue)
        if listed is not None and listed.program == promise.program:
            of_queue.setdefault(promise.queue, []).append(promise)
    queues = {name: _promising(plan, name, told) for name, told in of_queue.items()}
    return plan.model_copy(update={"queues": {**plan.queues, **queues}})


def fates(waiting: Sequence[Promise], plan: Plan, counted_ms: int) -> list[tuple[Promise, str]]:
    """Of each promise `taken`, or why it is not.

    `counted_ms`: greatest event time that is already counted, -1 if nothing is. What is counted was
    judged by the targets and hours of its moment, so only what begins later is taken.
    """
    return [(promise, _fate(promise, plan, counted_ms)) for promise in waiting]


def _fate(promise: Promise, plan: Plan, counted_ms: int) -> str:
    listed = plan.queues.get(promise.queue)
    if listed is None or listed.program != promise.program:
        return "refused: the settings do not list this queue of this program"
    if promise.valid_from_ms <= counted_ms:
        return "refused: begins at a time that is already counted"
    try:
        merged(plan, [promise])
    except ValueError:
        return "refused: waits of this queue are counted in opening hours, which cannot change"
    return TAKEN


def _promising(plan: Plan, name: str, told: list[Promise]) -> Queue:
    """The queue with what is told of it: of one moment the greatest version."""
    queue = plan.queues[name]
    # A queue without targets keeps the default one until the first that is told.
    targets = {target.valid_from: target for target in plan.targets_of(name)}
    hours = {later.valid_from: later for later in queue.later_hours}
    for promise in sorted(told, key=lambda one: (one.version, one.published)):
        if promise.target is not None:
            targets[promise.target.valid_from] = promise.target
        elif promise.opening_hours is not None:
            hours[promise.opening_hours.valid_from] = promise.opening_hours
    return Queue(
        **{**dict(queue), "targets": (*targets.values(),), "later_hours": (*hours.values(),)}
    )
