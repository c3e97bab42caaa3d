"""Rows of what is recorded, alike on the command line and over HTTP: state, revision, KPIs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas.targets import Plan
from streams.close import Record
from streams.figures import Figure, FigureKey
from streams.kpis import seconds_text
from streams.moments import local_text
from streams.payroll import whole_days

COLUMNS = (
    "start", "program", "queue", "group", "site", "state", "revision", "completeness", "offered",
    "ans", "abn", "waiting", "outcome_unknown", "T", "service_level", "asa", "abandon_voice",
    "abandon_chat", "handled", "aht", "available_fte", "requested_fte", "occupancy", "adherence_shift_all",
    "utilization", "utilization_payroll",
)  # fmt: skip
HISTORY = (
    "start", "program", "queue", "site", "basis", "revision", "state", "completeness", "reason",
    "old", "new", "recorded",
)  # fmt: skip
_OF_STAFF = (*COLUMNS[COLUMNS.index("available_fte") :],)
_OF_CALLS = {"attempts", "human_contact_n"}


class Selection(NamedTuple):
    """What is asked for: moments from .. until in ms UTC, and names; left out: all."""

    since_ms: int | None = None
    until_ms: int | None = None
    programs: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def where(self) -> tuple[str, tuple[Any, ...]]:
        """The condition in SQL and its parameters."""
        parts: list[tuple[str, tuple[Any, ...]]] = []
        if self.since_ms is not None:
            parts.append(("bucket_ms >= ?", (self.since_ms,)))
        if self.until_ms is not None:
            parts.append(("bucket_ms < ?", (self.until_ms,)))
        for column, names in zip(("program", "queue", "channel"), self[2:], strict=True):
            if names:
                parts.append((f"{column} IN ({','.join('?' * len(names))})", names))
        text = " AND ".join(part for part, _ in parts) or "1"
        return text, tuple(value for _, values in parts for value in values)


def recorded_spans(
    plan: Plan, spans: Mapping[str, tuple[int, int]], since_ms: int | None, until_ms: int | None
) -> dict[str, tuple[int, int]]:
    """By program the local days of which something is recorded, cut to what is asked for."""
    found = {}
    for program, span in spans.items():
        first, end = whole_days(plan, program, *span)
        found[program] = (
            max(first, since_ms or 0),
            end if until_ms is None else min(end, until_ms),
        )
    return found


def counts_calls_only(key: FigureKey, figure: Figure) -> bool:
    """The row of no queue that has nothing but a program's attempts: a program's row shows them."""
    nowhere = not key.queue and not key.group
    return nowhere and bool(figure.columns) and figure.columns.keys() <= _OF_CALLS


def changes(record: Record) -> tuple[dict[str, int], dict[str, int]]:
    """Old and new values of the columns that a revision changed; of the first ones all are new."""
    old, new = record.old_columns, record.columns
    if old is None:
        return {}, new
    names = [name for name in sorted({*old, *new}) if old.get(name, 0) != new.get(name, 0)]
    return {name: old.get(name, 0) for name in names}, {name: new.get(name, 0) for name in names}


def changes_text(record: Record) -> tuple[str, str]:
    """The same as texts: `offered=3 ans=2`."""
    old, new = (" ".join(f"{name}={n}" for name, n in told.items()) for told in changes(record))
    return old, new


def row(plan: Plan, key: FigureKey, figure: Figure, whole: bool) -> dict[str, Any]:
    """One figure as a row of COLUMNS; `whole` adds every column and KPI."""
    zone = plan.zone(key.program) if key.program else plan.common_zone()
    kpis = figure.kpis()
    first = {thresholds[0] for thresholds in figure.by_target if thresholds}
    threshold = seconds_text(first.pop()) if len(first) == 1 else None
    levels: Any = kpis.get("service_level")
    told = {
        "start": local_text(key.start_ms, zone),
        "program": key.program,
        "queue": key.queue,
        "group": key.group,
        "site": key.site,
        "state": figure.state,
        "revision": figure.revision,
        "completeness": figure.completeness,
        "T": threshold,
        "service_level": levels.get(threshold) if threshold and levels else None,
    }
    for name in ("offered", "ans", "abn", "waiting", "outcome_unknown", "handled"):
        told[name] = None if key.group else figure.columns.get(name, 0)
    for name in ("asa", "abandon_voice", "abandon_chat", "aht", *_OF_STAFF):
        told[name] = kpis.get(name)
    return told | {"columns": figure.columns, "kpis": kpis} if whole else told


def revision_row(plan: Plan, record: Record) -> dict[str, Any]:
    """One revision as a row of HISTORY: what it changed and why."""
    zone = plan.zone(record.program)
    old, new = changes_text(record)
    return record._asdict() | {
        "start": local_text(record.bucket_ms, zone),
        "old": old,
        "new": new,
        "recorded": local_text(record.recorded_ms, zone),
    }
