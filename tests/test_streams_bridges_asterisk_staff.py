from typing import Any

import pytest

from streams.bridges.base import Rejected
from tests.asterisk_logs import CONNECT, ENTER, T, bridge, line, staff_events

ADD = "0|m1|sales|PJSIP/7|ADDMEMBER|"
ADD_CARE = "1|m2|care|PJSIP/7|ADDMEMBER|"
DONE = "65|c1|sales|PJSIP/7|COMPLETEAGENT|5|60|1"
Story = list[tuple[Any, ...]]


def told(*texts: str, programs: dict[str, str] | None = None, **staff: Any) -> list[Any]:
    return staff_events(bridge(programs, staff=staff), [line(text) for text in texts])


def story(*texts: str, **staff: Any) -> Story:
    """(seconds after T, state) of each event, with aux class and reason where there are any."""
    return [
        (
            event["time"] / 1000 - T,
            event["state"],
            *(event[field] for field in ("aux", "reason") if field in event),
        )
        for event in told(*texts, **staff)
    ]


def test_without_a_staff_table_nothing_is_told_of_people() -> None:
    assert staff_events(bridge(), [line(ADD), line(ENTER), line(CONNECT), line(DONE)]) == []


def test_a_person_is_logged_in_while_a_member_of_any_queue() -> None:
    assert story(
        ADD,
        ADD_CARE,
        "50|m3|sales|PJSIP/7|REMOVEMEMBER|",
        "90|m4|care|PJSIP/7|REMOVEMEMBER|",
        "91|m5|care|PJSIP/7|REMOVEMEMBER|",
    ) == [(0, "available"), (90, "logged_out")]


def test_a_person_is_paused_while_paused_in_every_queue() -> None:
    assert story(
        ADD,
        ADD_CARE,
        "10|NONE|sales|PJSIP/7|PAUSE|tea",
        "20|NONE|care|PJSIP/7|PAUSE|desk",
        "30|NONE|sales|PJSIP/7|UNPAUSE|",
        "31|NONE|sales|PJSIP/7|PAUSE|tea",
        "40|m|sales|PJSIP/7|REMOVEMEMBER|",
        "50|m|help|PJSIP/7|ADDMEMBER|",
        "60|m|help|PJSIP/7|REMOVEMEMBER|",
        "70|NONE|care|PJSIP/7|UNPAUSE|",
    ) == [
        (0, "available"),
        (20, "aux", "other", "desk"),
        (30, "available"),
        (31, "aux", "other", "tea"),
        (40, "aux", "other", "desk"),
        (50, "available"),
        (60, "aux", "other", "desk"),
        (70, "available"),
    ]


def test_a_member_may_be_added_paused() -> None:
    assert story("0|m|sales|PJSIP/7|ADDMEMBER|PAUSED", "9|NONE|sales|PJSIP/7|UNPAUSE|") == [
        (0, "aux", "other"),
        (9, "available"),
    ]


def test_a_pause_of_all_queues_is_one_pause_however_often_it_is_written() -> None:
    assert story(
        ADD,
        ADD_CARE,
        "10|NONE|NONE|PJSIP/7|PAUSEALL|lunch",
        "10|NONE|sales|PJSIP/7|PAUSE|lunch",
        "10|NONE|care|PJSIP/7|PAUSE|lunch",
        "15|NONE|NONE|PJSIP/7|PAUSEALL|",
        "40|NONE|NONE|PJSIP/7|UNPAUSEALL|",
        "40|NONE|sales|PJSIP/7|UNPAUSE|",
        "40|NONE|care|PJSIP/7|UNPAUSE|",
    ) == [(0, "available"), (10, "aux", "other", "lunch"), (40, "available")]


def test_a_pause_without_a_queue_is_one_of_all_queues() -> None:
    assert story(ADD, "9|NONE|NONE|PJSIP/7|PAUSE|x", "12|NONE|NONE|PJSIP/7|UNPAUSE|") == [
        (0, "available"),
        (9, "aux", "other", "x"),
        (12, "available"),
    ]


def test_another_reason_is_another_pause() -> None:
    reasons = {"lunch": "meal", "coach": "training", "mail": "customer_work"}
    assert story(
        ADD,
        "10|NONE|NONE|PJSIP/7|PAUSEALL|lunch",
        "20|NONE|NONE|PJSIP/7|PAUSEALL|coach",
        "30|NONE|NONE|PJSIP/7|PAUSEALL|mail",
        "40|NONE|NONE|PJSIP/7|PAUSEALL|unheard of",
        reasons=reasons,
        default_reason="break",
    )[1:] == [
        (10, "aux", "meal", "lunch"),
        (20, "aux", "training", "coach"),
        (30, "aux", "customer_work", "mail"),
        (40, "aux", "break", "unheard of"),
    ]


