"""Mutated rows of call tables, with what must become of each, and tables to mutate.

A row is its fields by column. The bank's mapping ships (clocks and a date column); the desk's is
that of tests/call_tables.py (timestamps).
"""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random

from tests.mutations import Mutant

Row = dict[str, str]
Mutator = Callable[[Row, Random], Mutant | None]
NEVER = "0:00:00"


def bank_line(row: Row) -> bytes:
    return "\t".join(row.values()).encode()


def desk_line(row: Row) -> bytes:
    return ",".join(row.values()).encode()


def bank_rows(seed: int) -> Iterator[Row]:
    """Calls of January 1999: answered after a wait, at once, abandoned, ended in the VRU, phantoms."""
    draw, number = Random(seed), 0
    while True:
        number += 1
        vru, waited, served = (draw.randrange(1, most) for most in (30, 120, 400))
        start = draw.randrange(7 * 3600, 22 * 3600)
        kind = draw.choice(("waited", "waited", "at once", "hung up", "vru", "phantom"))
        row = {
            "vru+line": f"AA0{draw.randrange(101, 117)}",
            "call_id": str(number),
            "customer_id": "0",
            "priority": "2",
            "type": draw.choice(("PS", "NW", "NE")),
            "date": f"9901{draw.randrange(1, 32):02}",
            **_span("vru_entry", "vru_exit", "vru_time", start, vru),
            **_span("q_start", "q_exit", "q_time", start + vru, waited),
            "outcome": {"hung up": "HANG", "vru": "HANG", "phantom": "PHANTOM"}.get(kind, "AGENT"),
            **_span("ser_start", "ser_exit", "ser_time", start + vru + waited, served),
            "server": draw.choice(("MICHAL", "AVI", "NO_SERVER")),
        }
        if kind in ("at once", "vru", "phantom"):
            row |= {"q_start": NEVER, "q_exit": NEVER, "q_time": "0"}
        if kind in ("hung up", "vru", "phantom"):
            row |= {"ser_start": NEVER, "ser_exit": NEVER, "ser_time": "0", "server": "NO_SERVER"}
        yield row


def _span(began: str, ended: str, length: str, start: int, seconds: int) -> Row:
    return {began: _clock(start), ended: _clock(start + seconds), length: str(seconds)}


def _clock(second: int) -> str:
    return f"{second // 3600}:{second // 60 % 60:02}:{second % 60:02}"


def desk_rows(seed: int) -> Iterator[Row]:
    """Calls of a help desk, with timestamps in UTC."""
    draw, number = Random(seed), 0
    while True:
        number += 1
        at = 1_767_571_200 + draw.randrange(86_400)
        wait, talk = draw.randrange(0, 90), draw.randrange(1, 400)
        answered = draw.random() < 0.8
        yield {
            "id": f"d{number}",
            "queued_at": _stamp(at),
            "answered_at": _stamp(at + wait) if answered else "",
            "ended_at": _stamp(at + wait + (talk if answered else 0)),
            "wrap_up": str(draw.randrange(0, 60)) if answered else "",
            "skill": draw.choice(("1", "2")),
            "site": draw.choice(("osaka", "")),
            "who": draw.choice(("ann", "bob")) if answered else "",
            "end": draw.choice(("timeout", "hangup")),
        }


def _stamp(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}Z"


def _refused(reason: str, fits: Callable[[Row], bool], *changes: Row) -> Mutator:
    """A row that fits gets other fields."""

    def mutate(row: Row, draw: Random) -> Mutant | None:
        return Mutant(_line(row | draw.choice(changes)), reason) if fits(row) else None

    return mutate


def _fields(column: str, *values: str) -> tuple[Row, ...]:
    return tuple({column: value} for value in values)


def _line(row: Row) -> bytes:
    return desk_line(row) if "queued_at" in row else bank_line(row)


def _any(row: Row) -> bool:
    return True


def _counted(row: Row) -> bool:
    """Not a phantom: those are passed over unread."""
    return row["outcome"] != "PHANTOM"


def _queued(row: Row) -> bool:
    return row["q_start"] != NEVER


def _at_once(row: Row) -> bool:
    return row["outcome"] == "AGENT" and not _queued(row)


def _hung_up(row: Row) -> bool:
    return row["outcome"] == "HANG" and _queued(row)


