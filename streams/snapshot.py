"""A shard's state as bytes: versioned layout, zstd, refused when the plan rewrote the past."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import xxhash
import zstandard
from numpy.typing import NDArray

from kernels.bot_layout import BOT_EVENT, CONVERSATION, PROBE_EVENT
from kernels.case_layout import CASE, CASE_EVENT
from kernels.cells import make_cells, reindex
from kernels.chat_layout import CHAT_VISIT
from kernels.columns import ARRIVAL_COLUMNS, ARRIVAL_ROW, COHORT_COLUMNS, LAYOUT_VERSION
from kernels.layout import (
    EVENT,
    PERSON,
    ROW,
    VISIT,
    Cells,
)
from kernels.layout import PIECE as SCHEDULE_PIECE
from kernels.outbound_layout import LISTING, OUTBOUND_EVENT
from kernels.state import packed
from streams import bots_kept, cases, outbound, staff, visit_pools
from streams.names import Names
from streams.past import SnapshotRefused, same_past, same_promises, same_zones
from streams.planning.book import ROW as FORECAST
from streams.tables import SHAPES, TABLES
from streams.visit_pools import Arrays, raw

if TYPE_CHECKING:
    from streams.shard import Shard

MAGIC = b"FLOORWATCH"
LAYOUTS = (2, 4, 5, LAYOUT_VERSION)
"""What is read; the last is written. Layout 2 had calls only, layout 4 no deferred work, layout 5 no
outbound work; no release wrote layout 3."""
PIECE = 4 * 1024 * 1024
DIGEST = 8


class Buffers:
    """Memory kept between captures: a fresh copy of 320 MB took 0.72 s, one into it 0.016 s."""

    def __init__(self) -> None:
        self._kept: dict[str, NDArray[np.uint8]] = {}

    def copy(self, name: str, array: NDArray[Any]) -> NDArray[Any]:
        """A copy that stands until the next one of this name."""
        kept = self._kept.get(name)
        if kept is None or len(kept) < array.nbytes:
            kept = self._kept[name] = np.empty(array.nbytes + array.nbytes // 4, np.uint8)
        # As bytes: numpy copies records one by one, at a quarter of the rate.
        np.copyto(kept[: array.nbytes], np.frombuffer(raw(array), np.uint8))
        copy: NDArray[Any] = kept[: array.nbytes].view(array.dtype).reshape(array.shape)
        return copy


class Captured(NamedTuple):
    """A copy of a shard's state: `head` as msgpack can write it, `arrays` by name."""

    head: dict[str, Any]
    arrays: Arrays


def snapshot(shard: Shard) -> bytes:
    """Everything a shard must remember, as bytes. Nothing folds meanwhile, so nothing is copied."""
    shard.rest()
    return b"".join(pieces(Captured(_head(shard), _arrays(shard)), PIECE, threads=2))


def compressed(taken: Captured) -> bytes:
    """The bytes of a captured state. Touches no shard, so it can run in another thread."""
    return b"".join(pieces(taken, PIECE))


def pieces(taken: Captured, size: int, threads: int = 0) -> Iterator[bytes]:
    """The same state in pieces of `size`, made while they are asked for.

    The compressor lets other threads run; encoding 400 MB in one call would not. With `threads`
    of its own it does not wait for itself, which is no help where a fold runs beside it.
    """
    described = {name: [_kind(a), list(a.shape)] for name, a in taken.arrays.items()}
    head = msgspec.msgpack.encode({**taken.head, "arrays": described})
    plain = [
        memoryview(len(head).to_bytes(8) + head),
        *map(raw, taken.arrays.values()),
    ]
    chunker = zstandard.ZstdCompressor(level=-3, threads=threads).chunker(
        sum(map(len, plain)), size
    )
    # SQLite has no checksum over its pages, and flipped bits decompress to other figures.
    digest = xxhash.xxh3_64()
    yield MAGIC + LAYOUT_VERSION.to_bytes(2)
    for part in plain:
        for at in range(0, len(part), PIECE):
            for piece in chunker.compress(part[at : at + PIECE]):
                digest.update(piece)
                yield piece
    for piece in chunker.finish():  # type: ignore[no-untyped-call]
        digest.update(piece)
        yield piece
    yield digest.digest()


def captured(shard: Shard, buffers: Buffers | None = None) -> Captured:
    """A copy of everything a shard must remember; in `buffers` it stands until the next one."""
    shard.rest()
    copy = buffers.copy if buffers else _fresh
    arrays = {name: copy(name, array) for name, array in _arrays(shard).items()}
    return Captured(_head(shard), arrays)


def _fresh(name: str, array: NDArray[Any]) -> NDArray[Any]:
    return array.copy()


