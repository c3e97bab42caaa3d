"""The embedded store: snapshot, source positions, ledger and rejects in one transaction.

WAL, and synchronous=FULL for the commit: what was reported as kept survives a power cut. One
writer at a time holds the store (an exclusive lock file beside it would outlive a SIGKILL; the
lock is SQLite's own, taken by a connection that stays open).
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from schemas.actions import Action
from schemas.promises import Promise
from schemas.targets import Plan
from streams.checkpoint import actions, personal, promises
from streams.checkpoint.explained import StoreError, explained
from streams.close import Record
from streams.personal import Personal, PersonRecord
from streams.rejects import Reject

__all__ = ["Commit", "Copy", "SqliteStore", "StoreError"]
SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshot (shard INTEGER PRIMARY KEY, taken_ms INTEGER, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS position (shard INTEGER, source TEXT, state TEXT NOT NULL,
    PRIMARY KEY (shard, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger (
    program TEXT, queue TEXT, channel TEXT, site TEXT, bucket_ms INTEGER, basis TEXT,
    revision INTEGER, state TEXT NOT NULL, completeness REAL, columns TEXT NOT NULL,
    wait_hist TEXT NOT NULL, old_columns TEXT, reason TEXT NOT NULL, recorded_ms INTEGER NOT NULL,
    PRIMARY KEY (program, queue, channel, site, bucket_ms, basis, revision)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ledger_by_time ON ledger (bucket_ms);
CREATE TABLE IF NOT EXISTS reject (
    id INTEGER PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL, topic TEXT NOT NULL,
    position INTEGER NOT NULL, raw BLOB NOT NULL, kept_ms INTEGER NOT NULL, replayed_ms INTEGER);
"""

_REJECT_COLUMNS = "reason, detail, topic, position, raw, kept_ms"

# A damaged page can hold any value in any column.
_REJECT_ROW = tuple[int, str, str, str, int, bytes, int]
_LEDGER_ROW = tuple[
    str, str, str, str, int, str, int, str, float | None, str, str, str | None, str, int
]
_COLUMNS = msgspec.json.Decoder(dict[str, int]).decode
_BINS = msgspec.json.Decoder(dict[int, int]).decode


class Commit(NamedTuple):
    """One checkpoint: everything in it is kept, or nothing."""

    snapshot: bytes
    positions: Mapping[str, Any]
    records: Iterable[Record]
    rejects: Iterable[Reject]
    now_ms: int
    replayed: Iterable[int] = ()
    """Ids of rejects that were taken in again."""
    personal: Iterable[Personal] = ()
    restated_people: Iterable[Personal] = ()
    """What an audit found of people: what it replaces is kept beside."""


class Copy(NamedTuple):
    """Ledger records and rejects from elsewhere, and how far they were read: all of it, or nothing."""

    positions: Mapping[str, Any]
    records: Iterable[Record]
    rejects: Iterable[tuple[Reject, int]]
    """With the moment each was kept, ms. A topic has one reject at a position."""
    replayed: Iterable[tuple[int, str, int]]
    """(ms, topic, position) of those that were taken in again."""
    promised: Sequence[Promise] = ()
    """Targets and opening hours that were published."""


