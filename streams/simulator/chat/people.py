"""Who has which chats: people take as many at once as they have slots."""

from collections.abc import Iterable

from streams.simulator.chat.visit import ChatStage, ChatVisit
from streams.simulator.draws import Draws
from streams.simulator.staff import Group, Person
from streams.simulator.world import World

_SLOWER = 0.35
"""How much longer people take to write for each further chat they have."""


class ChatPeople:
    """Gives a chat to the person with the fewest; of these, to who has had none for longest."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: dict[Person, list[ChatVisit]] = {}
        self._last_ms: dict[Person, int] = {}
        self._serving: dict[str, list[Group]] = {}
        for group in world.floor.groups:
            for queue, _ in group.lines if group.slots else ():
                self._serving.setdefault(queue, []).append(group)

    def find(self, queue: str) -> Person | None:
        """A person with a free slot who serves a queue."""
        free = [one for one in self._serve(queue) if self.has_room(one)]
        if not free:
            return None
        return min(free, key=lambda one: (one.sessions, self._last_ms.get(one, 0)))

    def is_staffed(self, queue: str) -> bool:
        """Whether anybody on duty serves a queue."""
        return self._world.floor.is_staffed([(queue, "")])

    def has_room(self, person: Person) -> bool:
        """On duty, reachable, and with a free slot."""
        reachable = person.on_duty and person.site not in self._world.floor.down
        return reachable and person.sessions < person.group.slots

    def take(self, person: Person, visit: ChatVisit) -> None:
        """The person has one chat more."""
        self._held.setdefault(person, []).append(visit)
        self._last_ms[person] = self._world.now_ms
        visit.person = person
        person.sessions += 1
        self._world.floor.take(person, self._doing(person), visit.program)

    def put_down(self, visit: ChatVisit) -> None:
        """The person has one chat less, and may take the next one or leave."""
        person, visit.person = visit.person, None
        assert person is not None
        self._held[person].remove(visit)
        person.sessions -= 1
        if person.sessions:
            self.look_again(person)
            self._world.floor.wanted(person)
        else:
            self._world.floor.release(person)

    def look_again(self, person: Person) -> None:
        """One of the person's chats is at another stage."""
        self._world.floor.turn(person, self._doing(person))

    def pace_ms(self, draws: Draws, person: Person, mean_s: float) -> int:
        """How long the person takes to write, in ms; `mean_s` with no other chat at hand."""
        return draws.work_ms(mean_s * (1 + _SLOWER * (person.sessions - 1)), 0.7)

    def _doing(self, person: Person) -> str:
        in_acw = all(visit.stage is ChatStage.ACW for visit in self._held[person])
        return "acw" if in_acw else "handling"

    def _serve(self, queue: str) -> Iterable[Person]:
        return (one for group in self._serving.get(queue, ()) for one in group.people)
