"""What a queue-log bridge remembers between lines: calls, people, the last seconds."""

from collections.abc import Iterator

import msgspec

from streams.bridges.asterisk_counts import Second, place_of
from streams.bridges.asterisk_lines import Record
from streams.bridges.asterisk_people import People
from streams.bridges.base import Rejected

STATE_VERSION = 1
MAX_SEGMENT = 65_535
MAX_OPEN = 4
"""Visits of one call kept open, should the log lack the ends of its conversations."""


class Visit(msgspec.Struct, array_like=True):
    """One stay of a call that has not ended. Not talking means waiting."""

    segment: int
    program: str
    queue: str
    entered: bool = False
    """Its ENTERQUEUE was seen."""
    talking: bool = False


class Call(msgspec.Struct, array_like=True):
    """A call: its newest visit's number and program, and the visits still open.

    Two can be open at once: newer Asterisk writes the end of a transferred conversation
    from another thread, so it may stand behind the ENTERQUEUE that the transfer led to.
    """

    segment: int
    program: str
    touched_ms: int = 0
    visits: list[Visit] = []


class State(msgspec.Struct):
    """All that a bridge must carry over a restart. Dictionaries keep the order of the log."""

    v: int = STATE_VERSION
    clock_ms: int = -1
    """Greatest time read."""
    beat_ms: int = -1
    """Time of the last heartbeat sent on the way."""
    programs: list[str] = []
    open: dict[str, Call] = {}
    ended: dict[str, Call] = {}
    seconds: dict[int, Second] = {}
    passed: dict[str, int] = {}
    staff_only: dict[str, int] = {}
    silent: dict[str, int] = {}
    columns: list[str] = []
    """Header of a table; empty before it was read."""
    delimiter: str = ","
    staff: People = msgspec.field(default_factory=People)
    """Stays empty unless people are told of. Absent from snapshots of releases that could not."""
    homes: list[str] = []
    """Programs whose people were told of."""

    def know(self, program: str) -> None:
        """Heartbeats speak for the program from now on."""
        if program not in self.programs:
            self.programs.append(program)

    def know_home(self, program: str) -> None:
        """Heartbeats about people speak for the program from now on."""
        if program not in self.homes:
            self.homes.append(program)

    def number(self, record: Record) -> tuple[int, str]:
        """Place of the record among those of its second, and its id."""
        return place_of(self.seconds, record, self.clock_ms)

    def call(self, name: str) -> Call | None:
        """The call, if anything is known of it."""
        return self.open.get(name) or self.ended.get(name)

    def require_room(self, name: str) -> None:
        """Raises Rejected when the visit numbers of a call are used up."""
        call = self.call(name)
        if call is not None and call.segment >= MAX_SEGMENT:
            raise Rejected("too_many_visits", f"call {name} entered queues {MAX_SEGMENT} times")

    def open_visit(self, name: str, program: str, queue: str) -> Visit:
        """Starts the next visit of a call."""
        call = self.call(name)
        segment = call.segment + 1 if call else 1
        visits = call.visits[1 - MAX_OPEN :] if call else []
        visit = Visit(segment, program, queue)
        self.open[name] = Call(segment, program, self.clock_ms, [*visits, visit])
        self.ended.pop(name, None)
        return visit

    def touch(self, name: str) -> None:
        """Moves a call to the young end of its dictionary, into `ended` once nothing is open."""
        call = self.open.pop(name, None) or self.ended.pop(name)
        call.touched_ms = self.clock_ms
        (self.open if call.visits else self.ended)[name] = call

    def forget(self, open_before_ms: int, ended_before_ms: int) -> None:
        """Drops calls last heard of before these times; memory stays bounded by them."""
        self.staff.forget(open_before_ms)
        for calls, before_ms in ((self.open, open_before_ms), (self.ended, ended_before_ms)):
            while calls:
                name = next(iter(calls))
                if calls[name].touched_ms >= before_ms:
                    break
                del calls[name]

    def close_all(self) -> Iterator[tuple[str, Visit]]:
        """Every open visit with its call; afterwards none is open."""
        for name, call in list(self.open.items()):
            for visit in call.visits:
                yield name, visit
            call.visits = []
            self.touch(name)


def visit_for(call: Call, queue: str, talking: bool) -> Visit:
    """The open visit that a record is about: by phase, then by queue, then the newest."""
    return max(
        call.visits, key=lambda one: (one.talking == talking, one.queue == queue, one.segment)
    )
