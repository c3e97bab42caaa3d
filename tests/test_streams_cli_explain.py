"""`floorwatch explain`: every number of a month can be followed down to what it was counted from."""

from pathlib import Path
from typing import Any

import pytest

from schemas.keys import BUCKET_MS
from tests.month_records import at, plan_of, record, whole_month
from tests.test_streams_cli_score import floorwatch, kept, told

MARCH = at("2026-03-01", "Asia/Kathmandu")
NOON = MARCH + 12 * 4 * BUCKET_MS


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """March of a queue in Kathmandu: 10 offered, then 4 at noon of which one was told of late."""
    first, *others = whole_month("2026-03", "Asia/Kathmandu", offered=10, ans=9, ans_in_T1=8)
    noon = others.index(record(NOON))
    others[noon] = record(NOON, offered=3, ans=2, ans_in_T1=2)
    late = record(
        *(NOON, "arrival"),
        **{"offered": 4, "ans": 3, "ans_in_T1": 3, "revision": 2, "state": "RESTATED"},
        old_columns={"offered": 3, "ans": 2, "ans_in_T1": 2},
        reason="late_event",
    )
    elsewhere = [
        record(MARCH, queue="help", offered=99, ans_in_T1=99),
        record(MARCH, "end", handled=5, talk_ms=50_000),
        record(at("2026-02-28T23:45", "Asia/Kathmandu"), offered=7),
        record(at("2026-04-01", "Asia/Kathmandu"), offered=7),
        record(MARCH, "clipped", queue="desk", channel="staff", busy_union_ms=30, avail_ms=70),
    ]
    path = tmp_path_factory.mktemp("explained") / "center.db"
    return kept(path, [first, *others, late, *elsewhere], plan_of("Asia/Kathmandu"))


def explain(store: Path, *arguments: str) -> Any:
    return told("explain", *arguments, "--month", "2026-03", "--store", store)


def test_a_value_is_taken_apart_into_columns_that_add_up_over_its_intervals(store: Path) -> None:
    found = explain(store, "service_level", "--queue", "sales")
    (in_t, offered) = found["columns"]
    assert (in_t["column"], in_t["total"], in_t["first"]) == ("ans_in_T1", 11, 10)
    assert (offered["column"], offered["total"], offered["first"]) == ("offered", 14, 13)
    assert found["value"]["value"] == in_t["total"] / offered["total"]
    for one in found["columns"]:
        rows = [row["columns"].get(one["column"], 0) for row in found["intervals"]]
        assert sum(rows) == one["total"] == sum(day[one["column"]] for day in found["days"])
    assert len(found["intervals"]) == 31 * 96
    assert found["kpi"]["definition_version"] == 1
    assert (found["from"], found["to"]) == (
        "2026-03-01T00:00:00+05:45", "2026-04-01T00:00:00+05:45",
    )  # fmt: skip


def test_every_restatement_stands_there_with_old_value_new_value_and_reason(store: Path) -> None:
    (revision,) = explain(store, "service_level", "--queue", "sales")["revisions"]
    assert revision["start"] == "2026-03-01T12:00:00+05:45"
    assert (revision["old"]["offered"], revision["new"]["offered"]) == (3, 4)
    assert (revision["revision"], revision["reason"]) == (2, "late_event")
    assert explain(store, "aht", "--queue", "sales")["revisions"] == []


@pytest.mark.parametrize(
    ("arguments", "value", "records"),
    [
        (("aht", "--queue", "sales"), 10.0, 1),
        (("volume_offered", "--program", "shop"), 113, 31 * 96 + 1),
        (("occupancy", "--group", "desk"), 0.3, 1),
    ],
)
def test_a_value_of_a_queue_a_program_or_a_group_is_followed_to_its_own_records(
    store: Path, arguments: tuple[str, ...], value: float, records: int
) -> None:
    found = explain(store, *arguments)
    assert (found["value"]["value"], len(found["intervals"])) == (value, records)


