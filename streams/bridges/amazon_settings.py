"""What records of Amazon Connect do not say: programs, homes of staff, what a status means."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier
from streams.bridges.asterisk_settings import Destination
from streams.bridges.staff_homes import AuxClass, Home

Ending = Literal["customer", "staff", "system", "failure", "queue_timeout", "forced"]
"""Who ended a contact; the last three are the system, with that reason."""
REASONS: dict[str, Ending] = {
    "CUSTOMER_DISCONNECT": "customer",
    "AGENT_DISCONNECT": "staff",
    "THIRD_PARTY_DISCONNECT": "system",
    "TELECOM_PROBLEM": "failure",
    "BARGED": "forced",
    "CONTACT_FLOW_DISCONNECT": "system",
    "EXPIRED": "queue_timeout",
    "API": "forced",
    "OTHER": "system",
}


class AmazonConnectSettings(BaseModel):
    """One instance of Amazon Connect. Unknown keys are refused.

    Neither stream promises that it is complete: let `sources` say `heartbeats = false` of both
    sources, with the disorder to wait for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Identifier = "amazon-connect"
    staff_source: Identifier = Field(
        default="amazon-connect-staff",
        description="Source of agent events: a stream of its own, with delays of its own.",
    )
    default_program: Identifier = Field(
        default="default", description="Program of queues that the plan does not list."
    )
    queues: dict[str, Identifier] = Field(
        default={},
        description="Queue ARN, the id at its end, or the queue's name -> queue of the plan.",
    )
    destinations: dict[str, Destination] = Field(
        default={}, description="Where transfers lead, by the address of their endpoint."
    )
    disconnects: dict[str, Ending] = Field(
        default={}, description="Meaning of a DisconnectReason that is not the usual one."
    )
    homes: dict[str, Home] = Field(
        default={},
        description="Home by agent id (end of the ARN), user name, routing profile (name or id) "
        "or name of a hierarchy group; the first that is listed counts.",
    )
    default_group: Identifier = Field(
        default="default", description="Staffing group of people without a listed home."
    )
    routable: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        default=("Available",), description="Status names that mean ready, where no type is given."
    )
    offline: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        default=("Offline",), description="Status names that mean gone, where no type is given."
    )
    aux: dict[str, AuxClass] = Field(
        default={}, description='Class of each custom status: { Lunch = "meal" }; others: other.'
    )
