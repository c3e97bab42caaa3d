"""The fast decoder, derived from the contract: one msgspec struct per pydantic model.

Names, types, bounds and defaults are read from each model's JSON Schema at import, so there is no
second schema to keep in step. The structs refuse unknown fields: what they refuse, pydantic judges.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Union

import msgspec

from kernels import calls, chat_layout, outcome
from schemas.bots import CONVERSATION_TYPES, TECHNOLOGY_TYPES
from schemas.chats import CHAT_TYPES, ChatRequested, OfferAccepted, OfferShown
from schemas.contacts import (
    ESCALATIONS,
    EVENT_TYPES,
    Queued,
    WireEvent,
    event_type,
)
from schemas.deferred import CASE_TYPES
from schemas.events import EVENTS
from schemas.outbound import OUTBOUND_TYPES

HEARTBEAT_CODE = 0
STATE_CODE, ROW_CODE, REQUEST_CODE, FORECAST_CODE, REQUIRED_CODE = range(256, 261)
TARGET_CODE, HOURS_CODE, ACTION_CODE = range(261, 264)
"""Codes from 256 on are no call's."""
CHAT_CODE = 512
"""A chat's event is this plus its kernel form."""
CONVERSATION_CODE = 300
TECHNOLOGY_CODE = CONVERSATION_CODE + len(CONVERSATION_TYPES)
BOT_CODES = range(CONVERSATION_CODE, TECHNOLOGY_CODE + len(TECHNOLOGY_TYPES))
"""Codes of the topic `bot`, by place in the types' tuples."""
CASE_CODES = range(BOT_CODES.stop, BOT_CODES.stop + len(CASE_TYPES))
"""Codes of deferred work, which stands on the topic `acd`."""
OUTBOUND_CODES = range(CASE_CODES.stop, CASE_CODES.stop + len(OUTBOUND_TYPES))
"""Codes of outbound work, which stands there too."""
_OTHERS = {"staff_state": STATE_CODE, "scheduled": ROW_CODE, "fte_requested": REQUEST_CODE}
_OTHERS |= {"forecast": FORECAST_CODE, "fte_required": REQUIRED_CODE}
_OTHERS |= {"target": TARGET_CODE, "opening_hours": HOURS_CODE, "action": ACTION_CODE}
_OTHERS |= dict(zip((*CONVERSATION_TYPES, *TECHNOLOGY_TYPES), BOT_CODES, strict=True))
_OTHERS |= dict(zip(CASE_TYPES, CASE_CODES, strict=True))
_OTHERS |= dict(zip(OUTBOUND_TYPES, OUTBOUND_CODES, strict=True))
_ABSENT = {"queue": "", "site": "", "staff": "", "contact": "", "rev": 0, "segment": 1}
_SYSTEM = {
    "queue_timeout": outcome.QUEUE_TIMEOUT,
    "no_staff": outcome.NO_STAFF,
    "withdrawn": outcome.WITHDRAWN,
}


def code_of(name: str) -> int:
    """Type code of an event in kernel form, shifted to leave room for the reason code."""
    return (EVENT_TYPES.index(name) + 1) << 3


_DISCONNECTED, _CALLBACK, _TRANSFERRED, _IVR_LEFT = map(
    code_of, ("disconnected", "callback_chosen", "transferred", "ivr_left")
)
_RESULTS = {
    "queue": calls.TO_QUEUE,
    "self_service": calls.SELF_SERVICE,
    "opt_out": calls.OPT_OUT,
    "error": calls.ERROR,
    "hung_up": calls.HUNG_UP,
}
_BY = {"customer": _DISCONNECTED | outcome.BY_CUSTOMER, "staff": _DISCONNECTED | outcome.BY_STAFF}


def _contact_code(name: str) -> int:
    if name in CHAT_TYPES:
        return chat_code_of(name)
    return code_of(name) if name in EVENT_TYPES else HEARTBEAT_CODE


def chat_code_of(name: str) -> int:
    """Type code of a chat's event, shifted to leave room for the reason code."""
    return CHAT_CODE + ((CHAT_TYPES.index(name) + 1) << 3)


_SENT, _RECEIVED, _HANDED_ON, _CHAT_ENDED = map(
    chat_code_of, ("message_sent", "message_received", "chat_transferred", "chat_ended")
)


def _sent(event: Any) -> int:
    return _SENT | (chat_layout.BY_PERSON if event.by == "staff" else chat_layout.AUTOMATIC)


