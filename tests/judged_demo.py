"""A `demo --alerts` as anybody starts it, for tests and pictures of its page."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from tests.data import ROOT

DEMO = (sys.executable, "-m", "streams.cli", "demo", "--alerts", "--log-level", "error")


class Demo:
    """One that runs: the addresses it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, said = process, ""
        for line in process.stderr:
            said += line
            if "Prometheus:" in line:
                break
        found = re.findall(r"http://[\d.]+:\d+", said)
        assert len(found) == 4, said
        self.page, _, self.alertmanager, self.prometheus = found
        # Who does not read a pipe to its end stops whoever writes it.
        Thread(target=process.stderr.read, daemon=True).start()

    def panel(self, lang="en"):
        """What the page is pushed of alerts."""
        with urllib.request.urlopen(f"{self.page}/events?lang={lang}", timeout=20) as pushed:
            name, told = pushed.readline(), pushed.readline()
        assert name == b"event: moment\n"
        return json.loads(told.removeprefix(b"data: "))["alerts"]


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Demo]:
    """A demo whose temporary files are in `folder`; stopped if a test has not."""
    process = subprocess.Popen(
        [*DEMO, *options], cwd=ROOT, env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Demo(process)
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
