"""Who is out of schedule, has not shown up, or is stuck in a state, at one moment."""

from kernels.jit import kernel
from kernels.layout import I8, People
from kernels.spans import (
    ACW,
    AVAILABLE,
    BREAK,
    HANDLING_STATE,
    LOGGED_OUT,
    MEETING,
    RINGING,
    UNKNOWN_STATE,
    allowed,
)
from kernels.timeline import BELIEVED_MS

# What deserves attention; 0 is nothing.
OUT_OF_SCHEDULE, NO_SHOW, STUCK_RINGING, STUCK_ACW, BUSY_OVERRUN = range(1, 6)
# Columns of what is found of a person.
(FOUND, SINCE, NET, STATE, STATE_SINCE, PLANNED, PLACE) = range(7)
FINDINGS = 7


@kernel
def attention(people: People, now: int, limits: I8, found: I8) -> None:
    """What deserves attention at `now` ms, found int64 (people, FINDINGS).

    `limits` int64 (3,): grace beyond which somebody is out of schedule, ringing and after-call work
    beyond which somebody is stuck, ms. Per person: what (0: nothing), since when, how the staff of
    this moment would change if the schedule were kept (+1, 0, -1), state, since when in it (-1: not
    seen yet), planned activity (-1: none), code of group and site (-1: none).
    """
    for number in range(people.used[0]):
        person = people.persons[number]
        row = found[number]
        row[:] = 0
        row[PLANNED] = -1
        row[PLACE] = -1
        row[STATE_SINCE] = -1
        kind = LOGGED_OUT << 3
        state = 0
        if person.count:
            event = people.events[person.start + person.count - 1]
            kind = int(event.kind)
            state = kind >> 3
            if state != LOGGED_OUT and now > event.time + BELIEVED_MS:
                state = UNKNOWN_STATE
            row[STATE_SINCE] = event.time
            row[PLACE] = event.place
        row[STATE] = state
        staffed = AVAILABLE <= state <= ACW
        for i in range(person.pieces):
            piece = people.pieces[person.piece_start + i]
            if piece.start <= now < piece.end:
                row[PLANNED] = piece.activity
                row[PLACE] = piece.place
                off = BREAK <= piece.activity <= MEETING
                if not allowed(piece.activity, piece.paid, state, kind & 7):
                    # Neither before the activity began nor before the state did.
                    row[SINCE] = max(row[STATE_SINCE], piece.start)
                    row[NET] = -1 if off and staffed else int(not off and not staffed)
                    if now - row[SINCE] > limits[0]:
                        # Still with a contact where time off is planned: nothing to act on.
                        overrun = off and HANDLING_STATE <= state <= ACW
                        row[FOUND] = BUSY_OVERRUN if overrun else OUT_OF_SCHEDULE
                        shift = shift_start(people, number, i)
                        if state == LOGGED_OUT and row[STATE_SINCE] < shift:
                            row[FOUND] = NO_SHOW
                            row[SINCE] = shift
                break
        if row[FOUND] and row[FOUND] != BUSY_OVERRUN:
            continue
        if state == RINGING and now - row[STATE_SINCE] > limits[1]:
            row[FOUND] = STUCK_RINGING
            row[SINCE] = row[STATE_SINCE]
        elif state == ACW and now - row[STATE_SINCE] > limits[2]:
            row[FOUND] = STUCK_ACW
            row[SINCE] = row[STATE_SINCE]


@kernel
def shift_start(people: People, number: int, piece: int) -> int:
    """Start of the stretch of pieces without a gap that a piece belongs to, ms."""
    person = people.persons[number]
    start = people.pieces[person.piece_start + piece].start
    for i in range(piece - 1, -1, -1):
        former = people.pieces[person.piece_start + i]
        if former.end != start:
            break
        start = former.start
    return start
