"""Who deserves attention now: out of schedule beyond grace, no-shows, stuck; names only on request."""

from typing import Any

import pytest
from pydantic import SecretStr

from schemas.targets import Plan
from streams.settings import StaffSettings
from streams.shard import Shard
from streams.view import Attention
from tests.shards import encoded

NINE = 1_767_603_600_000
"""2026-01-05 09:00 UTC."""
MINUTE = 60_000
HOME = {"program": "shop", "group": "desk", "site": "north"}


def state(minute: float, staff: str, state: str, **more: Any) -> dict[str, Any]:
    """What somebody does from a minute after nine on."""
    at = NINE + round(minute * MINUTE)
    event = {"type": "staff_state", "time": at, "source": "acd", "id": f"{staff}-{at}"}
    return {**event, **HOME, "staff": staff, "state": state, **more}


def planned(staff: str, activity: str, first: int, last: int) -> dict[str, Any]:
    """An activity of somebody, minutes after nine."""
    row = {"type": "scheduled", "source": "wfm", "time": NINE - 86_400_000, "day": "2026-01-05"}
    times = {"start": NINE + first * MINUTE, "end": NINE + last * MINUTE}
    named = {"id": f"{staff}-{activity}-{first}", "staff": staff, "activity": activity}
    return {**row, **HOME, **named, **times, "version": 1}


def seen(minute: float, *events: dict[str, Any], **settings: Any) -> Attention:
    """What deserves attention at a minute after nine."""
    shard = Shard(Plan(), privacy=StaffSettings(**{"show_staff": True, **settings}))
    shard.fold("desk", 0, list(range(len(events))), encoded(events))
    assert shard.rejects == []
    return shard.view(NINE + round(minute * MINUTE)).attention


SHIFT = (planned("ann", "work", 0, 480), planned("ann", "break", 60, 75))


def found(attention: Attention) -> list[tuple[str, str, float, int]]:
    return [
        (one.staff, one.found, (one.since_ms - NINE) / MINUTE, one.net) for one in attention.people
    ]


def test_somebody_at_work_as_planned_deserves_no_attention() -> None:
    attention = seen(30, *SHIFT, state(0, "ann", "available"))
    assert attention == Attention({}, {}, ())


def test_a_shift_that_nobody_came_to_is_a_no_show_since_its_start() -> None:
    assert found(seen(30, *SHIFT)) == [("ann", "no_show", 0, 1)]
    yesterday = state(-600, "ann", "logged_out")
    assert found(seen(30, *SHIFT, yesterday)) == [("ann", "no_show", 0, 1)]


def test_grace_holds_back_until_it_has_passed() -> None:
    assert found(seen(2, *SHIFT)) == []
    assert found(seen(2.1, *SHIFT)) == [("ann", "no_show", 0, 1)]


def test_who_was_there_and_left_is_out_of_schedule_and_no_no_show() -> None:
    left = (state(0, "ann", "available"), state(20, "ann", "logged_out"))
    assert found(seen(30, *SHIFT, *left)) == [("ann", "out_of_schedule", 20, 1)]


def test_a_break_taken_late_costs_nobody_while_one_overrun_does() -> None:
    working = state(0, "ann", "available")
    assert found(seen(70, *SHIFT, working)) == [("ann", "out_of_schedule", 60, -1)]
    resting = (working, state(60, "ann", "aux", aux="break"))
    assert found(seen(74, *SHIFT, *resting)) == []
    assert found(seen(80, *SHIFT, *resting)) == [("ann", "out_of_schedule", 75, 1)]


def test_a_contact_that_lasts_into_the_break_is_told_apart_and_comes_last_and_nobody_is_missing_for_it() -> (
    None
):
    late = (state(55, "ann", "handling"), planned("bob", "work", 65, 480))
    attention = seen(72, *SHIFT, *late)
    assert found(attention) == [("bob", "no_show", 65, 1), ("ann", "busy_overrun", 60, -1)]
    assert [*attention.net.values()] == [1]
    [counts] = attention.counts.values()
    assert counts == {"busy_overrun": 1, "no_show": 1}
    wrapping = (*late, state(61, "ann", "acw"))
    assert ("ann", "stuck_acw", 61) in {one[:3] for one in found(seen(72, *SHIFT, *wrapping))}


