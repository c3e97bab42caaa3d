"""Ground truth: what the simulated center did, written down when it does it.

Nothing here is read back from events. Meanings: definitions 3 and 4, `kernels/README.md`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.keys import BUCKET_MS, NO_SITE
from schemas.targets import Plan, Target

UNRESOLVED_MS = 4 * 3600 * 1000
"""A voice contact that is open this long counts as unknown (definitions 1.5)."""

Cause = Literal[
    "customer",
    "system",
    "queue_timeout",
    "no_staff",
    "callback_later",
    "callback_failed",
    "voicemail",
    "other",
]
Activity = Literal["talk", "hold", "acw", ""]
Key = tuple[str, str, str, str, int]
Columns = defaultdict[str, int]


def bucket_of(time_ms: int) -> int:
    """Start of the 15-minute bucket of a moment."""
    return time_ms - time_ms % BUCKET_MS


@dataclass(slots=True, eq=False)
class Stay:
    """A contact in the human queue of one team: where it is counted, and what it was promised."""

    program: str
    queue: str
    site: str
    entry_ms: int
    target: Target
    row: Columns


@dataclass(slots=True, eq=False)
class Work:
    """The handling of one answered visit: what the owner does, and since when."""

    stay: Stay
    queue: str
    site: str
    since_ms: int
    answered_ms: int
    doing: Activity = "talk"
    spent: dict[str, int] = field(default_factory=lambda: {"talk": 0, "hold": 0, "acw": 0})
    pieces: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    consult_ms: int = 0
    helped_since_ms: int | None = None
    escalation: str = ""
    end_ms: int = 0

    def turn(self, doing: Activity, now_ms: int) -> None:
        """The owner stops what was being done and begins something else ("" = nothing)."""
        if self.doing:
            self.spent[self.doing] += now_ms - self.since_ms
            start = self.since_ms
            while start < now_ms:
                end = min(now_ms, bucket_of(start) + BUCKET_MS)
                self.pieces[bucket_of(start)] += end - start
                start = end
        self.doing, self.since_ms = doing, now_ms

    def help_begins(self, now_ms: int) -> None:
        """A colleague joins in."""
        self.helped_since_ms = now_ms

    def help_ends(self, now_ms: int) -> None:
        """The colleague leaves."""
        if self.helped_since_ms is not None:
            self.consult_ms += now_ms - self.helped_since_ms
            self.helped_since_ms = None


class Truth:
    """Sums of what happened, by the key of arrival and by the key of handling."""

    def __init__(self, plan: Plan) -> None:
        self._targets = {queue: plan.targets_of(queue) for queue in plan.queues}
        self._arrival: dict[Key, Columns] = {}
        self._handling: dict[Key, Columns] = {}
        self._waiting: dict[Stay, None] = {}
        self._working: dict[Work, None] = {}

    def blocked(self, program: str, queue: str, now_ms: int) -> None:
        """An attempt did not reach the ACD."""
        _row(self._arrival, program, queue, NO_SITE, now_ms)["blocked"] += 1

    def offered(self, program: str, queue: str, site: str, now_ms: int) -> Stay:
        """A contact entered the human queue; `site` only where routing pre-allocates."""
        in_force = [one for one in self._targets[queue] if one.valid_from_ms <= now_ms]
        target = in_force[-1] if in_force else self._targets[queue][0]
        row = _row(self._arrival, program, queue, site, now_ms)
        stay = Stay(program, queue, site, now_ms, target, row)
        row["offered"] += 1
        self._waiting[stay] = None
        return stay

    def answered(self, stay: Stay, queue: str, site: str, now_ms: int) -> Work:
        """Customer and staff are connected."""
        del self._waiting[stay]
        wait, row = now_ms - stay.entry_ms, stay.row
        row["ans"] += 1
        row["wait_ans_ms"] += wait
        for i, limit in enumerate(stay.target.thresholds_ms, 1):
            row[f"ans_in_T{i}"] += wait <= limit
            row[f"ans_in_2T{i}"] += wait <= 2 * limit
        work = Work(stay, queue, site, since_ms=now_ms, answered_ms=now_ms)
        self._working[work] = None
        return work

    def abandoned(self, stay: Stay, cause: Cause, now_ms: int) -> None:
        """The contact ended, or was put off, without an answer."""
        del self._waiting[stay]
        wait, row = now_ms - stay.entry_ms, stay.row
        row["abn"] += 1
        row[f"abn_{cause}"] += 1
        row["wait_abn_ms"] += wait
        for i, limit in enumerate(stay.target.thresholds_ms, 1):
            row[f"abn_in_T{i}"] += wait <= limit
        short_ms = round(stay.target.short_abandon_s * 1000)
        row["abn_short"] += short_ms > 0 and wait <= short_ms

    def lost_waiting(self, stay: Stay) -> None:
        """The center lost track of a contact that waited."""
        del self._waiting[stay]
        stay.row["outcome_unknown"] += 1

    def lost_working(self, work: Work) -> None:
        """The center lost track of a contact that was being handled."""
        del self._working[work]
        work.stay.row["cohort_unknown"] += 1

    def noted(self, stay: Stay, what: Literal["callbacks_in_turn", "ring_no_answer"]) -> None:
        """The place was kept for a callback, or a phone rang in vain."""
        stay.row[what] += 1

    def hung_up_on_hold(self, work: Work) -> None:
        """The customer gave up while on hold."""
        work.stay.row["hold_abandon"] += 1

    def overflowed(self, stay: Stay, old: str, new: str) -> None:
        """A waiting contact was moved on to another queue."""
        for queue, column in ((old, "ovf_out"), (new, "ovf_in")):
            _row(self._arrival, stay.program, queue, NO_SITE, stay.entry_ms)[column] += 1

    def attempt_failed(self, stay: Stay, queue: str, site: str, spent_ms: int, now_ms: int) -> None:
        """An in-turn callback did not reach the customer."""
        _row(self._handling, stay.program, queue, site, now_ms)["callback_effort_ms"] += spent_ms

    def handled(self, work: Work, now_ms: int) -> None:
        """Nothing more is being done for the contact."""
        del self._working[work]
        work.end_ms = now_ms
        self._book(work, 1)

    def reopened(self, work: Work) -> None:
        """After a pause, after-call work begins: the contact is not handled yet."""
        self._book(work, -1)
        self._working[work] = None

    def rows(self, now_ms: int) -> dict[str, list[dict[str, Any]]]:
        """All columns that are not 0, sorted by key; contacts still open count as such.

        `{"arrival": [{program, queue, channel, site, bucket_ms, columns}], "handling": [...]}`
        """
        arrival = {key: Columns(int, row) for key, row in self._arrival.items()}
        for stay in self._waiting:
            known = now_ms < stay.entry_ms + UNRESOLVED_MS
            arrival[_key(stay)]["waiting" if known else "outcome_unknown"] += 1
        for work in self._working:
            known = now_ms < work.answered_ms + UNRESOLVED_MS
            arrival[_key(work.stay)]["cohort_open" if known else "cohort_unknown"] += 1
        return {"arrival": _listed(arrival), "handling": _listed(self._handling)}

    def _book(self, work: Work, sign: int) -> None:
        stay, spent = work.stay, work.spent
        row = _row(self._handling, stay.program, work.queue, work.site, work.end_ms)
        row["handled"] += sign
        for activity, length in spent.items():
            row[f"{activity}_ms"] += sign * length
        row["consult_ms"] += sign * work.consult_ms
        if work.escalation:
            row[f"escalated_{work.escalation}"] += sign
        for bucket_ms, length in work.pieces.items():
            clipped = _row(self._handling, stay.program, work.queue, work.site, bucket_ms)
            clipped["handle_clip_ms"] += sign * length
        stay.row["cohort_handled"] += sign
        stay.row["cohort_handle_ms"] += sign * sum(spent.values())


def _row(rows: dict[Key, Columns], program: str, queue: str, site: str, time_ms: int) -> Columns:
    key = (program, queue, "voice", site, bucket_of(time_ms))
    row = rows.get(key)
    if row is None:
        row = rows[key] = Columns(int)
    return row


def _key(stay: Stay) -> Key:
    return (stay.program, stay.queue, "voice", stay.site, bucket_of(stay.entry_ms))


def _listed(rows: dict[Key, Columns]) -> list[dict[str, Any]]:
    names = ("program", "queue", "channel", "site", "bucket_ms")
    kept = {key: {name: n for name, n in row.items() if n} for key, row in sorted(rows.items())}
    return [
        dict(zip(names, key, strict=True)) | {"columns": kept[key]} for key in kept if kept[key]
    ]
