"""What the page shows of one moment: the terminal board's figures, chosen and worded by its rules."""

from collections import Counter
from typing import Any, NamedTuple

from schemas.targets import Plan
from streams.board import plan as board_plan
from streams.board.backlog import backlog_table, backlogs
from streams.board.campaigns import campaign_table, campaigns
from streams.board.chats import chat_table, chatting
from streams.board.figures import Floor, floor
from streams.board.people import Group, groups, people_rows, staff_table
from streams.board.render import feed_table, moment_of
from streams.board.talks import bots, bots_table
from streams.board.words import UNKNOWN, Language
from streams.exposition.standing import Standing, known_programs
from streams.page.key_figures import key_figures
from streams.page.queues import queues_of
from streams.page.tables import NO_LIMIT, Cell, cells
from streams.page.words import word
from streams.planning.rest import Rest
from streams.view import FOUND, View

INTERVALS = 24
"""Closed intervals shown as marks: those of six hours are in the live state."""
STATES = ("available", "ringing", "handling", "acw", "aux", "unknown")
"""States of people that are told apart, in this order; whoever is logged out is not there."""
_OWN_WORD = {"available": "available_state", "aux": "aux_state", "unknown": "unknown_state"}
MOST_PEOPLE = 12


class Names(NamedTuple):
    """Whether people may be named to this reader, and in which words it is said that they may not."""

    shown: bool
    reason: str = ""


def floor_of(
    view: View, plan: Plan, now_ms: int, lang: Language, rest: Rest | None, names: Names
) -> dict[str, Any]:
    """The figures of a view as texts with their tones. Unknown is `--` with its word, never 0."""
    shown = floor(view, plan, now_ms, INTERVALS)
    people, planned = groups(view, plan, now_ms, rest), board_plan.lines(view, plan, rest)
    chats, talking = chatting(people), bots(view, plan, now_ms)
    deferred, dialled = backlogs(view, plan, now_ms), campaigns(view, plan)
    missing = len(board_plan.unplanned(view))
    tables = {
        "plan": board_plan.plan_table(planned, lang, missing, NO_LIMIT) if planned else None,
        "staff": staff_table(people, NO_LIMIT, now_ms, lang) if people else None,
        "chat": chat_table(chats, lang) if chats else None,
        "bots": bots_table(talking, lang) if talking else None,
        "backlog": backlog_table(deferred, lang) if deferred else None,
        "campaigns": campaign_table(dialled, lang) if dialled else None,
        "feeds": feed_table(shown.feeds, lang),
    }
    return {
        "moment": f"{moment_of(now_ms, plan):%Y-%m-%d %H:%M:%S %Z}",
        "note": _note(view, shown, lang),
        "figures": key_figures(shown, people, planned, lang),
        "queues": queues_of(shown, plan, lang),
        "legend": "  ".join(word(key, lang) for key in ("legend", "over", "mixed")),
        **{
            name: cells(table, name, lang) if table is not None else None
            for name, table in tables.items()
        },
        "standing": _standing(shown, lang),
        "left_out": board_plan.left_out_lines(planned, plan, lang),
        "states": _states(people, lang),
        "no_staff": "" if view.groups else word("no_staff", lang),
        "attention": _attention(view, now_ms, lang, names),
    }


def _note(view: View, shown: Floor, lang: Language) -> str:
    if not view.caught_up:
        return word("catching_up", lang)
    return "" if shown.queues else word("nothing_yet", lang)


def _standing(shown: Floor, lang: Language) -> Cell:
    """How many feeds are silent, missing and live, in one line: the list may be long."""
    counts = Counter(feed.standing for feed in shown.feeds)
    worst_first = (Standing.SILENT, Standing.MISSING, Standing.LIVE)
    told = [f"{counts[each]} {word(each, lang)}" for each in worst_first if counts[each]]
    good = bool(told) and set(counts) == {Standing.LIVE}
    return Cell(" · ".join(told), "good" if good else "unknown")


def _states(people: list[Group], lang: Language) -> list[dict[str, Any]]:
    """People by state, the network's first, then each group's; unknown groups have no counts."""
    known = [group for group in people if group.known]
    whole = {state: sum(group.states.get(state, 0) for group in known) for state in STATES}
    complete = len(known) == len(people)
    rows = [(word("network", lang), complete, whole)] if len(people) > 1 else []
    rows += [(group.name, group.known, group.states) for group in people]
    return [
        {
            "name": name,
            "known": word("unknown", lang) if not is_known else "",
            "counts": [
                {"state": state, "word": word(_OWN_WORD.get(state, state), lang),
                 "staff": counts.get(state, 0)}
                for state in STATES if is_known and counts.get(state, 0)
            ],
        }
        for name, is_known, counts in rows
    ]  # fmt: skip


def _attention(view: View, now_ms: int, lang: Language, names: Names) -> dict[str, Any]:
    """Who deserves attention by name where this reader may see it, else how many, by group and why."""
    known = known_programs(view)
    unknown = sorted({key.program for key in view.groups} - known)
    said = f"{UNKNOWN} {word('unknown', lang)}"
    found: Counter[tuple[int, str]] = Counter()
    for key, told in view.attention.counts.items():
        if key.program in known:
            found.update(
                {(FOUND.index(why), key.queue): count for why, count in told.items() if count}
            )
    reason = word(names.reason, lang) if names.reason else ""
    answer: dict[str, Any] = {"reason": reason, "log_in": names.reason == "names_token"}
    if names.shown:
        heads = ("person", "group", "found", "since")
        rows = people_rows(view, now_ms, lang, MOST_PEOPLE)
        left = found.total() - len(rows)
        rows += [(f"+{left} {word('more', lang)}", "", "", "")] if left > 0 else []
        rows += [("", program, said, "") for program in unknown]
        return answer | {"heads": [word(key, lang) for key in heads], "rows": rows}
    counted = [(group, word(FOUND[why], lang), str(count))
               for (why, group), count in sorted(found.items())]  # fmt: skip
    counted += [(program, said, "") for program in unknown]
    heads_of_counts = [word(key, lang) for key in ("group", "found", "people_count")]
    return answer | {"heads": heads_of_counts, "rows": counted}
