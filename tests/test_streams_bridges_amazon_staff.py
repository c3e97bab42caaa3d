import json
import random
from typing import Any

import pytest

from streams.bridges.base import Rejected
from tests.amazon_records import NINE, agent_event, bridge, contact_record, held, snapshot, told

SHOP = {"program": "shop", "group": "front", "site": "leeds"}
CARE = {"program": "care", "group": "back"}


def doing(now: dict | None, **more: Any) -> dict[str, Any]:
    """State, aux, reason, sessions, slots and other program that a picture says."""
    options = more.pop("options", {})
    (event,) = told(bridge({"q1": "default", "q2": "care"}, **options), agent_event(1, now, **more))
    usual = {"type", "time", "source", "program", "id", "group", "staff"}
    return {key: value for key, value in event.items() if key not in usual}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "available"),
        (("CONNECTING",), "ringing"),
        (("INCOMING",), "ringing"),
        (("PENDING",), "ringing"),
        (("CONNECTED",), "handling"),
        (("CONNECTED_ONHOLD",), "handling"),
        (("ENDED",), "acw"),
        (("PAUSED",), "available"),
        (("MISSED",), "aux"),
        (("REJECTED",), "aux"),
        (("ERROR",), "aux"),
        (("ENDED", "CONNECTED"), "handling"),
        (("CONNECTING", "ENDED"), "acw"),
        (("MISSED", "CONNECTING"), "ringing"),
        (("ENDED", "MISSED"), "acw"),
        (("connected",), "handling"),
        (("SOMETHING_NEW",), "available"),
    ],
)
def test_what_a_person_does_follows_from_the_contacts_in_the_picture(
    states: tuple[str, ...], expected: str
) -> None:
    assert doing(snapshot("Available", *map(held, states)))["state"] == expected


def test_a_call_out_is_work_before_the_customer_picks_up() -> None:
    dialled = held("CONNECTING", InitiationMethod="OUTBOUND")
    assert doing(snapshot("Available", dialled))["state"] == "handling"


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("Available", None, {"state": "available"}),
        ("Verfügbar", "ROUTABLE", {"state": "available"}),
        ("Offline", None, {"state": "logged_out"}),
        ("Weg", "OFFLINE", {"state": "logged_out"}),
        ("Lunch", "CUSTOM", {"state": "aux", "aux": "meal", "reason": "Lunch"}),
        ("Lunch", None, {"state": "aux", "aux": "meal", "reason": "Lunch"}),
        ("Mystery", None, {"state": "aux", "aux": "other", "reason": "Mystery"}),
        ("x" * 200, "CUSTOM", {"state": "aux", "aux": "other", "reason": "x" * 64}),
    ],
)
def test_without_contacts_the_status_says_it_by_its_type_or_its_name(
    name: str, type_: str | None, expected: dict[str, str]
) -> None:
    now = snapshot(name, said={"Type": type_}) if type_ else snapshot(name)
    said = doing(now, options={"aux": {"Lunch": "meal"}})
    assert {key: value for key, value in said.items() if key != "slots"} == expected


def test_what_was_planned_next_has_not_begun() -> None:
    now = snapshot("Available", NextAgentStatus={"Name": "Lunch"})
    assert doing(now)["state"] == "available"


def test_a_connected_contact_counts_more_than_any_status_and_gone_more_than_after_call_work() -> (
    None
):
    assert doing(snapshot("Lunch", held("CONNECTED")))["state"] == "handling"
    assert doing(snapshot("Lunch", held("ENDED")))["state"] == "acw"
    assert doing(snapshot("Offline", held("CONNECTED")))["state"] == "handling"
    assert doing(snapshot("Offline", held("ENDED"))) == {"state": "logged_out"}


def test_logging_off_ends_everything_and_heartbeats_after_it_say_so_again() -> None:
    assert doing(snapshot("Available"), EventType="LOGOUT") == {"state": "logged_out"}
    assert doing(None, EventType="LOGOUT") == {"state": "logged_out"}
    assert doing(snapshot("Offline"), EventType="HEART_BEAT") == {"state": "logged_out"}


def test_sessions_are_the_chats_held_with_those_in_after_call_work() -> None:
    chats = [held(state, "CHAT") for state in ("CONNECTED", "ENDED", "CONNECTING", "MISSED")]
    said = doing(snapshot("Available", *chats, held("CONNECTED", "VOICE"), held("ENDED", "chat")))
    assert (said["state"], said["sessions"], said["slots"]) == ("handling", 3, 3)


def test_slots_are_not_known_where_the_profile_does_not_say() -> None:
    now = snapshot("Available")
    now["Configuration"]["RoutingProfile"]["Concurrency"] = None
    assert "slots" not in doing(now)
    now["Configuration"]["RoutingProfile"]["Concurrency"] = [
        {"Channel": "CHAT", "MaximumSlots": 1_000}
    ]
    assert doing(now)["slots"] == 255


def test_work_for_another_program_is_named_where_the_plan_knows_its_queue() -> None:
    assert doing(snapshot("Available", held("CONNECTED", queue="q2")))["work_program"] == "care"
    assert doing(snapshot("Available", held("ENDED", queue="q2")))["work_program"] == "care"
    for queue in ("q1", "q9"):
        assert "work_program" not in doing(snapshot("Available", held("CONNECTED", queue=queue)))


@pytest.mark.parametrize("key", ["ann", "ann.b", "Front line", "p1", "Team 7"])
def test_a_person_is_at_home_by_id_name_team_or_profile(key: str) -> None:
    now = snapshot("Available", groups={"Level1": {"Name": "All"}, "Level2": {"Name": "Team 7"}})
    used = bridge(homes={key: SHOP}, listed_only=True)
    (event,) = told(used, agent_event(1, now))
    assert {name: event[name] for name in SHOP} == SHOP
    assert event["staff"] == "ann"
    assert event["source"] == "amazon-connect-staff"


