"""Targets, opening hours and actions as wire events of the topic `plan`, and back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.actions import Action
from schemas.promises import Promise
from schemas.targets import DatedHours, Target
from streams.wire import ACTION_CODE, TARGET_CODE

MILLION = 1_000_000
OF_ACTIONS = "floorwatch-act"
"""Source of actions."""
Event = dict[str, Any]


class Told(NamedTuple):
    """What an event tells; `id` of an action is that of all its revisions."""

    what: Promise | Action
    id: str


def told(event: Any) -> Told:
    """What a struct of one of the three types tells. Raises ValidationError."""
    make: Callable[[Any], Promise | Action] = _action if event.code == ACTION_CODE else _promise
    return Told(make(event), event.id)


def _action(event: Any) -> Action:
    said = {
        name: getattr(event, name)
        for name in (
            *("number", "revision", "state", "program", "queues", "start", "end", "owner"),
            *("cause", "lever", "expected", "reason", "by"),
        )
    }
    return Action(**said, excluded=event.excluded == "yes", recorded_ms=event.time)


def _promise(event: Any) -> Promise:
    since = datetime.fromtimestamp(event.valid_from / 1000, UTC)
    target = hours = None
    if event.code == TARGET_CODE:
        target = Target(
            valid_from=since,
            thresholds_s=tuple(ms / 1000 for ms in event.thresholds_ms),
            service_level=_share(event.service_level_ppm),
            asa_s=None if event.asa_ms is None else event.asa_ms / 1000,
            abandonment=_share(event.abandonment_ppm),
            short_abandon_s=event.short_abandon_ms / 1000,
        )
    else:
        hours = DatedHours.model_validate(
            {name: getattr(event, name) for name in ("days", "opens", "closes", "closed")}
            | {"valid_from": since}
        )
    return Promise(
        program=event.program, queue=event.queue, version=event.version, published=event.time,
        source=event.source, author=event.author, reason=event.reason,
        target=target, opening_hours=hours,
    )  # fmt: skip


def _share(ppm: int | None) -> float | None:
    return None if ppm is None else ppm / MILLION


def event_of(promise: Promise) -> Event:
    """A promise as an event. Raises ValueError where it is finer than an event can say."""
    since = promise.valid_from_ms
    event: Event = {
        "type": promise.kind, "v": 1, "id": f"{promise.version}/{promise.queue}/{since}",
        "time": promise.published, "source": promise.source, "program": promise.program,
        "queue": promise.queue, "version": promise.version, "valid_from": since,
        "author": promise.author, "reason": promise.reason,
    }  # fmt: skip
    target, hours = promise.target, promise.opening_hours
    if target is not None:
        event |= {
            "thresholds_ms": list(target.thresholds_ms),
            "service_level_ppm": _whole("service_level", target.service_level, MILLION),
            "asa_ms": _whole("asa_s", target.asa_s, 1000),
            "abandonment_ppm": _whole("abandonment", target.abandonment, MILLION),
            "short_abandon_ms": _whole("short_abandon_s", target.short_abandon_s, 1000),
        }
    elif hours is not None:
        event |= {"days": list(hours.days), "closed": [day.isoformat() for day in hours.closed]}
        event |= {name: f"{getattr(hours, name):%H:%M}" for name in ("opens", "closes")}
        if any(moment.second or moment.microsecond for moment in (hours.opens, hours.closes)):
            raise ValueError("opens, closes: whole minutes only")
    return event


def _whole(name: str, value: float | None, unit: int) -> int | None:
    if value is None:
        return None
    number = round(value * unit)
    if number / unit != value:
        raise ValueError(f"{name}: {value} is finer than 1/{unit:,}")
    return number


def event_of_action(action: Action, entered_ms: int) -> Event:
    """A revision of an action as an event; `entered_ms`: when its first one was entered.

    Several stores count their actions each from 1: with that moment they are told apart.
    """
    said = action.model_dump(exclude={"recorded_ms", "excluded"})
    return said | {
        "type": "action", "v": 1, "id": f"{entered_ms}/{action.number}",
        "time": action.recorded_ms, "source": OF_ACTIONS,
        "excluded": "yes" if action.excluded else "no",
    }  # fmt: skip


def refusal(error: ValidationError) -> str:
    """What is wrong with an event that the contract takes and that tells nothing that can be."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
