"""Whose people they are: home program, staffing group, site, and work for others."""

from pathlib import Path
from typing import Any

import pytest

from streams.bridges.asterisk import AsteriskBridge
from streams.bridges.asterisk_settings import AsteriskSettings
from streams.bridges.base import Rejected
from streams.bridges.recognise import Kind, bridge_for
from streams.settings import Settings, check_file
from tests.asterisk_logs import CONNECT, ENTER, T, bridge, line, of_calls, of_people, staff_events

ADD = "0|m1|sales|PJSIP/7|ADDMEMBER|"
PLAN = {"sales": "shop", "care": "help"}


def homes(*texts: str, programs: dict[str, str] | None = None, **staff: Any) -> set[Any]:
    """(person, program, group, site) of the events."""
    used = bridge(programs, staff=staff)
    return {
        (one["staff"], one["program"], one["group"], one.get("site", ""))
        for one in staff_events(used, [line(text) for text in texts])
    }


def listed_only(programs: dict[str, str], **staff: Any) -> AsteriskBridge:
    return AsteriskBridge(AsteriskSettings(staff=staff), programs, listed_only=True)


def test_without_a_map_everybody_is_at_home_in_the_only_program() -> None:
    assert homes(ADD) == {("PJSIP/7", "default", "default", "")}
    assert homes(ADD, programs={"sales": "shop", "tier2": "shop"}) == {
        ("PJSIP/7", "shop", "shop", "")
    }
    assert homes(ADD, programs=PLAN) == {("PJSIP/7", "default", "default", "")}


def test_a_group_has_a_program_and_a_site() -> None:
    groups = {"tier1": {"program": "help", "site": "Berlin"}}
    members = {"PJSIP/7": "tier1"}
    assert homes(ADD, programs=PLAN, members=members, groups=groups) == {
        ("PJSIP/7", "help", "tier1", "Berlin")
    }
    assert homes(ADD, programs=PLAN, default_group="tier1", groups=groups) == {
        ("PJSIP/7", "help", "tier1", "Berlin")
    }


def test_a_group_that_is_not_described_is_the_program_of_its_name() -> None:
    assert homes(ADD, programs=PLAN, members={"PJSIP/7": "help"}) == {
        ("PJSIP/7", "help", "help", "")
    }


def test_the_queues_of_the_day_do_not_move_anybodys_home() -> None:
    other = "1|m2|care|PJSIP/7|ADDMEMBER|"
    left = "9|m3|sales|PJSIP/7|REMOVEMEMBER|"
    assert homes(ADD, other, left, programs=PLAN, default_group="shop") == {
        ("PJSIP/7", "shop", "shop", "")
    }


def test_names_of_interfaces_and_of_members_may_be_one_person() -> None:
    log = ("0|m|sales|Local/7@agents/n|ADDMEMBER|", ENTER, "5|c1|sales|Ann|CONNECT|5|1.1|0")
    told = staff_events(
        bridge(staff={"names": {"Local/7@agents/n": "Ann"}}), [line(text) for text in log]
    )
    assert [(one["staff"], one["state"]) for one in told] == [
        ("Ann", "available"),
        ("Ann", "handling"),
    ]


def test_work_for_another_program_is_named_and_belongs_to_the_home_program() -> None:
    log = (
        ADD,
        ENTER,
        CONNECT,
        "20|c1|sales|PJSIP/7|COMPLETEAGENT|5|15|1",
        "50|c2|care|PJSIP/7|CONNECT|5|1.1|0",
        "80|c2|care|PJSIP/7|COMPLETEAGENT|5|30|1",
    )
    used = bridge(PLAN, staff={"default_group": "help", "default_wrapup_s": 10})
    told = staff_events(used, [line(text) for text in log])
    assert {one["program"] for one in told} == {"help"}
    assert [(one["state"], one.get("work_program", "")) for one in told] == [
        ("available", ""),
        ("ringing", ""),
        ("handling", "shop"),
        ("acw", "shop"),
        ("available", ""),
        ("handling", ""),
        ("acw", ""),
        ("available", ""),
    ]


@pytest.mark.parametrize(
    ("programs", "staff", "reason"),
    [
        (PLAN, {}, "unmapped_staff"),
        (PLAN, {"members": {"PJSIP/8": "shop"}}, "unmapped_staff"),
        ({"sales": "shop"}, {"members": {"PJSIP/8": "shop"}}, "unmapped_staff"),
        ({"care": "shop"}, {}, "unmapped_queue"),
    ],
)
def test_people_without_a_home_and_memberships_of_unlisted_queues_are_refused(
    programs: dict[str, str], staff: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Rejected) as caught:
        listed_only(programs, **staff).translate(line(ADD), 0)
    assert caught.value.reason == reason


def test_a_call_of_somebody_without_a_home_is_told_without_the_person() -> None:
    used = listed_only(PLAN, members={"PJSIP/8": "shop"})
    wire = [event for text in (ENTER, CONNECT) for event in used.translate(line(text), 0)]
    assert [one["type"] for one in of_calls(wire)] == ["queued", "answered"]
    assert of_people(wire) == []
    assert used.unmapped_staff == {"PJSIP/7": 1}


def test_the_only_program_of_the_plan_needs_no_map() -> None:
    told = staff_events(listed_only({"sales": "shop"}), [line(ADD)])
    assert [(one["program"], one["group"], one["time"]) for one in told] == [
        ("shop", "shop", T * 1000)
    ]


SETTINGS = """
[plan.queues.sales]
program = "shop"
[asterisk.staff]
default_group = "tier1"
groups = { tier1 = { program = "shop", site = "Berlin" } }
reasons = { lunch = "meal" }
"""


def test_the_table_of_the_settings_file_makes_the_bridge_tell_of_people(tmp_path: Path) -> None:
    path = tmp_path / "center.toml"
    for text, states in ((SETTINGS, ["available"]), (SETTINGS[: SETTINGS.index("[ast")], [])):
        path.write_text(text)
        used = bridge_for(Kind.QUEUE_LOG, Settings.load(path))
        assert used is not None
        assert [one["state"] for one in of_people(used.translate(line(ADD), 0))] == states


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("reasons = { lunch = 'food' }", "asterisk.staff.reasons.lunch"),
        ("wrapup = { sales = 5 }", "did you mean asterisk.staff.wrapup_s"),
        ("default_wrapup_s = -1", "asterisk.staff.default_wrapup_s"),
        ("groups = { tier1 = {} }", "asterisk.staff.groups.tier1.program"),
    ],
)
def test_what_is_wrong_in_the_table_is_said_with_its_place(
    said: str, meant: str, tmp_path: Path
) -> None:
    path = tmp_path / "center.toml"
    path.write_text(f"[asterisk.staff]\n{said}\n")
    (problem,) = check_file(path)
    assert problem.where == f"{path}:2"
    assert meant in problem.message + problem.hint
