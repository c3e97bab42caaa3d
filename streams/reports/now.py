"""What is open at a moment: how the day is going to end, feeds, actions, who is out of schedule."""

from collections.abc import Iterable
from typing import Any

from schemas.actions import Action
from schemas.targets import Plan
from streams.board.figures import floor
from streams.board.plan import AT_RISK
from streams.exposition.standing import known_programs
from streams.moments import local_text
from streams.planning.deviation import by_queue
from streams.planning.outlook import outlooks
from streams.planning.today import queue_day
from streams.reports.moment import Moment

Row = dict[str, Any]
OF_THE_DAY = (
    *("program", "queue", "channel", "known_to", "forecast", "came", "projected"),
    *("target", "level", "needed", "level_low", "level_high", "model"),
)


def rest_rows(moment: Moment) -> list[Row]:
    """How the day of each queue with a plan is going to end (M9), those that need most first."""
    rest = moment.rest
    if rest is None:
        return []
    begun = by_queue(moment.found.volume)
    expected = outlooks(moment.view, moment.plan, moment.found)
    known, rows = known_programs(moment.view), []
    for at, key in enumerate(rest.curves.keys):
        day = queue_day(moment.view, moment.plan, rest, begun.get(key, []), at)
        told: Row = {name: day[name] for name in OF_THE_DAY}
        of = expected.get(key)
        unforeseen = day["projected"] - of.day if of is not None else 0.0
        told["projected_low"] = None if of is None else of.came + of.low + unforeseen
        told["projected_high"] = None if of is None else of.came + of.high + unforeseen
        if key.program not in known:
            told |= dict.fromkeys(told.keys() - {"program", "queue", "channel", "known_to"})
        rows.append(told | {"outlook": _outlook(told)})
    return sorted(
        rows, key=lambda one: (one["needed"] is None, -(one["needed"] or 0), one["queue"])
    )


def _outlook(told: Row) -> str:
    """At risk too where even the better prediction ends below the target."""
    needed, best, target = told["needed"], told["level_high"], told["target"]
    if needed is None:
        return "unknown"
    below = best is not None and target is not None and best < target
    return "lost" if needed > 1 else "at_risk" if needed > AT_RISK or below else "reachable"


def feed_rows(moment: Moment) -> list[Row]:
    """Every source as its worst program stands; how far its promise and its events lie back, s."""
    if not moment.live:
        return []
    feeds = floor(moment.view, moment.plan, moment.view.at_ms).feeds
    return [
        {
            "source": one.source,
            "programs": one.programs,
            "standing": one.standing.value,
            "behind_s": None if one.behind_ms is None else one.behind_ms / 1000,
            "quiet_s": None if one.quiet_ms is None else one.quiet_ms / 1000,
        }
        for one in sorted(feeds, key=lambda feed: (feed.standing.value == "live", feed.source))
    ]


def action_rows(plan: Plan, actions: Iterable[Action]) -> list[Row]:
    """Actions as they stand, with local times."""
    return [_action(plan, one) for one in actions]


def _action(plan: Plan, one: Action) -> Row:
    zone = plan.zone(one.program)
    told = one.model_dump(include={"number", "revision", "state", "program", "owner", "cause"})
    told |= one.model_dump(include={"lever", "expected", "excluded", "reason", "by"})
    times = {"start": local_text(one.start, zone), "end": local_text(one.end, zone)}
    return told | times | {"queues": ", ".join(one.queues) or "*"}


def away_counts(moment: Moment) -> list[Row]:
    """How many of each group and site deserve attention, by what was found; nobody is named."""
    known = known_programs(moment.view)
    return [
        {
            "program": key.program,
            "group": key.queue,
            "site": key.site,
            "found": found,
            "staff": many,
        }
        for key, counts in sorted(moment.view.attention.counts.items())
        if key.program in known
        for found, many in sorted(counts.items())
    ]


def away_people(moment: Moment) -> list[Row]:
    """Who they are, those first whose return would change most; empty unless settings allow it."""
    known, plan = known_programs(moment.view), moment.plan
    return [
        {
            "program": one.program,
            "group": one.group,
            "site": one.site,
            "staff": one.staff,
            "found": one.found,
            "planned": one.planned,
            "state": one.state,
            "since": local_text(one.since_ms, plan.zone(one.program)),
            "net": one.net,
        }
        for one in moment.view.attention.people
        if one.program in known
    ]
