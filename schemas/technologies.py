"""The plan's part about technologies: what a bot promises, when silence ends a conversation."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from schemas.keys import BUCKET_MS, Identifier
from schemas.targets import OpeningHours, Share

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LatencyTarget(_Strict):
    """What a bot promises from `valid_from` on: a response within X for a share of the submits."""

    valid_from: AwareDatetime = datetime(1970, 1, 1, tzinfo=UTC)
    within_s: Seconds = Field(default=2.0, description="X, limit included.")
    share: Share | None = None

    @model_validator(mode="after")
    def _on_the_grid(self) -> Self:
        if self.valid_from_ms % BUCKET_MS:
            raise ValueError(f"valid_from {self.valid_from.isoformat()} is not on a 15-minute edge")
        if self.within_s * 1000 % 1:
            raise ValueError("within_s must be whole milliseconds")
        return self

    @property
    def valid_from_ms(self) -> int:
        """Start of validity, ms UTC."""
        return round(self.valid_from.timestamp() * 1000)

    @property
    def within_ms(self) -> int:
        """X in ms."""
        return round(self.within_s * 1000)


class Technology(_Strict):
    """A bot or another technology of one program."""

    program: Identifier
    latency: tuple[LatencyTarget, ...] = (LatencyTarget(),)
    response_limit_s: Seconds = Field(
        default=60, description="A submit without a response so long is a time-out (T1)."
    )
    idle_timeout_s: Seconds = Field(
        default=1800, description="Silence after which a conversation without an end is over."
    )
    uptime: Share = 0.996
    opening_hours: OpeningHours = OpeningHours()

    @model_validator(mode="after")
    def _one_target_at_a_time(self) -> Self:
        starts = [target.valid_from for target in self.latency]
        if not starts or len(set(starts)) != len(starts):
            raise ValueError("latency needs one target at each moment, and no two at the same")
        return self

    def within_ms_at(self, moment_ms: int) -> int:
        """X in ms in force at `moment_ms`; before the first target, the first."""
        return self._in_force(moment_ms).within_ms

    def share_at(self, moment_ms: int) -> Share | None:
        """Share of responses within X that is promised at `moment_ms`; None: none is."""
        return self._in_force(moment_ms).share

    def _in_force(self, moment_ms: int) -> LatencyTarget:
        by_start = sorted(self.latency, key=lambda target: target.valid_from)
        in_force = [target for target in by_start if target.valid_from_ms <= moment_ms]
        return in_force[-1] if in_force else by_start[0]


class Technologies(_Strict):
    """Technologies by name. Names are unique over all programs; who is not listed has defaults."""

    listed: dict[Identifier, Technology] = {}

    def of(self, program: str, name: str) -> Technology:
        """The entry of a technology, or one with every default."""
        return self.listed.get(name, Technology(program=program))
