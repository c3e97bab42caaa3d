"""Simulated events in Kafka: written in whole batches, as fast as the client can build them."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer

from streams.kafka.clients import for_aiokafka
from streams.kafka.keys import partition_of
from streams.kafka.settings import KafkaSettings
from streams.simulator.center import Center
from streams.simulator.files import EVENTS, PLAN, write_files
from streams.simulator.settings import SimulatorSettings

TOPIC = "acd"
BATCH_BYTES = 256 * 1024
"""As `floorwatch send` has it."""
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_MOST_WAITING = 64
EVENING = 20
"""The hour at which the simulated center closes."""


class _Head(msgspec.Struct):
    program: str


program_of = msgspec.json.Decoder(_Head).decode
"""The program of a wire event."""


def simulate(settings: SimulatorSettings, start_ms: int, until_ms: int, folder: Path) -> Path:
    """Events of a center, one a line, and its plan beside them."""
    write_files(Center(settings), start_ms, until_ms, folder)
    return folder / EVENTS


def days(scale: float, count: int, folder: Path) -> Path:
    """The first days of the default center."""
    settings = SimulatorSettings(scale=scale)
    start = round(settings.start.timestamp() * 1000)
    return simulate(settings, start, start + count * DAY_MS, folder)


def today(scale: float, folder: Path) -> Path:
    """A working day that has just ended, in a time zone where it is evening now."""
    now = datetime.now(UTC)
    ahead = (EVENING - now.hour + 11) % 24 - 11
    midnight = (now + timedelta(hours=ahead)).replace(hour=0, minute=0, second=0, microsecond=0)
    start = round((midnight - timedelta(hours=ahead)).timestamp() * 1000)
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"
    settings = SimulatorSettings(scale=scale, time_zone=zone)
    return simulate(settings, start, round(now.timestamp() * 1000), folder)


def plan_of(events: Path) -> str:
    """The plan beside an events file, as TOML."""
    return (events.parent / PLAN).read_text("utf-8")


def is_heartbeat(line: bytes) -> bool:
    return line.startswith(b'{"type":"heartbeat"')


def copies(lines: list[bytes], count: int) -> Iterator[bytes]:
    """The same events `count` times, each time of other contacts and with other ids."""
    for number in range(count):
        contact, name = b'"contact":"%d-' % number, b'"id":"%d-' % number
        for line in lines:
            yield line.replace(b'"contact":"', contact, 1).replace(b'"id":"', name, 1)


class Writer:
    """Sends events in batches of one partition each; the order within a partition stays."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.sent = 0
        self._settings = settings
        self._topic = settings.topic(TOPIC)
        self._producer = AIOKafkaProducer(
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            max_batch_size=BATCH_BYTES,
            **for_aiokafka(settings),
        )
        self._open: dict[int, object] = {}
        self._waiting: list[asyncio.Future[object]] = []

    async def __aenter__(self) -> "Writer":
        await self._producer.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._producer.stop()

    async def add(self, partition: int, key: bytes, value: bytes) -> None:
        """Put a record into the open batch of its partition; a full one is sent."""
        batch = self._open.get(partition)
        if batch is None:
            batch = self._open[partition] = self._producer.create_batch()
        if batch.append(key=key, value=value, timestamp=None) is None:
            await self._send(partition)
            batch = self._open[partition] = self._producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
        self.sent += 1

    async def send(self) -> None:
        """Send every open batch, however small."""
        for partition in list(self._open):
            await self._send(partition)

    async def _send(self, partition: int) -> None:
        batch = self._open.pop(partition)
        sent = await self._producer.send_batch(batch, self._topic, partition=partition)
        self._waiting.append(sent)
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting = [one for one in self._waiting if not _done(one)]
        if len(self._waiting) >= _MOST_WAITING:
            await self._waiting.pop(0)

    async def flush(self) -> None:
        """Send what is open and wait for every acknowledgement."""
        await self.send()
        await asyncio.gather(*self._waiting)
        self._waiting.clear()


def _done(sent: "asyncio.Future[object]") -> bool:
    """Whether a batch was acknowledged; raises what it failed with."""
    return sent.done() and bool(sent.result())


def write(settings: KafkaSettings, lines: Iterable[bytes]) -> int:
    """Write wire events, keyed by program; how many."""

    async def written() -> int:
        async with Writer(settings) as writer:
            for line in lines:
                program = program_of(line).program
                place = partition_of(program, settings.partitions)
                await writer.add(place, program.encode(), line)
            await writer.flush()
            return writer.sent

    return asyncio.run(written())
