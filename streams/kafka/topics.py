"""Every topic, declared once; what a cluster lacks of them, and bringing it there."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from streams.errors import UserError
from streams.kafka.settings import (
    ADJUSTMENTS,
    EVENT_TOPICS,
    INTERVALS,
    MONTHS,
    REJECTS,
    SNAPSHOTS,
    KafkaSettings,
)

DAY_MS = 86_400_000
PLAN = "plan"
FOR_EVER = "-1"
LARGEST = str(2 * 1024 * 1024)
"""Of a batch: a snapshot's chunk of 900 kB, a reject of 64 kB in base64, and room beside them."""
COMPACTED = {
    "cleanup.policy": "compact",
    # A shard writes its whole state every few seconds: what is superseded must go soon.
    "segment.bytes": str(64 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
    "max.message.bytes": LARGEST,
}
SIGHT_S = 30


@dataclass(frozen=True)
class Topic:
    """A topic as it must be; `name` as on the cluster."""

    name: str
    partitions: int
    copies: int
    configs: Mapping[str, str]


class Present(NamedTuple):
    """A topic as it is; `configs` holds at least those that we declare."""

    partitions: int
    copies: int
    configs: Mapping[str, str]


class Difference(NamedTuple):
    """What is not as declared: `wanted` a topic to create, configs to set, or copies by hand."""

    topic: str
    what: str
    has: str
    wanted: str


CREATE, COPIES = "create", "copies"
"""`what` of a Difference; else it is a config's name."""


def declared(settings: KafkaSettings) -> tuple[Topic, ...]:
    """All topics of an installation."""
    kept = str(round(settings.retention_days * DAY_MS))
    deleted = {"cleanup.policy": "delete", "retention.ms": kept}
    # Events of last month written today with their own time would be deleted within minutes.
    events = {name: deleted | {"message.timestamp.type": "LogAppendTime"} for name in EVENT_TOPICS}
    events[PLAN] |= {"retention.ms": FOR_EVER, "retention.bytes": FOR_EVER}
    configs = events | {
        ADJUSTMENTS: deleted | {"max.message.bytes": LARGEST},
        SNAPSHOTS: COMPACTED,
        INTERVALS: COMPACTED,
        MONTHS: COMPACTED,
        REJECTS: deleted | {"max.message.bytes": LARGEST},
    }
    # An acknowledged record is on so many copies that it survives the loss of one.
    safe = {"min.insync.replicas": str(max(1, settings.replication - 1))}
    ours = [
        Topic(settings.topic(name), settings.partitions, settings.replication, of_topic | safe)
        for name, of_topic in configs.items()
    ]
    return (*ours, Topic(settings.leader_topic, 1, settings.replication, {}))


def present(admin: Any, topics: Sequence[Topic]) -> dict[str, Present]:
    """Those of `topics` that the cluster has."""
    from kafka.admin import ConfigResource
    from kafka.errors import UnknownTopicOrPartitionError, for_code

    found: dict[str, list[dict[str, Any]]] = {}
    for told in admin.describe_topics([topic.name for topic in topics]):
        kind = for_code(told["error_code"])
        if not told["error_code"]:
            found[told["name"]] = told["partitions"]
        elif kind is not UnknownTopicOrPartitionError:
            raise kind(told["name"])
    asked = [
        ConfigResource("TOPIC", topic.name, list(topic.configs))
        for topic in topics
        if topic.name in found and topic.configs
    ]
    configs = admin.describe_configs(asked, config_filter="all")["topic"] if asked else {}
    return {
        name: Present(
            len(partitions),
            min(len(each["replica_nodes"]) for each in partitions),
            {key: str(config["value"]) for key, config in configs.get(name, {}).items()},
        )
        for name, partitions in found.items()
    }


def differences(
    settings: KafkaSettings, topics: Iterable[Topic], there: Mapping[str, Present]
) -> list[Difference]:
    """What would have to change. Raises UserError where a partition count is not as declared."""
    topics = list(topics)
    refuse_other_counts(settings, topics, there)
    found = []
    for topic in topics:
        has = there.get(topic.name)
        if has is None:
            found.append(Difference(topic.name, CREATE, "", f"partitions: {topic.partitions}"))
            continue
        if has.copies < topic.copies:
            found.append(Difference(topic.name, COPIES, str(has.copies), str(topic.copies)))
        for name, value in topic.configs.items():
            if has.configs.get(name) != value:
                found.append(Difference(topic.name, name, has.configs.get(name, ""), value))
    return found


def refuse_other_counts(
    settings: KafkaSettings, topics: Iterable[Topic], there: Mapping[str, Present]
) -> None:
    """Raises UserError: keys hash to a shard by the count, so a topic can never get another."""
    hint = (
        "the count is chosen once: set kafka.partitions to it; "
        "for another one take new topics (another kafka.prefix) and replay"
    )
    counts = {name: there[name].partitions for name in settings.folded_topics if name in there}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise UserError(f"the event topics have unequal partition counts: {told}", hint)
    for topic in topics:
        has = there.get(topic.name)
        if has and has.partitions != topic.partitions:
            raise UserError(
                f"topic {topic.name} has {has.partitions} partitions, not {topic.partitions}", hint
            )


def plan(settings: KafkaSettings, admin: Any) -> list[Difference]:
    """What `apply` would change; `copies` it cannot."""
    topics = declared(settings)
    return differences(settings, topics, present(admin, topics))


def apply(settings: KafkaSettings, admin: Any) -> list[Difference]:
    """Create what is missing, set what differs; what was changed. Other configs stay as they are."""
    topics = {topic.name: topic for topic in declared(settings)}
    changed = [each for each in plan(settings, admin) if each.what != COPIES]
    missing = [topics[each.topic] for each in changed if each.what == CREATE]
    configs: dict[str, dict[str, str]] = {}
    for each in changed:
        if each.what != CREATE:
            configs.setdefault(each.topic, {})[each.what] = each.wanted
    if missing:
        create(admin, missing)
    if configs:
        _configure(admin, configs)
    _await_sight(settings, admin)
    return changed


def _await_sight(settings: KafkaSettings, admin: Any) -> None:
    """The broker that answers hears of a change a moment after the one that made it."""
    deadline = time.monotonic() + SIGHT_S
    while any(each.what != COPIES for each in plan(settings, admin)):
        if time.monotonic() > deadline:
            raise UserError("the cluster does not show what was changed", "floorwatch topics check")
        time.sleep(0.05)


def create(admin: Any, topics: Sequence[Topic]) -> None:
    """Create topics and wait until they can be used; those that are there stay as they are."""
    from kafka.errors import TopicAlreadyExistsError, for_code

    wanted = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": topic.copies,
            "configs": dict(topic.configs),
        }
        for topic in topics
    }
    for told in admin.create_topics(wanted, raise_errors=False)["topics"]:
        kind = for_code(told["error_code"])
        # Somebody else may create them in the same moment: by the same declaration.
        if told["error_code"] and kind is not TopicAlreadyExistsError:
            raise kind(f"{told['name']}: {told['error_message']}")
    admin.wait_for_topics(list(wanted), timeout_ms=SIGHT_S * 1000)


def _configure(admin: Any, configs: Mapping[str, Mapping[str, str]]) -> None:
    from kafka.admin import ConfigResource

    asked = [ConfigResource("TOPIC", name, dict(values)) for name, values in configs.items()]
    done = admin.alter_configs(asked, incremental=True)
    refused = [f"{name}: {told}" for name, told in done["topic"].items() if told != "OK"]
    if refused:
        raise UserError(f"configs were refused: {'; '.join(refused)}")