def test_a_pause_may_be_how_after_call_work_is_done() -> None:
    assert story(ADD, "9|NONE|NONE|PJSIP/7|PAUSEALL|notes", reasons={"notes": "acw"})[1:] == [
        (9, "acw", "notes")
    ]


def test_reasons_longer_than_the_contract_allows_are_cut() -> None:
    paused = story(ADD, f"9|NONE|NONE|PJSIP/7|PAUSEALL|{'r' * 90}")[1]
    assert paused == (9, "aux", "other", "r" * 64)


@pytest.mark.parametrize("kin", ["AGENT", "AGENTCALLBACK"])
def test_recorded_log_ons_count_and_lists_of_members_do_not(kin: str) -> None:
    assert story(
        f"0|a|NONE|Agent/7|{kin}LOGIN|1001",
        "1|m|sales|Agent/7|ADDMEMBER|",
        f"600|a|NONE|Agent/7|{kin}LOGOFF|1001|600",
        "601|NONE|NONE|Agent/7|UNPAUSEALL|",
        "602|m|sales|Agent/7|REMOVEMEMBER|",
    ) == [(0, "available"), (600, "logged_out")]


def test_a_pause_of_all_holds_for_a_person_whose_queues_the_log_does_not_name() -> None:
    login = "0|a|NONE|Agent/7|AGENTLOGIN|SIP/1"
    paused = "10|NONE|NONE|Agent/7|PAUSEALL|tea"
    answered = "12|c1|sales|Agent/7|CONNECT|5|1.1|0"
    ended = "30|c1|sales|Agent/7|COMPLETECALLER|5|18|1"
    assert story(login, paused, answered, ended, "40|x|sales|Agent/7|UNPAUSE|") == [
        (0, "available"),
        (10, "aux", "other", "tea"),
        (12, "handling"),
        (30, "aux", "other", "tea"),
        (40, "available"),
    ]


def test_a_pause_of_all_ends_by_any_record_that_ends_pauses() -> None:
    login = "0|a|NONE|Agent/7|AGENTCALLBACKLOGIN|1001"
    paused = "10|NONE|NONE|Agent/7|PAUSEALL|tea"
    for end in ("40|NONE|NONE|Agent/7|UNPAUSEALL|", "40|NONE|sales|Agent/7|UNPAUSE|"):
        assert story(login, paused, end)[1:] == [(10, "aux", "other", "tea"), (40, "available")]
    start = "50|NONE|NONE|NONE|QUEUESTART|"
    again = "60|a|NONE|Agent/7|AGENTCALLBACKLOGIN|1001"
    for lost, after in (("lost", (60, "available")), ("kept", (10, "aux", "other", "tea"))):
        assert story(login, paused, start, again, members_after_restart=lost)[-1] == after


def test_a_pause_outlasts_a_log_off_as_it_does_in_asterisk() -> None:
    assert story(
        "0|a|NONE|Agent/7|AGENTLOGIN|SIP/1",
        "10|NONE|NONE|Agent/7|PAUSEALL|tea",
        "20|a|NONE|Agent/7|AGENTLOGOFF|SIP/1|20",
        "30|a|NONE|Agent/7|AGENTLOGIN|SIP/1",
    )[-1] == (30, "aux", "other", "tea")


def test_a_conversation_is_ringing_handling_and_available_again() -> None:
    assert story(ADD, ENTER, CONNECT, DONE) == [
        (0, "available"),
        (2, "ringing"),
        (5, "handling"),
        (65, "available"),
    ]


@pytest.mark.parametrize(
    ("record", "ringing"),
    [
        ("20|c1|sales|PJSIP/7|RINGNOANSWER|12000", [(8, "ringing"), (20, "available")]),
        ("20|c1|sales|PJSIP/7|RINGCANCELED|2500", [(17.5, "ringing"), (20, "available")]),
        ("20|c1|sales|PJSIP/7|RINGNOANSWER|0", []),
        ("20|c1|sales|PJSIP/7|RINGNOANSWER|", []),
        ("20|c1|sales|PJSIP/7|RINGNOANSWER|-5", []),
        ("20|c1|sales|PJSIP/7|RINGNOANSWER|99000000", []),
    ],
)
def test_ringing_began_as_long_before_its_end_as_the_record_says(
    record: str, ringing: Story
) -> None:
    assert story(ADD, ENTER, record) == [(0, "available"), *ringing]


