"""One recorded day of a bad feed gives one ledger: by one machine, replayed live, and by Kafka."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.bots import IVR_CHANNEL
from schemas.columns import COLUMN_BASIS
from schemas.events import TOPIC_OF, TOPICS
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams.checkpoint.sqlite import SqliteStore
from streams.drivers.embedded import Embedded
from streams.drivers.replay import Options, replay
from streams.kafka.settings import KafkaSettings
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings, Label
from streams.simulator.files import deliveries, plan_toml
from streams.simulator.settings import SimulatorSettings
from streams.sources.tail import TailSource
from tests import naive, naive_bots, naive_cases, naive_chat, naive_outbound, naive_staff
from tests.bank import Newest, newest
from tests.kafka_workers import Fleet, fleet
from tests.ledgers import expected, of_visits

HOUR_MS = 3_600_000
CENTER = SimulatorSettings(
    seed=7, scale=0.2, heartbeat_s=60, staff_events=True, forecasts=True, chat=True, bots=True,
    cases=True, outbound=True,
)  # fmt: skip
FEED = FeedSettings(
    seed=8, reordered=0.1, reordered_s=600, late=0.05, late_s=5 * 3600, duplicated=0.05,
    malformed=0.01, missing_ends=0.01, truthful=False,
)  # fmt: skip
"""Late by up to 5 h behind heartbeats that promised otherwise: after 2 h it restates, after 6 h only
it would be too late."""
PARTS = 5
Rejects = Counter[tuple[str, bytes]]


@dataclass(frozen=True)
class Day:
    """Lines as they arrive, settings with the plan, and what the slow twin makes of the events."""

    lines: list[bytes]
    config: Path
    plan: Plan
    technologies: Technologies
    valid: list[dict[str, Any]]
    malformed: int


@dataclass(frozen=True)
class Told:
    """What a driver left: newest values, rejects, and how often it restated."""

    ledger: Newest
    rejects: Rejects
    restated: int


def told(store: Path) -> Told:
    with closing(SqliteStore(store, read_only=True)) as kept:
        rejects = Counter((each.reason, each.raw) for _, each, _ in kept.rejects())
        restated = sum(record.state == "RESTATED" for record in kept.history())
    return Told(newest(store), rejects, restated)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day of five programs, and a promise of two days more: every interval closes."""
    center, config = Center(CENTER), tmp_path_factory.mktemp("day") / "floorwatch.toml"
    start = round(CENTER.start.timestamp() * 1000) + 7 * HOUR_MS
    arriving = list(deliveries(center, start, start + 15 * HOUR_MS, Feed(FEED)))
    lines = [one.raw for one in arriving]
    valid = [json.loads(one.raw) for one in arriving if one.label is not Label.MALFORMED]
    feeds = {(e["source"], e["program"]) for e in valid if TOPIC_OF.get(e["type"]) != "plan"}
    last = {"type": "heartbeat", "time": start + 64 * HOUR_MS}
    lines += [msgspec.json.encode(last | {"source": s, "program": p}) for s, p in sorted(feeds)]
    plan, technologies = center.plan(), center.technologies()
    config.write_text(plan_toml(plan, technologies), "utf-8")
    return Day(lines, config, plan, technologies, valid, len(arriving) - len(valid))


