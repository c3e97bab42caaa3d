"""What a person's events add up to, the slow and obvious way."""

from collections import Counter
from typing import Any

AVAILABLE = ("available", "ringing")
LOGGED_IN = (*AVAILABLE, "handling", "acw", "aux")


def spans(events: list[Any], until_ms: int) -> list[tuple[int, int, str]]:
    """(from, to, state) of one person's events; the last state holds until `until_ms`."""
    ordered = sorted(events, key=lambda event: (event["time"], event.get("seq", 0)))
    ends = [*(event["time"] for event in ordered), until_ms][1:]
    return [(event["time"], end, event["state"]) for event, end in zip(ordered, ends, strict=True)]


def time_in(events: list[Any], start_ms: int, end_ms: int) -> Counter[str]:
    """Milliseconds of each state of one person between two moments."""
    times: Counter[str] = Counter()
    for begun, ended, state in spans(events, end_ms):
        inside = min(ended, end_ms) - max(begun, start_ms)
        if inside > 0:
            times[state] += inside
    return times


def logged_in_ms(events: list[Any], start_ms: int, end_ms: int) -> int:
    """Milliseconds logged in between two moments."""
    times = time_in(events, start_ms, end_ms)
    return sum(times[state] for state in LOGGED_IN)
