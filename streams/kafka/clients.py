"""How every client of the cluster is set up, and what its errors mean."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streams.errors import UserError
from streams.kafka.reach import reach
from streams.kafka.settings import KafkaSettings
from streams.kafka.tls import ssl_context

BOOTSTRAP_MS = 10_000
"""Until the first answer. The client swallows why there is none, and would try for 30 s."""
LOST = {
    *("KafkaConnectionError", "KafkaTimeoutError", "NodeNotReadyError", "RequestTimedOutError"),
    *("NoBrokersAvailable", "AuthenticationFailedError", "SaslAuthenticationFailedError"),
    *("SaslAuthenticationFailed", "UnsupportedSaslMechanismError", "Cancelled"),
}
"""Errors whose cause only a connection of our own can tell; both clients call them alike."""
MEANINGS = {
    "UnknownTopicOrPartitionError": ("a topic is missing", "floorwatch topics apply"),
    "InvalidReplicationFactorError": (
        "fewer brokers than copies",
        "lower kafka.replication, or start more brokers",
    ),
    "MessageSizeTooLargeError": ("a record is too large", "floorwatch topics check"),
    "UnsupportedVersionError": ("the brokers are too old", "Kafka 3.5 or newer is needed"),
}
for _library in ("kafka", "aiokafka"):
    # Without a handler Python prints a library's warnings to stderr, above our one error line.
    logging.getLogger(_library).addHandler(logging.NullHandler())


def for_kafka_python(settings: KafkaSettings) -> dict[str, Any]:
    """Options for KafkaProducer, KafkaConsumer and KafkaAdminClient."""
    return _options(settings) | {"bootstrap_timeout_ms": BOOTSTRAP_MS}


def for_aiokafka(settings: KafkaSettings) -> dict[str, Any]:
    """Options for AIOKafkaProducer and AIOKafkaConsumer."""
    return _options(settings)


@contextmanager
def explained(settings: KafkaSettings) -> Iterator[None]:
    """Turns errors of kafka-python and aiokafka into a UserError that says where and what to do.

    When no connection came about it makes one of its own to learn why: some seconds at most.
    """
    try:
        yield
    except Exception as error:
        names = {kind.__name__ for kind in type(error).__mro__}
        if "KafkaError" not in names:
            raise
        if names & LOST:
            reach(settings)
        raise _meaning(settings, error, names) from error


@contextmanager
def admin(settings: KafkaSettings) -> Iterator[Any]:
    """A KafkaAdminClient while the context lasts, its errors explained."""
    from kafka.admin import KafkaAdminClient

    with explained(settings):
        reach(settings)
        client = KafkaAdminClient(**for_kafka_python(settings))
        try:
            yield client
        finally:
            client.close()


def _options(settings: KafkaSettings) -> dict[str, Any]:
    security = settings.security
    options: dict[str, Any] = {
        "bootstrap_servers": settings.servers,
        "client_id": settings.group,
        "security_protocol": security.protocol.upper(),
        "ssl_context": ssl_context(security),
    }
    if security.protocol.startswith("sasl") and security.password:
        options |= {
            "sasl_mechanism": security.mechanism,
            "sasl_plain_username": security.username,
            "sasl_plain_password": security.password.get_secret_value(),
        }
    return options


def _meaning(settings: KafkaSettings, error: Exception, names: set[str]) -> UserError:
    where = f"Kafka at {settings.bootstrap}"
    # kafka-python adds the whole request and the whole answer.
    told = str(error).partition(": Request '")[0]
    for name, (what, hint) in MEANINGS.items():
        if name in names:
            return UserError(f"{where}: {what} ({told})", hint)
    if any(name.endswith(("AuthorizationError", "AuthorizationFailedError")) for name in names):
        user = settings.security.username or "this client"
        return UserError(
            f"{where}: {user} may not do that ({told})",
            f"grant it to topics {settings.prefix}*, group {settings.group}, "
            f"transactional ids {settings.group}-*",
        )
    if names & LOST:
        return UserError(f"{where}: {told}", "it answers now: try again")
    return UserError(f"{where}: {told}")