def test_people_read_definition_days_and_the_intervals_of_one_day(store: Path) -> None:
    asked = ("explain", "service_level", "--queue", "sales", "--month", "2026-03")
    days = floorwatch(*asked, "--store", store)
    assert "definition version 1: ans_in_T / offered, by arrival" in days.stdout
    assert "value 0.7857142857142857, n 14.0, RESTATED, revision 2" in days.stdout
    assert "offered=3" in days.stdout
    assert "late_event" in days.stdout
    one = floorwatch(*asked, "--store", store, "--day", "2026-03-01").stdout
    assert "Intervals of 2026-03-01 (96)" in one
    (noon,) = [line for line in one.splitlines() if "T12:00:00" in line and "RESTATED  " in line]
    assert noon.split()[-2:] == ["3", "4"]
    (quiet,) = [line for line in one.splitlines() if "T03:00:00" in line]
    assert quiet.split()[-2:] == ["0", "0"], "known to be none, not left blank"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("service", "--queue", "sales"), "no KPI 'service'"),
        (("service_level", "--queue", "sale"), "nothing is recorded of queue 'sale'"),
        (("chat_response", "--queue", "sales"), "2026-03 has no chat_response of sales"),
        (("escalation_rate", "--queue", "sales"), "choose one with --each"),
        (("asa", "--queue", "sales", "--group", "desk"), "of a queue or of a group"),
    ],
)
def test_what_cannot_be_explained_says_why_and_what_to_do(
    store: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = floorwatch("explain", *arguments, "--month", "2026-03", "--store", store)
    assert ended.exit_code == 2
    assert said in ended.output
    assert "hint: " in ended.output


def test_what_is_certified_by_quarter_is_followed_to_the_intervals_of_the_quarter(
    tmp_path: Path,
) -> None:
    ivr = {"queue": "line", "channel": "ivr"}
    records = [
        record(at("2026-01-05", "Asia/Kathmandu"), **ivr, ivr_ans=10, ivr_abn=1),
        record(at("2026-03-05", "Asia/Kathmandu"), **ivr, ivr_ans=30, ivr_abn=2),
        record(at("2026-04-01", "Asia/Kathmandu"), **ivr, ivr_ans=99, ivr_abn=99),
    ]
    path = kept(tmp_path / "center.db", records, plan_of("Asia/Kathmandu"))
    found = explain(path, "ivr_abandon", "--queue", "line")
    assert (found["value"]["month"], found["value"]["value"]) == ("2026-Q1", 3 / 40)
    assert [one["total"] for one in found["columns"]] == [3, 40]
    assert [one["start"][:10] for one in found["intervals"]] == ["2026-01-05", "2026-03-05"]
    assert found["from"] == "2026-01-01T00:00:00+05:45"


ALL_SORTS = (
    {"queue": "", "channel": "ivr", "ivr_ans": 10, "ivr_abn": 1},
    {"queue": "", "channel": "ivr", "bucket_ms": NOON},
    {"queue": "faq", "channel": "bot", "conv_start": 5, "conv_contained": 3, "migrated_n": 1},
    {"queue": "", "attempts": 9, "human_contact_n": 8},
    {"queue": "help", "offered": 4, "ans": 4},
    {"queue": "web", "channel": "chat", "offered": 2, "human_contact_n": 2},
    {"queue": "mail", "channel": "deferred", "case_received": 7},
    {"queue": "winback", "channel": "outbound", "rec_listed": 6},
)


@pytest.mark.parametrize(
    ("kpi", "channels", "intervals"),
    [
        ("ivr_abandon", {"ivr"}, 2),
        ("ivr_exit", {"ivr"}, 2),
        ("containment", {"bot"}, 1),
        ("service_migration", {"bot", "voice", "chat"}, 4),
        ("volume_offered", {"voice", "chat"}, 3),
        ("volume_cases_received", {"deferred"}, 1),
        ("volume_records_listed", {"outbound"}, 1),
        ("blocked", {"voice"}, 2),
    ],
)
def test_a_value_of_a_program_is_followed_to_the_rows_it_is_read_from_and_no_others(
    tmp_path: Path, kpi: str, channels: set[str], intervals: int
) -> None:
    rows = [record(**{"bucket_ms": MARCH} | of) for of in ALL_SORTS]
    path = kept(tmp_path / "center.db", rows, plan_of("Asia/Kathmandu"))
    found = explain(path, kpi, "--program", "shop")
    assert {one["channel"] for one in found["intervals"]} == channels
    assert len(found["intervals"]) == intervals
