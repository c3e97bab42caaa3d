"""From the entry into the human queue to the answer, or to its end without one."""

import heapq

from streams.simulator.settings import QueueSettings
from streams.simulator.staff import Line, Person
from streams.simulator.truth import Cause
from streams.simulator.visit import Stage, Visit
from streams.simulator.world import World, stay_of

_IMPATIENT_S = 10.0
_OFFER_CALLBACK_S = 45.0
_TURN_AWAY_MS = 20_000
_RING_MS = 15_000
_AFTER_NO_ANSWER_MS = 60_000
_NEXT_ATTEMPT_MS = 300_000
_WITHDRAWALS = ("withdrawn", "incompatible", "forced", "failure")

Place = tuple[int, int, int]
"""Order of service: priority, entry, visit number; the least is next."""


class WaitingRoom:
    """All who wait, in lines; a contact may stand in several lines at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lines: dict[Line, list[tuple[Place, Visit]]] = {}
        world.floor.wanted = self.serve_next

    def enter(self, visit: Visit, queue: str) -> None:
        """A contact comes into the queue, and perhaps into a second one at once."""
        world, settings = self._world, self._world.settings.queues[queue]
        visit.queue, visit.queues, visit.entry_ms = queue, (queue,), world.now_ms
        if settings.site_split:
            sites = tuple(settings.site_split)
            visit.site = world.draws.choice(sites, tuple(settings.site_split.values()))
        if settings.also_in and world.draws.chance(world.settings.habits.also_in):
            visit.queues = (queue, settings.also_in)
        for name in visit.queues:
            world.out.say(visit, "queued", queue=name, site=visit.site)
        visit.stay = world.truth.offered(visit.program, queue, visit.site, world.now_ms)
        visit.stage = Stage.WAITING
        world.live[visit.number] = visit
        self._set_timers(visit, settings)
        self.stand(visit)

    def stand(self, visit: Visit) -> None:
        """Take the contact's place in its lines, or go straight to somebody idle."""
        floor = self._world.floor
        if visit.program not in self._world.closed:
            found = floor.longest_idle(self.lines_of(visit))
            if found is not None:
                self._offer(visit, found[0], found[1][0])
                return
        for line in self.lines_of(visit):
            settings = self._world.settings.queues[line[0]]
            place = (-settings.priority, visit.entry_ms, visit.number)
            heapq.heappush(self._lines.setdefault(line, []), (place, visit))

    def serve_next(self, person: Person) -> bool:
        """Give a free person the contact whose turn it is; False if nobody waits."""
        best: tuple[Place, Line, Visit] | None = None
        for line in person.group.lines:
            head = self._head(line)
            if head is not None and (best is None or head[0] < best[0]):
                best = (head[0], line, head[1])
        if best is None:
            return False
        heapq.heappop(self._lines[best[1]])
        self._offer(best[2], person, best[1][0])
        return True

    def lines_of(self, visit: Visit) -> list[Line]:
        """The lines a contact stands in."""
        return [self._world.line_of(queue, visit.site) for queue in visit.queues]

    def lose(self, visit: Visit, by: str, reason: str = "") -> None:
        """The customer or the system ends the wait."""
        if visit.can_be_lost:
            self._world.out.say(visit, "disconnected", by=by, reason=reason)
            self._abandon(visit, _cause(by, reason))

    def put_back(self, visit: Visit, reason: str) -> None:
        """The contact that rang at somebody's phone waits again, at its old place."""
        self._world.out.say(visit, "requeued", reason=reason)
        visit.turn += 1
        visit.stage, visit.person = Stage.WAITING, None
        self.stand(visit)

    def fail_attempt(self, visit: Visit, reason: str) -> None:
        """The customer of an in-turn callback was not reached; after the last time it is over."""
        world, stay = self._world, stay_of(visit)
        assert visit.person is not None
        world.out.say(visit, "callback_failed", reason=reason)
        spent_ms = world.now_ms - visit.dialled_ms
        world.truth.attempt_failed(stay, visit.queue, visit.person.site, spent_ms, world.now_ms)
        visit.attempts += 1
        if visit.attempts >= world.settings.queues[stay.queue].callback_attempts:
            self._abandon(visit, "callback_failed")
            return
        visit.turn += 1
        visit.stage = Stage.WAITING
        person, visit.person = visit.person, None
        world.agenda.after(_NEXT_ATTEMPT_MS, self._stand_again, visit, visit.turn)
        world.floor.release(person)

    def turn_away(self, visit: Visit) -> None:
        """Nobody is there who could answer: the system says so and hangs up."""
        if not self._world.floor.is_staffed(self.lines_of(visit)):
            self.lose(visit, "system", "no_staff")

    def watch_for_staff(self, visit: Visit) -> None:
        """If nobody serves the contact's lines, turn it away soon."""
        if not self._world.floor.is_staffed(self.lines_of(visit)):
            self._world.agenda.after(_TURN_AWAY_MS, self.turn_away, visit)

    def _set_timers(self, visit: Visit, settings: QueueSettings) -> None:
        draws, agenda = self._world.draws, self._world.agenda
        habits = self._world.settings.habits
        patience_s = _IMPATIENT_S if draws.chance(habits.impatient) else settings.patience_s
        agenda.after(draws.waiting_ms(patience_s), self.lose, visit, "customer")
        limit_ms = round(settings.max_wait_s * 1000)
        agenda.after(limit_ms, self.lose, visit, "system", "queue_timeout")
        if settings.overflow_to and len(visit.queues) == 1:
            agenda.after(round(settings.overflow_after_s * 1000), self._overflow, visit)
        if settings.callbacks:
            agenda.after(round(_OFFER_CALLBACK_S * 1000), self._offer_callback, visit)
        if draws.chance(habits.withdrawn):
            reason = draws.choice(_WITHDRAWALS, (1, 1, 1, 1))
            agenda.after(draws.waiting_ms(20), self.lose, visit, "system", reason)
        self.watch_for_staff(visit)

    def _head(self, line: Line) -> tuple[Place, Visit] | None:
        heap = self._lines.get(line)
        if not heap or self._world.settings.queues[line[0]].program in self._world.closed:
            return None
        while heap:
            visit = heap[0][1]
            if visit.stage is Stage.WAITING and line[0] in visit.queues:
                return heap[0]
            heapq.heappop(heap)
        return None

    def _offer(self, visit: Visit, person: Person, queue: str) -> None:
        world = self._world
        doing = "customer_work" if visit.place_kept else "ringing"
        world.floor.take(person, doing, visit.program)
        visit.turn += 1
        visit.person = person
        if visit.place_kept:
            visit.stage, visit.dialled_ms = Stage.DIALLING, world.now_ms
            world.out.say(visit, "callback_attempted", staff=person.name, site=person.site)
            delay_ms = world.draws.between_ms(8, 25)
            world.agenda.after(delay_ms, self._dialled, visit, visit.turn, queue)
            return
        visit.stage = Stage.RINGING
        world.out.say(visit, "ringing", staff=person.name)
        if world.draws.chance(world.settings.habits.no_answer):
            world.agenda.after(_RING_MS, self._rang_out, visit, visit.turn)
        else:
            delay_ms = world.draws.between_ms(1, 5)
            world.agenda.after(delay_ms, self._picked_up, visit, visit.turn, queue)

    def _picked_up(self, visit: Visit, turn: int, queue: str) -> None:
        if visit.turn == turn:
            self._world.desk.begin(visit, queue, "answered")

    def _rang_out(self, visit: Visit, turn: int) -> None:
        if visit.turn != turn:
            return
        world, person = self._world, visit.person
        assert person is not None
        world.out.say(visit, "ring_no_answer", staff=person.name)
        world.truth.noted(stay_of(visit), "ring_no_answer")
        world.floor.turn(person, "")
        world.agenda.after(_AFTER_NO_ANSWER_MS, world.floor.release, person)
        self.put_back(visit, "no_answer")

    def _dialled(self, visit: Visit, turn: int, queue: str) -> None:
        if visit.turn != turn:
            return
        draws = self._world.draws
        if draws.chance(self._world.settings.habits.callback_reached):
            self._world.take_line(visit)
            self._world.desk.begin(visit, queue, "callback_connected")
        else:
            reason = draws.choice(("no_answer", "busy", "voicemail", "invalid"), (5, 2, 2, 1))
            self.fail_attempt(visit, reason)

    def _stand_again(self, visit: Visit, turn: int) -> None:
        if visit.turn == turn and visit.stage is Stage.WAITING:
            self.stand(visit)

    def _overflow(self, visit: Visit) -> None:
        if visit.stage is not Stage.WAITING or visit.place_kept:
            return
        old, new = visit.queue, self._world.settings.queues[visit.queue].overflow_to
        visit.queue, visit.queues = new, (new,)
        self._world.out.say(visit, "overflowed", queue=new)
        self._world.truth.overflowed(stay_of(visit), old, new)
        self.stand(visit)

    def _offer_callback(self, visit: Visit) -> None:
        if visit.stage is not Stage.WAITING or self._world.floor.overtime:
            return
        habits, draw = self._world.settings.habits, self._world.draws.uniform()
        if draw < habits.in_turn:
            self._keep_place(visit)
        elif draw < habits.in_turn + habits.later:
            self._call_later(visit)
        elif draw < habits.in_turn + habits.later + habits.voicemail:
            self._world.out.say(visit, "voicemail_left")
            self._world.out.say(visit, "disconnected", by="customer")
            self._abandon(visit, "voicemail")

    def _keep_place(self, visit: Visit) -> None:
        self._world.out.say(visit, "callback_chosen", mode="in_turn")
        self._world.out.say(visit, "disconnected", by="customer")
        self._world.truth.noted(stay_of(visit), "callbacks_in_turn")
        self._world.free_line(visit)
        visit.place_kept = True

    def _call_later(self, visit: Visit) -> None:
        world = self._world
        promised_ms = world.now_ms + world.draws.between_ms(3600, 7200)
        world.out.say(visit, "callback_chosen", mode="later", promised_at=promised_ms)
        world.out.say(visit, "disconnected", by="customer")
        self._abandon(visit, "callback_later")
        world.agenda.at(promised_ms, self._later_call, visit)

    def _later_call(self, visit: Visit) -> None:
        # Made by people outside the simulated floor: it is no part of the visit's service.
        self._world.out.say(visit, "callback_attempted", staff="outbound-desk")
        reached = self._world.draws.chance(self._world.settings.habits.callback_reached)
        delay_ms = self._world.draws.between_ms(8, 25)
        self._world.agenda.after(delay_ms, self._later_result, visit, reached)

    def _later_result(self, visit: Visit, reached: bool) -> None:
        if reached:
            self._world.out.say(visit, "callback_connected", staff="outbound-desk")
        else:
            self._world.out.say(visit, "callback_failed", reason="no_answer")

    def _abandon(self, visit: Visit, cause: Cause) -> None:
        self._world.truth.abandoned(stay_of(visit), cause, self._world.now_ms)
        self._world.end(visit)


def _cause(by: str, reason: str) -> Cause:
    if by == "customer":
        return "customer"
    if reason == "queue_timeout":
        return "queue_timeout"
    if reason == "no_staff":
        return "no_staff"
    return "other" if reason == "withdrawn" else "system"
