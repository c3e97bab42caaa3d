"""Watermarks: how far each source's promise reaches, and each program's (design 6)."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.marks import extremes
from streams.names import Names
from streams.settings import LimitSettings, SourceSettings
from streams.view import SourceView

NONE = -1
LATEST = int(np.iinfo(np.int64).max)
OPEN = -1
DAY_MS = 24 * 3_600_000


@dataclass
class Gap:
    """Events of a feed from `start` up to `end` (OPEN: not known yet) may be lost, ms."""

    feed: int
    start: int
    end: int


_UNLISTED = SourceSettings()


class Feeds:
    """Promise and last event of every (source, program), in the codes of names.feeds."""

    def __init__(self, names: Names, sources: Mapping[str, SourceSettings]) -> None:
        self._names = names
        self._sources = sources
        self._promise: list[int] = []
        self._last_event: list[int] = []
        self._first: list[int] = []
        self._gaps: list[Gap] = []

    def _settings(self, source: str) -> SourceSettings:
        return self._sources.get(source, _UNLISTED)

    def heard(self, feeds: NDArray[np.int32], times: NDArray[np.int64]) -> None:
        """Note the events of a batch: feed code and event time of each."""
        self._last_event = self._with(feeds, times, self._last_event)
        self._end_gaps(feeds, times, by_heartbeat=False)

    def promised(self, heartbeats: NDArray[np.int64]) -> None:
        """Note heartbeats: (feed code, ms), int64 (n, 2)."""
        feeds, times = heartbeats.T
        self._promise = self._with(feeds, times, self._promise)
        self._end_gaps(feeds, times, by_heartbeat=True)

    def _with(self, feeds: NDArray[Any], times: NDArray[np.int64], latest: list[int]) -> list[int]:
        """`latest` per feed raised by these times; the first moment of each feed is noted too."""
        self._extend()
        if not len(feeds):
            return latest
        raised = np.array(latest, np.int64)
        least = np.array(self._first, np.int64)
        codes = np.ascontiguousarray(feeds, np.int64)
        extremes(codes, np.ascontiguousarray(times), least, raised)
        self._first = least.tolist()
        latest = raised.tolist()
        return latest

    def lose(self) -> None:
        """Something is gone that any feed may have sent: what was promised before it stands.

        The gap of a feed ends with its next promise; without heartbeats, with its next event.
        """
        self._extend()
        known = {gap.feed for gap in self._gaps if gap.end == OPEN}
        for feed in set(range(len(self._promise))) - known:
            self._gaps.append(Gap(feed, max(0, self.watermark(feed)), OPEN))

    def _end_gaps(self, feeds: NDArray[Any], times: NDArray[np.int64], by_heartbeat: bool) -> None:
        for gap in self._gaps:
            source = self._names.feeds[gap.feed][0]
            if gap.end == OPEN and self._settings(source).heartbeats == by_heartbeat:
                told = times[(feeds == gap.feed) & (times > gap.start)]
                gap.end = int(told[0]) if len(told) else OPEN

    def gaps(self) -> dict[str, list[tuple[int, int]]]:
        """Per program the stretches in which events may be lost, ms, merged, in order."""
        found: dict[str, list[tuple[int, int]]] = {}
        for gap in sorted(self._gaps, key=lambda gap: gap.start):
            spans = found.setdefault(self._names.feeds[gap.feed][1], [])
            end = LATEST if gap.end == OPEN else gap.end
            if spans and gap.start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((gap.start, end))
        return found

    def forget_gaps(self, before: Mapping[str, int]) -> None:
        """Drop gaps that end before this moment of their program: no open interval lies there."""
        program = {feed: name for feed, (_, name) in enumerate(self._names.feeds)}
        self._gaps = [
            gap for gap in self._gaps if gap.end == OPEN or gap.end > before[program[gap.feed]]
        ]

    def earliest(self) -> dict[str, int]:
        """Per program the earliest moment its feeds have told of, ms."""
        self._extend()
        least: dict[str, int] = {}
        for (_, program), first in zip(self._names.feeds, self._first, strict=True):
            if first < LATEST:
                least[program] = min(least.get(program, first), first)
        return least

    def complete(self, day_after: bool = False) -> None:
        """The input has ended: what was sent up to the last event, or promise, of each source is all
        there is, of each of its programs.

        `day_after`: nor will anything follow, so that even the last intervals close.
        """
        self._extend()
        more = DAY_MS if day_after else 0
        ends: dict[str, int] = {}
        for feed, (source, _) in enumerate(self._names.feeds):
            last = self._last_event[feed]
            until = max(self._promise[feed], last + more if last >= 0 else NONE)
            ends[source] = max(ends.get(source, NONE), until)
        for feed, (source, _) in enumerate(self._names.feeds):
            self._promise[feed] = max(self._promise[feed], ends[source])

    def watermark(self, feed: int) -> int:
        """Everything of this feed up to here is known, ms; -1 while it promised nothing."""
        source = self._settings(self._names.feeds[feed][0])
        if source.heartbeats:
            return self._promise[feed]
        disorder = round(source.disorder_s * 1000)
        return max(self._promise[feed], self._last_event[feed] - disorder, NONE)

    def watermarks(self) -> dict[str, int]:
        """Per program the least watermark of its feeds."""
        self._extend()
        least: dict[str, int] = {}
        for feed, (source, program) in enumerate(self._names.feeds):
            if self._settings(source).retired:
                continue
            mark = self.watermark(feed)
            least[program] = min(least.get(program, mark), mark)
        return least

    def view(self, now_ms: int, limits: LimitSettings) -> tuple[SourceView, ...]:
        """What is known of every feed; silent where the promise is older than the limit."""
        self._extend()
        silence = round(limits.silence_s * 1000)
        seen = []
        for feed, (source, program) in enumerate(self._names.feeds):
            settings = self._settings(source)
            if settings.retired:
                continue
            mark = self.watermark(feed)
            allowed = silence + (0 if settings.heartbeats else round(settings.disorder_s * 1000))
            last, silent = self._last_event[feed], now_ms - mark > allowed
            seen.append(SourceView(source, program, mark, last, silent, allowed))
        return tuple(seen)

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps."""
        self._extend()
        return {
            "promise": list(self._promise),
            "last_event": list(self._last_event),
            "first": list(self._first),
            "gaps": [astuple(gap) for gap in self._gaps],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` kept."""
        self._promise = list(state["promise"])
        self._last_event = list(state["last_event"])
        self._first = list(state["first"])
        self._gaps = [Gap(*gap) for gap in state.get("gaps", ())]  # since layout 2

    def _extend(self) -> None:
        missing = len(self._names.feeds) - len(self._promise)
        self._promise.extend([NONE] * missing)
        self._last_event.extend([NONE] * missing)
        self._first.extend([LATEST] * missing)
