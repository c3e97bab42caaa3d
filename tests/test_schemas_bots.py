"""The wire contract of technology: what is accepted, what is refused, what names mean."""

import json
from typing import Any, Union

import msgspec
import pytest
from pydantic import ValidationError

from schemas.bots import (
    ALL_HOUR_KINDS,
    BOT,
    BOT_EVENTS,
    CONVERSATION_EVENTS,
    CONVERSATION_TYPES,
    ENDED_BY,
    KINDS,
    OPENING_HOUR_KINDS,
    STATUSES,
    TECHNOLOGY_TYPES,
    ConversationEnded,
    Probe,
)
from schemas.contacts import ACD_EVENTS, event_type
from schemas.forecasts import PLAN_EVENTS
from schemas.staff import STAFF_EVENTS
from schemas.technologies import Technology
from streams.wire import _struct

BASE = {"time": 1709546400000, "source": "bot", "program": "bank", "id": "e1"}
TALK, THING = BASE | {"conversation": "c1"}, BASE | {"technology": "line"}
PROBE = THING | {"type": "probe", "kind": "telecom", "status": "up", "next_within_ms": 60_000}
COUNTS = THING | {"type": "attempts_counted", "start": 0, "end": 1, "attempts": 9, "blocked": 1}
VALID: tuple[dict[str, Any], ...] = (
    TALK | {"type": "conversation_started", "bot": "faq"},
    TALK | {"type": "conversation_started", "bot": "予約", "via": "web", "channel": "bot"},
    TALK | {"type": "conversation_migrated", "contact": "v1", "segment": 2},
    TALK | {"type": "user_submitted", "turn": "t1"},
    TALK | {"type": "response_delivered", "turn": "t1"},
    TALK | {"type": "bot_message"},
    TALK | {"type": "task_completed"},
    TALK | {"type": "handed_off", "reason": "requested", "contact": "v2", "segment": 1},
    TALK | {"type": "conversation_ended", "by": "timeout", "rev": 255, "seq": 3},
    TALK | {"type": "conversation_lost", "reason": "restart"},
    PROBE,
    THING | {"type": "probing_ended"},
    COUNTS,
    {key: value for key, value in BASE.items() if key != "id"} | {"type": "heartbeat"},
)
REFUSED: tuple[dict[str, Any], ...] = (
    TALK | {"type": "conversation_started"},
    TALK | {"type": "conversation_started", "bot": ""},
    TALK | {"type": "conversation_started", "bot": "faq", "channel": "voice"},
    BASE | {"type": "bot_message"},
    TALK | {"type": "user_submitted"},
    TALK | {"type": "user_submitted", "turn": 7},
    TALK | {"type": "conversation_ended", "by": "customer"},
    TALK | {"type": "conversation_ended", "by": "user", "rev": 256},
    TALK | {"type": "bot_message", "time": 1709546400000.5},
    TALK | {"type": "bot_message", "time": "1709546400000"},
    TALK | {"type": "handed_off", "segment": 0},
    TALK | {"type": "queued", "queue": "cards"},
    PROBE | {"status": "unknown"},
    PROBE | {"kind": "phone"},
    PROBE | {"next_within_ms": 0},
    PROBE | {"next_within_ms": 7 * 86_400_000 + 1},
    COUNTS | {"attempts": -1},
    COUNTS | {"blocked": 10**9 + 1},
    COUNTS | {"attempts": True},
)
STRUCTS = msgspec.json.Decoder(Union[tuple(_struct(model) for model in BOT_EVENTS)])  # noqa: UP007


@pytest.mark.parametrize("event", VALID, ids=lambda event: event["type"])
def test_a_valid_event_reads_the_same_by_contract_and_by_fast_decoder(
    event: dict[str, Any],
) -> None:
    line = json.dumps(event)
    model, fast = BOT.validate_json(line), STRUCTS.decode(line)
    assert {name: getattr(fast, name) for name in type(model).model_fields if name != "type"} == {
        name: value for name, value in model.model_dump().items() if name != "type"
    }


@pytest.mark.parametrize("event", REFUSED, ids=lambda event: json.dumps(event)[-60:])
def test_a_wrong_event_is_refused_by_contract_and_by_fast_decoder(event: dict[str, Any]) -> None:
    line = json.dumps(event)
    with pytest.raises(ValidationError):
        BOT.validate_json(line)
    with pytest.raises(msgspec.ValidationError):
        STRUCTS.decode(line)


def test_every_event_type_is_accepted_somewhere_here() -> None:
    assert {event["type"] for event in VALID} == {event_type(model) for model in BOT_EVENTS}


def test_no_type_name_means_two_things() -> None:
    ours = {*CONVERSATION_TYPES, *TECHNOLOGY_TYPES}
    others = {event_type(model) for model in (*ACD_EVENTS, *STAFF_EVENTS, *PLAN_EVENTS)}
    assert not ours & others
    assert len(ours) == len(BOT_EVENTS) - 1


def test_five_bits_number_the_types_of_a_conversation() -> None:
    assert len(CONVERSATION_EVENTS) <= 31


def test_an_unknown_field_is_ignored_and_an_unknown_type_is_not() -> None:
    event = TALK | {"type": "bot_message", "text": "hello"}
    assert BOT.validate_json(json.dumps(event)).conversation == "c1"
    with pytest.raises(ValidationError, match="bot_typing"):
        BOT.validate_json(json.dumps(TALK | {"type": "bot_typing"}))


def test_codes_follow_the_order_of_the_contract() -> None:
    fields = ConversationEnded.model_fields["by"], *map(Probe.model_fields.get, ("status", "kind"))
    assert [field.annotation.__args__ for field in fields] == [ENDED_BY, STATUSES, KINDS]
    assert (*OPENING_HOUR_KINDS, *ALL_HOUR_KINDS) == KINDS
    assert {"telecom", "css_tool"} < set(OPENING_HOUR_KINDS)


def test_a_bot_promises_2_s_unless_the_plan_says_otherwise() -> None:
    assert Technology(program="bank").within_ms_at(0) == 2000
    targets = [{"within_s": 5}, {"valid_from": "2024-03-04T10:15:00Z", "within_s": 1.5}]
    bot = Technology.model_validate({"program": "bank", "latency": targets})
    assert [bot.within_ms_at(1709547300000 + off) for off in (-1, 0)] == [5000, 1500]


@pytest.mark.parametrize(
    ("latency", "says"),
    [
        ([], "one target at each moment"),
        ([{}, {}], "no two at the same"),
        ([{"valid_from": "2024-03-04T10:16:00Z"}], "not on a 15-minute edge"),
        ([{"within_s": 0.0005}], "whole milliseconds"),
    ],
)
def test_a_latency_target_that_cannot_be_kept_is_refused(latency: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Technology.model_validate({"program": "bank", "latency": latency})
