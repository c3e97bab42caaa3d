"""What people make of their shifts: late, early, away longer than planned, or busy.

A person who is due for a break goes once the contact in hand is done, and then takes all of it.
Every change of what is true of a person leaves as a `staff_state`, and goes into the ground truth.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from streams.simulator.draws import Draws
from streams.simulator.shifts import MINUTE_MS, Piece, Shift
from streams.simulator.staff import Person
from streams.simulator.staff_truth import Deed, StaffTruth
from streams.simulator.wire import desk_source
from streams.simulator.world import World

_LATE, _EARLY = 0.12, 0.25
_LATE_MEAN_S, _LATEST_MS = 360, 45 * MINUTE_MS
_LEAVES_EARLY = 0.03
_PERSONAL = 0.6
"""Shifts with minutes away that nobody planned."""
_BACK_LATE, _BACK_EARLY = 0.15, 0.1
_LOGS_OUT = 0.5
"""Of those whose meal is not paid."""
_SHORTEST_MS = 30_000
_REASONS = {
    "break": "short break",
    "meal": "lunch",
    "training": "classroom",
    "meeting": "team meeting",
    "customer_work": "case work",
    "other": "personal",
}
_TAKEN_WHOLE = ("break", "meal", "other")
"""Other things end when they end, however late one came."""


class Shown(NamedTuple):
    """What is said of a person."""

    state: str = "logged_out"
    aux: str = ""
    reason: str = ""
    work_program: str = ""
    sessions: int = 0
    slots: int = 0


class Outing(NamedTuple):
    """A time away as this person will take it: what it is shown as, and the return's deviation."""

    piece: Piece
    shown: str
    deviation_ms: int


@dataclass(slots=True, eq=False)
class Presence:
    """Where a person stands. `off` is empty on duty, else `logged_out` or a class of aux."""

    off: str = "logged_out"
    here: bool = False
    due: Outing | None = None
    turn: int = 0
    shown: Shown = field(default_factory=Shown)


