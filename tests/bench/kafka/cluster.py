"""The broker of a run, and the settings by which each process measured finds its topics."""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deploy.kafka.broker import Broker
from streams.kafka import topics
from streams.kafka.clients import admin
from streams.kafka.settings import INTERVALS, REJECTS, SNAPSHOTS, KafkaSettings
from streams.settings import Settings

WRITTEN = (SNAPSHOTS, INTERVALS, REJECTS)
"""What a worker writes: an app that is to begin anew must find nothing there."""
GONE_S = 30


class Installation:
    """Topics under one prefix, and settings files that name them."""

    def __init__(self, broker: Broker, folder: Path, prefix: str) -> None:
        self._broker, self._folder, self._prefix = broker, folder, prefix

    def settings(self, app: str, plan: str, more: str = "", **kafka: Any) -> Path:
        """Write the settings of an app: the plan, its topics (made if missing), `more` TOML."""
        said = {
            "bootstrap": f'"{self._broker.bootstrap}"',
            "prefix": f'"{self._prefix}"',
            "app": f'"{app}"',
            **kafka,
        }
        table = "".join(f"{name} = {value}\n" for name, value in said.items())
        path = self._folder / f"{app}.toml"
        path.write_text(f"{more}\n[kafka]\n{table}\n{plan}", "utf-8")
        make(Settings.load(path).kafka)
        return path


def make(settings: KafkaSettings) -> None:
    with admin(settings) as client:
        topics.apply(settings, client)


def begin_anew(settings: KafkaSettings) -> None:
    """Take away what workers have written, so that the next app starts at offset 0 of the events."""
    gone = [settings.topic(name) for name in WRITTEN]
    with admin(settings) as client:
        client.delete_topics(gone)
        deadline = time.monotonic() + GONE_S
        while set(gone) & set(client.list_topics()) and time.monotonic() < deadline:
            time.sleep(0.05)
    deadline = time.monotonic() + GONE_S
    while True:
        with contextlib.suppress(Exception):
            return make(settings)
        if time.monotonic() > deadline:
            make(settings)


def ends(settings: KafkaSettings, names: Iterable[str]) -> dict[tuple[str, int], int]:
    """Next offset of every partition of these topics."""
    from kafka import KafkaConsumer, TopicPartition

    from streams.kafka.clients import for_kafka_python

    client = KafkaConsumer(**for_kafka_python(settings))
    try:
        places = [
            TopicPartition(settings.topic(name), number)
            for name in names
            for number in range(settings.partitions)
        ]
        found = client.end_offsets(places)
    finally:
        client.close()
    return {(settings.plain_name(tp.topic), tp.partition): end for tp, end in found.items()}
