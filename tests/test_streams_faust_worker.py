"""The worker around its shards: what it was tried with, how it logs in, how it ends."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from deploy.kafka.broker import Broker
from deploy.kafka.certificates import Authority
from streams.checkpoint.sqlite import SqliteStore
from streams.drivers.faust_worker import pins, transport
from streams.errors import UserError
from streams.kafka.settings import KafkaSettings
from streams.simulator.center import Center
from streams.simulator.files import write_files
from streams.simulator.settings import SimulatorSettings
from tests.broker import PASSWORD, USER, until
from tests.data import ROOT
from tests.kafka_workers import WORKER, Fleet, fleet

HOUR_MS = 3_600_000


def test_this_installation_has_everything_that_is_overridden() -> None:
    pins.check()


def test_another_release_of_a_library_is_refused_by_name_and_number() -> None:
    with pytest.raises(UserError, match=r"aiokafka 0\.15\.0") as told:
        pins.check(installed={**pins.VERSIONS, "aiokafka": "0.15.0"})
    assert told.value.hint == "pip install aiokafka==0.14.0"


def test_a_name_that_is_gone_from_a_library_is_refused() -> None:
    class Consumer:
        pass

    with pytest.raises(UserError, match=r"Consumer\.getmany"):
        pins.check(names=((Consumer, "getmany"),))


def test_pinned_releases_are_those_of_the_requirements() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert {f"{name}=={number}" for name, number in pins.VERSIONS.items()} <= set(lines)


def record_batch(first: int, count: int, last: int | None = None) -> bytes:
    """A record batch as a broker sends it; `last` where its last records were compacted away."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, producer_id=-1, producer_epoch=-1,
        base_sequence=-1, batch_size=1 << 16,
    )  # fmt: skip
    for number in range(count):
        builder.append(number, 0, b"key", b"%d" % (first + number), [])
    raw = bytearray(builder.build())
    raw[:8] = struct.pack(">q", first)
    if last is not None:
        raw[23:27] = struct.pack(">i", last - first)
    return bytes(raw)


class Fetched:
    """What one fetch brought of a partition, asked for from offset 5 on."""

    def __init__(self, raw: bytes) -> None:
        self.place = SimpleNamespace(paused=False, position=5)
        self.place.consumed_to = self._consumed_to
        self.moves: list[tuple[int | None, int]] = []
        assignment = SimpleNamespace(active=True, state_value=lambda tp: self.place)
        records = fetcher.PartitionRecords(
            ("acd", 0), MemoryRecords(raw), [], 5, None, None, False, fetcher.READ_COMMITTED
        )
        self.result = fetcher.FetchResult(
            ("acd", 0), assignment=assignment, partition_records=records, backoff=0
        )

    def _consumed_to(self, offset: int) -> None:
        self.moves.append((getattr(self.place, "given", None), offset))
        self.place.position = offset

    def taken(self, most: int) -> tuple[int, list[int]]:
        """Start and offsets of what comes next."""
        found = self.result.getall(most)
        assert [int(record.value) for record in found] == [record.offset for record in found]
        return found.start, [record.offset for record in found]


def test_what_was_fetched_says_from_which_offset_on_nothing_is_left_out() -> None:
    transport.install()
    fetched = Fetched(record_batch(7, 3, last=10) + record_batch(12, 2))
    assert fetched.taken(3) == (5, [7, 8, 9])
    assert fetched.place.position == 10
    assert fetched.taken(9) == (10, [12, 13])
    assert fetched.place.position == 14
    assert not fetched.result.has_more()


def test_where_fetching_stands_moves_only_once_it_is_noted_what_was_given() -> None:
    transport.install()
    fetched = Fetched(record_batch(5, 3, last=9))
    fetched.taken(9)
    assert fetched.moves == [(8, 10)]


def test_a_record_batch_is_cut_where_the_client_asks_for_no_more() -> None:
    transport.install()
    fetched = Fetched(record_batch(4, 5) + record_batch(9, 2))
    # Offset 4 lies before what was asked for: a record batch comes whole, shards ignore it.
    assert fetched.taken(3) == (5, [4, 5, 6])
    assert fetched.taken(2) == (7, [7, 8])
    assert fetched.place.position == 9
    assert fetched.taken(1) == (9, [9])
    assert fetched.taken(5) == (10, [10])
    assert fetched.place.position == 11
    assert not fetched.result.has_more()


def test_what_was_fetched_before_a_seek_is_dropped_behind_it() -> None:
    transport.install()
    fetched = Fetched(record_batch(5, 4))
    assert fetched.taken(2) == (5, [5, 6])
    fetched.place.position = 50
    assert fetched.taken(2) == (-1, [])


