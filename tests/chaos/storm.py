"""Faults on workers and their broker while events flow, each told with shards, offsets, new owners."""

import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deploy.kafka.broker import Broker
from tests.kafka_workers import Fleet, Worker

SESSION_S = 6.0
HANGS_S = SESSION_S + 2.0
"""A worker is stopped for longer than the group waits for it: others own its shards when it wakes."""


@dataclass
class Fault:
    """One fault: what happened to whom; `resumed`: by shard, who went on at which offset."""

    kind: str
    victim: str
    at: str
    owned: list[int]
    resumed: dict[int, tuple[str, int]] = field(default_factory=dict)

    def told(self) -> str:
        went_on = " ".join(
            f"{n}@{offset}>{who}" for n, (who, offset) in sorted(self.resumed.items())
        )
        return f"{self.at} {self.kind:8} {self.victim:10} shards {self.owned} | {went_on}"


class Storm:
    """Faults in a random order; a supervisor starts every worker that ended anew."""

    def __init__(self, fleet: Fleet, broker: Broker, seed: int) -> None:
        self.fleet, self.broker = fleet, broker
        self.faults: list[Fault] = []
        self.exits: Counter[int] = Counter()
        self._chance = random.Random(seed)
        self._hanging: dict[str, float] = {}
        self._leaving: list[Worker] = []
        self._seen: set[str] = set()

    def rage(
        self, kinds: Counter[str], pause_s: tuple[float, float], feeder: subprocess.Popen[Any]
    ) -> None:
        """Cause these faults, one after the other, while the feeder runs."""
        order = list(kinds.elements())
        self._chance.shuffle(order)
        for kind in order:
            self._wait(self._chance.uniform(*pause_s))
            assert feeder.poll() is None, f"the feeder ended after {len(self.faults)} faults"
            self._cause(kind)
        while self._hanging or any(worker.running for worker in self._leaving):
            self._wait(0.2)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.supervise()
            time.sleep(0.05)

    def supervise(self) -> None:
        """Wake those that hung long enough, start those that ended anew."""
        for worker in self.fleet.workers:
            if time.monotonic() > self._hanging.get(worker.name, float("inf")):
                del self._hanging[worker.name]
                worker.resume()
            if not worker.running and worker.name not in self._seen:
                self._seen.add(worker.name)
                self.exits[worker.process.returncode] += 1
                self.fleet.start()

    def _cause(self, kind: str) -> None:
        if kind in ("restart", "crash"):
            self.faults.append(Fault(kind, "broker", now(), []))
            self.broker.stop() if kind == "restart" else self.broker.kill()
            time.sleep(self._chance.uniform(0, 2))
            self.broker.start()
            return
        victim = self._victim()
        fault = Fault(kind, victim.name, now(), owned_by(victim))
        if kind == "SIGKILL":
            victim.kill()
        elif kind == "SIGTERM":
            victim.process.terminate()
            self._leaving.append(victim)
        else:
            victim.pause()
            self._hanging[victim.name] = time.monotonic() + HANGS_S
        self.faults.append(fault)

    def _victim(self) -> Worker:
        """One that owns shards, if there is one; never the last that is awake."""
        while True:
            busy = {*self._hanging, *(worker.name for worker in self._leaving)}
            awake = [worker for worker in self.fleet.running if worker.name not in busy]
            owners = [worker for worker in awake if owned_by(worker)]
            if len(awake) > 1 and owners:
                return self._chance.choice(owners)
            self._wait(0.2)

    def explain(self) -> None:
        """From the workers' logs: who opened a victim's shards next, and where."""
        opened = sorted(
            (told["time"], worker.name, told["partition"], sum(told["offsets"].values()))
            for worker in self.fleet.workers
            for told in worker.said("restored")
        )
        for fault in self.faults:
            for moment, who, number, offset in opened:
                if moment[11:23] > fault.at and number in fault.owned:
                    fault.resumed.setdefault(number, (who, offset))


def now() -> str:
    """The time of day as the workers' logs have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")[11:23]


def owned_by(worker: Worker) -> list[int]:
    """The shards of a worker, by the newest line that says so."""
    found: list[int] = []
    for told in worker.said():
        if told["event"] == "assigned":
            found = told["partitions"]
        elif told["event"] == "revoked":
            found = []
    return found


def unexplained(records: list[Any]) -> list[Any]:
    """Revisions of a ledger's history that do not follow from the one before them, with a reason."""
    wrong, newest = [], {}
    for record in records:
        key = record[:6]
        before = newest.get(key)
        if record.revision == 0:
            continue
        if record.revision == 1:
            right = before is None and record.state == "FINAL"
        else:
            right = (
                before is not None
                and record.revision == before.revision + 1
                and (record.state, bool(record.reason)) == ("RESTATED", True)
                and record.old_columns == before.columns
            )
        newest[key] = record
        if not right:
            wrong.append(record)
    return wrong
