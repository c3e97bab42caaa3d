"""`floorwatch plan week`, `fit` and `misfit`: the rest of the week, and schedules against demand."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.checkpoint.sqlite import SqliteStore
from streams.planning.versions import Versions
from tests.staged_day import OPENS_MS, floorwatch, ran
from tests.staged_week import DATES, DAY_MS, FORECAST, HALF_HOURS, SCHEDULED, plan_files, week

WEDNESDAY = DATES[2]
FTE_OF_BREAK = 3


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Monday and Tuesday recorded: more contacts than forecast, two of twelve away."""
    return week(tmp_path_factory.mktemp("week"))


def told(*arguments: str | Path) -> list[dict[str, Any]]:
    found = json.loads(ran(floorwatch("plan", *arguments, "--json")).stdout)
    assert isinstance(found, list)
    return found


def test_the_days_left_go_on_at_the_rate_of_the_week_with_the_people_that_are_seen_to_come(
    store: Path,
) -> None:
    rows = told("week", "--store", store, "--day", WEDNESDAY)
    assert [row["start"] for row in rows] == [*DATES, "week"]
    assert [row["recorded"] for row in rows] == [HALF_HOURS] * 2 + [0] * 3 + [2 * HALF_HOURS]
    came = sum(row["contacts"] for row in rows[:2])
    due = 2 * HALF_HOURS * FORECAST
    rate = (200 + came) / (200 + due)
    assert [row["contacts"] for row in rows[2:5]] == pytest.approx(
        [HALF_HOURS * FORECAST * rate] * 3
    )
    work = SCHEDULED - FTE_OF_BREAK / HALF_HOURS  # mean FTE at work of a day
    # Planned: 10 % of scheduled time, breaks among it; seen: ten there, on two days.
    meant = 1 - 0.9 * SCHEDULED / work
    loss = (work * meant + 2 * (work - 10)) / (3 * work)
    assert [row["staff"] for row in rows[2:5]] == pytest.approx([work * (1 - loss)] * 3)
    assert rows[0]["staff"] == 10
    assert rows[-1]["level"] < 0.8


def test_absence_and_training_that_are_known_take_people_from_their_day_only(store: Path) -> None:
    before = told("week", "--store", store, "--day", WEDNESDAY, "--by", "interval")
    after = told(
        "week", "--store", store, "--day", WEDNESDAY, "--by", "interval",
        "--absence", f"{DATES[4]}=10", "--training", f"{DATES[3]}=4@11:30-12:30",
    )  # fmt: skip
    lost = {
        one["start"][:16]: then["staff"] - one["staff"]
        for one, then in zip(before, after, strict=True)
        if then["staff"] != one["staff"] and one["start"] != "week"
    }
    thursday = {at: lost.pop(f"{DATES[3]}T{at}") for at in ("11:30", "12:00")}
    assert thursday == {"11:30": pytest.approx(-4), "12:00": pytest.approx(-4)}
    assert len(lost) == HALF_HOURS
    assert {at[:10] for at in lost} == {DATES[4]}
    assert after[-1]["level"] < before[-1]["level"]


