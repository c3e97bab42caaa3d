"""All of a center's chat: put together where it is asked for."""

from datetime import date
from typing import Any

from schemas.targets import Plan
from streams.simulator.chat.arrivals import ChatArrivals
from streams.simulator.chat.desk import ChatDesk
from streams.simulator.chat.people import ChatPeople
from streams.simulator.chat.room import ChatRoom
from streams.simulator.chat.truth import ChatTruth
from streams.simulator.chat.visit import ChatVisit
from streams.simulator.draws import Draws
from streams.simulator.roster import Roster
from streams.simulator.wire import CHAT_SOURCE
from streams.simulator.world import World

_STREAM = 3
"""Dice of its own, so that calls are what they are without chat."""


class ChatHouse:
    """Visitors, rooms, people and the account of them."""

    def __init__(self, world: World, plan: Plan) -> None:
        draws = Draws(world.settings.seed, _STREAM)
        self._world = world
        self._truth = ChatTruth(world.settings.chat_floor, plan)
        people = ChatPeople(world)
        self._room = ChatRoom(world, draws, self._truth, people)
        self._desk = ChatDesk(world, draws, self._truth, people, self._room)
        self._arrivals = ChatArrivals(world, draws, self._truth, self._room)
        groups = [group for group in world.floor.groups if group.slots]
        self.roster = Roster(world, groups, draws)

    def open_day(self, day: date, span: tuple[int, int]) -> None:
        """Visitors of a local day that is open over `span` (UTC ms)."""
        for name, queue in self._world.settings.chat_floor.queues.items():
            if queue.program in self._world.open_today:
                self._arrivals.open_day(name, day, span)

    def ask(self, program: str, queue: str, come_ms: int) -> ChatVisit:
        """A chat that will be requested in `come_ms`, from elsewhere than a page's button."""
        visit = self._arrivals.new_contact(program)
        self._world.agenda.after(come_ms, self._room.enter, visit, queue)
        return visit

    def site_down(self, site: str) -> None:
        """The people of a site have vanished."""
        for visit in list(self._room.live.values()):
            if visit.person is not None and visit.person.site == site:
                self._desk.leave_alone(visit)

    def restart(self) -> None:
        """The platform loses track of all its chats."""
        for visit in list(self._room.live.values()):
            self._desk.forget(visit)

    def sources(self) -> list[tuple[str, str]]:
        """(source, program) of all that promise to have told of chats."""
        queues = self._world.settings.chat_floor.queues.values()
        return [(CHAT_SOURCE, program) for program in dict.fromkeys(one.program for one in queues)]

    def rows(self) -> list[dict[str, Any]]:
        """See `ChatTruth.rows`."""
        return self._truth.rows(self._world.now_ms)
