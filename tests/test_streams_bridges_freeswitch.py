import json
import random
from pathlib import Path
from typing import Any

import pytest

from schemas.targets import Plan, Queue
from streams.bridges.base import Rejected
from streams.bridges.recognise import Kind, recognise
from streams.drivers.replay import Options, replay
from streams.settings import Settings
from tests import naive
from tests.freeswitch_events import (
    T,
    bridge,
    cancelled,
    cdr,
    event,
    everything,
    member,
    served,
    status,
    told,
)


def brief(events: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """(type, seconds after T) of events."""
    return [(one["type"], one["time"] / 1000 - T) for one in events]


def totals(events: list[dict[str, Any]]) -> dict[str, int]:
    """The columns of events by the slow twin, of all keys together."""
    found = naive.columns(events, Plan())
    return naive.pooled([*found.arrival.values(), *found.handling.values()])


def test_an_answered_call_waits_from_joined_to_answered_and_talks_to_its_end() -> None:
    events = told(bridge(), *served())
    assert sorted(set(brief(events)), key=lambda one: one[1]) == [
        ("queued", 0),
        ("ringing", 5),
        ("answered", 20),
        ("disconnected", 80),
    ]
    assert {(one["program"], one["contact"]) for one in events} == {("shop", "m1")}
    found = totals(events)
    assert (found["offered"], found["ans"], found["wait_ans_ms"]) == (1, 1, 20_000)
    assert (found["talk_ms"], found["handled"]) == (60_000, 1)
    assert "contradictions" not in found


def test_every_event_tells_what_it_knows_so_that_a_lost_one_costs_little() -> None:
    whole = totals(told(bridge(), *served()))
    assert totals(told(bridge(), served()[-1])) == whole
    assert totals(told(bridge(), *served()[1:4])) == whole


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("NONE", {"by": "customer"}),
        (None, {"by": "customer"}),
        ("BREAK_OUT", {"by": "customer"}),
        ("TIMEOUT", {"by": "system", "reason": "queue_timeout"}),
        ("NO_AGENT_TIMEOUT", {"by": "system", "reason": "no_staff"}),
        ("EXIT_WITH_KEY", {"by": "customer"}),
        ("SOMETHING_NEW", {"by": "system", "reason": "other"}),
    ],
)
def test_a_cancelled_wait_ends_by_its_reason(reason: str | None, said: dict[str, str]) -> None:
    ended = told(bridge(), cancelled(reason))[-1]
    assert (ended["type"], ended["time"]) == ("disconnected", (T + 30) * 1000)
    assert {key: ended[key] for key in ("by", "reason") if key in ended} == said


@pytest.mark.parametrize(
    ("meaning", "type_", "column"),
    [
        ("abandoned", "disconnected", "abn_customer"),
        ("callback_later", "callback_chosen", "abn_callback_later"),
        ("voicemail", "voicemail_left", "abn_voicemail"),
    ],
)
def test_a_key_means_what_the_settings_say(meaning: str, type_: str, column: str) -> None:
    for options in ({"exit_keys": {"3000": meaning}}, {"exit_key_default": meaning}):
        events = told(bridge(**options), cancelled("EXIT_WITH_KEY"))
        assert events[-1]["type"] == type_
        assert totals(events)[column] == 1


def test_a_caller_who_comes_back_was_never_gone() -> None:
    start, gone = member("member-queue-start", 0.2), cancelled("BREAK_OUT")
    back = member("member-queue-resume", 45.0)
    assert totals(told(bridge(), start, gone))["abn"] == 1
    found = totals(told(bridge(), start, gone, back, *served(at=60, until=90)[2:]))
    assert (found["offered"], found["ans"], found.get("abn", 0)) == (1, 1, 0)
    assert found["wait_ans_ms"] == 60_000
    again = totals(told(bridge(), start, gone, back, cancelled("NONE", at=70)))
    assert (again["offered"], again["abn"], again["wait_abn_ms"]) == (1, 1, 70_000)


def test_a_caller_who_comes_back_waits_from_the_first_entry_although_later_records_tell_another() -> (
    None
):
    rejoined = {"CC-Member-Joined-Time": str(T + 45)}
    records = [
        member("member-queue-start", 0.2),
        cancelled("BREAK_OUT"),
        member("member-queue-resume", 45.0, **rejoined),
        *(one | rejoined for one in served(at=60, until=90)[1:]),
    ]
    found = totals(told(bridge(), *records))
    assert (found["offered"], found["ans"], found["wait_ans_ms"]) == (1, 1, 60_000)
    assert "contradictions" not in found


