"""The store's table of paid time. It is made with the first import, and every version is kept."""

import sqlite3
from collections.abc import Iterable, Iterator

from schemas.payroll import PaidTime
from streams.checkpoint.made import is_made
from streams.errors import UserError

NAMES = tuple(PaidTime.model_fields)
_KEY = "program, staff_group, site, first_day, last_day, version"
_TABLE = f"""CREATE TABLE IF NOT EXISTS payroll (
    program TEXT, staff_group TEXT, site TEXT, first_day TEXT, last_day TEXT, version INTEGER,
    paid_ms INTEGER NOT NULL, published INTEGER NOT NULL, source TEXT NOT NULL, author TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY ({_KEY})) WITHOUT ROWID"""


def keep(db: sqlite3.Connection, paid: Iterable[PaidTime]) -> None:
    """Add what was paid, within a transaction.

    Raises UserError where the same version of the same days is there with another time.
    """
    db.execute(_TABLE)
    for one in paid:
        row = tuple(one.model_dump().values())
        if not db.execute(
            f"INSERT OR IGNORE INTO payroll VALUES ({','.join('?' * 11)})", row
        ).rowcount:
            (was,) = db.execute(
                f"SELECT paid_ms FROM payroll WHERE ({_KEY}) = (?, ?, ?, ?, ?, ?)", row[:6]
            ).fetchone()
            if was != one.paid_ms:
                raise UserError(
                    f"version {one.version} of {one.group} from {one.first_day} to {one.last_day} "
                    f"is there with {was} ms, not {one.paid_ms}",
                    "import it as a new version",
                )


def kept(db: sqlite3.Connection) -> Iterator[PaidTime]:
    """All that was paid, every version; nothing where nothing was imported."""
    if not is_made(db, "payroll"):
        return
    for row in db.execute(f"SELECT * FROM payroll ORDER BY {_KEY}"):
        yield PaidTime(**dict(zip(NAMES, row, strict=True)))


def recorded(db: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """By program the starts of the first and the last interval in the ledger, ms UTC."""
    rows = db.execute("SELECT program, min(bucket_ms), max(bucket_ms) FROM ledger GROUP BY program")
    return {program: (first, last) for program, first, last in rows}
