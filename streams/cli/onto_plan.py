"""Events onto the topic `plan`, for whoever publishes some."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from streams.settings import Settings

if TYPE_CHECKING:
    from streams.kafka.outgoing import Outgoing

TOPIC = "topic plan"
PATIENCE_S = 10.0
"""For what is published by itself: it is due again, and nothing else must wait for it."""


@contextmanager
def reached(settings: Settings, patience_s: float | None = None) -> Iterator["Outgoing"]:
    """The cluster, which is there and has the topics. Raises UserError."""
    from streams.kafka import outgoing as kafka
    from streams.kafka.settings import PLAN

    with kafka.Outgoing(settings.kafka, patience_s or kafka.PATIENCE_S) as outgoing:
        outgoing.look_at(PLAN)
        yield outgoing


def send(outgoing: "Outgoing", events: Iterable[dict[str, Any]]) -> str:
    """Send events and wait until the cluster has them; returns where they are. Raises UserError."""
    for event in events:
        raw = msgspec.json.encode(event)
        outgoing.send_event(event["type"], event["source"], event["program"], raw)
    outgoing.flush()
    return TOPIC


def publish(settings: Settings, raw: Iterable[bytes]) -> None:
    """Send events of the plan. Raises UserError."""
    events = [msgspec.json.decode(each) for each in raw]
    with reached(settings, PATIENCE_S) as outgoing:
        send(outgoing, events)
