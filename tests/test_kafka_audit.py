"""`floorwatch audit --kafka` on a broker: differences go to workers, are taken once, and the next finds none."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from typer.testing import CliRunner

from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from streams.close import Record
from streams.drivers import audit_kafka
from streams.kafka.clients import admin
from streams.kafka.settings import KafkaSettings
from streams.settings import Settings
from tests.bank import CONFIG, newest, replayed
from tests.broker import Cluster, settings_of_one_test
from tests.kafka_workers import Fleet, fleet
from tests.test_streams_cli_audit import MONTH, Days


@dataclass
class Told:
    """A fleet that was told of one call too late, and what an audit of it said at each step."""

    days: Days
    fleet: Fleet
    store: Path
    unanswered: tuple[int, Any]
    restated: tuple[int, Any]
    again: tuple[int, Any]
    history: list[Record]


def one_of(several: KafkaSettings) -> KafkaSettings:
    """One shard: the bank's calls are all of one program."""
    return several.model_copy(update={"partitions": 1})


def audit(workers: Fleet, store: Path, *arguments: str) -> tuple[int, Any]:
    given = ["audit", "--kafka", "--store", str(store), *MONTH, "--json", *arguments]
    done = CliRunner(env=workers.environment()).invoke(app, given)
    assert done.exit_code in (0, 1), done.output
    return done.exit_code, json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(kafka: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("audited")
    days, store = Days(folder), folder / "ledger.db"
    with (
        settings_of_one_test(kafka.bootstrap) as several,
        fleet(one_of(several), folder, CONFIG, CHECKPOINT__INTERVAL_S="0.5") as workers,
        pytest.MonkeyPatch.context() as patched,
    ):
        (worker,) = workers.start()
        workers.floorwatch("send", days.log_without)
        workers.until_done()
        workers.floorwatch("send", days.log)
        workers.until_done()
        worker.stop()  # paused it would lose its shard while a slow machine audits
        patched.setattr(audit_kafka, "PATIENCE_S", 0)
        unanswered = audit(workers, store, "--restate")
        patched.undo()
        workers.start()
        restated = audit(workers, store, "--restate")
        again = audit(workers, store, "--restate")
        with closing(SqliteStore(workers.synced(store), read_only=True)) as kept:
            history = list(kept.history())
        yield Told(days, workers, store, unanswered, restated, again, history)


def test_what_came_too_late_is_found_in_the_topics_and_stays_until_a_worker_has_answered(
    told: Told,
) -> None:
    code, found = told.unanswered
    offered = [row for row in found["differences"] if row["column"] == "offered"]
    assert (code, found["restated"], found["not_retained"]) == (1, 0, {})
    stays = {row["stays"] for row in found["differences"]}
    assert stays == {audit_kafka.UNANSWERED}
    assert [row["counted"] - row["recorded"] for row in offered] == [1]
    assert found["known_rejects"].keys() == {"too_late"}


def test_an_adjustment_that_is_sent_twice_is_taken_once(told: Told, tmp_path: Path) -> None:
    code, found = told.restated
    assert (code, found["agrees"]) == (0, True)
    by_audit = [one for one in told.history if one.reason == "audit"]
    assert len({one[:7] for one in by_audit}) == len(by_audit) == told.unanswered[1]["differing"]
    assert {(one.state, one.revision) for one in by_audit} == {("RESTATED", 2)}
    for one in by_audit:
        (before,) = (each for each in told.history if each[:6] == one[:6] and each.revision == 1)
        assert one.old_columns == before.columns
    in_time = tmp_path / "in_time.db"
    replayed(in_time, told.days.log)
    ledger = newest(told.store)
    assert {key: ledger[key] for key in newest(in_time)} == newest(in_time)


def test_a_second_audit_of_workers_finds_nothing(told: Told) -> None:
    code, found = told.again
    assert (code, found["differing"], found["restated"], found["known_rejects"]) == (0, 0, 0, {})


def test_the_workers_day_sums_are_those_of_the_ledger(told: Told) -> None:
    """Read from the newest checkpoint, as the next owner of the shard would."""
    settings = Settings.load(CONFIG).model_copy(update={"kafka": told.fleet.settings})
    shard = audit_kafka._shard(settings, 0)
    assert shard is not None
    offered = sum(
        one[0]["offered"] for key, one in newest(told.store).items() if "offered" in one[0]
    )
    rows = shard.days[0].cells.columns[: int(shard.days[0].cells.used[0])]
    assert int(rows[:, 0].sum()) == offered


def test_events_that_are_no_longer_retained_are_said_to_be_gone_and_judged_by_nobody(
    told: Told,
) -> None:
    settings = told.fleet.settings
    tail = TopicPartition(settings.topic("acd"), 0)
    with admin(settings) as client:
        client.delete_records({tail: 5})
    given = ["audit", "--kafka", "--store", str(told.store), *MONTH]
    refused = CliRunner(env=told.fleet.environment()).invoke(app, given)
    assert refused.exit_code == 2
    assert "nothing of 1999-01 can be counted again: bank/PS: events before" in refused.output
