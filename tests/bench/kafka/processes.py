"""Processes that run beside the one that measures."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.data import ROOT

PATIENCE_S = 120
TICKS = os.sysconf("SC_CLK_TCK")


class Beside:
    """A module of ours in a process of its own; what it says goes to files in `folder`."""

    def __init__(self, folder: Path, module: str, *arguments: str, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.output, self.log = folder / "output", folder / "log"
        self.started = time.perf_counter()
        with self.output.open("wb") as output, self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdout=output,
                stderr=log,
            )

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def cpu_s(self) -> float:
        """CPU seconds of the process up to now, user and system."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def stop(self) -> None:
        """SIGTERM."""
        if self.runs:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, within_s: float = PATIENCE_S) -> str:
        """Wait for the end; the last line it printed. What failed ends the run."""
        try:
            code = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        lines = self.output.read_text("utf-8").splitlines()
        if code or not lines:
            raise SystemExit(f"ended with {code}:\n{self.log.read_text('utf-8')[-4000:]}")
        return lines[-1]

    def end(self) -> None:
        """Make sure that it is gone."""
        if self.runs:
            self._process.kill()
        self._process.wait()


@contextmanager
def beside(folder: Path, module: str, *arguments: str, **environment: str) -> Iterator[Beside]:
    process = Beside(folder, module, *arguments, **environment)
    try:
        yield process
    finally:
        process.end()
