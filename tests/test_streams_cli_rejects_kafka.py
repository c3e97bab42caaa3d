"""`rejects list|replay --kafka`: what could not be used, mended and sent again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.kafka.settings import REJECTS, KafkaSettings
from streams.rejects import reject
from tests.interval_topics import make_topics, values, worker

QUEUED: dict[str, Any] = {
    "type": "queued", "id": "1", "time": 1_700_000_000_000, "source": "pbx", "program": "shop",
    "contact": "c1", "queue": "sales",
}  # fmt: skip
TORN = json.dumps(QUEUED)[:-1].encode()
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
GOOD_ROW = "2,2024-05-01 09:10:00,2024-05-01 09:10:10,2024-05-01 09:15:00"
TABLE = f"id,entered,answered,ended\n1{GOOD_ROW[1:]}\n2,2024-05-01 09:10:00\n"
Command = Callable[..., Result]


@pytest.fixture
def kafka(kafka_settings: KafkaSettings) -> KafkaSettings:
    make_topics(kafka_settings, "acd", REJECTS)
    return kafka_settings


@pytest.fixture
def floorwatch(kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.setenv("FLOORWATCH_KAFKA__BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("FLOORWATCH_KAFKA__PREFIX", kafka.prefix)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run


def listed(floorwatch: Command, *more: str) -> list[dict[str, Any]]:
    shown = floorwatch("rejects", "list", "--kafka", "--json", *more)
    assert shown.exit_code == 0, shown.stderr
    found: list[dict[str, Any]] = json.loads(shown.stdout)
    return found


def kept(kafka: KafkaSettings, *raw: bytes, reason: str = "bad_json") -> None:
    """Rejects of a worker, at offsets 10, 11, ... of partition 2."""
    with worker(kafka, 2) as one:
        one.commit([], [reject(reason, "x", "acd", 10 + n, data) for n, data in enumerate(raw)])


def sent(kafka: KafkaSettings) -> list[Any]:
    return [json.loads(each.value) for each in values(kafka, "acd")]


def test_rejects_are_listed_as_from_a_store_by_topic_partition_and_offset(
    kafka: KafkaSettings, floorwatch: Command
) -> None:
    kept(kafka, TORN, b"\xff")
    first, second = listed(floorwatch)
    assert (first["id"], first["raw"]) == ("acd:2:10", TORN.decode())
    assert (second["id"], second["raw_base64"]) == ("acd:2:11", "/w==")
    assert list(first) == [
        *("id", "reason", "detail", "topic", "position", "kept", "raw", "raw_base64")
    ]
    shown = floorwatch("rejects", "list", "--kafka")
    assert "acd:2:10" in shown.stdout
    assert shown.stderr == "2 bad_json\n"
    assert listed(floorwatch, "--reason", "too_late") == []


def test_what_was_not_committed_is_not_listed_and_what_was_kept_twice_is_one(
    kafka: KafkaSettings, floorwatch: Command
) -> None:
    kept(kafka, TORN)
    kept(kafka, TORN)
    with worker(kafka, 2) as one:
        one.commit([], [reject("bad_json", "x", "acd", 99, b"{")], abort=True)
        one.commit(others=[(REJECTS, b"rubbish")])
    assert [row["id"] for row in listed(floorwatch)] == ["acd:2:10"]


def test_a_mended_reject_is_sent_by_its_program_and_no_longer_open(
    kafka: KafkaSettings, floorwatch: Command, tmp_path: Path
) -> None:
    kept(kafka, TORN, b"hopeless")
    rows = [row for row in listed(floorwatch) if row["id"] == "acd:2:10"]
    (tmp_path / "mended.json").write_text(json.dumps([rows[0] | {"raw": json.dumps(QUEUED)}]))
    shown = floorwatch("rejects", "replay", "--kafka", "--with", "mended.json")
    assert (shown.exit_code, shown.stderr) == (0, "1 taken in, 0 refused again\n")
    assert sent(kafka) == [QUEUED]
    assert values(kafka, "acd")[0].key == b"shop"
    assert [row["id"] for row in listed(floorwatch)] == ["acd:2:11"]
    assert [row["id"] for row in listed(floorwatch, "--all")] == ["acd:2:10", "acd:2:11"]


def test_a_reject_that_only_the_plan_refused_is_sent_as_it_is(
    kafka: KafkaSettings, floorwatch: Command
) -> None:
    kept(kafka, json.dumps(QUEUED).encode(), b"{", reason="unmapped_queue")
    shown = floorwatch("rejects", "replay", "--kafka", "--id", "acd:2:10")
    assert shown.exit_code == 0
    assert sent(kafka) == [QUEUED]


def test_what_is_still_wrong_is_refused_again_and_stays_open(
    kafka: KafkaSettings, floorwatch: Command
) -> None:
    kept(kafka, json.dumps(QUEUED).encode(), TORN)
    shown = floorwatch("rejects", "replay", "--kafka")
    assert shown.exit_code == 1
    assert "acd:2:11: refused again: bad_json" in shown.stderr
    assert "1 taken in, 1 refused again" in shown.stderr
    assert [row["id"] for row in listed(floorwatch)] == ["acd:2:11"]


@pytest.mark.parametrize("wrong", ["acd:2:99", "7"])
def test_an_unknown_id_is_an_error(kafka: KafkaSettings, floorwatch: Command, wrong: str) -> None:
    kept(kafka, TORN)
    shown = floorwatch("rejects", "replay", "--kafka", "--id", wrong)
    assert shown.exit_code == 2
    assert f"no open reject has id {wrong}" in shown.stderr


def test_a_mended_row_of_a_call_table_is_translated_and_sent(
    kafka: KafkaSettings, floorwatch: Command, tmp_path: Path
) -> None:
    (tmp_path / "calls.toml").write_text(MAPPING)
    (tmp_path / "may.csv").write_text(TABLE)
    assert floorwatch("send", "--config", "calls.toml", "may.csv").exit_code == 0
    before = len(sent(kafka))
    (row,) = listed(floorwatch)
    assert row["id"].startswith("acd:-1:")
    assert row["id"].endswith(":may.csv")
    (tmp_path / "mended.json").write_text(json.dumps([row | {"raw": GOOD_ROW}]))
    replay = ("rejects", "replay", "--kafka", "--config", "calls.toml", "--with", "mended.json")
    (tmp_path / "may.csv").rename(tmp_path / "moved.csv")
    shown = floorwatch(*replay)
    assert shown.exit_code == 1
    assert "needs_its_file: for the names of its columns: may.csv" in shown.stderr
    (tmp_path / "moved.csv").rename(tmp_path / "may.csv")
    assert floorwatch(*replay).exit_code == 0
    assert len(sent(kafka)) > before
    assert listed(floorwatch) == []


def test_a_line_of_a_log_is_mended_in_its_log(
    kafka: KafkaSettings, floorwatch: Command, tmp_path: Path
) -> None:
    (tmp_path / "queue_log").write_text("1700000000|c1|sales|NONE|ENTERQUEUE||07|1\nnonsense\n")
    assert floorwatch("send", "queue_log").exit_code == 0
    shown = floorwatch("rejects", "replay", "--kafka")
    assert shown.exit_code == 1
    assert "needs_its_log" in shown.stderr
    assert "mend it in queue_log and send that again" in shown.stderr


def test_the_copy_of_a_cluster_points_to_the_cluster(
    kafka: KafkaSettings, floorwatch: Command
) -> None:
    make_topics(kafka, "intervals", "plan")
    kept(kafka, TORN)
    assert floorwatch("ledger", "sync", "--store", "copy.db").exit_code == 0
    (row,) = json.loads(floorwatch("rejects", "list", "--store", "copy.db", "--json").stdout)
    assert (row["topic"], row["position"]) == ("acd:2", 10)
    shown = floorwatch("rejects", "replay", "--store", "copy.db")
    assert shown.exit_code == 2
    assert "rejects replay --kafka" in shown.stderr
    assert floorwatch("rejects", "list", "--kafka", "--store", "copy.db").exit_code == 2


def test_a_reject_sent_again_is_closed_in_the_copy_too(
    kafka: KafkaSettings, floorwatch: Command
) -> None:
    make_topics(kafka, "intervals", "plan")
    kept(kafka, json.dumps(QUEUED).encode())
    for left in (1, 0):
        assert floorwatch("ledger", "sync", "--store", "copy.db").exit_code == 0
        shown = floorwatch("rejects", "list", "--store", "copy.db", "--json")
        assert len(json.loads(shown.stdout)) == left
        floorwatch("rejects", "replay", "--kafka")
