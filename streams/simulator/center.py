"""A contact center on the event clock: seeded, with its own ground truth.

The center's state depends on its settings and the moment it began, and on nothing else: not on
the sizes of the steps it is advanced by. So a restart is a fast-forward: a new center with the same
settings, begun at the same moment and advanced to where the old one was, goes on with the same
bytes. It can be pickled too. It never reads the time and knows no kernel.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args

from schemas.targets import Plan, Program, Queue, Reported
from schemas.technologies import Technologies
from streams.simulator.agenda import Agenda
from streams.simulator.arrivals import Arrivals
from streams.simulator.bots.house import BotHouse, technologies_of
from streams.simulator.cases.house import CaseHouse, planned_cases
from streams.simulator.chat.house import ChatHouse
from streams.simulator.curve import local_ms
from streams.simulator.draws import Draws
from streams.simulator.forecasts import Forecasts
from streams.simulator.handling import Desk
from streams.simulator.outages import Failures
from streams.simulator.outbound.house import OutboundHouse, planned_campaigns
from streams.simulator.roster import Roster, recruit, serving
from streams.simulator.settings import SimulatorSettings
from streams.simulator.staff import Floor
from streams.simulator.staffing import Staffing
from streams.simulator.strains import STRAINS, Strains
from streams.simulator.truth import Truth
from streams.simulator.visit import Stage
from streams.simulator.waiting import WaitingRoom
from streams.simulator.wire import IVR_SOURCE, Event, Outbox, promise
from streams.simulator.world import World, open_hours, opens_on

_OVERTIME_MS = 3600 * 1000


class Center:
    """A simulated multi-site center. `truth(…)` and the events tell of the same happenings."""

    def __init__(self, settings: SimulatorSettings | None = None) -> None:
        self.settings = settings or SimulatorSettings()
        agenda = Agenda()
        self._world = World(
            settings=self.settings,
            agenda=agenda,
            draws=Draws(self.settings.seed),
            out=Outbox(agenda, self.settings.run),
            truth=Truth(self.plan()),
            floor=Floor(agenda, recruit(self.settings)),
        )
        self._world.room = WaitingRoom(self._world)
        self._world.desk = Desk(self._world)
        self._arrivals = Arrivals(self._world)
        callers = [group for group in self._world.floor.groups if not group.slots]
        self._roster = Roster(self._world, callers, self._world.draws)
        if self.settings.chat:
            self._world.chats = ChatHouse(self._world, self.plan())
        if self.settings.bots:
            self._world.bots = BotHouse(self._world)
        if self.settings.cases:
            self._world.cases = CaseHouse(self._world)
        if self.settings.outbound:
            self._world.campaigns = OutboundHouse(self._world)
        self._failures = Failures(self._world)
        self._staffing = Staffing(self._world) if self.settings.staff_events else None
        attendance = self._staffing.attendance if self._staffing is not None else None
        self._strains = Strains(self._world, self._arrivals, attendance)
        self._forecasts = Forecasts(self._world) if self.settings.forecasts else None
        self._first_day: date | None = None

    @property
    def now_ms(self) -> int:
        """Event time up to which the center was advanced, ms UTC; 0 before it began."""
        return self._world.now_ms

    @property
    def contacts(self) -> int:
        """Calls made so far, blocked ones included."""
        return self._world.contacts

    def plan(self) -> Plan:
        """Programs, queues, targets and opening hours, as the monitor is told of them."""
        settings = self.settings
        programs = {
            name: Program(
                time_zone=settings.time_zone,
                client=program.client,
                tells=get_args(Reported),
            )
            for name, program in settings.programs.items()
        }
        queues = {name: self._planned(name) for name in settings.queues}
        if settings.chat:
            queues |= {name: self._planned_chat(name) for name in settings.chat_floor.queues}
        queues |= planned_cases(settings) | planned_campaigns(settings)
        return Plan(programs=programs, queues=queues, groups=serving(settings))

    def technologies(self) -> Technologies:
        """Bots and other technology, as the monitor is told of them."""
        return technologies_of(self.settings)

    def begin(self, start_ms: int) -> None:
        """Open an empty house at this moment. Errors: it has begun before."""
        if self._first_day is not None:
            raise ValueError(f"the center has begun; it is at {self.now_ms}")
        world, zone = self._world, self.settings.zone
        world.agenda.now_ms = start_ms
        self._first_day = datetime.fromtimestamp(start_ms / 1000, UTC).astimezone(zone).date()
        if self._forecasts is not None:
            self._forecasts.begin(self._first_day)
        if self._staffing is not None:
            self._staffing.begin(self._first_day)
        elif self.settings.around_the_clock:
            for roster in self._rosters():
                roster.always()
        self._open_day(self._first_day)
        if world.bots is not None:
            world.bots.begin()
        step_ms = self._heartbeat_ms
        world.agenda.at(-(-start_ms // step_ms) * step_ms, self._beat, last=True)

    def advance(self, until_ms: int) -> list[Event]:
        """Everything that leaves the sources after the last call, up to and including `until_ms`.

        Wire events of topic `acd` (with `cases` deferred, with `outbound` outbound work), with `chat` and `bots` those of theirs, as JSON objects, in order
        of time, heartbeats included; only what a silent feed held back comes after younger events. A center that has not begun
        begins at `settings.start`. With `staff_events` those of the topics `staff` and `plan` too,
        told apart by `wire.topic_of` their source; plans published before the center began leave
        when it begins. Errors: `until_ms` has passed.
        """
        return [event for _, event in self._advance(until_ms)]

    def events(self, start_ms: int, until_ms: int) -> Iterator[tuple[int, Event]]:
        """As `advance`, with the moment each event leaves its source, ms UTC: to pace it live.

        Begins the center at `start_ms` if it has not begun. Errors: it stands elsewhere.
        """
        if self._first_day is None:
            self.begin(start_ms)
        elif self.now_ms != start_ms:
            raise ValueError(f"the center is at {self.now_ms}, not at {start_ms}")
        step_ms = 60_000
        for moment_ms in range(start_ms, until_ms, step_ms):
            yield from self._advance(min(moment_ms + step_ms, until_ms))

    def heartbeats(self) -> list[Event]:
        """A promise of each source for each of its programs, up to now; silent ones are left out."""
        world = self._world
        pairs = [pair for pair in self._sources() if not world.out.is_silent(pair[0])]
        return [promise(source, program, self.now_ms) for source, program in pairs]

    def truth(self) -> dict[str, list[dict[str, Any]]]:
        """What happened up to now: `{"arrival": [...], "handling": [...]}`, see `Truth.rows`."""
        return self._world.truth.rows(self.now_ms)

    def staff_truth(self) -> list[dict[str, Any]]:
        """What people did and should have done up to now, see `StaffTruth.rows`.

        Empty unless the settings ask for staff events.
        """
        return self._staffing.rows() if self._staffing is not None else []

    def chat_truth(self) -> list[dict[str, Any]]:
        """What happened in chat up to now, see `ChatTruth.rows`; empty unless there is chat."""
        return self._world.chats.rows() if self._world.chats is not None else []

    def bot_truth(self) -> list[dict[str, Any]]:
        """What happened with bots and technology, see `BotTruth.rows`; empty without bots."""
        return self._world.bots.rows() if self._world.bots is not None else []

    def case_truth(self) -> list[dict[str, Any]]:
        """What became of deferred work up to now, see `CaseTruth.rows`; empty without cases."""
        return self._world.cases.rows() if self._world.cases is not None else []

    def outbound_truth(self) -> list[dict[str, Any]]:
        """What became of outbound work up to now, see `OutboundTruth.rows`; empty without it."""
        return self._world.campaigns.rows() if self._world.campaigns is not None else []

    def _rosters(self) -> list[Roster]:
        chats = self._world.chats
        return [self._roster] if chats is None else [self._roster, chats.roster]

    @property
    def _heartbeat_ms(self) -> int:
        return max(1, round(self.settings.heartbeat_s * 1000))

    def _advance(self, until_ms: int) -> list[tuple[int, Event]]:
        if self._first_day is None:
            self.begin(round(self.settings.start.timestamp() * 1000))
        if until_ms < self.now_ms:
            raise ValueError(f"{until_ms} has passed: the center is at {self.now_ms}")
        self._world.agenda.run(until_ms)
        return self._world.out.take()

    def _planned(self, name: str) -> Queue:
        settings, queue = self.settings, self.settings.queues[name]
        return Queue(
            program=queue.program,
            preallocated=bool(queue.site_split),
            callback_attempts=queue.callback_attempts,
            targets=queue.targets,
            opening_hours=settings.hours_of(queue.program),
        )

    def _planned_chat(self, name: str) -> Queue:
        settings, queue = self.settings, self.settings.chat_floor.queues[name]
        return Queue(
            program=queue.program,
            channel="chat",
            no_reply_s=queue.no_reply_s,
            unresolved_s=queue.unresolved_s,
            targets=queue.targets,
            opening_hours=settings.hours_of(queue.program),
        )

    def _sources(self) -> list[tuple[str, str]]:
        programs = self.settings.programs.items()
        staff = self._staffing.sources() if self._staffing is not None else []
        return [
            *((one.acd, name) for name, one in programs),
            *((IVR_SOURCE, name) for name, one in programs if one.ivr),
            *staff,
            *(self._world.chats.sources() if self._world.chats is not None else ()),
            *(self._world.bots.sources() if self._world.bots is not None else ()),
            *(self._world.cases.sources() if self._world.cases is not None else ()),
            *(self._world.campaigns.sources() if self._world.campaigns is not None else ()),
        ]

    def _beat(self) -> None:
        for source, program in self._sources():
            self._world.out.heartbeat(source, program)
        agenda = self._world.agenda
        agenda.at(agenda.now_ms + self._heartbeat_ms, self._beat, last=True)

    def _open_day(self, day: date) -> None:
        world, settings = self._world, self.settings
        tomorrow = day + timedelta(days=1)
        span = open_hours(settings, day)
        if not settings.around_the_clock:
            if self._staffing is None:
                for roster in self._rosters():
                    roster.open_day(span)
            self._appoint_overtime(span[1])
        world.open_today = {name for name in settings.programs if opens_on(settings, name, day)}
        for name, queue in settings.queues.items():
            if queue.program in world.open_today:
                self._arrivals.open_day(name, day, span)
        if world.chats is not None:
            world.chats.open_day(day, span)
        if world.bots is not None:
            world.bots.open_day(day, span)
        work = [one for one in (world.cases, world.campaigns) if one is not None]
        for one in work:
            one.open_day(day, span)
        self._appoint_outages(day)
        midnight_ms = local_ms(tomorrow, time(), settings.zone)
        for one in work:
            world.agenda.at(midnight_ms, one.end_day)
        world.agenda.at(midnight_ms, self._open_day, tomorrow)

    def _appoint_overtime(self, closes_ms: int) -> None:
        agenda = self._world.agenda
        if closes_ms >= agenda.now_ms:
            agenda.at(closes_ms, self._set_overtime, True)
            agenda.at(closes_ms + _OVERTIME_MS, self._set_overtime, False)

    def _set_overtime(self, overtime: bool) -> None:
        self._world.floor.overtime = overtime
        if not overtime:
            for visit in list(self._world.live.values()):
                if visit.stage is Stage.WAITING:
                    self._world.room.lose(visit, "system", "forced")

    def _appoint_outages(self, day: date) -> None:
        assert self._first_day is not None
        settings = self.settings
        for outage in settings.outages:
            start_ms = local_ms(day, outage.at, settings.zone)
            if (day - self._first_day).days not in outage.days or start_ms < self.now_ms:
                continue
            if outage.kind in STRAINS:
                self._strains.appoint(outage, start_ms, open_hours(settings, day))
            else:
                self._failures.appoint(outage, start_ms)
