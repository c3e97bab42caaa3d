"""Asterisk queue_log -> `staff_state` events: one timeline per person, whatever the queues.

| record | what it makes of the person |
|---|---|
| ADDMEMBER, REMOVEMEMBER | a member of the queue or not; logged in while a member of any |
| AGENTLOGIN, AGENTCALLBACKLOGIN, AGENTLOGOFF, AGENTCALLBACKLOGOFF | logged in or not; of a person who has them, memberships say nothing about it |
| PAUSE, UNPAUSE, PAUSEALL, UNPAUSEALL | aux while paused in every queue, for the newest reason |
| RINGNOANSWER, RINGCANCELED, CONNECT | ringing, for the time they give, if it was available |
| CONNECT to COMPLETEAGENT, COMPLETECALLER or a transfer | handling |
| the end of a conversation | after-call work for the queue's configured time |
| WRAPUPSTART | after-call work for the seconds it gives |
| QUEUESTART | conversations and after-call work are over; memberships as configured |

Handling goes before after-call work, that before being logged out, that before a pause. A pause
that begins, and logging out, end after-call work. Logging in ends conversations whose ends the
log lacks. Who is logged out and answers is handling: it happened; around it, logged out.
Nothing says when ringing began, so it is told late, and never back beyond the event before it:
a promise made in between knew the person as available, which ringing counts as.
Ids are those of the records; what a record says of an earlier or a later moment adds a word.
"""

from collections.abc import Iterator, Mapping
from heapq import heappop
from typing import Any, NamedTuple

from streams.bridges.asterisk_counts import count
from streams.bridges.asterisk_lines import MAX_NAME, TRANSFERS, Record, number_of
from streams.bridges.asterisk_people import MAX_CALLS, People, Person, Said, Talk
from streams.bridges.asterisk_staff_settings import MAX_WRAPUP_S, StaffSettings
from streams.bridges.base import Rejected

MAX_REASON = 64
MAX_RING_MS = 600_000
"""A longer ring is damage: it would rewrite what has long been told."""

_LOGINS = frozenset({"AGENTLOGIN", "AGENTCALLBACKLOGIN"})
_LOGOFFS = frozenset({"AGENTLOGOFF", "AGENTCALLBACKLOGOFF"})
_PAUSES = frozenset({"PAUSE", "PAUSEALL"})
_UNPAUSES = frozenset({"UNPAUSE", "UNPAUSEALL"})
_MEMBERS = frozenset({"ADDMEMBER", "REMOVEMEMBER"})
_ENDS = TRANSFERS | {"COMPLETEAGENT", "COMPLETECALLER"}
_RING: dict[str, tuple[int, int]] = {
    "CONNECT": (2, 1000),
    "RINGNOANSWER": (0, 1),
    "RINGCANCELED": (0, 1),
}
"""Where the ring time stands, and how many ms its unit is."""
_SHOWS_MEMBER = frozenset({"CONNECT", "RINGNOANSWER", "PAUSE", "UNPAUSE"})
OF_PEOPLE = _LOGINS | _LOGOFFS | _PAUSES | _UNPAUSES | _MEMBERS | {"WRAPUPSTART"}
"""Records of people alone: where nobody can be told of, they are refused."""
OF_CALLS = _ENDS | frozenset(_RING)
"""Records of calls that say something of a person."""
_USED = OF_PEOPLE | OF_CALLS


class Home(NamedTuple):
    """Where a person's events go."""

    program: str
    group: str
    site: str = ""


