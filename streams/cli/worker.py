"""`floorwatch worker`: one of many, folding its share of the cluster's partitions."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from typing import Annotated

import typer

from streams import logs
from streams.cli.live_page import page_of
from streams.cli.onto_plan import publish
from streams.cli.options import Config, LogLevel, load_settings
from streams.cli.output import say_error
from streams.clock import WallClock
from streams.errors import UserError
from streams.http import serve
from streams.planning.publish import Publisher
from streams.planning.rest import RestOfDay
from streams.settings import Settings

EXAMPLES = (
    "floorwatch worker --config center.toml",
    "FLOORWATCH_KAFKA__BOOTSTRAP=kafka:9092 floorwatch worker --port 9109",
)
MAX_AGE_MS = 200
LOOK_EVERY_S = 15.0
"""A view of all shards holds the fold: no more often than a scrape does."""


def command(
    config: Config = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of /metrics; 0: free.")] = None,
    log_level: LogLevel = None,
) -> None:
    """Fold events from Kafka, checkpoint into Kafka, serve /metrics, /live and /ready on loopback.

    Workers of one `kafka.app` share the partitions; start as many as you like, stop any. SIGTERM
    writes a last checkpoint and ends; what is killed is taken over from its newest checkpoint. A
    worker that cannot write one ends with 1: let a supervisor start it again.
    """
    # Until Faust's own handlers stand there is nothing to write: ending is simply ending. What sys.exit
    # raises may be swallowed while something is imported.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    settings = load_settings(config, log_level, http={"port": port})
    if settings.staff.personal_figures:
        raise UserError(
            "[staff] personal_figures: a worker keeps none, its ledger is a topic that many read",
            "set it to false here; `run` and `replay` keep them in their store",
        )
    with ThreadPoolExecutor(1) as waiting:  # for the broker, while Faust is imported
        looked = waiting.submit(_look_at_topics, settings)
        from streams.checkpoint.kafka import CheckpointError
        from streams.drivers.faust_worker.app import FAILED, run
        from streams.drivers.faust_worker.host import Host

        looked.result()
    host, rest, stopping = Host(settings), RestOfDay(settings.plan), threading.Event()
    try:
        server = serve(
            settings.http.host,
            settings.http.port,
            host.view,
            host.health.ready,
            live=host.health.live,
            plan=settings.plan,
            version=version("floorwatch"),
            max_age_ms=MAX_AGE_MS,
            rest=rest,
            token=settings.http.required_token,
            site=page_of(settings, host.view, WallClock(), rest, LOOK_EVERY_S).site(),
        )
    except OSError as error:
        raise UserError(str(error), "set http.port, for example FLOORWATCH_HTTP__PORT=0") from None
    at = f"http://{settings.http.host}:{server.port}"
    logs.info("serving", f"/metrics on {at}/metrics, the board as a page at / of the same")
    publisher = Publisher(settings.plan, partial(publish, settings))
    looked_at = (partial(publisher.shown, host.view), stopping, LOOK_EVERY_S)
    threading.Thread(target=rest.keep, args=looked_at, name="ahead", daemon=True).start()
    try:
        code = run(host)
    except CheckpointError as error:
        say_error(error.message, error.hint)
        code = FAILED
    finally:
        stopping.set()
        server.close()
    if code:
        raise typer.Exit(code)


def _look_at_topics(settings: Settings) -> None:
    """Say now what a worker would meet later. Raises UserError."""
    from streams.kafka.clients import admin
    from streams.kafka.topics import CREATE, plan

    with admin(settings.kafka) as client:
        differences = plan(settings.kafka, client)
    missing = [each.topic for each in differences if each.what == CREATE]
    if missing:
        raise UserError(f"topics are missing: {', '.join(missing)}", "floorwatch topics apply")
    for each in differences:
        logs.warn(
            "topic_differs",
            f"{each.topic}: {each.what} is {each.has}, declared {each.wanted}",
            hint="floorwatch topics apply",
        )
