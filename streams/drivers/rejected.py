"""Taking kept rejects in again, once what was wrong with them, or with the plan, is mended.

A wire event and a row of a call table speak for themselves. What a line of a queue log says
depends on the lines before it, and lines behind it on what it says: its log is read again with
the mended lines in their places. From each of them on, the events of its calls are folded; those
that were known already have the same ids and change nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from schemas.ledger import MENDED
from streams import personal
from streams.bridges.base import Bridge, Rejected
from streams.bridges.recognise import Kind, bridge_for, is_event
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.clock import Clock
from streams.drivers.empty import empty_shard
from streams.drivers.promises import take_again
from streams.errors import UserError
from streams.rejects import Reject
from streams.settings import Settings
from streams.shard import Shard
from streams.sources.base import Chunk
from streams.sources.file import FileSource
from streams.warm import warm
from streams.wire import decode

TOPIC = "rejects"
CHUNK = 2000
CONTEXT = 0
"""Stands for the reject's id with events that others than the mended lines gave."""
Numbered = list[tuple[int, bytes]]


class Again(NamedTuple):
    """What became of the rejects: ids taken in, and why the others were refused again."""

    taken: list[int]
    refused: dict[int, str]


def replay_rejects(
    settings: Settings,
    store_path: Path,
    clock: Clock,
    chosen: Mapping[int, Reject],
) -> Again:
    """Fold rejects (by id, with the bytes to use) into a store's shard; keep it in one commit.

    A reject that is refused again stays as it was. Raises UserError.
    """
    warm()
    store = SqliteStore(store_path)
    try:
        store.own()
        shard = empty_shard(settings)
        kept = store.snapshot()
        if kept is None:
            raise UserError(f"{store_path}: no state to fold into", "replay or run into it first")
        take_again(store, shard)
        shard.restore(kept)
        events, refused = _translated(settings, store, chosen)
        _fold(shard, sorted(events, key=lambda each: each[0]), refused)
        taken = [number for number in chosen if number not in refused]
        now = clock.now_ms()
        records = shard.close(now, caught_up=False, forget=False, reason=MENDED)
        people = personal.taken(shard)
        store.commit(Commit(shard.snapshot(), {}, records, [], now, taken, people))
        store.keep_plan(shard.plan)
        return Again(taken, refused)
    finally:
        store.close()


def _fold(shard: Shard, events: Numbered, refused: dict[int, str]) -> None:
    shard.positions.setdefault(TOPIC, 0)
    for start in range(0, len(events), CHUNK):
        numbers, values = zip(*events[start : start + CHUNK], strict=True)
        shard.fold(TOPIC, 0, numbers, values, 0)
    for each in shard.take_rejects():
        if each.offset != CONTEXT:
            refused.setdefault(each.offset, f"{each.reason}: {each.detail}")


def _translated(
    settings: Settings, store: SqliteStore, chosen: Mapping[int, Reject]
) -> tuple[Numbered, dict[int, str]]:
    """Wire events by reject id, and why rejects gave none."""
    events: Numbered = []
    refused: dict[int, str] = {}
    records: dict[str, dict[int, Reject]] = defaultdict(dict)
    places = store.positions()
    for number, each in chosen.items():
        place = places.get(each.topic)
        if place is None or place["kind"] == Kind.EVENTS or is_event(each.raw):
            # refused behind its bridge, if it has one
            events.append((number, each.raw))
        else:
            records[each.topic][number] = each
    originals = {number: each for number, each, _ in store.rejects()} if records else {}
    for topic, group in records.items():
        bridge = bridge_for(Kind(places[topic]["kind"]), settings)
        assert bridge is not None
        if places[topic]["kind"] in (Kind.CALL_TABLE, Kind.AMAZON_CONNECT):
            bridge.restore(places[topic]["bridge"].encode())
            events += _rows(bridge, group, refused)
            continue
        try:
            events += _log_again(Path(topic), bridge, group, originals, refused)
        except UserError as error:
            refused.update({number: f"its log is needed: {error.message}" for number in group})
    return events, refused


def _rows(bridge: Bridge, group: Mapping[int, Reject], refused: dict[int, str]) -> Numbered:
    found: Numbered = []
    for number, each in group.items():
        try:
            # Position 0 is the header's, which is no reject.
            events = bridge.translate(each.raw, max(1, each.offset))
        except Rejected as error:
            refused[number] = str(error)
            continue
        found += [(number, event) for event in events]
    return found


def _log_again(
    path: Path,
    bridge: Bridge,
    group: Mapping[int, Reject],
    originals: Mapping[int, Reject],
    refused: dict[int, str],
) -> Numbered:
    """Events of mended lines of a log, and what the lines behind them say of the same calls, or
    people.
    """
    found: Numbered = []
    told_of: set[str] = set()
    mended = {each.offset: number for number, each in group.items()}
    source = FileSource(path)
    try:
        for position, line in (pair for chunk in source.chunks(CHUNK) for pair in _lines(chunk)):
            number = mended.get(position, CONTEXT)
            if number and originals[number].raw != line:
                number = CONTEXT
            if number:
                del mended[position]
            try:
                events = bridge.translate(group[number].raw if number else line, position)
            except Rejected as error:
                if number:
                    refused[number] = str(error)
                continue
            for event in events:
                about = _whom(decode(event))
                if number and about:
                    told_of.add(about)
                if about in told_of:
                    found.append((number, event))
    finally:
        source.close()
    for position, number in mended.items():
        refused[number] = f"its log is needed: {path} no longer has this line at byte {position}"
    return found


def _whom(event: Any) -> str:
    """The conversation, contact or person an event is about; a heartbeat is about nobody."""
    for name in ("conversation", "contact", "staff"):
        if found := getattr(event, name, ""):
            return f"{name} {found}"
    return ""


def _lines(chunk: Chunk) -> Iterator[tuple[int, bytes]]:
    """Lines by position; one that is too long as its reject keeps it."""
    lines = list(zip(chunk.offsets, chunk.lines, strict=True))
    lines += [(long.position, long.named()) for long in chunk.too_long]
    return iter(sorted(lines) if chunk.too_long else lines)