def test_ringing_never_reaches_back_beyond_the_event_before_it() -> None:
    assert story(
        ADD,
        "10|NONE|sales|PJSIP/7|PAUSE|",
        "18|NONE|sales|PJSIP/7|UNPAUSE|",
        ENTER.replace("0|", "19|", 1),
        "20|c1|sales|PJSIP/7|RINGNOANSWER|12000",
    )[-3:] == [(18, "available"), (18, "ringing"), (20, "available")]


def test_who_became_free_in_the_very_moment_did_not_ring() -> None:
    missed = "0|c1|sales|PJSIP/7|RINGNOANSWER|12000"
    assert story(ADD, ENTER, missed) == [(0, "available")]


def test_who_is_paused_or_talking_does_not_ring() -> None:
    missed = "20|c2|sales|PJSIP/7|RINGNOANSWER|9000"
    assert "ringing" not in {one[1] for one in story(ADD, "5|x|sales|PJSIP/7|PAUSE|", missed)}
    assert story(ADD, ENTER, CONNECT, missed)[2:] == [(5, "handling")]


@pytest.mark.parametrize(
    "end",
    [
        "COMPLETEAGENT|5|60|1",
        "COMPLETECALLER|5|60|1",
        "BLINDTRANSFER|8000|internal|5|60|1",
        "ATTENDEDTRANSFER|BRIDGE|3fa2-bridge|5|60|1",
        "ATTENDEDTRANSFER|LINK|PJSIP/a-1|PJSIP/b-2|5|60|1",
        "TRANSFER|8000|internal|5|60",
    ],
)
def test_every_end_of_a_conversation_begins_the_queues_after_call_work(end: str) -> None:
    assert story(
        ADD, ENTER, CONNECT, f"65|c1|sales|PJSIP/7|{end}", wrapup_s={"sales": 15, "care": 99}
    )[-3:] == [(5, "handling"), (65, "acw"), (80, "available")]


def test_after_call_work_of_a_queue_that_is_not_named_is_the_default() -> None:
    assert story(ADD, ENTER, CONNECT, DONE, default_wrapup_s=2.5)[-1] == (67.5, "available")


def test_recorded_after_call_work_replaces_what_is_configured() -> None:
    wrapup = "65|NONE|NONE|PJSIP/7|WRAPUPSTART|40"
    assert story(ADD, ENTER, CONNECT, DONE, wrapup, default_wrapup_s=10)[-2:] == [
        (65, "acw"),
        (105, "available"),
    ]
    silent = "65|NONE|NONE|PJSIP/7|WRAPUPSTART|"
    assert story(ADD, ENTER, CONNECT, DONE, silent, default_wrapup_s=10)[-1] == (75, "available")
    none = "65|NONE|NONE|PJSIP/7|WRAPUPSTART|0"
    assert story(ADD, ENTER, CONNECT, DONE, none, default_wrapup_s=10)[-1] == (65, "available")


def test_the_next_conversation_ends_after_call_work() -> None:
    assert story(
        ADD, ENTER, CONNECT, DONE, "70|c2|sales|PJSIP/7|CONNECT|1|1.1|2", default_wrapup_s=30
    )[-2:] == [(65, "acw"), (70, "handling")]


@pytest.mark.parametrize(
    ("record", "then"),
    [
        ("70|x|sales|PJSIP/7|PAUSE|tea", (70, "aux", "other", "tea")),
        ("70|x|sales|PJSIP/7|REMOVEMEMBER|", (70, "logged_out")),
    ],
)
def test_a_pause_or_a_log_off_ends_after_call_work(record: str, then: tuple[Any, ...]) -> None:
    assert story(ADD, ENTER, CONNECT, DONE, record, default_wrapup_s=30)[-1] == then


def test_a_pause_during_the_conversation_begins_behind_the_after_call_work() -> None:
    paused = "40|x|sales|PJSIP/7|PAUSE|tea"
    assert story(ADD, ENTER, CONNECT, paused, DONE, default_wrapup_s=10)[-2:] == [
        (65, "acw"),
        (75, "aux", "other", "tea"),
    ]


def test_who_leaves_the_queues_while_talking_is_handling_until_the_end() -> None:
    left = "30|m|sales|PJSIP/7|REMOVEMEMBER|"
    assert story(ADD, ENTER, CONNECT, left, DONE)[-2:] == [(5, "handling"), (65, "logged_out")]


def test_of_two_conversations_at_once_the_last_to_end_ends_handling() -> None:
    other = "20|c2|sales|PJSIP/7|CONNECT|1|1.1|0"
    other_done = "90|c2|sales|PJSIP/7|COMPLETECALLER|1|70|1"
    assert story(ADD, ENTER, CONNECT, other, DONE, other_done, default_wrapup_s=5)[-3:] == [
        (5, "handling"),
        (90, "acw"),
        (95, "available"),
    ]