def test_who_is_stuck_in_ringing_or_after_call_work_is_told_apart() -> None:
    ringing, wrapping = state(10, "ann", "ringing"), state(10, "bob", "acw")
    assert found(seen(11, ringing, wrapping)) == []
    assert found(seen(12, ringing, wrapping)) == [("ann", "stuck_ringing", 10, 0)]
    both = seen(25, ringing, wrapping)
    assert found(both) == [("ann", "stuck_ringing", 10, 0), ("bob", "stuck_acw", 10, 0)]
    [counts] = both.counts.values()
    assert counts == {"stuck_ringing": 1, "stuck_acw": 1}


def test_those_who_would_change_the_staff_most_come_first_then_those_longest_away() -> None:
    others = (
        planned("bob", "work", 5, 480), planned("cid", "training", 0, 480),
        state(0, "cid", "aux", aux="break"),
    )  # fmt: skip
    attention = seen(30, *SHIFT, *others)
    assert [one.staff for one in attention.people] == ["ann", "bob", "cid"]
    assert list(attention.net.values()) == [2]
    assert [one.staff for one in seen(30, *SHIFT, *others, most_shown=1).people] == ["ann"]


def test_nobody_is_named_unless_settings_say_so() -> None:
    attention = seen(30, *SHIFT, show_staff=False)
    assert attention.people == ()
    assert [*attention.counts.values()] == [{"no_show": 1}]


def test_people_are_kept_as_pseudonyms_under_a_key() -> None:
    event = state(10, "ann", "ringing")
    [one], [again], [other] = (
        seen(25, event, pseudonym_key=SecretStr(key)).people for key in ("a", "a", "b")
    )
    assert one.staff == again.staff != other.staff
    assert "ann" not in one.staff and len(one.staff) == 20


def load(minute: float, *events: dict[str, Any], **settings: Any) -> list[tuple[str, int, int]]:
    """Who holds how many chats of how many slots at a minute after nine."""
    shard = Shard(Plan(), privacy=StaffSettings(**{"show_staff": True, **settings}))
    shard.fold("desk", 0, list(range(len(events))), encoded(events))
    found = shard.view(NINE + round(minute * MINUTE)).loads
    assert all((one.program, one.group, one.site) == ("shop", "desk", "north") for one in found)
    return [(one.staff, one.held, one.slots) for one in found]


CHATS = (
    state(0, "ann", "handling", sessions=2, slots=3),
    state(1, "bob", "handling", sessions=1, slots=1),
    state(2, "cid", "handling", sessions=3, slots=3),
    state(3, "dan", "available", slots=2),
    state(4, "eve", "available"),
)


def test_those_with_the_fullest_slots_come_first_and_of_equal_ones_who_holds_more() -> None:
    fullest = [("cid", 3, 3), ("bob", 1, 1), ("ann", 2, 3), ("dan", 0, 2)]
    assert load(30, *CHATS) == fullest
    assert load(30, *CHATS, most_shown=2) == fullest[:2]
    assert load(30, *reversed(CHATS)) == fullest


def test_slots_are_of_those_at_work_and_chats_of_everybody_logged_in_and_believed() -> None:
    paused = state(10, "ann", "aux", aux="break", sessions=1, slots=3)
    assert load(30, *CHATS[:2], paused) == [("ann", 1, 0), ("bob", 1, 1)]
    assert load(30, *CHATS[:2], state(10, "ann", "logged_out")) == [("bob", 1, 1)]
    assert load(16 * 60 + 0.5, *CHATS[:2]) == [("bob", 1, 1)]


def test_nobodys_chats_are_shown_unless_settings_say_so_and_under_a_key_by_pseudonym() -> None:
    assert load(30, *CHATS, show_staff=False) == []
    [(name, held, slots)] = load(30, CHATS[1], pseudonym_key=SecretStr("a"))
    assert (name != "bob", len(name), held, slots) == (True, 20, 1, 1)


@pytest.mark.parametrize("key", ["", "secret"])
def test_no_name_of_a_person_is_in_a_snapshot_under_a_key(key: str) -> None:
    shard = Shard(Plan(), privacy=StaffSettings(pseudonym_key=SecretStr(key)))
    shard.fold("desk", 0, [0], encoded([state(0, "annabella", "ringing")]))
    assert ("annabella" in shard.names.staff.values()) is not bool(key)
    restored = Shard(Plan(), privacy=StaffSettings(pseudonym_key=SecretStr(key)))
    restored.restore(shard.snapshot())
    assert restored.names.staff == shard.names.staff
