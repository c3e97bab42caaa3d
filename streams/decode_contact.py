"""What events of calls and of chats have in common on their way to kernel input."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from kernels.layout import INPUT
from schemas.outbound import WORK_CHANNELS
from streams.names import CHANNEL, WRONG_CHANNEL, WRONG_SHARD, Names, of_program, text_hash
from streams.rejects import Reject, reject
from streams.verdict import judge
from streams.wire import CHAT_CODE

CACHE_LIMIT = 500_000
_MIX = 0x9E3779B97F4A7C15
_time, _seq, _rev, _segment, _staff, _id, _contact = map(
    attrgetter, ("time", "seq", "rev", "segment", "staff", "id", "contact")
)
chat_origin = attrgetter("source", "program", "queue", "site", "enters", "channel")


class StaffDigests(dict[str, int]):
    """Low 32 bits of the digest of a person's name, 0 for nobody."""

    def __missing__(self, name: str) -> int:
        """The digest of a name not met before."""
        digest = self[name] = int(text_hash(name)) & 0xFFFFFFFF
        return digest


class Origins(dict[tuple[Any, ...], int]):
    """Origin number by (source, program, queue, site, enters), of a chat the channel too; the
    kernel codes of each number lie in arrays beside it."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self._rows: list[tuple[int, int, int]] = []
        self._digests: list[tuple[np.uint64, np.uint64]] = []
        self._table = np.zeros((0, 3), np.int32)
        self._hashes = np.zeros((0, 2), np.uint64)
        self.refused = False

    def __missing__(self, key: tuple[Any, ...]) -> int:
        """The number of an origin not met before."""
        number = self[key] = len(self._rows)
        origin = self.names.origin(*key)
        self.refused = self.refused or bool(origin.refused)
        self._rows.append((origin.feed, origin.program, origin.place))
        channel = text_hash("".join(key[5:]))
        self._digests.append((text_hash(key[0]), text_hash(key[1]) ^ channel))
        return number

    def codes(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """(feed, program, place) and the digests of source and (program, channel) of each number."""
        if len(self._table) < len(self._rows):
            self._table = np.array(self._rows, np.int32)
            self._hashes = np.array(self._digests, np.uint64)
        return self._table[numbers], self._hashes[numbers]


def inputs(
    events: list[Any],
    kinds: NDArray[np.uint16],
    codes: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    staff: StaffDigests,
) -> NDArray[np.void]:
    """INPUT (n,) of events whose origins have these codes and digests."""
    n = len(events)
    out = np.zeros(n, INPUT)
    event = out["event"]
    event["time"] = np.fromiter(map(_time, events), np.int64, n)
    event["seq"] = np.fromiter(map(_seq, events), np.int64, n)
    event["kind"] = kinds
    event["rev"] = np.fromiter(map(_rev, events), np.uint8, n)
    event["staff"] = np.fromiter(map(staff.__getitem__, map(_staff, events)), np.uint32, n)
    event["place"] = codes[:, 2]
    ids = b"".join(map(xxhash.xxh3_64_digest, map(str.encode, map(_id, events))))
    # Not a plain xor of the two: (a, b) and (b, a) must stay two events.
    event["id"] = np.frombuffer(ids, ">u8") ^ (hashes[:, 0] * np.uint64(_MIX))
    contacts = b"".join(map(xxhash.xxh3_128_digest, map(str.encode, map(_contact, events))))
    digests = np.frombuffer(contacts, ">u8").reshape(n, 2)
    segments = np.fromiter(map(_segment, events), np.uint64, n)
    out["hi"] = digests[:, 0] ^ hashes[:, 1]
    out["lo"] = digests[:, 1] ^ (segments * np.uint64(_MIX))
    out["program"] = codes[:, 1]
    out["opens"] = segments == 1
    return out


def refusals(
    places: NDArray[np.int64],
    names: Names,
    origin_of: Callable[[Any], tuple[Any, ...]],
    topic: str,
    offsets: Sequence[int],
    values: Sequence[bytes],
) -> list[Reject]:
    """Rejects of events (by place among the raw values) whose origin has no codes."""
    found = []
    for i in places.tolist():
        event = judge(values[i]).event
        refused = names.origin(*origin_of(event)).refused
        detail = f"queue {event.queue!r} of program {event.program!r}"
        if refused == WRONG_SHARD:
            detail = of_program(refused, event.program)
        elif refused == WRONG_CHANNEL:
            detail = _of_another(event, names.plan.queues[event.queue].channel)
        found.append(reject(refused, detail, topic, offsets[i], values[i]))
    return found


def _of_another(event: Any, channel: str) -> str:
    """Why a contact may not wait in a queue of this channel."""
    told = f"queue {event.queue!r} is listed with channel {channel!r}"
    if channel in WORK_CHANNELS:
        return f"{told}: it takes no contacts"
    own = getattr(event, "channel", CHANNEL)
    return f"{told}, the contact is of channel {own!r}; without a channel it takes any"


class Chats(NamedTuple):
    """Events of chats: INPUT (n,), place among the raw values (n,), feed codes (n,)."""

    input: NDArray[np.void]
    places: NDArray[np.int64]
    feeds: NDArray[np.int32]


class ChatDecoder:
    """Decodes chats for one shard, interning into its names."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._origins = Origins(names)
        self._staff = StaffDigests()

    def decode(
        self,
        events: list[Any],
        places: NDArray[np.int64],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> Chats:
        """Kernel input of chat events that lie at `places` among the raw values."""
        if len(self._origins) > CACHE_LIMIT or len(self._staff) > CACHE_LIMIT:
            self._origins, self._staff = Origins(self._names), StaffDigests()
        n = len(events)
        kinds = np.fromiter((event.code - CHAT_CODE for event in events), np.uint16, n)
        origins = map(self._origins.__getitem__, map(chat_origin, events))
        codes, hashes = self._origins.codes(np.fromiter(origins, np.int64, n))
        given = inputs(events, kinds, codes, hashes, self._staff)
        feeds = codes[:, 0]
        if self._origins.refused:
            known = feeds >= 0
            rejects += refusals(places[~known], self._names, chat_origin, topic, offsets, values)
            return Chats(given[known], places[known], feeds[known])
        return Chats(given, places, feeds)
