"""The store's table of personal figures, and what they were before an audit changed them.

Both are made only where settings ask for personal figures.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from streams.checkpoint.made import is_made
from streams.personal import Personal, PersonRecord

_TABLE = """CREATE TABLE IF NOT EXISTS personal (
    program TEXT, bucket_ms INTEGER, staff TEXT, columns TEXT NOT NULL,
    PRIMARY KEY (program, bucket_ms, staff)) WITHOUT ROWID"""
_BEFORE = """CREATE TABLE IF NOT EXISTS personal_before (
    program TEXT, bucket_ms INTEGER, staff TEXT, replaced_ms INTEGER, columns TEXT NOT NULL,
    PRIMARY KEY (program, bucket_ms, staff, replaced_ms)) WITHOUT ROWID"""
_ROW = tuple[str, str, int, str]
_COLUMNS = msgspec.json.Decoder(dict[str, int]).decode


def keep(db: sqlite3.Connection, parts: Iterable[Personal]) -> None:
    """Write what is noted in the place of what is there of its spans, within a transaction."""
    for part in parts:
        db.execute(_TABLE)
        db.executemany(
            "DELETE FROM personal WHERE program=? AND bucket_ms>=? AND bucket_ms<?",
            [(program, *span) for program, span in part.spans.items()],
        )
        db.executemany(
            "INSERT INTO personal VALUES (?, ?, ?, ?)",
            [
                (one.program, one.bucket_ms, one.staff, msgspec.json.encode(one.columns).decode())
                for one in part.records
            ],
        )


def restate(db: sqlite3.Connection, parts: Iterable[Personal], now_ms: int) -> None:
    """As `keep`, for what an audit found: what was there before stays beside, within a transaction."""
    for part in parts:
        db.execute(_TABLE)
        db.execute(_BEFORE)
        now = {(one.program, one.bucket_ms, one.staff): one.columns for one in part.records}
        was = {
            (one.program, one.bucket_ms, one.staff): one.columns
            for program, span in part.spans.items()
            for one in kept(db, "program=? AND bucket_ms>=? AND bucket_ms<?", (program, *span))
        }
        rows = [
            (*key, now_ms, msgspec.json.encode(was.get(key, {})).decode())
            for key in was.keys() | now.keys()
            if was.get(key) != now.get(key)
        ]
        db.executemany("INSERT OR IGNORE INTO personal_before VALUES (?, ?, ?, ?, ?)", rows)
        keep(db, [part])


def since(db: sqlite3.Connection) -> dict[str, int]:
    """By program the first interval of which people's figures are kept, ms UTC."""
    if not is_made(db, "personal"):
        return {}
    return dict(db.execute("SELECT program, min(bucket_ms) FROM personal GROUP BY program"))


def before(
    db: sqlite3.Connection, where: str = "1", parameters: tuple[Any, ...] = ()
) -> Iterator[tuple[PersonRecord, int]]:
    """What figures were before an audit changed them, with when (ms), in the order of that."""
    if not is_made(db, "personal_before"):
        return
    for *row, replaced_ms in db.execute(
        "SELECT program, staff, bucket_ms, columns, replaced_ms FROM personal_before "
        f"WHERE {where} ORDER BY replaced_ms, bucket_ms, program, staff",
        parameters,
    ):
        program, staff, bucket_ms, columns = msgspec.convert(row, _ROW)
        yield PersonRecord(program, staff, bucket_ms, _COLUMNS(columns)), int(replaced_ms)


def kept(
    db: sqlite3.Connection, where: str = "1", parameters: tuple[Any, ...] = ()
) -> Iterator[PersonRecord]:
    """Records that `where` (SQL) selects, in time order; none where the table was never made."""
    if not is_made(db, "personal"):
        return
    for row in db.execute(
        f"SELECT program, staff, bucket_ms, columns FROM personal WHERE {where} "
        "ORDER BY bucket_ms, program, staff",
        parameters,
    ):
        program, staff, bucket_ms, columns = msgspec.convert(row, _ROW)
        yield PersonRecord(program, staff, bucket_ms, _COLUMNS(columns))
