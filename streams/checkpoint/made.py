"""Tables of a store that are made only with what first stands in them."""

import sqlite3


def is_made(db: sqlite3.Connection, table: str) -> bool:
    """Whether a store has this table yet."""
    found = db.execute("SELECT 1 FROM sqlite_master WHERE name=?", (table,))
    return found.fetchone() is not None
