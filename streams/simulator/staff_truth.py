"""Ground truth of people: what each did and should have done, written down when it happens.

Nothing here is read back from events. Meanings: definitions 2, R8, 6.1, `kernels/STAFF.md`.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from schemas.keys import BUCKET_MS
from streams.simulator.shifts import Piece
from streams.simulator.staff import Person
from streams.simulator.truth import Columns, bucket_of

BELIEVED_MS = 16 * 3600 * 1000
"""Nobody does one thing for longer; what is beyond is not known."""
UNKNOWN, LOGGED_OUT = "unknown", "logged_out"

_ON, _BUSY = "logged_in_ms", ("logged_in_ms", "busy_union_ms")
_SPENT: dict[str, tuple[str, ...]] = {
    LOGGED_OUT: (),
    UNKNOWN: ("state_unknown_ms",),
    "available": (_ON, "avail_ms", "staffed_ms"),
    "ringing": (_ON, "avail_ms", "staffed_ms", "ringing_ms"),
    "handling": (*_BUSY, "staffed_ms", "staff_handle_ms"),
    "acw": (*_BUSY, "staffed_ms", "staff_acw_ms"),
    "aux_customer_work": (*_BUSY, "aux_customer_work_ms"),
    "aux_break": (_ON, "aux_break_ms"),
    "aux_meal": (_ON, "aux_meal_ms"),
    "aux_training": (_ON, "aux_training_ms"),
    "aux_meeting": (_ON, "aux_meeting_ms"),
    "aux_other": (_ON, "aux_other_ms"),
}
_FOR_CONTACTS = frozenset({"handling", "acw", "aux_customer_work"})
_REST = frozenset({"aux_break", "aux_meal"})
_LEARN = frozenset({"aux_training", "aux_meeting"})
_AS_PLANNED = {
    "work": _FOR_CONTACTS | {"available", "ringing"},
    "customer_work": _FOR_CONTACTS,
    "break": _REST,
    "meal": _REST,
    "training": _LEARN,
    "meeting": _LEARN,
}
_WORK = ("work", "customer_work")

Key = tuple[str, str, str]
"""(home program, staffing group, site)"""
Rows = defaultdict[tuple[str, str, str, int], Columns]


class Deed(NamedTuple):
    """A state, or `aux_` + class; `lent` if for another program; chats held, and the most."""

    doing: str = LOGGED_OUT
    lent: bool = False
    sessions: int = 0
    slots: int = 0


NOTHING = Deed()


class Span(NamedTuple):
    """What a person did for some time."""

    start_ms: int
    end_ms: int
    deed: Deed

    @property
    def doing(self) -> str:
        """The state, or `aux_` + class."""
        return self.deed.doing


@dataclass(slots=True, eq=False)
class Diary:
    """One person: what was done, what is being done, and the official schedule of each day."""

    key: Key
    spans: list[Span] = field(default_factory=list)
    deed: Deed = NOTHING
    since_ms: int = 0
    days: dict[date, tuple[Piece, ...]] = field(default_factory=dict)

    def current(self, now_ms: int) -> list[Span]:
        """What has been going on since the last turn, in so far as it is believed."""
        known_ms = now_ms
        if self.deed.doing != LOGGED_OUT:
            known_ms = min(now_ms, self.since_ms + BELIEVED_MS)
        spans = [
            Span(self.since_ms, known_ms, self.deed),
            Span(known_ms, now_ms, Deed(UNKNOWN)),
        ]
        return [span for span in spans if span.end_ms > span.start_ms]


class StaffTruth:
    """Sums of what people did, by home program, staffing group and site."""

    def __init__(self) -> None:
        self._sums: Rows = _rows()
        self._diaries: dict[Person, Diary] = {}
        self._requested: dict[tuple[str, str, str, int], int] = {}

    def turned(self, person: Person, deed: Deed, now_ms: int) -> None:
        """The person stops what was done and does something else."""
        diary = self._diary(person)
        for span in diary.current(now_ms):
            _book_span(self._sums, diary.key, span)
            diary.spans.append(span)
        diary.deed, diary.since_ms = deed, now_ms

    def scheduled(self, person: Person, day: date, pieces: Iterable[Piece]) -> None:
        """What is official of a day from now on: pieces that do not overlap, in order."""
        self._diary(person).days[day] = tuple(pieces)

    def requested(self, key: Key, start_ms: int, end_ms: int, milli_fte: int) -> None:
        """Thousandths of an FTE asked of a group for whole buckets, in place of earlier requests."""
        for bucket_ms in range(start_ms, end_ms, BUCKET_MS):
            self._requested[(*key, bucket_ms)] = milli_fte

    def settle(self, before: date, midnight_ms: int, now_ms: int) -> None:
        """No schedule of a day before `before` will change; none of a later day reaches back
        before `midnight_ms`."""
        for diary in self._diaries.values():
            spans = [*diary.spans, *diary.current(now_ms)]
            for day in [day for day in diary.days if day < before]:
                _book_plan(self._sums, diary, diary.days.pop(day), spans, now_ms)
            diary.spans = [span for span in diary.spans if span.end_ms > midnight_ms]

    def rows(self, now_ms: int) -> list[dict[str, Any]]:
        """Columns that are not 0, by key; what goes on counts up to now, as schedules do.

        `[{program, group, site, bucket_ms, columns}]`; times in ms, `req_fte_ms` in FTE x ms.
        """
        rows = _rows()
        for key, row in self._sums.items():
            rows[key].update(row)
        for diary in self._diaries.values():
            current = diary.current(now_ms)
            for span in current:
                _book_span(rows, diary.key, span)
            for pieces in diary.days.values():
                _book_plan(rows, diary, pieces, [*diary.spans, *current], now_ms)
        for place, milli_fte in self._requested.items():
            rows[place]["req_fte_ms"] = milli_fte * BUCKET_MS // 1000
        return _listed(rows)

    def _diary(self, person: Person) -> Diary:
        diary = self._diaries.get(person)
        if diary is None:
            key = (person.home, person.group.name, person.site)
            diary = self._diaries[person] = Diary(key)
        return diary


def _book_span(rows: Rows, key: Key, span: Span) -> None:
    names, deed = _SPENT[span.doing], span.deed
    if deed.lent and span.doing in _FOR_CONTACTS:
        names = (*names, "lent_ms")
    if deed.sessions:
        names = (*names, "chat_busy_union_ms", *["sess_ms"] * deed.sessions)
    if "staffed_ms" in names:
        names = (*names, *["slot_ms"] * deed.slots)
    if names:
        _add(rows, key, span.start_ms, span.end_ms, names)


def _book_plan(
    rows: Rows, diary: Diary, pieces: Iterable[Piece], spans: list[Span], now_ms: int
) -> None:
    for piece in pieces:
        end_ms = min(piece.end_ms, now_ms)
        if piece.start_ms < end_ms:
            _add(rows, diary.key, piece.start_ms, end_ms, _planned(piece))
            for span in _within(spans, piece.start_ms, end_ms):
                names = _compared(piece, span.doing)
                _add(rows, diary.key, span.start_ms, span.end_ms, names)


def _within(spans: list[Span], start_ms: int, end_ms: int) -> Iterator[Span]:
    """The spans, cut at both ends."""
    i = max(0, bisect_right(spans, start_ms, key=lambda span: span.start_ms) - 1)
    while i < len(spans) and spans[i].start_ms < end_ms:
        span = spans[i]
        cut = max(start_ms, span.start_ms), min(end_ms, span.end_ms)
        if cut[0] < cut[1]:
            yield Span(*cut, span.deed)
        i += 1


def _planned(piece: Piece) -> tuple[str, ...]:
    work = "sched_work_ms" if piece.activity in _WORK else "act_planned_ms"
    return ("sched_ms", work, "paid_ms") if piece.paid else ("sched_ms", work)


def _compared(piece: Piece, doing: str) -> list[str]:
    names: list[str] = []
    excused = doing == LOGGED_OUT and not piece.paid
    if doing not in _AS_PLANNED[piece.activity] and not excused:
        names.append("mismatch_ms")
        if doing in ("handling", "acw") and piece.activity not in _WORK:
            names.append("busy_overrun_ms")
    if doing == LOGGED_OUT and piece.paid:
        names.append("unplanned_lost_ms")
    if doing != f"aux_{piece.activity}":
        names += ["act_xor_ms"] * (piece.activity not in _WORK)
        names += ["act_xor_ms"] * (doing in _REST | _LEARN)
    return names


def _add(rows: Rows, key: Key, start_ms: int, end_ms: int, names: Iterable[str]) -> None:
    while start_ms < end_ms:
        until_ms = min(end_ms, bucket_of(start_ms) + BUCKET_MS)
        row = rows[(*key, bucket_of(start_ms))]
        for name in names:
            row[name] += until_ms - start_ms
        start_ms = until_ms


def _rows() -> Rows:
    return defaultdict(_columns)


def _columns() -> Columns:
    return defaultdict(int)


def _listed(rows: Rows) -> list[dict[str, Any]]:
    names = ("program", "group", "site", "bucket_ms")
    kept = {key: {name: n for name, n in row.items() if n} for key, row in sorted(rows.items())}
    return [
        dict(zip(names, key, strict=True)) | {"columns": kept[key]} for key in kept if kept[key]
    ]
