"""A session: customer and staff write in turns until somebody ends it."""

from functools import partial

from streams.simulator.chat.people import ChatPeople
from streams.simulator.chat.settings import ChatQueueSettings
from streams.simulator.chat.timers import Timers
from streams.simulator.chat.truth import ChatTruth
from streams.simulator.chat.visit import ChatVisit, record_of
from streams.simulator.chat.wrap_up import WrapUp
from streams.simulator.draws import Draws
from streams.simulator.world import World

_CLOSED_AFTER_S = (240, 780)
"""When the chat of a customer who does not write is closed, after the last word."""
_SILENT_ENDS = (("timeout", 3), ("went", 2), ("done", 1), ("staff", 1))
"""Ends of chats whose customers were answered and never wrote again, by weight."""
_ENDS = (("done", 5), ("pressed end", 1), ("went", 2), ("staff", 3), ("timeout", 1))


class Talk:
    """What is written in session, and when. Customers have one habit each time they are to write."""

    def __init__(
        self, world: World, draws: Draws, truth: ChatTruth, people: ChatPeople, wrap_up: WrapUp
    ) -> None:
        self._world, self._draws, self._truth = world, draws, truth
        self._people, self._wrap_up = people, wrap_up
        self._timers = Timers(world.agenda)
        self._habits = world.settings.chat_floor.habits

    def begin(self, visit: ChatVisit) -> None:
        """The first answer is written now; from then on it is the customer's turn."""
        draws, habits, settings = self._draws, self._habits, self._settings(visit)
        self._write(visit)
        visit.rounds = 1 + int(settings.rounds * draws.exponential())
        draw = draws.uniform()
        if draw < habits.never_replies:
            self._fall_silent(visit, _SILENT_ENDS)
        elif draw < habits.never_replies + habits.replies_late:
            limit_s = settings.no_reply_s
            self._timers.after(draws.between_ms(limit_s, 1.5 * limit_s), self._ask, visit)
        else:
            self._timers.after(draws.work_ms(settings.reply_s, 0.8), self._ask, visit)

    def _settings(self, visit: ChatVisit) -> ChatQueueSettings:
        return self._world.settings.chat_floor.queues[visit.entry_queue]

    def _write(self, visit: ChatVisit) -> None:
        assert visit.person is not None
        visit.asked_ms = None
        self._world.out.say(
            *(visit, "message_sent"),
            by="staff",
            staff=visit.person.name,
            site=visit.person.site,
            queue=visit.via,
        )

    def _receive(self, visit: ChatVisit) -> None:
        if visit.asked_ms is None:
            visit.asked_ms = self._world.now_ms
        self._world.out.say(visit, "message_received")
        self._truth.customer_wrote(record_of(visit), self._world.now_ms)

    def _ask(self, visit: ChatVisit) -> None:
        draws, habits = self._draws, self._habits
        assert visit.person is not None
        self._receive(visit)
        if draws.chance(habits.second_message):
            self._timers.after(draws.between_ms(2, 12), self._add, visit)
        if draws.chance(habits.gives_up):
            self._timers.after(draws.waiting_ms(25), self._give_up, visit)
        delay_ms = self._people.pace_ms(draws, visit.person, self._settings(visit).answer_s)
        self._timers.after(delay_ms, self._answer, visit)

    def _add(self, visit: ChatVisit) -> None:
        if visit.asked_ms is not None:
            self._receive(visit)

    def _give_up(self, visit: ChatVisit) -> None:
        if visit.asked_ms is not None:
            self._wrap_up.end(visit, "went")

    def _answer(self, visit: ChatVisit) -> None:
        draws, settings = self._draws, self._settings(visit)
        handed_on = draws.chance(self._habits.transfer / settings.rounds)
        if handed_on and self._wrap_up.transfer(visit):
            return
        self._hand_over(visit)
        self._write(visit)
        self._truth.staff_wrote(record_of(visit), self._world.now_ms)
        visit.rounds -= 1
        if visit.rounds > 0:
            self._timers.after(draws.work_ms(settings.reply_s, 0.8), self._ask, visit)
        elif not (draws.chance(self._habits.transfer) and self._wrap_up.transfer(visit)):
            self._fall_silent(visit, _ENDS)

    def _hand_over(self, visit: ChatVisit) -> None:
        """Who is due to leave gives the chat to a colleague with a free slot, if there is one."""
        person = visit.person
        assert person is not None
        colleague = None if person.on_duty else self._people.find(visit.via)
        if colleague is not None:
            self._world.out.say(visit, "staff_left", staff=person.name)
            self._people.put_down(visit)
            self._people.take(colleague, visit)
            self._world.out.say(
                *(visit, "staff_joined"),
                staff=colleague.name,
                site=colleague.site,
                queue=visit.via,
            )

    def _fall_silent(self, visit: ChatVisit, ends: tuple[tuple[str, int], ...]) -> None:
        """Nothing more is asked: the chat ends in one of these ways, by weight."""
        draws = self._draws
        how = draws.choice([way for way, _ in ends], [weight for _, weight in ends])
        late = how in ("timeout", "staff")
        delay_ms = draws.between_ms(*_CLOSED_AFTER_S) if late else draws.waiting_ms(25)
        self._timers.after(delay_ms, partial(self._wrap_up.end, how=how), visit)
