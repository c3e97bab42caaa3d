"""`floorwatch whatif`: an interval with other volume, handle time or staff."""

from typing import Annotated, Any

import typer

from streams.cli.options import AsJson
from streams.cli.output import print_json, print_rows
from streams.errors import UserError
from streams.planning.staffing import Goals, Load, Performance
from streams.planning.whatif import Answer, Change, consistency, what_if

EXAMPLES = (
    "floorwatch whatif --contacts 100 --aht 180 --staff 14 --patience 120 --volume 20",
    "floorwatch whatif --contacts 100 --aht 180 --staff 12 --staff-change -2 --level 80 --within 20",
    "floorwatch whatif --contacts 100 --aht 180 --staff 12 --patience 120 --abandonment 3 --json",
)
Percent = Annotated[float, typer.Option(min=-100, help="Percent more (or, below 0, less).")]


def command(
    contacts: Annotated[float, typer.Option("--contacts", min=0, help="Of the interval.")],
    aht: Annotated[float, typer.Option("--aht", min=0.001, help="Handle time, s.")],
    staff: Annotated[float, typer.Option("--staff", min=0, help="FTE that are there.")],
    minutes: Annotated[float, typer.Option("--minutes", min=1, help="Of the interval.")] = 30,
    patience: Annotated[
        float | None, typer.Option("--patience", min=0.001, help="Mean, s; without it Erlang C.")
    ] = None,
    concurrency: Annotated[
        float, typer.Option("--concurrency", min=1, help="Chats held at once, measured.")
    ] = 1.0,
    level: Annotated[float, typer.Option("--level", min=0, max=99.99, help="Target, %.")] = 80,
    within: Annotated[float, typer.Option("--within", min=0, help="T of the target, s.")] = 20,
    abandonment: Annotated[
        float | None, typer.Option("--abandonment", min=0.01, max=100, help="Target, %.")
    ] = None,
    occupancy: Annotated[
        float | None, typer.Option("--occupancy", min=1, max=100, help="Cap, %.")
    ] = None,
    volume: Percent = 0,
    aht_change: Percent = 0,
    staff_change: Annotated[float, typer.Option(help="FTE more (or, below 0, fewer).")] = 0,
    as_json: AsJson = False,
) -> None:
    """Level, abandonment, speed of answer and occupancy before and after a change, the FTE required,
    and the least change that meets the targets. It is a model, named beside its numbers.
    """
    load = Load(contacts, minutes * 60, aht, patience, concurrency)
    goals = Goals(within, level / 100, None, _share(abandonment), _share(occupancy))
    if abandonment is not None and patience is None:
        raise UserError(
            "an abandonment target needs a patience", "Erlang C has nobody leave: add --patience"
        )
    answer = what_if(load, staff, goals, Change(volume / 100, aht_change / 100, staff_change))
    told = _told(answer)
    if patience is not None and abandonment is not None:
        told["targets"] = consistency(load, goals)._asdict()
    if as_json:
        print_json(told)
        return
    print_rows([told["now"], told["then"]], list(told["now"]))
    print(_repaired(answer))
    if "targets" in told and told["targets"]["reason"]:
        print(f"targets: {told['targets']['reason']}")
    if answer.weak:
        print(f"careful: {answer.weak}")


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


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
