"""January of a bank through `send`, Kafka and a worker: the ledger that one machine writes."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from streams.checkpoint.sqlite import SqliteStore
from streams.kafka.committed import Committed
from streams.kafka.settings import KafkaSettings
from tests.bank import CONFIG, Bank, Newest, newest, replayed
from tests.data import shared
from tests.effort import FULL
from tests.kafka_workers import Fleet, fleet
from tests.ledgers import total

BANK = Bank(shared("technion-anonymousbank-1999"))
JANUARY = BANK.month("january")
WORKERS = {1: 2, 4: 1, 12: 1}
"""By partition count. Two of one partition: one owns none, and stands by as ready as the other."""
FEWEST_IN_USE = {1: 1, 4: 4, 12: 4}
"""Partitions with events, by partition count: the key is the program, and there are seven."""


@pytest.fixture(scope="module")
def on_one_machine(tmp_path_factory: pytest.TempPathFactory) -> Newest:
    store = tmp_path_factory.mktemp("bank") / "store.db"
    replayed(store, JANUARY)
    return newest(store)


@pytest.fixture(params=FEWEST_IN_USE if FULL else (12,))
def cluster(request: Any, kafka_settings: KafkaSettings, tmp_path: Path) -> Any:
    settings = kafka_settings.model_copy(update={"partitions": request.param})
    with fleet(settings, tmp_path, CONFIG) as workers:
        yield workers


def with_traffic(ledger: Newest) -> Newest:
    return {key: value for key, value in ledger.items() if value[0]}


def test_january_through_kafka_has_the_ledger_of_one_machine_and_the_figures_of_the_reference(
    cluster: Fleet, on_one_machine: Newest
) -> None:
    cluster.start(WORKERS[cluster.settings.partitions])
    sent = cluster.floorwatch("send", "--strict", JANUARY)
    cluster.until_done()
    for worker in cluster.workers:
        worker.until_ready()
    cluster.stop()
    assert "119,939 events and 7 heartbeats sent, 0 rejected" in sent.stderr

    store = cluster.synced()
    with closing(SqliteStore(store, read_only=True)) as kept:
        assert [each for _, each, _ in kept.rejects()] == []
    ledger = newest(store)
    assert with_traffic(ledger) == with_traffic(on_one_machine)
    # A live ledger goes on with rows of zeros up to the promise, a file's ends behind its last call.
    assert on_one_machine.items() <= ledger.items()

    columns, want = total(value[0] for value in ledger.values()), BANK.reference("january")
    assert columns["offered"] == want["offered"]
    assert columns["ans"] == want["answered"]
    assert columns["abn"] == want["hang_after_queueing"]
    assert columns["wait_ans_ms"] == want["sum_q_time_answered"] * 1000
    assert columns["wait_abn_ms"] == want["sum_q_time_abandoned"] * 1000
    assert columns["handled"] == want["ser"]["agent_rows_with_ser_start"]

    with Committed(cluster.settings, ("acd",)) as events:
        used = [tail.partition for tail, (start, end) in events.bounds().items() if end > start]
    assert len(used) >= FEWEST_IN_USE[cluster.settings.partitions]
