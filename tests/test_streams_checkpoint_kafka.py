"""Checkpoints as Kafka transactions: fenced, whole, never backwards, found again."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.checkpoint.kafka import CHUNK, Checkpoint, CheckpointError, KafkaStore
from streams.close import Record
from streams.kafka.clients import admin, for_aiokafka
from streams.kafka.records import interval_of, reject_of
from streams.kafka.settings import INTERVALS, REJECTS, SNAPSHOTS, KafkaSettings
from streams.kafka.topics import apply
from streams.rejects import Reject
from tests.broker import until

STATE = bytes(range(256)) * 9000
"""2.3 MB: three chunks."""
RECORD = Record(
    "shop", "sales", "voice", "", 900_000, "arrival", 1, "FINAL", 1.0, {"offered": 3}, {}, None, "", 5
)  # fmt: skip


@pytest.fixture
def settings(kafka_settings: KafkaSettings) -> KafkaSettings:
    with admin(kafka_settings) as client:
        apply(kafka_settings, client)
    return kafka_settings


def checkpoint(
    state: bytes,
    offsets: Mapping[str, int],
    records: Sequence[Record] = (),
    rejects: Sequence[Reject] = (),
) -> Checkpoint:
    pieces = [state[at : at + CHUNK] for at in range(0, len(state), CHUNK)]
    return Checkpoint(pieces, offsets, records, rejects, 7)


def store(settings: KafkaSettings, shard: int = 1) -> KafkaStore:
    return KafkaStore(settings, shard, ("acd", "chat"))


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def values(settings: KafkaSettings, topic: str, shard: int = 1) -> list[bytes]:
    """What readers of a topic see: committed records only."""
    place = TopicPartition(settings.topic(topic), shard)
    consumer = AIOKafkaConsumer(isolation_level="read_committed", **for_aiokafka(settings))
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end, found = (await consumer.end_offsets([place]))[place], []
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=300)).get(place, ()):
                found.append(record.value)
        return found
    finally:
        await consumer.stop()


def test_a_shard_without_checkpoint_begins(settings: KafkaSettings) -> None:
    async def first() -> Any:
        one = store(settings)
        kept = await one.open()
        await one.close()
        return kept

    kept = run(first())
    assert (kept.snapshot, kept.offsets) == (None, {})


def test_the_next_owner_gets_state_and_offsets_of_the_newest_checkpoint(
    settings: KafkaSettings,
) -> None:
    async def two_owners() -> Any:
        one = store(settings)
        await one.open()
        await one.commit(checkpoint(STATE * 2, {"acd": 10, "chat": 0}))
        await one.commit(checkpoint(STATE, {"acd": 20, "chat": 3}))
        two = store(settings)
        kept = await two.open()
        await two.commit(checkpoint(b"small", {"acd": 21, "chat": 3}))
        again = await two.read()
        await one.close()
        await two.close()
        return kept, again

    kept, again = run(two_owners())
    assert (kept.snapshot, kept.offsets) == (STATE, {"acd": 20, "chat": 3})
    assert (again.snapshot, again.offsets) == (b"small", {"acd": 21, "chat": 3})


def test_a_former_owner_that_wakes_up_can_write_nothing_any_more(settings: KafkaSettings) -> None:
    async def zombie() -> Any:
        one, two = store(settings), store(settings)
        await one.open()
        await one.commit(checkpoint(b"one", {"acd": 10}, [RECORD]))
        await two.open()
        with pytest.raises(CheckpointError, match="shard 1 was not written"):
            await one.commit(checkpoint(b"zombie", {"acd": 99}, [RECORD._replace(revision=2)]))
        kept = await two.read()
        await one.close()
        await two.close()
        return kept, await values(settings, INTERVALS)

    kept, records = run(zombie())
    assert (kept.snapshot, kept.offsets) == (b"one", {"acd": 10})
    assert [interval_of(value).revision for value in records] == [1]


def test_ledger_records_and_rejects_appear_with_their_checkpoint_and_not_before(
    settings: KafkaSettings,
) -> None:
    refused = Reject("bad_json", "not JSON", "acd", 4, b"\xff")

    async def written() -> Any:
        one = store(settings)
        await one.open()
        assert one._producer is not None
        await one._producer.begin_transaction()
        await one._write(checkpoint(b"never", {"acd": 5}, [RECORD], [refused]))
        before = await values(settings, INTERVALS), await values(settings, REJECTS)
        await one._producer.abort_transaction()
        await one.commit(checkpoint(b"state", {"acd": 5}, [RECORD], [refused]))
        await one.close()
        return before, await values(settings, INTERVALS), await values(settings, REJECTS)

    before, intervals, rejects = run(written())
    assert before == ([], [])
    assert [interval_of(value) for value in intervals] == [RECORD]
    (kept,) = map(reject_of, rejects)
    assert (kept.place.parts(), kept.raw) == (["acd", 1, 4], b"\xff")  # type: ignore[union-attr]


def test_a_checkpoint_refuses_to_step_back(settings: KafkaSettings) -> None:
    async def back() -> Any:
        one = store(settings)
        await one.open()
        await one.commit(checkpoint(b"ten", {"acd": 10}))
        with pytest.raises(CheckpointError, match="step back"):
            await one.commit(checkpoint(b"nine", {"acd": 9}))
        kept = await one.read()
        await one.close()
        return kept

    assert run(back()).snapshot == b"ten"


def test_a_group_whose_offsets_were_forgotten_finds_its_newest_snapshot_again(
    settings: KafkaSettings,
) -> None:
    async def written() -> None:
        one = store(settings)
        await one.open()
        await one.commit(checkpoint(STATE, {"acd": 10}))
        await one.commit(checkpoint(STATE[:50], {"acd": 11}))
        await one.close()

    async def read() -> Any:
        two = store(settings)
        kept = await two.open()
        await two.close()
        return kept

    run(written())
    with admin(settings) as client:
        client.delete_groups([settings.group])
    kept = run(read())
    assert (kept.snapshot, kept.offsets) == (STATE[:50], {})


def test_a_shard_whose_snapshots_are_gone_may_begin_anew_behind_its_old_offsets(
    settings: KafkaSettings,
) -> None:
    async def written() -> None:
        one = store(settings)
        await one.open()
        await one.commit(checkpoint(STATE, {"acd": 10}))
        await one.close()

    async def anew() -> Any:
        two = store(settings)
        kept = await two.open()
        await two.commit(checkpoint(b"anew", {"acd": 3}))
        again = await two.read()
        await two.close()
        return kept, again

    run(written())
    with admin(settings) as client:
        client.delete_topics([settings.topic(SNAPSHOTS)])
        until(lambda: settings.topic(SNAPSHOTS) not in client.list_topics())
        apply(settings, client)
    kept, again = run(anew())
    assert (kept.snapshot, kept.offsets) == (None, {})
    assert (again.snapshot, again.offsets) == (b"anew", {"acd": 3})


def test_what_a_topic_holds_from_an_offset_on_is_read_as_far_as_it_is_wanted(
    settings: KafkaSettings,
) -> None:
    async def story() -> list[list[bytes]]:
        async with AIOKafkaProducer(**for_aiokafka(settings)) as producer:
            for value in (b"a", b"bb", None, b"cc", b"d"):
                await producer.send_and_wait(settings.topic("acd"), value, b"shop", partition=1)
        one = store(settings)
        found = [await one.told("acd", since, lambda raw: len(raw) == 2) for since in (0, 2, 5)]
        return [*found, await one.told("chat", 0, lambda raw: True)]

    assert run(story()) == [[b"bb", b"cc"], [b"cc"], [], []]
