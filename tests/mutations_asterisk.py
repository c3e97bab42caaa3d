"""Mutated lines of an Asterisk queue_log, with what must become of each, and a log to mutate."""

from collections.abc import Callable, Sequence
from random import Random

from tests.mutations import Mutant

Mutator = Callable[[bytes, Random], Mutant | None]
START_S = 1_767_571_200
"""2026-01-05 00:00 UTC, a Monday."""
QUEUES = ("sales", "care", "予約")
STAFF = ("ADDMEMBER", "REMOVEMEMBER", "PAUSE|lunch", "UNPAUSE", "PENALTY|3", "CONFIGRELOAD")
NUMBERS = {
    "CONNECT": (0, 2),
    "COMPLETEAGENT": (0, 1, 2),
    "COMPLETECALLER": (0, 1, 2),
    "ABANDON": (0, 1, 2),
    "EXITWITHTIMEOUT": (0, 1, 2),
    "EXITEMPTY": (0, 1, 2),
    "RINGNOANSWER": (0,),
    "BLINDTRANSFER": (2, 3, 4),
}
"""Which data fields of a record are numbers (formats A1)."""
CALL_EVENTS = (*NUMBERS, "ENTERQUEUE")


def queue_log(lines: int, seed: int, transfers: float = 0.05) -> list[bytes]:
    """About so many lines of a log, in order: calls, a few transfers, staff records between."""
    draw = Random(seed)
    records: list[tuple[int, str]] = []
    now, number = START_S, 0
    while len(records) < lines:
        now, number = now + draw.randrange(0, 9), number + 1
        call = f"{now}.{number}"
        records += _visit(call, now, draw.choice(QUEUES), draw, transfers)
        if draw.random() < 0.1:
            records.append((now, f"NONE|NONE|PJSIP/{draw.randrange(9)}|{draw.choice(STAFF)}"))
    records.sort(key=lambda record: record[0])
    return [f"{at}|{rest}".encode() for at, rest in records]


