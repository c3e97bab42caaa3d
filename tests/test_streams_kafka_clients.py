"""Clients on secured and unsecured listeners: what lets them in, and what they say if not."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka import KafkaConsumer, KafkaProducer
from kafka import TopicPartition as Partition
from kafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError

from deploy.kafka.broker import Broker
from deploy.kafka.certificates import Authority
from streams.errors import UserError
from streams.kafka.clients import admin, explained, for_aiokafka, for_kafka_python
from streams.kafka.reach import Unreachable, reach
from streams.kafka.settings import KafkaSettings, SecuritySettings
from tests.broker import PASSWORD, STRANGER, USER

Start = Callable[..., Broker]
SOON_S = 3.0
GOODBYE_S = 0.2
"""TLS takes leave after a client has stopped; a loop that ends sooner leaves the socket open."""
TOPIC = "secrets"


def secured(broker: Broker, listener: str = "sasl_ssl", **changed: Any) -> KafkaSettings:
    """Settings that are let in at this listener, but for what is changed."""
    given: dict[str, Any] = {"protocol": listener, "ca_file": broker.ca_file}
    where = broker.bootstrap_ssl
    if listener == "sasl_ssl":
        given |= {"username": USER, "password": PASSWORD}
        where = broker.bootstrap_sasl
    where = changed.pop("bootstrap", where)
    return KafkaSettings(bootstrap=where, security=SecuritySettings(**(given | changed)))


@pytest.fixture(scope="module")
def topic(secured_broker: Broker) -> str:
    with admin(KafkaSettings(bootstrap=secured_broker.bootstrap)) as client:
        client.create_topics({TOPIC: {"num_partitions": 1}}, wait_for_metadata=True)
    return TOPIC


@pytest.fixture
def foreign_ca(tmp_path: Path) -> Path:
    return Authority(tmp_path, "somebody else").ca_file


def through_kafka_python(settings: KafkaSettings, value: bytes) -> list[bytes]:
    """Send a value and read the topic with kafka-python."""
    with explained(settings):
        reach(settings)
        producer = KafkaProducer(**for_kafka_python(settings))
        try:
            sent = producer.send(TOPIC, value, partition=0).get(10)
        finally:
            producer.close()
        consumer = KafkaConsumer(**for_kafka_python(settings))
        try:
            consumer.assign([Partition(TOPIC, 0)])
            consumer.seek(Partition(TOPIC, 0), sent.offset)
            return [record.value for of in consumer.poll(5000).values() for record in of]
        finally:
            consumer.close()


def through_aiokafka(settings: KafkaSettings, value: bytes) -> list[bytes]:
    """Send a value and read the topic with aiokafka."""

    async def both_ways() -> list[bytes]:
        producer = AIOKafkaProducer(**for_aiokafka(settings))
        try:
            await producer.start()
            sent = await producer.send_and_wait(TOPIC, value, partition=0)
        finally:
            await producer.stop()
        consumer = AIOKafkaConsumer(**for_aiokafka(settings))
        try:
            await consumer.start()
            consumer.assign([TopicPartition(TOPIC, 0)])
            consumer.seek(TopicPartition(TOPIC, 0), sent.offset)
            found = await consumer.getmany(timeout_ms=5000)
            return [record.value for records in found.values() for record in records]
        finally:
            await consumer.stop()

    async def and_goodbye() -> list[bytes]:
        try:
            return await both_ways()
        finally:
            await asyncio.sleep(GOODBYE_S)

    with explained(settings):
        return asyncio.run(and_goodbye())


Through = Callable[[KafkaSettings, bytes], list[bytes]]
both_clients = pytest.mark.parametrize("through", [through_kafka_python, through_aiokafka])


def refusal(act: Callable[[], object]) -> UserError:
    """What somebody is told who is not let in, soon."""
    begun = time.monotonic()
    with pytest.raises(UserError) as refused:
        act()
    assert time.monotonic() - begun < SOON_S
    assert refused.value.hint
    return refused.value


@both_clients
def test_records_go_both_ways_over_tls(
    through: Through, secured_broker: Broker, topic: str
) -> None:
    assert through(secured(secured_broker, "ssl"), b"over tls") == [b"over tls"]


@both_clients
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_records_go_both_ways_with_a_password(
    through: Through, mechanism: str, secured_broker: Broker, topic: str
) -> None:
    settings = secured(secured_broker, mechanism=mechanism)
    assert through(settings, mechanism.encode()) == [mechanism.encode()]


@both_clients
def test_a_client_may_show_a_certificate_and_is_then_known_by_its_name(
    through: Through, secured_broker: Broker, topic: str
) -> None:
    def shown(name: str) -> KafkaSettings:
        cert, key = Authority(secured_broker.ca_file.parent).certificate(name)
        return secured(secured_broker, "ssl", cert_file=cert, key_file=key)

    assert through(shown(USER), b"certified") == [b"certified"]
    assert "may not do that" in refusal(lambda: through(shown(STRANGER), b"never")).message


@both_clients
@pytest.mark.parametrize("listener", ["ssl", "sasl_ssl"])
def test_a_broker_of_a_foreign_authority_is_not_trusted_and_the_error_names_the_setting(
    through: Through, listener: str, secured_broker: Broker, foreign_ca: Path
) -> None:
    settings = secured(secured_broker, listener, ca_file=foreign_ca)
    told = refusal(lambda: through(settings, b"never"))
    assert settings.bootstrap in told.message
    assert "certificate is not accepted: unable to get local issuer" in told.message
    assert "kafka.security.ca_file" in told.hint


@both_clients
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
def test_a_wrong_password_is_refused_as_such(
    through: Through, mechanism: str, wrong: dict[str, str], secured_broker: Broker
) -> None:
    settings = secured(secured_broker, mechanism=mechanism, **wrong)
    told = refusal(lambda: through(settings, b"never"))
    assert f"user {settings.security.username} was refused with {mechanism}" in told.message
    assert PASSWORD not in told.message and "wrong)" not in told.message
    assert "kafka.security" in told.hint


@both_clients
def test_someone_without_permission_is_told_what_needs_granting(
    through: Through, secured_broker: Broker, topic: str
) -> None:
    told = refusal(lambda: through(secured(secured_broker, username=STRANGER), b"never"))
    assert f"{STRANGER} may not do that" in told.message
    assert "grant it" in told.hint


def test_a_mechanism_that_is_not_offered_is_told_with_those_that_are(
    secured_broker: Broker,
) -> None:
    told = refusal(lambda: reach(secured(secured_broker, mechanism="SCRAM-SHA-256")))
    assert "SCRAM-SHA-256 is not offered, only PLAIN, SCRAM-SHA-512" in told.message


@pytest.mark.parametrize(
    ("listener", "port", "told"),
    [
        ("ssl", "plain", "no TLS there"),
        ("sasl_ssl", "ssl", "this port asks for no password"),
        ("ssl", "sasl", "no answer as ssl"),
        ("plaintext", "ssl", "no answer as plaintext"),
        ("plaintext", "sasl", "no answer as plaintext"),
    ],
)
def test_the_port_of_another_protocol_is_recognised(
    listener: str, port: str, told: str, secured_broker: Broker
) -> None:
    where = f"127.0.0.1:{getattr(secured_broker.ports, port)}"
    settings = KafkaSettings(bootstrap=where)
    if listener != "plaintext":
        settings = secured(secured_broker, listener, bootstrap=where)
    refused = refusal(lambda: reach(settings))
    assert told in refused.message
    assert "kafka.security" in refused.hint


def test_a_certificate_for_another_name_is_told_apart_from_a_foreign_one(
    secured_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda _, timeout: ours(("127.0.0.1", port), timeout)
    )
    port = secured_broker.ports.ssl
    settings = secured(secured_broker, "ssl", bootstrap=f"kafka.invalid:{port}")
    told = refusal(lambda: reach(settings))
    assert "Hostname mismatch" in told.message
    assert "kafka.bootstrap" in told.hint


@pytest.fixture
def mute() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def garbling() -> Iterator[str]:
    """A server that answers everybody in the words of another protocol."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(100)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def test_servers_that_are_away_or_are_no_brokers_are_told_apart(mute: str, garbling: str) -> None:
    def told(where: str) -> str:
        with pytest.raises(Unreachable) as refused:
            reach(KafkaSettings(bootstrap=where), timeout_s=0.3)
        return refused.value.message

    assert "cannot connect (Connection refused)" in told("127.0.0.1:1")
    assert "no such host" in told("nowhere.invalid:9092")
    assert "no answer as plaintext (no answer)" in told(mute)
    assert "the answer is not Kafka's" in told(garbling)
    assert "not host:port" in told("127.0.0.1:kafka")


