"""Events of people: their ids and order, reading in pieces, promises, any bytes."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contacts import ACD
from schemas.staff import STAFF
from streams.bridges.asterisk import AsteriskBridge
from streams.bridges.asterisk_lines import CALL_EVENTS, STAFF_EVENTS
from streams.bridges.base import Rejected
from tests.asterisk_logs import (
    CONNECT,
    ENTER,
    T,
    bridge,
    events,
    line,
    of_calls,
    of_people,
    staff_events,
)
from tests.effort import examples
from tests.floor_logs import calls, floor

LOG = floor(300, 7)


def resumable() -> AsteriskBridge:
    return bridge({"sales": "shop"}, staff={"default_wrapup_s": 12, "default_group": "shop"})


def test_events_of_calls_are_the_same_whether_people_are_told_of_or_not() -> None:
    used = resumable()
    with_people = of_calls([event for one in LOG for event in used.translate(one, 0)])
    assert with_people == events(bridge({"sales": "shop"}), LOG)


def test_a_log_read_twice_gives_the_same_bytes() -> None:
    once, again = resumable(), resumable()
    for number, one in enumerate(LOG):
        assert once.translate(one, number) == again.translate(one, 7 * number)
    assert once.end() == again.end()


def test_a_reader_that_resumes_at_any_line_goes_on_exactly() -> None:
    straight, pieces = resumable(), resumable()
    for number, one in enumerate(LOG):
        fresh = resumable()
        fresh.restore(pieces.snapshot())
        pieces = fresh
        assert pieces.translate(one, number) == straight.translate(one, number)
    assert pieces.snapshot() == straight.snapshot()
    assert pieces.end() == straight.end()


def test_a_snapshot_from_before_people_were_told_of_is_taken_up() -> None:
    used = bridge()
    events(used, [line(ENTER)])
    old = json.loads(used.snapshot())
    del old["staff"]
    fresh = resumable()
    fresh.restore(json.dumps(old).encode())
    assert [one["state"] for one in staff_events(fresh, [line(CONNECT)])] == ["handling"]


def test_a_persons_events_have_ids_of_their_own_in_one_strict_order_and_each_changes_something(
) -> None:  # fmt: skip
    told = staff_events(resumable(), LOG)
    people = {one["staff"] for one in told}
    assert len(people) == 9
    for person in people:
        own = [one for one in told if one["staff"] == person]
        assert len({one["id"] for one in own}) == len(own)
        places = [(one["time"], one.get("seq", 0)) for one in own]
        assert sorted(set(places)) == places
        said = ["state", "aux", "reason", "work_program"]
        for before, after in pairwise(own):
            assert [before.get(field) for field in said] != [after.get(field) for field in said]


def test_the_place_of_a_line_in_the_file_does_not_enter_its_id() -> None:
    added = "3|m1|sales|PJSIP/7|ADDMEMBER|"
    whole = staff_events(bridge(staff={}), [line(ENTER), line("1|a|b|c|DID|"), line(added)])
    assert whole == staff_events(bridge(staff={}), [line(added)])


def test_identical_records_of_one_second_are_different_events() -> None:
    log = [
        line(f"3|m|sales|PJSIP/7|{event}|")
        for event in ("ADDMEMBER", "REMOVEMEMBER", "ADDMEMBER", "REMOVEMEMBER")
    ]
    told = staff_events(bridge(staff={}), log)
    assert len({one["id"] for one in told}) == 4
    assert [one.get("seq", 0) for one in told] == [0, 1, 2, 3]


def test_a_clock_that_steps_back_holds_the_timeline_up_and_does_not_reorder_it() -> None:
    log = ("90|m|sales|PJSIP/7|ADDMEMBER|", "80|NONE|sales|PJSIP/7|PAUSE|")
    told = staff_events(bridge(staff={}), [line(text) for text in log])
    assert [(one["time"] // 1000 - T, one.get("seq", 0)) for one in told] == [(90, 0), (90, 1)]


def test_one_damaged_time_does_not_stop_a_persons_clock_for_good() -> None:
    log = ("9000000|m|sales|PJSIP/7|ADDMEMBER|", "80|NONE|sales|PJSIP/7|PAUSE|")
    told = staff_events(bridge(staff={}), [line(text) for text in log])
    assert [one["time"] // 1000 - T for one in told] == [9_000_000, 80]


WRAPPED = ("0|m|sales|PJSIP/7|ADDMEMBER|", ENTER, CONNECT, "9|c1|sales|PJSIP/7|COMPLETEAGENT|5|4|1")


def test_a_promise_stands_behind_the_after_call_work_that_has_ended_by_then() -> None:
    used = bridge(staff={"default_wrapup_s": 30})
    staff_events(used, [line(text) for text in WRAPPED], ended=False)
    assert of_people(used.heartbeats((T + 38) * 1000)) == []
    promised = used.heartbeats((T + 39) * 1000)
    assert [json.loads(one)["type"] for one in promised] == ["staff_state", *2 * ["heartbeat"]]
    assert json.loads(promised[0])["time"] == (T + 39) * 1000
    assert of_people(used.heartbeats((T + 60) * 1000)) == of_people(used.end()) == []


def test_after_call_work_ends_at_its_time_however_late_the_next_record_comes() -> None:
    used = bridge(staff={"default_wrapup_s": 30})
    staff_events(used, [line(text) for text in WRAPPED], ended=False)
    wire = used.translate(line("500|x|y|z|DID|"), 9)
    assert [json.loads(one)["type"] for one in wire] == ["staff_state", *2 * ["heartbeat"]]
    assert of_people(wire)[0]["time"] == (T + 39) * 1000


def test_heartbeats_speak_for_the_homes_of_people_too() -> None:
    used = bridge({"sales": "shop"}, staff={"default_group": "home"})
    staff_events(used, [line(WRAPPED[0])], ended=False)
    [beat] = map(json.loads, used.heartbeats(0))
    assert (beat["source"], beat["program"]) == ("asterisk/staff", "home")


def test_promises_about_calls_and_about_people_are_two_sources() -> None:
    used = bridge(staff={})
    staff_events(used, [line(text) for text in WRAPPED], ended=False)
    told = {json.loads(one)["source"] for one in used.heartbeats(0)}
    assert told == {"asterisk", "asterisk/staff"}


def test_people_who_left_are_forgotten_and_those_who_stay_are_not() -> None:
    used = bridge(staff={}, forget_open_h=1)
    for person in range(500):
        at = person * 60
        used.translate(line(f"{at}|m|sales|P{person}|ADDMEMBER|"), 0)
        if person % 5:
            used.translate(line(f"{at + 30}|m|sales|P{person}|REMOVEMEMBER|"), 0)
    people = json.loads(used.snapshot())["staff"]
    assert len(people["present"]) == 100
    assert len(people["absent"]) == 61 - 12  # an hour of people, every fifth of whom stays
    assert len(people["seconds"]) <= 2


FIELD = st.sampled_from(["", "NONE", "1", "c1", "sales", "x|y", "\x00", "\\", '"', "é" * 130, "😀"])
SHAPED = st.builds(
    lambda time, head, event, data: "|".join([time, *head, event, *data]).encode(),
    st.sampled_from(["0", "1266833900", "1266833900.1", "1266833999", "4102444799"]),
    st.lists(FIELD, min_size=3, max_size=3),
    st.sampled_from(
        [*sorted(CALL_EVENTS | STAFF_EVENTS), "WRAPUPSTART", "RINGCANCELED", "QUEUESTART"]
    ),
    st.lists(FIELD | st.sampled_from(["PAUSED", "57600", "-1", "1e9"]), max_size=4),
)


@settings(max_examples=examples(100))
@given(st.lists(SHAPED, max_size=20), st.booleans())
def test_any_bytes_are_translated_into_valid_events_or_rejected(
    lines: list[bytes], implied: bool
) -> None:
    used = bridge(staff={"default_wrapup_s": 5, "implied_members": implied})
    told: list[bytes] = []
    for number, one in enumerate(lines):
        before = used.snapshot()
        try:
            told += used.translate(one, number)
        except Rejected as refused:
            assert refused.reason.isidentifier()
            assert used.snapshot() == before
    for event in [*told, *used.end()]:
        (STAFF if b"staff_state" in event else ACD).validate_json(event)
    saved = used.snapshot()
    used.restore(saved)
    assert used.snapshot() == saved


@pytest.mark.parametrize("seed", range(3))
def test_handling_time_is_the_time_between_answers_and_ends(seed: int) -> None:
    """Of people who hold one conversation at a time: every call is answered by its own."""
    log: list[bytes] = []
    own_ms, answered = 0, dict[str, int]()
    for one in calls(400, seed, transfers=0):
        fields = one.decode().split("|")
        fields[3] = f"P/{fields[1]}" if fields[3] != "NONE" else "NONE"
        log.append("|".join(fields).encode())
        if fields[4] == "CONNECT":
            answered[fields[1]] = int(fields[0])
        elif fields[4].startswith("COMPLETE"):
            own_ms += 1000 * (int(fields[0]) - answered.pop(fields[1]))
    told = staff_events(bridge(staff={}), log)
    begun: dict[str, int] = {}
    handling_ms = 0
    for one in told:
        if one["state"] == "handling":
            begun[one["staff"]] = one["time"]
        elif one["staff"] in begun:
            handling_ms += one["time"] - begun.pop(one["staff"])
    assert handling_ms == own_ms > 0
