"""`send` and `simulate --kafka` as a user starts them, and what then lies in the topics."""

import contextlib
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.kafka.broker import Broker
from streams.cli import app
from streams.kafka.records import KeptReject, reject_of
from streams.kafka.settings import REJECTS, KafkaSettings
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.files import plan_toml, write_files
from streams.simulator.settings import SimulatorSettings
from tests import naive
from tests.data import ROOT
from tests.interval_topics import make_topics, values
from tests.ledgers import columns, expected, newest

PATIENCE_S = 90
START = 1_700_000_000
DAY_MS = 86_400_000
QUEUED: dict[str, Any] = {
    "type": "queued", "id": "1", "time": START * 1000, "source": "pbx", "program": "shop",
    "contact": "c1", "queue": "sales",
}  # fmt: skip
BEAT = {"type": "heartbeat", "time": START * 1000, "source": "pbx", "program": "shop"}
MAPPING = """
[call_table]
source = "calls"
identity = ["id"]
entry = ["entered"]
answered = { at = ["answered"] }
abandoned = { at = ["ended"] }
program = { default = "shop" }
time = { style = "timestamp", formats = ["%Y-%m-%d %H:%M:%S"], zone = "UTC" }
outcomes = [
  { result = "answered", happened = ["answered"] },
  { result = "abandoned" },
]
"""
TABLE = (
    "id,entered,answered,ended\n"
    "1,2024-05-01 09:00:00,2024-05-01 09:00:10,2024-05-01 09:05:00\n"
    "2,2024-05-01 09:10:00\n"
    "3,2024-05-01 09:20:00,2024-05-01 09:20:10,2024-05-01 09:25:00\n"
)


@pytest.fixture
def kafka(kafka_settings: KafkaSettings) -> KafkaSettings:
    make_topics(kafka_settings, "acd", REJECTS)
    return kafka_settings


def surroundings(kafka: KafkaSettings) -> dict[str, str | None]:
    """Environment variables: those of settings are gone but for the cluster."""
    return {name: None for name in os.environ if name.startswith("FLOORWATCH_")} | {
        "FLOORWATCH_KAFKA__BOOTSTRAP": kafka.bootstrap,
        "FLOORWATCH_KAFKA__PREFIX": kafka.prefix,
    }


def started(kafka: KafkaSettings, folder: Path, *arguments: str | Path) -> Any:
    told = os.environ | surroundings(kafka) | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "streams.cli", *map(str, arguments)],
        cwd=folder, env={name: value for name, value in told.items() if value is not None}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(
    kafka: KafkaSettings, folder: Path, *arguments: str | Path, code: int = 0, apart: bool = False
) -> str:
    """What a command said on stderr that ends by itself; as a process only `apart`: starting takes seconds."""
    if apart:
        process = started(kafka, folder, *arguments)
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == code, errors
        assert "Traceback" not in errors
        return str(errors)
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, list(map(str, arguments)), env=surroundings(kafka))
    assert done.exit_code == code, (done.stderr, done.exception)
    return done.stderr


def lines(*events: dict[str, Any] | bytes) -> bytes:
    texts = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in events)
    return b"".join(text + b"\n" for text in texts)


def events(kafka: KafkaSettings) -> list[dict[str, Any]]:
    return [json.loads(each.value) for each in values(kafka, "acd")]


def of_type(kafka: KafkaSettings, type_: str) -> list[dict[str, Any]]:
    return [event for event in events(kafka) if event["type"] == type_]


def rejects(kafka: KafkaSettings) -> list[KeptReject]:
    found = [reject_of(each.value) for each in values(kafka, REJECTS)]
    return [each for each in found if isinstance(each, KeptReject)]


def recorded(kafka: KafkaSettings, plan: Any) -> tuple[Shard, list[Any]]:
    """A shard that has read the topic as a worker of all partitions does, and what it recorded."""
    shard, records = Shard(plan, live=True), []
    for number, each in enumerate(values(kafka, "acd")):
        shard.fold("acd", number, [number], [each.value], number + 1, START * 2000)
        if number % 500 == 0:
            records += shard.close(START * 2000, False)
    return shard, records + shard.close(START * 2000, False)


