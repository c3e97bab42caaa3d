"""The store's table of actions. It is made with the first one; what stands in it cannot be changed."""

import sqlite3
from collections.abc import Iterator

import msgspec

from schemas.actions import Action
from streams.checkpoint.made import is_made

_TABLE = """CREATE TABLE IF NOT EXISTS action (
    number INTEGER, revision INTEGER, recorded_ms INTEGER NOT NULL, by TEXT NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY (number, revision)) WITHOUT ROWID"""
_KEPT = """CREATE TRIGGER IF NOT EXISTS action_{0} BEFORE {0} ON action
    BEGIN SELECT RAISE(ABORT, 'actions are never changed'); END"""
_ROW = tuple[str]


def keep(db: sqlite3.Connection, action: Action) -> None:
    """Add a revision, within a transaction. Raises sqlite3.IntegrityError where there is one."""
    db.execute(_TABLE)
    for change in ("UPDATE", "DELETE"):
        db.execute(_KEPT.format(change))
    db.execute(
        "INSERT INTO action VALUES (?, ?, ?, ?, ?)",
        (
            *(action.number, action.revision, action.recorded_ms, action.by),
            action.model_dump_json(),
        ),
    )


def count(db: sqlite3.Connection) -> int:
    """Revisions that were entered; as none is changed, what is read stands while this does."""
    if not is_made(db, "action"):
        return 0
    return int(db.execute("SELECT count(*) FROM action").fetchone()[0])


def kept(db: sqlite3.Connection, history: bool = False) -> Iterator[Action]:
    """The newest revision of every action by its number, or every revision."""
    if not count(db):
        return
    newest = "(SELECT max(revision) FROM action AS other WHERE other.number = action.number)"
    which = "" if history else f"WHERE revision = {newest}"
    for row in db.execute(f"SELECT data FROM action {which} ORDER BY number, revision"):
        yield Action.model_validate_json(msgspec.convert(row, _ROW)[0])
