"""The broker that tests share, and private ones for tests that stop or kill theirs.

KAFKA_BOOTSTRAP names a cluster to share instead; private ones always run on this machine's JDK.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from deploy.kafka.broker import Broker
from deploy.kafka.jars import NoBroker, jars
from deploy.kafka.properties import Security
from streams.kafka.clients import admin
from streams.kafka.settings import KafkaSettings

GIVEN = os.environ.get("KAFKA_BOOTSTRAP", "")
PARTITIONS = 4
USER, PASSWORD = "floorwatch", "right-word"
STRANGER = "stranger"
SECURITY = Security({USER: PASSWORD}, {STRANGER: PASSWORD})
RUN = uuid4().hex[:8]
"""Of this run: on a cluster that is shared with others its names must not be theirs."""

_numbers = count(1)


class Cluster(NamedTuple):
    """Where the shared broker is."""

    bootstrap: str


@cache
def lacking() -> str:
    """What this machine lacks to start a broker, and what to do; empty if it lacks nothing."""
    try:
        jars()
    except NoBroker as error:
        return str(error)
    return ""


@contextmanager
def shared_cluster(folder: Path) -> Iterator[Cluster]:
    """The cluster of KAFKA_BOOTSTRAP, or a broker of our own while the context lasts."""
    if GIVEN:
        yield Cluster(GIVEN)
        return
    with ending_like_ctrl_c(), Broker(folder) as broker:
        yield Cluster(broker.bootstrap)


@contextmanager
def settings_of_one_test(bootstrap: str) -> Iterator[KafkaSettings]:
    """Names that no other test has, so that tests do not meet; topics leave a given cluster again."""
    name = f"t{next(_numbers)}-{RUN}"
    settings = KafkaSettings(
        bootstrap=bootstrap, prefix=f"{name}-", app=name, partitions=PARTITIONS, linger_ms=5
    )
    yield settings
    if GIVEN:
        with admin(settings) as client:
            ours = [topic for topic in client.list_topics() if topic.startswith(f"{name}-")]
            client.delete_topics(ours, raise_errors=False)


@contextmanager
def own_brokers(folder: Path) -> Iterator[Callable[..., Broker]]:
    """A function that starts private brokers, options as of `Broker`; all end with the context."""
    started: list[Broker] = []

    def start(**options: object) -> Broker:
        broker = Broker(folder / f"broker-{len(started)}", **options)  # type: ignore[arg-type]
        started.append(broker)
        return broker.start()

    try:
        with ending_like_ctrl_c():
            yield start
    finally:
        for broker in started:
            broker.kill()


def until(seen: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait for something: a broker hears of a change a moment after the one that made it."""
    deadline = time.monotonic() + within_s
    while not seen():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does: with its brokers, not leaving them behind."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
