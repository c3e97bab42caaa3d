"""Waiting in a queue with staff: Erlang C, and Erlang A, in which the impatient leave.

Rates are per second, times are seconds, staff is continuous. Level, abandonment and speed of answer
are those of the KPIs (R1, R2, R3): answered within T over all offered; ASA is of the answered.
Source: definitions 6.3.
"""

import math

from kernels.jit import inlined, kernel
from kernels.layout import F8

LEVEL, ASA, ABANDONED, OCCUPANCY, WAITS, QUEUE = range(6)
"""Places of the figures: SL, ASA (s), abandonment, occupancy, share that waits, mean queue length.
Where there is no steady state (Erlang C with as much load as staff) level is 0, ASA and queue inf."""
NEGLIGIBLE = 1e-14
MOST_STATES = 2_000_000
HUGE = 1e200
LEAST_TERM = 600.0
"""e to the minus this is a number."""


@kernel
def erlang_b(load: float, staff: float) -> float:
    """Blocking probability of `staff` servers, continuous: 1/B = load * integral e^(-load t)(1+t)^staff.

    The fraction is the upper incomplete gamma function's, by series or continued fraction; whole
    servers follow by recursion, which is stable.
    """
    if load <= 0.0:
        return 1.0 if staff <= 0.0 else 0.0
    whole = math.floor(staff)
    part = staff - whole
    blocking = 1.0 if part == 0.0 else 1.0 / inverse_part(load, part)
    for n in range(1, int(whole) + 1):
        blocking = load * blocking / (part + n + load * blocking)
    return blocking


@kernel
def inverse_part(load: float, part: float) -> float:
    """1/B of a part of a server, 0 < part < 1."""
    shape = part + 1.0
    if load < shape + 1.0:
        term = 1.0 / shape
        total = term
        n = 1.0
        while term > total * 1e-17:
            term *= load / (shape + n)
            total += term
            n += 1.0
        return math.exp(load) * load**-part * math.gamma(shape) - load * total
    b = load + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    fraction = d
    for n in range(1, 500):
        step = -n * (n - shape)
        b += 2.0
        d = 1.0 / (step * d + b)
        c = b + step / c
        fraction *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return load * fraction


@kernel
def patient(rate: float, aht: float, staff: float, within: float, out: F8) -> None:
    """Erlang C: figures of `staff`, float64 (6,) out, where everybody waits for ever."""
    load = rate * aht
    out[ABANDONED] = 0.0
    if load <= 0.0:
        empty(out)
        return
    if staff <= load:
        out[LEVEL] = 0.0
        out[ASA] = math.inf
        out[QUEUE] = math.inf
        out[OCCUPANCY] = 1.0
        out[WAITS] = 1.0
        return
    blocking = erlang_b(load, staff)
    waits = staff * blocking / (staff - load * (1.0 - blocking))
    out[WAITS] = waits
    out[LEVEL] = 1.0 - waits * math.exp(-(staff - load) * within / aht)
    out[ASA] = waits * aht / (staff - load)
    out[QUEUE] = rate * out[ASA]
    out[OCCUPANCY] = load / staff


@inlined
def empty(out: F8) -> None:
    """Figures without contacts: all who came, none, were answered at once."""
    out[LEVEL] = 1.0
    out[ASA] = 0.0
    out[ABANDONED] = 0.0
    out[OCCUPANCY] = 0.0
    out[WAITS] = 0.0
    out[QUEUE] = 0.0


@kernel
def impatient_whole(
    rate: float, aht: float, patience: float, staff: int, within: float, out: F8
) -> None:
    """Erlang A: figures of a whole number of staff, float64 (6,) out; patience is exponential.

    Who finds `j` waiting is served when j + 1 have gone, at rates staff/aht + i/patience: the
    time S of that has exp(-S / patience) ~ Beta(c, j + 1), c = staff * patience / aht. So all that
    is needed follows from one state to the next by recursion.
    """
    leaving = 1.0 / patience
    c = staff * patience / aht
    blocking = erlang_b(rate * aht, float(staff))
    if blocking < 1e-280:
        empty(out)
        out[OCCUPANCY] = rate * aht / staff
        return
    gone = 1.0 - math.exp(-within * leaving)
    decay = (c + 1.0) * within * leaving
    in_time = 1.0 - math.exp(-decay)
    # The terms of its recursion, as long as the first is a number; else their logarithms, at twice
    # the cost.
    plain = decay < LEAST_TERM
    term = (c + 1.0) * gone * math.exp(-decay) if plain else 0.0
    log_term = math.log((c + 1.0) * gone) - decay if gone > 0.0 and not plain else 0.0
    # Weights of states, relative to that in which all staff are busy and nobody waits; `below` is
    # that of all with less to do.
    below = 1.0 / blocking - 1.0
    weight = 1.0
    total = queue = served = served_in_time = waited = delays = 0.0
    for j in range(MOST_STATES):
        kept = weight * c / (c + j + 1.0)
        delays += 1.0 / (c + j + 1.0)
        total += weight
        queue += j * weight
        served += kept
        served_in_time += kept * in_time
        waited += kept * delays * patience
        following = weight * rate / (staff / aht + (j + 1) * leaving)
        if following < weight and following * (j + 2) < NEGLIGIBLE * total:
            break
        weight = following
        if plain:
            in_time = max(0.0, in_time - term)
            term *= gone * (j + 2.0 + c) / (j + 2.0)
        elif gone > 0.0:
            in_time = max(0.0, in_time - math.exp(log_term))
            log_term += math.log(gone * (j + 2.0 + c) / (j + 2.0))
        if weight > HUGE:  # far more load than staff
            weight /= HUGE
            below, total, queue = below / HUGE, total / HUGE, queue / HUGE
            served, served_in_time, waited = served / HUGE, served_in_time / HUGE, waited / HUGE
    scale = 1.0 / (below + total)
    answered = 1.0 - (total - served) * scale
    out[WAITS] = total * scale
    out[LEVEL] = 1.0 - (total - served_in_time) * scale
    out[ABANDONED] = min(1.0, queue * scale * leaving / rate)
    out[QUEUE] = queue * scale
    out[ASA] = waited * scale / answered if answered > 0.0 else math.inf
    out[OCCUPANCY] = rate * (1.0 - out[ABANDONED]) * aht / staff if staff else 1.0


@kernel
def impatient(
    rate: float, aht: float, patience: float, staff: float, within: float, out: F8, work: F8
) -> None:
    """Erlang A of continuous staff, float64 (6,) out; work float64 (6,).

    13.4 staff are 14 for 40 % of the time and 13 for the rest: each figure lies between the two.
    The ASA of the answered may rise with staff where most leave: there only the luckiest are answered.
    """
    if rate * aht <= 0.0:
        empty(out)
        return
    whole = math.floor(staff)
    part = staff - whole
    impatient_whole(rate, aht, patience, whole, within, out)
    if part > 0.0:
        impatient_whole(rate, aht, patience, whole + 1, within, work)
        fewer = (1.0 - part) * (1.0 - out[ABANDONED])
        more = part * (1.0 - work[ABANDONED])
        waited = (fewer * out[ASA] if fewer > 0.0 else 0.0) + more * work[ASA]
        for i in range(len(out)):
            out[i] += part * (work[i] - out[i])
        out[ASA] = waited / (fewer + more)
