"""The store's table of personal figures. It is made only where settings ask for them."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from streams.checkpoint.made import is_made
from streams.personal import Personal, PersonRecord

_TABLE = """CREATE TABLE IF NOT EXISTS personal (
    program TEXT, bucket_ms INTEGER, staff TEXT, columns TEXT NOT NULL,
    PRIMARY KEY (program, bucket_ms, staff)) WITHOUT ROWID"""
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