def test_one_server_of_several_is_enough_and_the_nearest_miss_is_told(
    secured_broker: Broker,
) -> None:
    reach(KafkaSettings(bootstrap=f"127.0.0.1:1,{secured_broker.bootstrap}"))
    wrong = secured(
        secured_broker, bootstrap=f"{secured_broker.bootstrap_sasl},127.0.0.1:1", password="wrong"
    )
    assert "was refused" in refusal(lambda: reach(wrong)).message


def test_no_server_at_all_is_an_error() -> None:
    with pytest.raises(UserError, match="names no server"):
        reach(KafkaSettings(bootstrap=" , "))


@pytest.mark.parametrize("key", ["ca_file", "cert_file"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_that_cannot_be_read_is_named(
    key: str, content: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "some.pem"
    if content:
        path.write_text(content)
    settings = KafkaSettings(
        security=SecuritySettings.model_validate({"protocol": "ssl", key: path})
    )
    with pytest.raises(UserError, match=rf"kafka\.security\.{key} .*some\.pem"):
        for_aiokafka(settings)


def test_clients_get_no_credentials_without_a_log_in() -> None:
    for options in (for_aiokafka(KafkaSettings()), for_kafka_python(KafkaSettings(app="center"))):
        assert not [name for name in options if name.startswith("sasl")]
        assert options["security_protocol"] == "PLAINTEXT"
        assert options["ssl_context"] is None
    assert options["client_id"] == "center"


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (UnknownTopicOrPartitionError(), "floorwatch topics apply"),
        (MessageSizeTooLargeError(), "floorwatch topics check"),
    ],
)
def test_errors_of_the_cluster_come_with_what_to_do(error: Exception, hint: str) -> None:
    with pytest.raises(UserError) as told, explained(KafkaSettings(bootstrap="kafka:1")):
        raise error
    assert told.value.hint == hint
    assert "kafka:1" in told.value.message


def test_errors_that_are_not_of_the_cluster_stay_as_they_are() -> None:
    with pytest.raises(ZeroDivisionError), explained(KafkaSettings()):
        raise ZeroDivisionError


def test_a_broker_that_went_away_is_told_as_such(own_broker: Start) -> None:
    broker = own_broker()
    settings = KafkaSettings(bootstrap=broker.bootstrap)
    with pytest.raises(UserError, match="cannot connect"), admin(settings) as client:
        broker.kill()
        client.list_topics()
