"""`floorwatch worker` as processes on a test cluster: started, watched, stopped, killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from typer.testing import CliRunner

from streams.cli import app
from streams.kafka.clients import for_kafka_python
from streams.kafka.settings import KafkaSettings
from tests.bank import Newest, newest
from tests.broker import until
from tests.data import ROOT

PATIENCE_S = 60.0
ENDED_BY_SIGKILL = -signal.SIGKILL
WORKER = "import sys; from streams.cli import main; sys.exit(main())"
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Labels = tuple[tuple[str, str], ...]


class Page:
    """A page of /metrics: values by name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: dict[str, dict[Labels, float]] = {}
        for line in text.splitlines():
            if not line.startswith("#") and (found := SAMPLE.match(line)):
                name, labels, value = found.groups()
                pairs = tuple(sorted(LABEL.findall(labels or "")))
                self.samples.setdefault(name, {})[pairs] = float(value)

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Sums of a metric by the values of these labels."""
        sums: dict[tuple[str, ...], float] = {}
        for pairs, value in self.samples.get(name, {}).items():
            named = dict(pairs)
            key = tuple(named[label] for label in labels)
            sums[key] = sums.get(key, 0) + value
        return sums

    def total(self, name: str) -> float:
        """The sum of a metric's values; 0 where it has none."""
        return sum(self.samples.get(name, {}).values())


class Worker:
    """One `floorwatch worker`. `log` keeps what it said; `port` is that of its /metrics."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name, self.process, self.log = name, process, log
        self._port = 0

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    @property
    def port(self) -> int:
        """Once it serves: it takes a free one unless told otherwise."""
        if not self._port:
            until(lambda: self.said("serving") or self._died(), PATIENCE_S)
            self._port = int(self.said("serving")[-1]["message"].split(":")[-1].split("/")[0])
        return self._port

    def said(self, event: str = "") -> list[dict[str, Any]]:
        """Its log lines, of one kind or all; what is no JSON (a traceback) has the event `text`."""
        found = []
        for line in self.log.read_text("utf-8").splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                told = {"event": "text", "message": line}
            if not event or told["event"] == event:
                found.append(told)
        return found

    def page(self, timeout_s: float = 10.0) -> Page:
        """/metrics now. Raises OSError while it does not answer."""
        url = f"http://127.0.0.1:{self.port}/metrics"
        with NO_PROXY.open(url, timeout=timeout_s) as answer:
            return Page(answer.read().decode())

    def shown(self) -> dict[str, Any]:
        """What its page is pushed first."""
        with NO_PROXY.open(f"http://127.0.0.1:{self.port}/events", timeout=10) as answer:
            assert answer.readline() == b"event: moment\n"
            told: dict[str, Any] = json.loads(answer.readline().removeprefix(b"data: "))
        return told

    def ready(self) -> bool:
        """What /ready says: it has shards assigned, and opened."""
        return self._probe("ready")

    def live(self) -> bool:
        """What /live says."""
        return self._probe("live")

    def _probe(self, name: str) -> bool:
        try:
            with NO_PROXY.open(f"http://127.0.0.1:{self.port}/{name}", timeout=10):
                return True
        except urllib.error.HTTPError as refused:
            refused.close()
            return False
        except OSError:
            return False

    def until_ready(self, within_s: float = PATIENCE_S) -> "Worker":
        """Wait for /ready."""
        deadline = time.monotonic() + within_s
        while self._died() or not self.ready():
            assert time.monotonic() < deadline, (
                f"{self.name} not ready: {self.log.read_text('utf-8')}"
            )
            time.sleep(0.1)
        return self

    def stop(self, code: int = 0, within_s: float = PATIENCE_S) -> None:
        """SIGTERM; it must end with this exit code."""
        self.process.terminate()
        self.ended(code, within_s)

    def ended(self, code: int = 0, within_s: float = PATIENCE_S) -> None:
        """Wait until it has ended by itself or by a signal; its exit code must be this one."""
        self.process.wait(within_s)
        ended = self.process.returncode
        assert ended == code, f"{self.name}: {ended}: {self.log.read_text('utf-8')[-4000:]}"
        assert "Traceback" not in self.log.read_text("utf-8"), self.log.read_text("utf-8")[-4000:]

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """SIGSTOP: as a machine that hangs; its connections stay open."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def _died(self) -> bool:
        assert self.running, f"{self.name} ended: {self.log.read_text('utf-8')[-4000:]}"
        return False


