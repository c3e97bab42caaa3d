"""Prometheus and Alertmanager as processes of ours on loopback, in a folder that they may fill."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple
from urllib.parse import urlencode

from streams.alerting.tools import FETCHED, ROOT, deployed, tool
from streams.direct import opened
from streams.errors import UserError
from streams.rules.files import rule_files
from streams.rules.rule import duration

LOOPBACK = "127.0.0.1"
STARTS_S, ENDS_S, ANSWERS_S = 30.0, 20.0, 10.0
LINES_OF_LOG = 3
_TIED = """import ctypes, os, sys
tie = getattr(ctypes.CDLL(None), "prctl", None)
tie and tie(1, 15)
os.getppid() == int(sys.argv[1]) and os.execv(sys.argv[2], sys.argv[2:])
"""
"""Becomes a command that is sent SIGTERM (15) when who started it is gone, whatever ended that: only
Linux knows how (PR_SET_PDEATHSIG, 1). Nothing is started for who is gone already."""


class Prometheus(NamedTuple):
    """One that runs: it scrapes, and judges once it was given the rules."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def ask(self, path: str, **parameters: str) -> Any:
        """`data` of an answer of its API. Errors: HTTPError, the query is refused; OSError."""
        query = urlencode(parameters)
        with opened(f"{self.url}/api/v1/{path}?{query}", ANSWERS_S) as answer:
            return json.load(answer)["data"]

    def scrapes(self) -> bool:
        """Whether what it is to scrape has answered."""
        return bool(self.ask("query", query="up == 1")["result"])

    def judge(self, speed: float) -> None:
        """Give it the rules, for a day that runs so many times faster than life."""
        rules = self.folder / "rules"
        rules.mkdir()
        for name, text in rule_files(speed).items():
            (rules / f"{name}.yml").write_text(text, "utf-8")
        self.process.send_signal(signal.SIGHUP)


@contextmanager
def alertmanager(folder: Path, config: str) -> Iterator[str]:
    """The address of an Alertmanager with this configuration, ready. Raises UserError."""
    (folder / "alertmanager.yml").write_text(config, "utf-8")
    port = free_port()
    command = (
        tool("prometheus-alertmanager"),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--cluster.listen-address=",
    )
    # A copy that `make tools` has unpacked looks for its template where it is started.
    template = FETCHED / "usr/share/prometheus/alertmanager"
    log, at = folder / "alertmanager.log", f"http://{LOOPBACK}:{port}"
    with process(log, *command, folder=template if template.is_dir() else ROOT) as started:
        _await_start("Alertmanager", f"{at}/-/ready", started, log)
        yield at


@contextmanager
def prometheus(
    folder: Path, scraped: str, alerting: str, scrape_s: float, every_s: float
) -> Iterator[Prometheus]:
    """A Prometheus, ready, without rules as yet: else it would tell that no worker answers.

    `scraped`: host:port of a worker, scraped every `scrape_s` seconds; `alerting`: of an Alertmanager;
    `every_s`: between two evaluations. Raises UserError.
    """
    text = deployed("prometheus/prometheus.yml")
    for old, new in (
        ("127.0.0.1:9093", alerting),
        ("127.0.0.1:9108", scraped),
        ("evaluation_interval: 15s", f"evaluation_interval: {duration(every_s)}"),
        ("scrape_interval: 15s", f"scrape_interval: {duration(scrape_s)}"),
    ):
        text = text.replace(old, new)
    (folder / "prometheus.yml").write_text(text, "utf-8")
    port = free_port()
    command = (
        tool("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--rules.alert.resend-delay=2s",
    )
    log, at = folder / "prometheus.log", f"http://{LOOPBACK}:{port}"
    with process(log, *command) as started:
        _await_start("Prometheus", f"{at}/-/ready", started, log)
        yield Prometheus(at, folder, started)


@contextmanager
def process(log: Path, *command: str, folder: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours in a folder, ended at the end, whatever ends it."""
    tied = (sys.executable, "-IS", "-c", _TIED, str(os.getpid()), *command)
    with log.open("wb") as stderr:
        started = subprocess.Popen(tied, stdout=stderr, stderr=stderr, cwd=folder)
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(ENDS_S)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether there is an answer of 200. Errors: OSError, there is none."""
    with opened(url, 2) as answer:
        return bool(answer.status == 200)


def comes(ready: Callable[[], object], within_s: float, given_up: Callable[[], bool]) -> bool:
    """Whether `ready` says so in time, and before it is given up; an OSError is not yet."""
    end_s = monotonic() + within_s
    while monotonic() < end_s and not given_up():
        try:
            if ready():
                return True
        except OSError:
            pass
        sleep(0.1)
    return False


def _await_start(name: str, url: str, started: subprocess.Popen[bytes], log: Path) -> None:
    if not comes(lambda: answers(url), STARTS_S, lambda: started.poll() is not None):
        said = log.read_text("utf-8", "replace").splitlines()[-LINES_OF_LOG:]
        raise UserError(f"{name} did not start: {' | '.join(said) or 'it said nothing'}")
