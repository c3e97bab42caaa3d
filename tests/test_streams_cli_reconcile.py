"""Reports of phone systems beside our figures: five calls that every product counts in its own way."""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kernels.columns import ARRIVAL_ROW
from streams.cli.reconcile import System
from streams.reconcile.contacts import ABANDONED, contacts
from streams.reconcile.profiles import PROFILES
from streams.reconcile.report import CHAT_WAIT
from streams.shard import Shard
from tests.shards import fed, rows
from tests.test_streams_adjusted import center
from tests.test_streams_cli_score import floorwatch

CONFIG = """
[plan.programs.shop]
time_zone = "UTC"
[plan.queues.sales]
program = "shop"
targets = [{ thresholds_s = [20] }]
"""
CALLS = {
    "long": [("queued", "09:05:00", {}), ("answered", "09:05:10", {}), ("disconnected", "09:40:00", {})],
    "over the edge": [("queued", "09:29:50", {}), ("disconnected", "09:30:05", {"by": "customer"})],
    "timed out": [
        ("queued", "09:10:00", {}),
        ("disconnected", "09:12:00", {"by": "system", "reason": "queue_timeout"}),
    ],
    "half a second late": [
        ("queued", "08:59:55", {}), ("answered", "09:00:15.500", {}), ("disconnected", "09:10:00", {}),
    ],
    "exactly T": [
        ("queued", "09:20:00", {}), ("answered", "09:20:20", {}), ("disconnected", "09:25:00", {}),
    ],
}  # fmt: skip
REPORTS: dict[str, dict[str, int]] = {
    "asterisk": {
        "callscompleted": 2, "callscompletedinsl": 2, "callsabandoned": 1, "callsabandonedinsl": 0,
    },
    "wazo": {"received": 4, "answered": 2, "answered_in_qos": 2, "abandoned": 1},
    "genesys_cloud": {"nOffered": 4, "tAnswered": 3, "nOverSla": 1, "tAbandon": 0},
    "amazon_connect": {
        "Contacts queued": 4, "Contacts handled": 2, "Contacts answered in X": 0,
        "Contacts abandoned": 1, "Contacts abandoned in X": 0,
    },
    "cisco": {
        "CallsOffered": 4, "CallsAnswered": 3, "ServiceLevelCalls": 2, "CallsAbandQ": 0,
        "ServiceLevelAband": 0,
    },
}  # fmt: skip
"""From 09:00 to 09:30, counted by hand from the rules of each product."""


def at(clock: str) -> int:
    moment = datetime.fromisoformat(f"2026-03-02T{clock}").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c.toml").write_text(CONFIG)
    events = [
        {"type": kind, "v": 1, "id": f"{call} {n}", "source": "acd", "program": "shop",
         "contact": call, "time": at(clock), "by": "staff"} | more
        | ({"queue": "sales"} if kind == "queued" else {"staff": "ann"} if kind == "answered" else {})
        for call, told in CALLS.items() for n, (kind, clock, more) in enumerate(told)
    ]  # fmt: skip
    for event in events:
        if event["type"] != "disconnected":
            del event["by"]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return tmp_path


def report(folder: Path, system: str, values: Mapping[str, Any], queue: str = "sales") -> Path:
    profile = PROFILES[system]
    row = {profile.start: "2026-03-02T09:00:00Z", profile.queue: queue} | dict(values)
    path = folder / "report.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return path


def reconcile(folder: Path, system: str, *arguments: str) -> Any:
    return floorwatch(
        *("reconcile", "--as", system, "--report", folder / "report.csv"),
        *("--config", folder / "c.toml", folder / "log.jsonl", *arguments),
    )


@pytest.mark.parametrize("system", PROFILES)
def test_what_a_product_counts_of_five_calls_is_explained_to_the_last_one(
    folder: Path, system: str
) -> None:
    report(folder, system, REPORTS[system])
    done = reconcile(folder, system, "--json")
    assert done.exit_code == 0, done.output
    lines = json.loads(done.stdout)
    assert [line["theirs"] for line in lines] == list(REPORTS[system].values())
    ours = {line["count"]: line["ours"] for line in lines}
    want = {"offered": 4, "answered": 2, "abandoned": 2, "answered_in_t": 2, "abandoned_in_t": 1}
    assert ours == {name: (want | {"answered_late": 0})[name] for name in ours}
    for line in lines:
        assert line["ours"] + sum(line["causes"].values()) == line["theirs"]


