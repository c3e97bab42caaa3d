"""What a queue-log bridge remembers of people: memberships, pauses, conversations, wrap-up."""

from heapq import heappush

import msgspec

from streams.bridges.asterisk_counts import Second, place_of
from streams.bridges.asterisk_lines import Record

MAX_CALLS = 16
"""Conversations of one person kept open, should the log lack their ends."""
CLOCK_STEP_MS = 3_600_000
"""A writer's clock that steps back no further than this only holds a person's timeline up."""


class Said(msgspec.Struct, array_like=True, frozen=True):
    """What holds of a person, as in schemas.staff.StaffState."""

    state: str = "logged_out"
    aux: str = "other"
    reason: str = ""
    work_program: str = ""


class Talk(msgspec.Struct, array_like=True):
    """A conversation: the program it is for, and since when."""

    program: str
    since_ms: int


class Person(msgspec.Struct, array_like=True):
    """One person over all queues. A pause is its reason; None means not paused."""

    queues: dict[str, str | None] = {}
    """Memberships. The last one paused stands last."""
    by_login: bool = False
    """Log-ons are recorded (AGENTLOGIN and its kin): they count, not the lists of members."""
    login: str = ""
    """The record that logged the person on; empty while logged off."""
    paused_all: str | None = None
    """By PAUSEALL; counts while no queue of the person is known."""
    calls: dict[str, Talk] = {}
    wrapup_until_ms: int = -1
    wrapup_id: str = ""
    work_program: str = ""
    """What the newest conversation was for."""
    told: Said = Said()
    at_ms: int = -1
    """Time of the last event."""
    seq: int = 0
    """Its place among the person's events of that time."""
    touched_ms: int = 0

    @property
    def logged_in(self) -> bool:
        """Logged on; without recorded log-ons, a member of any queue."""
        return bool(self.login) if self.by_login else bool(self.queues)

    @property
    def pause(self) -> str | None:
        """The reason of a pause in every queue, the newest where they differ; None: takes calls."""
        if not self.queues:
            return self.paused_all
        pauses = list(self.queues.values())
        return None if None in pauses else pauses[-1]

    @property
    def off_the_phone(self) -> bool:
        """Logged in and paused everywhere."""
        return self.logged_in and self.pause is not None

    @property
    def absent(self) -> bool:
        """Nothing has to be remembered but the place in the timeline."""
        return self.told.state == "logged_out" and not (self.queues or self.calls or self.login)

    def pause_in(self, queue: str, reason: str) -> None:
        """Pause in one queue. A repeat that gives no reason keeps the one that was given."""
        known = self.queues.pop(queue)
        self.queues[queue] = reason or known or ""

    def place(self, time_ms: int) -> tuple[int, int]:
        """Time and sequence of the person's next event: behind the last one, always."""
        if self.at_ms - CLOCK_STEP_MS <= time_ms <= self.at_ms:
            self.seq += 1
        else:
            self.at_ms, self.seq = time_ms, 0
        return self.at_ms, self.seq


class People(msgspec.Struct):
    """Everybody the log named. `present` and `absent` keep the order in which they were heard of."""

    present: dict[str, Person] = {}
    absent: dict[str, Person] = {}
    wrapups: list[tuple[int, str]] = []
    """Heap of (end, person). One that does not match the person's own end was called off."""
    seconds: dict[int, Second] = {}
    unmapped: dict[str, int] = {}

    def number(self, record: Record, clock_ms: int) -> str:
        """The id of a record: its content and, for repeats, its occurrence."""
        return place_of(self.seconds, record, clock_ms)[1]

    def person(self, name: str, open_since_ms: int) -> Person:
        """The person, new if not known, without conversations begun before `open_since_ms`."""
        person = self.present.get(name) or self.absent.get(name) or Person()
        if any(talk.since_ms < open_since_ms for talk in person.calls.values()):
            person.calls = {
                call: talk for call, talk in person.calls.items() if talk.since_ms >= open_since_ms
            }
        return person

    def keep(self, name: str, person: Person, clock_ms: int) -> None:
        """Moves a person to the young end of the dictionary that fits."""
        self.present.pop(name, None)
        self.absent.pop(name, None)
        person.touched_ms = clock_ms
        (self.absent if person.absent else self.present)[name] = person

    def forget(self, absent_before_ms: int) -> None:
        """Drops people logged out and last heard of before this time."""
        while self.absent:
            name = next(iter(self.absent))
            if self.absent[name].touched_ms >= absent_before_ms:
                break
            del self.absent[name]

    def wrap_up(self, name: str, person: Person, until_ms: int, identity: str) -> None:
        """After-call work of a person until then; `identity` is the id of its end."""
        person.wrapup_until_ms, person.wrapup_id = until_ms, identity
        heappush(self.wrapups, (until_ms, name))
