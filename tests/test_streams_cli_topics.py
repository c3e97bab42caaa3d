"""`floorwatch topics` on a real broker: plan, apply, check and their exit codes."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from kafka.admin import ConfigResource
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.kafka.clients import admin
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import declared, plan
from tests.broker import until

Floorwatch = Callable[..., Result]


@pytest.fixture
def floorwatch(kafka_settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> Floorwatch:
    """The command line, with this test's settings in the environment."""
    for name in ("bootstrap", "prefix", "app", "partitions"):
        value = str(getattr(kafka_settings, name))
        monkeypatch.setenv(f"FLOORWATCH_KAFKA__{name.upper()}", value)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_topics_are_planned_applied_and_then_as_declared(
    floorwatch: Floorwatch, kafka_settings: KafkaSettings
) -> None:
    names = {topic.name for topic in declared(kafka_settings)}
    planned = floorwatch("topics", "plan", "--json")
    assert planned.exit_code == 0
    assert {(row["topic"], row["what"]) for row in json.loads(planned.stdout)} == {
        (name, "create") for name in names
    }
    assert floorwatch("topics", "check").exit_code == 1
    applied = floorwatch("topics", "apply")
    assert applied.exit_code == 0
    assert f"{len(names)} changes made" in applied.stderr
    checked = floorwatch("topics", "check", "--json")
    assert checked.exit_code == 0
    assert json.loads(checked.stdout) == []
    assert "0 differences" in checked.stderr


def test_check_fails_on_a_drifted_config_and_plan_shows_both_values(
    floorwatch: Floorwatch, kafka_settings: KafkaSettings
) -> None:
    name = kafka_settings.topic("intervals")
    floorwatch("topics", "apply")
    with admin(kafka_settings) as client:
        asked = ConfigResource("TOPIC", name, {"cleanup.policy": "delete"})
        client.alter_configs([asked], incremental=True)
        until(lambda: plan(kafka_settings, client))
    assert floorwatch("topics", "check").exit_code == 1
    (row,) = json.loads(floorwatch("topics", "plan", "--json").stdout)
    assert row == {"topic": name, "what": "cleanup.policy", "has": "delete", "wanted": "compact"}


@pytest.mark.parametrize("verb", ["plan", "apply", "check"])
def test_another_partition_count_is_bad_input_whatever_is_asked(
    verb: str, floorwatch: Floorwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    floorwatch("topics", "apply")
    monkeypatch.setenv("FLOORWATCH_KAFKA__PARTITIONS", "8")
    refused = floorwatch("topics", verb)
    assert refused.exit_code == 2
    assert "has 4 partitions, not 8" in refused.stderr
    assert "chosen once" in refused.stderr


def test_copies_that_are_too_few_are_left_to_the_operator(
    floorwatch: Floorwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    floorwatch("topics", "apply")
    monkeypatch.setenv("FLOORWATCH_KAFKA__REPLICATION", "2")
    planned = floorwatch("topics", "plan", "--json")
    assert {row["what"] for row in json.loads(planned.stdout)} == {"copies"}
    applied = floorwatch("topics", "apply")
    assert applied.exit_code == 0
    assert "0 changes made" in applied.stderr
    assert "kafka-reassign-partitions" in applied.stderr
    assert floorwatch("topics", "check").exit_code == 1


def test_without_a_broker_there_is_one_error_and_a_hint_and_no_chatter_of_the_client() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli", "topics", "plan", "--bootstrap", "127.0.0.1:1"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    error, hint = done.stderr.splitlines()
    assert error == "error: Kafka at 127.0.0.1:1: cannot connect (Connection refused)"
    assert hint.startswith("hint: start the broker")


def test_help_needs_no_client_of_the_broker() -> None:
    code = (
        "import sys; from streams.cli import app\n"
        "app(['topics', '--help'], standalone_mode=False)\n"
        "sys.exit('kafka' in sys.modules or 'aiokafka' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
