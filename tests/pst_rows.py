"""Rows of a performance summary table, made in a line."""

from typing import Any

from schemas.pst import Decisions, PstRow
from streams.certification.counting import count
from streams.certification.table import Cell, Judged, Measured, judge


def month(number: int) -> str:
    return f"{2025 + (number - 1) // 12}-{(number - 1) % 12 + 1:02}"


def row(name: str = "sl", **fields: Any) -> PstRow:
    """An imported row of a program at target 80, up; `target` may be a number or (low, high)."""
    target = fields.pop("target", 80)
    limits = dict(zip(("low", "high"), target, strict=True)) if isinstance(target, tuple) else {
        "value": target
    }  # fmt: skip
    told = {
        "name": name, "metric": name, "imported": True, "item": "4.3", "type": "service",
        "direction": "up", "targets": [{"valid_from": "2025-01", **limits}],
    } | fields  # fmt: skip
    if told["item"] not in ("4.3", "4.4"):
        told["type"] = ""
    return PstRow.model_validate(told)


def measured(of: PstRow, values: list[Any], share: float | None = None) -> Measured:
    cells = [Cell(month(n), month(n), value) for n, value in enumerate(values, start=1)]
    return Measured(of, tuple(cells), share if share is not None else of.volume_share)


def judged(of: PstRow, values: list[Any], decisions: Decisions | None = None) -> Judged:
    return judge(measured(of, values), decisions or Decisions())


def met(name: str, **fields: Any) -> Judged:
    return judged(row(name, **fields), [90] * 6)


def missed(name: str, **fields: Any) -> Judged:
    return judged(row(name, **fields), [70] * 6)


def improved(name: str, **fields: Any) -> Judged:
    return judged(row(name, **fields), [60, 60, 60, 70, 70, 70])


def left_out(rows: list[Judged]) -> dict[str, str]:
    """Reasons of those that do not count, by name."""
    return {one.row.name: one.left_out.en for one in count(rows) if one.left_out}
