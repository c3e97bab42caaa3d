"""Metrics of the PST that are imported from the system that measures them (definitions 5, D3 and D4).

A system that keeps cases tells when one is promised, done or withdrawn; to which team it was handed and
the hours that people spent on its kind of work it alone knows. Their place in the table is known.
"""

from typing import NamedTuple

from schemas.kpi import Certification, Direction


class ImportedMetric(NamedTuple):
    """What is known of a metric whose values are imported."""

    id: str
    title: str
    title_ja: str
    definition: str
    direction: Direction
    certification: Certification


IMPORTED: dict[str, ImportedMetric] = {
    "case_escalation_rate": ImportedMetric(
        "D3",
        "Escalation of cases",
        "案件のエスカレーション率",
        "Share of the cases processed that were handed to another team with the responsibility.",
        Direction.DOWN,
        Certification(item="4.3", type="service"),
    ),
    "cases_per_staff_hour": ImportedMetric(
        "D4",
        "Cases per staff hour",
        "要員1時間あたりの処理件数",
        "Cases processed over the hours that people worked on them, where no handle time is measured.",
        Direction.UP,
        Certification(item="4.3", type="efficiency"),
    ),
}
"""By the name a row gives as its metric."""
