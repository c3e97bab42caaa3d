"""Queues: what flowed through this process, what is there now, what was promised."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from schemas.targets import OpeningHours, Plan
from streams.exposition.sheet import Sheet
from streams.exposition.standing import counting_programs, known_programs
from streams.view import Flow, Now, QueueKey, View

_NO_FLOW = Flow()
_NOBODY = Now(waiting=0, oldest_entry_ms=None, callbacks_pending=0, in_progress=0)
_UNLISTED = OpeningHours()


def write_queues(sheet: Sheet, view: View, plan: Plan) -> None:
    """Counters, live gauges, targets and information of every queue of the view."""
    known, counting = known_programs(view), counting_programs(view)
    _write_flow(sheet, view, [queue for queue in view.queues if queue.program in counting])
    _write_now(sheet, view, [queue for queue in view.queues if queue.program in known])
    _write_targets(sheet, plan, view)
    _write_information(sheet, plan, view)


def _write_flow(sheet: Sheet, view: View, queues: list[QueueKey]) -> None:
    flows = [view.flow.get(queue, _NO_FLOW) for queue in queues]
    _extend(sheet, "cc_contacts_offered_total", queues, (of.offered for of in flows))
    _extend(sheet, "cc_contacts_answered_total", queues, (of.answered for of in flows))
    in_target = (of.answered_in_target for of in flows)
    _extend(sheet, "cc_contacts_answered_in_target_total", queues, in_target)
    _extend(sheet, "cc_contacts_abandoned_total", queues, (of.abandoned for of in flows))
    short = (of.short_abandoned for of in flows)
    _extend(sheet, "cc_contacts_short_abandoned_total", queues, short)
    _extend(sheet, "cc_contacts_handled_total", queues, (of.handled for of in flows))
    seconds = (of.handle_ms / 1000 for of in flows)
    _extend(sheet, "cc_contact_handle_seconds_total", queues, seconds)


def _write_now(sheet: Sheet, view: View, queues: list[QueueKey]) -> None:
    found = [view.now.get(queue, _NOBODY) for queue in queues]
    _extend(sheet, "cc_contacts_waiting", queues, (now.waiting for now in found))
    _extend(sheet, "cc_contacts_in_progress", queues, (now.in_progress for now in found))
    _extend(sheet, "cc_callbacks_pending", queues, (now.callbacks_pending for now in found))
    oldest = (_seconds(now.oldest_entry_ms) for now in found)
    _extend(sheet, "cc_contacts_oldest_waiting_timestamp_seconds", queues, oldest)


def _write_targets(sheet: Sheet, plan: Plan, view: View) -> None:
    targets = [plan.target_at(queue.queue, view.at_ms) for queue in view.queues]
    listed = [plan.queues.get(queue.queue) for queue in view.queues]
    for name, promised in (
        ("cc_queue_service_level_threshold_seconds", (of.thresholds_s[0] for of in targets)),
        ("cc_queue_service_level_target_ratio", (of.service_level for of in targets)),
        ("cc_queue_asa_target_seconds", (of.asa_s for of in targets)),
        ("cc_queue_abandonment_target_ratio", (of.abandonment for of in targets)),
        ("cc_queue_occupancy_max_ratio", (of.occupancy_max if of else None for of in listed)),
    ):
        _extend(sheet, name, view.queues, promised)


def _write_information(sheet: Sheet, plan: Plan, view: View) -> None:
    zones = {program: plan.zone(program) for program in {queue.program for queue in view.queues}}
    local = {zone: datetime.fromtimestamp(view.at_ms / 1000, zone) for zone in set(zones.values())}
    for queue in view.queues:
        zone, planned = zones[queue.program], plan.queues.get(queue.queue)
        hours = planned.hours_at(view.at_ms) if planned else _UNLISTED
        sheet.add("cc_queue_open", queue, int(hours.is_open(local[zone])))
        program = plan.programs.get(queue.program)
        sheet.add("cc_queue_info", (*queue, zone.key, program.client if program else ""), 1)


def _seconds(moment_ms: int | None) -> float | None:
    return None if moment_ms is None else moment_ms / 1000


def _extend(
    sheet: Sheet, name: str, queues: Iterable[QueueKey], numbers: Iterable[float | None]
) -> None:
    """A sample of each queue that has a number."""
    array = np.array([np.nan if number is None else number for number in numbers], np.float64)
    sheet.extend(name, tuple(queues), array)
