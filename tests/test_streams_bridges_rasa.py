"""Rasa's event broker records and the conversations that they tell."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from schemas.bots import BOT
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams.bridges.base import Rejected
from streams.bridges.rasa import RasaBridge
from streams.bridges.rasa_settings import RasaSettings
from streams.cli import app
from tests.data import ROOT
from tests.naive import pooled
from tests.naive_bots import columns

SETTINGS = RasaSettings(
    program="bank", bot="faq", completion_actions=frozenset({"action_task_done"})
)
EXAMPLE = ROOT / "deploy/examples/rasa.toml"
BEGIN_S = 1709546400.0


def record(at_s: float, event: str, **said: Any) -> bytes:
    return json.dumps(
        {"sender_id": "ann", "timestamp": BEGIN_S + at_s, "event": event} | said
    ).encode()


TALK = (
    record(0, "action", name="action_session_start"),
    record(0.001, "session_started"),
    record(0.002, "action", name="action_listen"),
    record(5, "user", text="hello", message_id="m1"),
    record(5.5, "user", text="my card", message_id="m2"),
    record(6.25, "bot", text="Which one?"),
    record(6.5, "bot", text="Debit or credit?"),
    record(9, "user", text="debit", message_id="m3"),
    record(10, "bot", text="Blocked."),
)
DONE, HANDOFF = (
    record(10.5, "action", name=name) for name in ("action_task_done", "action_human_handoff")
)


def told(*lines: bytes, bridge: RasaBridge | None = None) -> list[dict[str, Any]]:
    bridge = bridge or RasaBridge(SETTINGS)
    return [json.loads(e) for n, line in enumerate(lines) for e in bridge.translate(line, n)]


def sums(events: list[dict[str, Any]], until_s: float = 7200) -> dict[str, int]:
    marks = {"bank": round((BEGIN_S + until_s) * 1000)}
    return pooled(columns(events, Plan(), Technologies(), marks).arrival.values())


def test_a_session_becomes_a_conversation_of_turns_and_messages() -> None:
    assert sums(told(*TALK, DONE)) == {
        **{"conv_start": 1, "conv_contained": 1, "conv_n": 1, "bot_msg_n": 3, "conv_ms": 10_500},
        **{"n_submit": 2, "lat_n": 2, "lat_in_x": 2, "lat_ms": 1250 + 1000},
    }


def test_silence_without_the_completion_action_is_left_and_not_contained() -> None:
    found = sums(told(*TALK))
    assert (found["conv_left"], "conv_contained" in found) == (1, False)


def test_the_hand_off_action_counts_though_the_task_was_done() -> None:
    assert sums(told(*TALK, DONE, HANDOFF))["conv_handoff"] == 1


def test_every_event_keeps_the_contract() -> None:
    events = told(*TALK, DONE, HANDOFF)
    assert all(BOT.validate_python(event) for event in events)
    bridge = RasaBridge(SETTINGS)
    told(*TALK, bridge=bridge)
    assert [BOT.validate_json(beat).type for beat in bridge.end()] == ["heartbeat"]


def test_history_exported_again_gives_the_same_ids() -> None:
    once = told(*TALK, DONE)
    assert told(*TALK, DONE) == once
    assert len({event["id"] for event in once}) == len(once)
    assert sums(once + told(*TALK, DONE)) == sums(once)


def test_a_record_repeated_at_once_changes_nothing() -> None:
    repeated = [line for line in (*TALK, DONE) for _ in range(2)]
    assert sums(told(*repeated)) == sums(told(*TALK, DONE))


def test_a_record_repeated_late_is_passed_over_and_counted() -> None:
    bridge = RasaBridge(SETTINGS)
    events = told(*TALK[:7], TALK[4], *TALK[7:], DONE, bridge=bridge)
    assert (events, bridge.passed_over) == (told(*TALK, DONE), 1)


def test_without_a_declared_disorder_an_older_record_is_rejected_and_not_dropped() -> None:
    bridge = RasaBridge(SETTINGS)
    told(*TALK[:5], *TALK[6:], bridge=bridge)
    before = bridge.snapshot()
    with pytest.raises(Rejected, match=r"3.8 s behind a newer record of ann") as refused:
        bridge.translate(TALK[5], 9)
    assert refused.value.reason == "out_of_order"
    assert (bridge.snapshot(), bridge.passed_over) == (before, 0)


WAITING = SETTINGS.model_copy(update={"disorder_s": 20.0})
OTHER = tuple(line.replace(b'"ann"', b'"bob"') for line in TALK)
LATER = tuple(
    record(at, event, sender_id="ann", text=f"{at}")
    for at, event in ((30, "session_started"), (31, "user"), (33, "bot"))
)
ALL = (*TALK, DONE, *OTHER, *LATER)


def in_time(lines: tuple[bytes, ...]) -> list[bytes]:
    return sorted(lines, key=lambda line: json.loads(line)["timestamp"])


def in_any_order(events: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def ended(bridge: RasaBridge) -> list[dict[str, Any]]:
    return [json.loads(event) for event in bridge.end()]


def late_by(delays: list[float]) -> list[bytes]:
    """All records in the order in which they come when each is so many seconds on its way."""
    ordered = in_time(ALL)
    when = {
        line: json.loads(line)["timestamp"] + s for line, s in zip(ordered, delays, strict=True)
    }
    return sorted(ordered, key=when.__getitem__)


DELAYS = st.lists(st.floats(0, 20), min_size=len(ALL), max_size=len(ALL))


@given(DELAYS, st.integers(0, len(ALL)), st.sets(st.integers(0, len(ALL) - 1)))
def test_within_the_disorder_any_order_gives_the_events_of_the_right_one(
    delays: list[float], cut: int, repeated: set[int]
) -> None:
    ordered = RasaBridge(SETTINGS)
    whole = told(*in_time(ALL), bridge=ordered)
    lines = [line for at, line in enumerate(late_by(delays)) for _ in range(1 + (at in repeated))]
    first, second = RasaBridge(WAITING), RasaBridge(WAITING)
    events = told(*lines[:cut], bridge=first)
    second.restore(first.snapshot())
    events += told(*lines[cut:], bridge=second)
    events += ended(second)
    assert in_any_order(events) == in_any_order(whole + ended(ordered))


def test_records_that_wait_are_not_promised_and_told_when_their_time_has_passed() -> None:
    bridge = RasaBridge(SETTINGS.model_copy(update={"disorder_s": 20.0}))
    assert told(*TALK[::-1], bridge=bridge) == []
    begin = round(BEGIN_S * 1000)
    *early, beat = map(json.loads, bridge.heartbeats(begin + 25_600))
    assert [event["type"] for event in early] == [
        "conversation_started", "user_submitted", "user_submitted",
    ]  # fmt: skip
    assert (beat["type"], beat["time"]) == ("heartbeat", begin + 5_600)
    # What comes behind its turn is taken if it is not behind a newer one of its sender.
    bob = told(record(4, "user", sender_id="bob"), bridge=bridge)
    assert [event["type"] for event in bob] == ["conversation_started", "user_submitted"]
    with pytest.raises(Rejected, match="out_of_order"):
        bridge.translate(record(4, "user"), 9)
    assert [event["type"] for event in ended(bridge)].count("bot_message") == 3


def test_a_new_session_of_a_sender_is_a_new_conversation() -> None:
    again = record(4000, "session_started")
    events = told(*TALK, DONE, again)
    assert len({event["conversation"] for event in events}) == 2
    assert sums(events, until_s=4001)["conv_start"] == 2


def test_a_sender_without_session_start_begins_with_the_first_message() -> None:
    kinds = [event["type"] for event in told(*TALK[3:6])]
    assert kinds[:2] == ["conversation_started", "user_submitted"]


def test_a_bridge_goes_on_behind_its_snapshot() -> None:
    for cut in range(len(TALK)):
        first, second = RasaBridge(SETTINGS), RasaBridge(SETTINGS)
        before = told(*TALK[:cut], bridge=first)
        second.restore(first.snapshot())
        assert before + told(*TALK[cut:], bridge=second) == told(*TALK)


def test_a_snapshot_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a snapshot"):
        RasaBridge(SETTINGS).restore(b"[1]")
    with pytest.raises(ValueError, match="version 9"):
        RasaBridge(SETTINGS).restore(b'{"v": 9}')


def test_seconds_are_cut_to_ms_by_their_decimal_form() -> None:
    [event] = told(
        b'{"sender_id": "a", "timestamp": 1528402837.617099, "event": "session_started"}'
    )
    assert event["time"] == 1528402837617
    [event] = told(b'{"sender_id": "a", "timestamp": 1709546400.129, "event": "session_started"}')
    assert event["time"] == 1709546400129


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "bad_json"),
        (b"\xff", "bad_json"),
        (b"[]", "bad_json"),
        (b'{"event": "user", "timestamp": 1}', "no_sender"),
        (b'{"sender_id": "a", "event": "user"}', "bad_time"),
        (b'{"sender_id": "a", "event": "user", "timestamp": "1"}', "bad_time"),
        (b'{"sender_id": "a", "event": "user", "timestamp": -1}', "bad_time"),
        (b'{"sender_id": "a", "event": "user", "timestamp": 1e300}', "bad_time"),
        (b'{"sender_id": "%s", "event": "user", "timestamp": 1}' % (b"a" * 101), "too_long"),
    ],
)
def test_a_damaged_record_is_rejected_and_nothing_remembered(line: bytes, reason: str) -> None:
    bridge = RasaBridge(SETTINGS)
    before = bridge.snapshot()
    with pytest.raises(Rejected) as refused:
        bridge.translate(line, 0)
    assert refused.value.reason == reason
    assert bridge.snapshot() == before


def test_records_of_an_assistant_are_recognised_and_replayed_to_its_containment(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tracker.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in (*TALK, DONE)))
    arguments = ["replay", "--config", str(EXAMPLE), "--complete", "--summary", "json", str(path)]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert (told["columns"]["conv_start"], told["kpis"]["containment"]) == (1, 1.0)
    assert told["kpis"]["latency_in_x"] == 1.0
    path.write_bytes(b"".join(line + b"\n" for line in (*TALK[::-1], DONE)))
    unfinished = [one for one in arguments if one != "--complete"]
    assert "7 records wait for what may come before" in CliRunner().invoke(app, unfinished).stderr
    assert json.loads(CliRunner().invoke(app, arguments).stdout) == told


def test_records_of_an_assistant_without_its_program_are_told_what_is_missing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tracker.jsonl"
    path.write_bytes(TALK[0] + b"\n")
    shown = CliRunner().invoke(app, ["replay", str(path)])
    assert shown.exit_code == 2
    assert "[rasa] program" in shown.stderr
