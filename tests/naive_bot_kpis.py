"""KPIs of technology as exact fractions of pooled columns, by the catalogue's declared terms."""

from collections.abc import Mapping
from fractions import Fraction

from schemas.catalog_bots import BOT_KPIS
from schemas.kpi import Formula, Term, Unit


def _sum(parts: tuple[Term, ...], row: Mapping[str, int]) -> int:
    return sum(part.sign * row.get(part.column, 0) for part in parts)


def kpis(row: Mapping[str, int]) -> dict[str, Fraction | None]:
    """Value of every KPI but quantiles; none where the denominator is 0. Seconds, not ms."""
    values: dict[str, Fraction | None] = {}
    for kpi in BOT_KPIS:
        if kpi.formula is Formula.QUANTILE:
            continue
        over = _sum(kpi.denominator, row) if kpi.formula is Formula.RATIO else 1
        per = 1000 if kpi.unit is Unit.SECONDS else 1
        values[kpi.key] = Fraction(_sum(kpi.numerator, row), over * per) if over else None
    return values
