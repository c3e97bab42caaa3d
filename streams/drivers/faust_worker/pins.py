"""What is overridden inside Faust and aiokafka, and proof at start that it is still there."""

from collections.abc import Mapping
from importlib.metadata import version
from types import ModuleType
from typing import Any

from aiokafka import conn
from aiokafka.consumer import fetcher, group_coordinator
from aiokafka.record import default_records
from faust.app import base
from faust.tables import manager
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver

from streams.errors import UserError

VERSIONS = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "mode-streaming": "0.7.1"}
"""Releases in which each override was read and run. No other is started."""
NAMES: tuple[tuple[Any, str], ...] = (
    (consumer.Consumer, "_wait_next_records"),
    (consumer.Consumer, "ack"),
    (consumer.Consumer, "commit"),
    (consumer.Consumer, "force_commit"),
    (consumer.Consumer, "commit_and_end_transactions"),
    (consumer.Consumer, "perform_seek"),
    (consumer.Consumer, "_add_gap"),
    (consumer.Consumer, "on_partitions_revoked"),
    (consumer.Consumer, "verify_all_partitions_active"),
    (driver.Consumer, "_new_consumer_thread"),
    (driver.AIOKafkaConsumerThread, "_create_worker_consumer"),
    (driver.AIOKafkaConsumerThread, "_seek_wait"),
    (driver, "ConsumerMessage"),
    (driver, "Transport"),
    (fetcher.PartitionRecords, "_consumer_record"),
    (fetcher.PartitionRecords, "_unpack_records"),
    (fetcher.FetchResult, "getall"),
    (fetcher.FetchResult, "getone"),
    (fetcher.FetchResult, "_update_position"),
    (group_coordinator.GroupCoordinator, "_do_heartbeat"),
    (group_coordinator.GroupCoordinator, "check_errors"),
    (default_records, "DefaultRecord"),
    (conn, "READER_LIMIT"),
    (base, "venusian"),
    (manager.TableManager, "_update_channels"),
    (manager.TableManager, "recovery"),
)


def check(
    installed: Mapping[str, str] | None = None, names: tuple[tuple[Any, str], ...] = NAMES
) -> None:
    """Raises UserError where a release or a name is not the one that was tried."""
    found = installed or {name: version(name) for name in VERSIONS}
    for name, wanted in VERSIONS.items():
        if found[name] != wanted:
            raise UserError(
                f"{name} {found[name]} is installed; the worker was tried with {wanted} only",
                f"pip install {name}=={wanted}",
            )
    gone = [f"{_name(owner)}.{name}" for owner, name in names if not hasattr(owner, name)]
    if gone:
        raise UserError(
            f"the worker overrides {', '.join(gone)}, which this installation lacks",
            "install what requirements.txt pins",
        )


def _name(owner: Any) -> str:
    if isinstance(owner, ModuleType):
        return owner.__name__
    return f"{owner.__module__}.{owner.__qualname__}"
