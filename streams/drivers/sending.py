"""Sending: the lines of sources, through their bridges, as wire events into Kafka.

Ids are pure functions of the records, so what is sent twice changes nothing. What cannot be used
goes to the topic `rejects` with its reason, place and bytes.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import msgspec

from streams import logs
from streams.bridges.base import Bridge, Rejected, told_waiting
from streams.bridges.recognise import Kind, bridge_for, kind_of, recognise
from streams.clock import Clock, WallClock
from streams.kafka.outgoing import Outgoing, Routes
from streams.rejects import Reject, reject
from streams.settings import Settings
from streams.sources.base import Chunk
from streams.sources.file import FileSource, first_line
from streams.verdict import judge
from streams.wire import HEARTBEAT_CODE, decode

CHUNK = 2000
DAY_MS = 24 * 3_600_000


@dataclass
class Sent:
    """What was sent in this run."""

    lines: int = 0
    events: int = 0
    heartbeats: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    unknown_fields: int = 0
    latest_ms: int = -1
    """Greatest event time."""


OnReject = Callable[[str, Reject], None]
"""Told the source and the reject."""


class Poster:
    """Judges events as `validate` does and hands them over; remembers how far each source went."""

    def __init__(self, outgoing: Outgoing, clock: Clock, on_reject: OnReject | None = None) -> None:
        self.sent = Sent()
        self.hold_heartbeats = False
        """Heartbeats are noted, not sent: `promise_complete` speaks for all of them."""
        self._out = outgoing
        self._clock = clock
        self._on_reject = on_reject
        self._last: dict[str, int] = {}
        self._promised: dict[tuple[str, str], int] = {}

    def post(self, chunk: Chunk, bridge: Bridge | None) -> None:
        """Hand over what the lines of a chunk say."""
        kind = kind_of(bridge)
        self.sent.lines += len(chunk.lines) + len(chunk.too_long)
        for long in chunk.too_long:
            detail = f"{long.length:,} bytes"
            self._refuse(chunk.name, kind, "line_too_long", detail, long.position, long.named())
        for position, line in zip(chunk.offsets, chunk.lines, strict=True):
            try:
                events = [line] if bridge is None else bridge.translate(line, position)
            except Rejected as refused:
                self._refuse(chunk.name, kind, refused.reason, refused.detail, position, line)
                continue
            for raw in events:
                self._event(chunk.name, position, raw)

    def post_as_is(self, chunk: Chunk) -> None:
        """Hand over lines unjudged, keyed as far as they can be read."""
        self.sent.lines += len(chunk.lines)
        for long in chunk.too_long:
            self._refuse(
                chunk.name, Kind.EVENTS, "line_too_long", f"{long.length:,} bytes", long.position,
                long.named(),
            )  # fmt: skip
        for line in chunk.lines:
            self.send_as_is(line)

    def send_as_is(self, line: bytes) -> None:
        """Hand over one line unjudged."""
        topic, key = leniently_read(line, self._out.routes)
        self._out.send(topic, key, line)
        self.sent.events += 1

    def say(self, heartbeats: Sequence[bytes]) -> None:
        """Hand over promises that a bridge made, and what time alone brought about before them."""
        for raw in heartbeats:
            event = decode(raw)
            tag = type(event).__struct_config__.tag
            self._out.send_event(tag, event.source, event.program, raw)
            if event.code == HEARTBEAT_CODE:
                self.sent.heartbeats += 1
            else:
                self.sent.events += 1

    def settled(self, wait_s: float) -> bool:
        """Whether the fate of everything handed over is known, after waiting at most so long."""
        return self._out.settled(wait_s)

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything handed over is acknowledged. Raises NotAcknowledged."""
        self._out.flush(timeout_s)

    def last_ms(self, source: str) -> int:
        """Time of the last event of a source, -1 if none was sent."""
        return self._last.get(source, -1)

    def promise_complete(self) -> None:
        """For each (source, program): nothing will follow, up to a day after the source's last event."""
        for (source, program), said in sorted(self._promised.items()):
            until = self._last.get(source, -1) + DAY_MS
            until = max(said, until) if source in self._last else said
            beat = {"type": "heartbeat", "time": until, "source": source, "program": program}
            if until >= 0:
                self.say([msgspec.json.encode(beat)])

    def _event(self, name: str, position: int, raw: bytes) -> None:
        try:
            event = decode(raw)
        except Exception:
            verdict = judge(raw)
            self.sent.unknown_fields += verdict.unknown_fields
            event = verdict.event
            if event is None:
                kind = Kind.EVENTS
                self._refuse(name, kind, verdict.reason, verdict.detail, position, raw)
                return
        pair = (event.source, event.program)
        if event.code == HEARTBEAT_CODE:
            self._promised[pair] = max(event.time, self._promised.get(pair, -1))
            if self.hold_heartbeats:
                return
            self.sent.heartbeats += 1
        else:
            self._promised.setdefault(pair, -1)
            self._last[event.source] = max(event.time, self._last.get(event.source, -1))
            self.sent.latest_ms = max(self.sent.latest_ms, event.time)
            self.sent.events += 1
        tag = type(event).__struct_config__.tag
        self._out.send_event(tag, event.source, event.program, raw)

    def _refuse(
        self, name: str, kind: Kind, reason: str, detail: str, position: int, raw: bytes
    ) -> None:
        each = reject(reason, detail, "acd", position, raw)
        self.sent.rejects[reason] += 1
        self._out.keep_reject(each, self._clock.now_ms(), name, kind.value)
        if self._on_reject:
            self._on_reject(name, each)


