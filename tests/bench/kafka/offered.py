"""Events offered live at a steady rate: which, when, and the process that sends them.

Event number i is due `i / rate` seconds after the start and carries that moment as its time,
whether or not it could be sent by then: a producer that falls behind makes the figures worse.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from streams.kafka.keys import partition_of
from streams.kafka.outgoing import LINGER_MS
from streams.settings import Settings
from tests.bench.kafka.events import Writer, is_heartbeat

TURN_S = LINGER_MS / 1000
"""So long our own producers collect."""
BEAT_S = 1.0
LEAD_MS = 1000
_TIME = b'"time":'
_DIGITS = 13


class _Origin(msgspec.Struct, frozen=True):
    source: str
    program: str


_origin_of = msgspec.json.Decoder(_Origin).decode
Feed = tuple[str, str]
"""Source and program."""


class Due(NamedTuple):
    """An event to be sent: the bytes around its time."""

    feed: Feed
    heartbeat: bool
    before: bytes
    after: bytes


def due(lines: Iterable[bytes], rate: int, count: int) -> Iterator[Due]:
    """The first `count` events of a center that has this rate: contacts' events in their order,
    and heartbeats of every feed each second."""
    feeds: dict[Feed, None] = {}
    every = round(rate * BEAT_S)
    given = iter(lines)
    made = 0
    while made < count:
        if made % every == 0:
            for source, program in list(feeds)[: count - made]:
                yield _beat(source, program)
                made += 1
        line = next(given)
        if is_heartbeat(line):
            continue
        origin = _origin_of(line)
        feed = origin.source, origin.program
        feeds[feed] = None
        at = line.index(_TIME) + len(_TIME)
        yield Due(feed, False, line[:at], line[at + _DIGITS :])
        made += 1


def _beat(source: str, program: str) -> Due:
    before = b'{"type":"heartbeat","time":'
    after = b',"source":"%b","program":"%b"}' % (source.encode(), program.encode())
    return Due((source, program), True, before, after)


async def offer(settings: Settings, ordered: list[Due], rate: int) -> dict[str, float]:
    """Send the events when they are due; when the first one was (ms), and the longest delay (ms)."""
    kafka = settings.kafka
    places = {feed: partition_of(feed[1], kafka.partitions) for feed in {d.feed for d in ordered}}
    keyed = {feed: (place, feed[1].encode()) for feed, place in places.items()}
    async with Writer(kafka) as writer:
        start_ms = time.time() * 1000 + LEAD_MS
        worst, sent = 0.0, 0
        while sent < len(ordered):
            now_ms = time.time() * 1000
            until = min(len(ordered), int((now_ms - start_ms) * rate / 1000) + 1)
            if sent < until:
                worst = max(worst, now_ms - start_ms - sent * 1000 / rate)
            for number in range(sent, until):
                each = ordered[number]
                at_ms = int(start_ms + number * 1000 / rate)
                place, key = keyed[each.feed]
                await writer.add(place, key, b"%b%d%b" % (each.before, at_ms, each.after))
            sent = max(sent, until)
            await writer.send()
            await asyncio.sleep(TURN_S)
        await writer.flush()
    return {"start_ms": start_ms, "worst_ms": worst}


def main(config: str, events: str, rate: str, count: str) -> None:
    with Path(events).open("rb") as lines:
        ordered = list(due(lines, int(rate), int(count)))
    settings = Settings.load(Path(config))
    print("ready", flush=True)
    print(json.dumps(asyncio.run(offer(settings, ordered, int(rate)))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
