from typing import Any

import pytest

from schemas.targets import Plan
from streams.bridges.asterisk_calls import MAX_SEGMENT, Call
from streams.bridges.asterisk_counts import MAX_COUNTED_NAMES
from streams.bridges.asterisk_lines import SILENT_EVENTS, STAFF_EVENTS, parse_line, transfer_of
from streams.bridges.asterisk_settings import Destination
from streams.bridges.base import Rejected
from tests import naive
from tests.asterisk_logs import CONNECT, ENTER, T, bridge, events, line, staff_events
from tests.data import shared
from tests.staff_time import time_in


def story(*texts: str, **options: Any) -> list[tuple[Any, ...]]:
    """(seconds after T, type, segment, then the fields beside the usual ones) of each event."""
    usual = {"time", "type", "segment", "id", "seq", "source", "program", "contact"}
    return [
        (
            event["time"] // 1000 - T,
            event["type"],
            event.get("segment", 1),
            {name: value for name, value in event.items() if name not in usual},
        )
        for event in events(bridge(**options), [line(text) for text in texts])
    ]


def endings(*texts: str, **options: Any) -> list[tuple[Any, ...]]:
    """The story without its times and without the entry."""
    return [one[1:] for one in story(ENTER, *texts, **options)[1:]]


def test_an_answered_call_is_queued_answered_and_ended_by_the_records_own_time_stamps() -> None:
    told = story(
        ENTER,
        "3|c1|sales|PJSIP/8|RINGNOANSWER|2000",
        "4|c1|sales|PJSIP/8|RINGCANCELED|1000",
        "5|c1|sales|PJSIP/7|CONNECT|99|1266833905.9|3",
        "65|c1|sales|PJSIP/7|COMPLETEAGENT|99|999|1",
    )
    assert told == [
        (0, "queued", 1, {"queue": "sales"}),
        (3, "ring_no_answer", 1, {"staff": "PJSIP/8"}),
        (5, "answered", 1, {"queue": "sales", "staff": "PJSIP/7"}),
        (65, "disconnected", 1, {"by": "staff"}),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9|c1|sales|NONE|ABANDON|1|1|9", {"by": "customer"}),
        ("9|c1|sales|PJSIP/7|ABANDON|1|1|9", {"by": "customer"}),
        ("9|c1|sales|NONE|EXITWITHTIMEOUT|1|1|9", {"by": "system", "reason": "queue_timeout"}),
        ("9|c1|sales|NONE|EXITEMPTY|1|1|9", {"by": "system", "reason": "no_staff"}),
        ("9|c1|sales|PJSIP/7|SYSCOMPAT|1", {"by": "system", "reason": "incompatible"}),
        ("9|c1|sales|NONE|WITHDRAW|1|1|9|moved", {"by": "system", "reason": "withdrawn"}),
        ("9|c1|sales|NONE|EXITWITHKEY|1|1|1|9", {"by": "customer"}),
        ("9|c1|sales|PJSIP/7|COMPLETECALLER|4|5|1", {"by": "customer"}),
    ],
)
def test_every_exit_from_the_queue_ends_the_visit_with_its_reason(
    text: str, said: dict[str, str]
) -> None:
    assert endings(text) == [("disconnected", 1, said)]
    assert endings(text, ENTER)[-1] == ("queued", 2, {"queue": "sales"})


@pytest.mark.parametrize(
    ("layout", "kind", "target"),
    [
        ("BLINDTRANSFER|8000|internal|5|60|1", "blind", "8000"),
        ("ATTENDEDTRANSFER|BRIDGE|3fa2-bridge|5|60|1", "attended", ""),
        ("ATTENDEDTRANSFER|APP|VoiceMail|5|60|1", "attended", "VoiceMail"),
        ("ATTENDEDTRANSFER|LINK|PJSIP/a-1|PJSIP/b-2|5|60|1", "attended", ""),
        ("ATTENDEDTRANSFER|THREEWAY|PJSIP/a-1|3fa2-bridge|5|60|1", "attended", ""),
        ("TRANSFER|8000|internal|5|60", "", "8000"),
        ("TRANSFER|8000|internal|5|60|1", "", "8000"),
    ],
)
def test_every_transfer_layout_gives_kind_target_and_the_times_from_the_right(
    layout: str, kind: str, target: str
) -> None:
    text = f"65|c1|sales|PJSIP/7|{layout}"
    transfer = transfer_of(parse_line(line(text)))
    assert transfer == (kind, target, 5.0, 60.0)
    said = {"kind": kind} if kind else {}
    assert endings(CONNECT, text) == [
        ("answered", 1, {"queue": "sales", "staff": "PJSIP/7"}),
        ("transferred", 1, said),
    ]


