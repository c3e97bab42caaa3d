"""One source on its way into a shard: lines through a bridge, rejects kept, places remembered."""

from typing import Any

from streams.bridges.base import Bridge, Rejected
from streams.bridges.recognise import kind_of
from streams.clock import Clock
from streams.folding import Suspects
from streams.rejects import reject
from streams.shard import Shard
from streams.sources.base import Chunk, Source


class Reader:
    """Reads a source, translates through its bridge (None: wire events), folds into a shard."""

    def __init__(
        self,
        source: Source,
        bridge: Bridge | None,
        shard: Shard,
        suspects: Suspects | None = None,
    ) -> None:
        self.source = source
        self.bridge = bridge
        self.shard = shard
        self.suspects = suspects or Suspects()
        self.lines = 0
        self._holes = 0
        shard.positions.setdefault(source.name, 0)

    def state(self) -> dict[str, Any]:
        """Where to go on, for the checkpoint."""
        bridge = self.bridge.snapshot().decode() if self.bridge else None
        return {
            "source": self.source.state(),
            "bridge": bridge,
            "kind": kind_of(self.bridge).value,
        }

    def resume(self, state: dict[str, Any] | None) -> None:
        """Let the bridge go on as if it had translated what lies before `state`."""
        if state and self.bridge and state["bridge"] is not None:
            self.bridge.restore(state["bridge"].encode())

    def step(self, limit: int, clock: Clock | None = None) -> int | None:
        """Fold up to `limit` lines; returns how many, None when there is nothing now.

        With a `clock` (live) its time after reading decides what lies in the future.
        """
        chunk = self.source.read(limit)
        self._note_holes()
        if chunk is None:
            return None
        if self._holes:
            # The source has said that something is gone: going on behind it is no mistake.
            known = self.shard.positions[chunk.name]
            self.shard.positions[chunk.name] = max(known, chunk.fetched_from)
        now_ms = clock.now_ms() if clock else None
        for line in chunk.too_long:
            detail = f"{line.length:,} bytes"
            self.shard.keep_reject(
                reject("line_too_long", detail, chunk.name, line.position, line.named())
            )
        offsets, values = chunk.offsets, chunk.lines
        if self.bridge is not None:
            offsets, values = self._translated(self.bridge, chunk)
        self.suspects.fold(
            *(self.shard, chunk.name, chunk.fetched_from, offsets, values),
            *(chunk.next_position, now_ms),
        )
        self.lines += len(chunk.lines) + len(chunk.too_long)
        return len(chunk.lines) + len(chunk.too_long)

    def _note_holes(self) -> None:
        """Tell the shard what the source lost before it was read; the source has warned of it."""
        holes = int(getattr(self.source, "holes", 0))
        for _ in range(holes - self._holes):
            self.shard.skip(self.source.name, self.shard.positions[self.source.name])
        self._holes = holes

    def _translated(self, bridge: Bridge, chunk: Chunk) -> tuple[list[int], list[bytes]]:
        offsets: list[int] = []
        values: list[bytes] = []
        for offset, line in zip(chunk.offsets, chunk.lines, strict=True):
            try:
                events = bridge.translate(line, offset)
            except Rejected as refused:
                self.shard.keep_reject(
                    reject(refused.reason, refused.detail, chunk.name, offset, line)
                )
                continue
            offsets.extend([offset] * len(events))
            values.extend(events)
        return offsets, values

    def say(self, events: list[bytes], now_ms: int | None = None) -> None:
        """Fold heartbeats of the bridge at the present position."""
        at = self.shard.positions[self.source.name]
        self.shard.fold(self.source.name, at, [at] * len(events), events, at, now_ms)
