"""The course of `floorwatch whatif` that a store's day is."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from streams.cli.planned import (
    Kept,
    Live,
    chosen,
    opened,
    shared_people,
    site_floor,
    taken_together,
)
from streams.cli.whatif_course import Course
from streams.errors import UserError
from streams.moments import local_text
from streams.planning.projection import COMING, Projected, beside, projected
from streams.planning.recorded import Floor
from streams.planning.scenario import Slot
from streams.planning.shrinkage import shrinkage
from streams.settings import Settings
from streams.view import CellKey


class Asked(NamedTuple):
    """Which day of which queue, and what stands in for what the store says of it."""

    day: str
    queue: str | None
    program: str | None
    plan: Sequence[Path]
    staff: float | None
    patience_s: float | None
    occupancy: float | None
    lost: float | None
    """Share of scheduled work; None: as it is seen."""


class StoreDay(NamedTuple):
    """A queue's day, and how many people of a site are in each of its intervals."""

    course: Course
    kept: Kept
    queue: CellKey
    floors: dict[str, Floor]

    def people(self, site: str) -> list[float]:
        """FTE of a site in each interval; where nothing says so its share is that of the others.

        Raises UserError where nothing says so at all.
        """
        if not self.floors[site].groups(self.queue):
            raise UserError(
                f"nobody of site {site!r} serves queue {self.queue.queue!r} on this day",
                "check the name, or use --away 4@10:00-11:00",
            )
        found = [self._there(site, slot) for slot in self.course.slots]
        everybody = sum(of for _, of in found)
        if not everybody:
            raise UserError(f"nothing says how many are at site {site!r}", "use --away")
        usual = sum(there for there, _ in found) / everybody
        return [
            slot.staff * (there / of if of else usual)
            for slot, (there, of) in zip(self.course.slots, found, strict=True)
        ]

    def _there(self, site: str, slot: Slot) -> tuple[float, float]:
        """FTE of a site and of all in an interval; (0, 0): not known there."""
        for source in ("",) if slot.measured is not None else COMING:
            span = slot.start_ms, slot.end_ms
            everybody = self.kept.floor.fte(self.queue, *span, source)
            there = self.floors[site].fte(self.queue, *span, source)
            if everybody and there is not None:
                return there, everybody
        return 0.0, 0.0


def store_day(settings: Settings, asked: Asked, sites: Iterable[str]) -> StoreDay:
    """Recorded intervals of a day as they were, the others as expected. Raises UserError."""
    names = [asked.queue] if asked.queue else []
    day = asked.day, None, None
    with opened(settings, asked.program, names, asked.plan, *day) as (kept, store):
        queues = chosen(kept, asked.program, names)
        if len(queues) != 1:
            told = ", ".join(key.queue for key in queues) or "none"
            raise UserError("which queue is meant?", f"--queue NAME; there: {told}")
        queue, span = queues[0], kept.span
        live = Live(kept, store)
    found, careful = _pooled(kept, asked, queue, live) or (
        _alone(kept, asked, queue, live),
        shared_people(kept, queue),
    )
    floors = {site: site_floor(kept, site) for site in sites}
    if not found.slots:
        raise UserError(
            f"nothing can be said of queue {queue.queue!r} on {asked.day}: {_reasons(found)}",
            "floorwatch plan import FILE, or name --staff",
        )
    reasons = tuple(
        f"left out: {local_text(one.start_ms, span.zone)}, {why}" for one, why in found.left_out
    )
    if careful:
        reasons = (careful, *reasons)
    return StoreDay(Course(list(found.slots), span.zone, reasons), kept, queue, floors)


def _alone(
    kept: Kept, asked: Asked, queue: CellKey, live: Live, undivided: bool = False
) -> Projected:
    intervals = kept.intervals(queue, lasting=True, undivided=undivided)
    lost = shrinkage(intervals, kept.span.zone).loss if asked.lost is None else asked.lost
    mean = kept.patience_s(queue, asked.patience_s)
    cap = kept.occupancy_max(queue, asked.occupancy)
    of = kept.plan.program(queue.program)
    return projected(intervals, of, asked.staff, mean, lost, cap, live.of(queue))


def _pooled(kept: Kept, asked: Asked, queue: CellKey, live: Live) -> tuple[Projected, str] | None:
    """The queue with all its people and what else these are asked for; None: that is not known, or who
    is there was named, or the plan parts them."""
    others = kept.floor.pool(queue)
    if not others or asked.staff is not None:
        return None
    told = [_alone(kept, asked, one, live, undivided=True) for one in others]
    found = beside(_alone(kept, asked, queue, live, undivided=True), told)
    return None if found is None else (found, taken_together(kept, queue))


def _reasons(found: Projected) -> str:
    return ", ".join(sorted({why for _, why in found.left_out})) or "no record and no forecast"


def described(asked: Asked) -> dict[str, Any]:
    """What was asked of the store, as JSON can have it."""
    return {**asked._asdict(), "plan": [str(path) for path in asked.plan]}