def test_a_transfer_leads_where_the_settings_say_its_extension_leads() -> None:
    blind = "65|c1|sales|PJSIP/7|BLINDTRANSFER|8000|internal|5|60|1"
    used = bridge(
        {"sales": "shop", "tier2": "care"},
        destinations={"8000": Destination(queue="tier2", escalation="tier")},
    )
    told = events(used, [line(ENTER), line(CONNECT), line(blind)])[-1]
    assert (told["to_queue"], told["to_program"], told["escalation"]) == ("tier2", "care", "tier")


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        ("abandoned", [("disconnected", 1, {"by": "customer"})]),
        ("callback_later", [("callback_chosen", 1, {"mode": "later"})]),
        ("callback_in_turn", [("callback_chosen", 1, {"mode": "in_turn"})]),
        ("voicemail", [("voicemail_left", 1, {})]),
        ("other_queue", []),
    ],
)
def test_a_key_means_what_the_settings_say(meaning: str, expected: list[Any]) -> None:
    pressed = "9|c1|sales|NONE|EXITWITHKEY|2|1|1|9"
    assert endings(pressed, key_meanings={"2": meaning}) == expected
    assert endings(pressed, key_default=meaning) == expected
    assert endings(pressed, key_meanings={"1": meaning}) == [
        ("disconnected", 1, {"by": "customer"})
    ]


def test_being_withdrawn_means_what_the_settings_say_of_its_info() -> None:
    withdrawn = "9|c1|sales|NONE|WITHDRAW|1|1|9|call me"
    later = [("callback_chosen", 1, {"mode": "later"})]
    assert endings(withdrawn, withdraw_meanings={"call me": "callback_later"}) == later
    assert endings(withdrawn, withdraw_default="callback_later") == later


def test_a_key_to_another_queue_goes_on_in_the_same_visit_and_program() -> None:
    used = bridge({"sales": "shop", "care": "help"}, key_default="other_queue")
    pressed = "9|c1|sales|NONE|EXITWITHKEY|2|1|1|9"
    entered = "11|c1|care|NONE|ENTERQUEUE||5550001|1"
    answered = "20|c1|care|PJSIP/9|CONNECT|9|1.1|2"
    told = events(used, [line(text) for text in (ENTER, pressed, entered, answered)])
    assert [(one["type"], one["program"], one.get("queue")) for one in told] == [
        ("queued", "shop", "sales"),
        ("overflowed", "shop", "care"),
        ("answered", "shop", "care"),
    ]
    assert all("segment" not in one for one in told)


def test_an_entry_repeated_without_an_exit_stays_in_its_visit() -> None:
    assert story(ENTER, "4|c1|sales|NONE|ENTERQUEUE||5550001|1")[1:] == [(4, "requeued", 1, {})]
    assert story(ENTER, "4|c1|care|NONE|ENTERQUEUE||5550001|1")[1:] == [
        (4, "overflowed", 1, {"queue": "care"})
    ]


def test_the_end_of_a_conversation_may_stand_behind_the_entry_it_led_to() -> None:
    told = endings(
        CONNECT,
        "60|c1|care|NONE|ENTERQUEUE||5550001|1",
        "60|c1|sales|PJSIP/7|BLINDTRANSFER|8000|internal|5|55|1",
        "70|c1|care|PJSIP/9|CONNECT|10|1.1|3",
        "90|c1|care|PJSIP/9|COMPLETECALLER|10|20|1",
    )
    assert [one[:2] for one in told] == [
        ("answered", 1),
        ("queued", 2),
        ("transferred", 1),
        ("answered", 2),
        ("disconnected", 2),
    ]


