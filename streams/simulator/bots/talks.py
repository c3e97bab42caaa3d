"""Conversations of customers with bots, from the first word to the end, or to a person."""

from typing import Any

from streams.simulator.bots.probes import Probes
from streams.simulator.bots.records import Conversation, Submit
from streams.simulator.bots.settings import TechnologySettings
from streams.simulator.bots.truth import BotTruth, Way
from streams.simulator.draws import Draws
from streams.simulator.sums import cell
from streams.simulator.visit import Visit
from streams.simulator.wire import BOT_SOURCE
from streams.simulator.world import World

_ROUNDS, _READS_S, _LATENCY_S = 2.5, 12.0, 0.7
_SLOWER = {"up": 1, "degraded": 4}
_TO_PEOPLE_S = (1, 15)
_BREAKS_DOWN = 0.15
"""Of responses that never come: the bot has lost all of the conversation."""
_ENDS: tuple[tuple[str, int], ...] = (("user", 6), ("bot", 3), ("timeout", 2), ("error", 1))


class Talks:
    """All conversations of all bots."""

    def __init__(self, world: World, draws: Draws, truth: BotTruth, probes: Probes) -> None:
        self._world, self._draws, self._truth, self._probes = world, draws, truth, probes
        self._habits = world.settings.bot_floor.habits
        self._count = 0

    def start(self, bot: str, contact: str = "", segment: int = 1) -> None:
        """A customer begins; with a `contact`, sent on by the person who had that visit."""
        settings, now_ms = self._world.settings.bot_floor.technologies[bot], self._world.now_ms
        self._count += 1
        name, at = self._world.named(bot, self._count), cell(settings.program, bot, "bot", now_ms)
        talk = Conversation(name, bot, settings, at, now_ms, now_ms, migrated=bool(contact))
        talk.rounds = 1 + int(_ROUNDS * self._draws.exponential())
        self._tell(talk, "conversation_started", bot=bot, via=settings.via)
        if contact:
            visit = {"contact": contact} | ({"segment": segment} if segment > 1 else {})
            self._tell(talk, "conversation_migrated", **visit)
        self._truth.started(talk)
        self._say(talk)
        self._after(self._draws.waiting_ms(_READS_S), talk, "_submit")

    def _tell(self, talk: Conversation, type_: str, **fields: Any) -> None:
        talk.last_ms = self._world.now_ms
        out, program = self._world.out, talk.settings.program
        out.tell(BOT_SOURCE, program, type_, conversation=talk.name, **fields)

    def _say(self, talk: Conversation) -> None:
        self._tell(talk, "bot_message")
        talk.messages += 1

    def _after(self, delay_ms: int, talk: Conversation, what: str) -> None:
        self._world.agenda.after(delay_ms, self._do, talk, what)

    def _do(self, talk: Conversation, what: str) -> None:
        if not talk.over:
            getattr(self, what)(talk)

    def _submit(self, talk: Conversation) -> None:
        draws, now_ms = self._draws, self._world.now_ms
        talk.turns += 1
        submit = Submit(talk, f"t{talk.turns}", (*talk.at[:4], now_ms - now_ms % 900_000), now_ms)
        self._tell(talk, "user_submitted", turn=submit.turn)
        self._truth.submitted(submit)
        status, draw = self._probes.status(talk.bot), draws.uniform()
        if status == "down" or draw < self._habits.no_response:
            what = "_lose" if draws.chance(_BREAKS_DOWN) else "_finish"
            self._after(draws.waiting_ms(40), talk, what)
            return
        delay_ms = 150 + draws.waiting_ms(_LATENCY_S * _SLOWER[status])
        if draw > 1 - self._habits.late_response:
            limit_s = talk.settings.response_limit_s
            delay_ms = draws.between_ms(limit_s, 1.5 * limit_s)
        self._world.agenda.after(delay_ms, self._respond, submit)

    def _respond(self, submit: Submit) -> None:
        talk, draws = submit.conversation, self._draws
        if talk.over:
            return
        self._tell(talk, "response_delivered", turn=submit.turn)
        self._truth.responded(submit, self._world.now_ms)
        self._say(talk)
        if draws.chance(self._habits.second_message):
            self._say(talk)
        talk.rounds -= 1
        step = "_submit" if talk.rounds > 0 else "_finish"
        self._after(draws.waiting_ms(_READS_S), talk, step)

    def _finish(self, talk: Conversation) -> None:
        draws, habits = self._draws, self._habits
        answered = talk.rounds <= 0
        if draws.chance(habits.lost):
            self._lose(talk)
            return
        if answered and draws.chance(habits.completed):
            self._tell(talk, "task_completed")
            talk.completed = True
        wanted = habits.handed_off / 10 if talk.completed else habits.handed_off
        if draws.chance(wanted) and self._hand_off(talk):
            return
        if draws.chance(habits.ends_silently):
            talk.over = True
            return
        by = draws.choice([way for way, _ in _ENDS], [weight for _, weight in _ENDS])
        delay_ms = draws.between_ms(300, 900) if by == "timeout" else draws.waiting_ms(8)
        self._world.agenda.after(delay_ms, self._end, talk, by)

    def _end(self, talk: Conversation, by: str) -> None:
        if not talk.over:
            self._tell(talk, "conversation_ended", by=by)
            self._close(talk, "error" if by == "error" else "left")

    def _lose(self, talk: Conversation) -> None:
        self._tell(talk, "conversation_lost", reason="restart")
        talk.lost_ms, talk.over = self._world.now_ms, True

    def _close(self, talk: Conversation, way: Way) -> None:
        talk.over = True
        self._truth.ended(talk, way, self._world.now_ms)

    def _hand_off(self, talk: Conversation) -> bool:
        """Bring the customer to people; False if there are none to be reached now."""
        contact = self._reach_people(talk.settings)
        if contact:
            self._tell(talk, "handed_off", contact=contact, reason="asked for a person")
            self._close(talk, "handed off")
        return bool(contact)

    def _reach_people(self, settings: TechnologySettings) -> str:
        world, queue = self._world, settings.hands_to
        program, delay_ms = settings.program, self._draws.between_ms(*_TO_PEOPLE_S)
        if program not in world.open_today or program in world.closed:
            return ""
        if queue in world.settings.queues:
            visit = world.new_contact(program)
            world.take_line(visit)
            world.agenda.after(delay_ms, self._connect, visit, queue)
            return visit.contact
        if world.chats is not None and queue:
            return world.chats.ask(program, queue, delay_ms).contact
        return ""

    def _connect(self, visit: Visit, queue: str) -> None:
        if visit.program in self._world.closed:
            self._world.free_line(visit)
        else:
            self._world.room.enter(visit, queue)