def test_contacts_in_an_interval_that_a_report_leaves_out_are_told(folder: Path) -> None:
    path = report(folder, "cisco", REPORTS["cisco"])
    header, row = path.read_text().splitlines()
    others = [
        row.replace("T09:00", f"T{start}").replace("4,3,2,0,0", "0,0,0,0,0")
        for start in ("07:30", "10:00")
    ]
    path.write_text("\n".join([header, *others]) + "\n")
    done = reconcile(folder, "cisco")
    assert done.exit_code == 1
    assert (
        "sales: 5 contacts of ours came in intervals that the report has no row of" in done.stderr
    )
    path.write_text(header + "\n")
    empty = reconcile(folder, "cisco")
    assert empty.exit_code == 2
    assert "report.csv: no numbers" in empty.stderr


def test_each_cause_says_how_many_contacts_it_moves(folder: Path) -> None:
    report(folder, "asterisk", REPORTS["asterisk"])
    told = {
        one["count"]: one["causes"]
        for one in json.loads(reconcile(folder, "asterisk", "--json").stdout)
    }
    before, after = (
        "came before the interval, counted in it",
        "came in the interval, counted after it or not yet",
    )
    assert told["answered"] == {before: 1, after: -1}
    assert told["answered_in_t"] == {
        after: -1, "within T by whole seconds of the clock only": 1,
    }  # fmt: skip
    assert told["abandoned"] == {after: -1}
    report(folder, "genesys_cloud", REPORTS["genesys_cloud"])
    lines = json.loads(reconcile(folder, "genesys_cloud", "--json").stdout)
    told = {one["count"]: one["causes"] for one in lines}
    assert told["abandoned"] == {after: -1, "theirs leaves out: queue_timeout": -1}


def test_a_contact_that_only_they_have_is_not_explained_away(folder: Path) -> None:
    report(folder, "cisco", REPORTS["cisco"] | {"CallsOffered": 6})
    done = reconcile(folder, "cisco")
    assert done.exit_code == 1
    assert "1 are not explained" in done.stderr
    (line,) = [one for one in done.stdout.splitlines() if " offered " in one]
    assert line.split()[-3:] == ["4", "6", "2"]


def test_names_of_columns_and_queues_and_another_t_are_told(folder: Path) -> None:
    report(folder, "cisco", {"Taken in time": 1, "CallsAnswered": 3}, queue="5001")
    options = ("--column", "answered_in_t=Taken in time", "--queue", "5001=sales", "--within", "15")
    done = reconcile(folder, "cisco", *options, "--json")
    assert done.exit_code == 0, done.output
    causes = {one["count"]: one["causes"] for one in json.loads(done.stdout)}
    assert causes["answered_in_t"] == {"within their T, not within ours": -1}


@pytest.mark.parametrize("system", PROFILES)
def test_what_is_recorded_stands_beside_and_a_ledger_that_differs_is_told(
    folder: Path, system: str
) -> None:
    report(folder, system, REPORTS[system])
    log, store = folder / "log.jsonl", folder / "center.db"
    options = ("--config", folder / "c.toml", "--store", store, "--complete", "--summary", "none")
    assert floorwatch("replay", *options, log).exit_code == 0
    done = reconcile(folder, system, "--store", str(store), "--json")
    assert [(one["ledger"], one["ours"]) for one in json.loads(done.stdout)] == [
        (one["ours"], one["ours"]) for one in json.loads(reconcile(folder, system, "--json").stdout)
    ]
    assert "floorwatch audit" not in done.stderr
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(line for line in lines if '"exactly T"' not in line))
    assert "floorwatch audit" in reconcile(folder, system, "--store", str(store)).stderr


@pytest.mark.parametrize(
    ("values", "arguments", "said"),
    [
        ({"calls": 1}, (), "none of the counts offered (CallsOffered)"),
        ({"CallsOffered": "4.5"}, (), "report.csv:2: CallsOffered: '4.5' is no count"),
        ({"CallsOffered": 4}, ("--column", "start=When"), "no column 'When'"),
        ({"CallsOffered": 4}, ("--column", "wait=W"), "Cisco UCCE has no count 'wait'"),
        ({"CallsOffered": 4}, ("--queue", "5001"), "--queue '5001' has no '='"),
    ],
)
def test_a_report_that_cannot_be_read_says_where_and_why(
    folder: Path, values: dict[str, Any], arguments: tuple[str, ...], said: str
) -> None:
    report(folder, "cisco", values)
    done = reconcile(folder, "cisco", *arguments)
    assert done.exit_code == 2
    assert said in done.output