@pytest.fixture
def hour(tmp_path: Path) -> SimpleNamespace:
    """An hour of a simulated center: its events, its settings file."""
    center = Center(SimulatorSettings(seed=17, scale=0.3))
    start = round(center.settings.start.timestamp() * 1000) + 10 * HOUR_MS
    write_files(center, start, start + HOUR_MS, tmp_path)
    queue, listed = next(iter(center.plan().queues.items()))
    targets = tmp_path / "targets.csv"
    targets.write_text(
        "program,queue,date,thresholds_s,service_level,asa_s,abandonment\n"
        f"{listed.program},{queue},2040-01-02,30 60,0.85,,0.04\n"
    )
    range_ = ("--from", "2026-03-02T10:00", "--to", "2026-03-02T10:30", "--exclude")
    said = ("--owner", "it", "--cause", "technology", "--lever", "none", "--reason", "twice")
    return SimpleNamespace(
        events=tmp_path / "events.jsonl", config=tmp_path / "plan.toml", targets=targets,
        queue=queue, act=("--program", listed.program, *range_, *said, "--by", "mori"),
    )  # fmt: skip


def security(ca_file: Path, password: str = PASSWORD, mechanism: str = "SCRAM-SHA-512") -> str:
    given = {"protocol": "sasl_ssl", "ca_file": str(ca_file), "mechanism": mechanism}
    return json.dumps({**given, "username": USER, "password": password})


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_worker_and_every_command_work_over_tls_with_a_password(
    secured_broker: Broker, tmp_path: Path, hour: SimpleNamespace, mechanism: str
) -> None:
    app = f"secure-{mechanism.lower()}"
    plain = KafkaSettings(bootstrap=secured_broker.bootstrap, app=app, prefix=f"{app}-")
    login = {
        "KAFKA__BOOTSTRAP": secured_broker.bootstrap_sasl,
        "KAFKA__SECURITY": security(secured_broker.ca_file, mechanism=mechanism),
    }
    with fleet(plain, tmp_path, hour.config, **login) as cluster:
        (worker,) = cluster.started(1)
        cluster.floorwatch("send", hour.events)
        cluster.until_done()
        store = tmp_path / "copy.db"
        cluster.floorwatch("plan", "import", "--kafka", hour.targets)
        cluster.floorwatch("ledger", "sync", "--store", store)
        cluster.floorwatch("act", "add", "--kafka", "--store", store, *hour.act)
        until(lambda: len(worker.said("plan_taken")) == 2, 20)
        cluster.stop()
        with closing(SqliteStore(store, read_only=True)) as kept:
            assert kept.plan().targets_of(hour.queue)[-1].service_level == 0.85
        assert sum(row[0].get("offered", 0) for row in cluster.newest().values()) > 50


def ended(cluster: Fleet) -> subprocess.CompletedProcess[str]:
    """A worker that ends by itself, soon."""
    return subprocess.run(
        [sys.executable, "-c", WORKER, "worker", "--port", "0"],
        cwd=ROOT, env=cluster.environment(), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_a_worker_with_a_wrong_authority_or_password_ends_with_a_clear_error(
    secured_broker: Broker, tmp_path: Path
) -> None:
    plain = KafkaSettings(bootstrap=secured_broker.bootstrap)
    foreign = Authority(tmp_path, "somebody else").ca_file
    for given, told in (
        (security(foreign), "certificate"),
        (security(secured_broker.ca_file, password="wrong"), "password"),
    ):
        login = {"KAFKA__BOOTSTRAP": secured_broker.bootstrap_sasl, "KAFKA__SECURITY": given}
        done = ended(Fleet(plain, tmp_path, None, **login))
        assert done.returncode == 2
        error, hint = done.stderr.strip().splitlines()[-2:]
        assert error.startswith("error: ")
        assert told in error.lower() + hint.lower()
        assert "wrong" not in done.stderr.replace("wrong CA", "")


def test_a_worker_without_a_cluster_or_topics_ends_with_a_clear_error(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    away = kafka_settings.model_copy(update={"bootstrap": "127.0.0.1:1"})
    done = ended(Fleet(away, tmp_path))
    assert (done.returncode, "127.0.0.1:1" in done.stderr) == (2, True)
    done = ended(Fleet(kafka_settings, tmp_path))
    assert done.returncode == 2
    assert "floorwatch topics apply" in done.stderr


def test_a_worker_whose_broker_is_gone_ends_within_its_deadline(
    own_broker: Callable[..., Broker], tmp_path: Path
) -> None:
    broker = own_broker()
    settings = KafkaSettings(bootstrap=broker.bootstrap, partitions=2, exit_deadline_s=3)
    with fleet(settings, tmp_path) as cluster:
        (worker,) = cluster.started(1)
        broker.kill()
        worker.process.terminate()
        assert worker.process.wait(15) in (0, 3)
