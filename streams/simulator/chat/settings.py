"""What a simulated center's chat is made of: queues, teams with slots, habits."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.keys import Identifier, OptionalIdentifier
from schemas.targets import Share, Target

Positive = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChatQueueSettings(_Strict):
    """A chat queue: its demand at scale 1, its customers' habits and the work they bring."""

    program: Identifier
    chats_per_day: Annotated[float, Field(ge=0)]
    targets: tuple[Target, ...] = (Target(thresholds_s=(60.0,), service_level=0.8),)
    patience_s: Positive = Field(default=240.0, description="Mean of those who mean to wait.")
    max_wait_s: Positive = Field(default=600.0, description="Then the chat is closed.")
    no_reply_s: Positive = 600.0
    unresolved_s: Positive = 4 * 3600.0
    rounds: Positive = Field(default=4.0, description="Mean number of answers after the first.")
    reply_s: Positive = Field(default=40.0, description="Mean time a customer takes to write.")
    answer_s: Positive = Field(default=35.0, description="The same of staff with one chat.")
    acw_s: Positive = 30.0
    overflow_to: OptionalIdentifier = ""
    overflow_after_s: Positive = 90.0
    transfer_to: OptionalIdentifier = ""
    escalation: Literal["", "tier", "sales", "back_office", "other"] = "tier"

    @property
    def work_s(self) -> float:
        """Rough length of a chat, after-call work included, in seconds."""
        return self.rounds * (self.reply_s + self.answer_s) + self.acw_s


class ChatTeam(_Strict):
    """People of one site who chat for their home program, several chats at once."""

    site: Identifier
    home: Identifier
    queues: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    people: Annotated[int, Field(gt=0)]
    slots: Annotated[int, Field(gt=0, le=20)] = 3
    paid_meals: bool = True


class ChatHabits(_Strict):
    """How often the rarer things happen; shares of chats unless said otherwise."""

    invited: Share = Field(default=0.4, description="Requests that an offer was made for.")
    offers_refused: Annotated[float, Field(ge=0, lt=1, description="Of all offers.")] = 0.5
    impatient: Share = 0.05
    withdrawn: Share = 0.01
    silent_join: Share = Field(default=0.02, description="Opened by a person who never writes.")
    never_replies: Share = Field(default=0.07, description="Of those who were answered.")
    replies_late: Share = Field(default=0.03, description="After the no-reply limit.")
    second_message: Share = Field(default=0.25, description="Per message.")
    gives_up: Share = Field(default=0.015, description="Per message that waits for an answer.")
    transfer: Share = 0.06
    no_acw: Share = 0.3
    acw_pause: Share = 0.05


class ChatFloor(_Strict):
    """All of a center's chat. Errors: a queue that is named but not listed, a foreign program."""

    queues: dict[Identifier, ChatQueueSettings] = {}
    teams: tuple[ChatTeam, ...] = ()
    habits: ChatHabits = ChatHabits()

    @model_validator(mode="after")
    def _names_are_listed(self) -> Self:
        for name, queue in self.queues.items():
            for other in filter(None, (queue.overflow_to, queue.transfer_to)):
                if other not in self.queues or self.queues[other].program != queue.program:
                    raise ValueError(f"chat queue {name!r}: {other!r} is none of its program")
        for team in self.teams:
            if any(self._program_of(queue) != team.home for queue in team.queues):
                raise ValueError(f"team of {team.site!r}: all its chat queues must be its home's")
        return self

    def _program_of(self, queue: str) -> str:
        return self.queues[queue].program if queue in self.queues else ""
