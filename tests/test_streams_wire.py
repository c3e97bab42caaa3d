"""The fast decoder against the contract: it accepts nothing that the models refuse, and agrees."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.contacts import event_type
from schemas.events import EVENT, EVENTS
from schemas.keys import MAX_SEQUENCE, MAX_TIME_MS
from schemas.targets import Plan
from streams.names import Names
from streams.shard import Shard
from streams.verdict import judge
from streams.wire import STRUCTS, decode
from tests.effort import examples
from tests.mutations import ACCEPTED, REFUSED, Value, dump, mutant
from tests.shards import encoded, fed
from tests.strategies import event_sets

CASES = 20_000
QUEUED: dict[str, Any] = {
    "type": "queued",
    "id": "1",
    "time": 1_700_000_000_000,
    "source": "pbx",
    "program": "shop",
    "contact": "c1",
    "queue": "sales",
}
CALLBACK = {k: v for k, v in QUEUED.items() if k != "queue"} | {
    "type": "callback_chosen",
    "mode": "later",
}
STATE = {
    "type": "staff_state", "time": 5, "source": "pbx", "program": "shop", "id": "s1",
    "staff": "ann", "group": "desk", "state": "aux", "aux": "break", "sessions": 2, "slots": 3,
}  # fmt: skip
SCHEDULED = {
    "type": "scheduled", "time": 5, "source": "wfm", "program": "shop", "id": "r1", "staff": "ann",
    "group": "desk", "day": "2026-01-05", "version": 1, "activity": "work", "start": 0,
    "end": 900_000, "paid": "no",
}  # fmt: skip
REQUESTED = {
    "type": "fte_requested", "time": 5, "source": "wfm", "program": "shop", "id": "q1",
    "group": "desk", "version": 2, "start": 0, "end": 900_000, "milli_fte": 14_500,
}  # fmt: skip
MODELS = EVENTS
many = settings(max_examples=examples(200), suppress_health_check=list(HealthCheck))


def by_contract(raw: bytes) -> dict[str, Any] | None:
    try:
        return EVENT.validate_json(raw).model_dump()  # type: ignore[no-any-return]
    except ValidationError:
        return None


def by_lane(raw: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.to_builtins(decode(raw))  # type: ignore[no-any-return]
    except (msgspec.MsgspecError, ValueError):
        return None


def assert_conforms(raw: bytes) -> None:
    """The lane refuses what the contract refuses; both lanes yield the values of the contract."""
    said, fast, verdict = by_contract(raw), by_lane(raw), judge(raw)
    if fast is not None:
        assert fast == said
        assert [type(each) for each in fast.values()] == [
            type(said[name])
            for name in fast  # type: ignore[index]
        ]
    if b"specversion" not in raw:
        slow = None if verdict.event is None else msgspec.to_builtins(verdict.event)
        assert slow == said
    assert (verdict.event is None) == bool(verdict.reason)


@pytest.mark.parametrize("model", MODELS, ids=event_type)
def test_the_struct_of_a_type_has_exactly_the_fields_of_its_model(model: Any) -> None:
    struct = STRUCTS[event_type(model)]
    assert {*struct.__struct_fields__, "type"} == set(model.model_fields)
    defaults = {
        field.name: field.default
        for field in msgspec.structs.fields(struct)
        if field.default is not msgspec.NODEFAULT
    }
    assert defaults == {
        name: field.default for name, field in model.model_fields.items() if not field.is_required()
    }


def values() -> Iterator[tuple[str, str]]:
    """Every field with every odd way to write a value into it."""
    numbers = (
        "0", "-0", "-0.0", "1", "1.0", "1e3", "1E3", "10e-1", "0.1e1", "1.5", "1e-1", "-1", "255",
        "256", "255.0", "65535", "65536", str(MAX_TIME_MS), str(MAX_TIME_MS + 1), f"{MAX_TIME_MS}.0",
        str(MAX_SEQUENCE), str(MAX_SEQUENCE + 1), str(2**63), str(2**64), "1" * 400, "1" * 5000,
        "1e400", "NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "1e", "0x1", "true", "null",
    )  # fmt: skip
    texts = (
        '""', '"x"', '"\\u0078"', '"\\/"', '"\\x"', '"\\u00"', '"\\ud800"', '"\\udc00"',
        '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\u0000"', '"\x00"', '"\x01"', '"\x1f"', '"\t"',
        '"\x7f"', '"\x85"', '"\u2028"', '"\ufeff"', "'x'", '"x', "[]", "{}", '["x"]', '"1"',
        *(f'"{unit * length}"' for unit in ("a", "予", "😀", "\\ud83d\\ude00", "é")
          for length in (64, 65, 128, 129)),
    )  # fmt: skip
    names = ("v", "time", "seq", "rev", "segment", "promised_at", "id", "contact", "source", "type")
    for name in (*names, "queue", "site", "skill", "mode", "channel", "unknown"):
        for value in (*numbers, *texts):
            yield name, value


@pytest.mark.parametrize("event", [QUEUED, CALLBACK], ids=["queued", "callback_chosen"])
def test_a_value_is_taken_as_the_contract_takes_it_however_it_is_written(event: Any) -> None:
    for name, value in values():
        assert_conforms(dump(event | {name: Value(value)}))


@pytest.mark.parametrize("event", [STATE, SCHEDULED, REQUESTED], ids=lambda one: one["type"])
def test_a_value_about_people_is_taken_as_the_contract_takes_it(event: dict[str, Any]) -> None:
    numbers = ("0", "1", "255", "256", "900000", "900001", "900000.0", "1e9", "1e10", "2147483648")
    days = ("2026-01-31", "2026-02-30", "2026-13-01", "26-01-01", " 2026-01-05", "2026-01-05\\n")
    words = ("yes", "no", "", "work", "break", "off", "aux", "acw", "handling", "Break", *days)
    assert_conforms(dump(event))
    assert by_lane(dump(event)) is not None
    for name in (*event, "rev", "seq", "site", "reason", "restates", "work_program"):
        for value in (*numbers, *(f'"{word}"' for word in words), "true", "null", "[]"):
            assert_conforms(dump(event | {name: Value(value)}))


PUBLISHED = {
    "time": 5, "source": "wfm", "program": "shop", "id": "t1", "queue": "sales", "version": 1,
    "valid_from": 900_000,
}  # fmt: skip
TARGET = PUBLISHED | {"type": "target", "thresholds_ms": [20_000, 60_000], "asa_ms": None}
HOURS = PUBLISHED | {"type": "opening_hours", "days": ["mon"], "opens": "08:30", "closes": "00:00"}
ACTION = {
    "type": "action", "time": 5, "source": "act", "program": "shop", "id": "5/1", "number": 1,
    "revision": 1, "state": "open", "queues": ["sales"], "start": 0, "end": 900_000, "owner": "it",
    "cause": "volume", "lever": "none", "by": "mori", "excluded": "yes", "reason": "twice",
}  # fmt: skip


@pytest.mark.parametrize("event", [TARGET, HOURS, ACTION], ids=lambda one: one["type"])
def test_what_is_published_is_taken_as_the_contract_takes_it(event: dict[str, Any]) -> None:
    texts = ("mon", "08:30", "24:00", "29:59", "08:30\\n", "8:30", "2026-01-31", "open", "yes", "")
    values = ("0", "1", "900000", "900001.0", "1000001", "true", "null", "{}", '"x"')
    values += (*(f'"{text}"' for text in texts), *(f'"{"x" * n}"' for n in (128, 129, 500, 501)))
    assert by_lane(dump(event)) is not None
    for name in (*event, "closed", "service_level_ppm", "short_abandon_ms", "expected"):
        for value in (
            *values,
            "[]",
            *(f"[{one}]" for one in values),
            '["mon","mon"]',
            "[1,2,3,4,5]",
        ):
            assert_conforms(dump(event | {name: Value(value)}))


@pytest.mark.parametrize("name", ["type", "v", "time", "queue", "rev"])
def test_of_a_key_that_comes_twice_the_last_one_stands(name: str) -> None:
    for value in ("1", "2", "null", '"held"', '"queued"', '"nope"', "true", '""', '"sales"'):
        pair = f'"{name}":{value}'.encode()
        line = dump({"v": 1, "rev": 0} | QUEUED)
        assert_conforms(b"{" + pair + b"," + line[1:])
        assert_conforms(line[:-1] + b"," + pair + b"}")


@pytest.mark.parametrize(
    "blank", [" ", "\t", "\n", "\r", "\x0b", "\x0c", "\x00", "\x85", "\xa0", "\ufeff", "\u2028"]
)
def test_only_the_blanks_of_json_may_stand_between(blank: str) -> None:
    line = dump(QUEUED).decode()
    for text in (blank + line, line + blank, line.replace(",", "," + blank), line + blank + line):
        assert_conforms(text.encode())


def test_mutated_events_are_taken_by_the_lane_only_where_the_contract_takes_them() -> None:
    draw = Random(7)
    base = [QUEUED | {"seq": 3, "site": "osaka"}, CALLBACK]
    base += [STATE, SCHEDULED, REQUESTED, TARGET, ACTION]
    base += [
        QUEUED | {"type": "disconnected", "by": "system", "reason": "no_staff"},
        {key: QUEUED[key] for key in ("time", "source", "program")} | {"type": "heartbeat"},
    ]
    for _ in range(CASES):
        assert_conforms(mutant(draw.choice(base), draw, REFUSED, ACCEPTED).line)


@settings(many, max_examples=examples(30))
@given(events=event_sets())
def test_valid_events_take_the_fast_lane(events: list[dict[str, Any]]) -> None:
    for raw in encoded(events):
        assert by_lane(raw) == by_contract(raw) is not None


LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(("queued", "voice", "1.0", "c1"))
)
ANY_JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
KEYS = st.sampled_from((*QUEUED, "v", "rev", "segment", "channel", "promised_at", "specversion"))


@many
@given(changes=st.dictionaries(KEYS, ANY_JSON, max_size=3))
def test_any_values_are_taken_as_the_contract_takes_them(changes: dict[str, Any]) -> None:
    assert_conforms(json.dumps(QUEUED | changes).encode())


@many
@given(changes=st.dictionaries(KEYS, ANY_JSON, max_size=3), around=st.dictionaries(KEYS, LEAF))
def test_an_envelope_brings_in_nothing_that_the_contract_refuses(
    changes: dict[str, Any], around: dict[str, Any]
) -> None:
    data = {key: QUEUED[key] for key in ("time", "program", "contact", "queue")} | changes
    outer = {"specversion": "1.0", "id": "1", "source": "pbx", "type": "x.queued"} | around
    verdict = judge(json.dumps(outer | {"data": data}).encode())
    if verdict.event is not None:
        raw = msgspec.json.encode(verdict.event)
        assert by_contract(raw) == msgspec.to_builtins(verdict.event)
        for name in data.keys() & set(STRUCTS["queued"].__struct_fields__):
            assert getattr(verdict.event, name, data[name]) == data[name]


def test_numbers_that_no_json_has_are_refused_in_an_envelope_too() -> None:
    outer = {"specversion": "1.0", "id": "1", "source": "pbx", "type": "x.callback_chosen"}
    for name in ("contact", "promised_at", "seq"):
        for value in ("NaN", "1e400", "-Infinity"):
            data = Value(dump(CALLBACK | {name: Value(value)}).decode())
            assert judge(dump(outer | {"data": data})).reason == "invalid"


@many
@given(lines=st.lists(st.binary(max_size=80), max_size=20))
@example(lines=[b"", b"\x00", b"[", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000])
@example(
    lines=[b'{"type":' + text for text in (b"null}", b"[]}", b"{}}", b'"\\ud800"}', b"1e400}")]
)
@example(lines=[b'{"specversion":"1.0","data":' + b"[" * 50_000, b'{"specversion":{}}'])
def test_no_bytes_raise_and_each_line_is_taken_or_kept(lines: list[bytes]) -> None:
    shard = Shard(Plan())
    shard.fold("acd", 0, list(range(len(lines))), lines)
    kept = shard.take_rejects()
    assert [each.offset for each in kept] == list(range(len(lines)))
    assert [each.raw for each in kept if len(each.raw) < 64] == [
        raw for raw in lines if len(raw) < 64
    ]


def test_the_latest_time_of_the_contract_has_a_day_and_closes() -> None:
    zones = {"shop": {"time_zone": "America/New_York"}}
    plan = Plan.model_validate({"programs": zones, "queues": {"sales": {"program": "shop"}}})
    shard = fed(Shard(plan), [QUEUED | {"time": MAX_TIME_MS}, QUEUED | {"time": 0, "id": "2"}])
    shard.feeds.complete(day_after=True)
    shard.close(MAX_TIME_MS)
    assert len(shard.view(MAX_TIME_MS).day_arrival.keys)
    assert judge(dump(QUEUED | {"time": MAX_TIME_MS + 1})).reason == "invalid"


def test_more_programs_than_there_is_room_for_are_refused_not_a_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.names.QUEUES", 40)
    shard = Shard(Plan())
    for n in range(50):
        fed(shard, [QUEUED | {"program": f"p{n}", "contact": f"c{n}"}])
    assert shard.rejected["acd", "too_many_names"] == 37  # three keys each
    again = Shard(Plan())
    again.restore(shard.snapshot())
    assert again.names.programs == shard.names.programs


def test_a_shard_that_learned_its_programs_one_by_one_is_restored() -> None:
    shard = Shard(Plan())
    for n in range(70):
        fed(shard, [QUEUED | {"program": f"p{n}"}])
        Shard(Plan()).restore(shard.snapshot())
    assert len(shard.names.programs) == 70


def test_a_program_and_a_source_may_be_named_as_anything_else_is() -> None:
    names = Names(Plan())
    for name in ("feed", "place", "site", "program", "voice", ""):
        names.origin("q", "voice", "", name)
        names.origin("voice", name or "x", "q", "")
        names.origin("q", name or "x", "voice", "")
    assert len(set(names.feeds)) == len(names.feeds)
    assert [names.feed(*feed) for feed in names.feeds] == list(range(len(names.feeds)))
    assert [names.queue(key) for key in names.queues] == list(range(len(names.queues)))
