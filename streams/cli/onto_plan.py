"""Events onto the topic `plan`, for whoever publishes some."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from streams.settings import Settings

if TYPE_CHECKING:
    from streams.kafka.outgoing import Outgoing

TOPIC = "topic plan"


@contextmanager
def reached(settings: Settings) -> Iterator["Outgoing"]:
    """The cluster, which is there and has the topics. Raises UserError."""
    from streams.kafka.outgoing import Outgoing
    from streams.kafka.settings import PLAN

    with Outgoing(settings.kafka) as outgoing:
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
    with reached(settings) as outgoing:
        send(outgoing, events)