def test_a_connect_without_an_entry_gives_a_visit_without_an_entry() -> None:
    orphan = ("answered", 1, {"queue": "sales", "staff": "PJSIP/7"})
    completed = "65|c1|sales|PJSIP/7|COMPLETEAGENT|5|60|1"
    again = "99|c1|sales|NONE|ENTERQUEUE||5550001|1"
    told = [one[1:] for one in story(CONNECT, completed, again)]
    assert told == [
        orphan,
        ("disconnected", 1, {"by": "staff"}),
        ("queued", 2, {"queue": "sales"}),
    ]
    assert endings("2|c1|sales|NONE|ABANDON|1|1|2", CONNECT)[-1] == ("answered", 2, orphan[2])


def test_an_entry_that_follows_an_unanswered_ring_is_still_the_entry() -> None:
    assert story("0|c1|sales|PJSIP/8|RINGNOANSWER|2000", ENTER)[-1] == (
        0,
        "queued",
        1,
        {"queue": "sales"},
    )


def test_a_second_end_is_told_of_the_same_visit() -> None:
    completed = "65|c1|sales|PJSIP/7|COMPLETEAGENT|5|60|1"
    assert [one[:2] for one in endings(CONNECT, completed, completed)] == [
        ("answered", 1),
        ("disconnected", 1),
        ("disconnected", 1),
    ]


def test_a_restart_loses_track_of_every_open_visit_and_of_no_other() -> None:
    used = bridge()
    told = events(
        used,
        [
            line(ENTER),
            line("1|c2|sales|NONE|ENTERQUEUE||5550002|2"),
            line("2|c3|sales|NONE|ENTERQUEUE||5550003|3"),
            line("3|c3|sales|NONE|ABANDON|3|3|1"),
            line(CONNECT),
            line("30|NONE|NONE|NONE|QUEUESTART|"),
            line("31|NONE|NONE|NONE|QUEUESTART|"),
        ],
    )
    lost = [one for one in told if one["type"] == "tracking_lost"]
    assert {(one["contact"], one["time"], one["reason"]) for one in lost} == {
        ("c1", (T + 30) * 1000, "restart"),
        ("c2", (T + 30) * 1000, "restart"),
    }
    assert len(lost) == 2


def test_unknown_names_pass_and_are_counted_staff_and_silent_records_apart() -> None:
    used = bridge()
    texts = [f"0|NONE|sales|PJSIP/7|{name}|x" for name in sorted(STAFF_EVENTS | SILENT_EVENTS)]
    texts += ["1|c1|NONE|NONE|DID|100", "1|c1|sales|NONE|WRAPUPSTART|15", "2|c1|NONE|NONE|DID|1"]
    assert events(used, [line(text) for text in texts]) == []
    assert used.passed == {"DID": 2, "WRAPUPSTART": 1}
    assert used.staff_only == dict.fromkeys(STAFF_EVENTS, 1)
    assert used.silent == dict.fromkeys(SILENT_EVENTS, 1)


def test_invented_names_cannot_fill_the_memory() -> None:
    used = bridge()
    events(used, [line(f"0|c1|q|NONE|N{number}|") for number in range(MAX_COUNTED_NAMES + 50)])
    assert len(used.passed) == MAX_COUNTED_NAMES + 1
    assert used.passed["(others)"] == 50


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "too_few_fields"),
        (b"1266833905|c1|sales|NONE", "too_few_fields"),
        (b"yesterday|c1|sales|NONE|ENTERQUEUE||1|1", "bad_time"),
        (b"-5|c1|sales|NONE|ENTERQUEUE||1|1", "bad_time"),
        (b"1266833905123|c1|sales|NONE|ENTERQUEUE||1|1", "bad_time"),
        (b"9999999999|c1|sales|NONE|ENTERQUEUE||1|1", "bad_time"),
        ("1٣|c1|sales|NONE|ENTERQUEUE||1|1".encode(), "bad_time"),
        (b"1266833905|c1|sales|NONE||", "no_event"),
        (b"1266833905|NONE|sales|NONE|ENTERQUEUE||1|1", "no_call_id"),
        (b"1266833905||sales|A|CONNECT|1", "no_call_id"),
        (b"1266833905|c1|NONE|A|CONNECT|1", "no_queue"),
        (b"1266833905|" + b"c" * 129 + b"|sales|A|CONNECT|1", "long_name"),
        (b"1266833905|c1|sales|" + b"c" * 129 + b"|CONNECT|1", "long_name"),
        (b"1266833905|c1|sales|A|CONNECT|soon", "bad_number"),
        (b"1266833905|c1|sales|A|COMPLETEAGENT|1|x|1", "bad_number"),
        (b"1266833905|c1|sales|NONE|ABANDON|1|1|1e9", "bad_number"),
        (b"1266833905|c1|sales|A|BLINDTRANSFER|8000", "too_few_fields"),
        (b"1266833905|c1|sales|A|BLINDTRANSFER|8000|ctx|5|long|1", "bad_number"),
        (b"1266833905|c1|sales|A|ATTENDEDTRANSFER", "too_few_fields"),
        (b"1266833905|c1|sales|A|ATTENDEDTRANSFER|LINK|a", "too_few_fields"),
    ],
)
def test_a_line_that_cannot_be_used_is_rejected_with_its_reason(raw: bytes, reason: str) -> None:
    used = bridge()
    before = used.snapshot()
    with pytest.raises(Rejected) as caught:
        used.translate(raw, 0)
    assert caught.value.reason == reason
    assert caught.value.detail
    assert used.snapshot() == before


