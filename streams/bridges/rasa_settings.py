"""What cannot be read off Rasa's events: which actions hand off or complete, who the bot is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier


class RasaSettings(BaseModel):
    """One Rasa assistant. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Identifier = "rasa"
    program: Identifier
    bot: Identifier = "rasa"
    handoff_actions: Annotated[frozenset[str], Field(min_length=1)] = frozenset(
        {"action_human_handoff"}
    )
    disorder_s: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=0.0,
        description="How far behind the newest record one may come, without partition_by_sender. "
        "Each waits so long for its turn; the last ones until more follows, or --complete says none does.",
    )
    completion_actions: frozenset[str] = Field(
        default=frozenset(), description="Actions that say a task is done; none: nothing is."
    )
