"""KPIs of the plan itself: was enough staff planned, at the right time (definitions 6.2, M6-M8).

Their columns are counted when a plan is scored against what came (`floorwatch plan accuracy`), from
the version that had the lag of hiring or of scheduling; with `--keep` by day, for `month` and `explain`.
"""

from schemas.keys import Basis
from schemas.kpi import Certification, Direction, Kpi, Unit, terms

PLANNING = Certification(item="4.5", type="")


def _accuracy(
    of: str, key: str, titles: tuple[str, str], definition: str, parts: tuple[str, str],
    direction: Direction,
) -> Kpi:  # fmt: skip
    return Kpi(
        id=of,
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=definition,
        numerator=terms(parts[0]),
        denominator=terms(parts[1]),
        basis=Basis.ARRIVAL if of == "M8" else Basis.CLIPPED,
        unit=Unit.RATIO,
        direction=direction,
        boards=("month",),
        certification=PLANNING,
        example=of,
    )


PLAN_KPIS: tuple[Kpi, ...] = (
    _accuracy(
        "M6",
        "staffing_forecast_accuracy",
        ("Staffing forecast accuracy", "スタッフィング予測精度"),
        "Mean over days of the deviation of the staff that was actually required from the forecast "
        "requirement, whatever its sign, over the forecast; version with the lag of hiring.",
        ("fc_dev_ppm", "fc_period_ppm"),
        Direction.DOWN,
    ),
    _accuracy(
        "M7",
        "scheduling_forecast_accuracy",
        ("Scheduling forecast accuracy", "スケジューリング予測精度"),
        "Planning intervals in which the staff actually required lay within the band of the forecast "
        "requirement, over all; version with the lag of scheduling.",
        ("fc_int_in", "fc_int"),
        Direction.UP,
    ),
    _accuracy(
        "M8",
        "peak_forecast_accuracy",
        ("Peak forecast accuracy", "ピーク値予測精度"),
        "Days on which the busiest hour brought what the busiest hour of the forecast said, within the "
        "tolerance, over all; version with the lag of scheduling.",
        ("fc_day_in", "fc_day"),
        Direction.UP,
    ),
)
