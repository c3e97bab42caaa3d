import json
import random
from pathlib import Path
from typing import Any

import pytest

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW
from schemas.targets import Plan, Queue
from streams.bridges.amazon_contacts import revision
from streams.bridges.base import Rejected
from streams.bridges.recognise import Kind, recognise
from streams.drivers.replay import Options, Replayed, replay
from streams.settings import Settings
from tests import naive
from tests.amazon_records import NINE, arn, bridge, contact_event, contact_record, stamp, told
from tests.shards import rows


def brief(events: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """(type, seconds after nine) of events."""
    return [(event["type"], (event["time"] - NINE) / 1000) for event in events]


def totals(events: list[dict[str, Any]]) -> dict[str, int]:
    """The columns of events by the slow twin, of all keys together."""
    found = naive.columns(events, Plan())
    return naive.pooled([*found.arrival.values(), *found.handling.values()])


def played(tmp_path: Path, records: list[dict], **options: Any) -> Replayed:
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    plan = Plan(queues={"q1": Queue(program="shop"), "q2": Queue(program="care")})
    settings = Settings.model_validate({"plan": plan, "amazon_connect": options})
    return replay(settings, [path], Options(complete=True))


def test_a_contact_record_tells_every_moment_of_a_call() -> None:
    events = told(bridge(), contact_record())
    assert brief(events) == [
        ("queued", 10),
        ("answered", 25),
        ("disconnected", 95),
        ("acw_started", 95),
        ("acw_ended", 125),
    ]
    assert {(event["contact"], event["program"]) for event in events} == {("c1", "shop")}
    assert events[1]["staff"] == "ann"
    assert events[2]["by"] == "staff"


def test_contact_events_and_the_record_of_one_contact_confirm_each_other_in_any_order() -> None:
    records = [
        contact_event("INITIATED", queued=None),
        contact_event("QUEUED"),
        contact_event("CONNECTED_TO_AGENT", answered=25.0),
        contact_event("DISCONNECTED", answered=25.0, ended=95.0),
        contact_record(),
    ]
    expected = totals(told(bridge(), records[-1]))
    assert (expected["offered"], expected["ans"], expected["wait_ans_ms"]) == (1, 1, 15_000)
    assert (expected["talk_ms"], expected["acw_ms"]) == (70_000, 30_000)
    draw = random.Random(5)
    for _ in range(20):
        order = [draw.choice(records) for _ in range(6)] + records
        draw.shuffle(order)
        assert totals(told(bridge(), *order)) == expected


def test_a_record_sent_again_after_a_change_stands_however_they_arrive() -> None:
    first = contact_record(updated=100)
    corrected = contact_record(updated=4000)
    corrected["Agent"]["AfterContactWorkEndTimestamp"] = stamp(115)
    for order in ([first, corrected], [corrected, first], [corrected, first, corrected]):
        assert totals(told(bridge(), *order))["acw_ms"] == 20_000


def test_revisions_grow_with_the_time_of_the_update_and_never_beyond_what_a_revision_holds() -> (
    None
):
    month_ms = 30 * 86_400_000
    after = [0, 1_000, 5_000, 60_000, 3_600_000, 86_400_000, month_ms, 24 * month_ms, 10**15]
    found = [revision(NINE, NINE + passed) for passed in after]
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (1, 255)
    assert revision(None, NINE) == revision(NINE, None) == revision(NINE, NINE - 1) == 1
    assert "rev" not in told(bridge(), contact_event("QUEUED"))[0]


@pytest.mark.parametrize(
    ("reason", "answered", "said"),
    [
        ("CUSTOMER_DISCONNECT", True, {"by": "customer"}),
        ("AGENT_DISCONNECT", True, {"by": "staff"}),
        ("AGENT_DISCONNECT", False, {"by": "system"}),
        ("CONTACT_FLOW_DISCONNECT", False, {"by": "system"}),
        ("TELECOM_PROBLEM", False, {"by": "system", "reason": "failure"}),
        ("EXPIRED", False, {"by": "system", "reason": "queue_timeout"}),
        ("QUEUE_FULL", False, {"by": "system", "reason": "forced"}),
        (None, False, {"by": "customer"}),
        ("SOMETHING_NEW", False, {"by": "customer"}),
    ],
)
def test_a_disconnect_reason_says_who_ended_the_contact(
    reason: str | None, answered: bool, said: dict[str, str]
) -> None:
    record = contact_record(DisconnectReason=reason) | ({} if answered else {"Agent": None})
    used = bridge(disconnects={"QUEUE_FULL": "forced"})
    ended = told(used, record)[2 if answered else 1]
    assert ended["type"] == "disconnected"
    assert {key: ended[key] for key in ("by", "reason") if key in ended} == said


def test_a_transfer_by_staff_ends_one_visit_and_begins_the_next_segment() -> None:
    first = contact_record(
        NextContactId="c2",
        TransferCompletedTimestamp=stamp(90),
        TransferredToEndpoint={"Type": "TELEPHONE_NUMBER", "Address": "care-line"},
    )
    queue = {"ARN": arn("queue", "q2"), "EnqueueTimestamp": stamp(90)}
    second = contact_record(
        "c2",
        InitiationMethod="TRANSFER",
        PreviousContactId="c1",
        InitialContactId="c1",
        Queue=queue,
    )
    used = bridge(
        {"q1": "shop", "q2": "care"},
        destinations={"care-line": {"queue": "q2", "escalation": "tier"}},
    )
    moved = told(used, first)[2]
    assert (moved["type"], moved["time"]) == ("transferred", NINE + 90_000)
    assert (moved["to_queue"], moved["to_program"], moved["escalation"]) == ("q2", "care", "tier")
    entered = told(used, second)[0]
    assert (entered["type"], entered["contact"], entered["segment"]) == ("queued", "c2", 2)
    assert entered["program"] == "care"


def test_a_record_takes_back_the_end_that_an_event_told_of_a_contact_that_went_on() -> None:
    gone = contact_event("DISCONNECTED", ended=40.0)
    record = contact_record(Agent=None, NextContactId="c2", DisconnectTimestamp=stamp(40))
    queue = {"ARN": arn("queue", "q1"), "EnqueueTimestamp": stamp(40)}
    onward = contact_record(
        "c2", InitiationMethod="QUEUE_TRANSFER", PreviousContactId="c1", InitialContactId="c1",
        Queue=queue, Agent={"ARN": "x/ann", "ConnectedToAgentTimestamp": stamp(60)},
    )  # fmt: skip
    found = [
        totals(told(bridge(), *order)) for order in ([gone, record, onward], [onward, record, gone])
    ]
    assert found[0] == found[1]
    assert (found[0]["offered"], found[0]["ans"], found[0].get("abn", 0)) == (1, 1, 0)
    assert found[0]["wait_ans_ms"] == 50_000


def test_a_queued_callback_waits_until_staff_and_customer_are_connected() -> None:
    chose = contact_record(Agent=None, NextContactId="c2", DisconnectTimestamp=stamp(30))
    reached = contact_record(
        "c2",
        InitiationMethod="CALLBACK",
        PreviousContactId="c1",
        InitialContactId="c1",
        InitiationTimestamp=stamp(29),
        ConnectedToSystemTimestamp=stamp(50),
        Queue={"ARN": arn("queue", "q1"), "EnqueueTimestamp": stamp(29)},
        Agent={"ARN": "x/ann", "ConnectedToAgentTimestamp": stamp(40)},
    )
    served = totals(told(bridge(), chose, reached))
    assert (served["offered"], served["ans"], served["callbacks_in_turn"]) == (1, 1, 1)
    assert served["wait_ans_ms"] == 40_000
    missed = totals(told(bridge(), chose, reached | {"ConnectedToSystemTimestamp": None}))
    assert (missed["offered"], missed.get("ans", 0), missed["abn_callback_failed"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({"Channel": "CHAT"}, "channel CHAT"),
        ({"Channel": None}, "channel "),
        ({"InitiationMethod": "OUTBOUND"}, "method OUTBOUND"),
        ({"InitiationMethod": "MONITOR"}, "method MONITOR"),
        ({"InitiationMethod": None}, "method "),
        ({"Queue": None, "Agent": None}, "not in a queue"),
    ],
)
def test_what_was_not_offered_to_people_by_voice_passes_and_is_counted(
    changes: dict[str, Any], passed: str
) -> None:
    used = bridge()
    assert told(used, contact_record(**changes)) == []
    assert used.passed == {passed: 1}


def test_a_queue_is_found_by_its_arn_its_id_or_its_name() -> None:
    for key in (arn("queue", "q7"), "q7", "Orders"):
        used = bridge(queues={key: "q1"}, listed_only=True)
        queue = {"ARN": arn("queue", "q7"), "Name": "Orders", "EnqueueTimestamp": stamp(10)}
        assert told(used, contact_record(Queue=queue))[0]["queue"] == "q1"


def test_an_unmapped_queue_stays_visible_as_the_plan_says(tmp_path: Path) -> None:
    queue = {"ARN": arn("queue", "q7"), "Name": "Orders", "EnqueueTimestamp": stamp(10)}
    entered = told(bridge(), contact_record(Queue=queue))[0]
    assert (entered["queue"], entered["program"]) == ("q7", "default")
    with pytest.raises(Rejected, match=r"unmapped_queue: queue 'q7' alias .* alias 'Orders'"):
        told(bridge(listed_only=True), contact_record(Queue=queue))
    run = played(tmp_path, [contact_record(Queue=queue), contact_record()])
    assert run.rejects == {"unmapped_queue": 1}


def bad(**changes: Any) -> bytes:
    return json.dumps(contact_record(**changes)).encode()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "bad_json"),
        (b"[1]", "bad_json"),
        (b'{"ContactId":"c1"}{"ContactId":"c2"}', "bad_json"),
        (b'{"ContactId":"\\ud800"}', "bad_json"),
        (b'{"ContactId":"c1","x":NaN}', "bad_json"),
        (b'{"x":' * 100_000, "bad_json"),
        (b'{"x":' * 60 + b"1" + b"}" * 60, "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b"{}", "unknown_record"),
        (b'{"detail-type":"Amazon Connect Contact Event","detail":7}', "bad_field"),
        (bad(ContactId=""), "no_identity"),
        (bad(ContactId="c" * 101), "long_name"),
        (bad(InitialContactId="c" * 129), "long_name"),
        (bad(ContactId=["c1"]), "bad_field"),
        (bad(Queue="q1"), "bad_field"),
        (bad(Agent=[1]), "bad_field"),
        (bad(DisconnectTimestamp="yesterday"), "bad_time"),
        (bad(DisconnectTimestamp="2026-01-05T09:00:00"), "bad_time"),
        (bad(DisconnectTimestamp="0001-01-01T00:00:00+14:00"), "bad_time"),
        (bad(DisconnectTimestamp="9999-12-31T23:59:59Z"), "bad_time"),
        (bad(DisconnectTimestamp=1.5), "bad_field"),
        (bad(LastUpdateTimestamp="x" * 100_000), "bad_time"),
        (bad(Queue={"ARN": "q/q1"}), "no_entry"),
        (bad(Queue={"EnqueueTimestamp": stamp(1)}), "no_queue"),
        (json.dumps(contact_event("QUEUED", queued=None)).encode(), "no_entry"),
        (json.dumps(contact_event("DISCONNECTED")).encode(), "no_end"),
    ],
)
def test_a_record_that_cannot_be_used_is_rejected_with_its_reason(raw: bytes, reason: str) -> None:
    used = bridge()
    before = used.snapshot()
    with pytest.raises(Rejected) as caught:
        used.translate(raw, 0)
    assert caught.value.reason == reason
    assert used.snapshot() == before


