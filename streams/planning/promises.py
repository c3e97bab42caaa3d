"""Rows of files as targets and opening hours of queues, from a local moment on."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from schemas.promises import Promise
from schemas.targets import DatedHours, Plan, Target
from streams.planning.clock import moment_ms
from streams.planning.fields import Publication, Row, Wrong

MIDNIGHT = "00:00"
_NUMBERS = ("service_level", "asa_s", "abandonment", "short_abandon_s")


def promise(row: Row, plan: Plan, of: Publication) -> Promise:
    """What a row with `thresholds_s` or with `opens` promises.

    Raises Wrong, NoMoment, ValidationError (pydantic).
    """
    program, queue = row["program"], row["queue"]
    listed = plan.queues.get(queue)
    if listed is None:
        raise Wrong(f"queue {queue!r} is not listed in the settings")
    if listed.program != program:
        raise Wrong(f"queue {queue!r} belongs to program {listed.program!r}")
    if "opens" in row and listed.clock == "open":
        raise Wrong(f"waits of queue {queue!r} are counted in opening hours, which cannot change")
    told = Promise(
        program=program, queue=queue, version=of.version, published=of.published_ms,
        source=of.source, author=of.author, reason=of.reason,
        target=_target(row, plan) if "thresholds_s" in row else None,
        opening_hours=_hours(row, plan) if "opens" in row else None,
    )  # fmt: skip
    return told


def _target(row: Row, plan: Plan) -> Target:
    numbers = {name: _number(name, row[name]) for name in _NUMBERS if row.get(name)}
    thresholds = tuple(_number("thresholds_s", one) for one in row["thresholds_s"].split())
    return Target(valid_from=_moment(row, plan), thresholds_s=thresholds, **numbers)


def _hours(row: Row, plan: Plan) -> DatedHours:
    return DatedHours.model_validate(
        {
            "valid_from": _moment(row, plan),
            "days": tuple(row["days"].split()),
            "opens": row["opens"],
            "closes": row["closes"],
            "closed": tuple(row.get("closed", "").split()),
        }
    )


def _moment(row: Row, plan: Plan) -> datetime:
    clock = row.get("time") or MIDNIGHT
    moment = moment_ms(row["date"], clock, plan.zone(row["program"]), row.get("fold", ""))
    return datetime.fromtimestamp(moment / 1000, UTC)


def _number(column: str, told: str) -> float:
    try:
        return float(Decimal(told))
    except InvalidOperation:
        raise Wrong(f"{column}: {told!r} is no number") from None
