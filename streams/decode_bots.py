"""Events of conversations and of technologies to kernel input."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from kernels.bot_layout import BOT_INPUT, PROBE_INPUT
from schemas.bots import BOT_CHANNEL, ENDED_BY, KINDS, LINES_CHANNEL, STATUSES
from streams.names import Names, of_program, text_hash
from streams.rejects import Reject, reject
from streams.view import QueueKey
from streams.wire import CONVERSATION_CODE, TECHNOLOGY_CODE

_MIX = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1
_ENDED_BY = {name: code for code, name in enumerate(ENDED_BY, start=1)}
_STATUS = {name: code for code, name in enumerate(STATUSES, start=1)}
_KIND = {name: code for code, name in enumerate(KINDS)}
_time, _seq, _rev = map(attrgetter, ("time", "seq", "rev"))


class Lane(NamedTuple):
    """BOT_INPUT or PROBE_INPUT (n,), place among the raw values (n,), feed codes (n,)."""

    input: NDArray[np.void]
    places: NDArray[np.int64]
    feeds: NDArray[np.int32]


class Home(NamedTuple):
    """Where an event comes from, in codes and digests."""

    feed: int
    program: int
    source_mix: int
    program_hash: int


def home_of(names: Names, source: str, program: str, channel: str) -> Home | str:
    """Interns where an event of a channel comes from, or says why there is no room for it."""
    try:
        code = names.program(program)
        names.queue(QueueKey(program, "", channel))
    except OverflowError as full:
        return str(full)
    mix = int(text_hash(source)) * _MIX & _MASK
    return Home(names.feed(source, program), code, mix, int(text_hash(program)))


class BotDecoder:
    """Decodes for one shard, interning into its names."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._homes: dict[tuple[str, str], Home | str] = {}
        self._places: dict[QueueKey, int | str] = {}

    def decode(
        self,
        found: list[tuple[Any, int]],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> tuple[Lane | None, Lane | None]:
        """Conversations' and technologies' events; those that are refused go to `rejects`."""
        talks: list[tuple[Any, int, Home, int]] = []
        probes: list[tuple[Any, int, Home, int]] = []
        for event, i in found:
            home = self._home(event.source, event.program)
            place = home if isinstance(home, str) else self._place(event)
            if isinstance(home, str) or isinstance(place, str):
                detail = of_program(str(place), event.program)
                rejects.append(reject(str(place), detail, topic, offsets[i], values[i]))
            elif event.code < TECHNOLOGY_CODE:
                talks.append((event, i, home, place))
            else:
                probes.append((event, i, home, place))
        return (_talks(talks) if talks else None, _probes(probes) if probes else None)

    def _home(self, source: str, program: str) -> Home | str:
        key = (source, program)
        if key not in self._homes:
            refused = self._names.refused_program(program)
            self._homes[key] = refused or self._found(source, program)
        return self._homes[key]

    def _found(self, source: str, program: str) -> Home | str:
        # A conversation may turn out to have no start: the bot "" is where it is then booked.
        return home_of(self._names, source, program, BOT_CHANNEL)

    def _place(self, event: Any) -> int | str:
        """Queue code of what the event is of; 0 where it names none."""
        match event.__struct_config__.tag:
            case "conversation_started":
                key = QueueKey(event.program, event.bot, BOT_CHANNEL)
            case "probe":
                key = QueueKey(event.program, event.technology, event.kind)
            case "attempts_counted":
                key = QueueKey(event.program, event.technology, LINES_CHANNEL)
            case _:
                return 0
        if key not in self._places:
            try:
                self._places[key] = self._names.queue(key)
            except OverflowError as full:
                self._places[key] = str(full)
        return self._places[key]


def _talks(found: list[tuple[Any, int, Home, int]]) -> Lane:
    out = np.zeros(len(found), BOT_INPUT)
    events = [event for event, *_ in found]
    event = out["event"]
    event["kind"] = [e.code - CONVERSATION_CODE << 3 | _ended_by(e) for e in events]
    event["text"] = [text_hash(getattr(e, "turn", "") or getattr(e, "bot", "")) for e in events]
    event["bot"] = [place for *_, place in found]
    fill(out, found, [e.conversation for e in events])
    return as_lane(out, found)


def _ended_by(event: Any) -> int:
    by = getattr(event, "by", "")
    return _ENDED_BY[by] if by else 0


def _probes(found: list[tuple[Any, int, Home, int]]) -> Lane:
    out = np.zeros(len(found), PROBE_INPUT)
    events = [event for event, *_ in found]
    event = out["event"]
    event["kind"] = [e.code - TECHNOLOGY_CODE << 3 | _status(e) for e in events]
    numbers = np.array([_numbers(e) for e in events], np.int64)
    for n in range(4):
        event[f"n{n}"] = numbers[:, n]
    event["place"] = [place for *_, place in found]
    fill(out, found, [e.technology for e in events])
    return as_lane(out, found)


def _status(event: Any) -> int:
    return _STATUS[event.status] if hasattr(event, "status") else 0


def _numbers(event: Any) -> tuple[int, int, int, int]:
    if hasattr(event, "status"):
        return _KIND[event.kind], event.next_within_ms, 0, 0
    if hasattr(event, "attempts"):
        return event.start, event.end, event.attempts, event.blocked
    return 0, 0, 0, 0


def fill(out: NDArray[np.void], found: list[tuple[Any, int, Home, int]], owners: list[str]) -> None:
    """What every event has: its place in the order, its id, its owner's digest, its program."""
    events, homes = [event for event, *_ in found], [home for _, _, home, _ in found]
    event = out["event"]
    for name, read in (("time", _time), ("seq", _seq), ("rev", _rev)):
        event[name] = [read(e) for e in events]
    ids = b"".join(xxhash.xxh3_64_digest(e.id.encode()) for e in events)
    mixes = np.array([home.source_mix for home in homes], np.uint64)
    event["id"] = np.frombuffer(ids, ">u8") ^ mixes
    digests = b"".join(xxhash.xxh3_128_digest(owner.encode()) for owner in owners)
    halves = np.frombuffer(digests, ">u8").reshape(len(found), 2)
    out["hi"] = halves[:, 0] ^ np.array([home.program_hash for home in homes], np.uint64)
    out["lo"] = halves[:, 1]
    out["program"] = [home.program for home in homes]


def as_lane(out: NDArray[np.void], found: list[tuple[Any, int, Home, int]]) -> Lane:
    """Kernel input with the places and feeds of its events."""
    places = np.array([i for _, i, _, _ in found], np.int64)
    return Lane(out, places, np.array([home.feed for _, _, home, _ in found], np.int32))
