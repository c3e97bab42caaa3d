"""Prometheus, Alertmanager and a webhook on loopback, for a center that runs faster than life."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from streams.rules.files import rule_files
from streams.rules.rule import duration
from tests.data import ROOT
from tests.rules.tools import tool

_WAITS = re.compile(r"((?:group_wait|group_interval|repeat_interval): )(\d+)([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Notification(NamedTuple):
    """One alert of one body that reached the webhook."""

    at_s: float
    receiver: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Webhook:
    """Keeps everything that is sent to it."""

    def __init__(self):
        self.heard: list[Notification] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in body["alerts"]:
                    told = alert["status"], alert["labels"], alert["annotations"]
                    heard.append(Notification(time.monotonic(), self.path.strip("/"), *told))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def process(log: Path, *command, folder=ROOT):
    """A process of ours in a folder, ended at the end."""
    with log.open("wb") as stderr:
        started = subprocess.Popen(command, stdout=stderr, stderr=stderr, cwd=folder)
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


class Monitored(NamedTuple):
    """What runs: the address of Prometheus, and what the webhook heard."""

    prometheus: str
    webhook: Webhook

    def ask(self, path, **parameters):
        """`data` of an answer of Prometheus. Errors: HTTPError, the query is refused."""
        query = urllib.parse.urlencode(parameters)
        url = f"{self.prometheus}/api/v1/{path}?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]


def faster_waits(text, speed):
    """Alertmanager's configuration for a day that runs faster."""

    def shorter(found):
        return found[1] + duration(int(found[2]) * _SECONDS[found[3]], speed)

    return _WAITS.sub(shorter, text)


def wait_until(ready, seconds, what):
    """Wait until `ready` returns something true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := ready():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


@contextmanager
def monitored(folder: Path, command: tuple[str, ...], speed: float, every_s: float):
    """A center, scraped and judged by our rules at its speed, its alerts sent to a webhook.

    `command` is run with a port appended; `every_s`: between two scrapes and evaluations.
    """
    with ExitStack() as stack:
        webhook = Webhook()
        stack.callback(webhook.close)
        port = free_port()
        started = (sys.executable, "-m", *command, str(port))
        center = stack.enter_context(process(folder / "center.log", *started))

        def ready():
            assert center.poll() is None, (folder / "center.log").read_text("utf-8")
            return _answers(f"http://127.0.0.1:{port}/ready")

        # Kernels that were never compiled on this machine take minutes.
        wait_until(ready, 300, "the center")
        alerting = _alertmanager(stack, folder, webhook.port, speed)
        yield _prometheus(stack, folder, webhook, port, alerting, speed, every_s)


def _alertmanager(stack, folder, webhook, speed):
    text = (ROOT / "deploy/alertmanager/alertmanager.yml").read_text("utf-8")
    text = faster_waits(text, speed).replace("127.0.0.1:9095", f"127.0.0.1:{webhook}")
    (folder / "alertmanager.yml").write_text(text, "utf-8")
    port = free_port()
    command = (
        tool("prometheus-alertmanager"),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    )
    # A copy that `make tools` has unpacked looks for its template where it is started.
    template = ROOT / "build/tools/usr/share/prometheus/alertmanager"
    at = template if template.is_dir() else ROOT
    stack.enter_context(process(folder / "alertmanager.log", *command, folder=at))
    wait_until(lambda: _answers(f"http://127.0.0.1:{port}/-/ready"), 20, "Alertmanager")
    return port


def _prometheus(stack, folder, webhook, metrics, alerting, speed, every_s):
    (folder / "rules").mkdir()
    text = (ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    text = text.replace("127.0.0.1:9093", f"127.0.0.1:{alerting}")
    text = text.replace("127.0.0.1:9108", f"127.0.0.1:{metrics}")
    text = text.replace("evaluation_interval: 15s", f"evaluation_interval: {duration(every_s)}")
    # A scrape may take as long as the time to the next one: more, where the machine is busy.
    text = text.replace("scrape_interval: 15s", f"scrape_interval: {duration(2 * every_s)}")
    (folder / "prometheus.yml").write_text(text, "utf-8")
    port = free_port()
    command = (
        tool("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=2s",
    )
    started = stack.enter_context(process(folder / "prometheus.log", *command))
    watched = Monitored(f"http://127.0.0.1:{port}", webhook)
    # It learns of its targets five seconds after it has begun: long, where two minutes are four.
    wait_until(lambda: watched.ask("query", query="up == 1")["result"], 30, "the first scrape")
    for name, text in rule_files(speed).items():
        (folder / "rules" / f"{name}.yml").write_text(text, "utf-8")
    started.send_signal(signal.SIGHUP)
    wait_until(lambda: watched.ask("rules")["groups"], 10, "the rules")
    return watched


def _answers(url):
    with urllib.request.urlopen(url, timeout=2) as answer:
        return answer.status == 200
