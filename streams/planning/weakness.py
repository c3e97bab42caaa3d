"""Where a model of steady queues says little of an interval, and by which rule."""

from typing import NamedTuple

from streams.planning.staffing import Load

SATURATED = 0.95
RAMP = 0.1
FEW = 20


class Weakness(NamedTuple):
    """A rule that an interval breaks, and what that means."""

    rule: str
    why: str

    def __str__(self) -> str:
        """As `rule: why`."""
        return f"{self.rule}: {self.why}"


def weaknesses(load: Load, staff: float, before: Load | None = None) -> tuple[Weakness, ...]:
    """The rules that an interval breaks, the gravest first; `before`: the load of the one before it."""
    found = []
    if load.erlangs >= staff:
        why = "more load than staff, waits grow over the interval and reach into the next"
        found.append(Weakness("overload", why))
    elif load.erlangs > SATURATED * staff:
        why = "load close to staff, what waits at the start of the interval decides"
        found.append(Weakness("saturated", why))
    if load.effective_aht_s > load.interval_s / 2:
        found.append(Weakness("long_contacts", "contacts last half the interval or longer"))
    if before is not None and _climb(load, before) > RAMP:
        why = f"load changes by more than {RAMP:.0%} within a handle time"
        found.append(Weakness("ramp", why))
    if load.contacts < FEW:
        why = f"fewer than {FEW} contacts, chance decides what a single interval reads"
        found.append(Weakness("few_contacts", why))
    return tuple(found)


def _climb(load: Load, before: Load) -> float:
    """Change of load within a handle time, over the load: a steady state follows no faster."""
    larger = max(load.erlangs, before.erlangs)
    if larger <= 0:
        return 0.0
    times = load.effective_aht_s / load.interval_s
    return abs(load.erlangs - before.erlangs) / larger * min(1.0, times)


def told(load: Load, staff: float, before: Load | None = None) -> str:
    """The same as one text; "" where the model may be trusted."""
    return "; ".join(map(str, weaknesses(load, staff, before)))
