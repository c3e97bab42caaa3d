"""A shard's state as bytes: versioned layout, zstd, refused when the plan rewrote the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from kernels.cells import index_size, make_cells, reindex
from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, LAYOUT_VERSION, WAIT_BINS
from kernels.layout import (
    BLOCK,
    BLOCKS_USED,
    EVENT,
    VISIT,
    VISITS_LIVE,
    VISITS_USED,
    Cells,
    Targets,
    Visits,
)
from kernels.state import packed
from kernels.sweep import reindex_visits
from streams.errors import UserError
from streams.names import Names

if TYPE_CHECKING:
    from streams.shard import Shard

MAGIC = b"FLOORWATCH"


class SnapshotRefused(UserError):
    """A snapshot that must not be used: unknown layout, damaged, or from another plan."""


def snapshot(shard: Shard) -> bytes:
    """Everything a shard must remember, as bytes."""
    return compressed(captured(shard))


def compressed(body: dict[str, Any]) -> bytes:
    """The bytes of a captured state. Touches no shard, so it can run in another thread."""
    # The checksum: SQLite has none over its pages, and flipped bits decompress to other figures.
    packer = zstandard.ZstdCompressor(level=-3, write_checksum=True)
    return MAGIC + LAYOUT_VERSION.to_bytes(2) + packer.compress(msgspec.msgpack.encode(body))


def captured(shard: Shard) -> dict[str, Any]:
    """A copy of everything a shard must remember."""
    visits = shard.state.visits
    used = int(visits.used[VISITS_USED])
    blocks = int(visits.used[BLOCKS_USED])
    return {
        "names": shard.names.state(),
        "feeds": shard.feeds.state(),
        "positions": dict(shard.positions),
        "covered": dict(shard.covered),
        "greatest_ms": shard.greatest_ms,
        "counts": {
            "events": dict(shard.events),
            "rejected": [[*key, n] for key, n in shard.rejected.items()],
            "duplicates": shard.duplicates,
            "conflicts": shard.conflicts,
            "unknown_fields": shard.unknown_fields,
            "restated": shard.restated,
            "holes": shard.holes,
        },
        "targets": _arrays(shard.state.targets._asdict()),
        "visits": _arrays(
            {
                "rows": visits.rows[:used],
                "events": visits.events[: blocks * BLOCK],
                "next": visits.next[:blocks],
                "used": visits.used,
            }
        ),
        "floor": _pack(shard.state.programs.floor[: len(shard.names.programs)]),
        "watermark": _pack(shard.state.programs.watermark[: len(shard.names.programs)]),
        "zones": [shard.plan.zone(name).key for name in shard.names.programs],
        "arrival": _arrays(packed(shard.state.arrival)),
        "handling": _arrays(packed(shard.state.handling)),
        "days": [_arrays(packed(days.cells)) for days in shard.days],
        "tables": [
            _arrays({k: v[: int(c.used[0])] for k, v in table.state().items()})
            for table, c in zip(
                shard.tables, (shard.state.arrival, shard.state.handling), strict=True
            )
        ],
    }


def restore(shard: Shard, data: bytes) -> None:
    """Take over a snapshot's state. Raises SnapshotRefused and leaves the shard as it was."""
    body = _opened(data)
    names = Names.restored(body["names"], shard.plan)
    shard.name(names)
    _same_past(shard, _unpacked(body["targets"]), body["greatest_ms"], len(body["names"]["queues"]))
    _same_zones(shard, body["names"]["programs"], body["zones"], body["greatest_ms"])
    shard.feeds._names = names
    shard.feeds.restore(body["feeds"])
    shard.positions = body["positions"]
    shard.covered = {name: (first, last) for name, (first, last) in body["covered"].items()}
    shard.greatest_ms = body["greatest_ms"]
    counts = body["counts"]
    shard.events.update(counts["events"])
    shard.rejected.update({(topic, reason): n for topic, reason, n in counts["rejected"]})
    shard.duplicates, shard.conflicts = counts["duplicates"], counts["conflicts"]
    shard.unknown_fields, shard.restated = counts["unknown_fields"], counts["restated"]
    shard.holes = counts["holes"]
    for name in ("floor", "watermark"):
        kept = _unpack(body[name])
        getattr(shard.state.programs, name)[: len(kept)] = kept
    shard.state = shard.state._replace(
        visits=_visits(_unpacked(body["visits"])),
        arrival=_cells(_unpacked(body["arrival"]), len(ARRIVAL_ROW), WAIT_BINS),
        handling=_cells(_unpacked(body["handling"]), len(HANDLING_ROW), 0),
    )
    for days, rows in zip(shard.days, body["days"], strict=True):
        days._queues = names.queues
        days.cells = _cells(_unpacked(rows), days.cells.columns.shape[1], days.cells.hist.shape[1])
    for table, arrays in zip(shard.tables, body["tables"], strict=True):
        table.restore(_unpacked(arrays))


