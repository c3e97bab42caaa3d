"""Events of people and of the plan to kernel input: states, schedule rows, requested FTE."""

from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from kernels.layout import INPUT, ROW_INPUT, SESSION_BIT, SLOT_BIT, WORK_BIT
from schemas.staff import ACTIVITIES, AUX_CLASSES, STATES
from streams.names import Names, of_program, text_hash
from streams.rejects import Reject, reject
from streams.view import STAFF_CHANNEL, QueueKey
from streams.wire import ROW_CODE, STATE_CODE

LONGEST_REQUEST_MS = 31 * 24 * 3_600_000
_MIX = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1
_AUX = STATES.index("aux")
_origin = attrgetter("source", "program", "group", "site")


class States(NamedTuple):
    """`staff_state` events: INPUT (n,), place among the raw values (n,), feed codes (n,)."""

    input: NDArray[np.void]
    places: NDArray[np.int64]
    feeds: NDArray[np.int32]


class Rows(NamedTuple):
    """`scheduled` rows: ROW_INPUT (n,), place among the raw values (n,)."""

    input: NDArray[np.void]
    places: NDArray[np.int64]


class Requested(NamedTuple):
    """An `fte_requested` event, code of its group and site, its place among the raw values."""

    event: Any
    group: int
    place: int


class _Home(NamedTuple):
    feed: int
    program: int
    place: int
    source_mix: int
    program_hash: int


class _Homes(dict[tuple[str, str, str, str], Any]):
    """Codes of (source, program, group, site), or the reason why it is refused.

    What `feeds` is a source whose promise counts; the plan's make none (design 6).
    """

    def __init__(self, names: Names, feeds: bool) -> None:
        super().__init__()
        self._names = names
        self._feeds = feeds

    def __missing__(self, key: tuple[str, str, str, str]) -> Any:
        source, program, group, site = key
        names = self._names
        found: Any = names.refused_program(program)
        if not found:
            try:
                code = names.program(program)
                queue = names.queue(QueueKey(program, group, STAFF_CHANNEL))
                place = names.place(queue, names.site(site))
                mix = int(text_hash(source)) * _MIX & _MASK
                feed = names.feed(source, program) if self._feeds else -1
                found = _Home(feed, code, place, mix, int(text_hash(program)))
            except OverflowError as full:
                found = str(full)
        self[key] = found
        return found


