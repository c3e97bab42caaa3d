"""What the center writes down of one conversation and of one submit. Times in ms UTC."""

from dataclasses import dataclass

from streams.simulator.bots.settings import TechnologySettings
from streams.simulator.sums import Cell


@dataclass(slots=True, eq=False)
class Conversation:
    """A customer and a bot: where it counts, and what is known of it so far."""

    name: str
    bot: str
    settings: TechnologySettings
    at: Cell
    start_ms: int
    last_ms: int
    """When anything of it was last told."""
    rounds: int = 1
    turns: int = 0
    messages: int = 0
    migrated: bool = False
    completed: bool = False
    over: bool = False
    lost_ms: int | None = None

    @property
    def idle_ms(self) -> int:
        """When it is over if nobody says so and nothing more happens."""
        return self.last_ms + round(self.settings.idle_timeout_s * 1000)


@dataclass(slots=True, eq=False)
class Submit:
    """What a customer submitted and has no response to yet."""

    conversation: Conversation
    turn: str
    at: Cell
    since_ms: int

    @property
    def limit_ms(self) -> int:
        """From then on it is a time-out."""
        return self.since_ms + round(self.conversation.settings.response_limit_s * 1000)