def test_every_product_with_a_profile_can_be_named() -> None:
    assert {one.value for one in System} == PROFILES.keys() == REPORTS.keys()


CHATS = [
    ("1", "09:05:00", "message_sent", "09:05:30"),
    ("2", "09:10:00", "message_sent", "09:10:20"),
    ("3", "09:29:50", "chat_ended", "09:30:10"),
]
"""Chat, when it was asked for, what happened next and when."""


@pytest.fixture
def chats(folder: Path) -> Path:
    """Three chats of a queue beside that of the calls."""
    (folder / "c.toml").write_text(CONFIG + '[plan.queues.web]\nprogram = "shop"\nchannel = "chat"\n'
        "targets = [{ thresholds_s = [20] }]\n")  # fmt: skip
    common = {"v": 1, "source": "web", "program": "shop"}
    events: list[dict[str, Any]] = []
    for chat, asked, kind, then in CHATS:
        told = [("chat_requested", at(asked), {"queue": "web"})]
        by = {"by": "staff", "staff": "ann"} if kind == "message_sent" else {"by": "customer"}
        told.append((kind, at(then), by))
        if kind == "message_sent":
            told.append(
                ("staff_joined", at(then) - (15_000 if chat == "1" else 0), {"staff": "ann"})
            )
            told.append(("message_received", at(then) + 5_000, {}))
            told.append(("chat_ended", at(then) + 300_000, {"by": "customer"}))
        events += [
            common | {"type": of, "id": f"{chat}{n}", "contact": chat, "time": ms} | more
            for n, (of, ms, more) in enumerate(told)
        ]
    (folder / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder


def test_a_report_of_chats_is_explained_as_one_of_calls(chats: Path) -> None:
    values = {"nOffered": 3, "tAnswered": 2, "nOverSla": 0, "tAbandon": 0}
    report(chats, "genesys_cloud", values, queue="web")
    done = reconcile(chats, "genesys_cloud", "--json")
    assert done.exit_code == 0, done.output
    lines = json.loads(done.stdout)
    assert [line["ours"] for line in lines] == [3, 2, 1, 1]
    assert lines[2]["causes"] == {CHAT_WAIT: -1}
    values = {"Contacts queued": 3, "Contacts handled": 2, "Contacts answered in X": 1}
    report(chats, "amazon_connect", values, queue="web")
    done = reconcile(chats, "amazon_connect", "--json")
    assert done.exit_code == 0, done.output
    in_t = json.loads(done.stdout)[2]
    exactly = {"waited exactly T: theirs is less than T": -1}
    assert (in_t["ours"], in_t["causes"]) == (1, {CHAT_WAIT: 1} | exactly)


@pytest.mark.parametrize("system", [name for name, one in PROFILES.items() if not one.chats])
def test_a_product_without_a_report_of_chats_is_said_to_have_none(chats: Path, system: str) -> None:
    report(chats, system, REPORTS[system], queue="web")
    done = reconcile(chats, system)
    assert done.exit_code == 2
    assert f"no report of chats is known of {PROFILES[system].title}" in done.output


def test_contacts_one_by_one_add_up_to_the_columns() -> None:
    plan, events = center()
    shard = fed(Shard(plan), events, "log")
    sums: dict[tuple[str, int], Counter[str]] = {}
    for one in contacts(shard):
        cell = sums.setdefault((one.queue, one.entry_ms // 900_000), Counter())
        name = f"abn_{one.outcome}" if one.outcome in ABANDONED else one.outcome
        cell.update({"offered": 1, {"answered": "ans"}.get(name, name): 1})
        if one.outcome != "waiting":
            cell["wait_ans_ms" if one.outcome == "answered" else "wait_abn_ms"] += one.our_wait_ms
    names = {"offered", "ans", "waiting", "outcome_unknown", "wait_ans_ms", "wait_abn_ms"}
    names |= {f"abn_{reason}" for reason in ABANDONED}
    view = shard.view(0)
    want: dict[tuple[str, int], Counter[str]] = {}
    for key, row in rows(view.arrival, ARRIVAL_ROW).items():
        if key[2] in ("voice", "chat", "messaging") and row.get("offered"):
            cell = want.setdefault((key[1], key[4] // 900_000), Counter())
            cell.update({name: n for name, n in row.items() if name in names})
    assert sums == want
    assert any(plan.queues[queue].channel == "chat" for queue, _ in sums)
