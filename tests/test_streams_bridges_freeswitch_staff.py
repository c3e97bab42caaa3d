import json
from typing import Any

import pytest

from streams.bridges.base import Rejected
from tests.freeswitch_events import T, bridge, event, state, status, told

SHOP = {"program": "shop", "group": "front", "site": "leeds"}


def story(*records: dict[str, Any], **options: Any) -> list[tuple[Any, ...]]:
    """(seconds after T, state, aux class of time off) of each event."""
    return [
        ((one["time"] - T * 1000) / 1000, one["state"], one.get("aux", ""))
        for one in told(bridge(**options), *records)
    ]


def test_a_day_of_an_agent_follows_from_status_and_state_together() -> None:
    assert story(
        status("Available", 0.5),
        state("Waiting", 0.6),
        state("Receiving", 10),
        state("In a queue call", 15),
        state("Waiting", 75.25),
        status("On Break", 100),
        status("Available (On Demand)", 400),
        state("Idle", 401),
        status("Logged Out", 500),
        state("Waiting", 501),
    ) == [
        (0.5, "available", ""),
        (0.6, "available", ""),
        (10, "ringing", ""),
        (15, "handling", ""),
        (75.25, "available", ""),
        (100, "aux", "break"),
        (400, "available", ""),
        (401, "aux", "other"),
        (500, "logged_out", ""),
        (501, "logged_out", ""),
    ]


def test_a_call_in_progress_is_work_whatever_the_status() -> None:
    for name in ("On Break", "Logged Out"):
        told_states = story(status("Available", 0), state("In a queue call", 1), status(name, 2))
        assert told_states[-1] == (2, "handling", "")
    assert story(state("In a queue call", 1)) == [(1, "handling", "")]


def test_a_state_says_nothing_of_a_person_whose_status_is_not_known_yet() -> None:
    used = bridge()
    assert told(used, state("Waiting", 1), state("Receiving", 2)) == []
    assert used.passed == {"agent of unknown status": 2}
    (known,) = told(used, status("Available", 3))
    assert known["state"] == "ringing"


def test_agents_do_not_mix_and_the_bridge_remembers_them_over_a_restart() -> None:
    used, resumed = bridge(), bridge()
    told(used, status("Available", 0), status("On Break", 0, "1002"))
    resumed.restore(used.snapshot())
    events = told(resumed, state("Receiving", 1), state("Receiving", 1, "1002"))
    assert [(one["staff"], one["state"]) for one in events] == [
        ("1001", "ringing"),
        ("1002", "aux"),
    ]


def test_a_break_is_of_the_class_that_the_settings_say() -> None:
    assert story(status("On Break", 1), on_break="meal") == [(1, "aux", "meal")]


def test_a_person_has_the_home_that_the_settings_say() -> None:
    for key in ("1001", "1001@office"):
        used = bridge(homes={key: SHOP}, listed_only=True)
        (one,) = told(used, status("Available", 1, "1001@office"))
        assert {name: one[name] for name in SHOP} == SHOP
    (stray,) = told(bridge(), status("Available", 1))
    assert (stray["program"], stray["group"]) == ("default", "default")
    with pytest.raises(Rejected, match="unmapped_staff"):
        told(bridge(listed_only=True), status("Available", 1))


def test_the_same_event_again_is_the_same_and_another_is_another() -> None:
    first = status("Available", 1) | {"Event-Sequence": "77"}
    (one,), (again,) = told(bridge(), first), told(bridge(), first)
    assert one == again
    assert one["seq"] == 77
    (other,) = told(bridge(), first | {"Event-Sequence": "78"})
    assert other["id"] != one["id"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (status("Available", 1, ""), "no_identity"),
        (status("Available", 1, "a" * 129), "long_name"),
        (status("Asleep", 1), "unknown_status"),
        (state("Dreaming", 1), "unknown_status"),
        (event("agent-status-change", 1, **{"CC-Agent": "1001"}), "unknown_status"),
        (status("Available", 1) | {"Event-Date-Timestamp": ""}, "no_time"),
        (status("Available", 1) | {"Event-Sequence": {}}, "bad_field"),
    ],
)
def test_an_event_that_cannot_be_used_is_rejected_and_changes_nothing(
    record: dict[str, Any], reason: str
) -> None:
    used = bridge()
    told(used, status("On Break", 0))
    before = used.snapshot()
    with pytest.raises(Rejected) as caught:
        used.translate(json.dumps(record).encode(), 0)
    assert caught.value.reason == reason
    assert used.snapshot() == before
