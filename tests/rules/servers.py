"""Prometheus, Alertmanager and a webhook on loopback, for a center that runs faster than life."""

import json
import re
import sys
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from streams.alerting.servers import (
    Prometheus,
    alertmanager,
    answers,
    free_port,
    process,
    prometheus,
)
from streams.alerting.tools import deployed
from streams.rules.rule import duration

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


class Monitored(NamedTuple):
    """What runs: Prometheus, and what the webhook heard."""

    prometheus: Prometheus
    webhook: Webhook

    def ask(self, path, **parameters):
        """`data` of an answer of Prometheus. Errors: HTTPError, the query is refused."""
        return self.prometheus.ask(path, **parameters)


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
            return answers(f"http://127.0.0.1:{port}/ready")

        # Kernels that were never compiled on this machine take minutes.
        wait_until(ready, 300, "the center")
        config = faster_waits(deployed("alertmanager/alertmanager.yml"), speed)
        config = config.replace("127.0.0.1:9095", f"127.0.0.1:{webhook.port}")
        alerting = stack.enter_context(alertmanager(folder, config)).removeprefix("http://")
        # A scrape may take as long as the time to the next one: more, where the machine is busy.
        scraping = stack.enter_context(
            prometheus(folder, f"127.0.0.1:{port}", alerting, 2 * every_s, every_s)
        )
        # It learns of its targets five seconds after it has begun: long, where two minutes are four.
        wait_until(scraping.scrapes, 30, "the first scrape")
        scraping.judge(speed)
        wait_until(lambda: scraping.ask("rules")["groups"], 10, "the rules")
        yield Monitored(scraping, webhook)
