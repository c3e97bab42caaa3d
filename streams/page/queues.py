"""The queues of the page: the terminal's table, marks of closed intervals, and by what to sort them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from schemas.targets import Plan
from streams.board.figures import Closed, Figures, Floor, Mark
from streams.board.render import ARROWS, STYLES, queue_table
from streams.board.words import Language, percent
from streams.moments import local_text
from streams.page.tables import NO_LIMIT, TONES, Told, cells
from streams.page.words import word

Sorted = float | str | None
_SORTS: tuple[tuple[str, str, Callable[[Figures], Sorted]], ...] = (
    ("program", "ascending", lambda one: one.program),
    ("queue", "ascending", lambda one: one.name),
    ("waiting", "descending", lambda one: one.now.waiting),
    ("oldest", "descending", lambda one: one.oldest_ms),
    ("level", "ascending", lambda one: one.today_value("service_level")),
    ("bounds", "ascending", lambda one: one.interval_value("service_level_high")),
    ("offered", "descending", lambda one: one.today.get("offered", 0)),
    ("answered", "descending", lambda one: one.today.get("ans", 0)),
    ("abandoned", "descending", lambda one: one.abandoned),
    ("asa", "descending", lambda one: one.today_value("asa")),
)
"""Columns of the table from the left, which end of each is looked at first, and its value."""
_OF_UNKNOWN = ("program", "queue")


def queues_of(shown: Floor, plan: Plan, lang: Language) -> dict[str, Any]:
    """The table of queues without its last column, the marks, which are told one by one.

    `sorts`: of each column its name, the direction that is asked for first, and a value for each queue,
    null where there is none.
    """
    table = cells(queue_table(shown, NO_LIMIT, lang, None), "queues", lang)
    keys = [queue_key(one) for one in shown.queues]
    first = _first_busy(shown)
    marks = [
        [_mark(one, closed, plan, lang) for closed in one.closed if closed.start_ms >= first]
        for one in shown.queues
    ]
    heads, right, rows, means = table
    kept = Told(heads[:-1], right[:-1], [row[:-1] for row in rows], means[:-1])
    sorts = [
        {"key": key, "first": first, "of": [_sorted(one, key, of) for one in shown.queues]}
        for key, first, of in _SORTS
    ]
    return {"table": kept, "keys": keys, "marks": marks, "sorts": sorts}


def _sorted(one: Figures, key: str, of: Callable[[Figures], Sorted]) -> Sorted:
    return of(one) if one.known or key in _OF_UNKNOWN else None


def _first_busy(shown: Floor) -> int:
    """Start of the first interval of which anything but that nobody came is known, ms UTC."""
    busy = [
        closed.start_ms
        for one in shown.queues
        for closed in one.closed
        if closed.mark is not Mark.NO_TRAFFIC
    ]
    return min(busy, default=0)


def _mark(one: Figures, closed: Closed, plan: Plan, lang: Language) -> tuple[str, str, str]:
    """Sign, tone and what is said of a closed interval: `09:30 66.7% below, 12 offered`."""
    told = [
        _clock(closed.start_ms, plan.zone(one.program)),
        percent(closed.level),
        word(closed.mark, lang),
    ]
    said = " ".join(filter(None, told))
    if closed.offered:
        said += f", {word('offered', lang)} {closed.offered}"
    tone = TONES.get(STYLES.get(closed.mark, ""), "quiet")
    return ARROWS.get(closed.mark, "?"), tone, said


@lru_cache(maxsize=4096)
def _clock(start_ms: int, zone: ZoneInfo) -> str:
    """The same few moments stand in the marks of every queue."""
    return local_text(start_ms, zone)[11:16]


def queue_key(one: Figures) -> str:
    """What the page calls a queue by when it asks for its day."""
    return "/".join((one.program, one.name, *sorted(one.channels)))