def _visit(call: str, at: int, queue: str, draw: Random, transfers: float) -> list[tuple[int, str]]:
    head, agent = f"{call}|{queue}", f"PJSIP/{draw.randrange(9)}"
    said = [(at, f"{head}|NONE|ENTERQUEUE||05012345|1")]
    wait = draw.randrange(0, 90)
    if draw.random() < 0.1:
        said.append((at + wait // 2, f"{head}|{agent}|RINGNOANSWER|15000"))
    left = at + wait
    if draw.random() < 0.15:
        name = draw.choice(("ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY"))
        return [*said, (left, f"{head}|NONE|{name}|1|1|{wait}")]
    said.append((left, f"{head}|{agent}|CONNECT|{wait}|{left}.7|3"))
    talk = draw.randrange(1, 400)
    over = left + talk
    if draw.random() < transfers:
        other = draw.choice(QUEUES)
        said.append((over, f"{head}|{agent}|BLINDTRANSFER|{other}|ext|{wait}|{talk}|1"))
        return said + _visit(call, over, other, draw, transfers)
    name = draw.choice(("COMPLETEAGENT", "COMPLETECALLER"))
    return [*said, (over, f"{head}|{agent}|{name}|{wait}|{talk}|1")]


def _with_head(reason: str, index: int, *values: str, staff_too: bool = False) -> Mutator:
    """One of the first five fields gets another value."""

    def mutate(line: bytes, draw: Random) -> Mutant | None:
        fields = line.decode().split("|")
        if not staff_too and fields[4] not in CALL_EVENTS:
            return None
        fields[index] = draw.choice(values)
        return Mutant("|".join(fields).encode(), reason)

    return mutate


def not_a_number(line: bytes, draw: Random) -> Mutant | None:
    fields = line.decode().split("|")
    if fields[4] not in NUMBERS:
        return None
    index = 5 + draw.choice(NUMBERS[fields[4]])
    fields[index] = draw.choice(("x", "1e3", "--1", "1,5", "NaN", " 7", "1" * 19, "0x1", "٣"))
    return Mutant("|".join(fields).encode(), "bad_number")


def headless_transfer(line: bytes, draw: Random) -> Mutant | None:
    fields = line.decode().split("|")
    if fields[4] != "BLINDTRANSFER":
        return None
    kept = draw.choice((fields[:5], fields[:6], [*fields[:5], "", *fields[6:]]))
    return Mutant("|".join(kept).encode(), "too_few_fields")


def _cut(line: bytes, draw: Random) -> Mutant:
    head = line.split(b"|")[:5]
    kept = b"|".join(head[: draw.randrange(1, 5)])
    return Mutant(kept, "too_few_fields")


def _garbage(line: bytes, draw: Random) -> Mutant:
    return Mutant(bytes(draw.randrange(0x80, 0x100) for _ in range(30)), "too_few_fields")


def _joined(line: bytes, draw: Random) -> Mutant:
    return Mutant(line.replace(b"|", draw.choice((b",", b"\t", b"\xa6"))), "too_few_fields")


REFUSED: dict[str, list[Mutator]] = {
    "too_few_fields": [_cut, _garbage, _joined, headless_transfer],
    "bad_time": [
        _with_head(
            "bad_time", 0, "", "now", "-5", "1e9", " 1767571200", "1767571200000", "99999999999",
            "4102444800", "1767571200.1234567890", "1767571200.", "2026-01-05 00:00:00", "٣",
            "1_0", "\ufeff1767571200", "x" * 500, staff_too=True,
        )
    ],
    "no_event": [_with_head("no_event", 4, "", "NONE", staff_too=True)],
    "no_call_id": [_with_head("no_call_id", 1, "", "NONE")],
    "unmapped_queue": [
        _with_head("unmapped_queue", 2, "Sales", "care ", "nowhere", "予", "none", "default")
    ],
    "no_queue": [_with_head("no_queue", 2, "", "NONE")],
    "long_name": [
        _with_head("long_name", index, "a" * 129, "予" * 500) for index in (1, 2, 3)
    ],
    "bad_number": [not_a_number],
}  # fmt: skip


def _same(change: Callable[[bytes, Random], bytes]) -> Mutator:
    """The line is written otherwise, and says the same."""
    return lambda line, draw: Mutant(change(line, draw), "", line)


def foreign_name(line: bytes, draw: Random) -> Mutant | None:
    """Caller names come in any encoding."""
    fields = line.split(b"|")
    if fields[4] != b"ENTERQUEUE":
        return None
    fields[6] = draw.choice((b"\xff\xfe", b"\x8e\x52\x93\x63", b"\x00", b"\x1b[31m", b"'; --"))
    return Mutant(b"|".join(fields), "", line)


def unknown_name(line: bytes, draw: Random) -> Mutant:
    """QueueLog() writes any name: it is counted and says nothing."""
    fields = line.split(b"|")
    fields[4] = draw.choice((b"DID", b"WRAPUPSTART", fields[4].lower(), b"X" * 500, b"\xff"))
    return Mutant(b"|".join(fields), "", b"|".join([*fields[:4], b"DID"]))


def other_numbers(line: bytes, draw: Random) -> Mutant | None:
    """Seconds in data fields are never used: the records' own times are."""
    fields = line.decode().split("|")
    if fields[4] not in NUMBERS:
        return None
    fields[5 + draw.choice(NUMBERS[fields[4]])] = draw.choice(("", "-1", "0.5", "9" * 18, "-0"))
    return Mutant("|".join(fields).encode(), "", line)


ACCEPTED: list[Mutator] = [
    _same(lambda line, draw: line),
    _same(lambda line, draw: line + b"|" * draw.randrange(1, 9)),
    _same(lambda line, draw: line + b"\r"),
    _same(lambda line, draw: line.replace(b"|", b".0|", 1)),
    _same(lambda line, draw: line.replace(b"|", b".000999|", 1)),
    foreign_name,
    other_numbers,
    unknown_name,
]
FAITHFUL: Sequence[Mutator] = ACCEPTED[:-1]
"""Mutators whose lines say exactly what the line said."""
