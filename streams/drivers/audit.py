"""Audit: the events of a log counted once more beside a store, and what differs restated in it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.adjusted import adjust
from streams.audited import Compared, Difference
from streams.bridges.recognise import Kind
from streams.checkpoint import personal
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.clock import Clock
from streams.close import Record
from streams.days import local_day_start
from streams.drivers.empty import empty_shard
from streams.drivers.replay import Options, replay
from streams.errors import UserError
from streams.fates import LATE
from streams.personal import Personal, PersonRecord
from streams.planning.journal import plan_path
from streams.rejects import Reject
from streams.settings import Settings
from streams.view import STAFF_CHANNEL
from streams.warm import warm

TOO_LATE = LATE[0]
DAY_MS = 24 * 3_600_000
LAST_MS = 2**62


class Log(NamedTuple):
    """What is counted: files as `replay` takes them."""

    files: Sequence[Path]
    kind: Kind | None = None
    complete: bool = False
    """Nothing follows: the last intervals close too."""


class Recount(NamedTuple):
    """What a log adds up to: newest revisions; lines read, and what was refused; people's figures."""

    records: list[Record]
    lines: int
    rejects: dict[str, int]
    people: Sequence[PersonRecord] = ()


def recount(settings: Settings, store: SqliteStore, log: Log, span: tuple[int, int]) -> Recount:
    """Count a log by a store's plan, from nothing; its records that begin in `span`, ms UTC.

    What the store refused as too late is counted with it, and the log of its plan: what stands in
    the files too has the same ids and changes nothing. Raises UserError.
    """
    settings = settings.model_copy(update={"plan": store.plan()})
    with TemporaryDirectory(prefix="floorwatch-audit-") as folder:
        files = [*log.files]
        plan_log = plan_path(store.path)
        if plan_log.exists() and plan_log.resolve() not in {one.resolve() for one in files}:
            files.append(plan_log)
        late = [each.raw for _, each, _ in too_late(store, replayed=True)]
        if late:
            kept_late = Path(folder) / "too_late.jsonl"
            kept_late.write_bytes(b"".join(raw + b"\n" for raw in late))
            files.append(kept_late)
        counted = Path(folder) / "recount.db"
        options = Options(store=counted, kind=log.kind, complete=log.complete)
        done = replay(settings, files, options)
        kept = SqliteStore(counted, read_only=True)
        try:
            where = "bucket_ms >= ? AND bucket_ms < ?", span
            records, people = list(kept.ledger(*where)), list(kept.personal(*where))
        finally:
            kept.close()
    return Recount(records, done.lines - len(late), dict(done.rejects), people)


def too_late(
    store: SqliteStore, replayed: bool = False
) -> Iterator[tuple[int, Reject, tuple[str, int]]]:
    """Ids of rejects that were too late, with the program and time (ms) of their events."""
    for number, each, _ in store.rejects(replayed):
        if each.reason == TOO_LATE and (about := about_of(each)) is not None:
            yield number, each, about


class _About(msgspec.Struct):
    program: str
    time: int | None = None
    start: int | None = None


def about_of(reject: Reject) -> tuple[str, int] | None:
    """Program and time, ms, of an event that was refused; None where it cannot be read."""
    try:
        told = msgspec.json.decode(reject.raw, type=_About)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    time = told.start if told.time is None else told.time
    return None if time is None else (told.program, time)


def restate(
    settings: Settings,
    store: SqliteStore,
    found: Compared,
    taken: Mapping[int, str],
    people: Sequence[PersonRecord],
    clock: Clock,
) -> tuple[list[Record], list[Difference]]:
    """Send differences to the shard of a store that this process owns, as one commit.

    Returns the RESTATED records, and what stays as it is with the reason. `taken`: rejects, by id,
    with their program: they are marked as taken in where nothing of it stays different or waits.
    `people`: of the recount; they go with their groups' intervals. Raises UserError.
    """
    warm()
    shard = empty_shard(settings, plan=store.plan())
    kept = store.snapshot()
    if kept is None:
        raise UserError(f"{store.path}: no state to adjust", "replay or run into it first")
    shard.restore(kept)
    now_ms, differences = clock.now_ms(), found.differences
    records, left = adjust(shard, differences, people_of(store, shard.plan, differences), now_ms)
    unsettled = {one.key[0] for one in left} | {key[0] for key in found.waiting}
    done = [number for number, program in taken.items() if program not in unsettled]
    if records or done:
        changed = _of_people(store, records, left, people)
        store.commit(Commit(shard.snapshot(), {}, records, [], now_ms, done, (), changed))
    return records, left


def _of_people(
    store: SqliteStore,
    records: Sequence[Record],
    left: Sequence[Difference],
    people: Sequence[PersonRecord],
) -> list[Personal]:
    """What is known of everybody in the intervals that were restated of their groups.

    Where a group of the program stays different its people would not add up to it, and before figures
    of people were kept there are none to mend.
    """
    with store.reading() as db:
        since = personal.since(db)
    stays = {(one.key[0], one.key[4]) for one in left if one.key[2] == STAFF_CHANNEL}
    touched = {
        (one.program, one.bucket_ms)
        for one in records
        if one.channel == STAFF_CHANNEL and one.bucket_ms >= since.get(one.program, LAST_MS)
    } - stays
    told: dict[tuple[str, int], list[PersonRecord]] = {}
    for one in people:
        told.setdefault((one.program, one.bucket_ms), []).append(one)
    return [
        Personal({program: (ms, ms + BUCKET_MS)}, told.get((program, ms), []))
        for program, ms in sorted(touched)
    ]


def people_of(store: SqliteStore, plan: Plan, differences: Sequence[Difference]) -> list[Record]:
    """What is recorded of staffing groups on the local days on which theirs differ."""
    days = {
        (one.key[0], local_day_start(plan, one.key[0], one.key[4]))
        for one in differences
        if one.key[2] == STAFF_CHANNEL
    }
    if not days:
        return []
    starts = [start for _, start in days]
    told = store.ledger(
        "channel = ? AND bucket_ms >= ? AND bucket_ms < ?",
        (STAFF_CHANNEL, min(starts), max(starts) + 2 * DAY_MS),
    )
    return [
        one
        for one in told
        if (one.program, local_day_start(plan, one.program, one.bucket_ms)) in days
    ]
