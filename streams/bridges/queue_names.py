"""From a source's names of a queue to the plan's queue and program."""

from collections.abc import Mapping
from typing import NamedTuple

from streams.bridges.base import Rejected
from streams.bridges.json_records import MAX_NAME


class Place(NamedTuple):
    """A queue and the program it belongs to."""

    queue: str
    program: str


class QueueNames:
    """What a source calls a queue -> the plan's queue -> its program.

    `names` maps the source's names (any of several it has for one queue) to the plan's, `programs`
    the plan's queues to programs. `listed_only`: other queues are Rejected(unmapped_queue).
    """

    def __init__(
        self,
        names: Mapping[str, str],
        programs: Mapping[str, str],
        default_program: str,
        listed_only: bool,
    ) -> None:
        self._names = names
        self._programs = programs
        self._default = default_program
        self._listed_only = listed_only

    def known(self, *called: str) -> Place | None:
        """The queue if a mapping or the plan knows one of the names it is called by."""
        for name in called:
            queue = self._names.get(name, name)
            if name and queue in self._programs:
                return Place(queue, self._programs[queue])
        return None

    def of(self, *called: str) -> Place:
        """The queue; one that is not known goes by its first mapped name, else its first name.

        Raises Rejected: no_queue, unmapped_queue, long_name.
        """
        place = self.known(*called)
        if place is not None:
            return place
        mapped = [self._names[name] for name in called if name in self._names]
        queue = next((name for name in (*mapped, *called) if name), "")
        if not queue:
            raise Rejected("no_queue", "the record does not say which queue")
        if len(queue) > MAX_NAME:
            raise Rejected("long_name", f"a queue name of more than {MAX_NAME} characters")
        if self._listed_only:
            shown = " alias ".join(repr(name) for name in dict.fromkeys((queue, *called)) if name)
            raise Rejected("unmapped_queue", f"queue {shown[:300]} is not in the plan")
        return Place(queue, self._default)
