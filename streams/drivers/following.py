"""Following logs and pipes live into Kafka: where they stand is kept once what they said is.

At least once, then: after a crash the lines since the last save are sent again, with the same ids.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import IO, Any

from streams.bridges.base import Bridge
from streams.bridges.recognise import kind_of
from streams.clock import Clock
from streams.drivers.sending import CHUNK, Poster
from streams.errors import UserError
from streams.sources.base import Source

PAUSE_S = 0.2
SAVE_EVERY_S = 1.0
SETTLE_MS = 2000
"""A log read to its end is promised complete up to this long ago: its writer may lag."""
VERSION = 1

Opener = Callable[[Any], tuple[Source, Bridge | None]]
"""Opens a source where its state (None: at the beginning) says."""


class StateFile:
    """Places of sources in a JSON file, replaced whole. One process at a time. Raises UserError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = self._locked()

    def read(self) -> dict[str, Any]:
        """Places by source; none if there is no file yet."""
        try:
            kept = json.loads(self.path.read_bytes())
            if kept["version"] != VERSION:
                raise ValueError(f"version {kept['version']}, this release reads {VERSION}")
            return dict(kept["sources"])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{self.path}: not a state of `send --follow` ({error})",
                "bring it back from a backup; without it everything still there is sent again",
            ) from None

    def save(self, places: Mapping[str, Any]) -> None:
        """Replace the file; what was there before survives a crash at any moment."""
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            with fresh.open("wb") as file:
                file.write(json.dumps({"version": VERSION, "sources": places}).encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise UserError(
                f"{self.path}: {error.strerror}", "make room, or name another with --state"
            ) from None

    def close(self) -> None:
        """Let others have it."""
        self._lock.close()

    def _locked(self) -> IO[bytes]:
        lock = self.path.with_name(self.path.name + ".lock")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = lock.open("wb")
        except OSError as error:
            raise UserError(f"{lock}: {error.strerror}", "name another with --state") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise UserError(
                f"{self.path}: another floorwatch uses it", "stop it, or name another with --state"
            ) from None
        return file


class Following:
    """Sends what sources say until stopped or until all have ended. Raises UserError."""

    def __init__(
        self,
        openers: Mapping[str, Opener],
        poster: Poster,
        state: StateFile,
        clock: Clock,
        deadline_s: float,
    ) -> None:
        self.stopping = Event()
        self._poster = poster
        self._state = state
        self._clock = clock
        self._deadline_s = deadline_s
        """Once stopped, the cluster is waited for at most so long."""
        self._sources: list[tuple[Source, Bridge | None]] = []
        places = state.read()
        for name, opener in openers.items():
            place = places.get(name)
            source, bridge = opener(place["source"] if place else None)
            if place and bridge is not None:
                self._resume(bridge, name, place)
            self._sources.append((source, bridge))
        self._others = {name: place for name, place in places.items() if name not in openers}
        """Places of sources that are not followed now; they may be again."""
        self._saved_s = self._said_s = time.monotonic()
        self._moved = False

    def run(self) -> None:
        """Follow, and keep the places at the end. Raises NotAcknowledged; the places stay then."""
        try:
            while not self.stopping.is_set():
                if not self._round():
                    if all(source.ended for source, _ in self._sources):
                        break
                    self.stopping.wait(PAUSE_S)
            self._save()
        finally:
            for source, _ in self._sources:
                source.close()
            self._state.close()

    def _round(self) -> bool:
        moved = False
        for source, bridge in self._sources:
            chunk = source.read(CHUNK)
            if chunk is not None:
                self._poster.post(chunk, bridge)
                moved = True
        self._moved = self._moved or moved
        now = time.monotonic()
        if not moved and now - self._said_s >= SAVE_EVERY_S:
            self._said_s = now
            until = self._clock.now_ms() - SETTLE_MS
            for _, bridge in self._sources:
                self._poster.say(bridge.heartbeats(until) if bridge else [])
        if now - self._saved_s >= SAVE_EVERY_S:
            self._save()
        return moved

    def _save(self) -> None:
        """Keep the places once everything up to them is acknowledged."""
        self._await_cluster()
        self._poster.flush(0)
        self._saved_s = time.monotonic()
        if not self._moved:
            return
        places: dict[str, dict[str, Any]] = {
            source.name: {
                "source": source.state(),
                "bridge": bridge.snapshot().decode() if bridge else None,
                "kind": kind_of(bridge).value,
            }
            for source, bridge in self._sources
        }
        self._state.save(self._others | places)
        self._moved = False
        for source, _ in self._sources:
            source.forget(places[source.name]["source"])

    def _await_cluster(self) -> None:
        """Until the fate of all records is known: in short steps, so that a signal is heeded."""
        until = None
        while not self._poster.settled(PAUSE_S):
            if self.stopping.is_set():
                until = until or time.monotonic() + self._deadline_s
                if time.monotonic() > until:
                    return

    def _resume(self, bridge: Bridge, name: str, place: Mapping[str, Any]) -> None:
        if place["kind"] != kind_of(bridge).value:
            raise UserError(
                f"{self._state.path}: {name} was read as {place['kind']} before",
                f"use --as {place['kind']}, or another file with --state",
            )
        try:
            bridge.restore(str(place["bridge"]).encode())
        except ValueError as error:
            raise UserError(f"{self._state.path}: {name}: {error}") from None
