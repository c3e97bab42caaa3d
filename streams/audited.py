"""A ledger beside a recount of its events: where they differ, and what may be restated of it.

Compared are the columns and histograms of what is FINAL, and the completeness where the recount knows
of more. A recount is no truth where its log has less than was recorded: that is said, not restated.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from streams.close import Key, Record

FINAL = ("FINAL", "RESTATED")
EVIDENCE = frozenset((
    "offered", "blocked", "attempts", "handled", "offer_shown", "n_turn", "conv_start",
    "migrated_start", "ivr_ans", "n_submit", "logged_in_ms", "sched_ms", "paid_ms", "req_fte_ms",
    "total_ms", "case_received", "rec_listed", "dials_n",
))  # fmt: skip
"""Columns that fall where a log has less than was counted: nothing that comes late takes from them,
but a person's state or a schedule row that is told late."""
LESS = "the log has less of this program than was recorded"
ENDS = "the log does not tell of it to its end"
MENDED = "a reject was mended here, and the log does not have it so"
LIVE = "the shard may still change it: let `run` or `replay` take the events"
COMPLETENESS = "completeness"


class Difference(NamedTuple):
    """An interval and basis whose recorded value is not what its events add up to."""

    key: Key
    recorded: Record | None
    """The newest revision; None: nothing was ever recorded."""
    counted: Record | None
    changes: dict[str, tuple[float, float]]
    """Recorded and counted by column, `wait_hist.N` (bin N) and `completeness`."""
    kept_as_is: str = ""
    """Why it is not restated; "" where it may be."""


class Compared(NamedTuple):
    """What a comparison came to. `waiting`: what is not final yet, and was not compared."""

    intervals: int
    columns: int
    waiting: list[Key]
    differences: list[Difference]


def key_of(record: Record) -> Key:
    """What a record is of."""
    return (*record[:5], record.basis)


def compared(
    recorded: Iterable[Record],
    counted: Iterable[Record],
    mended: Collection[Key] = (),
    fewer: bool = False,
) -> Compared:
    """Compare newest revisions with a recount, interval by interval and column by column.

    `mended`: keys where a mended reject was counted. `fewer`: what the log lacks may be taken away.
    """
    was, now = ({key_of(one): one for one in told} for told in (recorded, counted))
    columns = intervals = 0
    waiting, differences = [], []
    for key in sorted(was.keys() | now.keys()):
        old, new = was.get(key), now.get(key)
        if old is not None and old.state not in FINAL:
            waiting.append(key)
            continue
        if old is None and (new is None or new.state not in FINAL):
            continue  # Neither says that it is known.
        intervals += 1
        columns += len({**(old.columns if old else {}), **(new.columns if new else {})})
        changes = _changes(old, new)
        if changes or old is None:
            differences.append(Difference(key, old, new, changes))
    lacking = set() if fewer else {one.key[0] for one in differences if _is_less(one)}
    judged = [one._replace(kept_as_is=_kept(one, mended, lacking)) for one in differences]
    return Compared(intervals, columns, waiting, judged)


def _changes(old: Record | None, new: Record | None) -> dict[str, tuple[float, float]]:
    told = [_values(one) for one in (old, new)]
    changes: dict[str, tuple[float, float]] = {
        name: (told[0].get(name, 0), told[1].get(name, 0))
        for name in sorted(told[0].keys() | told[1].keys())
        if told[0].get(name, 0) != told[1].get(name, 0)
    }
    if old is not None and new is not None and new.state in FINAL:
        before, after = old.completeness, new.completeness
        if before is not None and after is not None and after > before + 1e-9:
            changes[COMPLETENESS] = (before, after)
    return changes


def _values(record: Record | None) -> dict[str, int]:
    if record is None:
        return {}
    return record.columns | {f"wait_hist.{bin}": n for bin, n in record.wait_hist.items()}


def _is_less(one: Difference) -> bool:
    return any(now < was for name, (was, now) in one.changes.items() if name in EVIDENCE)


def _kept(one: Difference, mended: Collection[Key], lacking: Collection[str]) -> str:
    """Why it is not restated. A contact that the log lacks shows in intervals of other bases too."""
    if one.key in mended:
        return MENDED
    if one.key[0] in lacking:
        return LESS
    return ENDS if one.counted is not None and one.counted.state not in FINAL else ""