class SqliteStore:
    """A store of one shard at `path`; made if it is missing. Raises StoreError."""

    def __init__(self, path: Path, shard: int = 0, read_only: bool = False) -> None:
        self.path = path
        self._shard = shard
        self._actions: tuple[int, list[Action]] = (0, [])
        with explained(path):
            if read_only:
                if not path.exists():
                    raise StoreError(f"{path}: no such store", "name one with --store")
                self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                if not self._is_empty():
                    self._check()  # before anything is written: it may be another program's
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                self._prepare()
            self._check()

    def _is_empty(self) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master").fetchone() is None

    def _prepare(self) -> None:
        if not self._is_empty():
            return
        self._db.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";\n"):
            if statement.strip():
                self._db.execute(statement)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
        self._db.execute("COMMIT")

    def _check(self) -> None:
        try:
            version = self._db.execute("SELECT value FROM meta WHERE key='schema'").fetchone()
        except sqlite3.OperationalError:
            version = None
        if version is None:
            raise StoreError(
                f"{self.path}: not a floorwatch store, or a damaged one",
                "restore the store from a backup, or name another with --store",
            )
        if version[0] != SCHEMA_VERSION:
            raise StoreError(
                f"{self.path}: store schema {version[0]}, this release reads {SCHEMA_VERSION}",
                "run the release that wrote it, or replay into a new store",
            )

    def own(self, synced: bool = False) -> None:
        """Be the only writer until closed: a second `run` on one store would fork its history.

        `synced`: the ledger is copied from elsewhere. A store is of one kind for ever.
        """
        lock = self.path.with_name(self.path.name + ".lock")
        with explained(lock):
            self._lock = sqlite3.connect(
                lock, isolation_level=None, timeout=0, check_same_thread=False
            )
            try:
                self._lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                raise StoreError(
                    f"{self.path}: another floorwatch is writing this store",
                    "stop it, or name another store with --store",
                ) from None
        with explained(self.path):
            if synced and self.snapshot() is not None:
                raise StoreError(
                    f"{self.path}: `run` or `replay` writes this store",
                    "sync into another one with --store",
                )
            if synced:
                self._db.execute("INSERT OR IGNORE INTO meta VALUES ('synced', 1)")
                self._db.execute(
                    "CREATE INDEX IF NOT EXISTS reject_by_place ON reject (topic, position)"
                )
            elif self.is_synced:
                raise StoreError(
                    f"{self.path}: `ledger sync` writes this store", "name another one with --store"
                )

    @property
    def is_synced(self) -> bool:
        """Whether `ledger sync` writes this store."""
        with explained(self.path):
            row = self._db.execute("SELECT 1 FROM meta WHERE key='synced'").fetchone()
            return row is not None

    def snapshot(self) -> bytes | None:
        """The newest snapshot, None in a new store."""
        with explained(self.path):
            row = self._db.execute(
                "SELECT data FROM snapshot WHERE shard=?", (self._shard,)
            ).fetchone()
            return None if row is None else msgspec.convert(row, tuple[bytes])[0]

    def plan(self) -> Plan:
        """The plan its figures were counted by; an empty plan in a new store."""
        with explained(self.path):
            row = self._db.execute("SELECT value FROM meta WHERE key='plan'").fetchone()
            return Plan() if row is None else Plan.model_validate_json(row[0])

    def keep_plan(self, plan: Plan) -> None:
        """Note the plan in force; readers of the ledger need its T and time zones."""
        with explained(self.path):
            self._db.execute(
                "INSERT OR REPLACE INTO meta VALUES ('plan', ?)", (plan.model_dump_json(),)
            )

    def positions(self) -> dict[str, Any]:
        """State of every source at the newest snapshot."""
        with explained(self.path):
            rows = self._db.execute(
                "SELECT source, state FROM position WHERE shard=?", (self._shard,)
            ).fetchall()
            states = msgspec.convert(rows, list[tuple[str, str]])
            return {source: msgspec.json.decode(state) for source, state in states}

    def commit(self, what: Commit) -> None:
        """Write one checkpoint. Raises StoreError and leaves the store as it was."""
        with self.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)",
                (self._shard, what.now_ms, what.snapshot),
            )
            self._keep_positions(what.positions)
            self._keep_records(what.records)
            personal.keep(self._db, what.personal)
            personal.restate(self._db, what.restated_people, what.now_ms)
            self._db.executemany(
                f"INSERT INTO reject ({_REJECT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
                [(*each, what.now_ms) for each in what.rejects],
            )
            self._db.executemany(
                "UPDATE reject SET replayed_ms=? WHERE id=?",
                [(what.now_ms, each) for each in what.replayed],
            )

    def copy(self, what: Copy) -> None:
        """Write what was copied from another ledger; what is here already stays. Raises StoreError.

        Raises ValueError for a final revision that is here with another value. Either way the
        store is left as it was.
        """
        with self.transaction():
            self._keep_positions(what.positions)
            if what.promised:
                promises.copy(self._db, what.promised)
            row = f"INTO ledger VALUES ({','.join('?' * 14)})"
            for record in what.records:
                if not record.revision:
                    self._db.execute(f"INSERT OR REPLACE {row}", _ledger_row(record))
                elif not self._db.execute(f"INSERT OR IGNORE {row}", _ledger_row(record)).rowcount:
                    self._must_equal(record)
            for each, kept_ms in what.rejects:
                self._db.execute(
                    f"INSERT INTO reject ({_REJECT_COLUMNS}) SELECT ?, ?, ?, ?, ?, ? "
                    "WHERE NOT EXISTS (SELECT 1 FROM reject WHERE topic=? AND position=?)",
                    (*each, kept_ms, each.topic, each.offset),
                )
            self._db.executemany(
                "UPDATE reject SET replayed_ms=? WHERE topic=? AND position=?", what.replayed
            )

    def _must_equal(self, record: Record) -> None:
        """Raises ValueError if a final revision is kept with another value than this one."""
        kept = next(
            self.history(
                "program=? AND queue=? AND channel=? AND site=? AND bucket_ms=? AND basis=? "
                "AND revision=?",
                record[:7],
            )
        )
        if kept._replace(recorded_ms=record.recorded_ms) != record:
            raise ValueError(f"{record[:7]} is recorded as {kept[7:]}, and here as {record[7:]}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written in it, or nothing. Raises StoreError."""
        with explained(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _keep_positions(self, positions: Mapping[str, Any]) -> None:
        encode = msgspec.json.encode
        self._db.executemany(
            "INSERT OR REPLACE INTO position VALUES (?, ?, ?)",
            [(self._shard, name, encode(state).decode()) for name, state in positions.items()],
        )

    def _keep_records(self, records: Iterable[Record]) -> None:
        """Only the provisional revision is overwritten; a final one twice is an error, not a value."""
        revised: dict[bool, list[tuple[Any, ...]]] = {False: [], True: []}
        for record in records:
            revised[record.revision > 0].append(_ledger_row(record))
        row = f"INTO ledger VALUES ({','.join('?' * 14)})"
        self._db.executemany(f"INSERT OR REPLACE {row}", revised[False])
        self._db.executemany(f"INSERT {row}", revised[True])

    def ledger(self, where: str = "1", parameters: tuple[Any, ...] = ()) -> Iterator[Record]:
        """The newest revision of every interval and basis that `where` (SQL) selects."""
        with explained(self.path):
            rows = self._db.execute(
                "SELECT program, queue, channel, site, bucket_ms, basis, max(revision), state, "
                f"completeness, columns, wait_hist, old_columns, reason, recorded_ms FROM ledger "
                f"WHERE {where} GROUP BY program, queue, channel, site, bucket_ms, basis "
                "ORDER BY bucket_ms, program, queue, site, basis",
                parameters,
            )
            yield from map(_record, rows)

    def history(self, where: str = "1", parameters: tuple[Any, ...] = ()) -> Iterator[Record]:
        """Every revision kept of what `where` selects, oldest first."""
        with explained(self.path):
            rows = self._db.execute(
                f"SELECT * FROM ledger WHERE {where} ORDER BY bucket_ms, program, queue, channel, "
                "site, basis, revision",
                parameters,
            )
            yield from map(_record, rows)

    def personal(
        self, where: str = "1", parameters: tuple[Any, ...] = ()
    ) -> Iterator[PersonRecord]:
        """What is kept of people by interval, where settings ask for it."""
        with explained(self.path):
            yield from personal.kept(self._db, where, parameters)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For the tables beside the ledger (`checkpoint.payroll`, `checkpoint.promises`)."""
        with explained(self.path):
            yield self._db

    def actions(self, history: bool = False) -> list[Action]:
        """The newest revision of every action by its number, or every revision."""
        # A connection of its own: this one may be in the middle of another thread's commit.
        with (
            explained(self.path),
            closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db,
        ):
            if history:
                return list(actions.kept(db, history=True))
            entered = actions.count(db)
            if self._actions[0] != entered:
                self._actions = (entered, list(actions.kept(db)))
            return self._actions[1]

    def act(self, made: Callable[[list[Action]], Action]) -> Action:
        """Add the revision that `made` makes of the newest ones, also while another process folds."""
        with self.transaction():
            action = made(list(actions.kept(self._db)))
            actions.keep(self._db, action)
        return action

    def rejects(self, replayed: bool = False) -> Iterator[tuple[int, Reject, int]]:
        """(id, reject, kept at ms) of those not replayed yet, or of all."""
        with explained(self.path):
            for row in self._db.execute(
                "SELECT id, reason, detail, topic, position, raw, kept_ms FROM reject "
                f"{'' if replayed else 'WHERE replayed_ms IS NULL'} ORDER BY id"
            ):
                number, *said, kept_ms = msgspec.convert(row, _REJECT_ROW)
                yield number, Reject._make(said), kept_ms

    def close(self) -> None:
        """Let go of the files."""
        self._db.close()
        if hasattr(self, "_lock"):
            self._lock.close()


def _ledger_row(record: Record) -> tuple[Any, ...]:
    encode = msgspec.json.encode
    old = None if record.old_columns is None else encode(record.old_columns).decode()
    hist = encode({str(k): v for k, v in record.wait_hist.items()}).decode()
    return (
        *record[:9], encode(record.columns).decode(), hist, old, record.reason, record.recorded_ms,
    )  # fmt: skip


def _record(row: tuple[Any, ...]) -> Record:
    row = msgspec.convert(row, _LEDGER_ROW)
    hist = _BINS(row[10])
    old = None if row[11] is None else _COLUMNS(row[11])
    return Record._make((*row[:9], _COLUMNS(row[9]), hist, old, *row[12:]))