def _opened(data: bytes) -> Any:
    head = len(MAGIC) + 2
    if data[: len(MAGIC)] != MAGIC:
        raise SnapshotRefused("the stored state is not a Floorwatch snapshot", "restore a backup")
    layout = int.from_bytes(data[len(MAGIC) : head])
    if layout != LAYOUT_VERSION:
        raise SnapshotRefused(
            f"the stored state has layout {layout}, this release reads {LAYOUT_VERSION}",
            "run the release that wrote it, or replay the events into a new store",
        )
    try:
        return msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(data[head:]))
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeDecodeError) as damaged:
        raise SnapshotRefused(
            f"the stored state is damaged: {damaged}", "restore a backup"
        ) from None


def _same_past(shard: Shard, old: dict[str, NDArray[Any]], until_ms: int, queues: int) -> None:
    """Refuse a plan whose targets differ where contacts have already been counted by them."""
    new = shard.state.targets
    was = Targets(**old)
    for code in range(queues):
        then, now = _past(was, code, until_ms), _past(new, code, until_ms)
        if then != now:
            raise SnapshotRefused(
                f"the plan changes targets of queue {shard.names.queues[code].queue!r} for a time "
                "that is already counted",
                "let the new target begin later (valid_from), or replay into a new store",
            )


def _same_zones(shard: Shard, programs: list[str], zones: list[str], until_ms: int) -> None:
    """Refuse a plan that moves days already counted."""
    for name, zone in zip(programs, zones, strict=True):
        if until_ms >= 0 and shard.plan.zone(name).key != zone:
            raise SnapshotRefused(
                f"the plan moves program {name!r} from time zone {zone}; its days are counted by it",
                f"bring {zone} back, or replay into a new store",
            )


def _past(targets: Targets, code: int, until_ms: int) -> list[Any]:
    rows = range(int(targets.start[code]), int(targets.start[code] + targets.count[code]))
    known = [
        (int(targets.valid_from[r]), targets.thresholds[r].tolist(), int(targets.short[r]))
        for i, r in enumerate(rows)
        if i == 0 or targets.valid_from[r] <= until_ms
    ]
    return [known, int(targets.attempts[code]), int(targets.preallocated[code])]


def _visits(arrays: dict[str, NDArray[Any]]) -> Visits:
    rows = arrays["rows"].view(VISIT) if arrays["rows"].dtype != VISIT else arrays["rows"]
    visits = Visits(
        rows=rows,
        index=np.full(index_size(int(arrays["used"][VISITS_LIVE])), -1, np.int32),
        events=arrays["events"],
        next=arrays["next"],
        used=arrays["used"],
    )
    reindex_visits(visits)
    return visits


def _cells(arrays: dict[str, NDArray[Any]], columns: int, bins: int) -> Cells:
    n = len(arrays["keys"])
    cells = make_cells(max(64, n), columns, bins)
    cells.used[0] = n
    cells.keys[:n] = arrays["keys"]
    cells.columns[:n] = arrays["columns"]
    if bins:
        cells.hist[:n] = arrays["hist"]
    cells.dirty[:n] = 1
    reindex(cells)
    return cells


_RECORDS = {"visit": VISIT, "event": EVENT}


def _pack(array: NDArray[Any]) -> list[Any]:
    kind = next((name for name, dtype in _RECORDS.items() if array.dtype == dtype), array.dtype.str)
    return [kind, list(array.shape), np.ascontiguousarray(array).tobytes()]


def _unpack(kept: list[Any]) -> NDArray[Any]:
    kind, shape, data = kept
    return np.frombuffer(data, _RECORDS.get(kind, kind)).reshape(shape).copy()


def _arrays(arrays: dict[str, NDArray[Any]]) -> dict[str, list[Any]]:
    return {name: _pack(array) for name, array in arrays.items()}


def _unpacked(kept: dict[str, list[Any]]) -> dict[str, NDArray[Any]]:
    return {name: _unpack(array) for name, array in kept.items()}
