"""Imported figures beside an embedded store: a log of events that `run` follows."""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.errors import UserError
from streams.sources.base import Chunk
from streams.sources.tail import TailSource


class PlanSource(TailSource):
    """Hands out imported figures as they come; nothing waits for more of them."""

    def __init__(self, path: Path, state: dict[str, Any] | None = None) -> None:
        super().__init__(path, state)
        self._all_read = False

    @property
    def ended(self) -> bool:
        """Whether all that is there was read: a run whose other sources end, ends."""
        return self._all_read

    def read(self, limit: int) -> Chunk | None:
        """Up to `limit` complete lines, None if there is none now."""
        chunk = super().read(limit)
        self._all_read = chunk is None
        return chunk


def plan_path(store: Path) -> Path:
    """The log of the plan of a store."""
    return store.with_name(store.name + ".plan.jsonl")


def append(store: Path, events: Sequence[bytes]) -> Path:
    """Add events, all of them or none, durably; returns where they are. Raises UserError."""
    path = plan_path(store)
    try:
        with path.open("ab") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            before = log.seek(0, os.SEEK_END)
            try:
                log.write(b"".join(event + b"\n" for event in events))
                log.flush()
                os.fsync(log.fileno())
            except OSError:
                os.truncate(path, before)
                raise
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}", "check folder and disk"
        ) from None
    return path
