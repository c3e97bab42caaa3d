"""A report of another product beside our figures, each difference explained by counts of contacts."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from streams.reconcile.contacts import Contact
from streams.reconcile.profiles import OURS, Count, holds, holds_ours, moment_of

EARLIER = "came before the interval, counted in it"
LATER = "came in the interval, counted after it or not yet"
CHAT_WAIT = "chat: their wait ends when it is taken, ours with the first message, by opening hours"
LIMITS = {
    "below": "waited exactly T: theirs is less than T",
    "seconds": "within T by whole seconds of the clock only",
    "up_to": "within their T, not within ours",
    "over": "over their T, not over ours",
}
"""What a difference of limits is called."""
Thresholds = Callable[[Contact], int]
"""T of a contact, ms."""


class Theirs(NamedTuple):
    """A number of their report: of a queue, from `start_ms` up to `end_ms`."""

    queue: str
    start_ms: int
    end_ms: int
    rule: Count
    value: int


class Line(NamedTuple):
    """A number of theirs and the way to it from ours. `causes`: contacts more or less, by reason."""

    theirs: Theirs
    ours: int
    causes: dict[str, int]

    @property
    def expected(self) -> int:
        """What their rule makes of the contacts we know."""
        return self.ours + sum(self.causes.values())

    @property
    def unexplained(self) -> int:
        """What no rule explains: contacts that one of both does not have."""
        return self.theirs.value - self.expected


def reconciled(
    told: Iterable[Theirs], contacts: Sequence[Contact], our_t: Thresholds, their_t: Thresholds
) -> list[Line]:
    """Set each of their numbers beside ours by arrival, in the order given."""
    by_queue: dict[str, list[Contact]] = {}
    for contact in contacts:
        by_queue.setdefault(contact.queue, []).append(contact)
    return [_line(one, by_queue.get(one.queue, []), our_t, their_t) for one in told]


def without_row(told: Iterable[Theirs], contacts: Iterable[Contact]) -> Counter[str]:
    """Contacts of ours, by queue, that came within the span of a report where it has no row."""
    rows: dict[str, set[tuple[int, int]]] = {}
    for one in told:
        rows.setdefault(one.queue, set()).add((one.start_ms, one.end_ms))
    spans = {queue: sorted(of) for queue, of in rows.items()}
    found: Counter[str] = Counter()
    for contact in contacts:
        of = spans.get(contact.queue)
        if of is None or not of[0][0] <= contact.entry_ms < max(end for _, end in of):
            continue
        at = bisect_right(of, contact.entry_ms, key=itemgetter(0)) - 1
        found[contact.queue] += contact.entry_ms >= of[at][1]
    return +found


def _line(
    theirs: Theirs, contacts: Sequence[Contact], our_t: Thresholds, their_t: Thresholds
) -> Line:
    count, ours, causes = theirs.rule, 0, Counter[str]()
    for contact in contacts:
        if contact.outcome not in OURS[count.ours]:
            continue
        is_ours = holds_ours(count.limit, contact, our_t(contact))
        is_theirs = contact.outcome not in count.without
        in_limit = holds(count.limit, contact, their_t(contact))
        came = theirs.start_ms <= contact.entry_ms < theirs.end_ms
        counted = theirs.start_ms <= moment_of(contact, count.when) < theirs.end_ms
        ours += came and is_ours
        # First the moment, then the kind, then the limit: each contact has one cause at a time.
        if is_ours and counted != came:
            causes[EARLIER if counted else LATER] += 1 if counted else -1
        if counted and is_ours and not is_theirs:
            causes[f"theirs leaves out: {contact.outcome}"] -= 1
        elif counted and is_theirs and is_ours != in_limit:
            why = LIMITS[count.limit] if contact.our_wait_ms == contact.wait_ms else CHAT_WAIT
            causes[why] += 1 if in_limit else -1
    return Line(theirs, ours, dict(causes))
