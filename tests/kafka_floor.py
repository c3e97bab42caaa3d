"""A floor of today on a test cluster: calls that flow, and every worker's /metrics each second."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count, pairwise
from random import Random
from typing import Any, NamedTuple

from kafka import KafkaProducer

from streams.kafka.clients import for_kafka_python
from streams.kafka.keys import partition_of
from streams.kafka.settings import KafkaSettings
from tests.kafka_workers import Fleet, Page

Queue = tuple[str, str]
"""Program and queue."""
SOURCE = "pbx"
PER_PARTITION = 2
BEAT_S = 0.5
OFFERED = "cc_day_contacts_offered"


def programs(partitions: int) -> list[str]:
    """Two programs for each partition."""
    found: dict[int, list[str]] = {}
    for number in count():
        found.setdefault(partition_of(f"p{number}", partitions), []).append(f"p{number}")
        if len(found) == partitions and min(map(len, found.values())) >= PER_PARTITION:
            return [name for names in found.values() for name in names[:PER_PARTITION]]
    raise AssertionError


def noon() -> str:
    """A time zone in which it is about noon: no day must end during a test."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{'-' if ahead >= 0 else '+'}{abs(ahead)}"


def plan(names: list[str]) -> str:
    """Settings: a queue for each program."""
    lines = []
    for name in names:
        lines += [f'[plan.programs.{name}]\ntime_zone = "{noon()}"']
        lines += [f'[plan.queues.{name}-calls]\nprogram = "{name}"']
    return "\n".join(lines) + "\n"


class Floor:
    """Sends calls until stopped, each ended as soon as it is queued, and promises twice a second."""

    def __init__(self, settings: KafkaSettings, names: list[str], rate: float) -> None:
        self.queues = [(name, f"{name}-calls") for name in names]
        self.offered: Counter[Queue] = Counter()
        """Calls handed over so far."""
        self._topic, self._rate = settings.topic("acd"), rate
        self._partitions = settings.partitions
        self._producer = KafkaProducer(**for_kafka_python(settings), linger_ms=5)
        self._stopping, self._waiting = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._draw, self._numbers = Random(3), count()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End, and promise that this was all."""
        self._stopping.set()
        self._thread.join()
        self.promise()
        self._producer.flush()
        self._producer.close()

    @contextmanager
    def pause(self) -> Iterator[None]:
        """No call comes meanwhile; promises go on."""
        self._waiting.set()
        time.sleep(2 / self._rate)
        try:
            yield
        finally:
            self._waiting.clear()

    def promise(self) -> None:
        """For every program, up to now."""
        now = time.time_ns() // 1_000_000
        for program, _ in self.queues:
            self._send(program, {"type": "heartbeat", "time": now})

    def call(self, queue: Queue) -> None:
        """One that is answered at once."""
        program, name = queue
        contact, now = f"c{next(self._numbers)}", time.time_ns() // 1_000_000
        self.offered[queue] += 1
        told = [("queued", 3000, {"queue": name}), ("answered", 2000, {}), ("disconnected", 0, {})]
        for type_, ago, more in told:
            event = {"type": type_, "time": now - ago, "id": f"{contact}-{type_}"} | more
            by = {"by": "customer"} if type_ == "disconnected" else {}
            self._send(program, event | {"contact": contact} | by)

    def _send(self, program: str, event: dict[str, Any]) -> None:
        value = json.dumps(event | {"source": SOURCE, "program": program}).encode()
        number = partition_of(program, self._partitions)
        self._producer.send(self._topic, value, program.encode(), partition=number)

    def _run(self) -> None:
        beat_s = 0.0
        while not self._stopping.is_set():
            if not self._waiting.is_set():
                self.call(self._draw.choice(self.queues))
            if time.monotonic() - beat_s > BEAT_S:
                beat_s = time.monotonic()
                self.promise()
            self._stopping.wait(1 / self._rate)


class Round(NamedTuple):
    """One look at all workers."""

    at_s: float
    shown: dict[str, dict[Queue, float]]
    """By worker: the day's calls by queue."""
    sent: Mapping[Queue, int]
    """Calls handed over when the look was over."""

    def owners(self, queue: Queue) -> list[str]:
        return [name for name, queues in self.shown.items() if queue in queues]

    def largest(self, queue: Queue) -> float:
        """As `max without (instance)` has it."""
        return max(queues[queue] for queues in self.shown.values() if queue in queues)


def shown(page: Page) -> dict[Queue, float]:
    """The day's calls by queue."""
    found = page.by(OFFERED, "program", "queue")
    return {(program, queue): value for (program, queue), value in found.items() if queue}


class Watch:
    """Scrapes every worker each second, as a Prometheus would."""

    def __init__(self, fleet: Fleet, floor: Floor, every_s: float = 1.0) -> None:
        self.rounds: list[Round] = []
        self._fleet, self._floor, self._every_s = fleet, floor, every_s

    def look(self) -> Round:
        pages = self._fleet.pages()
        found = {name: shown(page) for name, page in pages.items()}
        self.rounds.append(Round(time.monotonic(), found, dict(self._floor.offered)))
        return self.rounds[-1]

    @contextmanager
    def running(self) -> Iterator[None]:
        stopping = threading.Event()

        def run() -> None:
            while not stopping.wait(self._every_s):
                self.look()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()

    def showing(self, queue: Queue) -> list[Round]:
        """Looks that saw the queue."""
        return [each for each in self.rounds if each.owners(queue)]

    def longest_absence_s(self, queue: Queue) -> float:
        """From the last look that saw the queue to the next one that did."""
        seen = [each.at_s for each in self.showing(queue)]
        edges = [self.rounds[0].at_s, *seen, self.rounds[-1].at_s]
        return max(b - a for a, b in pairwise(edges))
