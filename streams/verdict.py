"""The slow lane: what the fast decoder refused, judged by the contract one by one."""

import json
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError

from schemas.contacts import event_type
from schemas.envelope import CloudEvent
from schemas.events import EVENT, EVENTS
from streams.wire import from_model

_KNOWN_FIELDS = {event_type(m): set(m.model_fields) for m in EVENTS}


class Verdict(NamedTuple):
    """A struct, or the reason and detail of a refusal; unknown fields met on the way."""

    event: Any
    unknown_fields: int = 0
    reason: str = ""
    detail: str = ""


def judge(raw: bytes) -> Verdict:
    """Accept or refuse one wire record, plain or in a structured CloudEvent. Never raises."""
    try:
        record = json.loads(raw, parse_constant=str)
        if not isinstance(record, dict):
            return Verdict(None, 0, "bad_json", "not a JSON object")
        if "specversion" in record:
            # Not encoded again: NaN and numbers too great for a float would turn into null.
            record = CloudEvent.model_validate_json(raw).event()
            event = EVENT.validate_python(record)
        else:
            event = EVENT.validate_json(raw)
        unknown = len(record.keys() - _KNOWN_FIELDS[event.type])
        return Verdict(from_model(event), unknown)
    except ValidationError as refused:
        return _refusal(refused)
    except (ValueError, RecursionError, msgspec.MsgspecError) as broken:
        return Verdict(None, 0, "bad_json", str(broken)[:200])


def _refusal(refused: ValidationError) -> Verdict:
    first = refused.errors(include_url=False, include_input=True)[0]
    where = ".".join(str(part) for part in first["loc"] if part not in _KNOWN_FIELDS)
    kind = first["type"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tag = first.get("ctx", {}).get("tag", "")
        return Verdict(None, 0, "unknown_type", f"type {tag!r} is not in this contract")
    if kind == "json_invalid":
        return Verdict(None, 0, "bad_json", first["msg"])
    if where == "v":
        return Verdict(None, 0, "unknown_version", f"version {first['input']!r} is not known here")
    return Verdict(None, 0, "invalid", f"{where or 'event'}: {first['msg']}")
