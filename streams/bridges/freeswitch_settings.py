"""What events of mod_callcenter do not say: programs, homes of staff, what a key or a break means."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier
from streams.bridges.staff_homes import AuxClass, Home

KeyMeaning = Literal["abandoned", "callback_later", "voicemail"]
"""What leaving the queue by a key was for. Another queue counts its callers anew: abandoned here."""
Hours = Annotated[float, Field(gt=0)]


class FreeSwitchSettings(BaseModel):
    """One FreeSWITCH with mod_callcenter. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Identifier = "freeswitch"
    staff_source: Identifier = Field(
        default="freeswitch-staff",
        description="Source of events of staff: its promises go where those events go.",
    )
    default_program: Identifier = Field(
        default="default", description="Program of queues that the plan does not list."
    )
    queues: dict[str, Identifier] = Field(
        default={},
        description='Queue as CC-Queue has it ("3000@default", or "3000") -> the plan\'s.',
    )
    exit_keys: dict[str, KeyMeaning] = Field(
        default={}, description="EXIT_WITH_KEY, by queue of the plan."
    )
    exit_key_default: KeyMeaning = "abandoned"
    homes: dict[str, Home] = Field(default={}, description="Home of each agent, by CC-Agent.")
    default_group: Identifier = Field(
        default="default", description="Staffing group of agents without a listed home."
    )
    on_break: AuxClass = Field(default="break", description='Class of the status "On Break".')
    disorder_s: float = Field(
        default=5.0, ge=0, description="Events of one connection may overtake each other so far."
    )
    forget_h: Hours = Field(
        default=24, description="A caller who left can come back (member-queue-resume) so long."
    )
