"""Reading personal figures: a person's intervals, days and months, with adherence (M2)."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from schemas.catalog import KPIS
from schemas.ledger import AUDIT
from schemas.targets import Plan
from streams.figures import Span, span_start
from streams.kpis import value
from streams.moments import local_text
from streams.personal import PersonRecord

PAUSES = ("aux_break_ms", "aux_meal_ms", "aux_training_ms", "aux_meeting_ms", "aux_other_ms")
TIMES = {
    "logged_in_s": ("logged_in_ms",),
    "handling_s": ("staff_handle_ms",),
    "acw_s": ("staff_acw_ms",),
    "busy_s": ("busy_union_ms",),
    "available_s": ("avail_ms",),
    "aux_s": PAUSES,
    "unknown_s": ("state_unknown_ms",),
    "scheduled_s": ("sched_ms",),
    "mismatch_s": ("mismatch_ms",),
}
"""Columns that each time is the sum of. Busy is handling, after-call and customer work; aux the rest."""
RATIOS = ("occupancy", "adherence_shift_all")
BEFORE = ("start", "program", "staff", "old", "new", "reason", "recorded")
COLUMNS = ("start", "program", "staff", *TIMES, *RATIOS)


def person_rows(records: Iterable[PersonRecord], plan: Plan, span: Span) -> list[dict[str, Any]]:
    """One row a person and local span, in time order: seconds, shares, and the summed columns."""
    pooled: dict[tuple[int, str, str], Counter[str]] = {}
    for one in records:
        start = span_start(plan, one.program, one.bucket_ms, span)
        pooled.setdefault((start, one.program, one.staff), Counter()).update(one.columns)
    return [_row(plan, *key, columns) for key, columns in sorted(pooled.items())]


def replaced_rows(
    before: Iterable[tuple[PersonRecord, int]], now: Iterable[PersonRecord], plan: Plan
) -> list[dict[str, Any]]:
    """What an audit changed of people, a row a change: columns that differ, old and new.

    `before`: what was replaced, with when (ms), in the order of that; `now`: what stands.
    """
    next_to = {one[:3]: one.columns for one in now}
    rows = []
    for one, replaced_ms in reversed([*before]):
        new, zone = next_to.get(one[:3], {}), plan.zone(one.program)
        next_to[one[:3]] = one.columns
        names = [name for name in one.columns | new if one.columns.get(name) != new.get(name)]
        old_text, new_text = (
            " ".join(f"{name}={told.get(name, 0)}" for name in names) for told in (one.columns, new)
        )
        rows.append({
            "start": local_text(one.bucket_ms, zone), "program": one.program, "staff": one.staff,
            "old": old_text, "new": new_text, "reason": AUDIT,
            "recorded": local_text(replaced_ms, zone),
        })  # fmt: skip
    return rows[::-1]


def _row(
    plan: Plan, start_ms: int, program: str, staff: str, columns: Counter[str]
) -> dict[str, Any]:
    times = {name: sum(columns[part] for part in of) / 1000 for name, of in TIMES.items()}
    shares = {name: value(KPIS[name], columns) for name in RATIOS}
    head = {"start": local_text(start_ms, plan.zone(program)), "program": program, "staff": staff}
    return head | times | shares | {"columns": dict(columns)}
