"""`floorwatch audit` on days of a bank: what came too late is found, and restated once."""

import json
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from streams.checkpoint.sqlite import SqliteStore
from streams.close import Record
from tests.bank import CONFIG, Bank, newest, rows, written
from tests.data import shared
from tests.test_streams_cli_score import floorwatch

BANK = Bank(shared("technion-anonymousbank-1999"))
MONTH = ("--month", "1999-01")
HOUR_S = 3600
FLAGS = ("--config", CONFIG, "--summary", "none", "--no-progress")
LIVE = ("--ordered-within", "7200", "--checkpoint-rows", "20")
"""Calls of one file are told at their entry, and may last two hours."""


def second(row: dict[str, str], name: str) -> int:
    hours, minutes, seconds = map(int, row[name].split(":"))
    day = int(row["date"][-2:])
    return ((day * 24 + hours) * 60 + minutes) * 60 + seconds


class Days:
    """Calls of regular customers on 28 and 31 January, by their entry; two of them come late."""

    def __init__(self, folder: Path) -> None:
        header, lines = rows(BANK.month("january"))
        names = header.decode().split()
        calls = [dict(zip(names, line.decode().split("\t"), strict=False)) for line in lines]
        chosen = sorted(
            (second(row, "vru_entry"), line)
            for row, line in zip(calls, lines, strict=True)
            if row["type"] == "PS" and row["date"] in ("990128", "990131")
        )
        by_line = dict(zip(lines, calls, strict=True))
        noon = (28 * 24 + 12) * HOUR_S
        answered = [
            (at, line)
            for at, line in chosen
            if at >= noon and by_line[line]["outcome"] == "AGENT" and by_line[line]["q_time"] != "0"
        ]
        self.late, self.too_late = answered[0], answered[40]
        moved = {self.late[1]: 5 * HOUR_S, self.too_late[1]: 12 * HOUR_S}
        # The watermark lies two hours behind the newest call: so they are 3 h and 10 h behind it.
        told = sorted((at + moved.get(line, 0), line) for at, line in chosen)
        self.log = written(folder / "log.tsv", header, [line for _, line in told])
        without = [line for _, line in told if line != self.too_late[1]]
        self.log_without = written(folder / "without.tsv", header, without)
        self.header, self.calls = header, len(told)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return Days(tmp_path_factory.mktemp("days"))