class Staff:
    """Makes the events; everything to be remembered is in the `People` it is given.

    `programs` maps queues to programs. `listed_only`: queues that are not listed are refused.
    """

    def __init__(
        self,
        settings: StaffSettings,
        source: str,
        programs: Mapping[str, str],
        default_program: str,
        listed_only: bool = False,
    ) -> None:
        self._settings = settings
        self._source = source
        self._programs = programs
        self._default = default_program
        self._listed_only = listed_only
        planned = sorted(set(programs.values())) or [default_program]
        self._only = planned[0] if len(planned) == 1 else "" if listed_only else default_program

    def person(self, record: Record) -> str:
        """The person a record is about."""
        return self._settings.names.get(record.staff, record.staff)

    def home(self, name: str) -> Home | None:
        """Home program and group of a person; None where the settings leave it open."""
        settings = self._settings
        group = settings.members.get(name, settings.default_group)
        if group:
            known = settings.groups.get(group)
            return Home(known.program, group, known.site) if known else Home(group, group)
        if settings.members or not self._only:
            return None
        return Home(self._only, self._only)

    def check(self, record: Record) -> None:
        """Raises Rejected for a record about people that cannot be used."""
        if record.event == "RINGCANCELED":
            number_of(record, 0)
        if record.event not in OF_PEOPLE or not record.staff:
            return
        if max(len(record.staff), len(record.queue)) > MAX_NAME:
            raise Rejected("long_name", f"a name of more than {MAX_NAME} characters")
        if record.event in _MEMBERS and not record.queue:
            raise Rejected("no_queue", f"{record.event} of {record.staff} has no queue")
        if self._listed_only and record.queue and record.queue not in self._programs:
            raise Rejected("unmapped_queue", f"queue {record.queue!r} is not in the plan")
        if self.home(self.person(record)) is None:
            raise Rejected(
                "unmapped_staff",
                f"{self.person(record)!r} has no staffing group; hint: asterisk.staff.members",
            )
        if record.event == "WRAPUPSTART" and not 0 <= (number_of(record, 0) or 0) <= MAX_WRAPUP_S:
            raise Rejected("bad_number", f"after-call work of {record.field(0)[:40]} s")

    def told(
        self, people: People, record: Record, clock_ms: int, open_since_ms: int
    ) -> list[dict[str, Any]]:
        """Events of one record that `check` let pass, in the order of the person's timeline."""
        if record.event == "QUEUESTART":
            return list(self._restarted(people, record, clock_ms))
        if not record.staff or record.event not in _USED:
            return []
        name = self.person(record)
        home = self.home(name)
        if home is None:
            count(people.unmapped, name)
            return []
        identity = people.number(record, clock_ms)
        person = people.person(name, open_since_ms)
        events = self._rang(name, home, person, record, identity)
        was_in, was_off = person.logged_in, person.off_the_phone
        self._apply(people, name, person, record, identity)
        if (was_in and not person.logged_in) or (person.off_the_phone and not was_off):
            person.wrapup_until_ms = -1
        if person.logged_in and not was_in and record.event in _LOGINS | _MEMBERS:
            person.calls.clear()
        events += self._tell(name, home, person, record.time_ms, identity)
        people.keep(name, person, clock_ms)
        return events

    def due(self, people: People, until_ms: int) -> list[dict[str, Any]]:
        """The ends of after-call work up to and including a moment, in their order."""
        events: list[dict[str, Any]] = []
        while people.wrapups and people.wrapups[0][0] <= until_ms:
            at_ms, name = heappop(people.wrapups)
            person = people.present.get(name)
            if person is None or person.wrapup_until_ms != at_ms:
                continue
            person.wrapup_until_ms = -1
            home = self.home(name)
            if home is not None:
                events += self._tell(name, home, person, at_ms, person.wrapup_id)
            people.keep(name, person, person.touched_ms)
        return events

    def _restarted(self, people: People, record: Record, clock_ms: int) -> Iterator[dict[str, Any]]:
        """Agents on a channel of their own (AGENTLOGIN) have lost it, whatever members do."""
        identity = people.number(record, clock_ms)
        lost = self._settings.members_after_restart == "lost"
        for name, person in [*people.absent.items(), *people.present.items()]:
            person.calls.clear()
            person.wrapup_until_ms = -1
            if lost:
                person.queues.clear()
                person.paused_all = None
            if lost or person.login == "AGENTLOGIN":
                person.login = ""
            home = self.home(name)
            if home is not None:
                yield from self._tell(name, home, person, record.time_ms, identity)
            people.keep(name, person, person.touched_ms)

    def _rang(
        self, name: str, home: Home, person: Person, record: Record, identity: str
    ) -> list[dict[str, Any]]:
        """The ringing that a record ends, where the person was free for it."""
        if record.event not in _RING or person.told.state != "available":
            return []
        field, unit_ms = _RING[record.event]
        rang_ms = round((number_of(record, field) or 0) * unit_ms)
        since_ms = max(record.time_ms - rang_ms, person.at_ms)
        if not 0 < rang_ms <= MAX_RING_MS or since_ms >= record.time_ms:
            return []
        return [self._event(name, home, person, Said("ringing"), since_ms, f"{identity}-ring")]

    def _apply(
        self, people: People, name: str, person: Person, record: Record, identity: str
    ) -> None:
        event, queue = record.event, record.queue
        implied = person.by_login or self._settings.implied_members
        if implied and queue and event in _SHOWS_MEMBER:
            person.queues.setdefault(queue, person.paused_all)
        if event == "ADDMEMBER":
            person.queues.pop(queue, None)
            person.queues[queue] = "" if record.field(0) == "PAUSED" else None
        elif event == "REMOVEMEMBER":
            person.queues.pop(queue, None)
        elif event in _LOGINS | _LOGOFFS:
            person.by_login, person.login = True, event if event in _LOGINS else ""
        elif event in _PAUSES:
            _pause(person, record)
        elif event in _UNPAUSES:
            _unpause(person, record)
        elif event == "CONNECT":
            self._connect(person, record)
        elif event in _ENDS:
            person.calls.pop(record.call, None)
            person.work_program = self._work_program(queue)
            after_s = self._settings.wrapup_s.get(queue, self._settings.default_wrapup_s)
            self._wrap_up(people, name, person, record.time_ms, after_s, identity)
        elif event == "WRAPUPSTART":
            given = number_of(record, 0)
            after_s = self._settings.default_wrapup_s if given is None else given
            self._wrap_up(people, name, person, record.time_ms, after_s, identity)

    def _connect(self, person: Person, record: Record) -> None:
        person.wrapup_until_ms = -1
        person.work_program = self._work_program(record.queue)
        person.calls.pop(record.call, None)
        while len(person.calls) >= MAX_CALLS:
            del person.calls[next(iter(person.calls))]
        person.calls[record.call] = Talk(person.work_program, record.time_ms)

    @staticmethod
    def _wrap_up(
        people: People, name: str, person: Person, from_ms: int, after_s: float, identity: str
    ) -> None:
        person.wrapup_until_ms = -1
        if after_s > 0:
            people.wrap_up(name, person, from_ms + round(after_s * 1000), f"{identity}-end")

    def _work_program(self, queue: str) -> str:
        return self._programs.get(queue, self._default)

    def _said(self, person: Person, home: Home) -> Said:
        """All that holds of a person now."""
        newest = list(person.calls.values())[-1].program if person.calls else person.work_program
        work = "" if newest == home.program else newest
        if person.calls:
            return Said("handling", work_program=work)
        if person.wrapup_until_ms >= 0:
            return Said("acw", work_program=work)
        if not person.logged_in:
            return Said()
        pause = person.pause
        if pause is None:
            return Said("available")
        meaning = self._settings.reasons.get(pause, self._settings.default_reason)
        if meaning == "acw":
            return Said("acw", reason=pause[:MAX_REASON], work_program=work)
        return Said("aux", meaning, pause[:MAX_REASON])

    def _tell(
        self, name: str, home: Home, person: Person, time_ms: int, identity: str
    ) -> list[dict[str, Any]]:
        """The event by which the person's timeline goes on; none where nothing has changed."""
        said = self._said(person, home)
        if said == person.told:
            return []
        return [self._event(name, home, person, said, time_ms, identity)]

    def _event(
        self, name: str, home: Home, person: Person, said: Said, time_ms: int, identity: str
    ) -> dict[str, Any]:
        person.told = said
        at_ms, seq = person.place(time_ms)
        event = {
            "type": "staff_state",
            "time": at_ms,
            "source": self._source,
            "program": home.program,
            "seq": seq,
            "id": identity,
            "group": home.group,
            "site": home.site,
            "staff": name,
            "state": said.state,
            "aux": said.aux if said.state == "aux" else "",
            "reason": said.reason,
            "work_program": said.work_program,
        }
        return {field: value for field, value in event.items() if value or field == "time"}


def _pause(person: Person, record: Record) -> None:
    """PAUSE without a queue is PAUSEALL. Of a queue the person is not in, it says nothing."""
    reason = record.field(0)
    if record.event == "PAUSE" and record.queue:
        if record.queue in person.queues:
            person.pause_in(record.queue, reason)
        return
    person.paused_all = reason or person.paused_all or ""
    for queue in list(person.queues):
        person.pause_in(queue, reason)


def _unpause(person: Person, record: Record) -> None:
    person.paused_all = None
    for queue in person.queues:
        if queue == record.queue or not record.queue or record.event == "UNPAUSEALL":
            person.queues[queue] = None
