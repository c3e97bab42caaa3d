"""What the topics `intervals` and `rejects` hold: the only place that knows these bytes."""

import base64
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

import msgspec

from schemas.ledger import PROVISIONAL_REVISION, LedgerRecord
from streams.close import Record
from streams.rejects import Reject

NO_PARTITION = -1
"""Of a reject that never came as far as a topic: what `send` refused."""
PROVISIONAL = "P"
_LARGEST = 2**63 - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]
Partition = Annotated[int, msgspec.Meta(ge=-1, le=2**31)]
_encode = msgspec.json.Encoder().encode
_INTERVAL_FIELDS = Record._fields
_interval_values = attrgetter(*_INTERVAL_FIELDS)

Keyed = tuple[bytes, bytes]
"""Key and value of a record."""


class Place(NamedTuple):
    """Where a reject was met: topic (name without prefix), partition, offset.

    What `send` refused has no partition; its `source` is the file or log, its offset a byte of it.
    """

    topic: str
    partition: Partition
    offset: Count
    source: str = ""

    def text(self) -> str:
        """As people write it: `acd:3:1207`, `acd:-1:512:queue_log`."""
        return ":".join(map(str, self.parts()))

    def columns(self) -> tuple[str, int]:
        """As a store's columns `topic` and `position`."""
        return self.source or f"{self.topic}:{self.partition}", self.offset

    def parts(self) -> list[str | int]:
        """As JSON values; the source only where there is one."""
        return list(self if self.source else self[:3])


class KeptReject(NamedTuple):
    """A reject as the topic keeps it."""

    place: Place
    reason: str
    detail: str
    raw: bytes
    kept_ms: int
    kind: str = ""
    """What its source is (a `Kind`), where the line came through `send`."""


class TakenAgain(NamedTuple):
    """A mark: the reject of this place was sent again, mended or not."""

    place: Place
    at_ms: int


class BadRecord(ValueError):
    """A record of these topics that is not what it should be."""


def place_of(text: str) -> Place:
    """The place that `Place.text` wrote. Raises ValueError."""
    topic, partition, offset, *source = text.split(":", 3)
    return Place(topic, int(partition), int(offset), *source)


def interval_record(record: Record) -> Keyed:
    """A ledger record. Its key tells revisions apart, so that compaction loses no final value."""
    provisional = record.revision == PROVISIONAL_REVISION
    key = (*record[:6], PROVISIONAL if provisional else record.revision)
    return _encode(key), _encode(dict(zip(_INTERVAL_FIELDS, record, strict=True)))


def interval_of(value: bytes) -> Record:
    """The ledger record of a value, judged by its contract. Raises BadRecord."""
    try:
        record = Record(*_interval_values(LedgerRecord.model_validate_json(value)))
    except ValueError as error:
        raise BadRecord(f"no ledger record: {_first_line(error)}") from None
    numbers = [record.revision, *record.columns.values(), *(record.old_columns or {}).values()]
    numbers += [*record.wait_hist, *record.wait_hist.values()]
    if max(numbers) > _LARGEST or min(numbers) < -_LARGEST:
        raise BadRecord("no ledger record: a number has more than 64 bits")
    return record._replace(basis=str(record.basis), state=str(record.state))


def reject_record(
    reject: Reject, partition: int, kept_ms: int, source: str = "", kind: str = ""
) -> Keyed:
    """A reject whose `topic` is a topic's name without prefix; `source`, `kind`: where it has none."""
    place = Place(reject.topic, partition, reject.offset, source)
    value = {
        "reason": reject.reason,
        "detail": reject.detail,
        "topic": reject.topic,
        "partition": partition,
        "offset": reject.offset,
        "kept_ms": kept_ms,
    }
    if source:
        value |= {"source": source, "kind": kind}
    try:
        value["raw"] = reject.raw.decode()
    except UnicodeDecodeError:
        value["raw_base64"] = base64.b64encode(reject.raw).decode()
    return _encode(place.parts()), _encode(value)


def taken_again_record(place: Place, at_ms: int) -> Keyed:
    """The mark that a reject was sent again.

    Write it to the partition that holds the reject, so that it is read after it. Its key is
    another one: compaction must not take the reject away.
    """
    return (
        _encode([*place.parts(), "replayed"]),
        _encode({"replayed": place.parts(), "at_ms": at_ms}),
    )


def reject_of(value: bytes) -> KeptReject | TakenAgain:
    """The reject or mark of a value. Raises BadRecord."""
    try:
        found: dict[str, Any] = msgspec.json.decode(value, type=dict[str, Any])
        if "replayed" in found:
            place = msgspec.convert(tuple(found["replayed"]), Place)
            return TakenAgain(place, msgspec.convert(found["at_ms"], Count))
        said = msgspec.convert(found, _Said)
        return KeptReject(
            said.place(), said.reason, said.detail, said.bytes(), said.kept_ms, said.kind
        )
    except (ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        raise BadRecord(f"no reject: {_first_line(error)}") from None


class _Said(msgspec.Struct):
    reason: str
    detail: str
    topic: str
    partition: Partition
    offset: Count
    kept_ms: Count
    raw: str | None = None
    raw_base64: str = ""
    source: str = ""
    kind: str = ""

    def place(self) -> Place:
        return Place(self.topic, self.partition, self.offset, self.source)

    def bytes(self) -> bytes:
        if self.raw is not None:
            return self.raw.encode()
        return base64.b64decode(self.raw_base64, validate=True)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
