"""The store's table of published targets and opening hours, every version with what became of it."""

import sqlite3
from collections.abc import Iterable

from schemas.promises import Promise
from streams.checkpoint.made import is_made
from streams.errors import UserError

_KEY = "program, queue, kind, valid_from, version"
_TABLE = f"""CREATE TABLE IF NOT EXISTS promise (
    program TEXT, queue TEXT, kind TEXT, valid_from INTEGER, version INTEGER, body TEXT NOT NULL,
    fate TEXT NOT NULL, PRIMARY KEY ({_KEY})) WITHOUT ROWID"""
WAITING = ""


def keep(db: sqlite3.Connection, promises: Iterable[Promise]) -> None:
    """Add promises that nobody has taken yet, within a transaction.

    Raises UserError where the same version says something else of the same queue and moment.
    """
    db.execute(_TABLE)
    for one in promises:
        key = _key(one)
        row = (*key, one.model_dump_json(), WAITING)
        if db.execute("INSERT OR IGNORE INTO promise VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount:
            continue
        (body,) = db.execute(
            f"SELECT body FROM promise WHERE ({_KEY}) = (?, ?, ?, ?, ?)", key
        ).fetchone()
        was = Promise.model_validate_json(body)
        if (was.target, was.opening_hours) != (one.target, one.opening_hours):
            raise UserError(
                f"version {one.version} of queue {one.queue!r} has another {one.kind} from that moment",
                "import it as a new version",
            )


def copy(db: sqlite3.Connection, promises: Iterable[Promise]) -> None:
    """Add promises as they stand elsewhere, within a transaction; of one version the first stands."""
    db.execute(_TABLE)
    rows = ((*_key(one), one.model_dump_json(), WAITING) for one in promises)
    db.executemany("INSERT OR IGNORE INTO promise VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def kept(db: sqlite3.Connection, fate: str | None = None) -> list[tuple[Promise, str]]:
    """All promises with their fate, or those of one fate; none where none were ever imported."""
    if not is_made(db, "promise"):
        return []
    rows = db.execute(
        f"SELECT body, fate FROM promise WHERE ? IS NULL OR fate = ? ORDER BY {_KEY}", (fate, fate)
    )
    return [(Promise.model_validate_json(body), told) for body, told in rows]


def settle(db: sqlite3.Connection, settled: Iterable[tuple[Promise, str]]) -> None:
    """Note what became of promises, within a transaction."""
    db.executemany(
        f"UPDATE promise SET fate = ? WHERE ({_KEY}) = (?, ?, ?, ?, ?)",
        [(fate, *_key(one)) for one, fate in settled],
    )


def _key(one: Promise) -> tuple[str, str, str, int, int]:
    return one.program, one.queue, one.kind, one.valid_from_ms, one.version
