"""The store's table of scored days. It is made with the first one; what stands in it cannot be changed."""

import sqlite3
from collections.abc import Iterable, Iterator

from schemas.accuracy import DayScored
from streams.checkpoint.made import is_made

_TABLE = """CREATE TABLE IF NOT EXISTS accuracy (
    program TEXT, queue TEXT, day TEXT, revision INTEGER, data TEXT NOT NULL,
    PRIMARY KEY (program, queue, day, revision)) WITHOUT ROWID"""
_KEPT = """CREATE TRIGGER IF NOT EXISTS accuracy_{0} BEFORE {0} ON accuracy
    BEGIN SELECT RAISE(ABORT, 'scores are never changed'); END"""


def keep(db: sqlite3.Connection, scored: Iterable[DayScored]) -> int:
    """Add days, within a transaction; returns how many revisions are new.

    A day that is there already gets another revision where it says something else.
    """
    db.execute(_TABLE)
    for change in ("UPDATE", "DELETE"):
        db.execute(_KEPT.format(change))
    before = {(one.program, one.queue, one.day): one for one in kept(db)}
    added = 0
    for one in scored:
        key = one.program, one.queue, one.day
        was = before.get(key)
        if was is None or _said(one) != _said(was):
            told = one.model_copy(update={"revision": was.revision + 1}) if was else one
            row = (*key, told.revision, told.model_dump_json())
            db.execute("INSERT INTO accuracy VALUES (?, ?, ?, ?, ?)", row)
            added += 1
    return added


def _said(day: DayScored) -> dict[str, object]:
    return day.model_dump(exclude={"revision", "recorded_ms"})


def kept(db: sqlite3.Connection, history: bool = False) -> Iterator[DayScored]:
    """The newest revision of every day, or every revision, in the order of time."""
    if not is_made(db, "accuracy"):
        return
    rows = db.execute("SELECT data FROM accuracy ORDER BY day, program, queue, revision")
    told = [DayScored.model_validate_json(data) for (data,) in rows]
    newest = {(one.program, one.queue, one.day): one for one in told}
    yield from told if history else newest.values()
