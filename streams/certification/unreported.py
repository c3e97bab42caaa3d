"""Values that are unknown because the plan does not say that a program's sources report them."""

from collections.abc import Iterable, Sequence

from schemas.catalog import KPIS
from schemas.pst import MonthValue
from schemas.targets import Plan
from streams.certification.points import UNKNOWN
from streams.certification.recorded import programs
from streams.certification.table import Measured


def lacks_report(value: MonthValue, plan: Plan) -> bool:
    """Whether a value is unknown and nobody is said to report what it counts."""
    reported = KPIS[value.kpi].reported
    return bool(reported) and not value.known and reported not in plan.program(value.program).tells


def unreported(values: Iterable[MonthValue], plan: Plan) -> dict[tuple[str, ...], list[str]]:
    """KPIs of which this is so, in the catalogue's order, with the programs that lack the same ones."""
    found: dict[str, dict[str, None]] = {}
    for one in values:
        if lacks_report(one, plan):
            found.setdefault(one.program, {})[one.kpi] = None
    together: dict[tuple[str, ...], list[str]] = {}
    for program, keys in sorted(found.items()):
        together.setdefault(tuple(keys), []).append(program)
    return together


def of_row(row: Measured, plan: Plan) -> list[str]:
    """What is said of a row of the table that has unknown periods, where this may be why."""
    kpi = KPIS.get(row.row.metric)
    if row.row.imported or kpi is None or UNKNOWN not in [cell.value for cell in row.cells]:
        return []
    silent = [
        name for name in programs(row.row, plan) if kpi.reported not in plan.program(name).tells
    ]
    return [sentence(silent, [kpi.key])] if kpi.reported and silent else []


def sentence(owners: Sequence[str], keys: Sequence[str]) -> str:
    """What is unknown of programs, and where the plan would say that it is reported."""
    words = ", ".join(f'"{name}"' for name in dict.fromkeys(KPIS[key].reported for key in keys))
    return (
        f"{', '.join(owners)}: {', '.join(keys)} unknown, for the plan does not say that every source reports "
        f"it; where all do, [plan.programs.{owners[0]!r}] tells = [{words}]"
    )
