"""What happens on a day, drawn from its seed, and which alerts are about it.

Strains on the service level (a surge, longer calls, people who leave one after another) build up, as
they do in life: what is there at once in full can only be told while it is missed.
"""

import random
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from streams.rules.rule import Layer
from streams.simulator.settings import Outage, OutageKind, SimulatorSettings
from tests.backtest.house import BEGINS, SITES, programs, settings, sites_of

STRAINS: tuple[OutageKind, ...] = ("surge", "slow", "absent")
FAILURES: tuple[OutageKind, ...] = (
    "site_down",
    "acd_drop",
    "feed_silent",
    "technology_down",
    "technology_degraded",
    "offers_off",
)
A_DAY = 4
"""Incidents on a day that has any: two strains, two failures."""
ABOUT: dict[OutageKind, tuple[Layer, ...]] = {
    **dict.fromkeys(STRAINS, ("demand", "staff", "service")),
    "site_down": ("staff", "service"),
    "acd_drop": ("service", "demand"),
    "feed_silent": ("feed",),
    "technology_down": ("technology",),
    "technology_degraded": ("technology",),
    "offers_off": ("technology",),
}
"""Layers of which an alert must be to have told of an incident."""
_EARLIEST, _LATEST = 75, 285
"""Minutes after the opening (09:00) within which they begin."""
_LENGTHS: dict[OutageKind, tuple[int, int]] = {
    **dict.fromkeys(STRAINS, (100, 150)),
    "site_down": (12, 25),
    "acd_drop": (10, 20),
    "feed_silent": (8, 15),
    "technology_down": (10, 25),
    "technology_degraded": (10, 25),
    "offers_off": (50, 80),
}
_RISES = (45, 75)
_AFTER = timedelta(minutes=90)


class Incident(NamedTuple):
    """One of them: what, to whom, from when until when."""

    kind: OutageKind
    programs: tuple[str, ...]
    site: str
    queues: tuple[str, ...]
    """Whose service level it strains."""
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """What it happens to."""
        return self.site or (self.queues or self.programs)[0]

    def owns(self, labels: dict[str, str], at: datetime, whole_day: bool = False) -> bool:
        """Whether what is told with these labels at this moment is of this incident or its effects.

        `whole_day`: of a figure of the day, where the effect stays.
        """
        if at < self.start or (at > self.end + _AFTER and not whole_day):
            return False
        program, site = labels.get("program", ""), labels.get("site", "")
        return program in self.programs if program else bool(site) and site == self.site


def day_of(seed: int, quiet: bool, count: int = 10) -> tuple[SimulatorSettings, list[Incident]]:
    """The house of so many programs on a seed's day, and what happens to it."""
    chance = random.Random(seed)
    names = programs(count)
    chance.shuffle(names)
    kinds = [*chance.sample(STRAINS, 2), *chance.sample(FAILURES, A_DAY - 2)]
    drawn = (
        []
        if quiet
        else [_drawn(kind, name, chance, count) for kind, name in zip(kinds, names, strict=False)]
    )
    found = sorted((incident for incident, _ in drawn), key=lambda one: one.start)
    return settings(seed, count, tuple(outage for _, outage in drawn)), found


def _drawn(
    kind: OutageKind, program: str, chance: random.Random, count: int
) -> tuple[Incident, Outage]:
    minutes = chance.randint(*_LENGTHS[kind])
    starts = BEGINS + timedelta(minutes=10 + chance.randint(_EARLIEST, _LATEST))
    queue = f"{program}-{chance.choice(('first', 'second'))}"
    of: dict[str, Any] = {"kind": kind, "minutes": minutes, "name": queue}
    site, queues, hit = "", (queue,) if kind in STRAINS else (), (program,)
    if kind in STRAINS:
        of["rises_min"] = chance.randint(*_RISES)
    if kind in ("surge", "slow"):
        of["times"] = round(chance.uniform(1.6, 2.2), 2)
    elif kind == "absent":
        of["share"] = round(chance.uniform(0.4, 0.6), 2)
    elif kind == "site_down":
        site = of["name"] = chance.choice(SITES)
        hit = tuple(name for name in programs(count) if site in sites_of(name))
    elif kind in ("acd_drop", "feed_silent"):
        of["name"] = f"acd-{program}"
    else:
        of["name"] = f"{program}-{'chat' if kind == 'offers_off' else 'bot'}"
    local = (starts + timedelta(hours=9)).time()
    outage = Outage(at=time(local.hour, local.minute), **of)
    return Incident(kind, hit, site, queues, starts, starts + timedelta(minutes=minutes)), outage
