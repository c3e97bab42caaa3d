"""What goes wrong with a store, as an error that names it and a way out."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from pydantic import ValidationError

from streams.errors import UserError


class StoreError(UserError):
    """The store cannot be read or written. What was committed before stands."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what SQLite and the disk say into a StoreError that names the store and a way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}", _hint(str(error))) from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", _hint(str(error))) from error
    except (msgspec.DecodeError, ValidationError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: a row of it is malformed", _hint("malformed")) from error


def _hint(said: str) -> str:
    if "full" in said or "No space" in said or "disk I/O" in said:
        return "free space on that disk; what was committed before is intact"
    if "malformed" in said or "not a database" in said:
        return "restore the store from a backup, or replay the events into a new one"
    if "locked" in said:
        return "another process holds the store: stop it, or name another with --store"
    return "check that the folder exists and can be written"