def _received(event: Any) -> int:
    return _RECEIVED | (chat_layout.CARRIED if event.carried == "yes" else 0)


def _handed_on(event: Any) -> int:
    return _HANDED_ON | (ESCALATIONS.index(event.escalation) + 1 if event.escalation else 0)


def _chat_ended(event: Any) -> int:
    if event.by in ("customer", "timeout"):
        marked = event.marker == "yes"
        return _CHAT_ENDED | (chat_layout.GONE_WITH_MARKER if marked else chat_layout.GONE)
    if event.by == "staff":
        return _CHAT_ENDED | chat_layout.BY_STAFF
    return _CHAT_ENDED | _SYSTEM.get(event.reason, outcome.BY_SYSTEM)


def _disconnected(event: Any) -> int:
    code = _BY.get(event.by)
    if code is None:
        code = _DISCONNECTED | _SYSTEM.get(event.reason, outcome.BY_SYSTEM)
    return code


def _ivr_left(event: Any) -> int:
    return _IVR_LEFT | _RESULTS[event.result]


def _callback_chosen(event: Any) -> int:
    return _CALLBACK | (outcome.IN_TURN if event.mode == "in_turn" else outcome.LATER)


def _transferred(event: Any) -> int:
    return _TRANSFERRED | (ESCALATIONS.index(event.escalation) + 1 if event.escalation else 0)


_ENTERING = (Queued, ChatRequested, OfferAccepted, OfferShown)
_REASONED: dict[str, Callable[[Any], int]] = {
    "disconnected": _disconnected,
    "callback_chosen": _callback_chosen,
    "ivr_left": _ivr_left,
    "transferred": _transferred,
    "message_sent": _sent,
    "message_received": _received,
    "chat_transferred": _handed_on,
    "chat_ended": _chat_ended,
}


def _field(schema: dict[str, Any]) -> Any:
    """Type of a struct field that accepts nothing its JSON Schema refuses."""
    if "const" in schema:
        return Literal[schema["const"]]
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    if "anyOf" in schema:
        return Union[tuple(_field(option) for option in schema["anyOf"])]  # noqa: UP007
    if schema["type"] == "null":
        return None
    if schema["type"] == "array":
        many = msgspec.Meta(min_length=schema.get("minItems"), max_length=schema.get("maxItems"))
        items: Any = _field(schema["items"])
        return Annotated[tuple[items, ...], many]
    if schema["type"] == "integer":
        grid = schema.get("multipleOf")
        return Annotated[
            int, msgspec.Meta(ge=schema["minimum"], le=schema["maximum"], multiple_of=grid)
        ]
    return Annotated[
        str,
        msgspec.Meta(
            min_length=schema.get("minLength"),
            max_length=schema.get("maxLength"),
            pattern=schema.get("pattern"),
        ),
    ]


def _struct(model: type[WireEvent]) -> type[msgspec.Struct]:
    schema = model.model_json_schema()
    name = event_type(model)
    fields: list[Any] = []
    for key, of in schema["properties"].items():
        if key == "type":
            continue
        if key in schema.get("required", ()):
            fields.append((key, _field(of)))
        else:
            plain = of["default"]
            fields.append((key, _field(of), tuple(plain) if isinstance(plain, list) else plain))
    given = {field[0] for field in fields}
    namespace: dict[str, Any] = {k: v for k, v in _ABSENT.items() if k not in given}
    namespace["enters"] = model in _ENTERING
    if name in _REASONED:
        namespace["code"] = property(_REASONED[name])
    else:
        namespace["code"] = _OTHERS.get(name) or _contact_code(name)
    return msgspec.defstruct(
        model.__name__,
        fields,
        tag=name,
        tag_field="type",
        namespace=namespace,
        kw_only=True,
        gc=False,
        forbid_unknown_fields=True,
    )


STRUCTS = {event_type(model): _struct(model) for model in EVENTS}
"""Struct per wire type; besides its fields each has `code` and a default for absent ones."""

decode = msgspec.json.Decoder(Union[tuple(STRUCTS.values())]).decode  # noqa: UP007
"""Wire bytes to a struct; raises msgspec.ValidationError or DecodeError."""


def from_model(event: WireEvent) -> Any:
    """The struct equal to an event that pydantic accepted."""
    data = event.model_dump()
    return msgspec.convert(data, STRUCTS[data["type"]])
