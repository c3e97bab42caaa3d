"""One queue played through its intervals, first come first served, whose customers may leave.

Rates are per second, times seconds since the course begins. `course` is float64 (intervals, 5): end,
contacts per second, handle time, patience (inf: for ever), T; `staff` int64 (intervals,): people there.
Handle times and patience are exponential, their draws of mean 1 are given. People are numbered: `i`
is there while more than `i` are, and who leaves ends the contact begun. After the last interval its
staff stays until nobody waits. Source: definitions 6.3.
"""

import math

from kernels.jit import inlined, kernel
from kernels.layout import F8, I8

END, RATE, AHT, PATIENCE, WITHIN = range(5)
OFFERED, IN_TIME, ABANDONED, LEFT_IN_TIME, ANSWERED, WAITED = range(6)
"""Places of what is found, by the interval of arrival: contacts (those abandoned within T among the
abandoned), and seconds waited by the answered."""
CLOCK, PLACE = range(2)
"""Where the course stands: moment of the last arrival, its interval."""


@inlined
def there_from(course: F8, staff: I8, person: int, moment: float, at: int) -> float:
    """First moment from `moment`, which is in interval `at` or later, at which a person is there."""
    last = len(course) - 1
    while at < last and course[at, END] <= moment:
        at += 1
    while staff[at] <= person:
        if at == last:
            return math.inf
        moment = course[at, END]
        at += 1
    return moment


@inlined
def first_free(course: F8, staff: I8, ready: F8, moment: float, at: int) -> int:
    """Who can take a contact first. `ready`: when each person can, brought up to `moment`."""
    first = 0
    for person in range(len(ready)):
        if ready[person] < moment:
            ready[person] = there_from(course, staff, person, moment, at)
        if ready[person] < ready[first]:
            first = person
        if ready[first] <= moment:
            break
    return first


@inlined
def next_arrival(course: F8, state: F8, units: float) -> bool:
    """Move on to where the rate, summed up from the last arrival, reaches `units`; no: the end."""
    at = int(state[PLACE])
    moment = state[CLOCK]
    while at < len(course):
        room = (course[at, END] - moment) * course[at, RATE]
        if units < room:
            moment += units / course[at, RATE]
            break
        units -= room
        moment = course[at, END]
        at += 1
    state[CLOCK] = moment
    state[PLACE] = at
    return at < len(course)


@kernel
def play(course: F8, staff: I8, draws: F8, ready: F8, state: F8, found: F8) -> bool:
    """Play on from `state`, float64 (2,), until the course ends (yes) or its draws do (no).

    `draws` float64 (n, 3): time to the next arrival, patience and handle time of each contact; `ready`
    float64 (most staff, at least 1), `found` float64 (intervals, 6): all added to.
    """
    for row in range(len(draws)):
        if not next_arrival(course, state, draws[row, 0]):
            return True
        at = int(state[PLACE])
        moment = state[CLOCK]
        found[at, OFFERED] += 1.0
        person = first_free(course, staff, ready, moment, at)
        wait = ready[person] - moment
        patience = course[at, PATIENCE] * draws[row, 1]
        if wait > patience:
            found[at, ABANDONED] += 1.0
            if patience <= course[at, WITHIN]:
                found[at, LEFT_IN_TIME] += 1.0
        elif wait < math.inf:
            found[at, ANSWERED] += 1.0
            found[at, WAITED] += wait
            if wait <= course[at, WITHIN]:
                found[at, IN_TIME] += 1.0
            free = moment + wait + course[at, AHT] * draws[row, 2]
            ready[person] = there_from(course, staff, person, free, at)
    return False
