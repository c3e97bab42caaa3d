"""Several shards of one process as one view, with counters that never step down."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kernels.columns import (
    ARRIVAL_ROW,
    BOTS_ROW,
    CASES_ROW,
    CHAT_ROW,
    HANDLING_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    UPTIME_ROW,
    WAIT_BINS,
)
from streams.view import (
    FOUND,
    NO_PAST,
    Attention,
    Cells,
    CheckpointView,
    DayPlan,
    Flow,
    LagView,
    LoadNow,
    Past,
    PersonNow,
    QueueKey,
    View,
)

COUNTS = ("duplicates", "conflicts", "restated", "holes", "unknown_fields")


@dataclass
class _Counts:
    """What a shard has counted, as far as it is restored with its state."""

    events: Counter[str] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, counted: Any) -> "_Counts":
        others = Counter({name: getattr(counted, name) for name in COUNTS})
        return cls(Counter(counted.events), Counter(counted.rejected), others)

    def less(self, base: "_Counts") -> "_Counts":
        """What came after `base`; keys stay, so that a counter is there at 0."""
        return _Counts(
            _less(self.events, base.events),
            _less(self.rejected, base.rejected),
            _less(self.others, base.others),
        )

    def add(self, more: "_Counts") -> None:
        self.events.update(more.events)
        self.rejected.update(more.rejected)
        self.others.update(more.others)


def _less(counts: Counter[Any], base: Mapping[Any, int]) -> Counter[Any]:
    return Counter({name: max(0, count - base.get(name, 0)) for name, count in counts.items()})


class Carried:
    """What this process has counted of shards, those it no longer owns included.

    Counters are local to the process: a shard's begin where it was opened, go on upward when the
    shard returns, and are never restored (observability 1.2: a restored total is a phantom jump).
    """

    def __init__(self) -> None:
        self._base: dict[int, _Counts] = {}
        self._newest: dict[int, _Counts] = {}
        self._flow: dict[int, Mapping[QueueKey, Flow]] = {}
        self._gone = _Counts()
        self._gone_flow: dict[QueueKey, Flow] = {}
        self._past: tuple[list[Past], Past] = ([], NO_PAST)

    def began(self, number: int, counted: Any) -> None:
        """What a shard has counted so far was counted elsewhere, or is being counted anew."""
        self._base[number] = _Counts.of(counted)

    def saw(self, number: int, counted: Any, flow: Mapping[QueueKey, Flow]) -> None:
        """Note the counts of a shard that began, of itself or of its view.

        To be called when it leaves too, not only when someone scrapes: what lies behind the last
        scrape would be lost.
        """
        self._newest[number] = _Counts.of(counted)
        self._flow[number] = flow

    def keep(self, number: int) -> None:
        """The shard leaves: what it counted here since it had caught up stays counted."""
        if number in self._newest:
            self._gone.add(self._newest.pop(number).less(self._base.pop(number, _Counts())))
        for key, flow in self._flow.pop(number, {}).items():
            self._gone_flow[key] = _sum(self._gone_flow.get(key, Flow()), flow)

    def counts(self) -> _Counts:
        """Everything counted so far."""
        total = _Counts()
        total.add(self._gone)
        for number, newest in self._newest.items():
            total.add(newest.less(self._base.get(number, _Counts())))
        return total

    def flow(self, key: QueueKey, flow: Flow) -> Flow:
        """A queue's counters with those of former ownerships."""
        before = self._gone_flow.get(key)
        return flow if before is None else _sum(before, flow)

    def past(self, parts: list[Past]) -> Past:
        """What has left the live tables of shards; the same object while nothing more has."""
        known = self._past[0]
        if len(known) != len(parts) or any(a is not b for a, b in zip(known, parts, strict=True)):
            since_ms = max((part.since_ms for part in parts), default=0)
            self._past = (
                parts,
                Past(
                    since_ms,
                    _joined(part.offered for part in parts),
                    _joined(part.handled for part in parts),
                    _joined(part.staffed for part in parts),
                ),
            )
        return self._past[1]

    def nothing(self, at_ms: int) -> View:
        """A view of no shard."""
        return merged({}, self, at_ms)


def _sum(a: Flow, b: Flow) -> Flow:
    return Flow(*(x + y for x, y in zip(a, b, strict=True)))


