"""Which groups take whose contacts: names the plan does not list are refused where they stand."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.groups import Roll, StaffingGroup
from schemas.targets import Plan
from streams.settings import check_file

HEAD = '[plan.queues.sales]\nprogram = "shop"\n'


def entry(**more: Any) -> dict[str, Any]:
    return {"program": "shop", "group": "tier1", **more}


def problems(tmp_path: Path, *lines: str) -> list[str]:
    path = tmp_path / "center.toml"
    path.write_text(HEAD + "[[plan.groups]]\n" + "\n".join(lines) + "\n")
    return [f"{one.where.rsplit(':')[-1]}: {one.message}" for one in check_file(path)]


def test_a_queue_or_program_that_is_not_listed_is_told_by_its_line(tmp_path: Path) -> None:
    told = problems(tmp_path, 'program = "shp"', 'group = "tier1"', 'serves = ["sales", "sals"]')
    assert told == [
        "4: plan.groups.0.program: program 'shp' is not listed",
        "6: plan.groups.0.serves: queue 'sals' is not listed; known: sales",
    ]


def test_a_part_of_time_for_an_unlisted_queue_is_refused_too(tmp_path: Path) -> None:
    told = problems(tmp_path, 'program = "shop"', 'group = "tier1"', "shares = { sals = 0.5 }")
    assert told == ["6: plan.groups.0.shares: queue 'sals' is not listed; known: sales"]


def test_a_plan_that_takes_any_queue_knows_no_unlisted_one() -> None:
    Plan.model_validate({"groups": [entry(serves=["anything"])]})
    Plan.model_validate(
        {
            "queues": {"sales": {"program": "shop"}},
            "unmapped_queues": "accept",
            "groups": [entry(serves=["anything"])],
        }
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "either `serves`"),
        ({"serves": ["sales"], "shares": {"sales": 1.0}}, "either `serves`"),
        ({"shares": {"sales": 0.7, "returns": 0.4}}, "add up to 1.1"),
        ({"shares": {"sales": 0}}, "greater than 0"),
    ],
)
def test_a_group_serves_in_one_way_only_and_gives_no_more_than_its_time(
    more: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        StaffingGroup.model_validate(entry(**more))


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [([], [], "all its sites"), (["B"], [], "all its sites"), (["B", "C"], ["C"], "at 'C'")],
)
def test_of_the_same_people_only_one_entry_may_speak(
    first: list[str], second: list[str], where: str
) -> None:
    groups = [entry(sites=first, serves=["sales"]), entry(sites=second, serves=["sales"])]
    with pytest.raises(ValidationError, match=where):
        Plan.model_validate({"queues": {"sales": {"program": "shop"}}, "groups": groups})


def test_people_are_found_by_group_and_site() -> None:
    both = [entry(sites=["B", "C"], serves=["sales"]), entry(group="tier2", serves=["sales"])]
    roll = Roll(tuple(StaffingGroup.model_validate(one) for one in both))
    found = [roll.place("shop", *of) for of in (("tier1", "C"), ("tier1", "D"), ("tier2", "D"))]
    assert found == [0, None, 1]
    assert roll.place("bank", "tier2", "D") is None


@pytest.mark.parametrize(
    ("queue", "told"),
    [
        ({"concurrency": 2}, "a call takes a person whole"),
        ({"channel": "messaging", "due_s": 3600}, "set deferred = true"),
        ({"occupancy_max": 0}, "greater than 0"),
        ({"patience_s": 0}, "greater than 0"),
    ],
)
def test_what_a_queue_cannot_have_is_refused(queue: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Plan.model_validate({"queues": {"sales": {"program": "shop", **queue}}})
