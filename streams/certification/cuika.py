"""CUIKA of a row: what is stated of its data, and what its own values say of them (definitions 7.2)."""

from schemas.catalog import KPIS
from schemas.pst import Cuika
from streams.certification.points import UNKNOWN
from streams.certification.table import Judged

LETTERS = {"collected": "C", "used": "U", "integrity": "I", "knowledge": "K", "action": "A"}


def statements(one: Judged) -> Cuika:
    """What the file states, and before it what the values show: their source, what is complete.

    A row whose data cannot be used says so under `integrity`; it is not met whatever else is said.
    """
    told = one.row.cuika
    shown = {"collected": _collected(one), "integrity": _integrity(one)}
    joined = {
        name: "; ".join(part for part in (text, getattr(told, name)) if part)
        for name, text in shown.items()
    }
    return told.model_copy(update=joined)


def letters(stated: Cuika) -> str:
    """CUIKA with a dash for each letter that nothing is stated of."""
    return "".join(mark if getattr(stated, name) else "-" for name, mark in LETTERS.items())


def _collected(one: Judged) -> str:
    known = [cell for cell in one.measured.cells if cell.value != UNKNOWN]
    sources = sorted({cell.source for cell in known if cell.source})
    if not sources:
        return ""
    return f"{', '.join(sources)}, {len(known)} of {len(one.points)} periods"


def _integrity(one: Judged) -> str:
    if one.row.unusable:
        return f"not usable: {one.row.unusable}"
    parts = []
    if not one.row.imported:
        parts.append(f"definition version {KPIS[one.row.metric].definition_version}")
    complete = [c.completeness for c in one.measured.cells if c.completeness is not None]
    if complete and not one.row.imported:
        parts.append(f"at least {min(complete):.2%} complete")
    if one.integrity_fail:
        parts.append(f"not judged: {' '.join(one.integrity_fail)}")
    return ", ".join(parts)
