"""The broker on this machine's JDK: what it survives, and what it says when something is missing."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from deploy.kafka import jars as jars_module
from deploy.kafka.broker import Broker
from deploy.kafka.jars import NoBroker, jars
from deploy.kafka.properties import Ports, properties
from deploy.kafka.ready import brokers
from tests.broker import lacking
from tests.data import ROOT

Start = Callable[..., Broker]
TOPIC = "kept"


def written(broker: Broker, *values: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    for value in values:
        producer.send(TOPIC, value, partition=0).get(10)
    producer.close()


def read(broker: Broker) -> list[bytes]:
    partition = TopicPartition(TOPIC, 0)
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end, values = consumer.end_offsets([partition])[partition], []
    while consumer.position(partition) < end:
        for records in consumer.poll(1000).values():
            values += [record.value for record in records]
    consumer.close()
    return values


def test_a_broker_keeps_its_data_and_its_address_through_kill_stop_and_pause(
    own_broker: Start,
) -> None:
    broker = own_broker()
    where = broker.bootstrap
    with KafkaAdminClient(bootstrap_servers=where) as admin:
        admin.create_topics({TOPIC: {"num_partitions": 1}}, wait_for_metadata=True)
    written(broker, b"before the kill")
    broker.kill()
    assert not broker.pid
    assert not brokers("127.0.0.1", broker.ports.plain)
    broker.start()
    written(broker, b"after it")
    broker.restart()
    assert broker.bootstrap == where
    assert read(broker) == [b"before the kill", b"after it"]
    broker.pause()
    assert not brokers("127.0.0.1", broker.ports.plain, timeout_s=0.3)
    broker.resume()
    assert brokers("127.0.0.1", broker.ports.plain)


def test_a_broker_listens_on_loopback_only(tmp_path: Path) -> None:
    text = properties(tmp_path, Ports(1, 2, 3, 4), None, {})
    (listeners,) = [line for line in text.splitlines() if line.startswith("listeners=")]
    assert all("://127.0.0.1:" in one for one in listeners.partition("=")[2].split(","))


@pytest.mark.needs_own_kafka
def test_a_broker_whose_port_is_taken_says_so_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        broker = Broker(tmp_path, port=other.getsockname()[1])
        with pytest.raises(NoBroker, match="in use"):
            broker.start()


@pytest.mark.needs_own_kafka
def test_a_broker_that_ends_while_it_starts_says_why(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    with (
        socket.create_server(("127.0.0.1", broker.ports.controller)),
        pytest.raises(NoBroker, match=r"the broker ended: .*[Aa]ddress already in use"),
    ):
        broker.start()


def test_without_java_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(NoBroker, match=r"java is not on the PATH .*JDK 17.*KAFKA_BOOTSTRAP"):
        jars()


@pytest.mark.parametrize(("shown", "told"), [("11.0.2", "Java 11.0.2"), ("", "unknown version")])
def test_a_java_that_is_too_old_is_named(
    shown: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin" / "java", f"echo 'openjdk version \"{shown}\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(NoBroker, match=told):
        jars()


@pytest.fixture
def java_and_mvn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH where java is new enough and mvn is what the test puts there."""
    program(tmp_path / "java", "echo 'openjdk version \"21.0.1\"' >&2")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "mvn"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_without_maven_the_error_says_what_to_install(
    java_and_mvn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(java_and_mvn.parent))
    with pytest.raises(NoBroker, match=r"mvn is not on the PATH .*Maven"):
        jars(java_and_mvn.parent / "build")


def test_a_fetch_that_fails_tells_maven_s_reason_and_leaves_nothing_that_looks_whole(
    java_and_mvn: Path,
) -> None:
    program(java_and_mvn, "echo '[ERROR] Unknown host'; exit 1")
    build = java_and_mvn.parent / "build"
    for _ in range(2):
        with pytest.raises(NoBroker, match=r"Unknown host .*repository.*KAFKA_BOOTSTRAP"):
            jars(build)
    assert not (build / "lib").exists()


def test_jars_are_fetched_once_and_anew_when_the_version_changes(
    java_and_mvn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = java_and_mvn.parent
    program(
        java_and_mvn,
        f"echo >> {folder}/calls; for a; do case $a in -DoutputDirectory=*) d=${{a#*=}};; esac; done"
        '; mkdir -p "$d"; touch "$d/kafka_2.13-0.jar"',
    )
    build = folder / "build"
    assert jars(build) == jars(build)
    assert len((folder / "calls").read_text().splitlines()) == 1
    pom = folder / "pom.xml"
    pom.write_text("<project/>")
    monkeypatch.setattr(jars_module, "POM", pom)
    jars(build)
    assert len((folder / "calls").read_text().splitlines()) == 2


@pytest.mark.needs_own_kafka
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_broker_in_the_foreground_prints_its_address_and_ends_with_its_starter(
    how: signal.Signals, tmp_path: Path
) -> None:
    assert not lacking()
    port = "19092"
    runner = (
        "import sys, pathlib; from deploy.kafka import broker; "
        f"broker.BUILD = pathlib.Path({str(tmp_path)!r}); sys.exit(broker.main())"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", runner],
        cwd=ROOT,
        env=os.environ | {"PORT": port},
        stdout=subprocess.PIPE,
        text=True,
    )
    with running:
        assert running.stdout
        assert f"Kafka on 127.0.0.1:{port}" in running.stdout.readline()
        assert brokers("127.0.0.1", int(port))
        running.send_signal(how)
        assert running.wait(30) == 0
    assert not brokers("127.0.0.1", int(port))