def test_events_are_sent_with_the_heartbeats_in_their_file(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(QUEUED, BEAT, QUEUED | {"id": "2", "more": 1}))
    told = finished(kafka, tmp_path, "send", "a.jsonl", apart=True)
    assert "3 lines read, 2 events and 1 heartbeats sent, 0 rejected, 1 unknown fields" in told
    assert [event["type"] for event in events(kafka)] == ["queued", "heartbeat", "queued"]
    assert {each.key for each in values(kafka, "acd")} == {b"shop"}


def test_with_complete_one_promise_behind_all_files_stands_for_all_others(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    later = QUEUED | {"time": START * 1000 + 5000, "id": "2"}
    other = QUEUED | {"program": "care", "source": "ivr"}
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines(BEAT, later, BEAT)))
    (tmp_path / "b.jsonl").write_bytes(lines(QUEUED, other, BEAT | {"program": "idle"}))
    finished(kafka, tmp_path, "send", "--complete", "a.jsonl.gz", "b.jsonl")
    beats = {
        (each["source"], each["program"]): each["time"] for each in of_type(kafka, "heartbeat")
    }
    assert beats == {
        ("pbx", "shop"): START * 1000 + 5000 + DAY_MS,
        ("pbx", "idle"): START * 1000 + 5000 + DAY_MS,
        ("ivr", "care"): START * 1000 + DAY_MS,
    }
    last = {each.partition: json.loads(each.value)["type"] for each in values(kafka, "acd")}
    assert set(last.values()) == {"heartbeat"}


