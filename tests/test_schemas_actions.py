"""What may be said of an action."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.actions import Action

QUARTER_MS = 900_000


def action(number: int = 1, **more: Any) -> Action:
    told = {
        "number": number, "program": "bank", "start": 0, "end": QUARTER_MS, "owner": "floor lead",
        "cause": "volume", "lever": "breaks moved", "by": "mori", "recorded_ms": 7,
    }  # fmt: skip
    return Action.model_validate(told | more)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"end": 0}, "end must lie after start"),
        ({"end": 32 * 96 * QUARTER_MS}, "at most 31 days"),
        ({"start": 60_000}, "multiple of 900000"),
        ({"excluded": True}, "for a reason only"),
        ({"excluded": True, "reason": "  "}, "for a reason only"),
        ({"owner": " "}, "at least 1 character"),
        ({"cause": "weather"}, "Input should be"),
        ({"queues": ("cards", "cards")}, "one queue twice"),
    ],
)
def test_an_action_without_range_owner_cause_or_reason_is_refused(
    wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        action(**wrong)


def test_an_action_of_no_queue_is_about_all_queues_of_its_program() -> None:
    assert action().covers("bank", "loans")
    assert not action().covers("shop", "loans")
    assert not action(queues=("cards",)).covers("bank", "loans")


@pytest.mark.parametrize(
    ("excluded", "state", "counts"),
    [
        (True, "open", True),
        (True, "closed", True),
        (True, "withdrawn", False),
        (False, "open", False),
    ],
)
def test_a_range_is_left_out_while_its_action_is_not_withdrawn(
    excluded: bool, state: str, counts: bool
) -> None:
    assert action(excluded=excluded, state=state, reason="fault").leaves_out is counts