def test_an_answer_of_somebody_logged_out_is_handling_with_nothing_invented_around_it() -> None:
    assert story(ENTER, CONNECT, DONE, default_wrapup_s=10) == [
        (5, "handling"),
        (65, "acw"),
        (75, "logged_out"),
    ]


def test_members_that_are_never_added_can_be_taken_as_members_by_what_they_do() -> None:
    assert story(ENTER, CONNECT, DONE, implied_members=True) == [
        (5, "handling"),
        (65, "available"),
    ]
    assert story("9|x|sales|PJSIP/7|PAUSE|tea", implied_members=True) == [
        (9, "aux", "other", "tea")
    ]
    assert story("9|x|sales|PJSIP/7|PAUSE|tea") == []


def test_logging_in_ends_a_conversation_whose_end_the_log_lacks() -> None:
    assert story(
        ADD, ENTER, CONNECT, "900|m|sales|PJSIP/7|REMOVEMEMBER|", "5000|m|sales|PJSIP/7|ADDMEMBER|"
    )[2:] == [(5, "handling"), (5000, "available")]


def test_a_conversation_without_an_end_is_forgotten_with_its_visit() -> None:
    used = bridge(staff={}, forget_open_h=1)
    late = "3700|c2|sales|PJSIP/7|RINGNOANSWER|0"
    found = staff_events(used, [line(text) for text in (ADD, ENTER, CONNECT, late)])
    assert [one["state"] for one in found[2:]] == ["handling", "available"]


def test_a_restart_ends_conversations_and_leaves_members_and_pauses_as_they_were() -> None:
    log = (
        ADD,
        "0|m|sales|PJSIP/8|ADDMEMBER|",
        "0|a|NONE|Agent/9|AGENTLOGIN|SIP/1",
        "0|a|NONE|Agent/10|AGENTCALLBACKLOGIN|1001@x",
        ENTER,
        CONNECT,
        "8|NONE|sales|PJSIP/8|PAUSE|tea",
        "30|NONE|NONE|NONE|QUEUESTART|",
        "31|NONE|NONE|NONE|QUEUESTART|",
    )
    after = {one["staff"]: one["state"] for one in told(*log) if one["time"] >= (T + 30) * 1000}
    assert after == {"PJSIP/7": "available", "Agent/9": "logged_out"}
    lost = told(*log, members_after_restart="lost")
    assert {one["staff"] for one in lost if one["time"] == (T + 30) * 1000} == {
        "PJSIP/7", "PJSIP/8", "Agent/9", "Agent/10",
    }  # fmt: skip
    assert {one["state"] for one in lost if one["time"] == (T + 30) * 1000} == {"logged_out"}


def test_a_restart_ends_after_call_work() -> None:
    start = "70|NONE|NONE|NONE|QUEUESTART|"
    assert story(ADD, ENTER, CONNECT, DONE, start, default_wrapup_s=30)[-2:] == [
        (65, "acw"),
        (70, "available"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0|m|NONE|PJSIP/7|ADDMEMBER|", "no_queue"),
        ("0|m|NONE|PJSIP/7|REMOVEMEMBER|", "no_queue"),
        (f"0|m|sales|{'p' * 129}|PAUSE|", "long_name"),
        (f"0|m|{'q' * 129}|PJSIP/7|PAUSE|", "long_name"),
        ("0|NONE|NONE|PJSIP/7|WRAPUPSTART|soon", "bad_number"),
        ("0|NONE|NONE|PJSIP/7|WRAPUPSTART|-1", "bad_number"),
        ("0|NONE|NONE|PJSIP/7|WRAPUPSTART|57601", "bad_number"),
        ("0|c1|sales|PJSIP/7|RINGCANCELED|x", "bad_number"),
    ],
)
def test_a_record_about_people_that_cannot_be_used_is_rejected_with_its_reason(
    text: str, reason: str
) -> None:
    used = bridge(staff={})
    before = used.snapshot()
    with pytest.raises(Rejected) as caught:
        used.translate(line(text), 0)
    assert caught.value.reason == reason
    assert used.snapshot() == before


def test_records_without_a_person_say_nothing() -> None:
    used = bridge(staff={})
    texts = ("0|m|sales|NONE|ADDMEMBER|", "5|c1|sales|NONE|CONNECT|5|1.1|3", "9|x|q|A|PENALTY|3")
    assert staff_events(used, [line(text) for text in texts]) == []
    assert used.staff_only == {"ADDMEMBER": 1, "PENALTY": 1}
