"""The ceiling: a bare aiokafka consumer that counts what it is given and does nothing with it."""

import asyncio
import os
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.drivers.faust_worker.app import POLL_RECORDS
from streams.drivers.faust_worker.transport import FULL_FETCH, IDLE_WAIT_MS, PARTITION_BYTES
from streams.kafka.clients import for_aiokafka
from streams.kafka.settings import KafkaSettings
from streams.settings import Settings
from tests.bench.kafka.events import TOPIC


def counted() -> dict[str, float]:
    """Read BENCH_TOTAL records from the beginning, fetched as the worker fetches."""
    settings = Settings.load(Path(os.environ["BENCH_CONFIG"])).kafka
    return asyncio.run(_counted(settings, int(os.environ["BENCH_TOTAL"])))


async def _counted(settings: KafkaSettings, total: int) -> dict[str, float]:
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False,
        isolation_level="read_committed",
        fetch_max_wait_ms=IDLE_WAIT_MS,
        fetch_min_bytes=FULL_FETCH,
        max_partition_fetch_bytes=PARTITION_BYTES,
        max_poll_records=POLL_RECORDS,
        **for_aiokafka(settings),
    )
    await consumer.start()
    try:
        topic, found = settings.topic(TOPIC), 0
        places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        wall, cpu = time.perf_counter(), time.process_time()
        while found < total:
            found += sum(map(len, (await consumer.getmany(timeout_ms=1000)).values()))
        return {
            "records": found,
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
        }
    finally:
        await consumer.stop()
