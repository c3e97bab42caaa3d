"""Topics as declared: created, checked, put right, and refused where that would lose keys."""

from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource

from streams.errors import UserError
from streams.kafka import topics
from streams.kafka.clients import admin, for_kafka_python
from streams.kafka.settings import EVENT_TOPICS, KafkaSettings
from streams.rejects import KEPT_BYTES
from tests.broker import until

FORTY_DAYS = str(40 * 86_400_000)


def by_name(settings: KafkaSettings) -> dict[str, topics.Topic]:
    return {settings.plain_name(topic.name): topic for topic in topics.declared(settings)}


def as_declared(settings: KafkaSettings, **changed: Any) -> dict[str, topics.Present]:
    return {
        topic.name: topics.Present(topic.partitions, topic.copies, topic.configs)._replace(
            **changed.get(settings.plain_name(topic.name), {})
        )
        for topic in topics.declared(settings)
    }


def differing(settings: KafkaSettings, there: dict[str, topics.Present]) -> list[Any]:
    return topics.differences(settings, topics.declared(settings), there)


def test_every_topic_and_the_group_of_an_installation_carry_its_prefix() -> None:
    settings = KafkaSettings(prefix="test-", app="center", partitions=3)
    names = {topic.name for topic in topics.declared(settings)}
    leader = "test-center-__assignor-__leader"
    assert leader in names
    assert settings.group == "test-center"
    ours = (*EVENT_TOPICS, "adjustments", "snapshots", "intervals", "months", "rejects")
    assert names - {leader} == {f"test-{name}" for name in ours}


def test_topics_keyed_by_shard_have_one_partition_count_and_the_leader_topic_one() -> None:
    settings = KafkaSettings(partitions=7)
    counts = {topic.name: topic.partitions for topic in topics.declared(settings)}
    assert counts.pop(settings.leader_topic) == 1
    assert set(counts.values()) == {7}


def test_events_are_kept_by_arrival_for_forty_days_and_plans_for_ever() -> None:
    declared = by_name(KafkaSettings())
    for name in EVENT_TOPICS:
        configs = declared[name].configs
        assert configs["message.timestamp.type"] == "LogAppendTime"
        assert configs["cleanup.policy"] == "delete"
        assert configs["retention.ms"] == ("-1" if name == "plan" else FORTY_DAYS)
    assert declared["rejects"].configs["retention.ms"] == FORTY_DAYS
    half_a_day = by_name(KafkaSettings(retention_days=0.5))
    assert half_a_day["acd"].configs["retention.ms"] == str(43_200_000)


def test_snapshots_and_intervals_are_compacted_soon() -> None:
    declared = by_name(KafkaSettings())
    for name in ("snapshots", "intervals", "months"):
        assert declared[name].configs["cleanup.policy"] == "compact"
        assert declared[name].configs["segment.bytes"] == str(64 * 1024 * 1024)
        assert declared[name].configs["min.cleanable.dirty.ratio"] == "0.1"


@pytest.mark.parametrize(("copies", "in_sync"), [(1, "1"), (2, "1"), (3, "2")])
def test_what_is_acknowledged_survives_the_loss_of_one_copy_of_three(
    copies: int, in_sync: str
) -> None:
    for topic in by_name(KafkaSettings(replication=copies)).values():
        assert topic.copies == copies
        assert topic.configs.get("min.insync.replicas", in_sync) == in_sync


def test_a_cluster_as_declared_differs_in_nothing_whatever_else_is_set_there() -> None:
    settings = KafkaSettings()
    there = as_declared(settings)
    acd = there["acd"]
    there["acd"] = acd._replace(configs={**acd.configs, "segment.ms": "1000"})
    assert differing(settings, there) == []


def test_missing_topics_other_configs_and_fewer_copies_are_differences() -> None:
    settings = KafkaSettings(replication=2)
    there = as_declared(settings, rejects={"copies": 1})
    del there["bot"]
    acd = there["acd"]
    there["acd"] = acd._replace(configs={**acd.configs, "retention.ms": "1"})
    assert sorted(differing(settings, there)) == [
        ("acd", "retention.ms", "1", FORTY_DAYS),
        ("bot", topics.CREATE, "", "partitions: 12"),
        ("rejects", topics.COPIES, "1", "2"),
    ]


