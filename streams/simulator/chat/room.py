"""From the request for a person to the first one who opens the chat, or to its end without one."""

import heapq
from collections.abc import Callable
from typing import Any

from streams.simulator.chat.people import ChatPeople
from streams.simulator.chat.records import Cause
from streams.simulator.chat.settings import ChatQueueSettings
from streams.simulator.chat.truth import ChatTruth
from streams.simulator.chat.visit import UNANSWERED, ChatStage, ChatVisit, record_of
from streams.simulator.draws import Draws
from streams.simulator.staff import Person
from streams.simulator.world import World

_IMPATIENT_S = 15.0
_TURN_AWAY_MS = 20_000
_WITHDRAWALS = ("withdrawn", "incompatible", "forced", "failure")
_CAUSES: dict[str, Cause] = {
    "queue_timeout": "queue_timeout",
    "no_staff": "no_staff",
    "withdrawn": "other",
}


class ChatRoom:
    """All chats that wait, oldest first, in the line of the queue they stand in."""

    def __init__(self, world: World, draws: Draws, truth: ChatTruth, people: ChatPeople) -> None:
        self._world, self._draws, self._truth, self._people = world, draws, truth, people
        self._lines: dict[str, list[tuple[int, int, ChatVisit]]] = {}
        self.live: dict[int, ChatVisit] = {}
        """Visits between the request and the end of handling, by number."""
        self.opened: Callable[[ChatVisit, Person, str], None] = _unopened
        """Told of the person who is given a chat, and of the queue through which."""
        self._visits = 0
        self._calls = world.floor.wanted
        world.floor.wanted = self._serve

    def new_visit(self, contact: str, program: str, segment: int = 1) -> ChatVisit:
        """A chat comes to a team, or may come to it."""
        self._visits += 1
        return ChatVisit(self._visits, contact, program, segment)

    def enter(self, visit: ChatVisit, queue: str, how: str = "chat_requested") -> None:
        """A customer asks for a person: by `chat_requested`, or by `offer_accepted`."""
        world, settings = self._world, self._world.settings.chat_floor.queues[queue]
        visit.queue, visit.entry_queue, visit.entry_ms = queue, queue, world.now_ms
        visit.record = self._truth.requested(
            visit.program, queue, world.now_ms, first=visit.segment == 1
        )
        visit.stage = ChatStage.WAITING
        self.live[visit.number] = visit
        world.out.say(visit, how, queue=queue)
        if visit.asked_ms is not None:
            world.out.say(visit, "message_received", carried="yes", at_ms=visit.asked_ms)
            self._truth.asked(record_of(visit), visit.asked_ms)
        world.out.say(visit, "message_sent", by="automatic")
        self._set_timers(visit, settings)
        self.stand(visit)

    def stand(self, visit: ChatVisit) -> None:
        """Go to somebody with a free slot, or wait in line."""
        visit.stage = ChatStage.WAITING
        person = self._people.find(visit.queue)
        if person is not None:
            self.opened(visit, person, visit.queue)
            return
        place = (visit.entry_ms, visit.number, visit)
        heapq.heappush(self._lines.setdefault(visit.queue, []), place)
        self._later(_TURN_AWAY_MS, self._turn_away, visit)

    def lose(self, visit: ChatVisit, by: str, reason: str = "", marker: str = "") -> None:
        """The customer or the platform ends the wait."""
        if visit.stage in UNANSWERED:
            self._world.out.say(visit, "chat_ended", by=by, reason=reason, marker=marker)
            cause = _CAUSES.get(reason, "system") if by == "system" else "customer"
            self._truth.left(record_of(visit), cause, self._world.now_ms)
            self.over(visit)

    def over(self, visit: ChatVisit) -> None:
        """The visit is over; whoever had it has a slot free."""
        visit.stage = ChatStage.OVER
        visit.turn += 1
        self.live.pop(visit.number, None)
        if visit.person is not None:
            self._people.put_down(visit)

    def _set_timers(self, visit: ChatVisit, settings: ChatQueueSettings) -> None:
        draws, habits = self._draws, self._world.settings.chat_floor.habits
        patience_s = _IMPATIENT_S if draws.chance(habits.impatient) else settings.patience_s
        self._later(draws.waiting_ms(patience_s), self._give_up, visit)
        self._later(round(settings.max_wait_s * 1000), self.lose, visit, "system", "queue_timeout")
        if settings.overflow_to:
            self._later(round(settings.overflow_after_s * 1000), self._overflow, visit)
        if draws.chance(habits.withdrawn):
            reason = draws.choice(_WITHDRAWALS, (1, 1, 1, 1))
            self._later(draws.waiting_ms(30), self.lose, visit, "system", reason)

    def _later(self, delay_ms: int, call: Callable[..., None], *args: Any) -> None:
        self._world.agenda.after(delay_ms, call, *args)

    def _give_up(self, visit: ChatVisit) -> None:
        by = self._draws.choice(("customer", "timeout"), (3, 1))
        marker = "yes" if by == "customer" and self._draws.chance(0.3) else ""
        self.lose(visit, by, marker=marker)

    def _turn_away(self, visit: ChatVisit) -> None:
        if visit.stage is ChatStage.WAITING and not self._people.is_staffed(visit.queue):
            self.lose(visit, "system", "no_staff")

    def _overflow(self, visit: ChatVisit) -> None:
        if visit.stage is ChatStage.WAITING:
            new = self._world.settings.chat_floor.queues[visit.entry_queue].overflow_to
            self._world.out.say(visit, "chat_overflowed", queue=new)
            self._truth.overflowed(record_of(visit), new)
            visit.queue = new
            self.stand(visit)

    def _serve(self, person: Person) -> bool:
        """Fill a person's free slots. True: who chats never stands idle in wait of a call."""
        if not person.group.slots:
            return self._calls(person)
        while self._people.has_room(person):
            heads = [(self._head(queue), queue) for queue, _ in person.group.lines]
            waiting = [(*head[:2], queue) for head, queue in heads if head is not None]
            if not waiting:
                break
            queue = min(waiting)[2]
            visit = heapq.heappop(self._lines[queue])[2]
            self.opened(visit, person, queue)
        return True

    def _head(self, queue: str) -> tuple[int, int, ChatVisit] | None:
        line = self._lines.get(queue, [])
        while line and not (line[0][2].stage is ChatStage.WAITING and line[0][2].queue == queue):
            heapq.heappop(line)
        return line[0] if line else None


def _unopened(visit: ChatVisit, person: Person, via: str) -> None:
    pass
