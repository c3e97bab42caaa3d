"""Outbound work through `send`, Kafka and two workers: the ledger, and O1 to O3, of one machine."""

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.outbound import OUTBOUND_CHANNEL
from schemas.targets import Plan
from streams.checkpoint.sqlite import SqliteStore
from streams.drivers.replay import Options, replay
from streams.kafka.settings import KafkaSettings
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import deliveries, plan_toml
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import DIALER_SOURCE
from tests import naive_outbound
from tests.bank import Newest, newest
from tests.kafka_workers import Fleet, fleet
from tests.test_streams_cli_score import told

HOUR_MS = 3_600_000
CENTER = SimulatorSettings(seed=5, scale=0.1, heartbeat_s=1800, outbound=True)
START_MS = round(CENTER.start.timestamp() * 1000)
END_MS = START_MS + 72 * HOUR_MS
FEED = FeedSettings(
    seed=6, reordered=0.1, reordered_s=600, late=0.3, late_s=5 * 3600, duplicated=0.05,
    truthful=False,
)  # fmt: skip
PARTS = 4
OF_OUTBOUND = ("rpc_rate", "list_backlog", "list_backlog_net_variant", "dialer_completion")


@dataclass(frozen=True)
class Days:
    """Three days of a dialer as they arrive, and a promise that lets every interval close."""

    lines: list[bytes]
    config: Path
    plan: Plan
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    center, config = Center(CENTER), tmp_path_factory.mktemp("days") / "floorwatch.toml"
    arriving = [one.raw for one in deliveries(center, START_MS, END_MS, Feed(FEED))]
    of_dialer = [(raw, json.loads(raw)) for raw in arriving]
    of_dialer = [(raw, event) for raw, event in of_dialer if event["source"] == DIALER_SOURCE]
    programs = sorted({event["program"] for _, event in of_dialer})
    last = {"type": "heartbeat", "time": END_MS + 48 * HOUR_MS, "source": DIALER_SOURCE}
    promises = [msgspec.json.encode(last | {"program": name}) for name in programs]
    config.write_text(plan_toml(center.plan()), "utf-8")
    events = [event for _, event in of_dialer if event["type"] != "heartbeat"]
    return Days([*(raw for raw, _ in of_dialer), *promises], config, center.plan(), events)


def written(path: Path, lines: list[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def replayed(days: Days, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replayed")
    store, file = folder / "store.db", written(folder / "days.jsonl", days.lines)
    replay(Settings.load(days.config), [file], Options(store, live=True, checkpoint_rows=500))
    return store


@pytest.fixture
def cluster(days: Days, kafka_settings: KafkaSettings, tmp_path: Path) -> Any:
    with fleet(kafka_settings, tmp_path, days.config, CHECKPOINT__INTERVAL_S="0.3") as workers:
        yield workers


def of_campaigns(store: Path) -> Newest:
    return {
        key: value
        for key, value in newest(store).items()
        if key[2] == OUTBOUND_CHANNEL and value[0]
    }


def month(store: Path) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Value, n and state of O1 to O3 in the month, by program, campaign and KPI."""
    name = CENTER.start.astimezone(CENTER.zone).date().isoformat()[:7]
    return {
        (row["program"], row["queue"], row["kpi"]): (row["value"], row["n"], row["known"])
        for row in told("month", "--store", store, "--month", name)
        if row["kpi"] in OF_OUTBOUND
    }


def test_three_days_of_a_dialer_have_one_ledger_and_one_month_on_two_workers_and_replayed(
    cluster: Fleet, days: Days, replayed: Path
) -> None:
    cluster.started(2)
    size = -(-len(days.lines) // PARTS)
    for part in range(PARTS):
        lines = days.lines[part * size : (part + 1) * size]
        cluster.floorwatch("send", "--as-is", written(cluster.folder / f"{part}.jsonl", lines))
        cluster.until_done()
    cluster.stop()
    store = cluster.synced()

    by_kafka = of_campaigns(store)
    assert by_kafka == of_campaigns(replayed)
    counted = naive_outbound.columns(
        days.events, days.plan, dict.fromkeys(days.plan.programs, END_MS + 48 * HOUR_MS)
    )
    found: dict[Any, dict[str, int]] = {}
    for key, (columns, *_) in by_kafka.items():
        found.setdefault(key[:5], {}).update(columns)
    assert found == counted.columns
    with closing(SqliteStore(store, read_only=True)) as kept:
        assert [each for _, each, _ in kept.rejects()] == []
        assert sum(one.state == "RESTATED" for one in kept.history()) > 3

    shown = month(store)
    assert shown == month(replayed)
    values = {kpi: [] for kpi in OF_OUTBOUND}
    for (_, queue, kpi), (value, *_) in shown.items():
        values[kpi] += [value] if queue else []
    assert all(value is not None and value > 0 for value in values["rpc_rate"])
    assert any(values["list_backlog"])
    assert all(0 < value <= 1 for value in values["dialer_completion"])
