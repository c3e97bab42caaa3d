"""The month that an audit is asked for: which records and rejects are of it."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from schemas.targets import Plan
from streams.certification.months import bounds
from streams.checkpoint.sqlite import SqliteStore
from streams.close import Record
from streams.drivers.audit import about_of, too_late


class Asked(NamedTuple):
    """What is asked of an audit."""

    month: str
    program: str
    """"": every program."""
    restating: bool
    fewer: bool
    otherwise: bool = False
    """Also by other settings than those of what is recorded."""


class OfMonth:
    """A local month, of every program or of one."""

    def __init__(self, plan: Plan, month: str, program: str) -> None:
        self._plan, self._month, self._program = plan, month, program
        self._bounds: dict[str, tuple[int, int]] = {}

    def holds(self, program: str, at_ms: int) -> bool:
        """Whether a moment lies in it by the program's clock, and is asked for."""
        if self._program not in ("", program):
            return False
        if program not in self._bounds:
            self._bounds[program] = bounds(self._plan, program, self._month)
        first, end = self._bounds[program]
        return first <= at_ms < end

    def has(self, record: Record) -> bool:
        """Whether a record is of this month."""
        return self.holds(record.program, record.bucket_ms)

    def recorded(self, kept: SqliteStore, within: tuple[str, tuple[int, int]]) -> Iterator[Record]:
        """Newest revisions of it; `within`: the condition in SQL, and its span."""
        where, span = within
        ours = f"{where} AND ? IN ('', program)"
        return filter(self.has, kept.ledger(ours, (*span, self._program)))

    def too_late(self, kept: SqliteStore) -> dict[int, str]:
        """Open rejects of events of it that were too late: program by id."""
        return {
            number: program
            for number, _, (program, at_ms) in too_late(kept)
            if self.holds(program, at_ms)
        }

    def known_rejects(self, kept: SqliteStore) -> dict[str, int]:
        """Open rejects of it by reason; those whose moment cannot be read count too."""
        found: Counter[str] = Counter()
        for _, each, _ in kept.rejects():
            about = about_of(each)
            if about is None or self.holds(*about):
                found[each.reason if about else f"{each.reason} (moment not known)"] += 1
        return dict(found)