def _served(row: Row) -> bool:
    return row["outcome"] == "AGENT"


def off_by_some(row: Row, draw: Random) -> Mutant | None:
    """The stated seconds are not those between the clocks."""
    if not _queued(row):
        return None
    wrong = int(row["q_time"]) + draw.choice((-1, 1, 600))
    return Mutant(bank_line(row | {"q_time": str(wrong)}), "inconsistent_clocks")


def other_count(row: Row, draw: Random) -> Mutant:
    cells = _line(row).split(_separator(row))
    cut = draw.choice((cells[:-1], cells[: draw.randrange(1, len(cells))], [*cells, b"x"]))
    return Mutant(_separator(row).join(cut), "wrong_field_count")


def _separator(row: Row) -> bytes:
    return b"," if "queued_at" in row else b"\t"


def not_utf8(row: Row, draw: Random) -> Mutant:
    wrong = draw.choice((b"\xff", b"\xc0\x80", b"\x82\xa0", b"\xed\xa0\x80"))
    cells = _line(row).split(_separator(row))
    cells[draw.randrange(len(cells))] += wrong
    return Mutant(_separator(row).join(cells), "bad_encoding")


def open_quote(row: Row, draw: Random) -> Mutant:
    before, after = draw.choice((('"', ""), ('"', '"x'), ('""', '"')))
    first = next(iter(row))
    return Mutant(_line(row | {first: before + row[first] + after}), "bad_quoting")


STRUCTURE: dict[str, list[Mutator]] = {
    "wrong_field_count": [other_count],
    "bad_encoding": [not_utf8],
    "bad_quoting": [open_quote],
}
BANK_REFUSED: dict[str, list[Mutator]] = {
    **STRUCTURE,
    "unknown_outcome": [
        _refused("unknown_outcome", _any, *_fields("outcome", "", "agent", "AGENTS", "0", "NULL"))
    ],
    "no_program": [_refused("no_program", _counted, {"type": ""}, {"type": "  "})],
    "too_long": [
        _refused("too_long", _counted, {"type": "P" * 124}, {"type": "予" * 500}),
        _refused("too_long", _served, {"server": "M" * 129}),
    ],
    "no_identity": [
        _refused("no_identity", _counted, *_fields("call_id", "", "  "), *_fields("date", ""))
    ],
    "bad_date": [
        _refused(
            "bad_date", _counted, *_fields("date", "990230", "99111", "1/2/99", "x", "0", "٩٩٠١٠١")
        )
    ],
    "bad_clock": [
        _refused("bad_clock", _counted, *_fields("vru_entry", "24:00:00", "6:5:5", "-1:00:00", "x")),
        _refused("bad_clock", _counted, *_fields("vru_exit", "6:60:00", "06:00:60", "65520", "6h")),
        _refused("bad_clock", _queued, *_fields("q_start", "1e1", "6:55:20 PM", "٦:٥٥:٢٠")),
    ],
    "bad_number": [
        _refused("bad_number", _queued, *_fields("q_time", "x", "1e3", "--1", "1,5", "9" * 17, "NaN")),
        _refused("bad_number", _counted, *_fields("vru_time", "0x1", "six", "3000000", "1_0")),
        _refused("bad_number", _counted, *_fields("ser_time", "+5", "5 s", ".5")),
    ],
    "inconsistent_clocks": [
        off_by_some,
        _refused("inconsistent_clocks", _queued, {"q_start": NEVER, "outcome": "AGENT"}),
        _refused("inconsistent_clocks", _counted, {"vru_entry": "3:00:00", "vru_exit": "3:00:01", "vru_time": "9"}),
    ],
    "no_entry": [
        _refused(
            "no_entry", _at_once, {"vru_entry": NEVER, "vru_exit": NEVER, "vru_time": "0"}
        )
    ],
    "no_end": [_refused("no_end", _hung_up, {"q_time": ""})],
    "no_answer": [_refused("no_answer", _served, {"q_time": ""})],
    "ambiguous_time": [_refused("ambiguous_time", _counted, {"date": "990903", "vru_entry": "1:30:00"})],
    "nonexistent_time": [
        _refused("nonexistent_time", _counted, {"date": "990402", "vru_entry": "2:30:00"})
    ],
}  # fmt: skip


