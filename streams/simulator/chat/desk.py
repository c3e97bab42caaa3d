"""A person opens a chat, and writes for the first time, or leaves it again without a word."""

from streams.simulator.chat.people import ChatPeople
from streams.simulator.chat.room import ChatRoom
from streams.simulator.chat.talk import Talk
from streams.simulator.chat.timers import Timers
from streams.simulator.chat.truth import ChatTruth
from streams.simulator.chat.visit import ChatStage, ChatVisit, record_of
from streams.simulator.chat.wrap_up import WrapUp
from streams.simulator.draws import Draws
from streams.simulator.staff import Person
from streams.simulator.world import World

_FIRST_ANSWER_S = 15.0


class ChatDesk:
    """What people do with the chats they are given."""

    def __init__(
        self, world: World, draws: Draws, truth: ChatTruth, people: ChatPeople, room: ChatRoom
    ) -> None:
        self._world, self._draws, self._truth = world, draws, truth
        self._people, self._room = people, room
        self._timers = Timers(world.agenda)
        self._wrap_up = WrapUp(world, draws, truth, people, room)
        self._talk = Talk(world, draws, truth, people, self._wrap_up)
        room.opened = self.open

    def open(self, visit: ChatVisit, person: Person, via: str) -> None:
        """A person opens the chat: it is still unanswered."""
        visit.stage, visit.via, visit.joined_ms = ChatStage.OPENED, via, self._world.now_ms
        visit.turn += 1
        self._world.out.say(visit, "staff_joined", staff=person.name, site=person.site, queue=via)
        self._people.take(person, visit)
        if self._draws.chance(self._world.settings.chat_floor.habits.silent_join):
            self._timers.after(self._draws.between_ms(40, 120), self._put_back, visit)
        else:
            delay_ms = self._people.pace_ms(self._draws, person, _FIRST_ANSWER_S)
            self._timers.after(delay_ms, self._first_answer, visit)

    def leave_alone(self, visit: ChatVisit) -> None:
        """The person has vanished: who waits, waits again; everything else ends."""
        if visit.stage is ChatStage.OPENED:
            self._put_back(visit)
        elif visit.stage is ChatStage.TALKING:
            self._wrap_up.end(visit, "failure", acw=False)
        else:
            self._wrap_up.break_off(visit)

    def forget(self, visit: ChatVisit) -> None:
        """The platform loses track of the chat; what becomes of it nobody records."""
        if visit.stage is not ChatStage.PAUSE:
            self._world.out.say(visit, "chat_tracking_lost", reason="restart")
            record_of(visit).lost_ms = self._world.now_ms
        self._room.over(visit)

    def _put_back(self, visit: ChatVisit) -> None:
        assert visit.person is not None
        visit.turn += 1
        self._world.out.say(visit, "staff_left", staff=visit.person.name)
        self._people.put_down(visit)
        self._room.stand(visit)

    def _first_answer(self, visit: ChatVisit) -> None:
        assert visit.person is not None
        visit.stage = ChatStage.TALKING
        visit.turn += 1
        self._truth.answered(
            record_of(visit), visit.via, visit.person.site, visit.joined_ms, self._world.now_ms
        )
        self._talk.begin(visit)
