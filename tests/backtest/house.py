"""The house that is watched: forty queues of ten programs at three sites, in steady hands.

Each program has a large, a middle and a small queue of calls and one of chats, an ACD of its own, a
bot and people at two sites. What is not an incident is ordinary: busy and calm days, people who are
late, absent or overrun their breaks, blocked calls, transfers. Technology fails by appointment only.
"""

from datetime import UTC, datetime, time

from schemas.targets import Target
from streams.simulator.bots.settings import BotFloor, TechnologySettings
from streams.simulator.chat.settings import ChatFloor, ChatQueueSettings, ChatTeam
from streams.simulator.settings import (
    Escalation,
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
        staff_events=True,
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
        f"{name}-third": QueueSettings(
            program=name, calls_per_day=200, targets=PROMISE, talk_s=260
        ),
    }


def _groups(name: str) -> tuple[StaffGroup, ...]:
    first, second = sites_of(name)
    queues = {queue: f"{name}-{queue}" for queue in ("first", "second", "third")}
    return (
        StaffGroup(site=first, home=name, queues=(queues["first"],), people=31),
        StaffGroup(site=second, home=name, queues=(queues["second"],), people=27),
        StaffGroup(site=first, home=name, queues=(queues["third"], queues["first"]), people=14),
    )