def test_a_person_without_a_home_stays_visible_as_the_plan_says() -> None:
    (event,) = told(bridge(), agent_event(1, snapshot()))
    assert (event["program"], event["group"]) == ("default", "default")
    with pytest.raises(Rejected, match="unmapped_staff: no home for 'ann'"):
        told(bridge(listed_only=True), agent_event(1, snapshot()))


def test_a_person_who_moves_to_another_program_leaves_the_first_one() -> None:
    used = bridge(homes={"Front line": SHOP, "Back office": CARE})
    before, now = snapshot(), snapshot(profile="Back office")
    events = told(used, agent_event(5, now, before))
    assert [(event["program"], event["group"], event["state"]) for event in events] == [
        ("shop", "front", "logged_out"),
        ("care", "back", "available"),
    ]
    assert {event["time"] for event in events} == {NINE + 5_000}


def test_records_in_any_order_and_again_say_the_same_of_a_day() -> None:
    records = [
        agent_event(0, snapshot("Offline"), EventType="LOGIN"),
        agent_event(1, snapshot("Available")),
        agent_event(30, snapshot("Available", held("CONNECTING"))),
        agent_event(35, snapshot("Available", held("CONNECTED"))),
        agent_event(95.017, snapshot("Available", held("ENDED"))),
        agent_event(100.022, snapshot("Available")),
        agent_event(220, snapshot("Available"), EventType="HEART_BEAT"),
        agent_event(300, snapshot("Offline"), EventType="LOGOUT"),
    ]
    expected = [
        (0, "logged_out"),
        (1_000, "available"),
        (30_000, "ringing"),
        (35_000, "handling"),
        (95_017, "acw"),
        (100_022, "available"),
        (220_000, "available"),
        (300_000, "logged_out"),
    ]
    draw = random.Random(3)
    for _ in range(20):
        order = [*records, *draw.choices(records, k=5)]
        draw.shuffle(order)
        by_id = {event["id"]: event for event in told(bridge(), *order)}
        told_again = sorted((event["time"] - NINE, event["state"]) for event in by_id.values())
        assert told_again == expected


def test_an_event_without_an_id_is_known_by_what_it_says() -> None:
    record = agent_event(1, snapshot(), EventId=None)
    first, again = told(bridge(), record), told(bridge(), record)
    assert first == again
    assert (
        first[0]["id"]
        != told(bridge(), record | {"EventTimestamp": "2026-01-05T10:00:00Z"})[0]["id"]
    )


def test_unknown_types_pass_and_are_counted() -> None:
    used = bridge()
    assert told(used, agent_event(1, snapshot(), EventType="BIRTHDAY")) == []
    assert told(used, {"detail-type": "Another Event", "detail": {}}) == []
    assert used.passed == {"BIRTHDAY": 1, "another event": 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"AgentARN": ""}, "no_identity"),
        ({"AgentARN": "a" * 129}, "long_name"),
        ({"EventTimestamp": None}, "bad_time"),
        ({"EventTimestamp": "now"}, "bad_time"),
        ({"CurrentAgentSnapshot": "x"}, "bad_field"),
        ({"CurrentAgentSnapshot": {"AgentStatus": 1}}, "bad_field"),
        ({"CurrentAgentSnapshot": snapshot(Contacts={"a": 1})}, "bad_field"),
        ({"CurrentAgentSnapshot": snapshot(Contacts=[1])}, "bad_field"),
        ({"CurrentAgentSnapshot": snapshot(Contacts=[{"State": {}}])}, "bad_field"),
    ],
)
def test_an_event_that_cannot_be_used_is_rejected_with_its_reason(
    changes: dict[str, Any], reason: str
) -> None:
    used = bridge()
    before = used.snapshot()
    with pytest.raises(Rejected) as caught:
        used.translate(json.dumps(agent_event(1, snapshot()) | changes).encode(), 0)
    assert caught.value.reason == reason
    assert used.snapshot() == before


@pytest.mark.parametrize("slots", ["3", -1, 1.5, [3]])
def test_slots_that_are_no_number_are_rejected(slots: Any) -> None:
    now = snapshot()
    now["Configuration"]["RoutingProfile"]["Concurrency"][0]["MaximumSlots"] = slots
    with pytest.raises(Rejected, match="bad_number"):
        told(bridge(), agent_event(1, now))


def test_whatever_stands_in_a_field_nothing_but_a_reject_comes_of_it() -> None:
    """Every leaf and branch of a contact record and of an agent event, replaced by odd values."""
    odd: list[Any] = [None, "", "x" * 200, -1, 1.5, 10**30, True, [], {}, [[]], {"a": {}}, "\x00"]
    refused = accepted = 0
    for record in (contact_record(), agent_event(1, snapshot("Available", held("CONNECTED")))):
        for path in paths(record):
            for value in odd:
                used = bridge()
                try:
                    told(used, replaced(record, path, value))
                    accepted += 1
                except Rejected as error:
                    assert error.reason and error.detail
                    refused += 1
    assert refused > 100
    assert accepted > 100


def paths(value: Any, to: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every field of a record."""
    inner: list[Any] = []
    if isinstance(value, dict | list):
        inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    found = [to] if to else []
    for key, one in inner:
        found += paths(one, (*to, key))
    return found


def replaced(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The record with another value at the end of the way."""
    copy = json.loads(json.dumps(record))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy
