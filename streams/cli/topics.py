"""`floorwatch topics`: the topics on the Kafka cluster, as they are declared."""

from typing import Annotated

import typer

from streams.cli.options import AsJson, Config, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.settings import Settings

EXAMPLES = (
    "floorwatch topics plan --config center.toml",
    "floorwatch topics apply --bootstrap kafka-1:9092,kafka-2:9092",
    "floorwatch topics check --json",
)
DIFFERS = 1
COLUMNS = ("topic", "what", "has", "wanted")
BY_HAND = "copies cannot be set here: kafka-reassign-partitions"
command = typer.Typer(help="The topics on the Kafka cluster: create them, keep them as declared.")

Bootstrap = Annotated[
    str | None, typer.Option("--bootstrap", help="host:port of the cluster, comma-separated.")
]


@command.command()
def plan(config: Config = None, bootstrap: Bootstrap = None, as_json: AsJson = False) -> None:
    """Print what `apply` would create or set; change nothing."""
    _differing(_settings(config, bootstrap), as_json)


@command.command()
def apply(config: Config = None, bootstrap: Bootstrap = None, as_json: AsJson = False) -> None:
    """Create missing topics and set configs that differ. Partition counts are never changed."""
    from streams.kafka import topics
    from streams.kafka.clients import admin

    settings = _settings(config, bootstrap).kafka
    with admin(settings) as client:
        changed = topics.apply(settings, client)
        left = topics.plan(settings, client)
    print_rows([each._asdict() for each in changed], COLUMNS, form_of(as_json))
    note(f"{len(changed)} changes made")
    if left:
        note(f"hint: {BY_HAND}: {', '.join(sorted({each.topic for each in left}))}")


@command.command()
def check(config: Config = None, bootstrap: Bootstrap = None, as_json: AsJson = False) -> None:
    """Exit with 1 if a topic is missing or not as declared."""
    if _differing(_settings(config, bootstrap), as_json):
        raise typer.Exit(DIFFERS)


def _settings(config: Config, bootstrap: str | None) -> Settings:
    return load_settings(config, kafka={"bootstrap": bootstrap})


def _differing(settings: Settings, as_json: bool) -> int:
    from streams.kafka import topics
    from streams.kafka.clients import admin

    with admin(settings.kafka) as client:
        found = topics.plan(settings.kafka, client)
    print_rows([each._asdict() for each in found], COLUMNS, form_of(as_json))
    note(f"{len(found)} differences from {len(topics.declared(settings.kafka))} topics as declared")
    if any(each.what == topics.COPIES for each in found):
        note(f"hint: {BY_HAND}")
    return len(found)