def test_what_is_no_event_is_told_with_its_place_and_kept(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    first = lines(QUEUED)
    (tmp_path / "a.jsonl").write_bytes(first + lines(b"{\xff", QUEUED | {"type": "queud"}))
    told = finished(kafka, tmp_path, "send", "a.jsonl")
    assert f"a.jsonl: byte {len(first)}: bad_json" in told
    assert "1 events and 0 heartbeats sent, 2 rejected" in told
    found = {each.reason: each for each in rejects(kafka)}
    assert found["bad_json"].raw == b"{\xff"
    assert found["bad_json"].place.text() == f"acd:-1:{len(first)}:a.jsonl"
    assert "unknown_type" in found
    finished(kafka, tmp_path, "send", "--strict", "a.jsonl", code=1)


def test_as_is_sends_every_line_unjudged(kafka: KafkaSettings, tmp_path: Path) -> None:
    poison = [b"{\xff", b"[]", b"nonsense", b'{"program":"shop","type":"queud"}']
    (tmp_path / "a.jsonl").write_bytes(lines(*poison))
    finished(kafka, tmp_path, "send", "--as-is", "a.jsonl")
    found = values(kafka, "acd")
    assert sorted(each.value for each in found) == sorted(poison)
    assert sorted((each.key or b"") for each in found) == [b"", b"", b"", b"shop"]
    assert rejects(kafka) == []


def test_a_call_table_promises_behind_the_last_file(kafka: KafkaSettings, tmp_path: Path) -> None:
    (tmp_path / "calls.toml").write_text(MAPPING)
    for name in ("april.csv", "may.csv"):
        (tmp_path / name).write_text(TABLE)
    told = finished(kafka, tmp_path, "send", "--config", "calls.toml", "april.csv", "may.csv")
    assert "may.csv: byte" in told
    types = [event["type"] for event in events(kafka)]
    assert types.count("heartbeat") == 2
    assert types[-2:] == ["heartbeat", "heartbeat"]
    ids = [event["id"] for event in of_type(kafka, "queued")]
    assert ids[: len(ids) // 2] == ids[len(ids) // 2 :]
    assert {each.kind for each in rejects(kafka)} == {"call_table"}


def test_a_log_promises_up_to_its_last_line_and_with_complete_a_day_more(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    (tmp_path / "queue_log").write_text(
        f"{START}|1.1|sales|NONE|ENTERQUEUE||100|1\n{START + 9}|1.1|sales|SIP/1|CONNECT|9|x|3\n"
    )
    finished(kafka, tmp_path, "send", "queue_log")
    (beat,) = of_type(kafka, "heartbeat")
    assert beat["time"] == (START + 9) * 1000
    finished(kafka, tmp_path, "send", "--complete", "queue_log")
    assert max(each["time"] for each in of_type(kafka, "heartbeat")) == (START + 9) * 1000 + DAY_MS


def test_a_day_shuffled_and_sent_twice_counts_as_once_and_nothing_comes_too_late(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    center = Center(SimulatorSettings(seed=3, heartbeat_s=600))
    start = round(center.settings.start.timestamp() * 1000) + 9 * 3_600_000
    write_files(center, start, start + 3_600_000, tmp_path)
    written = (tmp_path / "events.jsonl").read_bytes().splitlines()
    shuffled = random.Random(5).sample(written, len(written))
    (tmp_path / "shuffled.jsonl").write_bytes(lines(*shuffled))
    finished(kafka, tmp_path, "send", "--complete", "shuffled.jsonl", "events.jsonl")
    shard, records = recorded(kafka, center.plan())
    marks: dict[str, int] = {}
    for beat in of_type(kafka, "heartbeat"):
        program, until = beat["program"], beat["time"]
        marks[program] = min(until, marks.get(program, until))
    true = [event for event in map(json.loads, written) if event["type"] != "heartbeat"]
    once = naive.columns(true, center.plan(), marks)
    assert shard.rejected == {}
    assert shard.duplicates == len(true)
    assert columns(records) == expected(once)
    counted = [record for record in newest(records).values() if record.columns]
    assert {record.state for record in counted} == {"FINAL"}


def test_a_simulated_span_reaches_the_topic_broken_copies_included(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    arguments = ("simulate", "--kafka", "out", "--days", "0.45", "--seed", "5", "--bad-feed")
    finished(kafka, tmp_path, *arguments)
    written = (tmp_path / "out" / "events.jsonl").read_bytes().splitlines()
    found = [each.value for each in values(kafka, "acd")]
    assert sorted(found) == sorted(written)
    assert len(found) > 1000


def test_a_simulated_span_is_paced(kafka: KafkaSettings, tmp_path: Path) -> None:
    begun = time.monotonic()
    finished(kafka, tmp_path, "simulate", "--kafka", "--days", "0.005", "--rate", "200")
    count = len(values(kafka, "acd"))
    assert time.monotonic() - begun > count / 200 - 0.5
    begun = time.monotonic()
    finished(kafka, tmp_path, "simulate", "--kafka", "--days", "0.005", "--speed", "200")
    assert time.monotonic() - begun > 0.005 * 86_400 / 200 - 0.5


def test_what_goes_only_with_kafka_or_with_files_is_said(tmp_path: Path) -> None:
    nowhere = KafkaSettings()
    for wrong in (
        ("simulate",),
        ("simulate", "x", "--rate", "5"),
        ("simulate", "--kafka", "--now", "--speed", "2"),
        ("send", "--follow", "queue_log"),
        ("send", "--follow", "--complete", "--state", "s", "queue_log"),
        ("send", "--state", "s", "queue_log"),
    ):
        assert "error: " in finished(nowhere, tmp_path, *wrong, code=2)


def followed(kafka: KafkaSettings, folder: Path, *more: str) -> Any:
    return started(kafka, folder, "send", "--follow", "--state", "pbx.state", *more)


def wait_for_events(kafka: KafkaSettings, count: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while sum(event["type"] != "heartbeat" for event in events(kafka)) < count:
        assert time.monotonic() < until
        time.sleep(0.1)


def entered(number: int) -> str:
    return f"{START + number}|{number}.1|sales|NONE|ENTERQUEUE||100|1\n"


def test_a_followed_log_goes_on_after_a_signal_where_it_was(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    log = tmp_path / "queue_log"
    log.write_text(entered(1))
    first = followed(kafka, tmp_path, "queue_log")
    wait_for_events(kafka, 1)
    with log.open("a") as more:
        more.write("nonsense\n" + entered(2))
    wait_for_events(kafka, 2)
    first.send_signal(signal.SIGTERM)
    _, errors = first.communicate(timeout=PATIENCE_S)
    assert first.returncode == 0, errors
    with log.open("a") as more:
        more.write(f"{START + 9}|1.1|sales|SIP/1|CONNECT|8|x|3\n")
    second = followed(kafka, tmp_path, "queue_log")
    until = time.monotonic() + PATIENCE_S
    # The bridge remembers the call of before, and promises once it has read all.
    while not of_type(kafka, "answered") or not of_type(kafka, "heartbeat"):
        assert time.monotonic() < until
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=PATIENCE_S)
    ids = [event["id"] for event in events(kafka) if event["type"] != "heartbeat"]
    assert len(ids) == len(set(ids))
    assert len(rejects(kafka)) == 1
    beats = [each["time"] for each in of_type(kafka, "heartbeat")]
    assert max(beats) <= time.time() * 1000 - 1500


def test_a_follower_killed_at_any_moment_loses_nothing_and_its_repeats_are_the_same(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    draw, log, count = random.Random(3), tmp_path / "queue_log", 0
    log.write_text("")
    for _ in range(5):
        process = followed(kafka, tmp_path, "queue_log")
        until = time.monotonic() + 1.0 + draw.random()
        while time.monotonic() < until:
            with log.open("a") as more:
                for _ in range(20):
                    count += 1
                    more.write(entered(count))
            time.sleep(0.05)
        process.kill()
        process.communicate()
    last = followed(kafka, tmp_path, "queue_log")
    until = time.monotonic() + PATIENCE_S
    while len({event["contact"] for event in of_type(kafka, "queued")}) < count:
        assert time.monotonic() < until
        time.sleep(0.2)
    last.send_signal(signal.SIGTERM)
    last.communicate(timeout=PATIENCE_S)
    found = of_type(kafka, "queued")
    by_id = {(event["id"], event["contact"]): event for event in found}
    assert len(by_id) == count
    assert all(by_id[event["id"], event["contact"]] == event for event in found)


def test_a_signal_while_the_cluster_is_away_ends_in_time_and_the_next_start_sends_the_rest(
    own_broker: Callable[..., Broker], tmp_path: Path
) -> None:
    broker = own_broker()
    kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix="x-")
    make_topics(kafka, "acd", REJECTS)
    (tmp_path / "center.toml").write_text("[kafka]\nexit_deadline_s = 2\n")
    log = tmp_path / "queue_log"
    log.write_text(entered(1))
    first = followed(kafka, tmp_path, "--config", "center.toml", "queue_log")
    wait_for_events(kafka, 1)
    broker.kill()
    with log.open("a") as more:
        more.write(entered(2))
    time.sleep(2)
    first.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    _, errors = first.communicate(timeout=PATIENCE_S)
    assert time.monotonic() - begun < 8
    assert first.returncode == 2, errors
    assert "records were not acknowledged" in errors
    broker.start()
    second = followed(kafka, tmp_path, "queue_log")
    wait_for_events(kafka, 2)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=PATIENCE_S)
    assert {event["contact"] for event in of_type(kafka, "queued")} == {"1.1", "2.1"}


def test_a_pipe_is_sent_to_its_end(kafka: KafkaSettings, tmp_path: Path) -> None:
    process = followed(kafka, tmp_path, "-")
    _, errors = process.communicate(lines(QUEUED, BEAT, b"{").decode(), timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert [event["type"] for event in events(kafka)] == ["queued", "heartbeat"]
    assert rejects(kafka)[0].place.source == "stdin"


def test_one_state_file_serves_one_process_and_a_damaged_one_is_refused(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    (tmp_path / "queue_log").write_text(entered(1))
    first = followed(kafka, tmp_path, "queue_log")
    wait_for_events(kafka, 1)
    arguments = ("send", "--follow", "--state", "pbx.state", "queue_log")
    assert "another floorwatch uses it" in finished(kafka, tmp_path, *arguments, code=2, apart=True)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=PATIENCE_S)
    (tmp_path / "pbx.state").write_text("{")
    assert "not a state of" in finished(kafka, tmp_path, *arguments, code=2, apart=True)


def test_the_plan_of_the_simulator_can_be_used_as_settings(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(plan_toml(Center().plan()))
    assert "error" in finished(
        KafkaSettings(bootstrap="127.0.0.1:1"), tmp_path,
        *("simulate", "--kafka", "--config", "plan.toml", "--days", "0.01"), code=2,
    )  # fmt: skip