class _People(dict[str, tuple[int, int]]):
    """128-bit digests of people's names; what the kernels know is named in `names.staff`."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, name: str) -> tuple[int, int]:
        called = self._names.pseudonym(name)
        digest = xxhash.xxh3_128_intdigest(called.encode())
        self._names.staff[digest & _MASK] = called
        found = self[name] = (digest >> 64, digest & _MASK)
        return found


class StaffDecoder:
    """Decodes for one shard, interning into its names."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._homes = _Homes(names, feeds=True)
        self._planned = _Homes(names, feeds=False)
        self._people = _People(names)
        self._reasons: dict[str, int] = {}
        self._days: dict[tuple[str, str], int | None] = {}

    def decode(
        self,
        found: list[tuple[Any, int]],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> tuple[States | None, Rows | None, list[Requested]]:
        """Events with their places among the raw values; those that are refused go to `rejects`."""
        states: list[tuple[Any, int, _Home]] = []
        rows: list[tuple[Any, int, _Home]] = []
        requests: list[Requested] = []
        for event, i in found:
            homes = self._homes if event.code == STATE_CODE else self._planned
            home = homes[_origin(event)]
            if isinstance(home, str):
                detail = of_program(home, event.program)
                rejects.append(reject(home, detail, topic, offsets[i], values[i]))
            elif event.code == STATE_CODE:
                states.append((event, i, home))
            elif event.code != ROW_CODE and event.end - event.start > LONGEST_REQUEST_MS:
                detail = "end: more than 31 days after start"
                rejects.append(reject("invalid", detail, topic, offsets[i], values[i]))
            elif event.code != ROW_CODE:
                requests.append(Requested(event, home.place, i))
            elif self._day_begins(event.program, event.day) is None:
                detail = f"day: {event.day!r} is in no calendar"
                rejects.append(reject("invalid", detail, topic, offsets[i], values[i]))
            else:
                rows.append((event, i, home))
        return (
            self._states(states) if states else None,
            self._rows(rows) if rows else None,
            requests,
        )

    def _states(self, found: list[tuple[Any, int, _Home]]) -> States:
        n = len(found)
        out = np.zeros(n, INPUT)
        people, homes = self._people, [home for _, _, home in found]
        events = [event for event, _, _ in found]
        ids = b"".join(xxhash.xxh3_64_digest(event.id.encode()) for event in events)
        event = out["event"]
        event["time"] = [e.time for e in events]
        event["seq"] = [e.seq for e in events]
        event["rev"] = [e.rev for e in events]
        event["kind"] = [
            _STATE[e.state] << 3 | (_CLASS[e.aux] if e.state == "aux" else 0) for e in events
        ]
        event["staff"] = [self._work(e) for e in events]
        event["place"] = [home.place for home in homes]
        mixes = np.array([home.source_mix for home in homes], np.uint64)
        event["id"] = np.frombuffer(ids, ">u8") ^ mixes
        self._persons(out, events, homes, people)
        return States(
            out,
            np.array([i for _, i, _ in found], np.int64),
            np.array([home.feed for home in homes], np.int32),
        )

    def _persons(
        self, out: NDArray[np.void], events: list[Any], homes: list[_Home], people: _People
    ) -> None:
        digests = [people[event.staff] for event in events]
        programs = np.array([home.program_hash for home in homes], np.uint64)
        out["hi"] = np.array([hi for hi, _ in digests], np.uint64) ^ programs
        out["lo"] = [lo for _, lo in digests]
        out["program"] = [home.program for home in homes]

    def _work(self, event: Any) -> int:
        lent = bool(event.work_program) and event.work_program != event.program
        reason = self._reasons.get(event.reason)
        if reason is None:
            reason = self._reasons[event.reason] = int(text_hash(event.reason)) & 0x7FFF
            self._names.reasons[reason] = event.reason
        return int(
            lent << WORK_BIT | event.sessions << SESSION_BIT | event.slots << SLOT_BIT | reason
        )

    def _rows(self, found: list[tuple[Any, int, _Home]]) -> Rows:
        n = len(found)
        out = np.zeros(n, ROW_INPUT)
        homes = [home for _, _, home in found]
        events = [event for event, _, _ in found]
        ids = b"".join(xxhash.xxh3_64_digest(event.id.encode()) for event in events)
        row = out["row"]
        for name in ("start", "end", "time", "version", "rev"):
            row[name] = [getattr(event, name) for event in events]
        begins = [self._day_begins(event.program, event.day) or 0 for event in events]
        row["day"] = [date.fromisoformat(event.day).toordinal() for event in events]
        row["eligible"] = [e.time < begin for e, begin in zip(events, begins, strict=True)]
        row["activity"] = [_ACTIVITY[event.activity] for event in events]
        row["paid"] = [event.paid == "yes" for event in events]
        row["restates"] = [event.restates == "yes" for event in events]
        row["place"] = [home.place for home in homes]
        mixes = np.array([home.source_mix for home in homes], np.uint64)
        row["id"] = np.frombuffer(ids, ">u8") ^ mixes
        self._persons(out, events, homes, self._people)
        return Rows(out, np.array([i for _, i, _ in found], np.int64))

    def _day_begins(self, program: str, day: str) -> int | None:
        """Local midnight of a day, ms UTC; None if the calendar has no such day."""
        key = (program, day)
        if key not in self._days:
            try:
                zone = self._names.plan.zone(program)
                midnight = datetime.fromisoformat(day).replace(tzinfo=zone)
                self._days[key] = round(midnight.timestamp() * 1000)
            except ValueError:
                self._days[key] = None
        return self._days[key]


_STATE = {name: code for code, name in enumerate(STATES)}
_CLASS = {name: code for code, name in enumerate(AUX_CLASSES)}
_ACTIVITY = {name: code for code, name in enumerate(ACTIVITIES)}
