"""A log that is written and rotated, and a reader of it that can be killed at any moment."""

import gzip
import json
import os
import shutil
from pathlib import Path

from streams.sources.tail import TailSource


class Writer:
    """An Asterisk with a log rotation beside it. Every change is a second after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "queue_log"
        self.clock = 1_700_000_000
        self.written: list[bytes] = []
        self.handle = self.path.open("ab", buffering=0)
        self.tick(self.path)

    def line(self, count: int = 1) -> None:
        for _ in range(count):
            line = b"%d|call-%d|sales|NONE|ENTERQUEUE" % (self.clock, len(self.written))
            self.written.append(line)
            self.put(line + b"\n")

    def put(self, data: bytes) -> None:
        self.handle.write(data)
        self.tick(self.handle.fileno())

    def tick(self, file: int | Path) -> None:
        self.clock += 1
        os.utime(file, (self.clock, self.clock))

    def _moved(self) -> list[Path]:
        return sorted(p for p in self.folder.glob("queue_log.*") if p.suffix[1:].isdigit())

    def _shift(self) -> None:
        numbers = sorted((int(p.suffix[1:]) for p in self._moved()), reverse=True)
        for number in numbers:
            (self.folder / f"queue_log.{number}").rename(self.folder / f"queue_log.{number + 1}")

    def rename(self, reopen: bool = True) -> None:
        """Rotation that numbers up; with `reopen` the writer goes on in a new file at once."""
        self._shift()
        self.path.rename(self.folder / "queue_log.1")
        if reopen:
            self.reopen()

    def reopen(self) -> None:
        self.handle.close()
        self.handle = self.path.open("ab", buffering=0)
        self.tick(self.path)

    def copy_and_truncate(self) -> None:
        self._shift()
        shutil.copyfile(self.path, self.folder / "queue_log.1")
        self.tick(self.folder / "queue_log.1")
        os.truncate(self.path, 0)
        self.tick(self.path)

    def compress(self) -> None:
        for path in self._moved():
            packed = path.with_name(path.name + ".gz")
            packed.write_bytes(gzip.compress(path.read_bytes()))
            shutil.copystat(path, packed)
            # Out of the way of the next numbers, as dateext names would be.
            packed.rename(
                self.folder / f"queue_log-{self.clock}{len(packed.name)}{path.suffix[1:]}.gz"
            )
            path.unlink()


class Reader:
    """Reads what is there, remembers what it got, and can be killed at any moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.got: list[bytes] = []
        self.position = 0
        self.source = TailSource(path)

    def read(self, limit: int = 1000) -> bool:
        chunk = self.source.read(limit)
        if chunk is None:
            return False
        assert chunk.fetched_from == self.position
        assert len(chunk.lines) <= limit
        self.position = chunk.next_position
        self.got += chunk.lines
        return True

    def all(self) -> list[bytes]:
        while self.read():
            pass
        return self.got

    def restart(self) -> None:
        state = json.loads(json.dumps(self.source.state()))
        holes = self.source.holes
        self.source.close()
        self.source = TailSource(self.path, state or None)
        self.source.holes = holes
