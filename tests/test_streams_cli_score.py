"""`floorwatch month` and `floorwatch score` as a user runs them: from a store and files to figures."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.pst import Decisions
from schemas.targets import Plan
from streams.certification.files import read_rows
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.cli import app
from tests.data import ROOT
from tests.month_records import plan_of, record, whole_month

HEAD = "row,month,value,n,completeness,source\n"
LEVEL = """
[[rows]]
name = "level"
metric = "service_level"
program = "shop"
queues = ["sales"]
targets = [{ valid_from = "2026-01", value = 0.8 }]
"""
SURVEY = """
[[rows]]
name = "survey"
metric = "top two boxes"
imported = true
item = "4.1"
level = "entity"
direction = "up"
site = "Lyon"
targets = [{ valid_from = "2026-01", value = 0.85 }]
"""
WINDOW = "[decisions]\nwindow_months = {}\n"


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def told(*arguments: str | Path) -> Any:
    done = floorwatch(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def kept(path: Path, records: list[Any], plan: Plan | None = None) -> Path:
    store = SqliteStore(path)
    store.keep_plan(plan or plan_of())
    store.commit(Commit(b"", {}, records, [], 0))
    store.close()
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January and February at level, March not, April begun."""
    records = [
        *whole_month("2026-01", offered=100, ans=95, ans_in_T1=85, abn=5),
        *whole_month("2026-02", offered=200, ans=190, ans_in_T1=160, abn=10),
        *whole_month("2026-03", offered=100, ans=80, ans_in_T1=60, abn=20),
        record(1_775_001_600_000, offered=10, ans=10, ans_in_T1=10),
    ]
    return kept(tmp_path_factory.mktemp("store") / "center.db", records)


