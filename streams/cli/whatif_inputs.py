"""What `floorwatch whatif` is given beside numbers: intervals in a file, people who come and go."""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, tzinfo
from itertools import pairwise
from pathlib import Path

from streams.errors import UserError
from streams.planning.scenario import Presence, Slot
from streams.planning.staffing import Goals, Load

NEEDED = ("start", "contacts", "aht_s", "staff")
MAY = ("minutes", "patience_s", "concurrency")
MINUTE_MS = 60_000
_CLOCK = r"\d{1,2}:\d{2}"
_SPAN = re.compile(rf"(?P<who>[^@]+)@(?P<since>{_CLOCK})-(?P<until>{_CLOCK})(>(?P<to>{_CLOCK}))?")


def read_slots(path: Path, goals: Goals, patience_s: float | None) -> list[Slot]:
    """Intervals of a CSV file with a header, in order of time; moments are of one day, UTC.

    Raises UserError with file and line.
    """
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}", "check name and encoding") from None
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    unknown = [name for name in columns if name not in (*NEEDED, *MAY)]
    if unknown or not set(NEEDED) <= set(columns):
        raise UserError(
            f"{path}:1: columns {', '.join(unknown or columns)}",
            f"needed: {', '.join(NEEDED)}; may be: {', '.join(MAY)}",
        )
    slots = []
    for row in reader:
        try:
            slots.append(_slot(row, goals, patience_s))
        except ValueError as wrong:
            raise UserError(f"{path}:{reader.line_num}: {wrong}", "see whatif --help") from None
    slots.sort(key=lambda slot: slot.start_ms)
    for one, following in pairwise(slots):
        if following.start_ms < one.end_ms:
            raise UserError(f"{path}: intervals overlap", "one row for each interval")
    if not slots:
        raise UserError(f"{path}: there are no intervals in it", "one row for each interval")
    return slots


def _slot(row: Mapping[str, str | None], goals: Goals, patience_s: float | None) -> Slot:
    told = {name: (value or "").strip() for name, value in row.items() if name}

    def number(name: str, usual: float | None = None) -> float | None:
        if not told.get(name) and name not in NEEDED:
            return usual
        try:
            value = float(told[name])
        except ValueError:
            raise ValueError(f"{name}: {told[name]!r} is no number") from None
        if not 0 <= value < 1e9 or (name in ("aht_s", "minutes", "patience_s") and not value):
            raise ValueError(f"{name}: {told[name]!r} is not above 0")
        return value

    minutes, concurrency = number("minutes", 30.0) or 30.0, number("concurrency", 1.0) or 1.0
    if concurrency < 1:
        raise ValueError(f"concurrency: {concurrency} is below 1")
    start = clock_ms(told["start"], 0, UTC)
    load = Load(
        number("contacts") or 0.0,
        minutes * 60,
        number("aht_s") or 0.0,
        number("patience_s", patience_s),
        concurrency,
    )
    return Slot(start, start + round(minutes * MINUTE_MS), load, number("staff") or 0.0, goals)


def clock_ms(text: str, day_ms: int, zone: tzinfo) -> int:
    """ms UTC of `HH:MM` on the local day that holds `day_ms`. Raises ValueError."""
    try:
        clock = time.fromisoformat(text.zfill(5))
    except ValueError:
        raise ValueError(f"{text!r} is no time such as 09:30") from None
    day = datetime.fromtimestamp(day_ms / 1000, zone).date()
    return round(datetime.combine(day, clock, zone).timestamp() * 1000)


def presences(
    slots: Sequence[Slot], zone: tzinfo, more: Sequence[str], fewer: Sequence[str],
    moved: Sequence[str], down: Mapping[str, Sequence[float]],
) -> tuple[Presence, ...]:  # fmt: skip
    """People who come and go: `N@FROM-TO`, of a break moved `N@FROM-TO>FROM`; `down` has for each
    `SITE@FROM-TO` the people there in each interval. Raises UserError for what cannot be meant."""
    found = []
    for sign, texts in ((1.0, more), (-1.0, fewer)):
        for text in texts:
            who, since, until, _ = parsed(text, slots[0].start_ms, zone)
            found.append(Presence(sign * people(who, text), since, until))
    for text in moved:
        who, since, until, to = parsed(text, slots[0].start_ms, zone)
        if to is None:
            raise UserError(f"{text!r} says not where to", "write 3@12:00-12:15>13:30")
        number = people(who, text)
        found += [Presence(number, since, until), Presence(-number, to, to + until - since)]
    for text, there in down.items():
        _, since, until, _ = parsed(text, slots[0].start_ms, zone)
        for slot, number in zip(slots, there, strict=True):
            begins, ends = max(since, slot.start_ms), min(until, slot.end_ms)
            if begins < ends:
                found.append(Presence(-number, begins, ends))
    for one in found:
        if not any(one.since_ms < slot.end_ms and slot.start_ms < one.until_ms for slot in slots):
            raise UserError("a change of people lies in no interval", "name a time within them")
    return tuple(found)


def parsed(text: str, day_ms: int, zone: tzinfo) -> tuple[str, int, int, int | None]:
    """Who, from, until and (of a break moved) where to, ms UTC. Raises UserError."""
    told = _SPAN.fullmatch(text.replace(" ", ""))
    try:
        if told is None:
            raise ValueError(f"{text!r} names nobody, or no span of time")
        since, until = (clock_ms(told[part], day_ms, zone) for part in ("since", "until"))
        if until <= since:
            raise ValueError(f"{text!r} ends before it begins")
        to = clock_ms(told["to"], day_ms, zone) if told["to"] else None
    except ValueError as wrong:
        raise UserError(str(wrong), "write 2@17:00-19:00") from None
    return told["who"], since, until, to


def people(who: str, text: str) -> float:
    """A number of people. Raises UserError."""
    try:
        number = float(who)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise UserError(f"{text!r}: {who!r} is no number of people", "write 2@17:00-19:00")
    return number
