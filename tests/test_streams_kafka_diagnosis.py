"""What the doctor says of a cluster: well, half set up, unreachable, forbidden, of another time."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from deploy.kafka.broker import Broker
from streams.cli import app
from streams.clock import ManualClock, WallClock
from streams.finding import Line
from streams.kafka import topics
from streams.kafka.clients import admin
from streams.kafka.diagnosis import Trip, examine, skew_line
from streams.kafka.settings import KafkaSettings, SecuritySettings
from tests.broker import PASSWORD, STRANGER, until

Start = Callable[..., Broker]


def found(settings: KafkaSettings) -> dict[str, Line]:
    return {line.what: line for line in examine(settings, WallClock())}


def verdicts(lines: dict[str, Line]) -> dict[str, str]:
    return {what: line.verdict for what, line in lines.items()}


def test_a_cluster_with_its_topics_is_well_and_no_probe_stays_behind(
    kafka_settings: KafkaSettings,
) -> None:
    with admin(kafka_settings) as client:
        topics.apply(kafka_settings, client)
        lines = found(kafka_settings)
        assert set(verdicts(lines).values()) == {"ok"}
        assert list(lines) == ["kafka", "topics", "partitions", "broker's clock", "round trip"]
        ours = {topic.name for topic in topics.declared(kafka_settings)}
        until(lambda: ours == {name for name in client.list_topics() if kafka_settings.app in name})


def test_a_cluster_without_topics_fails_and_is_told_how_to_get_them(
    kafka_settings: KafkaSettings,
) -> None:
    lines = found(kafka_settings)
    assert verdicts(lines) == {
        "kafka": "ok",
        "topics": "fail",
        "partitions": "fail",
        "broker's clock": "ok",
        "round trip": "ok",
    }
    assert "11 differences" in lines["topics"].told
    assert lines["topics"].hint == lines["partitions"].hint == "floorwatch topics apply"


def test_event_topics_of_unequal_counts_fail(kafka_settings: KafkaSettings) -> None:
    with admin(kafka_settings) as client:
        counts = {kafka_settings.topic("acd"): 4, kafka_settings.topic("chat"): 3}
        wanted = {name: {"num_partitions": count} for name, count in counts.items()}
        client.create_topics(wanted, wait_for_metadata=True)
    lines = found(kafka_settings)
    assert lines["partitions"].verdict == "fail"
    assert "unequal" in lines["partitions"].told
    assert lines["round trip"].verdict == "ok"


def test_too_few_copies_are_a_warning_and_too_few_brokers_for_them_a_failure(
    kafka_settings: KafkaSettings,
) -> None:
    with admin(kafka_settings) as client:
        topics.apply(kafka_settings, client)
    more = kafka_settings.model_copy(update={"replication": 2})
    lines = found(more)
    assert lines["topics"].verdict == "warn"
    assert "reassign" in lines["topics"].hint
    assert lines["kafka"].verdict == "fail"
    assert "replication is 2" in lines["kafka"].hint


def test_an_unreachable_cluster_is_one_failure() -> None:
    lines = list(examine(KafkaSettings(bootstrap="127.0.0.1:1"), WallClock()))
    (line,) = lines
    assert line.verdict == "fail"
    assert "cannot connect" in line.told


def test_someone_without_permission_learns_it_and_the_rest_is_still_looked_at(
    secured_broker: Broker,
) -> None:
    stranger = SecuritySettings.model_validate(
        {
            "protocol": "sasl_ssl",
            "ca_file": secured_broker.ca_file,
            "username": STRANGER,
            "password": PASSWORD,
        }
    )
    settings = KafkaSettings(bootstrap=secured_broker.bootstrap_sasl, security=stranger)
    lines = found(settings)
    assert {lines[what].verdict for what in ("topics", "partitions", "round trip")} == {"fail"}
    assert "may not do that" in lines["round trip"].told


@pytest.mark.parametrize(
    ("broker_ms", "skew_ms"), [(100, 0), (105, 0), (110, 0), (99, -1), (112, 2)]
)
def test_clocks_differ_only_by_what_the_writing_cannot_explain(
    broker_ms: int, skew_ms: int
) -> None:
    assert Trip(100, broker_ms, 110, 1.0).skew_ms == skew_ms


@pytest.mark.parametrize(
    ("skew_ms", "verdict", "told"),
    [
        (999, "ok", "agrees"),
        (-1000, "warn", "1.0 s behind"),
        (60_000, "fail", "60.0 s ahead"),
    ],
)
def test_a_clock_that_is_off_is_a_warning_and_far_off_a_failure(
    skew_ms: int, verdict: str, told: str
) -> None:
    line = skew_line(skew_ms)
    assert line.verdict == verdict
    assert told in line.told


def test_the_broker_s_clock_is_compared_with_ours(kafka_settings: KafkaSettings) -> None:
    an_hour_ago = ManualClock(WallClock().now_ms() - 3_600_000)
    lines = {line.what: line for line in examine(kafka_settings, an_hour_ago)}
    assert lines["broker's clock"].verdict == "fail"
    assert "s ahead" in lines["broker's clock"].told


def test_the_doctor_asks_the_cluster_only_when_told_to(
    kafka_settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOORWATCH_KAFKA__BOOTSTRAP", kafka_settings.bootstrap)
    monkeypatch.setenv("FLOORWATCH_KAFKA__PREFIX", kafka_settings.prefix)
    asked = CliRunner().invoke(app, ["doctor", "--kafka"])
    assert "round trip" in asked.stdout
    assert asked.exit_code == 1
    assert "round trip" not in CliRunner().invoke(app, ["doctor"]).stdout
    assert CliRunner().invoke(app, ["doctor", "--kafka", "--offline"]).exit_code == 2