def _head(shard: Shard) -> dict[str, Any]:
    return {
        "names": shard.names.state(),
        "feeds": shard.feeds.state(),
        "positions": dict(shard.positions),
        "covered": dict(shard.covered),
        "greatest_ms": shard.greatest_ms,
        "partial": shard.partial,
        "standing": shard.standing.state(),
        "adjusted": [[*key, *one] for key, one in shard.adjusted.items()],
        "plan_notes": [list(note) for note in shard.forecasts.notes],
        "counts": {
            "events": dict(shard.events),
            "rejected": [[*key, n] for key, n in shard.rejected.items()],
            "duplicates": shard.duplicates,
            "conflicts": shard.conflicts,
            "unknown_fields": shard.unknown_fields,
            "restated": shard.restated,
            "holes": shard.holes,
        },
        "zones": [shard.plan.zone(name).key for name in shard.names.programs],
    }


def _arrays(shard: Shard) -> Arrays:
    programs = len(shard.names.programs)
    cells = [getattr(shard.state, name) for name in TABLES]
    return {
        **_named("targets", shard.state.targets._asdict()),
        **_named("chat_queues", shard.state.chat_queues._asdict()),
        **_named("visits", visit_pools.packed(shard.state.visits)),
        **_named("chats", visit_pools.packed(shard.state.chats)),
        "floor": shard.state.programs.floor[:programs],
        "watermark": shard.state.programs.watermark[:programs],
        "chat_watermark": shard.state.programs.chat_watermark[:programs],
        "forecasts": shard.forecasts.rows(),
        **_named("earlier", shard.earlier.packed()),
        **_named("people", staff.packed(shard)),
        **_named("pools", bots_kept.packed(shard)),
        **_named("deferred", cases.packed(shard)),
        **_named("dialled", outbound.packed(shard)),
        **{
            f"{name}.{part}": array
            for name, of in zip(TABLES, cells, strict=True)
            for part, array in packed(of).items()
        },
        **{
            f"days{i}.{part}": array
            for i, days in enumerate(shard.days)
            for part, array in packed(days.cells).items()
        },
        **{
            f"tables{i}.{name}": array[: int(of.used[0])]
            for i, (table, of) in enumerate(zip(shard.tables, cells, strict=True))
            for name, array in table.state().items()
        },
    }


class Opened(NamedTuple):
    """A snapshot checked and decompressed: its head, and its arrays as views of one body."""

    head: dict[str, Any]
    arrays: Arrays


def restore(shard: Shard, data: bytes | memoryview | Opened, counting: bool = True) -> None:
    """Take over a snapshot's state. Raises SnapshotRefused and leaves the shard as it was.

    A shard that is only read (not `counting`) may have another plan than its past was counted by.
    """
    head, arrays = data if isinstance(data, Opened) else opened(data)
    # What is counted was judged by the plan with what was published of it.
    shard.standing.restore(head.get("standing", {}))
    shard.plan.take(shard.standing.merged(shard))
    names = Names.restored(head["names"], shard.plan, shard.names.owns)
    shard.name(names)
    until, of = head["greatest_ms"], (_of(arrays, "targets"), _of(arrays, "chat_queues"))
    if counting:
        same_past(shard, *of, until, len(head["names"]["queues"]))
        same_promises(shard, _of(arrays, "pools"), until)
        same_zones(shard, head["names"]["programs"], head["zones"], until)
    shard.feeds._names = names
    shard.feeds.restore(head["feeds"])
    shard.positions = head["positions"]
    shard.covered = {name: (first, last) for name, (first, last) in head["covered"].items()}
    shard.greatest_ms = head["greatest_ms"]
    shard.partial = head.get("partial", False)
    shard.adjusted = {tuple(key): (of, at) for *key, of, at in head.get("adjusted", ())}
    counts = head["counts"]
    shard.events = Counter(counts["events"])
    shard.rejected = Counter({(topic, reason): n for topic, reason, n in counts["rejected"]})
    shard.duplicates, shard.conflicts = counts["duplicates"], counts["conflicts"]
    shard.unknown_fields, shard.restated = counts["unknown_fields"], counts["restated"]
    shard.holes = counts["holes"]
    for name in {"floor", "watermark", "chat_watermark"} & arrays.keys():
        getattr(shard.state.programs, name)[: len(arrays[name])] = arrays[name]
    taken: dict[str, Any] = {"visits": visit_pools.restored(_of(arrays, "visits"))}
    for name, shape in zip(TABLES, SHAPES, strict=True):
        if f"{name}.keys" in arrays:  # layouts before had not all of them
            taken[name] = _cells(_of(arrays, name), *shape)
    if "people.persons" in arrays:
        taken["people"] = staff.restored(shard, _of(arrays, "people"))
    if "chats.rows" in arrays:
        taken["chats"] = visit_pools.restored(_of(arrays, "chats"))
    shard.state = shard.state._replace(**taken)
    shard.earlier.restore(_of(arrays, "earlier"), shard.state.programs.floor)
    if "forecasts" in arrays:
        shard.forecasts.restore(arrays["forecasts"], head["plan_notes"])
    if "bots.keys" in arrays:
        bots_kept.restore(shard, _of(arrays, "pools"))
    if "deferred.rows" in arrays:
        cases.restore(shard, _of(arrays, "deferred"))
    if "dialled.rows" in arrays:
        outbound.restore(shard, _of(arrays, "dialled"))
    for i, days in enumerate(shard.days):
        days._queues = names.queues
        if f"days{i}.keys" not in arrays:
            continue
        width, bins = days.cells.columns.shape[1], days.cells.hist.shape[1]
        days.cells = _cells(_of(arrays, f"days{i}"), width, bins)
    for i, table in enumerate(shard.tables):
        if f"tables{i}.known" in arrays:
            kept = _of(arrays, f"tables{i}")
            kept["recorded"] = _widened(kept["recorded"], len(table.names))
            table.restore(kept)


