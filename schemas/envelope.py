"""CloudEvents 1.0, structured mode: the envelope around a wire event (formats A9)."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from schemas.keys import Identifier


class CloudEvent(BaseModel):
    """A structured CloudEvent whose `data` is a wire event.

    `data` is the event; where it leaves out `id`, `source`, `type` or `time`, the envelope's
    attribute stands in (`type` may carry a reverse-DNS prefix: the part after the last dot counts).
    Errors: another `specversion`, or `data` that is not an object.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    specversion: Literal["1.0"]
    id: Identifier
    source: Identifier
    type: Identifier
    data: dict[str, Any]
    time: AwareDatetime | None = None

    def event(self) -> dict[str, Any]:
        """The wire event inside, with the envelope's attributes filled in."""
        event: dict[str, Any] = {
            "id": self.id,
            "source": self.source,
            "type": self.type.rpartition(".")[2],
        }
        if self.time is not None:
            event["time"] = round(self.time.timestamp() * 1000)
        return event | self.data