class Fleet:
    """The workers of one app. `config` holds plan and mapping, `settings` goes beside it.

    `more` are further settings as in the environment: `CHECKPOINT__INTERVAL_S="0.5"`.
    """

    def __init__(
        self, settings: KafkaSettings, folder: Path, config: Path | None = None, **more: str
    ) -> None:
        self.settings, self.folder, self.config = settings, folder, config
        self.workers: list[Worker] = []
        self._more = more

    @property
    def running(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.running]

    def environment(self) -> dict[str, str]:
        """Variables that lead every command to this cluster."""
        kafka = self.settings.model_dump(mode="json", exclude_defaults=True)
        named = {f"KAFKA__{name.upper()}": value for name, value in kafka.items()}
        found = {f"FLOORWATCH_{name}": str(each) for name, each in (named | self._more).items()}
        if self.config:
            found["FLOORWATCH_CONFIG"] = str(self.config)
        return found

    def start(self, count: int = 1, port: int = 0) -> list[Worker]:
        """Start workers; does not wait for them."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FLOORWATCH_")}
        started = []
        for _ in range(count):
            name = f"worker-{len(self.workers)}"
            log = self.folder / f"{name}.log"
            with log.open("ab") as errors:
                process = subprocess.Popen(
                    [sys.executable, "-c", WORKER, "worker", "--port", str(port)],
                    cwd=ROOT, env=kept | self.environment(),
                    stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                )  # fmt: skip
            started.append(Worker(name, process, log))
            self.workers.append(started[-1])
        return started

    def started(self, count: int = 1) -> list[Worker]:
        """Start workers and wait until all of them are ready."""
        return [worker.until_ready() for worker in self.start(count)]

    def stop(self) -> None:
        """SIGTERM to all that run; each must end with 0."""
        running = self.running
        for worker in running:
            worker.process.terminate()
        for worker in running:
            worker.ended()

    def pages(self) -> dict[str, Page]:
        """/metrics of those that answer, by worker."""
        found = {}
        for worker in self.running:
            try:
                found[worker.name] = worker.page()
            except OSError:
                continue
        return found

    def floorwatch(self, *arguments: str | Path) -> Any:
        """Another command on this cluster, in this process; its result, exit code 0."""
        given = [str(argument) for argument in arguments]
        done = CliRunner(env=self.environment()).invoke(app, given)
        assert done.exit_code == 0, done.output
        return done

    def lag(self) -> int | None:
        """Records not yet folded by all workers together; None if a partition is nobody's."""
        lags: dict[tuple[str, ...], float] = {}
        for page in self.pages().values():
            lags |= page.by("cc_consumer_lag_records", "topic", "partition")
        if len(lags) < len(self.settings.folded_topics) * self.settings.partitions:
            return None
        return round(sum(lags.values()))

    def unwritten(self) -> dict[str, int]:
        """Per partition with events behind the newest checkpoint: how many offsets."""
        options = for_kafka_python(self.settings) | {
            "group_id": self.settings.group,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
        }
        with closing(KafkaConsumer(**options)) as consumer:
            numbers = range(self.settings.partitions)
            tails = [TopicPartition(t, n) for t in self.settings.folded_topics for n in numbers]
            consumer.assign(tails)
            ends = consumer.end_offsets(tails)
            starts = consumer.beginning_offsets(tails)
            at = {tail: consumer.committed(tail) or starts[tail] for tail in tails}
            behind = {tail: ends[tail] - at[tail] for tail in tails if at[tail] < ends[tail]}
            return {
                f"{self.settings.plain_name(tail.topic)}-{tail.partition}": count
                for tail, count in behind.items()
                if _has_records(consumer, tail, at[tail], ends[tail])
            }

    def until_done(self, within_s: float = PATIENCE_S) -> None:
        """Wait until everything sent is folded, and then until it is checkpointed."""
        deadline = time.monotonic() + within_s
        while (lag := self.lag()) != 0:
            assert time.monotonic() < deadline, (
                f"lag {lag} after {within_s} s: {self._last_words()}"
            )
            time.sleep(0.1)
        while left := self.unwritten():
            assert time.monotonic() < deadline, f"{left} not written: {self._last_words()}"
            time.sleep(0.1)

    def synced(self, store: Path | None = None) -> Path:
        """A store with everything that the topics `intervals` and `rejects` hold now."""
        store = store or self.folder / "synced.db"
        self.floorwatch("ledger", "sync", "--store", store)
        return store

    def newest(self) -> Newest:
        """Per interval and basis the value of its newest revision on the cluster."""
        return newest(self.synced())

    def _last_words(self) -> Mapping[str, str]:
        return {each.name: each.log.read_text("utf-8")[-1500:] for each in self.workers}


@contextmanager
def fleet(
    settings: KafkaSettings, folder: Path, config: Path | None = None, **more: str
) -> Iterator[Fleet]:
    """A fleet on topics made by `floorwatch topics apply`; what still runs at the end is killed."""
    made = Fleet(settings, folder, config, **more)
    made.floorwatch("topics", "apply")
    try:
        yield made
    finally:
        for worker in made.running:
            worker.resume()
            worker.kill()


def _has_records(consumer: KafkaConsumer, tail: TopicPartition, at: int, end: int) -> bool:
    """Whether anything but markers of transactions, and what they took back, lies between."""
    consumer.assign([tail])
    consumer.seek(tail, at)
    deadline = time.monotonic() + 5
    while consumer.position(tail) < end and time.monotonic() < deadline:
        if consumer.poll(100).get(tail):
            return True
    return consumer.position(tail) < end
