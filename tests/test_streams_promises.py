"""Targets and opening hours published for a moment to come: the same figures as from the settings."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from schemas.promises import Promise
from schemas.targets import DatedHours, OpeningHours, Plan, Target
from streams.checkpoint import promises
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.cli import app
from streams.drivers.promises import take_again, take_waiting
from streams.exporter import ViewCollector, render
from streams.planning.fields import Publication
from streams.planning.files import Import
from streams.promised import fates, merged
from streams.shard import Shard
from tests.shards import fed, figures
from tests.test_streams_shard_edges import call

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
NINE_MS = 1_709_510_400_000
"""2024-03-04 09:00 in Tokyo, a Monday."""
TEN_MS = NINE_MS + HOUR_MS
CONFIG = """
[plan.programs.shop]
time_zone = "Asia/Tokyo"
[plan.queues.sales]
program = "shop"
targets = [{ thresholds_s = [5, 40], service_level = 0.8 }]
"""
LATER = '{ valid_from = "2024-03-04T10:00:00+09:00", thresholds_s = [10], service_level = 0.9 }'
TARGETS = "program,queue,date,time,thresholds_s,service_level\nshop,sales,2024-03-04,10:00,10,0.9\n"


def plan_of(**queue: Any) -> Plan:
    """A plan of its own: a shard changes the one that it is given."""
    own = {"targets": [{"thresholds_s": [5, 40]}]}
    return Plan.model_validate(
        {
            "programs": {"shop": {"time_zone": "Asia/Tokyo"}},
            "queues": {"sales": {"program": "shop"} | own | queue},
        }
    )


def promised(moment_ms: int, version: int = 1, **told: Any) -> Promise:
    at = datetime.fromtimestamp(moment_ms / 1000, UTC)
    if "thresholds_s" in told:
        said: dict[str, Any] = {"target": Target(valid_from=at, **told)}
    else:
        said = {"opening_hours": DatedHours(valid_from=at, **told)}
    return Promise(
        program="shop", queue="sales", version=version, published=1, source="plan", **said
    )


def calls(begin_ms: int) -> list[dict[str, Any]]:
    """Six calls, one every five minutes, each answered after 10 s."""
    return [
        event for n in range(6) for event in call(f"c{begin_ms}-{n}", begin_ms + n * 5 * MINUTE_MS)
    ]


# The plan


EDGES = st.integers(0, 6).map(lambda n: NINE_MS + n * 900_000)
PROMISES = st.builds(
    lambda at, version, seconds: promised(at, version, thresholds_s=(seconds,)),
    EDGES, st.integers(1, 10**6), st.integers(1, 300),
)  # fmt: skip


@given(
    st.lists(PROMISES, max_size=8, unique_by=lambda one: one.version), EDGES, st.randoms(), EDGES
)
def test_of_one_moment_the_greatest_version_stands_above_the_settings_in_any_order(
    told: list[Promise], own_ms: int, random: Any, asked_ms: int
) -> None:
    own = datetime.fromtimestamp(own_ms / 1000, UTC).isoformat()
    plan = plan_of(targets=[{"thresholds_s": [1]}, {"valid_from": own, "thresholds_s": [2]}])
    shuffled = list(told)
    random.shuffle(shuffled)
    found = merged(merged(plan, shuffled[:3]), shuffled)
    wanted = {0: 1, own_ms: 2}
    for one in sorted(told, key=lambda one: one.version):
        assert one.target is not None
        wanted[one.valid_from_ms] = int(one.target.thresholds_s[0])
    in_force = wanted[max(at for at in wanted if at <= asked_ms)]
    assert found.target_at("sales", asked_ms).thresholds_s == (in_force,)
    assert plan.target_at("sales", asked_ms).thresholds_s in ((1,), (2,))


def test_a_queue_without_targets_keeps_the_default_one_until_the_first_that_is_published() -> None:
    plan = merged(plan_of(targets=[]), [promised(TEN_MS, thresholds_s=(10,))])
    assert plan.target_at("sales", TEN_MS - 1).thresholds_s == (20,)
    assert plan.target_at("sales", TEN_MS).thresholds_s == (10,)


def test_only_what_begins_later_than_what_is_counted_is_taken_and_the_rest_says_why() -> None:
    other = promised(TEN_MS, thresholds_s=(10,)).model_copy(update={"queue": "help"})
    told = [promised(at, thresholds_s=(10,)) for at in (NINE_MS, TEN_MS)] + [other]
    assert [fate for _, fate in fates(told, plan_of(), NINE_MS)] == [
        "refused: begins at a time that is already counted",
        "taken",
        "refused: the settings do not list this queue of this program",
    ]
    chat = plan_of(channel="chat", clock="open")
    [(_, fate)] = fates([promised(TEN_MS, opens="08:00")], chat, -1)
    assert fate.startswith("refused: waits of this queue are counted in opening hours")


# A shard that runs


def test_contacts_from_the_moment_on_are_judged_by_the_target_as_if_the_settings_had_it() -> None:
    shard = fed(Shard(plan_of()), calls(NINE_MS))
    before = figures(shard)
    shard.promise(merged(shard.plan, [promised(TEN_MS, thresholds_s=(10,))]))
    assert figures(shard) == before
    fed(shard, calls(TEN_MS))
    both = [{"thresholds_s": [5, 40]}, {"valid_from": "2024-03-04T01:00Z", "thresholds_s": [10]}]
    known = fed(Shard(plan_of(targets=both)), [*calls(NINE_MS), *calls(TEN_MS)])
    assert figures(shard) == figures(known)
    in_t = {key[4]: row.get("ans_in_T1", 0) for key, row in figures(shard).arrival.items()}
    assert sum(n for at, n in in_t.items() if at < TEN_MS) == 0
    assert sum(n for at, n in in_t.items() if at >= TEN_MS) == 6


def test_whoever_holds_the_plan_of_a_shard_reads_what_it_promises_now() -> None:
    shard = fed(Shard(plan_of()), calls(NINE_MS))
    held = shard.plan
    collector = ViewCollector(lambda: shard.view(TEN_MS + MINUTE_MS), plan=held)
    name = 'cc_queue_service_level_threshold_seconds{channel="voice",program="shop",queue="sales"}'
    assert f"{name} 5.0" in render(collector).decode()
    shard.promise(merged(held, [promised(TEN_MS, thresholds_s=(10,), service_level=0.9)]))
    assert f"{name} 10.0" in render(collector).decode()


def test_intervals_of_an_open_queue_follow_the_hours_of_their_own_moment() -> None:
    shard = fed(Shard(plan_of(opening_hours={"opens": "09:00", "closes": "09:30"})), calls(NINE_MS))
    later = promised(TEN_MS, opens="10:30", closes="11:00")
    shard.promise(merged(shard.plan, [later]))
    queue = shard.plan.queues["sales"]
    assert (queue.hours_at(TEN_MS - 1), queue.hours_at(TEN_MS)) == (
        queue.opening_hours, later.opening_hours,
    )  # fmt: skip
    beat = {"type": "heartbeat", "source": "acd", "program": "shop", "time": NINE_MS + 3 * HOUR_MS}
    fed(shard, [*calls(NINE_MS + 2 * HOUR_MS), beat])
    shard.close(NINE_MS + 3 * HOUR_MS)
    rows = {key.start_ms for key in shard.view(NINE_MS + 3 * HOUR_MS).arrival.keys if key.queue}
    quarter = 900_000
    begun = {NINE_MS, NINE_MS + quarter, NINE_MS + 2 * HOUR_MS, NINE_MS + 2 * HOUR_MS + quarter}
    assert rows == begun | {TEN_MS + 2 * quarter, TEN_MS + 3 * quarter}


# Through the store


def told_to(path: Path, *of: Promise) -> SqliteStore:
    store = SqliteStore(path)
    with store.transaction() as db:
        promises.keep(db, of)
    return store


def test_a_restart_finds_what_was_taken_and_what_came_too_late_is_refused_for_good(
    tmp_path: Path,
) -> None:
    store = told_to(tmp_path / "c.db", promised(TEN_MS, 1, thresholds_s=(10,)))
    shard = fed(Shard(plan_of()), calls(NINE_MS))
    take_waiting(store, shard)
    fed(shard, calls(TEN_MS))
    store.commit(Commit(shard.snapshot(), {}, [], [], 1))
    with store.transaction() as db:
        promises.keep(db, [promised(TEN_MS, 2, thresholds_s=(30,))])
    again = Shard(plan_of())
    take_again(store, again)
    again.restore(store.snapshot() or b"")
    take_waiting(store, again)
    assert figures(again) == figures(shard)
    assert again.plan.target_at("sales", TEN_MS).thresholds_s == (10,)
    assert store.plan() == again.plan
    with store.reading() as db:
        found = [fate for _, fate in promises.kept(db)]
    assert found == ["taken", "refused: begins at a time that is already counted"]
    store.close()


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def replayed(folder: Path, store: str, config: str, begin_ms: int) -> Result:
    events = folder / f"{begin_ms}.jsonl"
    events.write_text("".join(f"{json.dumps(event)}\n" for event in calls(begin_ms)), "utf-8")
    (folder / "c.toml").write_text(config, "utf-8")
    told = ("--config", folder / "c.toml", "--store", folder / store, "--complete")
    return floorwatch("replay", *told, "--summary", "none", events)


def imported(folder: Path, rows: str, *more: str) -> Result:
    (folder / "rows.csv").write_text(rows, "utf-8")
    told = ("--config", folder / "c.toml", "--store", folder / "c.db", "--author", "mori")
    return floorwatch("plan", "import", *told, *more, folder / "rows.csv")


def levels(folder: Path, store: str) -> list[dict[str, Any]]:
    done = floorwatch("ledger", "--minutes", "60", "--store", folder / store, "--json")
    rows = [row for row in json.loads(done.stdout) if row["offered"]]
    return [row["kpis"]["service_level"] for row in rows]


def test_an_imported_target_gives_the_ledger_that_the_settings_would_have_given(
    tmp_path: Path,
) -> None:
    assert replayed(tmp_path, "c.db", CONFIG, NINE_MS).exit_code == 0
    done = imported(tmp_path, TARGETS, "--version", "3", "--reason", "contract")
    assert (done.exit_code, done.stdout) == (0, "")
    assert replayed(tmp_path, "c.db", CONFIG, TEN_MS).exit_code == 0
    both = CONFIG.replace(" }]", f" }}, {LATER}]")
    for begin_ms in (NINE_MS, TEN_MS):
        assert replayed(tmp_path, "settings.db", both, begin_ms).exit_code == 0
    assert levels(tmp_path, "c.db") == levels(tmp_path, "settings.db")
    assert levels(tmp_path, "c.db") == [{"5": 0.0, "40": 1.0}, {"10": 1.0}]
    [row] = json.loads(
        floorwatch("plan", "list", "--store", tmp_path / "c.db", "--json", "-c", tmp_path / "c.toml").stdout
    )  # fmt: skip
    assert (row["kind"], row["of"], row["from"]) == ("target", "sales", "2024-03-04T10:00:00+09:00")
    assert (row["version"], row["author"], row["reason"], row["fate"]) == (3, "mori", "contract", "taken")  # fmt: skip
    assert row["says"] == "thresholds_s=10.0 service_level=0.9 short_abandon_s=5.0"


def test_rejects_are_taken_in_again_after_an_imported_target_was_counted_by(tmp_path: Path) -> None:
    assert replayed(tmp_path, "c.db", CONFIG, NINE_MS).exit_code == 0
    assert imported(tmp_path, TARGETS, "--version", "3").exit_code == 0
    late = tmp_path / "late.jsonl"
    late.write_text("".join(f"{json.dumps(event)}\n" for event in calls(TEN_MS)) + "{\n", "utf-8")
    of = ("--store", tmp_path / "c.db", "--config", tmp_path / "c.toml")
    assert floorwatch("replay", *of, "--complete", "--summary", "none", late).exit_code == 0
    with closing(SqliteStore(tmp_path / "c.db", read_only=True)) as kept:
        before = kept.plan()
    done = floorwatch("rejects", "replay", *of)
    assert "already counted" not in done.stderr
    with closing(SqliteStore(tmp_path / "c.db", read_only=True)) as kept:
        assert kept.plan() == before
    assert levels(tmp_path, "c.db") == [{"5": 0.0, "40": 1.0}, {"10": 1.0}]


def test_a_target_of_a_time_that_is_counted_is_not_even_imported(tmp_path: Path) -> None:
    assert replayed(tmp_path, "c.db", CONFIG, NINE_MS).exit_code == 0
    done = imported(tmp_path, TARGETS.replace("10:00", "09:15"))
    assert done.exit_code == 2
    assert "target of queue 'sales' begins at a time that is already counted" in done.stderr
    assert "let it begin later" in done.stderr


def test_one_version_says_one_thing_of_a_moment(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(CONFIG, "utf-8")
    for rows, code in ((TARGETS, 0), (TARGETS, 0), (TARGETS.replace("0.9", "0.95"), 2)):
        assert imported(tmp_path, rows, "--version", "1").exit_code == code
    done = imported(tmp_path, TARGETS, "--kafka")
    assert (done.exit_code, "less than 15 minutes after it is published" in done.stderr) == (
        2,
        True,
    )


HOURS = "program,queue,date,days,opens,closes,closed\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TARGETS.replace("10:00", "10:05"), "Value error, valid_from 2024-03-04T01:05:00+00:00 is not on a 15-minute edge"),
        (TARGETS.replace(",10,0.9", ",ten,0.9"), "thresholds_s: 'ten' is no number"),
        (TARGETS.replace(",10,0.9", ",,0.9"), "thresholds_s: Tuple should have at least 1 item after validation, not 0"),
        (TARGETS.replace("0.9", "90"), "service_level: Input should be less than or equal to 1"),
        (TARGETS.replace(",sales,", ",help,"), "queue 'help' is not listed in the settings"),
        (TARGETS.replace(",sales,", ",chat,"), "queue 'chat' belongs to program 'desk'"),
        (TARGETS.replace("2024-03-04,10:00", "2024-02-30,10:00"), "'2024-02-30' '10:00' is no date and time, as 2026-03-29 and 09:30"),
        (HOURS + "desk,chat,2024-03-04,mon,09:00,18:00,\n", "waits of queue 'chat' are counted in opening hours, which cannot change"),
        (HOURS + "shop,sales,2024-03-04,mon noday,09:00,18:00,\n", "days.1: Input should be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'"),
    ],
)  # fmt: skip
def test_a_row_that_promises_nothing_is_told_at_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    plan = plan_of()
    plan.queues["chat"] = Plan.model_validate(
        {"queues": {"chat": {"program": "desk", "channel": "chat", "clock": "open"}}}
    ).queues["chat"]
    path = tmp_path / "rows.csv"
    path.write_text(text, "utf-8")
    together = Import(plan, Publication(1, 1, "plan", "", ""))
    together.take(path)
    assert [f"{p.line}: {p.message}" for p in together.read().problems] == [f"2: {message}"]


def test_opening_hours_are_read_from_local_midnight_with_their_days_off(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    row = "shop,sales,2024-04-01,mon tue,09:00,18:30,2024-04-29 2024-05-03\n"
    path.write_text(HOURS + row + row, "utf-8")
    together = Import(plan_of(), Publication(1, 1, "plan", "", ""))
    together.take(path)
    found = together.read()
    [problem], [one] = found.problems, found.promises
    assert problem.message == f"overlaps what {path}:2 says of the same moment"
    assert one.valid_from_ms == 1_711_897_200_000
    assert one.opening_hours is not None
    told = one.opening_hours.model_dump(exclude={"valid_from"})
    assert told == OpeningHours.model_validate(
        {"days": ["mon", "tue"], "opens": "09:00", "closes": "18:30",
         "closed": ["2024-04-29", "2024-05-03"]}
    ).model_dump()  # fmt: skip
