"""Ground truth of outbound work: what happened to each record, when it happened.

Nothing here is read back from events. Meanings: definitions 5 O1-O3, `kernels/OUTBOUND.md`.
"""

from dataclasses import dataclass
from typing import Any

from schemas.outbound import OUTBOUND_CHANNEL
from streams.simulator.sums import Cell, Sums, cell

ANSWERED = {"right_party", "wrong_party", "abandoned"}
_EXPIRES_MS = 31 * 86_400_000
_COLUMN_OF = {"right_party": "rec_rpc", "exhausted": "rec_exhausted", "bad_record": "rec_bad"}


@dataclass(slots=True, eq=False)
class OnList:
    """Somebody on a list. Times in ms UTC; `ended`: why, "" while it is on the list."""

    name: str
    program: str
    queue: str
    due_ms: int
    attempts: int = 0
    ended: str = ""
    ended_ms: int | None = None
    dialled_ms: int | None = None
    talked_ms: int | None = None

    def at(self, time_ms: int) -> Cell:
        """Where something of it counts."""
        return cell(self.program, self.queue, OUTBOUND_CHANNEL, time_ms)


class OutboundTruth:
    """Sums of what was dialled and what came of it."""

    def __init__(self) -> None:
        self._sums = Sums()
        self._records: list[OnList] = []
        self._told: dict[tuple[str, str], tuple[int, int, int]] = {}

    def listed(self, record: OnList, now_ms: int) -> None:
        """Somebody is put on a list."""
        self._records.append(record)
        self._sums.add(record.at(now_ms), "rec_listed")

    def dialled(self, record: OnList, now_ms: int, result: str) -> None:
        """An attempt and its result."""
        at = record.at(now_ms)
        self._sums.add(at, "dials_n")
        self._sums.add(at, "connects_n", result in ANSWERED)
        self._sums.add(at, "rpc_n", result == "right_party")
        self._sums.add(at, "dialer_abn_n", result == "abandoned")
        if record.dialled_ms is None:
            record.dialled_ms = now_ms
        if record.talked_ms is None and result in ("right_party", "wrong_party"):
            record.talked_ms = now_ms

    def ended(self, record: OnList, now_ms: int, why: str) -> None:
        """It is completed (right_party, exhausted, bad_record), or withdrawn."""
        record.ended, record.ended_ms = why, now_ms
        if why == "withdrawn":
            self._sums.add(record.at(now_ms), "rec_withdrawn")
        else:
            self._sums.add(record.at(now_ms), "rec_done")
            self._sums.add(record.at(now_ms), _COLUMN_OF[why])

    def counted(self, program: str, queue: str, counts: tuple[int, int, int]) -> None:
        """The dialer tells what a list has come to: planned, dialled, and the daily plan."""
        self._told[program, queue] = counts

    def day_ended(self, midnight_ms: int) -> None:
        """What was told last of each list stands for the local day that ends."""
        for (program, queue), (planned, dialled, per_day) in self._told.items():
            at = cell(program, queue, OUTBOUND_CHANNEL, midnight_ms - 1)
            self._sums.add(at, "plan_cum", planned)
            self._sums.add(at, "dialled_cum", dialled)
            self._sums.add(at, "list_behind_n", max(0, planned - dialled))
            self._sums.add(at, "plan_per_day", per_day)
        self._told.clear()

    def rows(self, now_ms: int) -> list[dict[str, Any]]:
        """Columns that are not 0, sorted by key.

        `[{program, queue, channel, site, bucket_ms, columns}]`.
        """
        sums = self._sums.copy()
        for record in self._records:
            early = record.ended_ms is not None and record.ended_ms <= record.due_ms
            end_ms = record.ended_ms if early and record.ended_ms is not None else record.due_ms
            if end_ms <= now_ms and not (early and record.ended == "withdrawn"):
                sums.add(record.at(end_ms), "list_n")
                for column, first_ms in (
                    ("dialled_n", record.dialled_ms),
                    ("contact_n", record.talked_ms),
                ):
                    in_time = first_ms is not None and first_ms <= end_ms
                    sums.add(record.at(end_ms), column, in_time)
            expires_ms = record.due_ms + _EXPIRES_MS
            if not record.ended and expires_ms <= now_ms:
                sums.add(record.at(expires_ms), "rec_expired")
        return sums.listed()