def test_what_is_lost_is_told_in_words_and_may_be_given(store: Path) -> None:
    table = ran(floorwatch("plan", "week", "--store", store, "--day", WEDNESDAY)).stdout
    sentence = table.strip().splitlines()[-1]
    assert "shrinkage 10.0% planned, 16.7% seen, " in sentence
    rows = told("week", "--store", store, "--day", WEDNESDAY, "--lost", "0")
    assert rows[2]["staff"] == pytest.approx(SCHEDULED - FTE_OF_BREAK / HALF_HOURS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--absence", f"{DATES[0]}=10"), f"no interval of {DATES[0]} is to come"),
        (("--absence", f"{DATES[4]}=150"), "more than 100 percent"),
        (("--absence", f"{DATES[4]}"), "is no number of people"),
        (("--training", f"{DATES[4]}=4@20:00-21:00"), "lies in no interval to come"),
        (("--training", "friday=4@10:00-11:00"), "'friday' is no day"),
        (("--by", "hour"), "day or interval"),
        (("--day", "2026-05-04"), "nothing can be said of the week"),
    ],
)
def test_what_cannot_be_meant_of_a_week_is_refused(
    store: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = floorwatch("plan", "week", "--store", store, "--day", WEDNESDAY, *arguments)
    assert done.exit_code == 2
    assert message in done.stderr


def test_what_if_of_a_day_to_come_has_the_people_that_are_expected_and_may_be_told_otherwise(
    store: Path,
) -> None:
    asked = ("whatif", "--store", store, "--day", WEDNESDAY, "--json", "--patience", "120")
    for more, there in ((), None), (("--lost", "50"), SCHEDULED / 2):
        rows = json.loads(ran(floorwatch(*asked, *more)).stdout)["intervals"]
        first = rows[0]["staff"]
        assert first == pytest.approx(there) if there else 10 < first < SCHEDULED
        assert rows[4]["staff"] == pytest.approx(first * (SCHEDULED - FTE_OF_BREAK) / SCHEDULED)


def test_fit_is_told_by_interval_day_and_week_and_they_add_up(store: Path) -> None:
    asked = ("fit", "--store", store, "--from", DATES[0], "--to", "2026-03-09", "--by")
    intervals, days, weeks = (told(*asked, by) for by in ("interval", "day", "week"))
    assert (len(intervals), len(days), len(weeks)) == (5 * HALF_HOURS + 1, 5 + 1, 1 + 1)
    assert intervals[-1] == days[-1] == weeks[-1]
    assert weeks[0]["start"] == DATES[0]
    assert sum(day["under_h"] for day in days[:-1]) == pytest.approx(days[-1]["under_h"])
    (at_break,) = [row for row in intervals if row["start"].startswith(f"{DATES[2]}T11:00")]
    assert at_break["scheduled_h"] == (SCHEDULED - FTE_OF_BREAK) / 2
    assert at_break["under_h"] > 1
    assert {row["against"] for row in days} == {"required"}
    modelled = told(*asked, "day", "--against", "model")
    assert {row["against"] for row in modelled} == {"model"}
    assert modelled[-1]["required_h"] != days[-1]["required_h"]


def test_a_schedule_that_is_short_every_monday_at_eleven_is_chronic(tmp_path: Path) -> None:
    store = week(tmp_path, recorded=0)
    mondays = tuple(f"2026-{3 + (1 + 7 * n) // 31:02}-{(1 + 7 * n) % 31 + 1:02}" for n in range(9))
    assert mondays[-1] == "2026-04-27"
    config = ("--config", tmp_path / "center.toml", "--store", store)
    ran(floorwatch("plan", "import", *config, "--published", "2026-02-28",
                   *plan_files(tmp_path, mondays)))  # fmt: skip
    asked = ("misfit", "--store", store, "--from", "2026-03-01", "--to", "2026-05-01")
    (one,) = told(*asked)
    assert (one["weekday"], one["start"], one["chronic"]) == ("Mon", "11:00", "under")
    assert (one["weeks"], one["under"], one["over"]) == (9, 9, 0)
    assert len(told(*asked, "--all")) == HALF_HOURS * 5  # the first week has all five days
    few = floorwatch(
        "plan", "misfit", "--store", store, "--from", "2026-04-01", "--to", "2026-05-01"
    )
    assert "8 are needed for a habit" in few.stderr


def test_the_same_plan_in_snapshot_and_log_counts_once(store: Path, tmp_path: Path) -> None:
    kept = SqliteStore(store, read_only=True)
    log, noon = store.with_name("plan.jsonl"), OPENS_MS + 3 * DAY_MS
    alone = Versions(kept.plan(), kept.snapshot())
    both = Versions(kept.plan(), kept.snapshot(), log)
    only = Versions(kept.plan(), None, log)
    assert alone.day(noon).official
    assert alone.day(noon) == both.day(noon) == only.day(noon)
    friday = OPENS_MS + 5 * DAY_MS
    coming = {key: row for key, row in alone.scheduled(friday).items() if key.start_ms >= noon}
    assert sum(row["sched_work_ms"] for row in coming.values()) > 0
    for others in (both, only):
        assert {k: v for k, v in others.scheduled(friday).items() if k in coming} == coming
    later = Versions(kept.plan(), None, log, schedules_from_ms=friday + 3 * DAY_MS)
    assert later.day(noon) == alone.day(noon)
    assert later.scheduled(friday) == {}
    kept.close()