def test_a_caller_who_comes_back_after_a_restart_of_the_bridge_was_never_gone() -> None:
    used, resumed = bridge(), bridge()
    events = told(used, member("member-queue-start", 0.2), cancelled("NONE"))
    resumed.restore(used.snapshot())
    events += told(resumed, member("member-queue-resume", 45.0), *served(at=60, until=90)[2:])
    assert totals(events).get("abn", 0) == 0
    late = told(bridge(forget_h=0.01), cancelled("NONE"), status("Available", 900))
    assert late[0]["type"] == "queued"


def test_a_caller_is_forgotten_when_coming_back_is_over() -> None:
    used = bridge(forget_h=0.01)
    told(used, cancelled("NONE"), event("members-count", 900))
    (back,) = [
        one for one in told(used, member("member-queue-resume", 901)) if one["type"] != "queued"
    ]
    assert back["id"].startswith("resumed-")


def test_an_agent_who_does_not_answer_is_told_and_the_caller_waits_on() -> None:
    failed = member(
        "bridge-agent-fail", 18.5, **{"CC-Agent": "1002", "CC-Agent-Called-Time": str(T + 3)}
    )
    events = told(bridge(), served()[0], failed, *served()[1:])
    missed = next(one for one in events if one["type"] == "ring_no_answer")
    assert (missed["staff"], missed["time"]) == ("1002", T * 1000 + 18_500)
    aborted = failed | {"CC-Agent-Aborted-Time": str(T + 18)}
    assert told(bridge(), aborted)[-1]["time"] == (T + 18) * 1000
    assert totals(events)["ring_no_answer"] == 1


def test_who_hung_up_is_told_where_the_event_says_it() -> None:
    for said, by in (("send_bye", "staff"), ("recv_bye", "customer"), ("", "customer")):
        ended = served()[-1] | {"variable_sip_hangup_disposition": said}
        assert told(bridge(), ended)[-1]["by"] == by


def test_a_cdr_confirms_the_events_of_its_call_in_any_order() -> None:
    expected = totals(told(bridge(), *served()))
    assert totals(told(bridge(), cdr())) == expected
    draw = random.Random(2)
    for _ in range(10):
        records = [*served(), cdr(), cdr(), draw.choice(served())]
        draw.shuffle(records)
        assert totals(told(bridge(), *records)) == expected
    given_up = cdr(
        cc_agent="",
        cc_queue_answered_epoch="",
        cc_queue_terminated_epoch="0",
        cc_queue_canceled_epoch=str(T + 30),
        cc_cause="cancel",
        cc_cancel_reason="TIMEOUT",
    )
    events = told(bridge(), given_up)
    assert {one["id"] for one in events} == {
        one["id"] for one in told(bridge(), cancelled("TIMEOUT"))
    }
    assert totals(events)["abn_queue_timeout"] == 1


def test_a_cdr_without_a_queue_or_of_an_agents_leg_says_nothing() -> None:
    used = bridge()
    assert told(used, cdr(cc_side="agent"), cdr(cc_queue="")) == []
    assert used.passed == {"cdr without a queue": 2}


def test_totals_and_other_events_pass_and_are_counted() -> None:
    used = bridge()
    count = event("members-count", 1, **{"CC-Queue": "3000@default", "CC-Count": "7"})
    assert told(used, count, event("agent-add", 2), {"Event-Name": "HEARTBEAT"}) == []
    assert used.passed == {"members-count": 1, "agent-add": 1, "HEARTBEAT": 1}


def test_a_queue_is_found_with_and_without_its_domain_and_by_the_settings() -> None:
    for options in (
        {"programs": {"3000@default": "shop"}},
        {"programs": {"3000": "shop"}},
        {"programs": {"sales": "shop"}, "queues": {"3000": "sales"}},
        {"programs": {"sales": "shop"}, "queues": {"3000@default": "sales"}},
    ):
        (entered,) = told(bridge(listed_only=True, **options), served()[0])
        assert entered["program"] == "shop"


def test_an_unmapped_queue_stays_visible_as_the_plan_says(tmp_path: Path) -> None:
    other = {"CC-Queue": "4000@default"}
    (entered,) = told(bridge(), served()[0] | other)
    assert (entered["queue"], entered["program"]) == ("4000@default", "default")
    path = tmp_path / "events.jsonl"
    lines = [*served(), served()[0] | other, {"CC-Action": "member-queue-start"}]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    settings = Settings(plan=Plan(queues={"3000": Queue(program="shop")}))
    run = replay(settings, [path], Options(complete=True))
    assert run.rejects == {"unmapped_queue": 1, "no_identity": 1}