def test_a_call_that_used_up_its_visit_numbers_is_rejected() -> None:
    used = bridge()
    used._state.ended["c1"] = Call(MAX_SEGMENT, "default")
    with pytest.raises(Rejected, match="too_many_visits"):
        used.translate(line(ENTER), 0)


def test_a_caller_name_in_another_encoding_does_not_cost_the_call() -> None:
    raw = line(ENTER) + "|Müller".encode("latin-1")
    assert events(bridge(), [raw])[0]["type"] == "queued"


def test_a_call_that_comes_back_in_time_counts_its_visits_on() -> None:
    gone = "9|c1|sales|NONE|EXITWITHTIMEOUT|1|1|9"
    for after, segment in ((3600, 2), (5 * 3600, 1)):
        back = f"{after}|c1|sales|NONE|ENTERQUEUE||1|1"
        assert story(ENTER, gone, back)[-1][2] == segment


def test_the_lines_of_a_real_log_are_translated() -> None:
    raw = shared("asterisk/queue_log_9000.psv").read_bytes().splitlines()
    told = events(bridge(), raw)
    assert [(one["contact"], one["type"]) for one in told] == [
        ("1266833905.2", "queued"),
        ("1266833905.2", "ring_no_answer"),
        ("1266833925.10", "ring_no_answer"),
        ("1266833925.10", "answered"),
        ("1266833925.10", "disconnected"),
        ("1266833996.31", "ring_no_answer"),
        ("1266833996.30", "answered"),
        ("1266833996.30", "disconnected"),
    ]


def test_the_lines_of_a_real_log_tell_who_talked_and_how_long() -> None:
    raw = shared("asterisk/queue_log_9000.psv").read_bytes().splitlines()
    found = staff_events(bridge(staff={}), raw)
    assert {one["staff"] for one in found} == {"Local/2004@from-internal/n"}
    times = time_in(found, 0, (T + 3600) * 1000)
    assert times["handling"] == 4_000 + 8_000


def test_the_figures_of_a_log_are_those_of_its_calls() -> None:
    texts = [
        ENTER,
        CONNECT,
        "65|c1|sales|PJSIP/7|COMPLETEAGENT|5|60|1",
        "70|c2|sales|NONE|ENTERQUEUE||1|1",
        "90|c2|sales|NONE|EXITWITHTIMEOUT|1|1|20",
        "91|c2|sales|NONE|ENTERQUEUE||1|1",
        "95|c2|sales|NONE|ABANDON|1|1|4",
        "96|c3|sales|PJSIP/7|CONNECT|5|1.1|3",
        "97|c4|sales|NONE|ENTERQUEUE||1|1",
        "99|NONE|NONE|NONE|QUEUESTART|",
    ]
    figures = naive.columns(events(bridge(), [line(text) for text in texts]), Plan())
    row = naive.pooled(figures.arrival.values())
    counted = ("offered", "ans", "abn_queue_timeout", "abn_customer", "outcome_unknown", "orphan")
    assert [row[name] for name in counted] == [4, 1, 1, 1, 1, 1]
    assert (row["wait_ans_ms"], row["wait_abn_ms"]) == (5_000, 24_000)
    assert row.get("contradictions", 0) == row.get("waiting", 0) == 0
    assert naive.pooled(figures.handling.values())["talk_ms"] == 60_000