@pytest.fixture(scope="module")
def on_one_machine(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("embedded")
    log, store = folder / "day.jsonl", folder / "store.db"
    log.write_bytes(b"".join(line + b"\n" for line in day.lines))
    opener = {"day": lambda state: (TailSource(log, state, name="day"), None)}
    settings = Settings.load(day.config, {"checkpoint": {"interval_s": 0.2}})
    driver = Embedded(settings, opener, SqliteStore(store))  # type: ignore[arg-type]
    driver.start()
    while driver.step():
        pass
    driver.finish()
    return told(store)


@pytest.fixture(scope="module")
def replayed_live(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("replayed")
    file, store = folder / "day.jsonl", folder / "store.db"
    file.write_bytes(b"".join(line + b"\n" for line in day.lines))
    replay(Settings.load(day.config), [file], Options(store, live=True, checkpoint_rows=3000))
    return told(store)


@pytest.fixture
def cluster(day: Day, kafka_settings: KafkaSettings, tmp_path: Path) -> Any:
    with fleet(kafka_settings, tmp_path, day.config, CHECKPOINT__INTERVAL_S="0.3") as workers:
        yield workers


def through_kafka(cluster: Fleet, day: Day) -> Told:
    """Sent in parts, so that intervals close, and are restated, between them."""
    cluster.started(2)
    size = -(-len(day.lines) // PARTS)
    for part in range(PARTS):
        file = cluster.folder / f"part-{part}.jsonl"
        lines = day.lines[part * size : (part + 1) * size]
        file.write_bytes(b"".join(line + b"\n" for line in lines))
        cluster.floorwatch("send", "--as-is", file)
        cluster.until_done()
    owned = [worker.said("assigned")[-1]["partitions"] for worker in cluster.workers]
    assert sorted(map(len, owned)) == [2, 2]
    cluster.stop()
    return told(cluster.synced())


def with_traffic(ledger: Newest) -> Newest:
    return {key: value for key, value in ledger.items() if value[0]}


def with_facts(ledger: Newest) -> Newest:
    """Without rows that stand for nothing: of what was counted there for a while and then left."""
    facts = ("arrival", "cohort")
    return {k: value for k, value in ledger.items() if value[0] or (k[1] and k[5] in facts)}


def counted_slowly(day: Day) -> tuple[dict[Any, Any], dict[Any, Any]]:
    marks = dict.fromkeys(day.plan.programs, json.loads(day.lines[-1])["time"])
    topics = {topic: [] for topic in TOPICS}
    for event in day.valid:
        topics[TOPIC_OF.get(event["type"], "acd")].append(event)
    calls = [event for event in topics["acd"] if "contact" in event]
    figures = naive.columns(calls, day.plan, marks)
    people = naive_staff.columns(topics["staff"] + topics["plan"], day.plan, marks)
    staff = {(*key, "clipped"): row for key, row in people.items()}
    assert len(staff) > 500
    chats = naive_chat.columns(topics["chat"], day.plan, marks)
    bots = naive_bots.columns(topics["bot"], day.plan, day.technologies, marks)
    others = by_basis(chats.arrival, chats.handling, chats.offers, chats.turns)
    others |= by_basis(bots.arrival, bots.clipped)
    assert len(others) > 500
    cases = naive_cases.columns(topics["acd"], day.plan, marks)
    dialled = naive_outbound.columns(topics["acd"], day.plan, marks)
    assert min(len(cases.columns), len(dialled.columns)) > 20
    others |= by_basis(cases.columns, dialled.columns)
    waits = figures.wait_hist | chats.wait_hist | bots.latency_hist
    return expected(figures) | staff | others, waits


def by_basis(*tables: Mapping[naive.Key, Mapping[str, int]]) -> dict[Any, dict[str, int]]:
    """The twins' columns as the ledger keeps them: a row for each basis."""
    found: dict[Any, dict[str, int]] = {}
    for table in tables:
        for key, row in table.items():
            for name, value in row.items():
                found.setdefault((*key, str(COLUMN_BASIS[name])), {})[name] = value
    return found


def of_twins(key: tuple[Any, ...], row: Mapping[str, int]) -> Mapping[str, int]:
    """What the twins count of a row: of calls they leave attempts and the IVR to another one."""
    return of_visits(row) if key[2] in ("voice", IVR_CHANNEL) else row


def test_a_day_of_a_bad_feed_has_one_ledger_on_one_machine_replayed_live_and_on_two_workers(
    cluster: Fleet, day: Day, on_one_machine: Told, replayed_live: Told
) -> None:
    by_kafka = through_kafka(cluster, day)
    assert with_facts(by_kafka.ledger) == with_facts(on_one_machine.ledger)
    assert with_traffic(by_kafka.ledger) == with_traffic(replayed_live.ledger)
    assert by_kafka.rejects == on_one_machine.rejects == replayed_live.rejects
    assert by_kafka.rejects.total() == day.malformed > 0

    columns, waits = counted_slowly(day)
    ledger = with_traffic(by_kafka.ledger)
    visits = {key: of_twins(key, value[0]) for key, value in ledger.items()}
    assert {key: row for key, row in visits.items() if row} == columns
    arrivals = {key: value[1] for key, value in ledger.items() if key[5] == "arrival"}
    assert {key[:5]: hist for key, hist in arrivals.items() if hist} == waits
    # Late events must have met what was final, or this test shows nothing.
    assert min(by_kafka.restated, replayed_live.restated) > 20
