import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contacts import ACD
from streams.bridges.asterisk import AsteriskBridge
from streams.bridges.asterisk_lines import CALL_EVENTS, STAFF_EVENTS
from streams.bridges.base import Rejected
from tests.asterisk_logs import CONNECT, ENTER, T, bridge, events, line
from tests.effort import examples


def test_times_are_whole_or_fractional_epoch_seconds() -> None:
    stamps = {b"1266833900": 0, b"1266833900.5": 500, b"1266833900.123456": 123}
    for stamp, ms in stamps.items():
        told = events(bridge(), [stamp + b"|c1|sales|NONE|ENTERQUEUE||1|1"])
        assert told[0]["time"] == T * 1000 + ms


def test_a_line_may_end_with_a_carriage_return() -> None:
    assert events(bridge(), [line(ENTER) + b"\r"]) == events(bridge(), [line(ENTER)])


def test_events_of_one_second_keep_the_order_of_the_file() -> None:
    told = events(
        bridge(),
        [
            line(ENTER),
            line("0|c1|sales|A|RINGNOANSWER|0"),
            line("0|c1|sales|A|CONNECT|0|1.1|0"),
            line("0|c1|sales|A|COMPLETECALLER|0|0|1"),
        ],
    )
    assert [one.get("seq", 0) for one in told] == [0, 1, 2, 3]


def test_identical_lines_of_one_second_are_different_events() -> None:
    ringing = line("3|c1|sales|A|RINGNOANSWER|0")
    told = events(bridge(), [line(ENTER), ringing, ringing, line("4|c9|sales|A|DID"), ringing])
    assert len({one["id"] for one in told}) == 4


def test_the_place_of_a_line_in_the_file_does_not_enter_its_id() -> None:
    rest = [line(CONNECT), line("65|c1|sales|PJSIP/7|COMPLETEAGENT|5|60|1")]
    whole = events(bridge(), [line(ENTER), *rest])
    tail = events(bridge(), rest)
    assert [one["id"] for one in whole[1:]] == [one["id"] for one in tail]


def test_queues_belong_to_the_programs_of_the_plan_and_a_visit_to_its_first() -> None:
    used = bridge({"sales": "shop"}, source="pbx", default_program="rest")
    told = events(
        used,
        [
            line(ENTER),
            line("1|c1|care|NONE|ENTERQUEUE||1|1"),
            line("2|c2|care|NONE|ENTERQUEUE||1|1"),
            line("3|c1|care|NONE|ABANDON|1|1|3"),
        ],
    )
    assert [one["program"] for one in told] == ["shop", "shop", "rest", "shop"]
    assert {one["source"] for one in told} == {"pbx"}


def beats(wire: list[bytes]) -> list[tuple[str, int]]:
    for one in wire:
        ACD.validate_json(one)
    found = [one for one in map(json.loads, wire) if one["type"] == "heartbeat"]
    return [(one["program"], one["time"]) for one in found]


def test_a_heartbeat_promises_what_lies_before_the_second_that_has_begun() -> None:
    used = bridge({"sales": "shop"})
    sent = [
        (after, beats(used.translate(line(f"{after}|c{after}|sales|NONE|ENTERQUEUE||1|1"), 0)))
        for after in (0, 0, 1, 5, 12, 11, 30)
    ]
    assert sent == [
        (0, []),
        (0, []),
        (1, []),
        (5, []),
        (12, [("shop", (T + 12) * 1000 - 1)]),
        (11, []),
        (30, [("shop", (T + 30) * 1000 - 1)]),
    ]


def test_records_without_events_move_the_clock_too() -> None:
    used = bridge()
    used.translate(line(ENTER), 0)
    passed = used.translate(line("60|NONE|NONE|PJSIP/7|PAUSEALL|"), 1)
    assert beats(passed) == [("default", (T + 60) * 1000 - 1)]


def test_heartbeats_and_the_end_speak_for_every_program_seen() -> None:
    used = bridge({"sales": "shop", "care": "help"})
    assert used.heartbeats(5) == used.end() == []
    events(used, [line(ENTER), line("1|c2|care|NONE|ENTERQUEUE||1|1")])
    assert beats(used.heartbeats(5)) == [("shop", 5), ("help", 5)]
    day_later = (T + 1) * 1000 + 86_400_000
    assert beats(used.end()) == [("shop", day_later), ("help", day_later)]


