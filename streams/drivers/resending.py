"""Sending rejects again, mended or not, to the topic they came from or would have gone to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from streams.bridges.base import Bridge, Rejected
from streams.bridges.recognise import Kind, bridge_for, is_event
from streams.clock import Clock
from streams.errors import UserError
from streams.kafka.outgoing import Outgoing
from streams.kafka.records import KeptReject
from streams.kafka.reject_log import RejectLog
from streams.settings import Settings
from streams.sources.file import first_line
from streams.verdict import judge


class Again(NamedTuple):
    """What became of the rejects: ids sent again, and why the others were refused."""

    taken: list[str]
    refused: dict[str, str]


def resend(settings: Settings, log: RejectLog, raw: Mapping[str, bytes], clock: Clock) -> Again:
    """Send rejects (by id, with the bytes to use), and mark those that went. Raises UserError.

    The mark is written once the events are acknowledged: after a crash between the two they are
    sent once more, with the same ids.
    """
    refused: dict[str, str] = {}
    events: dict[str, list[tuple[Any, bytes]]] = {}
    bridges: dict[str, Bridge] = {}
    for name, data in raw.items():
        try:
            lines = _translated(settings, log.by_id[name].kept, data, bridges)
            events[name] = [(_judged(line), line) for line in lines]
        except Rejected as error:
            refused[name] = str(error)
    with Outgoing(settings.kafka) as outgoing:
        for judged in events.values():
            for event, line in judged:
                outgoing.send_event(
                    type(event).__struct_config__.tag, event.source, event.program, line
                )
        outgoing.flush()
        for name in events:
            kept, partition = log.by_id[name]
            outgoing.mark_taken_again(kept.place, clock.now_ms(), partition)
        outgoing.flush()
    return Again(list(events), refused)


def _translated(
    settings: Settings, kept: KeptReject, data: bytes, bridges: dict[str, Bridge]
) -> list[bytes]:
    """Wire events of a reject's bytes. Raises Rejected."""
    if kept.kind in ("", Kind.EVENTS) or is_event(data):
        return [data]
    if kept.kind == Kind.AMAZON_CONNECT:
        bridge = bridge_for(Kind.AMAZON_CONNECT, settings)
        return bridge.translate(data, kept.place.offset) if bridge else []
    if kept.kind != Kind.CALL_TABLE:
        raise Rejected(
            "needs_its_log",
            "a line of a log says nothing without those before it: mend it in "
            f"{kept.place.source} and send that again",
        )
    source = kept.place.source
    if source not in bridges:
        bridges[source] = _table(settings, source)
    # Position 0 is the header's, which is no reject.
    return bridges[source].translate(data, max(1, kept.place.offset))


def _table(settings: Settings, source: str) -> Bridge:
    """A bridge that has read the header of the file of a row."""
    try:
        bridge = bridge_for(Kind.CALL_TABLE, settings)
        assert bridge is not None
        if settings.call_table is not None and settings.call_table.header:
            bridge.translate(first_line(Path(source)), 0)
        return bridge
    except UserError as error:
        raise Rejected("needs_its_file", f"for the names of its columns: {error.message}") from None


def _judged(line: bytes) -> Any:
    verdict = judge(line)
    if verdict.event is None:
        raise Rejected(verdict.reason, verdict.detail)
    return verdict.event
