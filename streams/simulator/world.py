"""What every part of the simulated center shares."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from schemas.keys import BUCKET_MS
from schemas.targets import WEEKDAYS
from streams.simulator.agenda import Agenda
from streams.simulator.curve import Rise, local_ms, open_span
from streams.simulator.draws import Draws
from streams.simulator.settings import SimulatorSettings
from streams.simulator.staff import Floor, Line
from streams.simulator.truth import Stay, Truth, Work
from streams.simulator.visit import Stage, Visit
from streams.simulator.wire import Outbox

if TYPE_CHECKING:
    from streams.simulator.bots.house import BotHouse
    from streams.simulator.cases.house import CaseHouse
    from streams.simulator.chat.house import ChatHouse
    from streams.simulator.handling import Desk
    from streams.simulator.outbound.house import OutboundHouse
    from streams.simulator.waiting import WaitingRoom


@dataclass(eq=False)
class World:
    """The clock, the dice, the people, the lines, and the record of it all."""

    settings: SimulatorSettings
    agenda: Agenda
    draws: Draws
    out: Outbox
    truth: Truth
    floor: Floor
    closed: set[str] = field(default_factory=set)
    """Programs whose ACD is down."""
    open_today: set[str] = field(default_factory=set)
    """Programs that take calls on this local day."""
    slowed: dict[str, Rise] = field(default_factory=dict)
    """Queues whose conversations are longer than usual: how many times."""
    unoffered: set[str] = field(default_factory=set)
    """Chat queues that are offered to nobody."""
    live: dict[int, Visit] = field(default_factory=dict)
    """Visits between the entry into the queue and the end of handling, by number."""
    in_house: Counter[str] = field(default_factory=Counter)
    """Lines in use, by program."""
    dialled: Counter[str] = field(default_factory=Counter)
    """Calls made so far, by program."""
    refused: Counter[str] = field(default_factory=Counter)
    """Of these, blocked ones."""
    visits: int = 0
    contacts: int = 0

    chats: "ChatHouse | None" = None
    """Where customers chat, if they can."""
    bots: "BotHouse | None" = None
    cases: "CaseHouse | None" = None
    campaigns: "OutboundHouse | None" = None
    room: "WaitingRoom" = field(init=False)
    desk: "Desk" = field(init=False)

    @property
    def now_ms(self) -> int:
        """The present moment."""
        return self.agenda.now_ms

    def new_contact(self, program: str) -> Visit:
        """A customer calls."""
        self.contacts += 1
        return self.new_visit(self.named(program, self.contacts, 7), program)

    def named(self, of: str, number: int, digits: int = 6) -> str:
        """A name that nothing else has: not in this run of the center, and in no other."""
        run = self.settings.run
        return f"{of}-{run}{'-' if run else ''}{number:0{digits}d}"

    def new_visit(self, contact: str, program: str, segment: int = 1) -> Visit:
        """A contact comes to a team."""
        self.visits += 1
        acd = self.settings.programs[program].acd
        return Visit(self.visits, contact, program, acd, segment)

    def take_line(self, visit: Visit) -> None:
        """The customer is on the line of the visit's program."""
        visit.trunk = visit.program
        self.in_house[visit.trunk] += 1

    def free_line(self, visit: Visit) -> None:
        """The customer is off the line."""
        if visit.trunk:
            self.in_house[visit.trunk] -= 1
            visit.trunk = ""

    def end(self, visit: Visit) -> None:
        """The visit is over; whoever was busy with it is free."""
        visit.stage = Stage.OVER
        visit.turn += 1
        self.live.pop(visit.number, None)
        self.free_line(visit)
        person, visit.person = visit.person, None
        if person is not None:
            self.floor.release(person)

    def line_of(self, queue: str, site: str) -> Line:
        """Where contacts of a queue stand."""
        return (queue, site if self.settings.queues[queue].site_split else "")


def opens_on(settings: SimulatorSettings, program: str, day: date) -> bool:
    """Whether a program takes calls on a local day."""
    return settings.around_the_clock or WEEKDAYS[day.weekday()] in settings.programs[program].days


def open_hours(settings: SimulatorSettings, day: date) -> tuple[int, int]:
    """The open hours of a local day, ms UTC: around the clock all of it."""
    if settings.around_the_clock:
        tomorrow = day + timedelta(days=1)
        return local_ms(day, time(), settings.zone), local_ms(tomorrow, time(), settings.zone)
    return open_span(day, settings.opens, settings.closes, settings.zone)


def on_grid(span: tuple[int, int]) -> tuple[int, int]:
    """A span, out to the grid of the plan, ms UTC."""
    return span[0] - span[0] % BUCKET_MS, span[1] + -span[1] % BUCKET_MS


def stay_of(visit: Visit) -> Stay:
    """The record of a visit that entered the queue."""
    assert visit.stay is not None
    return visit.stay


def work_of(visit: Visit) -> Work:
    """The record of a visit that was answered."""
    assert visit.work is not None
    return visit.work
