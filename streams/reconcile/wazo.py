"""Wazo's queue statistics: counts and waits straight from queue_log records.

Its rules, where they part from ours:
- A call counts once it has ended, in the local hour of its ENTERQUEUE.
- Answered: COMPLETEAGENT, COMPLETECALLER or a transfer, also without an ENTERQUEUE; then its entry
  is the end less the hold and talk seconds written in it. Abandoned and timed out: ABANDON and
  EXITWITHTIMEOUT of a call whose ENTERQUEUE is there.
- Waits are the whole seconds written in the data fields, never differences of time stamps.
- JOINEMPTY, FULL, DIVERT_CA_RATIO, DIVERT_HOLDTIME, CLOSED: received, without entering the queue.
- AWT: mean wait of answered and abandoned, truncated to seconds. QoS: answered within the
  threshold / answered. Answered rate: answered / all but closed and diverted. No calls: None.
Source: formats C2 and the scenarios of its acceptance tests.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from streams.bridges.asterisk_lines import TRANSFERS, Record, transfer_of

THRESHOLD_S = 20.0
_COMPLETED = frozenset({"COMPLETEAGENT", "COMPLETECALLER"})
_UNQUEUED = {
    "JOINEMPTY": "joinempty",
    "FULL": "full",
    "DIVERT_CA_RATIO": "diverted",
    "DIVERT_HOLDTIME": "diverted",
    "CLOSED": "closed",
}
_LEFT = {"ABANDON": "abandoned", "EXITWITHTIMEOUT": "timeout", "LEAVEEMPTY": "leaveempty"}


@dataclass
class Figures:
    """Counts of one queue and hour; `a + b` adds them."""

    answered: int = 0
    abandoned: int = 0
    timeout: int = 0
    leaveempty: int = 0
    joinempty: int = 0
    full: int = 0
    diverted: int = 0
    closed: int = 0
    answered_in_qos: int = 0
    wait_s: float = 0
    """Waits of answered and abandoned calls."""

    def __add__(self, other: "Figures") -> "Figures":
        """The counts of both."""
        return Figures(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )

    @property
    def received(self) -> int:
        """Every call that asked for the queue and has ended."""
        return self._rated + self.diverted + self.closed

    @property
    def blocking(self) -> int:
        """Calls that found nobody logged in, or were left alone in the queue."""
        return self.joinempty + self.leaveempty

    @property
    def saturated(self) -> int:
        """Calls turned away by a full or diverting queue."""
        return self.full + self.diverted

    @property
    def awt_s(self) -> int | None:
        """Average waiting time, whole seconds."""
        waited = self.answered + self.abandoned
        return int(self.wait_s / waited) if waited else None

    @property
    def qos(self) -> float | None:
        """Share of the answered calls that were answered within the threshold."""
        return self.answered_in_qos / self.answered if self.answered else None

    @property
    def answered_rate(self) -> float | None:
        """Share answered of those the queue could have taken."""
        return self.answered / self._rated if self._rated else None

    @property
    def _rated(self) -> int:
        return (
            self.answered
            + self.abandoned
            + self.timeout
            + self.leaveempty
            + self.joinempty
            + self.full
        )


def hourly(
    records: Iterable[Record], queue: str, zone: ZoneInfo, threshold_s: float = THRESHOLD_S
) -> dict[int, Figures]:
    """Figures of a queue by the start of the local hour, ms UTC. Hours without calls are absent."""
    own = [record for record in records if record.queue == queue]
    entries: dict[str, list[int]] = defaultdict(list)
    for record in own:
        if record.event == "ENTERQUEUE":
            entries[record.call].append(record.time_ms)
    hours: dict[int, Figures] = defaultdict(Figures)
    for record in own:
        counted = _figures(record, entries.get(record.call, []), threshold_s)
        if counted is not None:
            at_ms, figures = counted
            hours[_hour_ms(at_ms, zone)] += figures
    return dict(sorted(hours.items()))


def _figures(
    record: Record, entries: Sequence[int], threshold_s: float
) -> tuple[int, Figures] | None:
    """What a record counts, and when its call came; None where it counts nothing."""
    entry_ms = _entry_ms(record.time_ms, entries)
    if record.event in _UNQUEUED:
        return record.time_ms, Figures(**{_UNQUEUED[record.event]: 1})
    if record.event in _COMPLETED or record.event in TRANSFERS:
        hold_s, talk_s = _hold_and_talk(record)
        if entry_ms is None:
            entry_ms = record.time_ms - round((hold_s + talk_s) * 1000)
        within = int(hold_s <= threshold_s)
        return entry_ms, Figures(answered=1, answered_in_qos=within, wait_s=hold_s)
    if record.event in _LEFT and entry_ms is not None:
        waited_s = float(record.field(2) or 0) if record.event == "ABANDON" else 0.0
        return entry_ms, Figures(**{_LEFT[record.event]: 1}, wait_s=waited_s)
    return None


def _entry_ms(end_ms: int, entries: Sequence[int]) -> int | None:
    """The entry a call's end belongs to: the last one before it, else the last one there is."""
    return max((entry for entry in entries if entry <= end_ms), default=max(entries, default=None))


def _hold_and_talk(record: Record) -> tuple[float, float]:
    if record.event in TRANSFERS:
        transfer = transfer_of(record)
        return transfer.hold_s or 0.0, transfer.talk_s or 0.0
    return float(record.field(0) or 0), float(record.field(1) or 0)


def _hour_ms(at_ms: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    return round(local.replace(minute=0, second=0, microsecond=0).timestamp() * 1000)
