"""Records that are JSON objects, one a line: reading them without trusting them."""

from typing import Any

import msgspec
import xxhash

from streams.bridges.base import Rejected
from streams.bridges.field_values import epoch_ms, timestamp_ms

Record = dict[str, Any]
MAX_NAME = 128
DEEPEST = 40
"""Levels of a record that are read; none of a real source has half as many."""


def record_of(line: bytes) -> Record:
    """The object of a line. Raises Rejected: bad_json."""
    try:
        record = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        detail = f"{str(error)[:200]}; hint: one record is one line"
        raise Rejected("bad_json", detail) from None
    if not isinstance(record, dict):
        raise Rejected("bad_json", "not a JSON object; hint: one record is one line")
    return record


def folded(value: Any, depth: int = 0) -> Any:
    """The same with every key in small letters; of two that then are one, one that is not null."""
    if depth > DEEPEST:
        raise Rejected("bad_json", f"more than {DEEPEST} levels deep")
    if isinstance(value, list):
        return [folded(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    small: Record = {}
    for key, one in value.items():
        name = key.lower()
        if small.get(name) is None:
            small[name] = folded(one, depth + 1)
    return small


def part(record: Record, *names: str) -> Record:
    """The object under the first of these keys that has one; empty if none has.

    Raises Rejected(bad_field) where something else stands there.
    """
    for name in names:
        value = record.get(name)
        if isinstance(value, dict):
            return value
        if value is not None:
            raise Rejected("bad_field", f"{name} is not an object")
    return {}


def parts(record: Record, name: str) -> list[Record]:
    """The objects of a list, none where there is no list. Raises Rejected(bad_field)."""
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Rejected("bad_field", f"{name} is not a list of objects")
    return value


def text(record: Record, *names: str) -> str:
    """The text under the first of these keys that has one; empty if none has.

    Whole numbers are taken as they are written. Raises Rejected(bad_field).
    """
    for name in names:
        value = record.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str):
            if value:
                return value
        elif value is not None:
            raise Rejected("bad_field", f"{name} is not a text")
    return ""


def name_in(record: Record, *names: str) -> str:
    """As `text`, for a name that becomes an identifier. Raises Rejected(bad_field, long_name)."""
    value = text(record, *names)
    if len(value) > MAX_NAME:
        raise Rejected("long_name", f"{names[0]} has more than {MAX_NAME} characters")
    return value


def moment(record: Record, *names: str) -> int | None:
    """ms UTC of an ISO 8601 time with an offset; None if there is none. Raises Rejected(bad_time)."""
    value = text(record, *names)
    if not value:
        return None
    try:
        at_ms, absolute = timestamp_ms(value[:64], ())
    except Rejected as error:
        raise Rejected("bad_time", f"{names[0]}: {error.detail}") from None
    if not absolute:
        raise Rejected("bad_time", f"{names[0]}: {value[:64]!r} has no offset")
    return at_ms


def counted_moment(record: Record, name: str, per_second: int = 1) -> int | None:
    """ms UTC of a count since 1970: seconds (1), ms (1000) or us (1,000,000). 0, empty: None.

    Raises Rejected(bad_time).
    """
    value = text(record, name)
    if not value or not value.strip("0"):
        return None
    try:
        if per_second == 1_000_000:
            return epoch_ms(value[:-3] if value.isdigit() else value, 1000)
        return epoch_ms(value, per_second)
    except Rejected as error:
        raise Rejected("bad_time", f"{name}: {error.detail[:100]}") from None


def digest(*values: object) -> str:
    """16 hex digits of some values, equal for equal values."""
    return xxhash.xxh3_64_hexdigest(msgspec.json.encode(values))