def merged(
    views: Mapping[int, View],
    carried: Carried,
    at_ms: int,
    lags: tuple[LagView, ...] = (),
    checkpoints: Mapping[int, tuple[int, float]] | None = None,
) -> View:
    """Views of shards, by partition number, as one: their programs are disjoint."""
    for number, view in views.items():
        carried.saw(number, view, view.flow)
    counts, each = carried.counts(), list(views.values())
    return View(
        at_ms=at_ms,
        arrival=_cells([view.arrival for view in each], len(ARRIVAL_ROW), WAIT_BINS),
        handling=_cells([view.handling for view in each], len(HANDLING_ROW), 0),
        day_arrival=_cells([view.day_arrival for view in each], len(ARRIVAL_ROW), WAIT_BINS),
        day_handling=_cells([view.day_handling for view in each], len(HANDLING_ROW), 0),
        staff=_cells([view.staff for view in each], len(STAFF_ROW), 0),
        day_staff=_cells([view.day_staff for view in each], len(STAFF_ROW), 0),
        chat=_cells([view.chat for view in each], len(CHAT_ROW), WAIT_BINS),
        day_chat=_cells([view.day_chat for view in each], len(CHAT_ROW), WAIT_BINS),
        bots=_cells([view.bots for view in each], len(BOTS_ROW), WAIT_BINS),
        day_bots=_cells([view.day_bots for view in each], len(BOTS_ROW), WAIT_BINS),
        uptime=_cells([view.uptime for view in each], len(UPTIME_ROW), 0),
        day_uptime=_cells([view.day_uptime for view in each], len(UPTIME_ROW), 0),
        cases=_cells([view.cases for view in each], len(CASES_ROW), 0),
        day_cases=_cells([view.day_cases for view in each], len(CASES_ROW), 0),
        cases_now=_joined(view.cases_now for view in each),
        outbound=_cells([view.outbound for view in each], len(OUTBOUND_ROW), 0),
        day_outbound=_cells([view.day_outbound for view in each], len(OUTBOUND_ROW), 0),
        outbound_now=_joined(view.outbound_now for view in each),
        conversations=_joined(view.conversations for view in each),
        promised=_joined(view.promised for view in each),
        groups=tuple(group for view in each for group in view.groups),
        attention=Attention(
            _joined(view.attention.counts for view in each),
            _joined(view.attention.net for view in each),
            _first_of([view.attention.people for view in each]),
        ),
        loads=_fullest_of([view.loads for view in each]),
        people=_joined(view.people for view in each),
        chats=_joined(view.chats for view in each),
        day_plan=DayPlan(
            _joined(view.day_plan.official for view in each),
            _joined(view.day_plan.edited for view in each),
            _joined(view.day_plan.told for view in each),
        ),
        left_out=tuple(dict.fromkeys(one for view in each for one in view.left_out)),
        past=carried.past([view.past for view in each]),
        heard_from=_joined(view.heard_from for view in each),
        scheduled=_joined(view.scheduled for view in each),
        waiting_in_T=_joined(view.waiting_in_T for view in each),
        now=_joined(view.now for view in each),
        flow={k: carried.flow(k, f) for k, f in _joined(view.flow for view in each).items()},
        sources=tuple(source for view in each for source in view.sources),
        watermarks=_joined(view.watermarks for view in each),
        queues=tuple(queue for view in each for queue in view.queues),
        events=dict(counts.events),
        rejected=dict(counts.rejected),
        visits=sum(view.visits for view in each),
        caught_up=bool(each) and all(view.caught_up for view in each),
        recovering=frozenset().union(*(view.recovering for view in each)),
        lags=lags,
        checkpoints=tuple(CheckpointView(n, *said) for n, said in (checkpoints or {}).items()),
        **{name: counts.others[name] for name in COUNTS},
    )


def _first_of(parts: list[tuple[PersonNow, ...]]) -> tuple[PersonNow, ...]:
    """As many as the longest part, in the order of each."""
    everybody = sorted(
        (person for part in parts for person in part),
        key=lambda one: (one.found == FOUND[-1], -abs(one.net), one.since_ms),
    )
    return tuple(everybody[: max(map(len, parts), default=0)])


def _fullest_of(parts: list[tuple[LoadNow, ...]]) -> tuple[LoadNow, ...]:
    """Likewise of people with chats."""
    everybody = sorted((one for part in parts for one in part), key=LoadNow.fullest_first)
    return tuple(everybody[: max(map(len, parts), default=0)])


def _cells(parts: list[Cells], columns: int, bins: int) -> Cells:
    none = np.zeros((0, bins), np.int32)
    return Cells(
        tuple(key for part in parts for key in part.keys),
        np.concatenate([np.zeros((0, columns), np.int64), *(part.columns for part in parts)]),
        np.concatenate([none, *(part.wait_hist for part in parts)]) if bins else none,
    )


def _joined(parts: Iterable[Mapping[Any, Any]]) -> dict[Any, Any]:
    return {key: value for part in parts for key, value in part.items()}
