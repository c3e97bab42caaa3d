"""Every wire event of every topic, and which topic each belongs to."""

from typing import Annotated, Any, Union

from pydantic import Discriminator, TypeAdapter

from schemas.bots import BOT_EVENTS
from schemas.chats import CHAT_EVENTS
from schemas.contacts import ACD_EVENTS, Heartbeat, WireEvent, event_type
from schemas.deferred import CASE_EVENTS
from schemas.forecasts import PLAN_EVENTS
from schemas.outbound import OUTBOUND_EVENTS
from schemas.staff import STAFF_EVENTS

TOPICS: dict[str, tuple[type[WireEvent], ...]] = {
    "acd": (*ACD_EVENTS, *CASE_EVENTS, *OUTBOUND_EVENTS),
    "chat": (*CHAT_EVENTS, Heartbeat),
    "staff": STAFF_EVENTS,
    "plan": PLAN_EVENTS,
    "bot": BOT_EVENTS,
}
"""Wire events by topic. A heartbeat may stand on every topic but `plan`."""

EVENTS: tuple[type[WireEvent], ...] = tuple(
    dict.fromkeys(model for models in TOPICS.values() for model in models)
)
TOPIC_OF: dict[str, str] = {
    event_type(model): topic
    for topic, models in TOPICS.items()
    for model in models
    if event_type(model) != "heartbeat"
}
"""Topic by event type, heartbeats left out."""

_ANY: Any = Annotated[Union[EVENTS], Discriminator("type")]  # noqa: UP007
EVENT: TypeAdapter[Any] = TypeAdapter(_ANY)
"""Authority over all of them: `EVENT.validate_json(raw)` accepts or says why not."""
