"""What a broker's server.properties say: one node, loopback only, quick to start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.kafka.certificates import Authority

HOST = "127.0.0.1"
SCRAM = "SCRAM-SHA-512"
FEW = 4
"""Partitions of the internal topics: the first transaction waits until all of them are there."""
PROTOCOLS = {"CONTROLLER": "PLAINTEXT"}
"""Of listeners that are not called by their protocol."""
LOGIN = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Security:
    """Listeners with TLS, and with TLS and passwords (SCRAM-SHA-512 or PLAIN).

    `users` and `strangers`, name and password, may log in; strangers may then do nothing.
    """

    users: Mapping[str, str] = field(default_factory=lambda: {"floorwatch": "right"})
    strangers: Mapping[str, str] = field(default_factory=dict)

    @property
    def everyone(self) -> dict[str, str]:
        """Names and passwords."""
        return {**self.users, **self.strangers}


@dataclass(frozen=True)
class Ports:
    """Where a broker listens; `ssl` and `sasl` only if it is secured."""

    plain: int
    controller: int
    ssl: int
    sasl: int


def properties(
    folder: Path, ports: Ports, security: Security | None, extra: Mapping[str, str]
) -> str:
    """The text of server.properties for a broker that keeps its data in `folder`."""
    listeners = {"PLAINTEXT": ports.plain}
    if security:
        listeners |= {"SSL": ports.ssl, "SASL_SSL": ports.sasl}
    where = [f"{name}://{HOST}:{port}" for name, port in listeners.items()]
    said = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{ports.controller}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": ",".join(
            f"{name}:{PROTOCOLS.get(name, name)}" for name in (*listeners, "CONTROLLER")
        ),
        "inter.broker.listener.name": "PLAINTEXT",
        "listeners": ",".join([*where, f"CONTROLLER://{HOST}:{ports.controller}"]),
        "advertised.listeners": ",".join(where),
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        # After SIGKILL its own earlier session must end before the broker may come back: 9 s else.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        **_one_node(),
        **(_secured(folder, security) if security else {}),
        **extra,
    }
    return "".join(f"{name}={value}\n" for name, value in said.items())


def _one_node() -> dict[str, str]:
    internal = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
    said = {f"{topic}.replication.factor": "1" for topic in internal}
    said |= {f"{topic}.min.isr": "1" for topic in internal[1:]}
    return said | {f"{topic}.num.partitions": str(FEW) for topic in internal}


def _secured(folder: Path, security: Security) -> dict[str, str]:
    authority = Authority(folder / "certificates")
    known = "".join(f' user_{name}="{word}"' for name, word in security.everyone.items())
    said = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(authority.key_store("broker")),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.ca_file),
        "listener.name.ssl.ssl.client.auth": "requested",
        "sasl.enabled.mechanisms": f"PLAIN,{SCRAM}",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": (
            f"{LOGIN}.plain.PlainLoginModule required{known};"
        ),
        f"listener.name.sasl_ssl.{SCRAM.lower()}.sasl.jaas.config": (
            f"{LOGIN}.scram.ScramLoginModule required;"
        ),
    }
    if security.strangers:
        # A certificate's name counts as the user's.
        masters = ("ANONYMOUS", *security.users, *(f"CN={name}" for name in security.users))
        said |= {
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": ";".join(f"User:{name}" for name in masters),
        }
    return said
