"""Records of Amazon Connect and FreeSWITCH on the command line: judged, replayed, mended."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from streams.bridges.base import Rejected
from streams.bridges.recognise import Kind, bridge_for, is_event, kind_of, recognise
from streams.cli import app
from streams.drivers import resending
from streams.kafka.records import KeptReject, Place
from streams.settings import Settings
from tests import amazon_records, freeswitch_events
from tests.data import ROOT

EXAMPLES = ROOT / "deploy/examples"
CONNECT, SWITCH = EXAMPLES / "amazon-connect.toml", EXAMPLES / "freeswitch.toml"
QUEUE = amazon_records.arn("queue", "12345678-1234-1234-1234-123456789012")
SALES = {"ARN": QUEUE, "Name": "Sales", "EnqueueTimestamp": amazon_records.stamp(10)}
"""The queue that the example maps."""
CALL = amazon_records.contact_record(Queue=SALES)
ANSWERED = [1, 1, 15_000]


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def written(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def arrivals(config: Path, path: Path, *options: str | Path) -> list[int]:
    """offered, ans and wait_ans_ms of a replay."""
    shown = floorwatch("replay", "--config", config, "--summary", "json", *options, path)
    assert shown.exit_code == 0, shown.stderr
    return [found(json.loads(shown.stdout), name) for name in ("offered", "ans", "wait_ans_ms")]


def found(summary: Any, name: str) -> int:
    """The value of a column, wherever in a summary its program stands."""
    if isinstance(summary, dict):
        if isinstance(summary.get(name), int):
            return summary[name]
        return sum(found(one, name) for one in summary.values())
    return sum(found(one, name) for one in summary) if isinstance(summary, list) else 0


@pytest.mark.parametrize("config", [CONNECT, SWITCH])
def test_the_example_settings_are_valid(config: Path) -> None:
    assert floorwatch("validate", config).exit_code == 0


def test_contact_records_are_judged_line_by_line(tmp_path: Path) -> None:
    strange = CALL | {"Queue": SALES | {"ARN": "q/other", "Name": "Other"}}
    path = written(tmp_path / "records.jsonl", CALL, strange, CALL | {"DisconnectTimestamp": "?"})
    shown = floorwatch("validate", "--config", CONNECT, path)
    assert shown.exit_code == 2
    told = [line.split(": ")[:2] for line in shown.stdout.splitlines()]
    assert told == [[f"{path}:2", "unmapped_queue"], [f"{path}:3", "bad_time"]]


def test_contact_records_and_events_of_a_switch_are_replayed(tmp_path: Path) -> None:
    path = written(tmp_path / "records.jsonl", CALL, CALL)
    assert arrivals(CONNECT, path) == ANSWERED
    path = written(tmp_path / "events.jsonl", *freeswitch_events.served(at=15))
    assert arrivals(SWITCH, path) == ANSWERED


@pytest.mark.parametrize(
    ("config", "right", "wrong"),
    [
        (CONNECT, CALL, CALL | {"Agent": 7}),
        (
            SWITCH,
            freeswitch_events.served(at=15)[-1],
            freeswitch_events.served(at=15)[-1] | {"CC-Member-Leaving-Time": "x"},
        ),
    ],
)
def test_a_mended_reject_is_taken_in_by_its_own_bridge(
    config: Path, right: dict[str, Any], wrong: dict[str, Any], tmp_path: Path
) -> None:
    path, store = written(tmp_path / "records.jsonl", wrong), tmp_path / "kept.db"
    assert arrivals(config, path, "--store", store) == [0, 0, 0]
    listed = floorwatch("rejects", "list", "--json", "--store", store)
    table = json.loads(listed.stdout)
    (row,) = table
    row["raw"] = json.dumps(right)
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(table))
    again = ("rejects", "replay", "--config", config, "--store", store, "--with", mended)
    assert floorwatch(*again).exit_code == 0
    assert json.loads(floorwatch("rejects", "list", "--json", "--store", store).stdout) == []


def test_a_mended_reject_of_a_cluster_speaks_for_itself_or_needs_its_log() -> None:
    settings = Settings()
    event = b'{"type":"heartbeat","program":"shop"}'
    record = json.dumps(CALL).encode()
    translated = resending._translated(settings, refused(Kind.AMAZON_CONNECT), record, {})
    assert [json.loads(raw)["type"] for raw in translated][:2] == ["queued", "answered"]
    for kind in (Kind.AMAZON_CONNECT, Kind.FREESWITCH):
        assert resending._translated(settings, refused(kind), event, {}) == [event]
    line = json.dumps(freeswitch_events.served()[0]).encode()
    with pytest.raises(Rejected, match="needs_its_log"):
        resending._translated(settings, refused(Kind.FREESWITCH), line, {})


def refused(kind: Kind) -> KeptReject:
    """A reject as the topic keeps it."""
    return KeptReject(Place("acd", None, 7, "records.jsonl"), "bad_time", "", b"", 0, kind.value)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"type": "queued", "program": "p", "contactId": "c"}, Kind.EVENTS),
        ({"specversion": "1.0", "variables": {}}, Kind.EVENTS),
        ({"type": "queued"}, Kind.EVENTS),
        ({"CONTACTID": "c"}, Kind.AMAZON_CONNECT),
        ({"contactId": "c", "attributes": {"program": "p"}}, Kind.AMAZON_CONNECT),
        ({"AgentARN": "a"}, Kind.AMAZON_CONNECT),
        ({"detail-type": "x"}, Kind.AMAZON_CONNECT),
        ({"Event-Name": "CUSTOM"}, Kind.FREESWITCH),
        ({"variables": {}}, Kind.FREESWITCH),
    ],
)
def test_objects_are_told_apart_by_the_names_of_their_fields(
    line: dict[str, Any], kind: Kind
) -> None:
    raw = json.dumps(line).encode()
    assert recognise(Path("x"), raw, Settings()) is kind
    assert is_event(raw) == (kind is Kind.EVENTS)
    assert recognise(Path("x"), raw[:-1], Settings()) is (
        Kind.EVENTS if b'"program"' in raw else kind
    )


@pytest.mark.parametrize("kind", [Kind.AMAZON_CONNECT, Kind.FREESWITCH])
def test_a_bridge_is_known_by_its_kind_and_needs_no_settings(kind: Kind) -> None:
    assert kind_of(bridge_for(kind, Settings())) is kind