class Attendance:
    """Sends people on and off duty, and tells of all they do."""

    def __init__(self, world: World, draws: Draws, truth: StaffTruth) -> None:
        self._world = world
        self._draws = draws
        self._truth = truth
        people = [person for group in world.floor.groups for person in group.people]
        self._presence = {person: Presence() for person in people}
        self._sent_home: set[Person] = set()
        world.floor.noticed = self._notice

    def begin(self) -> None:
        """A center that begins anew says first that nobody is there: of the run before it, whoever has left
        since would be at work for good.
        """
        if self._world.settings.run:
            for person, presence in self._presence.items():
                self._tell(person, presence.shown)

    def expect(self, person: Person, shift: Shift) -> None:
        """Let the person work a shift, more or less as planned."""
        draws, agenda, now_ms = self._draws, self._world.agenda, self._world.now_ms
        came_ms, left_ms = shift.start_ms + self._lateness_ms(), self._leaving_ms(shift)
        if came_ms > max(left_ms, now_ms):
            return  # later than what is left of the shift when the house opens
        agenda.at(max(came_ms, now_ms), self._come, person)
        for piece in shift.breaks:
            start_ms = piece.start_ms + draws.between_ms(0, 60)
            agenda.at(max(start_ms, now_ms), self._go_away, person, self._outing(piece))
        if draws.chance(_PERSONAL):
            at_ms = round(shift.start_ms + draws.uniform() * (shift.end_ms - shift.start_ms))
            length_ms = draws.between_ms(120, 400)
            personal = Outing(Piece("other", at_ms, at_ms + length_ms), "other", 0)
            agenda.at(max(at_ms, now_ms), self._go_away, person, personal)
        agenda.at(max(left_ms, now_ms), self._leave, person)

    def send_home(self, person: Person) -> None:
        """Whoever is there leaves, whatever the schedule says."""
        if self._presence[person].here:
            self._leave(person)
            self._sent_home.add(person)

    def call_back(self, person: Person) -> None:
        """Whoever was sent home comes again, if the shift is not over."""
        if person in self._sent_home:
            self._sent_home.discard(person)
            self._come(person)

    def _lateness_ms(self) -> int:
        draws, draw = self._draws, self._draws.uniform()
        if draw < _LATE:
            return min(_LATEST_MS, draws.waiting_ms(_LATE_MEAN_S))
        if draw < _LATE + _EARLY:
            return -draws.between_ms(30, 300)
        return draws.between_ms(-20, 40)

    def _leaving_ms(self, shift: Shift) -> int:
        if self._draws.chance(_LEAVES_EARLY):
            return shift.end_ms - min(
                self._draws.between_ms(600, 5400), (shift.end_ms - shift.start_ms) // 2
            )
        return shift.end_ms + self._draws.between_ms(-10, 120)

    def _outing(self, piece: Piece) -> Outing:
        draws, draw = self._draws, self._draws.uniform()
        deviation_ms = draws.between_ms(-20, 30)
        if draw < _BACK_LATE:
            deviation_ms = draws.between_ms(60, 420)
        elif draw < _BACK_LATE + _BACK_EARLY:
            deviation_ms = -draws.between_ms(60, 180)
        logs_out = not piece.paid and draws.chance(_LOGS_OUT)
        return Outing(piece, "logged_out" if logs_out else piece.activity, deviation_ms)

    def _come(self, person: Person) -> None:
        self._presence[person].here = True
        self._be_on_duty(person)

    def _be_on_duty(self, person: Person) -> None:
        presence = self._presence[person]
        presence.turn += 1
        presence.off, presence.due = "", None
        person.away = False
        self._world.floor.come(person)

    def _go_away(self, person: Person, outing: Outing) -> None:
        presence = self._presence[person]
        unplanned = outing.piece.activity == "other"
        if not presence.here or (presence.off and unplanned):
            return
        presence.turn += 1
        presence.off, presence.due = outing.shown, outing
        person.away = False
        self._world.floor.go(person)

    def _return(self, person: Person, turn: int) -> None:
        if self._presence[person].turn == turn:
            self._be_on_duty(person)

    def _leave(self, person: Person) -> None:
        presence = self._presence[person]
        self._sent_home.discard(person)
        presence.turn += 1
        presence.here, presence.off, presence.due = False, "logged_out", None
        self._world.floor.go(person)

    def _notice(self, person: Person) -> None:
        presence = self._presence[person]
        if presence.off and not person.doing and not person.away:
            person.away = True
            if presence.due is not None:
                self._appoint_return(person, presence.due)
        shown = self._shown(person, presence)
        if shown != presence.shown:
            presence.shown = shown
            self._tell(person, shown)

    def _appoint_return(self, person: Person, outing: Outing) -> None:
        now_ms, piece = self._world.now_ms, outing.piece
        whole = piece.activity in _TAKEN_WHOLE
        ends_ms = now_ms + piece.end_ms - piece.start_ms if whole else piece.end_ms
        back_ms = max(now_ms + _SHORTEST_MS, ends_ms + outing.deviation_ms)
        self._world.agenda.at(back_ms, self._return, person, self._presence[person].turn)

    def _shown(self, person: Person, presence: Presence) -> Shown:
        if person.site in self._world.floor.down:
            return Shown()
        if person.doing:
            lent_to = person.work if person.work != person.home else ""
            if person.doing == "customer_work":
                return Shown("aux", "customer_work", "callback", lent_to)
            slots = person.group.slots
            return Shown(person.doing, "", "", lent_to, person.sessions, slots)
        if not presence.off:
            return Shown("available", slots=person.group.slots)
        if presence.off == "logged_out":
            return Shown()
        return Shown("aux", presence.off, _REASONS[presence.off])

    def _tell(self, person: Person, shown: Shown) -> None:
        self._world.out.tell(
            desk_source(person.site),
            person.home,
            "staff_state",
            group=person.group.name,
            site=person.site,
            staff=person.name,
            **{name: value for name, value in shown._asdict().items() if value},
        )
        doing = f"aux_{shown.aux}" if shown.aux else shown.state
        deed = Deed(doing, bool(shown.work_program), shown.sessions, shown.slots)
        self._truth.turned(person, deed, self._world.now_ms)
