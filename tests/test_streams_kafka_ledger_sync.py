"""The copy of the ledger's topics in a store: nothing twice, nothing lost, nothing overwritten."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schemas.targets import Plan
from streams.checkpoint import promises
from streams.checkpoint.sqlite import Commit, SqliteStore, StoreError
from streams.errors import UserError
from streams.kafka.ledger_sync import Options, sync
from streams.kafka.outgoing import Outgoing
from streams.kafka.records import Place, taken_again_record
from streams.kafka.settings import INTERVALS, PLAN, REJECTS, KafkaSettings
from streams.planning.journal import plan_path
from streams.rejects import reject
from streams.settings import Settings
from tests.data import ROOT
from tests.interval_topics import FIRST_MS, interval, make_topics, worker

PATIENCE_S = 60


@pytest.fixture
def settings(kafka_settings: KafkaSettings) -> Settings:
    make_topics(kafka_settings, INTERVALS, PLAN, REJECTS)
    plan = Plan.model_validate({"programs": {"shop": {"time_zone": "Europe/Berlin"}}})
    return Settings(kafka=kafka_settings, plan=plan)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


def copied(settings: Settings, path: Path) -> Any:
    return sync(settings, path, Options())


def tables(path: Path) -> dict[str, list[Any]]:
    """All a reader of the store sees; rejects without their number, which tells their order only."""
    with closing(sqlite3.connect(path)) as database:
        return {
            "ledger": database.execute("SELECT * FROM ledger ORDER BY 1,2,3,4,5,6,7").fetchall(),
            "rejects": database.execute(
                "SELECT reason, detail, topic, position, raw, kept_ms, replayed_ms FROM reject "
                "ORDER BY topic, position"
            ).fetchall(),
        }


def ledger(path: Path) -> list[Any]:
    with closing(SqliteStore(path, read_only=True)) as store:
        return list(store.ledger())


def environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLOORWATCH_")}
    kafka = {"BOOTSTRAP": settings.kafka.bootstrap, "PREFIX": settings.kafka.prefix}
    return kept | {f"FLOORWATCH_KAFKA__{name}": value for name, value in kafka.items()}


def started(settings: Settings, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "streams.cli", *map(str, arguments)],
        cwd=ROOT,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(settings: Settings, *arguments: str | Path) -> tuple[int, str, str]:
    process = started(settings, *arguments)
    out, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, errors


def test_every_revision_that_was_committed_is_in_the_store(settings: Settings, path: Path) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(n, 0) for n in range(20)])
        one.commit([interval(n, 1) for n in range(10)])
        one.commit([interval(4, 2)])
    assert copied(settings, path).intervals == 31
    newest = ledger(path)
    assert [record.revision for record in newest] == [1] * 4 + [2] + [1] * 5 + [0] * 10
    assert newest[4] == interval(4, 2)
    with closing(SqliteStore(path, read_only=True)) as store:
        assert store.plan() == settings.plan
        assert len(list(store.history())) == 31


def test_a_provisional_value_is_replaced_by_the_newer_one(settings: Settings, path: Path) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(1, 0)])
        copied(settings, path)
        one.commit([interval(1, 0, columns={"offered": 9})])
    copied(settings, path)
    assert [record.columns for record in ledger(path)] == [{"offered": 9}]


def test_what_was_aborted_is_never_seen(settings: Settings, path: Path) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(1)])
        one.commit([interval(2)], [reject("bad_json", "x", "acd", 5, b"{")], abort=True)
        one.commit([interval(3)])
        one.commit([interval(4)], abort=True)
        copied(settings, path)
    assert [record.columns["offered"] for record in ledger(path)] == [2, 4]
    assert tables(path)["rejects"] == []


def test_a_transaction_that_is_open_is_copied_once_it_is_committed(
    settings: Settings, path: Path
) -> None:
    with worker(settings.kafka) as one, worker(settings.kafka, 1) as other:
        one.commit([interval(1)])
        other.producer.begin_transaction()
        other._send(INTERVALS, b"k", b"not yet")
        other.producer.flush(30)
        one.commit([interval(2)])
        assert copied(settings, path).intervals == 2
        other.producer.abort_transaction()
        other.commit([interval(3)])
    assert copied(settings, path).intervals == 1
    assert len(ledger(path)) == 3


def test_a_second_copy_reads_only_what_is_new(settings: Settings, path: Path) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(1)])
        assert copied(settings, path).intervals == 1
        assert copied(settings, path).intervals == 0
        one.commit([interval(2)])
    assert copied(settings, path).intervals == 1


def test_a_final_value_written_again_unchanged_is_accepted(settings: Settings, path: Path) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(1)])
        copied(settings, path)
        one.commit([interval(1, recorded_ms=FIRST_MS * 2)])
    copied(settings, path)
    assert [record.recorded_ms for record in ledger(path)] == [interval(1).recorded_ms]


def test_a_final_value_that_differs_is_an_error_with_both_and_changes_nothing(
    settings: Settings, path: Path
) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(1)])
        copied(settings, path)
        before = tables(path)
        one.commit([interval(2), interval(1, columns={"offered": 77})])
    for _ in range(2):
        with pytest.raises(UserError, match=r"'sales'.*'offered': 2.*'offered': 77") as refused:
            copied(settings, path)
        assert "a final value never changes" in refused.value.hint
        assert tables(path) == before


def test_rejects_are_listed_with_topic_partition_and_position(
    settings: Settings, path: Path
) -> None:
    with worker(settings.kafka, 2) as one:
        one.commit(
            [], [reject("bad_json", "x", "acd", 5, b"{"), reject("y", "", "acd", 6, b"\xff")]
        )
    copied(settings, path)
    code, out, _ = finished(settings, "rejects", "list", "--store", path, "--json")
    assert code == 0
    rows = json.loads(out)
    assert [(row["topic"], row["position"], row["raw"]) for row in rows] == [
        ("acd:2", 5, "{"), ("acd:2", 6, None),
    ]  # fmt: skip


def test_a_reject_met_again_is_one_and_one_taken_again_is_no_longer_open(
    settings: Settings, path: Path
) -> None:
    bad = reject("bad_json", "x", "acd", 5, b"{")
    with worker(settings.kafka) as one:
        one.commit([], [bad, bad._replace(offset=6)])
        one.commit([], [bad])
        mark = taken_again_record(Place("acd", 0, 5), 123)
        one.commit(others=[(REJECTS, mark[1])])
    copied(settings, path)
    with closing(SqliteStore(path, read_only=True)) as store:
        assert [each.offset for _, each, _ in store.rejects()] == [6]
        assert [each.offset for _, each, _ in store.rejects(replayed=True)] == [5, 6]


@pytest.mark.parametrize("topic", [INTERVALS, REJECTS])
def test_what_nobody_should_have_written_is_kept_as_a_reject_and_does_not_stop_the_copy(
    settings: Settings, path: Path, topic: str
) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(1)], others=[(topic, b"rubbish"), (topic, b'{"offset":-5}')])
        one.commit([interval(2)])
    done = copied(settings, path)
    assert (done.intervals, done.malformed) == (2, 2)
    kept = tables(path)["rejects"]
    assert [(row[0], row[2], row[4]) for row in kept] == [
        ("bad_record", f"{topic}:0", b"rubbish"), ("bad_record", f"{topic}:0", b'{"offset":-5}'),
    ]  # fmt: skip


def test_a_store_is_either_copied_into_or_folded_into(settings: Settings, path: Path) -> None:
    folded = path.with_name("folded.db")
    with closing(SqliteStore(folded)) as store:
        store.own()
        store.commit(Commit(b"state", {}, [], [], 1))
    with pytest.raises(StoreError, match="`run` or `replay` writes this store"):
        copied(settings, folded)
    copied(settings, path)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreError, match="`ledger sync`"):
        store.own()


def test_a_store_copied_from_other_topics_is_not_gone_on_with(
    settings: Settings, path: Path
) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(1)])
    copied(settings, path)
    with closing(SqliteStore(path)) as store:
        places = store.positions()
    name = f"{settings.kafka.topic(INTERVALS)}:0"
    for changed, told in (({"offset": 999}, "made anew"), ({"cluster": "other"}, "cluster other")):
        with closing(SqliteStore(path)) as store:
            store._keep_positions(places | {name: places[name] | changed})
        with pytest.raises(UserError, match=told):
            copied(settings, path)


def test_missing_topics_are_one_clear_error(kafka_settings: KafkaSettings, path: Path) -> None:
    with pytest.raises(UserError, match="intervals is missing") as refused:
        sync(Settings(kafka=kafka_settings), path, Options())
    assert "topics apply" in refused.value.hint


def test_the_reading_commands_work_on_the_copy(settings: Settings, path: Path) -> None:
    with worker(settings.kafka) as one:
        one.commit([interval(n) for n in range(8)])
    code, _, errors = finished(settings, "ledger", "sync", "--store", path)
    assert (code, errors) == (0, "8 intervals, 0 rejects copied\n")
    days = finished(settings, "ledger", "days", "--level", "program", "--store", path, "--json")
    assert sum(row["offered"] for row in json.loads(days[1])) == 36
    rows = finished(settings, "ledger", "--minutes", "15", "--store", path, "--json")
    assert len(json.loads(rows[1])) == 8


def test_the_help_of_sync_is_its_own() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "streams.cli", "ledger", "sync", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "floorwatch ledger sync" in process.stdout.replace("streams.cli", "floorwatch")
    assert "--follow" in process.stdout
    assert "--level" not in process.stdout


def test_following_goes_on_until_a_signal(settings: Settings, path: Path) -> None:
    process = started(settings, "ledger", "sync", "--follow", "--store", path)
    with worker(settings.kafka) as one:
        for number in range(3):
            one.commit([interval(number)])
            wait_for(path, number + 1)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "3 intervals" in errors


def wait_for(path: Path, rows: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while not path.exists() or counted(path) < rows:
        assert time.monotonic() < until
        time.sleep(0.1)


def counted(path: Path) -> int:
    try:
        return len(tables(path)["ledger"])
    except sqlite3.OperationalError:
        return 0


def test_a_copy_killed_again_and_again_ends_with_the_same_tables(
    settings: Settings, path: Path
) -> None:
    draw = random.Random(7)
    total = 0
    with worker(settings.kafka) as one, worker(settings.kafka, 3) as other:
        for round_ in range(30):
            numbers = range(round_ * 100, round_ * 100 + 100)
            bad = [reject("bad_json", "x", "acd", number, b"{") for number in numbers[:5]]
            one.commit([interval(n) for n in numbers], bad)
            other.commit([interval(n, 0, "care") for n in numbers], abort=round_ % 3 == 0)
            total += len(numbers)
    whole = path.with_name("whole.db")
    copied(settings, whole)
    rows, cut = len(tables(whole)["ledger"]), 0
    for _ in range(8):
        before = counted(path)
        process = in_small_steps(settings, path)
        wait_for(path, min(before + 1, rows))
        time.sleep(draw.random() * 0.1)
        process.kill()
        process.communicate()
        cut += before < counted(path) < rows
    assert cut >= 2  # it was in the middle of its work, not before or behind it
    copied(settings, path)
    assert tables(path) == tables(whole)
    assert len([row for row in tables(path)["ledger"] if row[0] == "shop"]) == total


def in_small_steps(settings: Settings, path: Path) -> subprocess.Popen[str]:
    """Slow enough to be killed in the middle, however fast the machine is."""
    program = (
        "import time; import streams.kafka.committed as committed; committed.MOST = 50\n"
        "poll = committed.Committed.poll\n"
        "committed.Committed.poll = lambda *given: (time.sleep(0.03), poll(*given))[1]\n"
        "from streams.cli import main; main()"
    )
    arguments = ["ledger", "sync", "--follow", "--store", str(path)]
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_plan_of_the_topic_is_copied_as_the_workers_took_it(
    settings: Settings, path: Path
) -> None:
    plan = {"programs": {"shop": {}}, "queues": {"sales": {"program": "shop"}}}
    settings = settings.model_copy(update={"plan": Plan.model_validate(plan)})
    head = {"source": "wfm", "program": "shop", "queue": "sales", "version": 1, "time": 0}
    target = head | {"type": "target", "thresholds_ms": [30_000], "service_level_ppm": 850_000}
    taken, late = (target | {"id": f"{ms}", "valid_from": ms} for ms in (1_800_000, 900_000))
    figure = head | {"type": "forecast", "id": "f", "start": 0, "end": 900_000, "milli_contacts": 9}
    with Outgoing(settings.kafka) as outgoing:
        for each in (taken, late, figure):
            raw = json.dumps(each, indent=1 if each is figure else None).encode()
            outgoing.send_event(each["type"], "wfm", "shop", raw)
        outgoing.send("plan", b"shop", b"{torn", 0)
        outgoing.flush()
    with worker(settings.kafka) as one:
        one.commit([interval(0)], [reject("too_late", "x", "plan", 1, json.dumps(late).encode())])
    for _ in range(2):
        copied(settings, path)
        with closing(SqliteStore(path, read_only=True)) as store, store.reading() as db:
            fates = {of.valid_from_ms: fate for of, fate in promises.kept(db)}
            known = [each.valid_from_ms for each in store.plan().targets_of("sales")]
    assert fates == {1_800_000: "taken", 900_000: "refused: too late"}
    assert known == [0, 1_800_000]
    assert [json.loads(line) for line in plan_path(path).read_text().splitlines()] == [figure]
