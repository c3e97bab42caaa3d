"""The worker: Faust's app and lifecycle around the partitions this process owns."""

import asyncio
import logging
import os
import signal
import tempfile
from typing import Any

import faust
from faust.tables.manager import TableManager
from faust.types.auth import AuthProtocol
from mode import CrashingSupervisor

from streams.drivers.faust_worker import pins, transport
from streams.drivers.faust_worker.host import LATE, Host
from streams.errors import UserError
from streams.kafka.clients import for_aiokafka
from streams.settings import Settings

FAILED = 1
"""Exit code: ended by an error."""
TICK_S = 0.5
QUEUED_BATCHES = 8
POLL_RECORDS = 20_000
METADATA_MS = 5_000
"""So often the cluster's topics are looked at. A broker that has just come back may name none: then
nobody is assigned anything until the next look, which by default is five minutes off."""


class _Worker(faust.Worker):
    """Faust's worker; ends within the deadline, at once at a second signal."""

    def _on_sigint(self) -> None:
        self._ending()
        self._schedule_shutdown(signal.SIGINT)

    def _on_sigterm(self) -> None:
        self._ending()
        self._schedule_shutdown(signal.SIGTERM)

    def _ending(self) -> None:
        host = self.app.floorwatch  # type: ignore[attr-defined]
        if self._signal_stop_time:
            os._exit(LATE)
        host.health.await_again("shutdown")
        host.deadline()

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """The process keeps its name."""


class _NoTables(TableManager):
    """There are none, so the group is joined at once: Faust waits a second for their declaration."""

    async def on_start(self) -> None:
        """As Faust's, without the second."""
        await self._update_channels()
        await self.recovery.start()


class _Raw(faust.Schema[Any, Any]):
    """Values are fetched batches: nothing to decode."""

    def loads_value(
        self, app: Any, message: Any, *, loads: Any = None, serializer: Any = None
    ) -> Any:
        """The batch as it is."""
        return message.value


def make_app(host: Host, folder: str) -> faust.App:
    """Faust's app with the one processor, for `host`; `folder` is one it may write into.

    Raises UserError where what is overridden is gone.
    """
    pins.check()
    transport.install()
    kafka = host.settings.kafka
    app = faust.App(
        kafka.group,
        broker=[f"{transport.SCHEME}://{server}" for server in kafka.servers],
        broker_credentials=_credentials(host.settings),
        store="memory://",
        TableManager=_NoTables,
        datadir=folder,
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=False,
        consumer_auto_offset_reset="none",
        stream_wait_empty=False,
        agent_supervisor=CrashingSupervisor,
        broker_session_timeout=kafka.session_timeout_s,
        broker_heartbeat_interval=min(1.0, kafka.session_timeout_s / 6),
        broker_max_poll_records=POLL_RECORDS,
        consumer_metadata_max_age_ms=METADATA_MS,
        web_enabled=False,
        tracing_enabled=False,
    )
    app.floorwatch = host  # type: ignore[attr-defined]
    host.app = app
    topic = app.topic(
        *kafka.folded_topics,
        schema=_Raw(value_type=bytes, value_serializer="raw"),
        maxsize=QUEUED_BATCHES,
    )

    @app.agent(topic, name="fold")
    async def fold(stream: Any) -> None:
        async for event in stream.noack().events():
            await host.fold(event.value)
            event.ack()

    @app.timer(TICK_S, on_leader=False)  # type: ignore[untyped-decorator]
    async def tick() -> None:
        await host.tick()

    async def last(sender: Any, *_: Any, **__: Any) -> None:
        await host.revoked()

    shutdown: Any = app.on_before_shutdown
    shutdown.connect(last)
    return app


def _credentials(settings: Settings) -> Any:
    options = for_aiokafka(settings.kafka)
    protocol = AuthProtocol(options["security_protocol"])
    if protocol is AuthProtocol.PLAINTEXT:
        return None
    if protocol is AuthProtocol.SSL:
        return faust.SSLCredentials(options["ssl_context"])
    return faust.SASLCredentials(
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        ssl_context=options["ssl_context"],
        mechanism=options["sasl_mechanism"],
    )


def run(host: Host) -> int:
    """Run until a signal or a failure; returns the exit code. Raises the failure if it is a user's."""
    host.load_kernels()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    host.loop = loop
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    code = 0
    with tempfile.TemporaryDirectory(prefix="floorwatch-") as folder:
        worker = _Worker(
            make_app(host, folder),
            loop=loop, quiet=True, redirect_stdouts=False, override_logging=False,
        )  # fmt: skip
        worker.spinner = None
        try:
            worker.execute_from_commandline()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            host.close()
    if worker.crash_reason is not None and host.failure is None:
        host.failed(worker.crash_reason)  # Faust's own loggers keep it to themselves
    if isinstance(host.failure, UserError):
        raise host.failure
    return FAILED if host.failure is not None else code
