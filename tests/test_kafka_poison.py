"""Records that no source should send, among valid ones: each is kept once, and no number moves."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import pytest
from kafka import KafkaProducer

from streams.drivers.replay import Options, replay
from streams.kafka.clients import for_kafka_python
from streams.kafka.keys import partition_of
from streams.kafka.settings import REJECTS, KafkaSettings
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.files import plan_toml
from streams.simulator.settings import SimulatorSettings
from streams.sources.lines import LINE_LIMIT
from tests.bank import Newest, newest
from tests.interval_topics import values
from tests.kafka_workers import Fleet, fleet
from tests.mutations import REFUSED

CENTER = SimulatorSettings(seed=5, scale=1.0, heartbeat_s=600)
HOUR_MS = 3_600_000
SHARE = 0.05
NEAR_THE_BROKERS_LIMIT = 1_040_000
COMPRESSIONS = (None, "gzip", "zstd")
HEADERS = [("traceparent", b"00-1"), ("type", b"\xff\x00"), ("", b"")]

Event = dict[str, Any]
Place = tuple[str, int, int]
"""Topic (plain name), partition, offset."""


class Poison(NamedTuple):
    """A record that must be rejected."""

    value: bytes | None
    reason: str
    partition: int
    topic: str = "acd"
    key: bytes | None = b"key"


@dataclass
class Sent:
    """What must be counted, and what must be kept: reason and bytes by place."""

    valid: list[Event] = field(default_factory=list)
    kept: dict[Place, tuple[str, bytes]] = field(default_factory=dict)


def events() -> list[Event]:
    """An hour and a half of five programs, and a promise of two days more."""
    center = Center(CENTER)
    start = round(CENTER.start.timestamp() * 1000) + 17 * HOUR_MS
    found = [event for _, event in center.events(start, start + HOUR_MS * 3 // 2)]
    feeds = {(event["source"], event["program"]) for event in found}
    last = {"type": "heartbeat", "time": start + 48 * HOUR_MS}
    return found + [last | {"source": s, "program": p} for s, p in sorted(feeds)]


def encoded(event: Event) -> bytes:
    return msgspec.json.encode(event)


def padded(event: Event, size: int) -> bytes:
    """A valid event that is as long as this by a field that nobody knows."""
    bare = len(encoded(event | {"more": ""}))
    return encoded(event | {"more": "x" * (size - bare)})


def poisons(event: Event, partitions: int, draw: Random) -> Iterator[Poison]:
    """Every kind of poison that this event can become."""
    line, own = encoded(event), partition_of(event["program"], partitions)
    for reason, mutators in REFUSED.items():
        if made := draw.choice(mutators)(event, draw):
            yield Poison(made.line, reason, own)
    other = (own + draw.randrange(1, partitions)) % partitions
    yield Poison(line, "wrong_shard", other)
    yield Poison(line, "wrong_shard", other, key=event["program"].encode())
    yield Poison(padded(event, LINE_LIMIT + 1), "line_too_long", own)
    yield Poison(None, "tombstone", own)
    yield Poison(None, "tombstone", own, topic="plan", key=b"")
    broken = [
        b"",
        *(line.decode().encode(name) for name in ("utf-16", "utf-16-le", "utf-32", "cp500")),
        json.dumps(event | {"source": "Zürich"}, ensure_ascii=False).encode("latin-1"),
        b"[" + line + b"," + line + b"]",
        line + b"\n" + line,
        b"[" * 30_000,
        b'{"x":' * 10_000 + b"1" + b"}" * 10_000,
        line[:-1] + b',"more":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    ]
    for value in broken:
        yield Poison(value, "bad_json", own, key=draw.choice((None, b"", b"key")))
    yield Poison(b"", "bad_json", own, topic="staff", key=None)
    yield Poison(b'{"type":"agent_logged_in"}', "unknown_type", own, topic="chat")


def named(value: bytes | None) -> bytes:
    """What is kept of a record: its bytes, or of too many their digest."""
    value = value or b""
    if len(value) <= LINE_LIMIT:
        return value
    return f"sha256:{hashlib.sha256(value).hexdigest()} bytes:{len(value)}".encode()


class Feed:
    """Sends events and poison in order, and notes what must come of them."""

    def __init__(self, settings: KafkaSettings, compression: str | None, sent: Sent) -> None:
        self._settings, self._sent = settings, sent
        options = for_kafka_python(settings) | {
            "compression_type": compression,
            "max_request_size": 2 * 1024 * 1024,
            "linger_ms": 20,
        }
        self._plain = KafkaProducer(**options)
        self._transactional = KafkaProducer(
            **options, transactional_id=f"{settings.app}-source-{compression}"
        )
        self._transactional.init_transactions()
        self._waiting: list[tuple[Poison, Any]] = []

    def event(
        self, event: Event, key: bytes | None, value: bytes | None = None, **more: Any
    ) -> None:
        number = partition_of(event["program"], self._settings.partitions)
        self._send(self._plain, "acd", number, key, value or encoded(event), **more)
        self._sent.valid.append(event)

    def poison(self, made: Poison, **more: Any) -> None:
        """Kept with its place."""
        self._waiting.append((made, self._poison(self._plain, made, **more)))

    def committed(self, event: Event, made: Poison) -> None:
        """Both in one transaction."""
        self._transaction(event, made)
        self._transactional.commit_transaction()
        self._sent.valid.append(event)

    def aborted(self, event: Event, made: Poison) -> None:
        """An event that says something new and a poison, both taken back."""
        new = event | {"type": "queued", "id": "never", "contact": "never", "queue": "card-lost"}
        self._transaction(new, made)
        self._transactional.abort_transaction()
        self._waiting.pop()

    def close(self) -> None:
        self._plain.flush()
        for made, future in self._waiting:
            told = future.get(10)
            place = (self._settings.plain_name(told.topic), told.partition, told.offset)
            self._sent.kept[place] = (made.reason, named(made.value))
        self._plain.close()
        self._transactional.close()

    def _transaction(self, event: Event, made: Poison) -> None:
        self._plain.flush()
        self._transactional.begin_transaction()
        number = partition_of(event["program"], self._settings.partitions)
        self._send(self._transactional, "acd", number, b"key", encoded(event))
        self._waiting.append((made, self._poison(self._transactional, made)))
        self._transactional.flush()

    def _poison(self, producer: Any, made: Poison, **more: Any) -> Any:
        return self._send(producer, made.topic, made.partition, made.key, made.value, **more)

    def _send(
        self, producer: Any, topic: str, number: int, key: bytes | None, value: bytes | None,
        **more: Any,
    ) -> Any:  # fmt: skip
        return producer.send(self._settings.topic(topic), value, key, partition=number, **more)


def poured(settings: KafkaSettings) -> Sent:
    """Valid events, 5 % poison of every kind among them."""
    sent, draw = Sent(), Random(17)
    everything = events()
    share = -(-len(everything) // len(COMPRESSIONS))
    menu: list[Poison] = []
    for part, compression in enumerate(COMPRESSIONS):
        feed = Feed(settings, compression, sent)
        for number, event in enumerate(everything[part * share : (part + 1) * share]):
            own = partition_of(event["program"], settings.partitions)
            if event["type"] == "heartbeat":
                feed.event(event, None)
                continue
            if number % 400 == 50:
                feed.aborted(event, Poison(b"[]", "bad_json", own))
                feed.committed(event, Poison(b"{", "bad_json", own))
            elif number % 400 == 60:
                feed.event(event, b"", padded(event, LINE_LIMIT), headers=HEADERS)
            elif number % 100 == 70:
                feed.event(event, draw.choice((None, b"\xff", b"elsewhere")), headers=HEADERS)
            else:
                feed.event(event, event["program"].encode())
            if draw.random() < SHARE:
                menu = menu or list(poisons(event, settings.partitions, draw))
                made = menu.pop(draw.randrange(len(menu)))
                feed.poison(made, headers=draw.choice((None, HEADERS)))
            if number == share // 2:
                huge = padded(event, NEAR_THE_BROKERS_LIMIT)
                feed.poison(Poison(huge, "line_too_long", own))
        # Behind the last event lies what nobody may count, nor wait for.
        feed.aborted(everything[0], Poison(b"[]", "bad_json", 0))
        feed.close()
    return sent


def undisturbed(sent: Sent, folder: Path, config: Path) -> Newest:
    """The same file without the poison, on one machine."""
    file, store = folder / "clean.jsonl", folder / "clean.db"
    file.write_bytes(b"".join(encoded(event) + b"\n" for event in sent.valid))
    replay(Settings.load(config), [file], Options(store))
    return newest(store)


def with_traffic(ledger: Newest) -> Newest:
    return {key: value for key, value in ledger.items() if value[0]}


@pytest.fixture
def cluster(kafka_settings: KafkaSettings, tmp_path: Path) -> Any:
    config = tmp_path / "floorwatch.toml"
    config.write_text(plan_toml(Center(CENTER).plan()), "utf-8")
    with fleet(kafka_settings, tmp_path, config, CHECKPOINT__INTERVAL_S="0.5") as workers:
        yield workers


def kept(cluster: Fleet) -> dict[Place, tuple[str, bytes]]:
    """Reason and bytes of every reject by its place, as the command prints them."""
    found: dict[Place, tuple[str, bytes]] = {}
    for row in json.loads(cluster.floorwatch("rejects", "list", "--kafka", "--json").stdout):
        topic, number, offset = row["id"].split(":")
        raw = row.get("raw_base64")
        value = row["raw"].encode() if raw is None else base64.b64decode(raw)
        found[topic, int(number), int(offset)] = (row["reason"], value)
        if row["reason"] == "wrong_shard":
            assert "murmur2" in row["detail"]
    return found


def test_poison_among_events_is_kept_with_place_and_bytes_and_moves_no_number(
    cluster: Fleet, tmp_path: Path
) -> None:
    workers = cluster.start(2)
    sent = poured(cluster.settings)
    for worker in workers:
        worker.until_ready()  # what they catch up with counts too, and shards move meanwhile
    cluster.until_done()
    counted: Counter[str] = Counter()
    for page in cluster.pages().values():
        for (reason,), count in page.by("cc_events_rejected_total", "reason").items():
            counted[reason] += round(count)
    shown = [worker.shown()["queues"]["keys"] for worker in cluster.running]
    cluster.stop()

    assert len({queue for queues in shown for queue in queues}) == sum(map(len, shown)) > 0
    assert len(sent.kept) > SHARE / 2 * len(sent.valid)
    assert kept(cluster) == sent.kept
    assert len(values(cluster.settings, REJECTS)) == len(sent.kept)
    # Each worker counts what it folds: a shard that moves before its checkpoint is counted by both.
    assert counted >= Counter(reason for reason, _ in sent.kept.values())
    assert cluster.config
    want = undisturbed(sent, tmp_path, cluster.config)
    assert with_traffic(cluster.newest()) == with_traffic(want)
    assert counted.keys() == {*REFUSED, "line_too_long", "wrong_shard", "tombstone"}