def test_more_copies_than_asked_for_are_no_difference() -> None:
    settings = KafkaSettings()
    assert differing(settings, as_declared(settings, acd={"copies": 3})) == []


@pytest.mark.parametrize("name", ["acd", "plan", "snapshots", "intervals"])
def test_another_partition_count_is_refused_because_keys_would_change_their_shard(
    name: str,
) -> None:
    settings = KafkaSettings()
    with pytest.raises(UserError) as refused:
        differing(settings, as_declared(settings, **{name: {"partitions": 6}}))
    assert name in refused.value.message and "6" in refused.value.message
    assert "prefix" in refused.value.hint and "replay" in refused.value.hint


def test_event_topics_of_unequal_counts_are_refused_with_all_their_counts() -> None:
    settings = KafkaSettings()
    with pytest.raises(UserError, match="unequal") as refused:
        differing(settings, as_declared(settings, chat={"partitions": 6}))
    assert "acd 12" in refused.value.message and "chat 6" in refused.value.message


def test_applied_topics_are_as_declared_and_applying_again_changes_nothing(
    kafka_settings: KafkaSettings,
) -> None:
    with admin(kafka_settings) as client:
        missing = topics.plan(kafka_settings, client)
        assert {each.what for each in missing} == {topics.CREATE}
        assert len(missing) == len(topics.declared(kafka_settings))
        assert topics.apply(kafka_settings, client) == missing
        assert topics.plan(kafka_settings, client) == []
        assert topics.apply(kafka_settings, client) == []


def test_a_config_that_drifted_is_set_back_and_others_are_left_alone(
    kafka_settings: KafkaSettings,
) -> None:
    name = kafka_settings.topic("acd")
    with admin(kafka_settings) as client:
        topics.apply(kafka_settings, client)
        drifted = {"retention.ms": "1000", "segment.ms": "70000"}
        client.alter_configs([ConfigResource("TOPIC", name, drifted)], incremental=True)
        until(lambda: topics.plan(kafka_settings, client))
        (changed,) = topics.apply(kafka_settings, client)
        assert changed == (name, "retention.ms", "1000", FORTY_DAYS)
        asked = ConfigResource("TOPIC", name, ["retention.ms", "segment.ms"])
        configs = client.describe_configs([asked], config_filter="all")["topic"][name]
    assert configs["retention.ms"]["value"] == FORTY_DAYS
    assert configs["segment.ms"]["value"] == "70000"


def test_a_topic_of_another_count_on_the_cluster_is_refused_and_nothing_is_created(
    kafka_settings: KafkaSettings,
) -> None:
    name = kafka_settings.topic("snapshots")
    with admin(kafka_settings) as client:
        client.create_topics({name: {"num_partitions": 2}}, wait_for_metadata=True)
        with pytest.raises(UserError, match=f"{name} has 2 partitions, not 4"):
            topics.apply(kafka_settings, client)
        assert set(topics.present(client, topics.declared(kafka_settings))) == {name}


def test_more_copies_than_brokers_are_refused_in_plain_words(
    kafka_settings: KafkaSettings,
) -> None:
    many = kafka_settings.model_copy(update={"replication": 99})
    with pytest.raises(UserError, match="fewer brokers than copies"), admin(many) as client:
        topics.apply(many, client)


def test_the_largest_records_fit_and_the_broker_stamps_events_by_its_own_clock(
    kafka_settings: KafkaSettings,
) -> None:
    with admin(kafka_settings) as client:
        topics.apply(kafka_settings, client)
    producer = KafkaProducer(**for_kafka_python(kafka_settings), max_request_size=1 << 21)
    chunk, reject = b"x" * 900_000, b"y" * (KEPT_BYTES * 2)
    producer.send(kafka_settings.topic("snapshots"), chunk, key=b"0", partition=0).get(10)
    producer.send(kafka_settings.topic("rejects"), reject, partition=0).get(10)
    acd = kafka_settings.topic("acd")
    of_1999 = 915_148_800_000
    stamped = producer.send(acd, b"{}", partition=0, timestamp_ms=of_1999).get(10)
    producer.close()
    assert stamped.timestamp > of_1999
    consumer = KafkaConsumer(**for_kafka_python(kafka_settings), auto_offset_reset="earliest")
    consumer.assign([TopicPartition(acd, 0)])
    (records,) = consumer.poll(5000).values()
    consumer.close()
    assert records[0].timestamp == stamped.timestamp
