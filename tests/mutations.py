"""Mutated wire events. What must become of a line is settled when it is made, by how it is made.

A mutator takes a valid event and a seeded random and returns a `Mutant`, or None where it does not
fit the event. `REFUSED` holds the mutators by the reason their lines must be rejected with,
`ACCEPTED` those whose lines are still valid.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from schemas.keys import MAX_SEQUENCE, MAX_TIME_MS

Event = dict[str, Any]
REQUIRED = ("time", "source", "program", "id", "contact", "queue", "result", "mode", "by")
TEXTS = ("source", "program", "id", "contact", "queue", "site", "staff", "skill", "reason")
CHOICES = ("result", "mode", "by", "channel", "kind", "escalation")


class Mutant(NamedTuple):
    """`reason` "" = accepted. `means`: the record that it stands for, None for none."""

    line: bytes
    reason: str
    means: Any = None


class Value(NamedTuple):
    """A JSON value written out, right or wrong."""

    text: str


Mutator = Callable[[Event, Random], Mutant | None]


def mutant(
    record: Any, draw: Random, refused: Mapping[str, Sequence[Any]], accepted: Sequence[Any]
) -> Mutant:
    """One mutant of a record; half of the mutators chosen are those that leave it valid."""
    while True:
        if draw.random() < 0.5:
            made = draw.choice(accepted)(record, draw)
            reason = ""
        else:
            reason = draw.choice(tuple(refused))
            made = draw.choice(refused[reason])(record, draw)
        if made is not None:
            assert made.reason == reason
            return made  # type: ignore[no-any-return]


def dump(event: Mapping[str, Any], separators: tuple[str, str] = (",", ":")) -> bytes:
    """JSON in the order of the keys; a Value is put in as it is written."""
    pairs = (
        json.dumps(key)
        + separators[1]
        + (each.text if isinstance(each, Value) else json.dumps(each, separators=separators))
        for key, each in event.items()
    )
    return ("{" + separators[0].join(pairs) + "}").encode()


def _own(event: Event, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in event]


def _needed(event: Event) -> list[str]:
    names = REQUIRED if event["type"] in ("queued", "overflowed") else _without_queue()
    return [name for name in names if name in event and not _is_heartbeat_id(event, name)]


def _without_queue() -> list[str]:
    return [name for name in REQUIRED if name != "queue"]


def _is_heartbeat_id(event: Event, name: str) -> bool:
    return event["type"] == "heartbeat" and name == "id"


def with_value(reason: str, names: Sequence[str], *values: str) -> Mutator:
    """A field that the event has gets another value, written as JSON."""

    def mutate(event: Event, draw: Random) -> Mutant | None:
        own = _own(event, names)
        if not own:
            return None
        return Mutant(dump(event | {draw.choice(own): Value(draw.choice(values))}), reason)

    return mutate


def with_added(reason: str, name: str, *values: str) -> Mutator:
    """A field that every event may have gets a value, written as JSON."""

    def mutate(event: Event, draw: Random) -> Mutant | None:
        if event["type"] == "heartbeat" and name in ("segment", "rev", "channel"):
            return None
        return Mutant(dump(event | {name: Value(draw.choice(values))}), reason)

    return mutate


def written(reason: str, write: Callable[[bytes, Random], bytes]) -> Mutator:
    """The line as a whole is written wrongly."""
    return lambda event, draw: Mutant(write(dump(event), draw), reason)


def dropped(event: Event, draw: Random) -> Mutant:
    name = draw.choice(_needed(event))
    return Mutant(dump({key: event[key] for key in event if key != name}), "invalid")


def renamed_key(event: Event, draw: Random) -> Mutant:
    name = draw.choice(_needed(event))
    other = draw.choice((name.title(), name + " ", name + "\0", f"_{name}"))
    return Mutant(dump({other if key == name else key: event[key] for key in event}), "invalid")


def nulled(event: Event, draw: Random) -> Mutant:
    return Mutant(dump(event | {draw.choice(_needed(event)): None}), "invalid")


def emptied(event: Event, draw: Random) -> Mutant:
    names = [name for name in _needed(event) if name in TEXTS]
    return Mutant(dump(event | {draw.choice(names): ""}), "invalid")


def overlong(event: Event, draw: Random) -> Mutant:
    names = [name for name in _own(event, TEXTS) if name != "reason"]
    text = draw.choice("a予😀") * draw.choice((129, 500))
    return Mutant(dump(event | {draw.choice(names): text}), "invalid")


def broken_envelope(event: Event, draw: Random) -> Mutant:
    envelope = _envelope(event)
    wrong = draw.choice(
        (
            {"data": Value(draw.choice(("null", "[]", '"{}"', "7")))},
            {"specversion": Value(draw.choice(('"2.0"', '"0.3"', "1.0", "null")))},
            {"source": ""},
            {"id": 5},
            {"time": draw.choice(("yesterday", "2026-03-02T09:00:00"))},
            {"data": {key: event[key] for key in event if key != "program"}},
        )
    )
    return Mutant(dump(envelope | wrong), "invalid")


def _envelope(event: Event) -> Event:
    """A CloudEvent around an event that says everything itself."""
    return {
        "specversion": "1.0",
        "id": event.get("id") or "beat",
        "source": event["source"],
        "type": "org.example." + event["type"],
        "data": event,
    }


def other_type(event: Event, draw: Random) -> Mutant:
    name = event["type"]
    others = (name + "s", name.upper(), name.title(), f" {name}", "", "org.example." + name)
    return Mutant(dump(event | {"type": draw.choice(others)}), "unknown_type")


def no_type(event: Event, draw: Random) -> Mutant:
    rest = {key: event[key] for key in event if key != "type"}
    wrong = draw.choice(("", "null", "7", "true", '["queued"]', "{}"))
    return Mutant(dump(rest | ({"type": Value(wrong)} if wrong else {})), "unknown_type")


def unlisted_queue(event: Event, draw: Random) -> Mutant | None:
    if not event.get("queue"):
        return None
    other = draw.choice((event["queue"] + "2", event["queue"].upper(), "予約", " "))
    return Mutant(dump(event | {"queue": other}), "unmapped_queue")


def _cut(line: bytes, draw: Random) -> bytes:
    return line[: draw.randrange(1, len(line))]


def _garbage(line: bytes, draw: Random) -> bytes:
    return bytes(draw.randrange(0x80, 0x100) for _ in range(draw.randrange(1, 60)))


def _in_a_text(piece: bytes) -> Callable[[bytes, Random], bytes]:
    return lambda line, draw: line.replace(b'"type":"', b'"type":"' + piece, 1)


def _around(before: bytes, after: bytes) -> Callable[[bytes, Random], bytes]:
    return lambda line, draw: before + line + after


WHOLE = '"5"', "true", "[1]", "{}", "1.5", "-1", "-0.5", "1e-3", "NaN", "Infinity", "-Infinity"
HUGE = "1e400", "1e99", "9" * 30, "1" + "0" * 400
REFUSED: dict[str, list[Mutator]] = {
    "bad_json": [
        written("bad_json", _cut),
        written("bad_json", _garbage),
        *(
            written("bad_json", _in_a_text(piece))
            for piece in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\\ud800", b"\\udc00x", b"\x01",
                          b"\t", b"\x00", b"\\x41", b"\\ ", b'"')
        ),
        *(
            written("bad_json", _around(before, after))
            for before, after in (
                (b"[", b"]"), (b"", b"}"), (b"", b"{}"), (b"\xef\xbb\xbf", b""), (b"\x0b", b""),
                (b"", b"\x00"), (b"/**/", b""), (b"", b" //"), (b'{"x":', b""), (b"[" * 20_000, b""),
            )
        ),
        written("bad_json", lambda line, draw: line[:-1] + b",}"),
        written("bad_json", lambda line, draw: line.replace(b'"', b"'")),
        written("bad_json", lambda line, draw: line.replace(b":", b"=", 1)),
        written("bad_json", lambda line, draw: json.dumps(line.decode()).encode()),
        written("bad_json", lambda line, draw: draw.choice((b"null", b"true", b"7", b'""', b"[]"))),
        written("bad_json", lambda line, draw: line.decode().encode("utf-16")),
        with_value("bad_json", ["time"], "01", "+1", "0x10", "1.", ".5", "1e", "--1", "nan", "1_0"),
        with_added("bad_json", "more", "1" * 5000, "tru", "'x'", '"\\ud800"', "[" * 5000),
    ],
    "invalid": [
        dropped,
        renamed_key,
        nulled,
        emptied,
        overlong,
        broken_envelope,
        with_value("invalid", ["time"], *WHOLE, *HUGE, "null", str(MAX_TIME_MS + 1)),
        with_value("invalid", TEXTS, "7", "true", "null", "[]", "{}", "1.0", "NaN"),
        with_value("invalid", CHOICES, '"robot"', "7", "null", '"Customer"', "[]"),
        with_added("invalid", "seq", *WHOLE, *HUGE, "null", str(MAX_SEQUENCE + 1)),
        with_added("invalid", "rev", *WHOLE, *HUGE, "null", "256"),
        with_added("invalid", "segment", *WHOLE, *HUGE, "null", "0", "65536", "-0.0"),
        with_added("invalid", "channel", '"chat"', '"Voice"', '""', "null", "1"),
    ],
    "unknown_type": [other_type, no_type],
    "unknown_version": [
        with_added("unknown_version", "v", "2", "0", "-1", '"1"', '"one"', "null", "true", "1.5")
    ],
    "unmapped_queue": [unlisted_queue],
}  # fmt: skip


def spread(event: Event, draw: Random) -> Mutant:
    blank = draw.choice(("  ", "\t", "\r "))
    line = dump(event, (f"{blank},{blank}", f"{blank}:{blank}"))
    return Mutant(blank.encode() + line + blank.encode(), "", event)


def shuffled(event: Event, draw: Random) -> Mutant:
    keys = draw.sample(list(event), len(event))
    return Mutant(dump({key: event[key] for key in keys}), "", event)


def escaped(event: Event, draw: Random) -> Mutant:
    def written_out(text: str) -> str:
        return '"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"'

    pairs = (
        f"{written_out(key)}:{written_out(each) if isinstance(each, str) else each}"
        for key, each in event.items()
    )
    return Mutant(("{" + ",".join(pairs) + "}").encode(), "", event)


def extended(event: Event, draw: Random) -> Mutant:
    values = (
        "null", "[]", '{"type":"queued"}', '"x"', "1e400", "9" * 400, "[" * 100 + "]" * 100, "NaN",
    )  # fmt: skip
    name = draw.choice(("more", "Type", "queue_name", "予約", ""))
    items = list((event | {name: Value(draw.choice(values))}).items())
    return Mutant(dump(dict(draw.sample(items, len(items)))), "", event)


def enveloped(event: Event, draw: Random) -> Mutant:
    return Mutant(dump(_envelope(event) | {"traceparent": "00-1"}), "", event)


def enveloped_thinly(event: Event, draw: Random) -> Mutant | None:
    """The envelope's attributes stand for what the event leaves out."""
    if "id" not in event:
        return None
    moment = datetime.fromtimestamp(event["time"] // 1000, UTC)
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{event['time'] % 1000:03}Z"
    inner = {key: event[key] for key in event if key not in ("type", "id", "source", "time")}
    return Mutant(dump(_envelope(event) | {"time": text, "data": inner}), "", event)


def as_float(event: Event, draw: Random) -> Mutant:
    name = draw.choice(_own(event, ("time", "seq")))
    forms = (f"{event[name]}.0", f"{event[name]}e0", f"{event[name]}0e-1", f"{event[name]}.000E+0")
    return Mutant(dump(event | {name: Value(draw.choice(forms))}), "", event)


def with_defaults(event: Event, draw: Random) -> Mutant:
    given: Event = {"v": Value(draw.choice(("1", "1.0"))), "seq": 0}
    if event["type"] != "heartbeat":
        given |= {"rev": Value(draw.choice(("0", "-0", "0.0"))), "segment": 1, "channel": "voice"}
    if event["type"] in ("answered", "callback_connected"):
        given |= {"queue": "", "site": "", "staff": ""}
    return Mutant(dump(given | event), "", event)


def said_twice(event: Event, draw: Random) -> Mutant:
    """Of a key that comes twice the last one counts, as in every JSON reader of ours."""
    name = draw.choice(list(event))
    before = json.dumps(name) + ":" + draw.choice(("7", '"x"', "null", json.dumps(event[name])))
    return Mutant(b"{" + before.encode() + b"," + dump(event)[1:], "", event)


def other_reason(event: Event, draw: Random) -> Mutant | None:
    """A reason of a later version counts as `other`."""
    if event["type"] not in ("disconnected", "requeued", "blocked", "callback_failed"):
        return None
    text = draw.choice(("unheard of", "予" * 64, "Queue_Timeout", " no_staff"))
    return Mutant(dump(event | {"reason": text}), "", event | {"reason": "other"})


def renamed(event: Event, draw: Random) -> Mutant | None:
    """The longest names, and odd ones: another contact or person, and accepted."""
    names = _own(event, ("contact", "staff", "site"))
    if not names:
        return None
    odd = ("a" * 128, "予" * 128, "😀" * 128, "\0", "\u2028", "\x7f", '"\\/', " ", "{}")
    other = event | {draw.choice(names): draw.choice(odd)}
    return Mutant(dump(other), "", other)


ACCEPTED: list[Mutator] = [
    spread,
    shuffled,
    escaped,
    extended,
    enveloped,
    enveloped_thinly,
    as_float,
    with_defaults,
    said_twice,
    other_reason,
    renamed,
]
FAITHFUL = [mutate for mutate in ACCEPTED if mutate not in (other_reason, renamed)]
"""Mutators whose lines say exactly what the event said."""
