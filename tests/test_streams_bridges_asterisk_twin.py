"""A slow and obvious twin: what each record so far says of a person, looked up at every second."""

from typing import Any, NamedTuple

import pytest

from tests.asterisk_logs import bridge, staff_events
from tests.floor_logs import floor
from tests.staff_time import AVAILABLE, spans

WRAPUP_S = 12
QUEUES = ("sales", "care", "予約")


class Line(NamedTuple):
    at: int
    call: str
    queue: str
    staff: str
    event: str
    data: str


def parsed(log: list[bytes]) -> list[Line]:
    found = []
    for one in log:
        at, call, queue, staff, event, *data = one.decode().split("|")
        found.append(Line(int(at), call, queue, staff, event, data[0] if data else ""))
    return found


def last(lines: list[Line], *events: str, **fields: str) -> int:
    """Index of the last line of these events and fields; -1 for none."""
    wanted = [
        index
        for index, one in enumerate(lines)
        if one.event in events and all(getattr(one, k) == v for k, v in fields.items())
    ]
    return wanted[-1] if wanted else -1


def is_member(lines: list[Line], staff: str, queue: str) -> bool:
    added = last(lines, "ADDMEMBER", queue=queue, staff=staff)
    return added > last(lines, "REMOVEMEMBER", queue=queue, staff=staff)


def is_paused(lines: list[Line], staff: str, queue: str) -> bool:
    """A pause counts from the time the person became a member."""
    added = last(lines, "ADDMEMBER", queue=queue, staff=staff)
    paused = max(
        last(lines, "PAUSE", queue=queue, staff=staff), last(lines, "PAUSEALL", staff=staff)
    )
    ended = max(
        last(lines, "UNPAUSE", queue=queue, staff=staff), last(lines, "UNPAUSEALL", staff=staff)
    )
    return paused > max(added, ended)


def presence(lines: list[Line], staff: str) -> str:
    queues = [queue for queue in QUEUES if is_member(lines, staff, queue)]
    if not queues:
        return "logged_out"
    paused = all(is_paused(lines, staff, queue) for queue in queues)
    return "aux" if paused else "available"


def talks(lines: list[Line], staff: str) -> bool:
    """In a conversation that neither a restart nor a log-on from nowhere has ended."""
    started = last(lines, "QUEUESTART")
    for index, one in enumerate(lines):
        if index <= started or one.event != "CONNECT" or one.staff != staff:
            continue
        later = lines[index + 1 :]
        if any(
            each.call == one.call and each.event.startswith(("COMPLETE", "BLINDTRANSFER"))
            for each in later
        ):
            continue
        if any(logs_on(lines, staff, index + 1 + n) for n in range(len(later))):
            continue
        return True
    return False


def logs_on(lines: list[Line], staff: str, index: int) -> bool:
    is_own = lines[index].event == "ADDMEMBER" and lines[index].staff == staff
    return is_own and presence(lines[:index], staff) == "logged_out"


def wraps_up(lines: list[Line], staff: str, at: int) -> bool:
    ends = ("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "WRAPUPSTART")
    begun = last(lines, *ends, staff=staff)
    if begun < 0 or last(lines, "QUEUESTART") > begun:
        return False
    if last(lines, "CONNECT", staff=staff) > begun:
        return False
    one = lines[begun]
    length_s = int(one.data) if one.event == "WRAPUPSTART" else WRAPUP_S
    was = presence(lines[: begun + 1], staff)
    for upto in range(begun + 2, len(lines) + 1):
        now = presence(lines[:upto], staff)
        if now != was and now in ("aux", "logged_out"):
            return False
        was = now
    return at < one.at + length_s


def state_at(log: list[Line], staff: str, at: int) -> str:
    """The state through the second that begins at `at`."""
    lines = [one for one in log if one.at <= at and one.staff in (staff, "NONE")]
    if talks(lines, staff):
        return "handling"
    return "acw" if wraps_up(lines, staff, at) else presence(lines, staff)


def states_of(told: list[Any], until: int) -> dict[int, str]:
    """State by second; ringing is available."""
    found = {}
    for begun, ended, state in spans(told, until * 1000):
        for at in range(begun // 1000, ended // 1000):
            found[at] = "available" if state in AVAILABLE else state
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_second_of_every_person_is_what_the_twin_says(seed: int) -> None:
    log = floor(120, seed, logins=False)
    lines = parsed(log)
    told = staff_events(bridge(staff={"default_wrapup_s": WRAPUP_S}), log)
    begin, until = lines[0].at, lines[-1].at + 100
    people = sorted({one.staff for one in lines if one.staff != "NONE"})
    for staff in people:
        ours = states_of([one for one in told if one["staff"] == staff], until)
        for at in sorted({one.at + after for one in lines for after in (0, 7, 12, 40)}):
            if begin <= at < until:
                assert ours.get(at, "logged_out") == state_at(lines, staff, at), (staff, at)
