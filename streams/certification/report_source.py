"""What stands behind a value of the report: columns, days, intervals and revisions."""

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from html import escape
from typing import NamedTuple

from schemas.catalog import KPIS
from schemas.pst import PstRow
from schemas.targets import Plan
from streams.certification.explained import Parts
from streams.certification.months import Owner
from streams.certification.report_words import cell, reason, say, table
from streams.close import Record
from streams.moments import local_text
from streams.recorded import changes_text


class Source(NamedTuple):
    """What an owner's part of a value is made of."""

    owner: Owner
    parts: Parts


def source_of(row: PstRow, found: Sequence[Source], plan: Plan) -> str:
    """The parts of a value as HTML; nothing of one that is imported."""
    return "".join(_part(row, one, plan) for one in found)


def _part(row: PstRow, one: Source, plan: Plan) -> str:
    kpi, zone = KPIS[row.metric], plan.zone(one.owner.program)
    whose = " ".join(name for name in one.owner if name)
    version = f"{say('definition')} {kpi.definition_version}: {escape(kpi.expression)}"
    sums = [
        [escape(share.column), cell(share.total),
         say("payroll") if share.first is None else cell(share.first)]
        for share in one.parts.shares
    ]  # fmt: skip
    head = [say(name) for name in ("column", "sum", "first")]
    days = "".join(_days(one.parts, zone))
    return (
        f"<h4>{escape(whose)}</h4><p>{version}</p>{table(head, sums)}"
        f"{_revisions(one.parts.revisions, zone)}{days}"
    )


def _days(parts: Parts, zone: tzinfo) -> list[str]:
    """A line for each day, which opens to its intervals."""
    names = list(dict.fromkeys(one.column for one in parts.shares if one.first is not None))
    days: dict[str, list[Record]] = {}
    for one in parts.intervals:
        if any(one.columns.values()):
            days.setdefault(local_text(one.bucket_ms, zone)[:10], []).append(one)
    return [_day(day, told, names, zone) for day, told in days.items()]


def _day(day: str, told: Sequence[Record], names: Sequence[str], zone: tzinfo) -> str:
    sums: Counter[str] = Counter()
    for one in told:
        sums.update(one.columns)
    restated = sum(one.state == "RESTATED" for one in told)
    text = ", ".join(f"{escape(name)} {sums[name]}" for name in names)
    more = f", {restated} {say('restated')}" if restated else ""
    lines = [" ".join(("start", *names, "state"))]
    for one in told:
        where = "" if one.site == "" else f" {one.site}"
        values = " ".join(str(one.columns.get(name, 0)) for name in names)
        state = one.state if one.revision < 2 else f"{one.state} r{one.revision}"
        start = local_text(one.bucket_ms, zone)[11:]
        lines.append(f"{start} {values} {state} {one.queue}{where}".rstrip())
    return (
        f"<details><summary>{escape(day)}: {text} ({len(told)} {say('intervals')}{more})</summary>"
        f"<pre>{escape(chr(10).join(lines))}</pre></details>"
    )


def _revisions(revisions: Sequence[Record], zone: tzinfo) -> str:
    if not revisions:
        return ""
    rows = []
    for one in revisions:
        told = (local_text(one.bucket_ms, zone), one.queue, *changes_text(one))
        recorded = escape(local_text(one.recorded_ms, zone))
        rows.append([*map(escape, told), reason(one.reason), recorded])
    head = ["start", "queue", "old", "new", "reason", "recorded"]
    return f"<h5>{say('revisions')}</h5>{table([say(name) for name in head], rows)}"