def _answered_at_desk(row: Row) -> bool:
    return bool(row["answered_at"])


DESK_REFUSED: dict[str, list[Mutator]] = {
    **STRUCTURE,
    "no_identity": [_refused("no_identity", _any, {"id": ""})],
    "bad_time": [
        _refused(
            "bad_time", _any,
            *_fields("queued_at", "2026-01-05", "2026-13-05T00:00:00Z", "1767571200", "soon",
                     "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
                     "2026-01-05T09:00:00"),
        ),
        _refused("bad_time", _answered_at_desk, *_fields("answered_at", "x", "09:00:00", "-")),
    ],
    "bad_number": [_refused("bad_number", _answered_at_desk, *_fields("wrap_up", "-1", "x", "1e2"))],
    "inconsistent_clocks": [
        _refused("inconsistent_clocks", _answered_at_desk, {"answered_at": "2020-01-05T09:00:00Z"}),
        _refused("inconsistent_clocks", _any, {"ended_at": "2020-01-05T09:00:00Z"}),
    ],
    "no_entry": [_refused("no_entry", _answered_at_desk, {"queued_at": ""})],
    "no_end": [_refused("no_end", lambda row: row["end"] == "timeout" and not row["answered_at"],
                        {"ended_at": ""})],
    "unknown_outcome": [
        _refused("unknown_outcome", lambda row: not row["answered_at"], *_fields("end", "", "x"))
    ],
    "too_long": [
        _refused("too_long", _answered_at_desk, *_fields("who", "a" * 129)),
        _refused("too_long", _answered_at_desk, *_fields("site", "予" * 129)),
        _refused("too_long", _any, *_fields("skill", "s" * 129)),
    ],
}  # fmt: skip


def _same(write: Callable[[Row, Random], bytes]) -> Mutator:
    """The row is written otherwise, and says the same."""
    return lambda row, draw: Mutant(write(row, draw), "", _line(row))


def _blanks(row: Row, draw: Random) -> bytes:
    return _line({key: f"{' ' * draw.randrange(3)}{value} " for key, value in row.items()})


def _quoted(row: Row, draw: Random) -> bytes:
    text = io.StringIO()
    separator = _separator(row).decode()
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="").writerow(
        row.values()
    )
    return text.getvalue().encode()


def _other_date(row: Row, draw: Random) -> bytes:
    month, day = row["date"][2:4], row["date"][4:]
    return bank_line(row | {"date": draw.choice((f"1999-{month}-{day}", f"2010-{month}-{day}"))})


def _other_clocks(row: Row, draw: Random) -> bytes:
    return bank_line({k: f"0{v}" if v[1:2] == ":" and v != NEVER else v for k, v in row.items()})


def _unread(row: Row, draw: Random) -> bytes:
    odd = draw.choice(("\0", "\x1b[31m", "予" * 300, "NaN", "{", "=1+1"))
    return bank_line(row | {"customer_id": odd, "priority": ""})


def unserved(row: Row, draw: Random) -> Mutant | None:
    """Without the moment that service began, its length is unknown: other figures, still valid."""
    if not _served(row):
        return None
    line = bank_line(row | {"ser_start": NEVER, "ser_time": "0"})
    return Mutant(line, "", line)


def header_again(row: Row, draw: Random) -> Mutant:
    return Mutant(_separator(row).join(name.encode() for name in row), "")


def local_time(row: Row, draw: Random) -> bytes:
    moment = row["queued_at"].removesuffix("Z")
    shown = draw.choice((f"{moment}.000+00:00", f"{moment.replace('T', ' ')}Z", f"{moment}+0000"))
    return desk_line(row | {"queued_at": shown})


BANK_FAITHFUL: list[Mutator] = [
    _same(lambda row, draw: bank_line(row)),
    _same(lambda row, draw: bank_line(row) + b"\r"),
    _same(_blanks),
    _same(_quoted),
    _same(_other_date),
    _same(_other_clocks),
    _same(_unread),
]
BANK_ACCEPTED = [*BANK_FAITHFUL, unserved, header_again]
DESK_FAITHFUL: list[Mutator] = [
    _same(lambda row, draw: desk_line(row)),
    _same(_blanks),
    _same(_quoted),
    _same(local_time),
]
DESK_ACCEPTED = [*DESK_FAITHFUL, header_again]
