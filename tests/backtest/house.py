"""The house that is watched: forty queues of ten programs at three sites, in steady hands.

It is planned as houses are: what is required of a group follows from its own queue's forecast by
Erlang C, its people cover that with breaks, absence and a busier day in mind, and take breaks in turns.
It is a generous plan: at noon a third more people are due than required, so an ordinary day brings some 95 %
where 80 % are promised, and the bound for a quiet day is one for houses with such a reserve. Where people
are as many as required and no more, ordinary intervals miss their target, and alerts rightly say so.

Each program has a large, a middle and a small queue of calls and one of chats, an ACD of its own, a
bot and people at two sites. What is not an incident is ordinary: busy and calm days, people who are
late, absent or overrun their breaks, blocked calls, transfers. Technology fails by appointment only.
"""

from datetime import UTC, datetime, time

import numpy as np

from kernels.required import (
    AHT,
    MAX_OCCUPANCY,
    MIN_LEVEL,
    PATIENCE,
    RATE,
    WITHIN,
    require,
)
from schemas.targets import Target
from streams.simulator.bots.settings import BotFloor, TechnologySettings
from streams.simulator.chat.settings import ChatFloor, ChatQueueSettings, ChatTeam
from streams.simulator.curve import DAY_SHAPE
from streams.simulator.settings import (
    Escalation,
    Habits,
    Outage,
    ProgramSettings,
    QueueSettings,
    SimulatorSettings,
    StaffGroup,
)

SITES = ("nagoya", "fukuoka", "sapporo")
BEGINS = datetime(2026, 1, 4, 23, 50, tzinfo=UTC)
"""Monday, ten minutes before the house opens in Tokyo."""
OPENS, CLOSES = time(9), time(17)
PROMISE = (Target(thresholds_s=(30,), service_level=0.8, abandonment=0.05),)
CHAT_PROMISE = (Target(thresholds_s=(60.0,), service_level=0.8, abandonment=0.2),)
NEVER_H = 1e6
HABITS = Habits(busy_day=0.05)
"""A day's forecast of a queue is off by 4 % on the average."""
_BUSIEST = 0.88
"""Occupancy that is planned with at most."""


def programs(count: int) -> list[str]:
    """Their names; queues, groups and systems are called after them."""
    return [f"program{number:02}" for number in range(1, count + 1)]


def sites_of(program: str) -> tuple[str, str]:
    """Where its people sit: most of them at the first."""
    at = int(program[-2:])
    return SITES[at % 3], SITES[(at + 1) % 3]


def settings(seed: int, count: int = 10, outages: tuple[Outage, ...] = ()) -> SimulatorSettings:
    """The house of so many programs, for one day of a seed."""
    names = programs(count)
    return SimulatorSettings(
        seed=seed,
        start=BEGINS,
        opens=OPENS,
        closes=CLOSES,
        programs={name: ProgramSettings(acd=f"acd-{name}", trunks=200) for name in names},
        queues={queue: of for name in names for queue, of in _queues(name).items()},
        staff=tuple(group for name in names for group in _groups(name)),
        chat_floor=ChatFloor(
            queues={
                f"{name}-chat": ChatQueueSettings(
                    program=name, chats_per_day=330, targets=CHAT_PROMISE
                )
                for name in names
            },
            teams=tuple(
                ChatTeam(site=sites_of(name)[0], home=name, queues=(f"{name}-chat",), people=14)
                for name in names
            ),
        ),
        bot_floor=BotFloor(
            technologies={
                f"{name}-bot": TechnologySettings(
                    program=name,
                    kind="conversational",
                    conversations_per_day=60,
                    hands_to=f"{name}-chat",
                    fails_after_h=NEVER_H,
                )
                for name in names
            }
        ),
        habits=HABITS,
        staff_events=True,
        breaks_in_turns=True,
        forecasts=True,
        chat_forecasts=True,
        chat=True,
        bots=True,
        outages=outages,
    )


def _queues(name: str) -> dict[str, QueueSettings]:
    sales = Escalation(to_queue=f"{name}-third", share=0.02)
    return {
        f"{name}-first": QueueSettings(
            program=name, calls_per_day=1400, targets=PROMISE, escalation=sales
        ),
        f"{name}-second": QueueSettings(program=name, calls_per_day=1000, targets=PROMISE),
        # Its people help the first queue, but never before their own customers.
        f"{name}-third": QueueSettings(
            program=name, calls_per_day=200, targets=PROMISE, talk_s=260, priority=1
        ),
    }


def _groups(name: str) -> tuple[StaffGroup, ...]:
    first, second = sites_of(name)
    queues = _queues(name)
    asked = {queue: _required(of, _handed_on(queues, queue)) for queue, of in queues.items()}
    names = list(queues)

    def group(site: str, people: int, *served: str) -> StaffGroup:
        return StaffGroup(
            site=site, home=name, queues=served, people=people, requested=asked[served[0]]
        )

    # Nobody else helps the second queue, so its own reserve is the largest.
    return (
        group(first, 34, names[0]),
        group(second, 29, names[1]),
        group(first, 14, names[2], names[0]),
    )


def _handed_on(queues: dict[str, QueueSettings], to: str) -> float:
    """Calls a day that other queues hand on to this one."""
    ways = ((of.calls_per_day, of.escalation) for of in queues.values())
    return sum(calls * way.share for calls, way in ways if way is not None and way.to_queue == to)


def _required(of: QueueSettings, handed_on: float) -> tuple[float, ...]:
    """FTE for what is promised, by half-hour of the open hours: Erlang C (definitions 6.3)."""
    reach = (1 - HABITS.busy) * (1 - HABITS.self_service - HABITS.ivr_hang_up)
    aht_s = of.talk_s + of.acw_s * (1 - HABITS.no_acw)
    minutes = (CLOSES.hour - OPENS.hour) * 60
    edges = np.linspace(0, minutes, len(DAY_SHAPE) + 1)
    so_far = np.interp(np.arange(0, minutes + 1, 30), edges, np.cumsum([0.0, *DAY_SHAPE]))
    rates = (of.calls_per_day + handed_on) * reach * np.diff(so_far) / sum(DAY_SHAPE) / 1800
    demands = np.full((len(rates), 8), np.inf)
    (target,) = of.targets
    demands[:, RATE], demands[:, AHT], demands[:, PATIENCE] = rates, aht_s, 0
    demands[:, WITHIN], demands[:, MIN_LEVEL] = target.thresholds_s[0], target.service_level
    demands[:, MAX_OCCUPANCY] = _BUSIEST
    staff = np.empty(len(rates))
    require(demands, staff, np.empty(6), np.empty(6))
    return tuple(staff.round(2).tolist())
