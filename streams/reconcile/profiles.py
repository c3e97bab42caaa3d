"""How other products count calls: which of ours are in each of their numbers, and at what moment.

Each count is one of ours (`ours`) at another moment (`when`), without some outcomes, or held against
T otherwise. Sources: formats A1, A3, A4, C2; definitions 9.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from streams.reconcile.contacts import ABANDONED, ANSWERED, UNKNOWN, WAITING, Contact

When = Literal["entry", "decided", "ended"]
Limit = Literal["", "up_to", "below", "seconds", "over"]
"""No limit; up to T; less than T; up to T in whole seconds of the clock; over T."""
LEFT_OTHERWISE = (
    "queue_timeout", "no_staff", "callback_later", "callback_failed", "voicemail", "other",
)  # fmt: skip
"""Ways to leave a queue unanswered that some products call a flow out, or do not count."""
OURS: dict[str, tuple[str, ...]] = {
    "offered": (ANSWERED, *ABANDONED, WAITING, UNKNOWN),
    "answered": (ANSWERED,),
    "abandoned": ABANDONED,
}
"""Outcomes in the counts of ours that theirs are set beside."""


IN_LEDGER = {"offered": "offered", "answered": "ans", "abandoned": "abn"}
"""Columns of the counts of ours; within T: `ans_in_T1`, `abn_in_T1`."""


class Count(NamedTuple):
    """One number of a report: `column`, its name in their CSV unless told otherwise."""

    name: str
    column: str
    ours: str
    when: When
    without: tuple[str, ...] = ()
    limit: Limit = ""

    @property
    def terms(self) -> tuple[tuple[str, int], ...]:
        """Columns of the ledger, with their sign, that this count of ours is made of."""
        column = IN_LEDGER[self.ours]
        if not self.limit:
            return ((column, 1),)
        within = f"{column}_in_T1"
        return ((column, 1), (within, -1)) if self.limit == "over" else ((within, 1),)


class Profile(NamedTuple):
    """A product: the columns of start and queue in its reports, and its counts."""

    title: str
    start: str
    queue: str
    counts: tuple[Count, ...]
    chats: bool = False
    """Whether its report counts chats too, by the same rules."""


_KEYED = ("callback_later", "callback_failed", "voicemail")
PROFILES = {
    "asterisk": Profile("Asterisk app_queue", "start", "queue", (
        Count("answered", "callscompleted", "answered", "ended"),
        Count("answered_in_t", "callscompletedinsl", "answered", "ended", (), "seconds"),
        Count("abandoned", "callsabandoned", "abandoned", "decided", _KEYED),
        Count("abandoned_in_t", "callsabandonedinsl", "abandoned", "decided", _KEYED, "seconds"),
    )),
    "wazo": Profile("Wazo", "start", "queue", (
        Count("offered", "received", "offered", "entry", (WAITING, UNKNOWN)),
        Count("answered", "answered", "answered", "entry"),
        Count("answered_in_t", "answered_in_qos", "answered", "entry", (), "seconds"),
        Count("abandoned", "abandoned", "abandoned", "entry", LEFT_OTHERWISE),
    )),
    "genesys_cloud": Profile("Genesys Cloud", "interval", "queueId", (
        Count("offered", "nOffered", "offered", "entry"),
        Count("answered", "tAnswered", "answered", "decided"),
        Count("answered_late", "nOverSla", "answered", "decided", (), "over"),
        Count("abandoned", "tAbandon", "abandoned", "decided", LEFT_OTHERWISE),
    ), chats=True),
    "amazon_connect": Profile("Amazon Connect", "StartInterval", "Queue", (
        Count("offered", "Contacts queued", "offered", "entry"),
        Count("answered", "Contacts handled", "answered", "ended"),
        Count("answered_in_t", "Contacts answered in X", "answered", "ended", (), "below"),
        Count("abandoned", "Contacts abandoned", "abandoned", "decided", _KEYED[:2]),
        Count(
            "abandoned_in_t", "Contacts abandoned in X", "abandoned", "decided", _KEYED[:2], "below"
        ),
    ), chats=True),
    "cisco": Profile("Cisco UCCE", "DateTime", "CallTypeID", (
        Count("offered", "CallsOffered", "offered", "entry"),
        Count("answered", "CallsAnswered", "answered", "decided"),
        Count("answered_in_t", "ServiceLevelCalls", "answered", "decided", (), "up_to"),
        Count("abandoned", "CallsAbandQ", "abandoned", "decided", LEFT_OTHERWISE),
        Count(
            "abandoned_in_t", "ServiceLevelAband", "abandoned", "decided", LEFT_OTHERWISE, "up_to"
        ),
    )),
}  # fmt: skip
"""By the name that `floorwatch reconcile --as` takes."""


def moment_of(contact: Contact, when: When) -> int:
    """When a contact counts, ms UTC; -1: not yet."""
    if when == "entry":
        return contact.entry_ms
    return contact.decided_ms if when == "decided" else contact.ended_ms


def holds_ours(limit: Limit, contact: Contact, t_ms: int) -> bool:
    """The same by our rule: up to T, of chats by the clock of their queue."""
    within = contact.our_wait_ms <= t_ms
    return not limit or within != (limit == "over")


def holds(limit: Limit, contact: Contact, t_ms: int) -> bool:
    """Whether the wait of a decided contact lies within (`over`: above) T by their rule."""
    waits: dict[str, Callable[[], bool]] = {
        "": lambda: True,
        "up_to": lambda: contact.wait_ms <= t_ms,
        "below": lambda: contact.wait_ms < t_ms,
        "over": lambda: contact.wait_ms > t_ms,
        "seconds": lambda: (contact.decided_ms // 1000 - contact.entry_ms // 1000) * 1000 <= t_ms,
    }
    return waits[limit]()
