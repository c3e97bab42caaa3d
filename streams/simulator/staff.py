"""The people: who sits where, serves what, and is free."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from streams.simulator.agenda import Agenda

Line = tuple[str, str]
"""(queue, site): where contacts stand; the site only where routing pre-allocates."""


@dataclass(slots=True, eq=False)
class Person:
    """One of the staff. Ready for a contact when on duty, not busy, and the site is up."""

    name: str
    site: str
    home: str
    group: "Group"
    on_duty: bool = False
    busy: bool = False
    idle_since: int | None = None
    doing: str = ""
    """What a contact asks for now: ringing, handling, acw or customer_work; else empty."""
    work: str = ""
    """Program of that contact."""
    sessions: int = 0
    """Chats held at once, those in after-call work included."""
    away: bool = False
    """On a break or gone, not even back for overtime. Kept only where staff events are sent."""


@dataclass(slots=True, eq=False)
class Group:
    """People of one site who serve the same lines."""

    site: str
    home: str
    lines: tuple[Line, ...]
    paid_meals: bool = True
    slots: int = 0
    """Chats that each holds at once; 0: takes calls."""
    requested: tuple[float, ...] = ()
    """FTE that the client asks for, by half-hour of the open hours; empty: as the load comes to."""
    people: list[Person] = field(default_factory=list)
    idle: deque[tuple[int, Person]] = field(default_factory=deque)

    @property
    def name(self) -> str:
        """The staffing group, which may sit at several sites: called by its first queue."""
        return self.lines[0][0]


class Floor:
    """Gives out the person who has been idle longest; the next contact is asked for by `wanted`.

    `noticed` is told of everybody about whom something may have changed.
    """

    def __init__(self, agenda: Agenda, groups: Iterable[Group]) -> None:
        self._agenda = agenda
        self.groups = tuple(groups)
        self.down: set[str] = set()
        self.overtime = False
        self.wanted: Callable[[Person], bool] = _nothing
        self.noticed: Callable[[Person], None] = _unnoticed
        self._serving: dict[Line, list[Group]] = {}
        for group in self.groups:
            for line in group.lines:
                self._serving.setdefault(line, []).append(group)

    def longest_idle(self, lines: Iterable[Line]) -> tuple[Person, Line] | None:
        """The person idle for longest among those who serve one of the lines, and that line."""
        best: tuple[int, Person, Line] | None = None
        for line in lines:
            for group in self._serving.get(line, ()):
                head = self._head(group)
                if head is not None and (best is None or head[0] < best[0]):
                    best = (*head, line)
        return best[1:] if best else None

    def take(self, person: Person, doing: str, work: str) -> None:
        """The person is busy from now on, with a contact of program `work`."""
        person.busy, person.idle_since = True, None
        person.doing, person.work = doing, work
        self.noticed(person)

    def turn(self, person: Person, doing: str) -> None:
        """The busy person goes on to something else; "" where the contact is gone."""
        person.doing = doing
        if not doing:
            person.work = ""
        self.noticed(person)

    def release(self, person: Person) -> None:
        """The person is done: serves the next contact, waits for one, or leaves."""
        person.busy = False
        person.idle_since = None
        person.doing = person.work = ""
        may_serve = person.on_duty or (self.overtime and not person.away)
        if may_serve and person.site not in self.down:
            self._find_work(person)
        self.noticed(person)

    def come(self, person: Person) -> None:
        """The person comes on duty."""
        person.on_duty = True
        if not person.busy and person.idle_since is None:
            self.release(person)
        self.noticed(person)

    def go(self, person: Person) -> None:
        """The person goes off duty, after the contact in hand."""
        person.on_duty, person.idle_since = False, None
        self.noticed(person)

    def is_staffed(self, lines: Iterable[Line]) -> bool:
        """Whether anybody on duty serves one of the lines."""
        return any(
            person.on_duty
            for line in lines
            for group in self._serving.get(line, ())
            if group.site not in self.down
            for person in group.people
        )

    def site_down(self, site: str) -> None:
        """Nobody of the site can be reached."""
        self.down.add(site)
        for person in self._people_of(site):
            person.idle_since = None
            self.noticed(person)

    def site_up(self, site: str) -> None:
        """The site is back."""
        self.down.discard(site)
        for person in self._people_of(site):
            if person.on_duty and not person.busy:
                self.release(person)
            self.noticed(person)

    def _find_work(self, person: Person) -> None:
        if not self.wanted(person) and person.on_duty:
            person.idle_since = self._agenda.now_ms
            person.group.idle.append((self._agenda.now_ms, person))

    def _people_of(self, site: str) -> list[Person]:
        return [one for group in self.groups if group.site == site for one in group.people]

    def _head(self, group: Group) -> tuple[int, Person] | None:
        while group.idle:
            since, person = group.idle[0]
            if person.idle_since == since:
                return since, person
            group.idle.popleft()
        return None


def _nothing(person: Person) -> bool:
    return False


def _unnoticed(person: Person) -> None:
    pass