def test_files_of_events_and_of_cdrs_are_recognised() -> None:
    for record in (served()[0], {"Event-Name": "CUSTOM"}, cdr(), cdr()["variables"]):
        kind = recognise(Path("x"), json.dumps(record).encode(), Settings())
        assert kind is Kind.FREESWITCH


def test_an_event_promises_all_before_it_less_the_disorder_and_a_cdr_promises_nothing() -> None:
    used = bridge(disorder_s=2)
    beats = [
        one
        for one in everything(used, *served(), cdr(), status("Available", 200.5))
        if one["type"] == "heartbeat"
    ]
    assert [(one["time"] - T * 1000) for one in beats] == [17_999, 77_999, 197_999]
    assert {(one["source"], one["program"]) for one in beats} == {("freeswitch", "shop")}
    assert everything(bridge(), cdr(), cdr()) == told(bridge(), cdr(), cdr())


def test_the_end_promises_a_day_behind_the_last_moment_of_every_program() -> None:
    used = bridge()
    told(used, *served(), status("Available", 100))
    beats = {one["program"]: one["time"] for one in map(json.loads, used.end())}
    assert beats == dict.fromkeys(("shop", "default"), (T + 100 + 86_400) * 1000)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"CC-Member-UUID": ""}, "no_identity"),
        ({"CC-Member-UUID": "m" * 101}, "long_name"),
        ({"CC-Agent": "a" * 129}, "long_name"),
        ({"CC-Queue": ""}, "no_queue"),
        ({"CC-Queue": "q" * 129}, "long_name"),
        ({"CC-Queue": ["q"]}, "bad_field"),
        ({"CC-Member-Leaving-Time": "soon"}, "bad_time"),
        ({"CC-Member-Leaving-Time": "-5"}, "bad_time"),
        ({"CC-Member-Leaving-Time": "1696995740907190"}, "bad_time"),
        ({"CC-Member-Leaving-Time": "٣"}, "bad_time"),
        ({"CC-Member-Leaving-Time": "0"}, "no_end"),
        ({"CC-Agent-Answered-Time": ""}, "no_answer"),
        ({"Event-Date-Timestamp": "yesterday"}, "bad_time"),
        ({"Event-Date-Timestamp": "9" * 40}, "bad_time"),
        ({"CC-Action": 1.5}, "bad_field"),
    ],
)
def test_an_event_that_cannot_be_used_is_rejected_with_its_reason(
    changes: dict[str, Any], reason: str
) -> None:
    used = bridge()
    before = used.snapshot()
    raw = json.dumps(served()[-1] | changes).encode()
    with pytest.raises(Rejected) as caught:
        used.translate(raw, 0)
    assert caught.value.reason == reason
    assert used.snapshot() == before


@pytest.mark.parametrize(
    ("action", "missing", "reason"),
    [
        ("bridge-agent-start", "CC-Agent-Answered-Time", "no_answer"),
        ("bridge-agent-end", "CC-Bridge-Terminated-Time", "no_end"),
        ("member-queue-start", "CC-Member-Joined-Time", "no_time"),
    ],
)
def test_an_event_without_its_own_moment_is_rejected(
    action: str, missing: str, reason: str
) -> None:
    (record,) = (one for one in served() if one["CC-Action"] == action)
    timeless = {k: v for k, v in record.items() if k not in (missing, "Event-Date-Timestamp")}
    with pytest.raises(Rejected, match=reason):
        told(bridge(), timeless)


@pytest.mark.parametrize("raw", [b"", b"7", b"{", b'{"a":1}', b"\xff", b'{"variables":3}'])
def test_what_is_no_record_is_rejected(raw: bytes) -> None:
    with pytest.raises(Rejected, match=r"bad_json|unknown_record|bad_field"):
        bridge().translate(raw, 0)


def test_whatever_stands_in_a_field_nothing_but_a_reject_comes_of_it() -> None:
    odd: list[Any] = [None, "", "x" * 200, -1, 1.5, 10**30, True, [], {}, "%ff%00", "\x00"]
    refused = 0
    for record in (*served(), cancelled("TIMEOUT"), member("member-queue-resume", 9)):
        for name in record:
            for value in odd:
                refused += is_refused(record | {name: value})
    for name in cdr()["variables"]:
        for value in odd:
            refused += is_refused({"variables": cdr()["variables"] | {name: value}})
    assert refused > 50


def is_refused(record: dict[str, Any]) -> bool:
    """Whether a record is rejected; what it says otherwise is valid."""
    try:
        told(bridge(), record)
    except Rejected as error:
        return bool(error.reason and error.detail)
    return False


def test_a_snapshot_of_another_version_is_refused() -> None:
    for unreadable in (b"x", b'{"v":99}'):
        with pytest.raises(ValueError, match="snapshot"):
            bridge().restore(unreadable)