def opened(data: bytes | memoryview) -> Opened:
    """The longer half of a restore. Touches no shard, so it can run in another thread.

    Raises SnapshotRefused.
    """
    head = len(MAGIC) + 2
    if data[: len(MAGIC)] != MAGIC:
        raise SnapshotRefused("the stored state is not a Floorwatch snapshot", "restore a backup")
    layout = int.from_bytes(data[len(MAGIC) : head])
    if layout not in LAYOUTS:
        raise SnapshotRefused(
            f"the stored state has layout {layout}, this release reads "
            f"{', '.join(map(str, LAYOUTS[:-1]))} and {LAYOUTS[-1]}",
            "run the release that wrote it, or replay the events into a new store",
        )
    try:
        frame = _checked(memoryview(data)[head:])
        return _body(zstandard.ZstdDecompressor().decompress(frame))
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeDecodeError) as damaged:
        raise SnapshotRefused(
            f"the stored state is damaged: {damaged}", "restore a backup"
        ) from None


def _checked(data: memoryview) -> memoryview:
    frame, digest = data[:-DIGEST], data[-DIGEST:]
    if xxhash.xxh3_64_digest(frame) != digest:
        raise SnapshotRefused(
            "the stored state is damaged: its checksum differs", "restore a backup"
        )
    return frame


def _body(body: bytes) -> Opened:
    at = 8 + int.from_bytes(body[:8])
    head = msgspec.msgpack.decode(memoryview(body)[8:at])
    arrays: Arrays = {}
    for name, (kind, shape) in head.pop("arrays").items():
        of = np.dtype(_RECORDS.get(kind, kind))
        count = math.prod(shape)
        # A view: whoever keeps it writable copies it with room to grow.
        arrays[name] = np.frombuffer(body, of, count, at).reshape(shape)
        at += count * of.itemsize
    return Opened(head, arrays)


def _cells(arrays: dict[str, NDArray[Any]], columns: int, bins: int) -> Cells:
    n = len(arrays["keys"])
    cells = make_cells(max(64, n), columns, bins)
    cells.used[0] = n
    cells.keys[:n] = arrays["keys"]
    cells.columns[:n] = _widened(arrays["columns"], columns)
    if bins:
        cells.hist[:n] = arrays["hist"]
    cells.dirty[:n] = 1
    reindex(cells)
    return cells


def _widened(columns: NDArray[Any], width: int) -> NDArray[Any]:
    """Columns of arrivals as layout 2 had them, with 0 in those of chat."""
    if columns.shape[1] == width:
        return columns
    wide = np.zeros((len(columns), width), np.int64)
    wide[:, _PLACES_OF_2] = columns
    return wide


_PLACES_OF_2 = [ARRIVAL_ROW.index(name) for name in ARRIVAL_COLUMNS + COHORT_COLUMNS]
_RECORDS = {
    "chat": CHAT_VISIT,
    "visit": VISIT,
    "event": EVENT,
    "person": PERSON,
    "piece": SCHEDULE_PIECE,
    "row": ROW,
    "conversation": CONVERSATION,
    "bot_event": BOT_EVENT,
    "case": CASE,
    "case_event": CASE_EVENT,
    "listing": LISTING,
    "outbound_event": OUTBOUND_EVENT,
    "probe_event": PROBE_EVENT,
    "forecast": FORECAST,
}


def _kind(array: NDArray[Any]) -> str:
    return next((name for name, dtype in _RECORDS.items() if array.dtype == dtype), array.dtype.str)


def _named(group: str, arrays: Arrays) -> Arrays:
    return {f"{group}.{name}": array for name, array in arrays.items()}


def _of(arrays: Arrays, group: str) -> Arrays:
    start = group + "."
    return {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}