@pytest.fixture(scope="module")
def recorded(days: Days, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store after the days, closed behind the reader as a live feed is."""
    store = tmp_path_factory.mktemp("recorded") / "bank.db"
    done = floorwatch("replay", *FLAGS, *LIVE, "--store", store, days.log)
    assert done.exit_code == 0, done.output
    return store


@pytest.fixture
def store(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(recorded, tmp_path / "bank.db"))


def audit(store: Path, *arguments: str | Path) -> tuple[int, Any]:
    done = floorwatch("audit", "--config", CONFIG, "--store", store, *MONTH, "--json", *arguments)
    return done.exit_code, json.loads(done.stdout)


def history(store: Path) -> list[Record]:
    with closing(SqliteStore(store, read_only=True)) as kept:
        return list(kept.history())


def month(store: Path, kpi: str) -> tuple[float, str]:
    done = floorwatch("month", "--store", store, *MONTH, "--json")
    (row,) = (
        row for row in json.loads(done.stdout) if row["kpi"] == kpi and row["queue"] == "bank-PS"
    )
    return row["value"], row["state"]


def test_a_late_call_restates_at_once_and_a_too_late_one_only_through_an_audit(
    days: Days, store: Path
) -> None:
    reasons = Counter(one.reason for one in history(store) if one.state == "RESTATED")
    assert set(reasons) == {"late_event"}
    answered, state = month(store, "volume_offered")
    assert state == "RESTATED"

    code, found = audit(store, days.log)
    assert (code, found["agrees"]) == (1, False)
    offered = [row for row in found["differences"] if row["column"] == "offered"]
    assert [(row["counted"] - row["recorded"]) for row in offered] == [1]
    assert found["known_rejects"].keys() == {"too_late"}
    assert month(store, "volume_offered") == (answered, "RESTATED")

    code, done = audit(store, "--restate", days.log)
    assert (code, done["agrees"], done["restated"]) == (0, True, found["differing"])
    assert month(store, "volume_offered") == (answered + 1, "RESTATED")
    assert done["known_rejects"] == {}

    code, again = audit(store, "--restate", days.log)
    assert (code, again["differing"], again["restated"]) == (0, 0, 0)
    assert month(store, "volume_offered") == (answered + 1, "RESTATED")

    asked = ("explain", "volume_offered", "--queue", "bank-PS", *MONTH, "--store", store, "--json")
    told = json.loads(floorwatch(*asked).stdout)
    assert {one["reason"] for one in told["revisions"]} == {"late_event", "audit"}
    (column,) = told["columns"]
    assert column["total"] - column["first"] == 2
    (by_audit,) = (one for one in told["revisions"] if one["reason"] == "audit")
    assert by_audit["new"]["offered"] - by_audit["old"]["offered"] == 1


def test_what_was_too_late_is_taken_from_the_rejects_where_the_log_does_not_have_it(
    days: Days, store: Path, tmp_path: Path
) -> None:
    told = Path(shutil.copy(store, tmp_path / "told.db"))
    assert audit(told, "--restate", days.log)[0] == 0
    code, done = audit(store, "--restate", days.log_without)
    assert (code, done["known_rejects"]) == (0, {})
    assert newest(store) == newest(told)


def test_a_log_that_lacks_calls_takes_none_away_unless_it_is_told_to(
    days: Days, store: Path
) -> None:
    assert audit(store, "--restate", days.log)[0] == 0
    header, calls = days.log.read_bytes().split(b"\n", 1)
    (store.parent / "half.tsv").write_bytes(
        b"\n".join([header, *[line for line in calls.splitlines() if b"\t990128\t14:" not in line]])
    )
    before, half = history(store), store.parent / "half.tsv"
    code, found = audit(store, "--restate", half)
    assert (code, found["restated"]) == (1, 0)
    assert {row["stays"] for row in found["differences"]} == {
        "the log has less of this program than was recorded"
    }
    assert history(store) == before
    code, found = audit(store, "--restate", "--fewer", half)
    assert (code, found["agrees"]) == (0, True)
    assert audit(store, days.log)[1]["differences"] != []
    assert audit(store, "--restate", days.log)[0] == 0
    assert newest(store).keys() == {(*one[:5], one.basis) for one in before}


def test_a_shard_that_is_read_back_has_the_day_sums_of_the_ledger(days: Days, store: Path) -> None:
    assert audit(store, "--restate", days.log)[0] == 0
    # The last call once more: nothing is new, and the day is closed again from the state kept.
    last = written(store.parent / "last.tsv", days.header, [days.late[1]])
    done = floorwatch(
        *("replay", "--config", CONFIG, "--store", store, "--summary", "json", "--no-progress"),
        last,
    )
    summary = json.loads(done.stdout)
    sums: Counter[str] = Counter()
    for columns, _, _ in newest(store).values():
        sums.update(columns)
    for name in ("offered", "ans", "abn", "wait_ans_ms", "handled", "talk_ms"):
        assert summary["columns"][name] == sums[name], name
    assert summary["columns"]["offered"] == month(store, "volume_offered")[0]


def test_what_a_shard_still_takes_is_left_to_it(days: Days, tmp_path: Path) -> None:
    store = tmp_path / "open.db"
    assert floorwatch("replay", *FLAGS, "--store", store, days.log_without).exit_code == 0
    code, found = audit(store, "--restate", days.log)
    assert (code, found["restated"]) == (1, 0)
    assert {row["stays"][:26] for row in found["differences"]} == {"the shard may still change"}
    assert floorwatch("replay", *FLAGS, "--store", store, days.log).exit_code == 0
    assert audit(store, days.log)[0] == 0


def test_a_store_that_is_being_written_is_read_but_not_restated(days: Days, store: Path) -> None:
    with closing(SqliteStore(store)) as running:
        running.own()
        assert audit(store, days.log)[0] == 1
        refused = floorwatch(
            *("audit", "--config", CONFIG, "--store", store, *MONTH, "--restate", days.log)
        )
    assert refused.exit_code == 2
    assert "another floorwatch is writing this store" in refused.output


def test_people_read_what_differs_interval_by_interval(days: Days, store: Path) -> None:
    found = floorwatch("audit", "--config", CONFIG, "--store", store, *MONTH, days.log)
    assert found.exit_code == 1
    assert "0 restated" in found.stdout
    assert "too_late" in found.stdout
    assert "hint: --restate" in found.stderr
    (line,) = [one for one in found.stdout.splitlines() if " offered " in one]
    assert line.split()[1:6] == ["bank/PS", "bank-PS", "voice", "arrival", "offered"]


def test_a_store_that_stands_in_the_middle_of_a_month_keeps_what_is_not_settled(
    days: Days, tmp_path: Path
) -> None:
    """The too late call is brought in; its reject stays open while intervals wait to be final."""
    store, header = tmp_path / "half.db", days.log.read_bytes().split(b"\n", 1)[0]
    told = days.log.read_bytes().split(b"\n")[1:]
    half = tmp_path / "half.tsv"
    cut = told.index(days.too_late[1].rstrip(b"\n")) + 30
    half.write_bytes(b"\n".join([header, *told[:cut]]) + b"\n")
    assert floorwatch("replay", *FLAGS, *LIVE, "--store", store, half).exit_code == 0
    with closing(SqliteStore(store)) as kept, kept.transaction() as db:
        last = db.execute("SELECT max(bucket_ms) FROM ledger").fetchone()
        db.execute("UPDATE ledger SET state='PROVISIONAL' WHERE bucket_ms=?", last)
    code, found = audit(store, "--restate", half)
    assert (code, found["agrees"]) == (0, True)
    assert found["restated"] > 0
    assert found["waiting"] > 0
    assert found["known_rejects"] == {"too_late": 4}
    assert audit(store, "--restate", half)[1]["restated"] == 0


def test_a_copy_of_what_workers_recorded_is_not_restated(days: Days, tmp_path: Path) -> None:
    store = tmp_path / "copy.db"
    with closing(SqliteStore(store)) as copy:
        copy.own(synced=True)
    refused = floorwatch(
        *("audit", "--config", CONFIG, "--store", store, *MONTH, "--restate", days.log)
    )
    assert refused.exit_code == 2
    assert "is a copy of what workers recorded on Kafka" in refused.output


def audited(store: Path, *arguments: str | Path) -> Any:
    return floorwatch("audit", "--config", CONFIG, "--store", store, *MONTH, *arguments)


def test_an_audit_by_other_settings_than_those_of_run_says_which_instead_of_differences(
    days: Days, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = history(store)
    monkeypatch.setenv("FLOORWATCH_LIMITS__UNRESOLVED_S", "60")
    refused = audited(store, "--restate", days.log)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "was counted by other settings" in refused.stderr
    assert "limits.unresolved_s" in refused.stderr
    assert "--other-settings" in refused.stderr
    assert history(store) == before
    on_purpose = audited(store, "--other-settings", days.log)
    assert on_purpose.exit_code == 1
    assert (
        "counted by other settings than what is recorded: limits.unresolved_s" in on_purpose.stderr
    )


def test_an_audit_without_the_settings_of_the_bridge_names_some_of_them_and_how_many_more(
    days: Days, store: Path
) -> None:
    refused = floorwatch("audit", "--store", store, *MONTH, days.log)
    assert refused.exit_code == 2
    assert "call_table.answered, call_table." in refused.stderr
    assert " more" in refused.stderr


def test_settings_that_change_no_recorded_figure_are_of_no_matter_to_an_audit(
    days: Days, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOORWATCH_LIMITS__SILENCE_S", "7")
    monkeypatch.setenv("FLOORWATCH_HTTP__PORT", "7")
    code, found = audit(store, days.log)
    assert (code, found["differing"] > 0) == (1, True)


def test_a_store_that_does_not_say_by_what_it_was_counted_is_audited_with_a_word_of_it(
    days: Days, store: Path
) -> None:
    with closing(SqliteStore(store)) as kept, kept.transaction() as db:
        db.execute("DELETE FROM meta WHERE key='counted_by'")
    done = audited(store, days.log)
    assert done.exit_code == 1
    assert "by which settings this store was counted is not kept" in done.stderr


def test_the_store_keeps_no_name_out_of_the_settings(days: Days, store: Path) -> None:
    with closing(SqliteStore(store, read_only=True)) as kept, kept.reading() as db:
        (said,) = db.execute("SELECT value FROM meta WHERE key='counted_by'").fetchone()
    assert "call_table.answered" in said
    assert "bank-1999" not in said
