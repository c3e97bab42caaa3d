"""The fast decoder of chats against the contract: it accepts nothing that the models refuse."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from schemas.chats import CHAT, CHAT_EVENTS, CHAT_TYPES
from schemas.contacts import event_type
from schemas.targets import Plan
from streams.names import Names
from streams.wire import CHAT_CODE, STRUCTS, decode
from tests import strategies_chat as some
from tests.effort import examples
from tests.mutations import ACCEPTED, REFUSED, mutant
from tests.naive_chat_walk import reason_code
from tests.shards import encoded
from tests.strategies import Event

many = settings(max_examples=examples(50), suppress_health_check=list(HealthCheck))


def by_contract(raw: bytes) -> dict[str, Any] | None:
    try:
        return CHAT.validate_json(raw).model_dump()  # type: ignore[no-any-return]
    except ValidationError:
        return None


def by_lane(raw: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.to_builtins(decode(raw))  # type: ignore[no-any-return]
    except (msgspec.MsgspecError, ValueError):
        return None


@pytest.mark.parametrize("model", CHAT_EVENTS, ids=event_type)
def test_the_struct_of_a_chat_type_has_exactly_the_fields_of_its_model(model: Any) -> None:
    struct = STRUCTS[event_type(model)]
    assert {*struct.__struct_fields__, "type"} == set(model.model_fields)


@many
@given(some.chat_sets())
def test_both_lanes_yield_the_same_values_and_the_code_says_type_and_reason(
    events: list[Event],
) -> None:
    for event, raw in zip(events, encoded(events), strict=True):
        assert by_lane(raw) == by_contract(raw)
        code = decode(raw).code - CHAT_CODE
        assert (code >> 3, code & 7) == (CHAT_TYPES.index(event["type"]) + 1, reason_code(event))


@many
@given(some.chat_sets())
def test_what_the_lane_takes_of_mutants_is_what_the_contract_takes(events: list[Event]) -> None:
    draw = Random(len(events))
    for event in events:
        made = mutant(event, draw, REFUSED, ACCEPTED)
        fast = by_lane(made.line)
        if fast is not None:
            assert fast == by_contract(made.line)


def test_a_queue_has_one_code_for_each_channel() -> None:
    names = Names(Plan())
    origins = [
        names.origin("desk", "shop", "sales", "", True, *channel)
        for channel in ((), ("chat",), ("messaging",))
    ]
    assert len({origin.place for origin in origins}) == 3
    assert len({origin.program for origin in origins}) == 1
