"""A queue played event by event with a clock, people and a line: slow and obvious.

Independent of the kernels. `course` has (end, contacts per second, handle time, patience, T) of each
interval, `staff` who is there (persons numbered from 0), `draws` of mean 1 for each contact.
"""

from collections import deque
from collections.abc import Sequence
from math import inf

Course = Sequence[tuple[float, float, float, float, float]]
EDGE, FREE, IMPATIENT, ARRIVAL = range(4)


def arrivals(course: Course, units: Sequence[float]) -> list[tuple[float, int]]:
    """Moment and interval of each contact of the course: its rate summed up from the one before."""
    found, moment = [], 0.0
    for drawn in units:
        unit = drawn
        for at, (end, rate, *_) in enumerate(course):
            begin = course[at - 1][0] if at else 0.0
            if moment >= end:
                continue
            room = (end - max(moment, begin)) * rate
            if unit < room:
                moment = max(moment, begin) + unit / rate
                found.append((moment, at))
                break
            unit -= room
            moment = end
        else:
            return found
    raise ValueError("too few draws for the course")


def played(
    course: Course, staff: Sequence[int], draws: Sequence[tuple[float, float, float]]
) -> list[list[float]]:
    """Per interval of arrival: offered, answered in T, abandoned, of them in T, answered, their wait."""
    came = arrivals(course, [units for units, _, _ in draws])
    found = [[0.0] * 6 for _ in course]
    events: list[tuple[float, int, int]] = [(0.0, EDGE, 0)]
    events += [(end, EDGE, at + 1) for at, (end, *_) in enumerate(course[:-1])]
    for n, (moment, at) in enumerate(came):
        events.append((moment, ARRIVAL, n))
        if course[at][3] < inf:
            events.append((moment + course[at][3] * draws[n][1], IMPATIENT, n))
    busy: set[int] = set()
    line: deque[int] = deque()
    there = 0
    while events:
        events.sort(reverse=True)
        now, kind, which = events.pop()
        if kind == EDGE:
            there = staff[which]
        elif kind == FREE:
            busy.discard(which)
        elif kind == ARRIVAL:
            line.append(which)
            found[came[which][1]][0] += 1
        elif which in line:
            line.remove(which)
            moment, at = came[which]
            found[at][2] += 1
            found[at][3] += now - moment <= course[at][4]
        free = [person for person in range(there) if person not in busy]
        while line and free:
            first, person = line.popleft(), free.pop(0)
            moment, at = came[first]
            found[at][4] += 1
            found[at][5] += now - moment
            found[at][1] += now - moment <= course[at][4]
            busy.add(person)
            events.append((now + course[at][2] * draws[first][2], FREE, person))
    return found