@pytest.fixture
def table(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "pst.toml"
        path.write_text(text)
        return path

    return write


def score(store: Path, table: Path, *more: str | Path) -> Any:
    return told("score", "--store", store, "--month", "2026-03", table, *more)


def refused(store: Path, table: Path, *more: str | Path) -> str:
    done = floorwatch("score", "--store", store, "--month", "2026-03", table, *more)
    assert done.exit_code == 2, done.output
    return done.stderr


def test_a_month_has_value_n_completeness_state_and_revision_of_each_kpi(store: Path) -> None:
    rows = told("month", "--store", store, "--month", "2026-02")
    level = next(row for row in rows if row["queue"] == "sales" and row["kpi"] == "service_level")
    assert {name: level[name] for name in ("value", "n", "completeness", "state", "revision", "T")} == {
        "value": 0.8, "n": 200, "completeness": 1.0, "state": "FINAL", "revision": 1, "T": "20",
    }  # fmt: skip
    assert (level["item"], level["type"], level["known"]) == ("4.3", "service", True)


def test_a_month_reads_the_same_as_a_table_as_csv_and_as_json(store: Path) -> None:
    month = ("month", "--store", store, "--month", "2026-02")
    as_csv = list(csv.DictReader(io.StringIO(floorwatch(*month, "--csv").stdout)))
    as_json = told(*month)
    assert [row["kpi"] for row in as_csv] == [row["kpi"] for row in as_json]
    for one, two in zip(as_csv, as_json, strict=True):
        told_value = "" if two["value"] is None else f"{float(two['value']):.4f}"
        assert one["value"] in (
            told_value,
            str(two["value"]),
            "unknown" if not two["known"] else "",
        )
    assert "service_level" in floorwatch(*month).stdout


def test_a_queue_that_nothing_is_known_of_is_unknown_in_the_month(tmp_path: Path) -> None:
    plan = Plan.model_validate(plan_of().model_dump() | {
        "queues": {"sales": {"program": "shop"}, "help": {"program": "shop"}}
    })  # fmt: skip
    store = kept(tmp_path / "s.db", whole_month("2026-03", offered=1), plan)
    done = floorwatch("month", "--store", store, "--month", "2026-03", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["value"] for row in rows if row["queue"] == "help"} == {"unknown"}
    assert "less than 99% complete: help" in done.stderr


def test_a_month_with_nothing_in_it_is_said_to_have_nothing(store: Path) -> None:
    done = floorwatch("month", "--store", store, "--month", "2025-01")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing is recorded in 2025-01" in done.stderr
    assert "'March' is no month" in floorwatch("month", "--store", store, "--month", "March").stderr


def test_rows_of_a_store_and_imported_rows_are_scored_together(
    store: Path, table: Any, tmp_path: Path
) -> None:
    survey = tmp_path / "survey.csv"
    survey.write_text(HEAD + "survey,2026-01,0.9,400,,post-call\nsurvey,2026-02,0.8,400,1,post-call\n"
                      "survey,2026-03,0.86,380,,post-call\n")  # fmt: skip
    found = score(store, table(WINDOW.format(3) + LEVEL + SURVEY), "--import", survey)
    level, csat = found["rows"]
    assert [cell["value"] for cell in level["cells"]] == [0.85, 0.8, 0.6]
    assert [cell["source"] for cell in csat["cells"]] == ["post-call"] * 3
    assert [cell["n"] for cell in csat["cells"]] == [400, 400, 380]
    assert [(row["met"], row["needed"], row["at_level"]) for row in found["rows"]] == [
        (2, 3, False), (2, 3, False),
    ]  # fmt: skip
    assert [(one["of"], one["name"], one["metrics"]) for one in found["rules"]] == [
        ("entity", "", 2), ("site", "Lyon", 1),
    ]  # fmt: skip
    assert (found["improvement_cases_due"], found["decisions"]["window_months"]) == (3, 3)
    assert [one["row"] for one in found["problems"]] == ["level", "survey"]
    assert found["problems"][0]["shortfall"] == pytest.approx(0.25 / 3)
    assert found["problems"][0]["missed"] == "2026-03"


def test_months_that_no_source_tells_of_are_unknown_and_not_left_out(
    store: Path, table: Any
) -> None:
    found = score(store, table(WINDOW.format(12) + LEVEL + SURVEY))
    assert [(row["periods"], row["met"]) for row in found["rows"]] == [(12, 2), (12, 0)]
    assert found["rows"][0]["cells"][0]["scored_as"] == "unknown"
    assert not found["rows"][1]["at_level"]


def test_a_window_of_which_nothing_is_known_is_said_to_be_so(store: Path, table: Any) -> None:
    path = table(WINDOW.format(12) + LEVEL)
    done = floorwatch("score", "--store", store, "--month", "2020-03", path)
    assert "nothing is known of any month from 2019-04 to 2020-03" in done.stderr
    early = floorwatch("score", "--store", store, "--month", "0001-01", path)
    assert (early.exit_code, early.stdout) == (2, "")


def test_the_table_that_the_page_shows_is_a_valid_one(table: Any) -> None:
    page = (ROOT / "streams/certification/README.md").read_text("utf-8")
    shown = page.split("```toml\n")[1].split("```")[0]
    declared = read_rows(table(shown))
    assert [row.item for row in declared.rows] == ["4.3", "4.1"]
    assert declared.decisions == Decisions()


def test_a_month_that_is_not_over_is_not_met_yet(store: Path, table: Any) -> None:
    path = table(WINDOW.format(1) + LEVEL)
    row = told("score", "--store", store, "--month", "2026-04", path)["rows"][0]
    assert (row["cells"][0]["value"], row["cells"][0]["state"], row["met"]) == (1.0, "OPEN", 0)
    assert row["integrity_fail"] == "2026-04"


def test_the_printed_score_shows_both_parts_problems_and_decisions(store: Path, table: Any) -> None:
    path = table(WINDOW.format(3) + LEVEL)
    shown = floorwatch("score", "--store", store, "--month", "2026-03", path).stdout
    for words in ("2026-01 to 2026-03", "level_part", "trend_part", "Not at level, by impact",
                  "3 improvement cases are due", "Decisions: completeness 0.99"):  # fmt: skip
        assert words in shown


def test_a_table_of_imported_rows_needs_no_store(table: Any, tmp_path: Path) -> None:
    survey = tmp_path / "survey.csv"
    survey.write_text(HEAD + "survey,2026-03,0.9,400,,post-call\n")
    path = table(WINDOW.format(1) + SURVEY)
    found = score(tmp_path / "none.db", path, "--import", survey)
    assert {one["item"]: one["points"] for one in found["items"]}["4.1"] == 500


def test_queues_with_the_same_promise_are_pooled_and_with_others_refused(
    table: Any, tmp_path: Path
) -> None:
    queues = {"sales": {"program": "shop"}, "help": {"program": "shop"}}
    plan = Plan.model_validate(plan_of().model_dump() | {"queues": queues})
    both = [*whole_month("2026-03", offered=10, ans_in_T1=9),
            *(one._replace(queue="help") for one in whole_month("2026-03", offered=30, ans_in_T1=3))]  # fmt: skip
    path = table(WINDOW.format(1) + LEVEL.replace('["sales"]', '["sales", "help"]'))
    same = kept(tmp_path / "same.db", both, plan)
    assert [cell["value"] for cell in score(same, path)["rows"][0]["cells"]] == [12 / 40]
    queues["help"]["targets"] = [{"thresholds_s": [60]}]  # type: ignore[assignment]
    other = Plan.model_validate(plan_of().model_dump() | {"queues": queues})
    told = refused(kept(tmp_path / "other.db", both, other), path)
    assert "'sales' (T 20 s) and 'help' (T 60 s) have not the same targets" in told


def test_a_metric_of_the_entity_pools_its_programs_and_one_of_a_client_theirs(
    table: Any, tmp_path: Path
) -> None:
    programs = {name: {"client": client} for name, client in (("a", "X"), ("b", "X"), ("c", "Y"))}
    queues = {f"q{name}": {"program": name} for name in programs}
    plan = Plan.model_validate({"programs": programs, "queues": queues})
    asked = {"a": 10, "b": 30, "c": 60}
    records = [
        one._replace(program=name, queue=f"q{name}")
        for name, offered in asked.items()
        for one in whole_month("2026-03", offered=offered, abn=3)
    ]
    row = """
[[rows]]
name = "{0}"
metric = "abandon_voice"
level = "{1}"
client = "{2}"
targets = [{{ valid_from = "2026-01", value = 0.05 }}]
"""
    path = table(
        WINDOW.format(1) + row.format("all", "entity", "") + row.format("X", "client", "X")
    )
    found = score(kept(tmp_path / "s.db", records, plan), path)
    assert [(row["cells"][0]["value"], row["cells"][0]["n"]) for row in found["rows"]] == [
        (9 / 100, 100), (6 / 40, 40),
    ]  # fmt: skip
    nobody = table(WINDOW.format(1) + row.format("Z", "client", "Z"))
    assert "the plan has no program of it" in refused(tmp_path / "s.db", nobody)


def test_a_target_that_is_not_the_plans_is_told(table: Any, tmp_path: Path) -> None:
    targets = [{"service_level": 0.8},
               {"service_level": 0.75, "valid_from": "2026-03-10T00:00:00Z"}]  # fmt: skip
    store = kept(tmp_path / "s.db", whole_month("2026-03", offered=1), plan_of(targets=targets))
    path = table(WINDOW.format(1) + LEVEL)
    said = floorwatch("score", "--store", store, "--month", "2026-03", path).stderr
    assert said == "row level: target 0.8 in 2026-03, the plan promises 0.75 for sales\n"


def test_a_small_queue_is_known_by_its_share_of_the_contacts(table: Any, tmp_path: Path) -> None:
    queues = {"sales": {"program": "shop"}, "help": {"program": "shop"}}
    plan = Plan.model_validate(plan_of().model_dump() | {"queues": queues})
    both = [*whole_month("2026-03", offered=96, ans_in_T1=96),
            *(one._replace(queue="help") for one in whole_month("2026-03", offered=4))]  # fmt: skip
    small = LEVEL.replace("sales", "help").replace('"level"', '"small"')
    found = score(kept(tmp_path / "s.db", both, plan), table(WINDOW.format(1) + LEVEL + small))
    assert [row["volume_share"] for row in found["rows"]] == [0.96, 0.04]
    assert found["rows"][1]["why_not"] == "low volume: over 10 % of the metrics of 4.6"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("service_level", "service_levl"), "did you mean service_level?"),
        (("value = 0.8", "value = 80"), "service_level is a ratio"),
        (('queues = ["sales"]', 'queues = ["sale"]'), "nothing is known of 'sale'"),
        (('program = "shop"', ""), "needs its program"),
        (('program = "shop"', 'program = "shop"\ndirection = "down"'), "of service_level up is better"),
        (("service_level", "utilization"), "over what payroll paid"),
        (
            ("service_level", 'escalation_rate"\ndirection = "down'),
            "one value for each class",
        ),
        (("service_level", "wait_p80"), "item: Field required"),
        (("[[rows]]", "[[row]]"), "unknown table 'row'"),
        (("[[rows]]", "[[rows"), "pst.toml"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_meant_is_refused_with_row_and_hint(
    store: Path, table: Any, change: tuple[str, str], message: str
) -> None:
    assert message in refused(store, table(LEVEL.replace(*change)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("survey,2026-03,0.9,,,x", ":3: n: '' is no number"),
        ("survey,2026-03,nan,4,,x", ":3: value: 'nan' is no number"),
        ("survey,2026-13,0.9,4,,x", ":3: '2026-13' is no month"),
        ("survey,2026-03,0.9,4,,", ":3: no source"),
        ("survey,2026-03,0.9,4,99,x", "is not between 0 and 1"),
        ("survey,2026-01,0.9,4,,x", "survey of 2026-01 is told twice"),
        ("level,2026-03,0.9,4,,x", "row 'level' is read from the store"),
        ("other,2026-03,0.9,4,,x", "row 'other' is not declared"),
        ("survey,2026-03", "not as many fields"),
    ],
)
def test_a_wrong_line_of_imported_values_is_told_by_file_and_line(
    store: Path, table: Any, tmp_path: Path, line: str, message: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEAD + "survey,2026-01,0.9,4,,x\n" + line + "\n")
    assert message in refused(store, table(LEVEL + SURVEY), "--import", path)


def test_imported_values_may_be_without_data_or_unknown(table: Any, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        HEAD + "survey,2026-01,,0,,x\nsurvey,2026-02,unknown,,,x\nsurvey,2026-03,0.9,4,0.5,x\n"
    )
    found = score(tmp_path / "none.db", table(WINDOW.format(3) + SURVEY), "--import", path)
    row = found["rows"][0]
    assert [cell["scored_as"] for cell in row["cells"]] == [None, "unknown", "unknown"]
    assert (row["periods"], row["met"], row["integrity_fail"]) == (2, 0, "2026-02 2026-03")


def test_a_quarterly_metric_is_judged_by_whole_quarters(table: Any, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEAD + "survey,2025-Q4,0.9,4,,x\nsurvey,2026-Q1,0.9,4,,x\n")
    quarterly = SURVEY.replace("imported = true", 'imported = true\nperiod = "quarter"')
    found = score(tmp_path / "none.db", table(WINDOW.format(7) + quarterly), "--import", path)
    assert [cell["period"] for cell in found["rows"][0]["cells"]] == ["2025-Q4", "2026-Q1"]
    assert found["rows"][0]["at_level"]
