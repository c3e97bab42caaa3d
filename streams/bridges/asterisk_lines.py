"""Records of an Asterisk queue_log: their fields, their checks, the layouts of a transfer.

A line is `epoch|callid|queue|agent|EVENT|data1|data2|...`; NONE stands for nothing.
Source: formats A1.
"""

import re
from typing import Literal, NamedTuple

import xxhash

from streams.bridges.base import Rejected

STAFF_EVENTS = frozenset(
    {
        "ADDMEMBER",
        "REMOVEMEMBER",
        "AGENTLOGIN",
        "AGENTLOGOFF",
        "AGENTCALLBACKLOGIN",
        "AGENTCALLBACKLOGOFF",
        "PAUSE",
        "UNPAUSE",
        "PAUSEALL",
        "UNPAUSEALL",
        "PENALTY",
        "RINGINUSE",
    }
)
"""About people, not contacts."""
SILENT_EVENTS = frozenset({"RINGCANCELED", "AGENTDUMP", "OUTCALL", "CONFIGRELOAD"})
"""Known, and without meaning for a visit in the human queue."""
TRANSFERS = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"})
CALL_EVENTS = TRANSFERS | {
    "ENTERQUEUE",
    "CONNECT",
    "COMPLETEAGENT",
    "COMPLETECALLER",
    "ABANDON",
    "EXITWITHTIMEOUT",
    "EXITEMPTY",
    "EXITWITHKEY",
    "WITHDRAW",
    "SYSCOMPAT",
    "RINGNOANSWER",
}

MAX_NAME = 128
LAST_SECOND = 4_102_444_800
"""2100-01-01. A time behind it is damaged, or milliseconds where seconds belong."""

_EPOCH = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,9}))?")
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_NUMBERS: dict[str, tuple[int, ...]] = {
    "CONNECT": (0, 2),
    "COMPLETEAGENT": (0, 1, 2),
    "COMPLETECALLER": (0, 1, 2),
    "ABANDON": (0, 1, 2),
    "EXITWITHTIMEOUT": (0, 1, 2),
    "EXITEMPTY": (0, 1, 2),
    "EXITWITHKEY": (1, 2, 3),
    "WITHDRAW": (0, 1, 2),
    "SYSCOMPAT": (0,),
    "RINGNOANSWER": (0,),
}
_HEADS = {"BRIDGE": 2, "APP": 2, "LINK": 3, "THREEWAY": 3}
"""Fields before the numbers of an ATTENDEDTRANSFER, its method among them."""


class Record(NamedTuple):
    """One record. `stamp` is the time as written, `time_ms` what it says in ms UTC.

    Nothing (`NONE`) is the empty string. `data` has no empty fields at its end.
    """

    time_ms: int
    stamp: str
    call: str
    queue: str
    staff: str
    event: str
    data: tuple[str, ...]

    def field(self, index: int) -> str:
        """Data field `index` from 0; empty if it is not there."""
        return self.data[index] if index < len(self.data) else ""

    def digest(self) -> str:
        """16 hex digits of the content: equal for equal records, whatever surrounds them."""
        content = "|".join((self.stamp, *self[2:6], *self.data))
        return xxhash.xxh3_64_hexdigest(content.encode())


class Transfer(NamedTuple):
    """A transfer, whichever of its layouts was written. Missing numbers are None."""

    kind: Literal["blind", "attended", ""]
    target: str
    """Extension of a blind one, application of an attended one; else empty."""
    hold_s: float | None
    talk_s: float | None


def text_of(line: bytes) -> str:
    """The line as text. Caller names arrive in any encoding, so a bad byte is shown, not refused."""
    return line.rstrip(b"\r").decode("utf-8", "backslashreplace")


def parse_line(line: bytes) -> Record:
    """The record of one line of a queue_log file. Raises Rejected."""
    fields = text_of(line).split("|")
    if len(fields) < 5:
        raise Rejected("too_few_fields", f"{len(fields)} fields, a queue_log line has 5 or more")
    return make_record(_epoch_ms(fields[0]), fields[0], fields[1:5], fields[5:])


def _epoch_ms(stamp: str) -> int:
    match = _EPOCH.fullmatch(stamp)
    if match is None or int(match[1]) >= LAST_SECOND:
        raise Rejected("bad_time", f"{stamp[:40]!r} is not a time in epoch seconds")
    return int(match[1]) * 1000 + int(f"{match[2] or 0:0<3}"[:3])


def make_record(time_ms: int, stamp: str, head: list[str], data: list[str]) -> Record:
    """A checked record of `head` = call, queue, staff, event and the data fields.

    A writer may put several data fields, joined by `|`, into one column. Raises Rejected.
    """
    call, queue, staff, event = ("" if field == "NONE" else field for field in head)
    split = "|".join(data).rstrip("|")
    record = Record(
        time_ms, stamp, call, queue, staff, event, tuple(split.split("|")) if split else ()
    )
    if not event:
        raise Rejected("no_event", "the event field is empty")
    if event in CALL_EVENTS:
        _check(record)
    return record


def _check(record: Record) -> None:
    if not record.call:
        raise Rejected("no_call_id", f"{record.event} belongs to a call and names none")
    if not record.queue:
        raise Rejected("no_queue", f"{record.event} of call {record.call[:MAX_NAME]} has no queue")
    if max(len(record.call), len(record.queue), len(record.staff)) > MAX_NAME:
        raise Rejected("long_name", f"a name of more than {MAX_NAME} characters")
    if record.event in TRANSFERS:
        transfer_of(record)
    for index in _NUMBERS.get(record.event, ()):
        _number(record, record.field(index))


def _number(record: Record, text: str) -> float | None:
    if not text:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise Rejected("bad_number", f"{record.event} has {text[:40]!r} where a number belongs")
    return float(text)


def number_of(record: Record, index: int) -> float | None:
    """Data field `index` as a number, None where it is not there. Raises Rejected."""
    return _number(record, record.field(index))


def transfer_of(record: Record) -> Transfer:
    """Reads BLINDTRANSFER, ATTENDEDTRANSFER (BRIDGE, APP, LINK, THREEWAY) and the old TRANSFER.

    Hold and talk time stand last, before the position that the old one may lack: they are read
    from the right, since names in front of them may hold the separator. Raises Rejected.
    """
    attended = record.event == "ATTENDEDTRANSFER"
    method = record.field(0)
    head = _HEADS.get(method, 1) if attended else 2
    if len(record.data) < head or not method:
        raise Rejected(
            "too_few_fields",
            f"{record.event} has {len(record.data)} data fields, at least {head} needed",
        )
    numbers = [_number(record, text) for text in record.data[max(head, len(record.data) - 3) :]]
    hold_s, talk_s, *_ = [*numbers, None, None]
    target = record.data[1] if method == "APP" else ""
    if attended:
        return Transfer("attended", target, hold_s, talk_s)
    return Transfer("blind" if record.event == "BLINDTRANSFER" else "", method, hold_s, talk_s)
