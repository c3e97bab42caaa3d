"""What is said of events that the kernels did not take."""

from kernels.layout import TOO_LATE, VISIT_FULL
from streams.decode import Batch

_FULL = {
    "events": ("visit_full", "the visit has 1000 events"),
    "states": ("person_full", "the person has 10,000 events or 500 schedule rows"),
    "rows": ("person_full", "the person has 10,000 events or 500 schedule rows"),
    "chats": ("visit_full", "the visit has 1000 events"),
    "talks": ("conversation_full", "the conversation has 1000 events"),
    "cases": ("case_full", "the case has 1000 events"),
    "outbound": ("record_full", "the record, or the day of the list, has 1000 events"),
    "probes": ("technology_full", "the technology has 100,000 events"),
}
LATE = ("too_late", "older than lateness and horizon allow")
REFUSED = (TOO_LATE, VISIT_FULL)


def refusal(batch: Batch, at: int, fate: int) -> tuple[str, str]:
    """Reason and detail of what is `at` in the order of the kernels (Batch.place_of)."""
    return LATE if fate == TOO_LATE else _FULL[batch.lane_of(at)]
