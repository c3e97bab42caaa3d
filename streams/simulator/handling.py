"""From the answer to the end of after-call work."""

from streams.simulator.settings import QueueSettings
from streams.simulator.visit import Stage, Visit
from streams.simulator.world import World, work_of

_MOST_SEGMENTS = 4
Script = list[tuple[int, str]]


class Desk:
    """Conversations. Each follows a script of (delay in ms, what happens then)."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(self, visit: Visit, queue: str, how: str) -> None:
        """Customer and staff are connected: `how` is answered or callback_connected."""
        world, person = self._world, visit.person
        assert person is not None and visit.stay is not None
        world.out.say(visit, how, staff=person.name, site=person.site, queue=queue)
        visit.work = world.truth.answered(visit.stay, queue, person.site, world.now_ms)
        world.floor.turn(person, "handling")
        visit.answering_queue = queue
        visit.stage = Stage.TALKING
        visit.turn += 1
        slowed = world.slowed.get(queue)
        slower = slowed.factor(world.now_ms) if slowed is not None else 1.0
        visit.script = self._script(world.settings.queues[queue], slower)
        self._go_on(visit)

    def cut(self, visit: Visit, reason: str, acw: bool) -> None:
        """The system drops the call; without `acw` the person is gone as well."""
        self._end_call(visit, "system", reason, acw)

    def dismiss_helper(self, visit: Visit) -> None:
        """The helper, if there is one, leaves the conversation."""
        helper, visit.helper = visit.helper, None
        if helper is None:
            return
        joined = visit.stage is Stage.TALKING and visit.script and visit.script[0][1] == "leave"
        kind = "conference_left" if joined else "consult_ended"
        self._world.out.say(visit, kind, staff=helper.name)
        work_of(visit).help_ends(self._world.now_ms)
        self._world.floor.release(helper)

    def end_acw(self, visit: Visit, turn: int) -> None:
        """After-call work ends, and handling with it."""
        if visit.turn == turn:
            self._world.out.say(visit, "acw_ended")
            work_of(visit).turn("", self._world.now_ms)
            self._world.truth.handled(work_of(visit), self._world.now_ms)
            self._world.end(visit)

    def lose_track(self, visit: Visit) -> None:
        """The ACD forgets the call; what becomes of it nobody records."""
        self._world.out.say(visit, "tracking_lost", reason="restart")
        self._world.truth.lost_working(work_of(visit))
        helper, visit.helper = visit.helper, None
        if helper is not None:
            self._world.floor.release(helper)
        self._world.end(visit)

    def _script(self, queue: QueueSettings, slower: float) -> Script:
        draws, habits = self._world.draws, self._world.settings.habits
        total = draws.work_ms(queue.talk_s * slower, queue.spread)
        first = int(total * draws.uniform())
        rest = total - first
        draw = draws.uniform()
        if draw < habits.line_failure:
            return [(first, "fail")]
        draw -= habits.line_failure
        if draw < habits.hold:
            away = draws.waiting_ms(45)
            if draws.chance(habits.hang_up_on_hold):
                return [(first, "hold"), (away, "hang_up")]
            return [(first, "hold"), (away, "retrieve"), (rest, "end")]
        draw -= habits.hold
        asking = [(first, "hold"), (3000, "consult"), (draws.waiting_ms(60), "consult_end")]
        if draw < habits.consult:
            return [*asking, (1000, "retrieve"), (rest, "end")]
        draw -= habits.consult
        if draw < habits.conference:
            together = draws.waiting_ms(90)
            return [*asking[:2], (asking[2][0], "join"), (together, "leave"), (rest, "end")]
        return [(total, "end")]

    def _go_on(self, visit: Visit) -> None:
        self._world.agenda.after(visit.script[0][0], self._step, visit, visit.turn)

    def _step(self, visit: Visit, turn: int) -> None:
        if visit.turn != turn:
            return
        action = visit.script[0][1]
        getattr(self, f"_{action}")(visit)
        if visit.turn == turn:
            del visit.script[0]
            self._go_on(visit)

    def _hold(self, visit: Visit) -> None:
        self._world.out.say(visit, "held")
        work_of(visit).turn("hold", self._world.now_ms)

    def _retrieve(self, visit: Visit) -> None:
        self._world.out.say(visit, "retrieved")
        work_of(visit).turn("talk", self._world.now_ms)

    def _hang_up(self, visit: Visit) -> None:
        self._world.truth.hung_up_on_hold(work_of(visit))
        self._end_call(visit, "customer")

    def _consult(self, visit: Visit) -> None:
        world = self._world
        escalation = world.settings.queues[visit.answering_queue].escalation
        asked = escalation.to_queue if escalation else visit.answering_queue
        found = world.floor.longest_idle([world.line_of(asked, visit.site)])
        if found is not None:
            visit.helper = found[0]
            world.floor.take(found[0], "handling", visit.program)
            world.out.say(visit, "consult_started", staff=found[0].name)
            work_of(visit).help_begins(world.now_ms)

    def _consult_end(self, visit: Visit) -> None:
        self.dismiss_helper(visit)

    def _join(self, visit: Visit) -> None:
        world = self._world
        if visit.helper is not None:
            world.out.say(visit, "consult_ended", staff=visit.helper.name)
            work_of(visit).help_ends(world.now_ms)
        self._retrieve(visit)
        if visit.helper is not None:
            world.out.say(visit, "conference_joined", staff=visit.helper.name)
            work_of(visit).help_begins(world.now_ms)

    def _leave(self, visit: Visit) -> None:
        self.dismiss_helper(visit)

    def _fail(self, visit: Visit) -> None:
        self._end_call(visit, "system", "failure")

    def _end(self, visit: Visit) -> None:
        world, habits = self._world, self._world.settings.habits
        queue = world.settings.queues[visit.answering_queue]
        draw = world.draws.uniform()
        if queue.escalation and draw < queue.escalation.share:
            if self._can_go_to(visit, queue.escalation.to_queue):
                self._transfer(visit, queue.escalation.to_queue, queue.escalation.kind)
                return
        elif draw > 1 - habits.same_team_transfer and self._can_go_to(visit, visit.answering_queue):
            self._transfer(visit, visit.answering_queue, "")
            return
        self._end_call(visit, "staff" if world.draws.chance(0.12) else "customer")

    def _can_go_to(self, visit: Visit, queue: str) -> bool:
        world, program = self._world, self._world.settings.queues[queue].program
        is_open = program in world.open_today and program not in world.closed
        return is_open and visit.segment < _MOST_SEGMENTS

    def _transfer(self, visit: Visit, queue: str, escalation: str) -> None:
        world = self._world
        program = world.settings.queues[queue].program
        elsewhere = program if program != visit.program else ""
        kind = world.draws.choice(("blind", "attended"), (2, 1))
        world.out.say(
            visit,
            "transferred",
            kind=kind,
            to_queue=queue,
            to_program=elsewhere,
            escalation=escalation,
        )
        work_of(visit).escalation = escalation
        following = world.new_visit(visit.contact, program, visit.segment + 1)
        following.trunk, visit.trunk = visit.trunk, ""
        self._talk_over(visit)
        world.room.enter(following, queue)

    def _end_call(self, visit: Visit, by: str, reason: str = "", acw: bool = True) -> None:
        self.dismiss_helper(visit)
        self._world.out.say(visit, "disconnected", by=by, reason=reason)
        self._world.free_line(visit)
        self._talk_over(visit, acw)

    def _talk_over(self, visit: Visit, acw: bool = True) -> None:
        world, work, habits = self._world, work_of(visit), self._world.settings.habits
        work.turn("", world.now_ms)
        visit.turn += 1
        if not acw or world.draws.chance(habits.no_acw):
            world.truth.handled(work, world.now_ms)
            world.end(visit)
        elif world.draws.chance(habits.acw_pause):
            # Until after-call work begins, no event of the contact says that it will.
            world.truth.handled(work, world.now_ms)
            visit.stage = Stage.PAUSE
            self._put_into_acw(visit)
            pause_ms = world.draws.between_ms(0.5, 3)
            world.agenda.after(pause_ms, self._resume, visit, visit.turn)
        else:
            self._start_acw(visit)

    def _resume(self, visit: Visit, turn: int) -> None:
        if visit.turn == turn:
            self._world.truth.reopened(work_of(visit))
            self._start_acw(visit)

    def _start_acw(self, visit: Visit) -> None:
        world, queue = self._world, self._world.settings.queues[visit.answering_queue]
        world.out.say(visit, "acw_started")
        work_of(visit).turn("acw", world.now_ms)
        visit.stage = Stage.ACW
        self._put_into_acw(visit)
        length_ms = world.draws.work_ms(queue.acw_s, queue.spread)
        world.agenda.after(length_ms, self.end_acw, visit, visit.turn)

    def _put_into_acw(self, visit: Visit) -> None:
        assert visit.person is not None
        self._world.floor.turn(visit.person, "acw")
