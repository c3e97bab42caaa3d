"""`floorwatch whatif` of several intervals: of a store's day, or of a file."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, tzinfo
from math import isfinite
from typing import Any, NamedTuple

from streams.cli.output import Form, note, print_json, print_rows
from streams.errors import UserError
from streams.moments import local_text
from streams.planning.opinion import opinion
from streams.planning.repair import Repair, repair
from streams.planning.scenario import Outcome, Pooled, Scenario, Slot, changed, outcome
from streams.planning.simulation import Readings
from streams.planning.staffing import Performance

COLUMNS = (
    "start", "contacts", "contacts_then", "staff", "staff_then", "required", "required_then", "net",
    "net_then", "level", "level_then", "asa_s", "asa_s_then", "abandonment", "abandonment_then",
    "occupancy", "occupancy_then",
)  # fmt: skip
SIMULATED = ("level_simulated", "level_error", "abandonment_simulated", "abandonment_error")
LAST = ("model", "measured_level", "careful")
POOLED = "all"


class Course(NamedTuple):
    """Intervals to ask of, and the zone in which they are shown."""

    slots: list[Slot]
    zone: tzinfo = UTC
    notes: tuple[str, ...] = ()
    """What is not in them and why, and what to be careful of."""
    dated: bool = True
    """No: of some day, so that only the time is shown."""


class Answer(NamedTuple):
    """Before, after, the way out, and what a simulation of the intervals after reads."""

    before: Outcome
    after: Outcome
    repair: Repair
    simulated: tuple[Readings, Readings] | None


def answer(course: Course, scenario: Scenario, seed: int, runs: int) -> Answer:
    """What a scenario does to a course; `runs` 0: nothing is simulated. Raises UserError."""
    try:
        then = changed(course.slots, scenario)
        before, after = outcome(course.slots, scenario), outcome(then, scenario)
        played = opinion(then, scenario, seed, runs) if runs else None
        return Answer(before, after, repair(course.slots, scenario), played)
    except ValueError as wrong:
        raise UserError(str(wrong), "see floorwatch whatif --help") from None


def show(course: Course, told: Answer, asked: dict[str, Any], form: Form) -> None:
    """Print it as a table with what it means, as CSV or as JSON."""
    rows = [_row(course, told, at) for at in range(len(course.slots))]
    rows.append(_pooled(course, told))
    columns = (*COLUMNS, *(SIMULATED if told.simulated else ()), *LAST)
    if form is Form.JSON:
        *each, pooled = [{name: row.get(name) for name in columns} for row in rows]
        steps = told.repair._asdict()
        print_json({"asked": asked, "intervals": each, POOLED: pooled, "repair": steps,
                    "notes": course.notes})  # fmt: skip
        return
    if form is Form.TABLE:
        rows = [row | {"careful": " ".join(rules_of([row["careful"]]))} for row in rows]
    print_rows(rows, columns, form)
    for line in course.notes:
        note(line)
    if form is Form.TABLE:
        print(_sentence(told.before.pooled, told.after.pooled))
        print(_repaired(told.repair, told.after.pooled))
        for why in _reasons(told.after.careful):
            print(f"careful: {why}")
        if told.simulated:
            print(_second(told.after.pooled, told.simulated[1]))


def _row(course: Course, told: Answer, at: int) -> dict[str, Any]:
    slot = course.slots[at]
    shown = local_text(slot.start_ms, course.zone)
    row: dict[str, Any] = {
        "start": shown if course.dated else shown[11:16],
        "contacts": slot.load.contacts,
        "contacts_then": told.after.slots[at].load.contacts,
        "model": told.after.performances[at].model,
        "careful": told.after.careful[at],
    }
    if slot.measured is not None and slot.measured.offered:
        row["measured_level"] = slot.measured.in_time / slot.measured.offered
    for end, of in (("", told.before), ("_then", told.after)):
        row |= _figures(of.performances[at], of.required[at], end)
    return row | (_simulated(told.simulated[0], at) if told.simulated else {})


def _pooled(course: Course, told: Answer) -> dict[str, Any]:
    row: dict[str, Any] = {
        "start": POOLED,
        "contacts": told.before.pooled.contacts,
        "contacts_then": told.after.pooled.contacts,
        "model": "+".join(sorted({one.model for one in told.after.performances})),
        "careful": "; ".join(_reasons(told.after.careful)),
    }
    measured = [slot.measured for slot in course.slots if slot.measured is not None]
    if offered := sum(one.offered for one in measured):
        row["measured_level"] = sum(one.in_time for one in measured) / offered
    for end, of in (("", told.before.pooled), ("_then", told.after.pooled)):
        row |= _figures(of, of.required, end)
    return row | (_simulated(told.simulated[1], 0) if told.simulated else {})


def _reasons(careful: Sequence[str]) -> list[str]:
    """Every rule that intervals break, once, with how many do."""
    parts = Counter(part for text in careful for part in text.split("; ") if part)
    return [f"{part} ({number} intervals)" for part, number in parts.items()]


def rules_of(careful: Sequence[str]) -> list[str]:
    """Names of the rules that intervals break."""
    rules = (part.partition(":")[0] for text in careful for part in text.split("; ") if part)
    return list(dict.fromkeys(rules))


def _figures(one: Performance | Pooled, needed: float, end: str) -> dict[str, Any]:
    figures = {
        "staff": one.staff,
        "required": needed,
        "net": one.staff - needed,
        "level": one.level,
        "asa_s": one.asa_s,
        "abandonment": one.abandonment,
        "occupancy": one.occupancy,
    }
    return {f"{name}{end}": value if isfinite(value) else None for name, value in figures.items()}


def _simulated(read: Readings, at: int) -> dict[str, Any]:
    values = read.level, read.level_error, read.abandonment, read.abandonment_error
    found = (float(value[at]) for value in values)
    return {
        name: value if isfinite(value) else None
        for name, value in zip(SIMULATED, found, strict=True)
    }


def _sentence(before: Pooled, after: Pooled) -> str:
    goal = f", promised {after.goal:.1%}" if after.goal else ""
    return (
        f"level {before.level:.1%} -> {after.level:.1%}{goal}; abandonment {before.abandonment:.1%} -> "
        f"{after.abandonment:.1%}; net staff {before.staff - before.required:+.1f} -> "
        f"{after.staff - after.required:+.1f}"
    )


def _repaired(steps: Repair, after: Pooled) -> str:
    if not after.goal and not isfinite(after.most_abandonment):
        return "nothing is promised: name a --level or an --abandonment"
    if steps.staff == 0:
        return "what is promised is kept"
    ways = [
        f"{steps.staff:+d} people" if steps.staff is not None else "",
        f"-{steps.volume} % volume" if steps.volume is not None else "",
        f"-{steps.aht} % handle time" if steps.aht is not None else "",
    ]
    known = [way for way in ways if way]
    if not known:
        return "no change in these intervals restores what is promised"
    return f"least change that restores it, one at a time: {', or '.join(known)}"


def _second(after: Pooled, read: Readings) -> str:
    level, error = float(read.level[0]), float(read.level_error[0])
    far = abs(level - after.level) > max(0.01, 4 * error)
    return (
        f"simulated: level {level:.1%} +- {error:.1%}, abandonment {float(read.abandonment[0]):.1%} +- "
        f"{float(read.abandonment_error[0]):.1%}"
        + ("; it differs from the model: trust the simulation" if far else "")
    )
