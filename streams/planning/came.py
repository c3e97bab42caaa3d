"""What came, bucket by bucket: of the ledger, and of the live state where that has it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kernels.columns import ARRIVAL_ROW, STAFF_ROW
from schemas.keys import BUCKET_MS, Basis
from streams.close import Record
from streams.view import STAFF_CHANNEL, CellKey, Cells, View

OF_CONTACTS, OF_STAFF = ("offered", "ans_in_T1", "abn"), ("staffed_ms", "sched_ms", "logged_in_ms")
DAY_OF_LEDGER = "bucket_ms >= ? AND bucket_ms < ? AND (basis = 'arrival' OR channel = 'staff')"
"""Records of a span of the ledger that a day is made of."""
Rows = dict[CellKey, dict[str, int]]


class Came(NamedTuple):
    """Columns by bucket: of queues over all sites, and of groups by site."""

    contacts: Rows
    staff: Rows

    def tells_of_people(self, program: str) -> bool:
        """Whether anybody of a program was ever seen: else nobody is missing, all are unknown."""
        return any(
            row.get("logged_in_ms") for key, row in self.staff.items() if key.program == program
        )

    def tells_of_schedules(self, program: str) -> bool:
        """Whether anybody of a program was ever scheduled: else 0 scheduled is not known."""
        return any(row.get("sched_ms") for key, row in self.staff.items() if key.program == program)

    def of_queue(self, key: CellKey, start_ms: int, end_ms: int) -> dict[str, int] | None:
        """Sums over an interval; None where nothing of it is recorded."""
        starts = range(start_ms, end_ms, BUCKET_MS)
        found = [self.contacts.get(key._replace(start_ms=start)) for start in starts]
        known = [row for row in found if row is not None]
        return (
            {name: sum(row.get(name, 0) for row in known) for name in OF_CONTACTS}
            if known
            else None
        )


def came(view: View, records: Iterable[Record]) -> Came:
    """What ledger records (newest revisions) and a view say; a bucket is of one of the two."""
    contacts, staff = Rows(), Rows()
    for record in records:
        at = CellKey(record.program, record.queue, record.channel, record.site, record.bucket_ms)
        if record.channel == STAFF_CHANNEL:
            staff[at] = record.columns
        elif record.basis == Basis.ARRIVAL:
            _add(contacts, at._replace(site=""), record.columns)
    return Came(
        contacts | _live(view.arrival, ARRIVAL_ROW, OF_CONTACTS, by_site=False),
        staff | _live(view.staff, STAFF_ROW, OF_STAFF, by_site=True),
    )


def _live(cells: Cells, names: Sequence[str], wanted: Sequence[str], by_site: bool) -> Rows:
    places, found = [names.index(name) for name in wanted], Rows()
    for key, row in zip(cells.keys, cells.columns[:, places].tolist(), strict=True):
        columns = dict(zip(wanted, row, strict=True))
        _add(found, key if by_site else key._replace(site=""), columns)
    return found


def _add(rows: Rows, key: CellKey, columns: dict[str, int]) -> None:
    held = rows.get(key, {})
    rows[key] = {name: held.get(name, 0) + columns.get(name, 0) for name in {*held, *columns}}
