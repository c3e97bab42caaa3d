"""Words shared by every contract: identifiers, the time grid, bases and interval states."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

BUCKET_MS = 15 * 60 * 1000
"""Length of the base bucket in ms. Every civil offset is a multiple of it (definitions 1.2)."""

MAX_TIME_MS = 8000 * 365 * 86_400_000
"""About the year 9964. Later times are damage, or microseconds: no calendar day could hold them."""
MAX_SEQUENCE = 2**62
NO_SITE = ""
"""The site of arrival-based columns: a waiting contact belongs to the network, not to a site."""


def _whole_number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("must be a whole number, written without quotes")
    return value


Identifier = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=128)]
"""A name given by a source: a contact, a queue, a person. Compared byte for byte."""
OptionalIdentifier = Annotated[str, StringConstraints(strict=True, max_length=128)]
"""As Identifier, or the empty string for "not known"."""
Version = Annotated[Literal[1], BeforeValidator(_whole_number)]
TimeMs = Annotated[int, Field(ge=0, le=MAX_TIME_MS), BeforeValidator(_whole_number)]
"""Event time: integer milliseconds since 1970-01-01 UTC, taken from the source."""
Sequence = Annotated[int, Field(ge=0, le=MAX_SEQUENCE), BeforeValidator(_whole_number)]
Revision = Annotated[int, Field(ge=0, le=255), BeforeValidator(_whole_number)]
Count = Annotated[int, Field(ge=0, le=255), BeforeValidator(_whole_number)]
Total = Annotated[int, Field(ge=0, le=10**9), BeforeValidator(_whole_number)]
"""A number of things that a source counted itself."""
SomeOfThem = Annotated[int, Field(ge=1, le=10**9), BeforeValidator(_whole_number)]
"""The same, where there must be something to divide by."""
SpanMs = Annotated[int, Field(ge=1, le=7 * 86_400_000), BeforeValidator(_whole_number)]
"""A length of time in ms, at most a week."""
OptionalSpanMs = Annotated[int, Field(ge=0, le=7 * 86_400_000), BeforeValidator(_whole_number)]
"""As SpanMs, or 0."""
Ppm = Annotated[int, Field(ge=0, le=10**6), BeforeValidator(_whole_number)]
"""A share in millionths."""
Number = Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(_whole_number)]
"""Counted from 1."""
MilliFte = Annotated[int, Field(ge=0, le=10**9), BeforeValidator(_whole_number)]
"""Thousandths of a full-time equivalent."""
MilliContacts = Annotated[int, Field(ge=0, le=10**12), BeforeValidator(_whole_number)]
"""Thousandths of a contact: a forecast of 12.5 contacts is 12500."""
HandleMs = Annotated[int, Field(ge=0, le=7 * 86_400_000), BeforeValidator(_whole_number)]
"""A handle time in ms; 0: not told."""
Permille = Annotated[int, Field(ge=0, le=999), BeforeValidator(_whole_number)]
MilliRate = Annotated[int, Field(ge=1000, le=64_000), BeforeValidator(_whole_number)]
"""Thousandths of contacts that a person holds at once: 1.7 is 1700."""
PaidMs = Annotated[int, Field(ge=0, le=10**14), BeforeValidator(_whole_number)]
"""Time paid to a group, ms: leave, meals and training included."""
PlanVersion = Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(_whole_number)]
Day = Annotated[
    str,
    StringConstraints(
        # Python's $ lets a line feed follow: the length does not.
        strict=True,
        max_length=10,
        pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    ),
]
"""A local calendar day, 2026-01-31."""
GridMs = Annotated[
    int, Field(ge=0, le=MAX_TIME_MS, multiple_of=BUCKET_MS), BeforeValidator(_whole_number)
]
"""Event time at an edge of the 15-minute UTC grid."""
Segment = Annotated[int, Field(ge=1, le=65_535), BeforeValidator(_whole_number)]


class Basis(StrEnum):
    """Which interval a statistic is booked to (definitions 1.4). A ratio never mixes two."""

    ARRIVAL = "arrival"
    """The interval in which the contact was offered to the human queue: counts and waits."""
    END = "end"
    """The interval in which handling, after-call work included, ended: AHT, escalation."""
    CLIPPED = "clipped"
    """Time cut at interval edges, each piece booked where it happened: load, occupancy."""
    COHORT = "cohort"
    """Handling booked to the interval of arrival; final only when every contact has ended."""
    OFFER = "offer"
    """The interval in which a chat was offered to a visitor."""
    RECEIPT = "receipt"
    """The interval in which a customer's chat message was received: response time."""
    DUE = "due"
    """The interval in which a piece of deferred work falls due, done or not: on time."""
    SNAPSHOT = "snapshot"
    """What is there at the end of a local day, booked to the last interval of that day: backlog."""


class IntervalState(StrEnum):
    """How far an interval's value may still change (definitions 1.5)."""

    OPEN = "OPEN"
    PROVISIONAL = "PROVISIONAL"
    FINAL = "FINAL"
    RESTATED = "RESTATED"
