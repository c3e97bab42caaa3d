"""The end of a session: how it comes, who has the chat afterwards, after-call work."""

from streams.simulator.chat.people import ChatPeople
from streams.simulator.chat.records import Gone
from streams.simulator.chat.room import ChatRoom
from streams.simulator.chat.timers import Timers
from streams.simulator.chat.truth import ChatTruth
from streams.simulator.chat.visit import ChatStage, ChatVisit, record_of
from streams.simulator.draws import Draws
from streams.simulator.world import World

_MOST_SEGMENTS = 3
_ENDS: dict[str, dict[str, str]] = {
    "done": {"by": "customer", "marker": "yes"},
    "pressed end": {"by": "timeout", "marker": "yes"},
    "went": {"by": "customer"},
    "staff": {"by": "staff"},
    "timeout": {"by": "timeout"},
    "failure": {"by": "system", "reason": "failure"},
}
_WITHOUT_A_WORD = ("went", "timeout")


class WrapUp:
    """Ends sessions and what follows them."""

    def __init__(
        self, world: World, draws: Draws, truth: ChatTruth, people: ChatPeople, room: ChatRoom
    ) -> None:
        self._world, self._draws, self._truth = world, draws, truth
        self._people, self._room = people, room
        self._timers = Timers(world.agenda)

    def end(self, visit: ChatVisit, how: str, acw: bool = True) -> None:
        """The session ends in one of the ways of `_ENDS`; without `acw` the person is gone too."""
        self._world.out.say(visit, "chat_ended", **_ENDS[how])
        if how == "staff" and self._world.bots is not None:
            self._world.bots.migrate(visit.program, visit.contact, visit.segment)
        self._over(visit, "without a word" if how in _WITHOUT_A_WORD else "settled", acw)

    def transfer(self, visit: ChatVisit) -> bool:
        """Another team has the chat from now on; False if there is none."""
        world = self._world
        settings = world.settings.chat_floor.queues[visit.entry_queue]
        if not settings.transfer_to or visit.segment >= _MOST_SEGMENTS:
            return False
        to, escalation = settings.transfer_to, settings.escalation
        world.out.say(visit, "chat_transferred", to_queue=to, escalation=escalation)
        record_of(visit).escalation = escalation
        following = self._room.new_visit(visit.contact, visit.program, visit.segment + 1)
        following.asked_ms = visit.asked_ms
        self._over(visit, "handed on")
        self._room.enter(following, to)
        return True

    def break_off(self, visit: ChatVisit) -> None:
        """The person has vanished after the session."""
        if visit.stage is ChatStage.ACW:
            self._end_acw(visit)
        else:
            self._room.over(visit)

    def _over(self, visit: ChatVisit, gone: Gone, acw: bool = True) -> None:
        draws, habits = self._draws, self._world.settings.chat_floor.habits
        visit.turn += 1
        self._truth.session_ended(record_of(visit), gone, self._world.now_ms)
        if not acw or draws.chance(habits.no_acw):
            self._truth.handled(record_of(visit))
            self._room.over(visit)
        elif draws.chance(habits.acw_pause):
            # Until after-call work begins, no event of the chat says that it will.
            self._truth.handled(record_of(visit))
            visit.stage = ChatStage.PAUSE
            self._timers.after(draws.between_ms(0.5, 3), self._resume, visit)
        else:
            self._start_acw(visit)

    def _resume(self, visit: ChatVisit) -> None:
        self._truth.reopened(record_of(visit))
        self._start_acw(visit)

    def _start_acw(self, visit: ChatVisit) -> None:
        assert visit.person is not None
        self._world.out.say(visit, "chat_acw_started")
        record_of(visit).acw_since_ms = self._world.now_ms
        visit.stage = ChatStage.ACW
        self._people.look_again(visit.person)
        settings = self._world.settings.chat_floor.queues[visit.entry_queue]
        self._timers.after(self._draws.work_ms(settings.acw_s, 0.7), self._end_acw, visit)

    def _end_acw(self, visit: ChatVisit) -> None:
        self._world.out.say(visit, "chat_acw_ended")
        record_of(visit).acw_until_ms = self._world.now_ms
        self._truth.handled(record_of(visit))
        self._room.over(visit)
