"""What happens on a day, drawn from its seed, and which alerts are about it.

Strains on the service level (a surge, longer calls, people who leave one after another) build up over one
and a half to two and a half hours, to about twice the work or less than half the people: enough that most of
them miss the target in a house with a reserve. What is there at once in full can only be told while it is
missed; of such ones "told ahead" says nothing here.
"""

import random
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

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
_SERVICE = (
    *("ServiceLevelAhead", "ServiceLevelOutOfReach", "ServiceLevelLow", "ServiceLevelBurning"),
    *("DayServiceLevelAtRisk", "OldestWaitHigh", "AbandonmentHigh"),
)
_EMPTY = ("SiteUnstaffed", "OpenQueueUnstaffed")
_NOT_UP = ("TechnologyDown", "TechnologyDegraded")
ABOUT: dict[OutageKind, tuple[str, ...]] = {
    "surge": (*_SERVICE, "VolumeDeviation", "VolumeSurge"),
    "slow": (*_SERVICE, "HandleTimeDeviation"),
    "absent": (*_SERVICE, *_EMPTY, "StaffShort", "StaffShortAhead", "StaffMissing", "AdherenceLow"),
    "site_down": _EMPTY,
    "acd_drop": ("AttemptsBlocked",),
    "feed_silent": ("FeedSilent", "FeedLate"),
    "technology_down": _NOT_UP,
    "technology_degraded": (*_NOT_UP, "BotLatencyHigh"),
    "offers_off": ("ChatOffersStopped",),
}
"""Alerts that name such an incident: one of them must tell of its own place, or it was missed."""
_EARLIEST, _LATEST, _LATEST_STRAIN = 75, 285, 165
"""Minutes after the opening (09:00) within which they begin; a strain is over before people go home."""
_LENGTHS: dict[OutageKind, tuple[int, int]] = {
    **dict.fromkeys(STRAINS, (180, 220)),
    "site_down": (12, 25),
    "acd_drop": (10, 20),
    "feed_silent": (8, 15),
    "technology_down": (10, 25),
    "technology_degraded": (10, 25),
    "offers_off": (50, 80),
}
_RISES = (90, 150)
_AFTER = timedelta(minutes=90)


class Incident(NamedTuple):
    """One of them: what, to whom, from when until when."""

    kind: OutageKind
    programs: tuple[str, ...]
    site: str
    queues: tuple[str, ...]
    """Queues, groups or systems it happens to: groups are called as their first queue."""
    touched: tuple[str, ...]
    """These, and those who share people or customers with them: where it may have effects."""
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """What it happens to."""
        return self.site or (self.queues or self.programs)[0]

    def named_by(self, labels: dict[str, str]) -> bool:
        """Whether an alert with these labels says that this has happened, and where it did."""
        source = labels.get("source", "")
        fed = not source or source in [f"acd-{program}" for program in self.programs]
        return labels["alertname"] in ABOUT[self.kind] and fed and self._at(labels, self.queues)

    def owns(self, labels: dict[str, str], at: datetime, whole_day: bool = False) -> bool:
        """Whether what is told with these labels at this moment is of this incident or its effects.

        `whole_day`: of a figure of the day, where the effect stays.
        """
        if at < self.start or (at > self.end + _AFTER and not whole_day):
            return False
        return self._at(labels, self.touched)

    def _at(self, labels: dict[str, str], places: tuple[str, ...]) -> bool:
        program, site = labels.get("program", ""), labels.get("site", "")
        place = labels.get("queue") or labels.get("group")
        if place:
            return place in places
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
    latest = _LATEST_STRAIN if kind in STRAINS else _LATEST
    starts = BEGINS + timedelta(minutes=10 + chance.randint(_EARLIEST, latest))
    queue = f"{program}-{chance.choice(('first', 'second'))}"
    of: dict[str, Any] = {"kind": kind, "minutes": minutes, "name": queue}
    site, queues, touched, hit = "", (queue,), (queue,), (program,)
    calls = tuple(f"{program}-{which}" for which in ("first", "second", "third"))
    if kind in STRAINS:
        of["rises_min"] = chance.randint(*_RISES)
        touched = queue, *_sharing(queue)
    if kind in ("surge", "slow"):
        of["times"] = round(chance.uniform(1.9, 2.5), 2)
    elif kind == "absent":
        of["share"] = round(chance.uniform(0.5, 0.75), 2)
    elif kind == "site_down":
        site = of["name"] = chance.choice(SITES)
        hit = tuple(name for name in programs(count) if site in sites_of(name))
        queues = touched = tuple(queue for name in hit for queue in _seated(name, site))
    elif kind in ("acd_drop", "feed_silent"):
        of["name"] = f"acd-{program}"
        queues = touched = calls
    else:
        chat = f"{program}-chat"
        of["name"] = chat if kind == "offers_off" else f"{program}-bot"
        queues, touched = (of["name"],), (of["name"], chat)
    local = (starts + timedelta(hours=9)).time()
    outage = Outage(at=time(local.hour, local.minute), **of)
    end = starts + timedelta(minutes=minutes)
    return Incident(kind, hit, site, queues, touched, starts, end), outage


def _sharing(queue: str) -> tuple[str, ...]:
    """Queues whose people, or customers, are a queue's too."""
    program, _, which = queue.rpartition("-")
    return (f"{program}-third",) if which == "first" else ()


def _seated(program: str, site: str) -> tuple[str, ...]:
    """Queues that are served from a site."""
    at_first = site == sites_of(program)[0]
    return tuple(
        f"{program}-{which}" for which in (("first", "third", "chat") if at_first else ("second",))
    )
