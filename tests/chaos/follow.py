"""`python -m tests.chaos.follow CONFIG LOG STORE`: the embedded driver over a growing log.

Its clock stands where the writer of the log is: at the time of the last complete line.
"""

import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from streams.bridges.base import Bridge
from streams.checkpoint.sqlite import SqliteStore
from streams.drivers.embedded import Embedded
from streams.settings import Settings
from streams.sources.base import Source
from streams.sources.tail import TailSource


class LogClock:
    """Event time of the last complete line of a log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._size, self._now_ms = 0, 0

    def now_ms(self) -> int:
        size = self._log.stat().st_size
        if size != self._size:
            self._size = size
            with self._log.open("rb") as file:
                file.seek(max(0, size - 4096))
                lines = file.read().split(b"\n")[:-1]
            self._now_ms = max(self._now_ms, int(msgspec.json.decode(lines[-1])["time"]))
        return self._now_ms


def main(config: Path, log: Path, store: Path) -> None:
    def opened(state: Any) -> tuple[Source, Bridge | None]:
        return TailSource(log, state, name="log"), None

    driver = Embedded(Settings.load(config), {"log": opened}, SqliteStore(store), LogClock(log))
    signal.signal(signal.SIGTERM, lambda number, frame: driver.stopping.set())
    driver.start()
    driver.run()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
