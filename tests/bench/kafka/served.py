"""What a worker's pages say, and when they said it."""

import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

ANSWER_S = 30
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """One scrape: when its last byte was here (ms), and every sample."""

    at_ms: float
    samples: dict[str, dict[Labels, float]]

    def total(self, name: str) -> float:
        return sum(self.samples.get(name, {}).values())

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Samples of a metric by these labels."""
        found = self.samples.get(name, {})
        return {tuple(dict(of)[label] for label in labels): v for of, v in found.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetched(port: int, path: str) -> tuple[int, bytes, float]:
    """Status, body and the moment (ms) it was here; status 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=ANSWER_S) as answer:
            return answer.status, answer.read(), time.time() * 1000
    except urllib.error.HTTPError as error:
        return error.code, error.read(), time.time() * 1000
    except OSError:
        return 0, b"", time.time() * 1000


def read(body: bytes, at_ms: float) -> Page:
    """A page parsed."""
    samples: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            of = tuple(sorted(sample.labels.items()))
            samples.setdefault(sample.name, {})[of] = sample.value
    return Page(at_ms, samples)


def scrape(port: int) -> Page | None:
    """/metrics now; None while it is not served."""
    status, body, at_ms = fetched(port, "/metrics")
    return read(body, at_ms) if status == 200 else None


def is_ready(port: int) -> bool:
    return fetched(port, "/ready")[0] == 200


def await_rest(port: int, runs: "object", within_s: float = 300) -> Page:
    """Wait until a worker is ready and has read all topics to their ends; its page then."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and runs.runs:  # type: ignore[attr-defined]
        if is_ready(port) and (page := scrape(port)) and at_rest(page):
            return page
        time.sleep(0.1)
    raise SystemExit("a worker did not come to the end of its topics")


def at_rest(page: Page) -> bool:
    """Whether a page shows figures of shards that have caught up."""
    return page.samples.get("cc_recovery_active") == {(): 0.0} and not page.total(
        "cc_consumer_lag_records"
    )
