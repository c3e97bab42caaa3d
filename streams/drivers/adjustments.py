"""The topic `adjustments`: what an audit asks of a shard, as bytes, and a shard that takes it."""

from collections.abc import Sequence
from typing import Annotated, Any, get_type_hints

import msgspec

from kernels.columns import WAIT_BINS
from streams import logs
from streams.adjusted import Adjustment, Change, take
from streams.close import Record
from streams.rejects import reject
from streams.shard import Shard

VERSION = 1
_RECORD: Any = msgspec.defstruct("_RECORD", list(get_type_hints(Record).items()))
"""A ledger record as an object: fields by name, their types checked."""


_Moment = Annotated[int, msgspec.Meta(ge=0, le=2**45)]
_Count = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
_Bin = Annotated[int, msgspec.Meta(ge=0, lt=WAIT_BINS)]
_InBin = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]


class _Sum(msgspec.Struct):
    key: tuple[str, str, str, str, _Moment, str]
    columns: dict[str, _Count]
    bins: dict[_Bin, _InBin]


class _Told(msgspec.Struct):
    v: Annotated[int, msgspec.Meta(ge=VERSION, le=VERSION)]
    records: Annotated[list[_RECORD], msgspec.Meta(min_length=1)]
    sums: list[_Sum]


_decode = msgspec.json.Decoder(_Told).decode
_encode = msgspec.json.Encoder().encode


def encoded(one: Adjustment) -> bytes:
    """An adjustment as a record of the topic."""
    records = [record._asdict() for record in one.records]
    return _encode({"v": VERSION, "records": records, "sums": [s._asdict() for s in one.sums]})


def decoded(value: bytes) -> Adjustment:
    """The adjustment of a record of the topic. Raises ValueError (msgspec's)."""
    told = _decode(value)
    records = [Record._make(msgspec.structs.astuple(one)) for one in told.records]
    return Adjustment(records, [Change(one.key, one.columns, one.bins) for one in told.sums])


def folded(
    shard: Shard, topic: str, offsets: Sequence[int], values: Sequence[bytes | None], now_ms: int
) -> list[Record]:
    """RESTATED records of a fetched batch of adjustments; what is no adjustment goes to the rejects.

    Offsets below the shard's next one are passed over. The caller moves that on.
    """
    shard.rest()
    at, told = shard.positions.get(topic, 0), list[Adjustment]()
    for offset, value in zip(offsets, values, strict=True):
        if offset < at:
            continue
        try:
            one = decoded(value or b"")
        except ValueError as error:
            shard.keep_reject(reject("bad_record", str(error)[:200], topic, offset, value or b""))
            continue
        strange = {each.program for each in one.records if not shard.names.owns(each.program)}
        if strange:
            detail = f"{', '.join(sorted(strange))} belongs to another shard"
            shard.keep_reject(reject("wrong_shard", detail, topic, offset, value or b""))
            continue
        told.append(one)
    records, refused = take(shard, told, now_ms)
    if told:
        logs.info("adjusted", f"{len(records)} intervals restated by an audit", topic=topic)
    if refused:
        # Sent twice, as after a crash of the audit; what it was about stands as it is.
        logs.info("adjustments_passed", f"{len(refused)} were taken before, or are not due")
    return records
