"""Deferred and outbound work: figures of a window, and what is open and late at this moment."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from schemas.kpi import Kpi, Measure
from schemas.targets import DAY_S, Plan, Queue
from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.exposition.totals import Totals, values
from streams.view import QueueKey, View


def write_work(sheet: Sheet, declared: Iterable[tuple[Kpi | Measure, str]], rows: Totals) -> None:
    """Figures of one window, of what is declared of this work."""
    nameless = np.array([not queue for _, _, queue, _ in rows.owners], bool)
    for of, metric in declared:
        sheet.extend(metric, rows.owners, np.where(nameless, np.nan, values(of, rows)))


def write_backlog(sheet: Sheet, view: View, plan: Plan) -> None:
    """What queues of cases promise; of programs that are known also what is open and late."""
    known = known_programs(view)
    for key, now in view.cases_now.items():
        _write_promise(sheet, key, plan, view.at_ms)
        if key.program not in known:
            continue
        sheet.add("cc_cases_open", key, now.open)
        sheet.add("cc_cases_due_soon", key, now.due_soon)
        sheet.add("cc_cases_overdue", key, now.overdue)
        if now.earliest_ms is not None:
            since_s = now.earliest_ms / 1000
            sheet.add("cc_cases_overdue_since_timestamp_seconds", key, since_s)
            late_s = now.late_ms / now.overdue / 1000
            sheet.add("cc_cases_average_time_late_seconds", key, late_s)


def _write_promise(sheet: Sheet, key: QueueKey, plan: Plan, at_ms: int) -> None:
    listed = plan.queues.get(key.queue) or Queue(program=key.program)
    sheet.add("cc_case_queue_open", key, _is_open(key, plan, at_ms))
    limit_s = min(DAY_S, listed.due_s or DAY_S)
    sheet.add("cc_queue_average_time_late_limit_seconds", key, limit_s)
    sheet.add("cc_queue_due_soon_seconds", key, listed.due_soon_s)


def _is_open(key: QueueKey, plan: Plan, at_ms: int) -> int:
    hours = (plan.queues.get(key.queue) or Queue(program=key.program)).hours_at(at_ms)
    return int(hours.is_open(datetime.fromtimestamp(at_ms / 1000, plan.zone(key.program))))


def write_lists(sheet: Sheet, view: View, plan: Plan) -> None:
    """Whether campaigns are open; of programs that are known records on the lists, and how far behind these are."""
    known = known_programs(view)
    for key, now in view.outbound_now.items():
        sheet.add("cc_campaign_open", key, _is_open(key, plan, view.at_ms))
        if key.program not in known:
            continue
        sheet.add("cc_list_records_open", key, now.listed)
        sheet.add("cc_list_records_never_dialled", key, now.undialled)
        if now.lists:
            sheet.add("cc_list_records_behind", key, now.behind)
            sheet.add("cc_list_records_planned_per_day", key, now.per_day)
            sheet.add("cc_list_backlog_days", key, now.behind / now.per_day)
            sheet.add("cc_list_told_timestamp_seconds", key, now.told_ms / 1000)
