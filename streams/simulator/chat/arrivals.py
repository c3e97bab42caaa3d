"""Visitors: those who ask for a chat, and those to whom one is offered."""

from datetime import date

from streams.simulator.arrivals import expected_contacts
from streams.simulator.chat.records import Offer
from streams.simulator.chat.room import ChatRoom
from streams.simulator.chat.truth import ChatTruth
from streams.simulator.chat.visit import ChatVisit
from streams.simulator.curve import DAY_SHAPE, LEVEL_SHAPE, Curve
from streams.simulator.draws import Draws
from streams.simulator.world import World

_BUSY_DAY = 0.08
_REFUSALS = (("dec", "offer_declined"), ("exp", "offer_expired"), ("", "offer_undelivered"))
_UNTOLD = 0.05
"""Offers of which nothing is ever heard again."""
_ASKS_ANYWAY = 0.1
"""Of those who declined."""


class ChatArrivals:
    """Visitors, queue by queue."""

    def __init__(self, world: World, draws: Draws, truth: ChatTruth, room: ChatRoom) -> None:
        self._world, self._draws, self._truth, self._room = world, draws, truth, room
        self._contacts = 0

    def open_day(self, queue: str, day: date, span: tuple[int, int]) -> None:
        """Appoint the first visitor of a queue on a local day that is open over `span` (UTC ms)."""
        settings = self._world.settings
        shape = LEVEL_SHAPE if settings.around_the_clock else DAY_SHAPE
        per_day = settings.chat_floor.queues[queue].chats_per_day
        busy = max(0.5, 1 + _BUSY_DAY * self._draws.normal())
        visitors = expected_contacts(settings, per_day, day, span) * busy
        self._appoint(queue, Curve(span, shape, visitors * self._visitors_per_chat()))

    def new_contact(self, program: str) -> ChatVisit:
        """A visitor of a program's pages."""
        self._contacts += 1
        return self._room.new_visit(self._world.named(f"{program}-chat", self._contacts), program)

    def _visitors_per_chat(self) -> float:
        habits = self._world.settings.chat_floor.habits
        return 1 + habits.invited * habits.offers_refused / (1 - habits.offers_refused)

    def _appoint(self, queue: str, curve: Curve) -> None:
        world = self._world
        moment = curve.next_after(world.now_ms, self._draws.exponential())
        if moment is not None:
            world.agenda.at(max(moment, world.now_ms), self._come, queue, curve)

    def _come(self, queue: str, curve: Curve) -> None:
        self._appoint(queue, curve)
        habits = self._world.settings.chat_floor.habits
        visit = self.new_contact(self._world.settings.chat_floor.queues[queue].program)
        per_chat = self._visitors_per_chat()
        refused = (per_chat - 1) / per_chat
        if queue in self._world.unoffered:
            if not self._draws.chance(refused):
                self._room.enter(visit, queue)
            return
        if self._draws.chance(refused + habits.invited / per_chat):
            self._invite(visit, queue, self._draws.chance(habits.offers_refused))
        else:
            self._room.enter(visit, queue)

    def _invite(self, visit: ChatVisit, queue: str, refuses: bool) -> None:
        world, draws = self._world, self._draws
        world.out.say(visit, "offer_shown", queue=queue)
        offer = self._truth.offer_shown(visit.program, queue, world.now_ms)
        if not draws.chance(_UNTOLD):
            answer = self._refuse if refuses else self._accept
            world.agenda.after(draws.between_ms(2, 30), answer, visit, queue, offer)

    def _accept(self, visit: ChatVisit, queue: str, offer: Offer) -> None:
        self._truth.offer_ended(offer, "acc")
        self._room.enter(visit, queue, "offer_accepted")

    def _refuse(self, visit: ChatVisit, queue: str, offer: Offer) -> None:
        how, type_ = self._draws.choice(_REFUSALS, (6, 3, 1))
        self._world.out.say(visit, type_)
        self._truth.offer_ended(offer, how)
        if how == "dec" and self._draws.chance(_ASKS_ANYWAY):
            self._world.agenda.after(self._draws.waiting_ms(60), self._room.enter, visit, queue)
