"""How to reach a Kafka cluster, what the topics are called, how a worker behaves in its group."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    model_validator,
)
from pydantic import StringConstraints as Text

PLAN = "plan"
EVENT_TOPICS = ("acd", "chat", "bot", "staff", PLAN)
"""Topics that carry events, keyed by program; all have the same partition count."""
ADJUSTMENTS = "adjustments"
"""What an audit asks of the shard of a partition, keyed and partitioned as events are."""
FOLDED_TOPICS = (*EVENT_TOPICS, ADJUSTMENTS)
"""Topics that a shard reads: their next offsets are part of its checkpoint."""
SNAPSHOTS, INTERVALS, REJECTS = "snapshots", "intervals", "rejects"
"""Topics that workers write: state by shard, ledger records, what could not be used."""
MONTHS = "months"
"""What `floorwatch month --kafka` writes: the newest values of months."""

Name = Annotated[str, Text(pattern=r"^[A-Za-z0-9._-]{0,100}$")]
Protocol = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecuritySettings(_Strict):
    """Encryption and credentials, the same for every client. Errors: parts that do not go together."""

    protocol: Protocol = "plaintext"
    ca_file: Path | None = Field(default=None, description="PEM; None: the system's authorities.")
    cert_file: Path | None = Field(default=None, description="PEM of the client's certificate.")
    key_file: Path | None = None
    key_password: SecretStr | None = None
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.protocol.startswith("sasl") and not (self.username and self.password):
            raise ValueError(f"{self.protocol} needs username and password")
        if (self.ca_file or self.cert_file) and not self.protocol.endswith("ssl"):
            raise ValueError(f"{self.protocol} uses no certificates: set ssl or sasl_ssl")
        if self.key_file and not self.cert_file:
            raise ValueError("key_file without cert_file")
        return self


class KafkaSettings(_Strict):
    """The cluster, the names of topics on it, and the worker's manners.

    `prefix` stands before every name, so that several installations can share a cluster. `app`
    names the consumer group and the transactional ids. `partitions` is chosen once.
    """

    bootstrap: str = Field(default="127.0.0.1:9092", description="host:port, comma-separated.")
    prefix: Name = ""
    app: Annotated[Name, Text(min_length=1)] = "floorwatch"
    partitions: PositiveInt = Field(default=12, description="Of each event topic; chosen once.")
    replication: PositiveInt = Field(default=1, description="Copies of each partition.")
    retention_days: PositiveFloat = Field(default=40, description="Of events; `plan` stays.")
    compression: Literal["none", "gzip", "zstd"] = Field(
        default="zstd", description="Of what our producers send; workers read every codec."
    )
    linger_ms: Annotated[int, Field(ge=0, le=5000)] = Field(
        default=100,
        description="The broker collects so long for a worker: fewer, larger batches. 250 takes a "
        "fifth less CPU at 20,000 events/s; figures are 0.15 s older.",
    )
    session_timeout_s: PositiveFloat = Field(
        default=10, description="Without contact for so long a worker has lost its shards."
    )
    exit_deadline_s: PositiveFloat = Field(
        default=20, description="After SIGTERM; then the process ends without another checkpoint."
    )
    security: SecuritySettings = SecuritySettings()

    @property
    def servers(self) -> list[str]:
        """The bootstrap servers."""
        return [server.strip() for server in self.bootstrap.split(",") if server.strip()]

    def topic(self, name: str) -> str:
        """A topic's name on the cluster."""
        return self.prefix + name

    def plain_name(self, topic: str) -> str:
        """The name without prefix of a topic on the cluster."""
        return topic.removeprefix(self.prefix)

    @property
    def folded_topics(self) -> tuple[str, ...]:
        """The names on the cluster of the topics that a shard reads."""
        return tuple(map(self.topic, FOLDED_TOPICS))

    @property
    def group(self) -> str:
        """The consumer group, and the beginning of transactional ids.

        With the prefix: two installations that share an `app` would fence each other.
        """
        return self.prefix + self.app

    @property
    def leader_topic(self) -> str:
        """The topic by which Faust's assignor elects a leader; one partition."""
        return f"{self.group}-__assignor-__leader"
