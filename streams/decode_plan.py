"""Events of the plan's figures, forecasts and required FTE, with the codes of what they are for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from streams.decode_staff import LONGEST_REQUEST_MS
from streams.names import (
    UNMAPPED,
    WRONG_PROGRAM,
    WRONG_SHARD,
    Names,
    of_program,
)
from streams.published import Told, refusal, told
from streams.rejects import Reject, reject
from streams.view import STAFF_CHANNEL, QueueKey
from streams.wire import ACTION_CODE, FORECAST_CODE


class Planned(NamedTuple):
    """An event, the codes of its queue (or group) and site, its place among the raw values."""

    event: Any
    queue: int
    site: int
    place: int


class PlanDecoder:
    """Decodes for one shard, interning into its names."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._codes: dict[tuple[str, str, str, str], tuple[int, int] | str] = {}

    def decode(
        self,
        found: list[tuple[Any, int]],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> list[Planned]:
        """Events with their places among the raw values; those that are refused go to `rejects`."""
        taken = []
        for event, i in found:
            if wrong := _wrong_span(event):
                rejects.append(reject("invalid", wrong, topic, offsets[i], values[i]))
                continue
            codes = self._codes_of(event)
            if isinstance(codes, str):
                detail = of_program(codes, event.program)
                if codes != WRONG_SHARD and event.code == FORECAST_CODE:
                    detail = f"{detail}, queue {event.queue!r}"
                rejects.append(reject(codes, detail, topic, offsets[i], values[i]))
            else:
                taken.append(Planned(event, *codes, i))
        return taken

    def published(
        self,
        found: list[tuple[Any, int]],
        topic: str,
        offsets: Sequence[int],
        values: Sequence[bytes],
        rejects: list[Reject],
    ) -> list[tuple[Told, int]]:
        """Targets, opening hours and actions with their places; the refused go to `rejects`."""
        taken = []
        for event, i in found:
            why, detail = self._refused(event)
            if not why:
                try:
                    taken.append((told(event), i))
                    continue
                except ValidationError as error:
                    why, detail = "invalid", refusal(error)
            rejects.append(reject(why, detail, topic, offsets[i], values[i]))
        return taken

    def _refused(self, event: Any) -> tuple[str, str]:
        """Reason and detail, "" where there is none."""
        if why := self._names.refused_program(event.program):
            return why, of_program(why, event.program)
        if event.code != ACTION_CODE:
            listed = self._names.plan.queues.get(event.queue)
            if listed is None:
                return UNMAPPED, f"queue {event.queue!r} is not listed in the settings"
            if listed.program != event.program:
                return WRONG_PROGRAM, of_program(WRONG_PROGRAM, event.program)
        return "", ""

    def _codes_of(self, event: Any) -> tuple[int, int] | str:
        """Codes of queue (or group) and site, or why the event is refused."""
        if event.code == FORECAST_CODE:
            key = (event.program, event.queue, event.channel, "")
        else:
            key = (event.program, event.group, STAFF_CHANNEL, event.site)
        if key not in self._codes:
            self._codes[key] = self._learned(*key)
        return self._codes[key]

    def _learned(self, program: str, queue: str, channel: str, site: str) -> tuple[int, int] | str:
        names = self._names
        if refused := names.refused_program(program):
            return refused
        if channel != STAFF_CHANNEL:
            listed = names.plan.queues.get(queue)
            if listed is not None and listed.program != program:
                return WRONG_PROGRAM
            if listed is None and not names.plan.accepts_unmapped:
                return UNMAPPED
            channel = listed.channel if listed is not None else channel
        try:
            return names.queue(QueueKey(program, queue, channel)), names.site(site)
        except OverflowError as full:
            return str(full)


def _wrong_span(event: Any) -> str:
    if event.end <= event.start:
        return "end: not after start"
    if event.end - event.start > LONGEST_REQUEST_MS:
        return "end: more than 31 days after start"
    return ""
