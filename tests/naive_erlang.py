"""Erlang C and A as the textbooks have them: sums over states, and the tagged customer's chain.

Slow and obvious; whole numbers of staff only. Independent of the kernels.
"""

from math import exp, factorial, log1p


def erlang_c(load: float, staff: int, aht: float, within: float) -> dict[str, float]:
    """Level, ASA and waiting probability of a queue in which nobody leaves; staff above load."""
    busy = load**staff / factorial(staff) * staff / (staff - load)
    free = sum(load**k / factorial(k) for k in range(staff))
    waits = busy / (free + busy)
    return {
        "waits": waits,
        "level": 1 - waits * exp(-(staff - load) * within / aht),
        "asa": waits * aht / (staff - load),
    }


def waits_of_part(load: float, staff: float, steps: int = 100_000) -> float:
    """Waiting probability of Erlang C for continuous staff above load: the textbook's integral,
    1/C = load * integral of e^(-load t) t (1+t)^(staff-1), by trapezia up to where nothing is left."""
    top = 60 / (staff - load) + 60 / load
    while top * load - (staff - 1) * log1p(top) < 60:
        top *= 1.5
    step = top / steps
    inside = (
        exp(-load * t + (staff - 1) * log1p(t)) * t for t in (k * step for k in range(1, steps))
    )
    return 1 / (load * step * sum(inside))


def erlang_a(
    rate: float, aht: float, patience: float, staff: int, within: float
) -> dict[str, float]:
    """Figures of a queue whose customers leave after an exponential time; level is of the offered."""
    states = [1.0]
    while len(states) < staff + 2 or states[-1] > 1e-13 * max(states):
        k = len(states)
        states.append(states[-1] * rate / (min(k, staff) / aht + max(0, k - staff) / patience))
    total = sum(states)
    shares = [weight / total for weight in states]
    queue = sum((k - staff) * share for k, share in enumerate(shares) if k > staff)
    level = sum(shares[:staff])
    for k, share in enumerate(shares):
        if k >= staff and share > 1e-10:
            level += share * served_within(k - staff, staff / aht, 1 / patience, within)
    left = queue / patience / rate
    return {
        "waits": sum(shares[staff:]),
        "level": level,
        "abandoned": left,
        "queue": queue,
        "occupancy": rate * (1 - left) * aht / staff,
    }


def served_within(ahead: int, serving: float, leaving: float, within: float) -> float:
    """Chance that a customer with `ahead` others before is served in time, by uniformization.

    State i: so many are ahead; from 0 a freed person takes the customer. The customer leaves at
    rate `leaving`, whatever the state.
    """
    top = serving + (ahead + 1) * leaving
    waiting = [0.0] * ahead + [1.0]
    served, chance, found, n = 0.0, exp(-top * within), 0.0, 0
    done = chance
    found += chance * served
    while done < 1 - 1e-12:
        following = [0.0] * (ahead + 1)
        for i, share in enumerate(waiting):
            down = (serving + i * leaving) / top
            if i == 0:
                served += share * down
            else:
                following[i - 1] += share * down
            following[i] += share * (1 - down - leaving / top)
        waiting = following
        n += 1
        chance *= top * within / n
        done += chance
        found += chance * served
    return found
