"""Strains: longer calls, people who leave, chats that are not offered, technology out of order."""

from collections import Counter
from datetime import time
from functools import cache

import pytest
from pydantic import ValidationError

from streams.simulator.bots.layout import BOT_FLOOR
from streams.simulator.center import Center
from streams.simulator.settings import Outage, OutageKind, SimulatorSettings

HOUR_MS = 3_600_000
START_MS = round(SimulatorSettings().start.timestamp() * 1000)
"""Midnight in Tokyo."""
NOON = time(12)


def outage(kind: OutageKind, name: str, **more: float) -> Outage:
    return Outage(kind=kind, name=name, at=NOON, minutes=60, **more)  # type: ignore[arg-type]


STRAINED = (
    outage("slow", "power-supply", times=4),
    outage("surge", "shop-new", times=6, rises_min=60),
    outage("absent", "card-inquiries", share=1),
    outage("offers_off", "mobile-chat"),
    outage("technology_down", "travel-robot"),
)


@cache
def told() -> list[dict[str, object]]:
    """What the center sends from 11:00 until 13:30."""
    steady = {
        name: one.model_copy(update={"fails_after_h": 1e6})
        for name, one in BOT_FLOOR.technologies.items()
    }
    settings = SimulatorSettings(
        **{"seed": 4, "staff_events": True, "chat": True, "bots": True, "outages": STRAINED},  # type: ignore[arg-type]
        bot_floor=BOT_FLOOR.model_copy(update={"technologies": steady}),
    )
    center = Center(settings)
    center.begin(START_MS + 11 * HOUR_MS)
    return center.advance(START_MS + round(13.5 * HOUR_MS))


def hours(**of: str) -> Counter[int]:
    """Events with these fields, by the hour of their time."""
    return Counter(
        (event["time"] - START_MS) // HOUR_MS  # type: ignore[operator]
        for event in told()
        if all(event.get(name) == value for name, value in of.items())
    )


def test_slow_calls_hold_people_so_that_fewer_are_answered() -> None:
    answered = hours(type="answered", queue="power-supply")
    assert 0 < answered[12] < 0.7 * answered[11]


def test_a_surge_that_rises_brings_most_of_its_calls_late() -> None:
    came = [
        event["time"] - START_MS - 12 * HOUR_MS  # type: ignore[operator]
        for event in told()
        if event["type"] == "queued" and event["queue"] == "shop-new"
    ]
    early = sum(0 <= at < HOUR_MS // 2 for at in came)
    late = sum(HOUR_MS // 2 <= at < HOUR_MS for at in came)
    assert late > 1.5 * early > 0


def test_absent_people_are_gone_and_come_back() -> None:
    states = [
        event
        for event in told()
        if event["type"] == "staff_state" and event["group"] == "card-inquiries"
    ]
    half_past, end = START_MS + 12.5 * HOUR_MS, START_MS + 13.5 * HOUR_MS
    newest: dict[object, dict[object, object]] = {}
    for moment in (half_past, end):
        newest[moment] = {one["staff"]: one["state"] for one in states if one["time"] <= moment}  # type: ignore[operator]
    there = {at: sum(s != "logged_out" for s in of.values()) for at, of in newest.items()}
    assert there[half_past] < 0.4 * there[end]


def test_a_chat_that_is_not_offered_is_still_asked_for() -> None:
    offers = hours(type="offer_shown", queue="mobile-chat")
    assert offers[11] > 20 and not offers[12] and offers[13]
    assert hours(type="chat_requested", queue="mobile-chat")[12]


def test_technology_out_of_order_is_probed_as_down_until_it_is_repaired() -> None:
    downs = hours(type="probe", technology="travel-robot", status="down")
    assert downs[12] >= 50
    assert downs.total() == downs[12] + downs[13] <= 61


def test_nobody_can_be_absent_where_no_schedules_are_kept() -> None:
    with pytest.raises(ValidationError, match="unknown name 'card-inquiries'"):
        SimulatorSettings(outages=(outage("absent", "card-inquiries"),))