def leniently_read(line: bytes, routes: Routes) -> tuple[str, bytes | None]:
    """Topic and key of a line that may be anything."""
    try:
        read: Any = json.loads(line)
        said = [read.get(name) for name in ("type", "source", "program")]
    except (ValueError, AttributeError, RecursionError):
        return routes.topic("", ""), None
    kind, source, program = (value if isinstance(value, str) else "" for value in said)
    return routes.topic(kind, source), program.encode("utf-8", "replace") or None


@dataclass
class Options:
    """How to send files."""

    kind: Kind | None = None
    complete: bool = False
    """Nothing will follow these files: one promise at the end instead of those in them."""
    as_is: bool = False
    stopping: Event = field(default_factory=Event)
    on_progress: Callable[[Path, int, int, int, int], None] | None = None
    """Told the file, its bytes read and in all, its lines, the event time reached."""
    on_reject: OnReject | None = None
    clock: Clock = field(default_factory=WallClock)


def send_files(
    settings: Settings, files: Sequence[Path], outgoing: Outgoing, options: Options
) -> Sent:
    """Send files one after the other; bridges promise only behind the last of them.

    Returns once everything is acknowledged. Raises UserError, KeyboardInterrupt once stopped.
    """
    poster = Poster(outgoing, options.clock, options.on_reject)
    poster.hold_heartbeats = options.complete
    bridges = [_send_file(settings, path, poster, options) for path in files]
    # A promise must not arrive where what it promises did not.
    outgoing.flush()
    for bridge in bridges:
        if bridge is None:
            continue
        # A call table lists calls that are over; a log goes on, unless it is said not to.
        over = options.complete or kind_of(bridge) is Kind.CALL_TABLE
        poster.say(bridge.end() if over else _up_to_the_last(bridge, poster))
        if waiting := told_waiting(bridge):
            logs.warn("records_wait", waiting)
    if options.complete:
        poster.promise_complete()
    outgoing.flush()
    return poster.sent


def _send_file(settings: Settings, path: Path, poster: Poster, options: Options) -> Bridge | None:
    source = FileSource(path)
    try:
        first = first_line(path)
        if not first:
            logs.warn("empty_file", f"{path} has no lines")
            return None
        bridge = None
        if not options.as_is:
            bridge = bridge_for(options.kind or recognise(path, first, settings), settings)
        before = poster.sent.lines
        for chunk in source.chunks(CHUNK):
            if options.as_is:
                poster.post_as_is(chunk)
            else:
                poster.post(chunk, bridge)
            if options.on_progress:
                options.on_progress(
                    path, source.bytes_done, source.bytes_total, poster.sent.lines - before,
                    poster.sent.latest_ms,
                )  # fmt: skip
            if options.stopping.is_set():
                poster.flush()
                logs.warn(
                    "interrupted", f"{path}: stopped behind line {poster.sent.lines - before:,}"
                )
                raise KeyboardInterrupt
        return bridge
    finally:
        source.close()


def _up_to_the_last(bridge: Bridge, poster: Poster) -> list[bytes]:
    """What a log promises at the end of its files: it knows all up to its source's last event."""
    sources = {decode(beat).source for beat in bridge.heartbeats(0)}
    until = min((poster.last_ms(source) for source in sources), default=-1)
    return bridge.heartbeats(until) if until >= 0 else []
