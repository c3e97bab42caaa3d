import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from schemas.catalog import KPIS
from streams.cli import COMMANDS, app
from streams.cli.output import Form, print_rows
from streams.errors import UserError
from streams.settings import Settings
from tests.data import ROOT

QUEUED: dict[str, Any] = {
    "type": "queued",
    "id": "1",
    "time": 1_700_000_000_000,
    "source": "pbx",
    "program": "shop",
    "contact": "c1",
    "queue": "sales",
}
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


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("FLOORWATCH_"):
            monkeypatch.delenv(name)


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def lines(*events: dict[str, Any] | str) -> bytes:
    texts = (event if isinstance(event, str) else json.dumps(event) for event in events)
    return "".join(f"{text}\n" for text in texts).encode()


def commands() -> list[str]:
    group: Any = typer.main.get_command(app)
    return list(group.commands)


def test_help_names_every_command_and_the_exit_codes() -> None:
    shown = floorwatch("--help")
    assert shown.exit_code == 0
    assert "0 ok, 1 failed check, 2 bad input, 130 interrupted" in shown.stdout
    assert set(commands()) <= set(COMMANDS)
    for name in commands():
        assert f" {name} " in shown.stdout


@pytest.mark.parametrize("name", commands())
def test_the_help_of_every_command_has_examples(name: str) -> None:
    shown = floorwatch(name, "--help")
    assert shown.exit_code == 0
    assert "Examples:" in shown.stdout
    assert f"floorwatch {name}" in shown.stdout


def test_without_a_command_help_is_shown_and_the_code_is_that_of_bad_input() -> None:
    shown = floorwatch()
    assert shown.exit_code == 2
    assert "Usage" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "No such command"),
        (["version", "--bogus"], "No such option"),
        (["schema", "nope"], "'nope' is not one of"),
        (["kpis", "--lang", "fr"], "titles exist in en and ja"),
    ],
)
def test_wrong_usage_is_one_error_and_one_hint_on_stderr(arguments: list[str], told: str) -> None:
    shown = floorwatch(*arguments)
    assert shown.exit_code == 2
    assert shown.stdout == ""
    error, hint = shown.stderr.splitlines()
    assert error.startswith("error: ")
    assert told in error
    assert hint.startswith("hint: see ")


def test_an_error_of_the_user_is_never_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise UserError("the store is full", "make room")

    monkeypatch.setattr("streams.cli.validate.load_settings", broken)
    shown = floorwatch("validate", "x")
    assert shown.exit_code == 2
    assert shown.stderr == "error: the store is full\nhint: make room\n"


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("streams.cli.validate.load_settings", interrupted)
    assert floorwatch("validate", "x").exit_code == 130


def test_version_is_a_command_and_an_option() -> None:
    assert floorwatch("version").stdout.startswith("floorwatch ")
    assert floorwatch("--version").stdout == floorwatch("version").stdout


def test_schema_prints_the_contract_of_wire_events() -> None:
    schema = json.loads(floorwatch("schema").stdout)
    assert schema["discriminator"]["propertyName"] == "type"
    assert "Queued" in schema["$defs"]


@pytest.mark.parametrize(
    ("contract", "key"),
    [
        ("plan", "queues"),
        ("ledger", "columns"),
        ("pst", "decisions"),
        ("month", "n"),
        ("cloudevent", "specversion"),
    ],
)
def test_schema_prints_the_other_contracts(contract: str, key: str) -> None:
    assert key in json.loads(floorwatch("schema", contract).stdout)["properties"]


def test_kpis_lists_the_whole_catalogue() -> None:
    shown = floorwatch("kpis").stdout
    for key in KPIS:
        assert f" {key} " in shown


def test_kpis_as_json_carries_every_declaration() -> None:
    listed = json.loads(floorwatch("kpis", "--json").stdout)
    assert [kpi["key"] for kpi in listed] == list(KPIS)
    assert listed[0]["formula"]


def test_kpis_as_csv_has_one_row_each_and_japanese_titles_on_request() -> None:
    rows = list(csv.DictReader(io.StringIO(floorwatch("kpis", "--csv", "--lang", "ja").stdout)))
    assert [row["title"] for row in rows] == [kpi.title_ja for kpi in KPIS.values()]


def test_rows_without_a_value_are_empty_in_csv_and_null_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{"queue": "sales", "level": None}, {"queue": "care", "level": 0.0}]
    print_rows(rows, ("queue", "level"), Form.CSV)
    assert capsys.readouterr().out == "queue,level\nsales,\ncare,0.0000\n"
    print_rows(rows, ("queue", "level"), Form.JSON)
    assert json.loads(capsys.readouterr().out)[0] == {"queue": "sales", "level": None}


def test_valid_events_plain_enveloped_and_compressed_pass(tmp_path: Path) -> None:
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "pbx",
        "type": "org.example.queued",
        "data": {key: QUEUED[key] for key in ("time", "program", "contact", "queue")},
    }
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(lines(QUEUED, "", envelope, QUEUED | {"more": 1})))
    shown = floorwatch("validate", path)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "4 lines, 0 errors, 1 unknown fields ignored" in shown.stderr


