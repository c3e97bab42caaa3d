"""Queues: what flowed through this process, what is there now, what was promised."""

from datetime import datetime

from schemas.targets import OpeningHours, Plan
from streams.exposition.sheet import Sheet
from streams.exposition.standing import counting_programs, known_programs
from streams.view import Flow, Now, QueueKey, View

_NO_FLOW = Flow()
_NOBODY = Now(waiting=0, oldest_entry_ms=None, callbacks_pending=0, in_progress=0)


def write_queues(sheet: Sheet, view: View, plan: Plan) -> None:
    """Counters, live gauges, targets and information of every queue of the view."""
    known = known_programs(view)
    counting = counting_programs(view)
    for queue in view.queues:
        if queue.program in counting:
            _write_flow(sheet, queue, view.flow.get(queue, _NO_FLOW))
        if queue.program in known:
            _write_now(sheet, queue, view.now.get(queue, _NOBODY))
        _write_target(sheet, queue, plan, view.at_ms)
        _write_information(sheet, queue, plan, view.at_ms)


def _write_flow(sheet: Sheet, queue: QueueKey, flow: Flow) -> None:
    sheet.add("cc_contacts_offered_total", queue, flow.offered)
    sheet.add("cc_contacts_answered_total", queue, flow.answered)
    sheet.add("cc_contacts_answered_in_target_total", queue, flow.answered_in_target)
    sheet.add("cc_contacts_abandoned_total", queue, flow.abandoned)
    sheet.add("cc_contacts_short_abandoned_total", queue, flow.short_abandoned)
    sheet.add("cc_contacts_handled_total", queue, flow.handled)
    sheet.add("cc_contact_handle_seconds_total", queue, flow.handle_ms / 1000)


def _write_now(sheet: Sheet, queue: QueueKey, now: Now) -> None:
    sheet.add("cc_contacts_waiting", queue, now.waiting)
    sheet.add("cc_contacts_in_progress", queue, now.in_progress)
    sheet.add("cc_callbacks_pending", queue, now.callbacks_pending)
    if now.oldest_entry_ms is not None:
        oldest_s = now.oldest_entry_ms / 1000
        sheet.add("cc_contacts_oldest_waiting_timestamp_seconds", queue, oldest_s)


def _write_target(sheet: Sheet, queue: QueueKey, plan: Plan, at_ms: int) -> None:
    target, listed = plan.target_at(queue.queue, at_ms), plan.queues.get(queue.queue)
    sheet.add("cc_queue_service_level_threshold_seconds", queue, target.thresholds_s[0])
    for name, promised in (
        ("cc_queue_service_level_target_ratio", target.service_level),
        ("cc_queue_asa_target_seconds", target.asa_s),
        ("cc_queue_abandonment_target_ratio", target.abandonment),
        ("cc_queue_occupancy_max_ratio", listed.occupancy_max if listed is not None else None),
    ):
        if promised is not None:
            sheet.add(name, queue, promised)


def _write_information(sheet: Sheet, queue: QueueKey, plan: Plan, at_ms: int) -> None:
    zone = plan.zone(queue.program)
    program = plan.programs.get(queue.program)
    planned = plan.queues.get(queue.queue)
    hours = planned.hours_at(at_ms) if planned else OpeningHours()
    is_open = hours.is_open(datetime.fromtimestamp(at_ms / 1000, zone))
    sheet.add("cc_queue_open", queue, int(is_open))
    sheet.add("cc_queue_info", (*queue, zone.key, program.client if program else ""), 1)
