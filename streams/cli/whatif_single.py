"""`floorwatch whatif` of one interval."""

from math import isfinite
from typing import Any

from streams.cli.output import Form, print_json, print_rows
from streams.errors import UserError
from streams.planning.consistency import consistency
from streams.planning.simulation import simulated
from streams.planning.staffing import Goals, Load, Performance
from streams.planning.whatif import Answer, Change, changed, what_if


def single(
    load: Load, staff: float, goals: Goals, change: Change, runs: int, seed: int, form: Form
) -> None:  # fmt: skip
    """Print what a change does to an interval; `runs` 0: nothing is simulated. Raises UserError."""
    if goals.abandonment is not None and load.patience_s is None:
        raise UserError(
            "an abandonment target needs a patience", "Erlang C has nobody leave: add --patience"
        )
    answer = what_if(load, staff, goals, change)
    told = _told(answer)
    if load.patience_s is not None and goals.abandonment is not None:
        told["targets"] = _consistent(load, goals)
    if runs:
        told["simulated"] = _played(changed(load, change), answer.after.staff, goals, runs, seed)
    if form is Form.JSON:
        print_json(told)
        return
    print_rows([told["now"], told["then"]], list(told["now"]), form)
    if form is Form.CSV:
        return
    print(_repaired(answer))
    if "targets" in told and told["targets"]["reason"]:
        print(f"targets: {told['targets']['reason']}")
    if answer.weak:
        print(f"careful: {answer.weak}")
    if runs:
        print("simulated: level {level} +- {level_error}, abandonment {abandonment} +- "
              "{abandonment_error}".format(**told["simulated"]))  # fmt: skip


def _consistent(load: Load, goals: Goals) -> dict[str, Any]:
    """Whether the targets go together, or why that cannot be said."""
    try:
        return consistency(load, goals)._asdict()
    except ValueError as wrong:
        return {"consistent": None, "reason": str(wrong)}


def _played(load: Load, staff: float, goals: Goals, runs: int, seed: int) -> dict[str, Any]:
    """What the interval reads when it is played, beginning with nobody waiting."""
    _, pooled = simulated([load], [staff], [goals.within_s], seed, runs)
    names = ("level", "level_error", "abandonment", "abandonment_error", "asa_s", "asa_error")
    values = {name: float(getattr(pooled, name)[0]) for name in names}
    return {name: round(v, 4) if isfinite(v) else None for name, v in values.items()}


def _row(name: str, told: Performance, needed: float) -> dict[str, Any]:
    return {
        "interval": name,
        "staff": told.staff,
        "required": needed,
        "net": told.staff - needed,
        "level": told.level,
        "asa_s": told.asa_s,
        "abandonment": told.abandonment,
        "occupancy": told.occupancy,
        "model": told.model,
    }


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "now": _finite(_row("now", answer.before, answer.required_before)),
        "then": _finite(_row("then", answer.after, answer.required_after)),
        "repair": answer.repair._asdict(),
        "careful": answer.weak,
    }


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity: what has no steady state is null."""
    return {
        key: None if value in (float("inf"), float("-inf")) else value for key, value in row.items()
    }


def _repaired(answer: Answer) -> str:
    staff, volume, aht = answer.repair
    if staff == 0:
        return "the targets are met"
    ways = [
        f"{staff:+.2f} FTE" if staff is not None else "",
        f"-{volume:.1%} volume" if volume is not None else "",
        f"-{aht:.1%} handle time" if aht is not None else "",
    ]
    known = [way for way in ways if way]
    return f"to meet the targets: {' or '.join(known)}" if known else "no change meets the targets"