def test_each_wrong_event_is_told_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(
        lines(QUEUED, "", QUEUED | {"time": "soon"}, QUEUED | {"type": "queud"}, "{", "x" * 70_000)
    )
    shown = floorwatch("validate", path)
    assert shown.exit_code == 2
    told = shown.stdout.splitlines()
    assert [line.split(": ")[:2] for line in told] == [
        [f"{path}:3", "invalid"],
        [f"{path}:4", "unknown_type"],
        [f"{path}:5", "bad_json"],
        [f"{path}:6", "line_too_long"],
    ]
    assert "4 errors" in shown.stderr


def test_errors_can_be_read_by_programs(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(lines(QUEUED | {"queue": ""}))
    found = json.loads(floorwatch("validate", "--json", path).stdout)
    assert (found["file"], found["line"], found["reason"]) == (str(path), 1, "invalid")
    assert "queue" in found["detail"]


def test_more_errors_than_asked_for_are_counted_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(lines(*["{}"] * 30))
    shown = floorwatch("validate", "--most", "5", path)
    assert len(shown.stdout.splitlines()) == 5
    assert "25 more errors not shown" in shown.stderr
    assert len(floorwatch("validate", "--most", "0", path).stdout.splitlines()) == 30


def test_a_queue_log_is_recognised_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes(b"1700000000|c1|sales|NONE|ENTERQUEUE||07|1\nnonsense\n")
    shown = floorwatch("validate", path)
    assert shown.exit_code == 2
    assert shown.stdout.startswith(f"{path}:2: ")


def test_a_call_table_is_judged_by_its_mapping(tmp_path: Path) -> None:
    config = tmp_path / "calls.toml"
    config.write_text(MAPPING)
    table = tmp_path / "calls.csv"
    table.write_text(
        "id,entered,answered,ended\n"
        "1,2024-05-01 09:00:00,2024-05-01 09:00:10,2024-05-01 09:05:00\n"
        "2,2024-05-01 09:00\n"
    )
    shown = floorwatch("validate", "--config", config, table)
    assert shown.exit_code == 2
    assert shown.stdout.splitlines() == [f"{table}:3: wrong_field_count: 2 fields for 4"]


def test_a_file_that_is_nothing_known_is_told_how_to_name_it(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("id;entered\n")
    shown = floorwatch("validate", path)
    assert shown.exit_code == 2
    assert "neither wire events nor a queue_log" in shown.stdout
    assert "[call_table]" in shown.stderr


def test_settings_and_plan_files_are_checked_whole(tmp_path: Path) -> None:
    config = tmp_path / "floorwatch.toml"
    config.write_text("[http]\nport = 99999\nprot = 1\n")
    plan = tmp_path / "plan.toml"
    plan.write_text('[programs.shop]\ntime_zone = "Asia/Tokio"\n')
    shown = floorwatch("validate", config, plan)
    assert shown.exit_code == 2
    first, second, third = shown.stdout.splitlines()
    assert first.startswith(f"{config}:2: invalid: http.port")
    assert second.startswith(f"{config}:3: unknown_setting: unknown setting http.prot")
    assert third.startswith(f"{plan}:2: invalid: programs.shop.time_zone: unknown time zone")


@pytest.mark.parametrize("path", sorted((ROOT / "deploy" / "examples").glob("*.toml")))
def test_the_examples_that_ship_are_valid(path: Path) -> None:
    assert floorwatch("validate", path).exit_code == 0


def test_a_missing_or_damaged_file_is_an_error_of_that_file_and_the_next_is_read(
    tmp_path: Path,
) -> None:
    good, cut = tmp_path / "good.jsonl", tmp_path / "cut.jsonl.gz"
    good.write_bytes(lines(QUEUED))
    cut.write_bytes(gzip.compress(lines(*[QUEUED] * 500))[:-30])
    shown = floorwatch("validate", tmp_path / "none.jsonl", cut, good)
    assert shown.exit_code == 2
    assert f"{tmp_path / 'none.jsonl'}:1: unreadable" in shown.stdout
    assert "unreadable" in shown.stdout.splitlines()[1]
    assert "cut.jsonl.gz" in shown.stdout.splitlines()[1]
    assert f"{good}: 1 lines, valid" in shown.stderr


def test_a_broken_settings_file_is_one_error(tmp_path: Path) -> None:
    config = tmp_path / "broken.toml"
    config.write_text("[http\n")
    shown = floorwatch("validate", "--config", config, "x.jsonl")
    assert shown.exit_code == 2
    assert shown.stderr.startswith(f"error: {config}:1: not TOML")


def test_the_settings_of_a_section_reach_the_command(tmp_path: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text(MAPPING)
    assert Settings.load(config).call_table is not None


@pytest.mark.parametrize("arguments", [["version"], ["schema", "plan"], ["kpis"]])
def test_a_command_loads_only_what_it_needs(arguments: list[str]) -> None:
    program = (
        "import sys; from streams.cli import app\n"
        f"app({arguments!r}, standalone_mode=False)\n"
        "sys.exit(any(name.startswith(('numba', 'streams.drivers')) for name in sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_validate_reads_a_file_without_a_driver(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(lines(QUEUED))
    program = (
        "import sys; from streams.cli import app\n"
        f"app(['validate', {str(path)!r}], standalone_mode=False)\n"
        "sys.exit(any(name.startswith('streams.drivers') for name in sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "1 lines, 0 errors" in ended.stderr


def test_a_command_spelt_nearly_right_is_suggested() -> None:
    assert "Did you mean 'validate'" in floorwatch("valdate").stderr