LOG = [
    line(text)
    for text in (
        "0|NONE|NONE|NONE|QUEUESTART|",
        "0|REALTIME|sales|PJSIP/7|ADDMEMBER|",
        ENTER,
        "0|c2|care|NONE|ENTERQUEUE||2|1",
        "3|c1|sales|PJSIP/8|RINGNOANSWER|1000",
        "3|c1|sales|PJSIP/8|RINGNOANSWER|1000",
        CONNECT,
        "9|c2|care|NONE|EXITWITHKEY|4|1|1|9",
        "14|c2|sales|NONE|ENTERQUEUE||2|1",
        "20|c1|care|NONE|ENTERQUEUE||1|1",
        "20|c1|sales|PJSIP/7|BLINDTRANSFER|8|x|5|15|1",
        "21|c9|care|PJSIP/7|CONNECT|1|1.1|1",
        "22|c1|care|NONE|DID|100",
        "40|c1|care|NONE|EXITWITHTIMEOUT|1|1|20",
        "41|c1|care|NONE|ENTERQUEUE||1|1",
        "50|NONE|NONE|NONE|QUEUESTART|",
        "55|c2|sales|PJSIP/7|COMPLETEAGENT|1|1|1",
    )
]


def resumable() -> AsteriskBridge:
    return bridge({"sales": "shop"}, key_default="other_queue")


def test_a_log_read_twice_gives_the_same_bytes() -> None:
    once, again = resumable(), resumable()
    for number, one in enumerate(LOG):
        assert once.translate(one, number) == again.translate(one, 7 * number)


@pytest.mark.parametrize("resumed_at", range(len(LOG) + 1))
def test_a_reader_that_resumes_at_any_line_goes_on_exactly(resumed_at: int) -> None:
    straight, stopped = resumable(), resumable()
    for number, one in enumerate(LOG[:resumed_at]):
        assert straight.translate(one, number) == stopped.translate(one, number)
    saved = stopped.snapshot()
    fresh = resumable()
    fresh.restore(saved)
    assert fresh.snapshot() == saved == stopped.snapshot()
    for number, one in enumerate(LOG[resumed_at:], start=resumed_at):
        assert fresh.translate(one, number) == straight.translate(one, number)
    assert fresh.snapshot() == straight.snapshot()
    assert fresh.passed == straight.passed


@pytest.mark.parametrize("state", [b"", b"{}x", b'{"v":99}', b'{"open":[1]}'])
def test_a_snapshot_of_another_kind_is_refused(state: bytes) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        bridge().restore(state)


def test_only_open_visits_recent_ends_and_recent_seconds_are_remembered() -> None:
    used = bridge(forget_open_h=2, forget_ended_h=1)
    for call in range(3000):
        after = call * 60
        used.translate(line(f"{after}|c{call}|sales|NONE|ENTERQUEUE||1|1"), 0)
        if call % 2:
            used.translate(line(f"{after + 9}|c{call}|sales|NONE|ABANDON|1|1|9"), 0)
    state = json.loads(used.snapshot())
    assert len(state["open"]) == 60
    assert len(state["ended"]) == 31
    assert len(state["seconds"]) <= 2


FIELD = st.sampled_from(["", "NONE", "1", "c1", "sales", "x|y", "\x00", "\\", '"', "é" * 130, "😀"])
SHAPED = st.builds(
    lambda time, head, event, data: "|".join([time, *head, event, *data]).encode(),
    st.sampled_from(["0", "1266833900", "1266833900.1", "4102444799", "1e5", ""]),
    st.lists(FIELD, min_size=3, max_size=3),
    st.sampled_from([*sorted(CALL_EVENTS | STAFF_EVENTS), "QUEUESTART", "DID", "", "\x7f"]),
    st.lists(FIELD | st.sampled_from(["BRIDGE", "LINK", "APP"]), max_size=6),
)


@settings(max_examples=examples(100))
@given(st.lists(st.binary(max_size=80) | SHAPED, max_size=12))
def test_any_bytes_are_translated_into_valid_events_or_rejected(lines: list[bytes]) -> None:
    used = bridge(key_default="other_queue", withdraw_default="callback_in_turn")
    for number, one in enumerate(lines):
        try:
            wire = used.translate(one, number)
        except Rejected as refused:
            assert refused.reason.isidentifier()
            continue
        for event in wire:
            ACD.validate_json(event)
    saved = used.snapshot()
    used.restore(saved)
    assert used.snapshot() == saved
