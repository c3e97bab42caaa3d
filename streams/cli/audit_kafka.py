"""`floorwatch audit --kafka`: the event topics counted once more, beside what workers recorded."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing

from streams.audited import Difference, compared, key_of
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.audit_month import Asked, OfMonth
from streams.cli.audit_report import Gone, Shown
from streams.cli.month import BOTH, within
from streams.clock import WallClock
from streams.close import Key, Record
from streams.errors import UserError
from streams.kafka.keys import partition_of
from streams.moments import local_text
from streams.settings import Settings


def on_kafka(settings: Settings, asked: Asked) -> tuple[Shown, list[Difference]]:
    """What the audit found, and what of it stays different. Raises UserError."""
    from streams.drivers import audit_kafka
    from streams.drivers.recount_kafka import is_retained, recount

    plan, path, clock = settings.plan, settings.store, WallClock()
    of_month = OfMonth(plan, asked.month, asked.program)
    before, where = _recorded(settings, of_month, asked.month)
    counted, since = recount(settings, where[1], asked.program, clock)
    # What was revised while it was counted is neither of the two.
    after, _ = _recorded(settings, of_month, asked.month)
    moved = {key for key, one in after.items() if before.get(key) != one}
    recorded = [one for key, one in before.items() if key not in moved]
    retained = is_retained(settings, since)
    gone = _gone(settings, (one for one in recorded if not retained(one)), since)
    if recorded and sum(gone.intervals.values()) == len(recorded):
        raise UserError(
            f"nothing of {asked.month} can be counted again: {'; '.join(gone.lines())}",
            "kafka.retention_days says how long events are kept; audit a month before they go",
        )
    told = compared(
        filter(retained, recorded),
        (
            one
            for one in counted.records
            if of_month.has(one) and retained(one) and key_of(one) not in moved
        ),
        fewer=asked.fewer,
    )
    records, left = list[Record](), told.differences
    if asked.restating:
        records, left = audit_kafka.restate(settings, path, told.differences)
        open_still = {one.key[0] for one in left} | {key[0] for key in told.waiting}
        open_still |= gone.intervals.keys()
        audit_kafka.mark_taken(settings, path, of_month.too_late, open_still, clock)
    with closing(SqliteStore(path, read_only=True)) as kept:
        rejects = of_month.known_rejects(kept)
    return Shown(plan, asked.month, told, counted, records, left, rejects, gone), left


def _recorded(
    settings: Settings, of_month: OfMonth, month: str
) -> tuple[dict[Key, Record], tuple[str, tuple[int, int]]]:
    """Newest revisions by key, as the topic `intervals` has them now; and where in a store they are."""
    from streams.kafka.ledger_sync import Options, sync

    sync(settings, settings.store, Options())
    with closing(SqliteStore(settings.store, read_only=True)) as kept:
        where = within(kept, settings.plan, [month], BOTH[:1])
        return {key_of(one): one for one in of_month.recorded(kept, where)}, where


def _gone(settings: Settings, lost: Iterable[Record], since: Mapping[int, int]) -> Gone:
    counts = Counter(one.program for one in lost)
    partitions = settings.kafka.partitions
    return Gone(
        dict(counts),
        {
            program: local_text(
                since[partition_of(program, partitions)], settings.plan.zone(program)
            )
            for program in counts
        },
    )