def test_a_file_of_records_is_recognised_and_replayed_with_its_bad_lines_kept(
    tmp_path: Path,
) -> None:
    records = [contact_event("QUEUED"), {"ContactId": "c9", "Queue": 1}, contact_record()]
    path = tmp_path / "x"
    for record in records:
        assert recognise(path, json.dumps(record).encode(), Settings()) is Kind.AMAZON_CONNECT
    run = played(tmp_path, records)
    assert run.rejects == {"bad_field": 1}
    served = naive.pooled(
        [
            *rows(run.view.arrival, ARRIVAL_ROW).values(),
            *rows(run.view.handling, HANDLING_ROW).values(),
        ]
    )
    assert [served[column] for column in ("offered", "ans", "handled", "acw_ms")] == [
        1,
        1,
        1,
        30_000,
    ]


def test_a_bridge_goes_on_from_its_snapshot_and_promises_a_day_behind_the_end() -> None:
    used, resumed = bridge(), bridge()
    told(used, contact_record(), contact_record(Channel="CHAT"))
    assert used.heartbeats(NINE) == []
    resumed.restore(used.snapshot())
    assert resumed.passed == used.passed
    (beat,) = map(json.loads, resumed.end())
    assert beat == {
        "type": "heartbeat",
        "time": NINE + 125_000 + 86_400_000,
        "source": "amazon-connect",
        "program": "shop",
    }
    for unreadable in (b"x", b'{"v":99}'):
        with pytest.raises(ValueError, match="snapshot"):
            resumed.restore(unreadable)
