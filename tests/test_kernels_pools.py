"""What conversations, cases, and records and lists of campaigns have in common (kernels/pools.py)."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels.bot_layout import CONVERSATION_OPEN
from kernels.case_layout import CASE_OPEN
from kernels.columns import BOTS_ROW, CASES_ROW, OUTBOUND_ROW
from kernels.layout import NEVER, USED, VISITS_USED, Visits
from kernels.outbound_layout import IS_LIST, RECORD_OPEN
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams.live import _cells
from streams.shard import Shard
from tests import (
    naive_bots,
    naive_cases,
    naive_outbound,
    strategies_bots,
    strategies_cases,
    strategies_outbound,
)
from tests.effort import examples
from tests.naive import digest
from tests.shards import fed, in_batches, rows

MODERATE = settings(max_examples=examples(20), suppress_health_check=list(HealthCheck))
Event = dict[str, Any]
T = 1_709_546_400_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
LESSER, GREATER = sorted(("mail", "forms"), key=digest)
SAID = {"source": "s", "program": "bank", "time": T, "seq": 1, "rev": 0, "id": "twice"}
FIRST: dict[str, Any] = {"rev": 1, "time": T + HOUR_MS, "seq": 2}
"""What tells events of one id apart before all else, in the order of the rules."""


class Told(NamedTuple):
    """An event, events around it, and values that weigh more, in the order of the rules."""

    table: str
    event: Event
    more: dict[str, Any]
    around: tuple[Event, ...] = ()


CASE, RECORD = SAID | {"case": "c"}, SAID | {"record": "r"}
TALK = SAID | {"conversation": "c"}
STARTED = TALK | {"type": "conversation_started", "id": "start", "time": T - 1, "bot": "faq"}
TOLD = {
    "case": Told(
        "cases",
        CASE | {"type": "case_received", "queue": LESSER, "due_at": T + 2 * HOUR_MS},
        FIRST | {"due_at": T + 5 * HOUR_MS, "queue": GREATER},
    ),
    "record": Told(
        "outbound",
        RECORD | {"type": "record_listed", "queue": LESSER, "due_at": T + 2 * HOUR_MS},
        FIRST | {"due_at": T + 5 * HOUR_MS, "queue": GREATER},
    ),
    "attempt": Told(
        "outbound",
        RECORD | {"type": "record_dialled", "queue": LESSER, "result": "right_party"},
        FIRST | {"result": "abandoned", "queue": GREATER},
    ),
    "list": Told(
        "outbound",
        SAID | {"type": "list_counted", "queue": LESSER, "planned": 9, "dialled": 5, "per_day": 3},
        FIRST | {"planned": 10, "dialled": 6, "per_day": 4},
    ),
    "start": Told(
        "bots", TALK | {"type": "conversation_started", "bot": LESSER}, FIRST | {"bot": GREATER}
    ),
    "end": Told(
        "bots",
        TALK | {"type": "conversation_ended", "by": "user", "reason": "x"},
        FIRST | {"by": "error"},
        (STARTED,),
    ),
}
MARKS = {"bank": T + 2 * DAY_MS}


def columns(shard: Shard, table: str) -> Mapping[Any, Any]:
    names = {"cases": CASES_ROW, "outbound": OUTBOUND_ROW, "bots": BOTS_ROW}
    shard.sweep(MARKS)
    return rows(_cells(shard, getattr(shard.state, table)), names[table])


def twin(events: list[Event], table: str) -> Mapping[Any, Any]:
    if table == "bots":
        return naive_bots.columns(events, Plan(), Technologies(), MARKS).arrival
    of = {"cases": naive_cases, "outbound": naive_outbound}[table]
    found: Mapping[Any, Any] = of.columns(events, Plan(), MARKS).columns
    return found


def topic(table: str) -> str:
    return "bot" if table == "bots" else "acd"


@pytest.mark.parametrize("told", [pytest.param(each, id=name) for name, each in TOLD.items()])
def test_of_two_events_of_one_id_the_first_difference_in_the_order_of_the_rules_decides(
    told: Told,
) -> None:
    for more, less in combinations(told.more, 2):
        stands = told.event | {more: told.more[more]}
        loses = told.event | {less: told.more[less]}
        wanted = twin([*told.around, stands], told.table)
        for pair in ((stands, loses), (loses, stands)):
            events = [*told.around, *pair]
            shard = in_batches(Shard(Plan()), events, topic=topic(told.table))
            assert columns(shard, told.table) == wanted == twin(events, told.table), (more, less)
            assert (shard.duplicates, shard.conflicts) == (0, 1)


@pytest.mark.parametrize("told", [pytest.param(each, id=name) for name, each in TOLD.items()])
def test_an_event_that_says_the_same_again_is_a_duplicate_one_that_does_not_a_conflict(
    told: Told,
) -> None:
    others = [told.event | {field: value} for field, value in told.more.items()]
    for event in (told.event, *others):
        shard = in_batches(Shard(Plan()), [told.event, event], topic=topic(told.table))
        assert (shard.duplicates, shard.conflicts) == ((1, 0) if event == told.event else (0, 1))


def kept(pool: Visits) -> Any:
    used = pool.rows[: int(pool.used[VISITS_USED])]
    return used[(used["flags"] & USED) != 0]


@MODERATE
@given(st.data())
def test_what_is_open_always_has_a_moment_at_which_time_alone_changes_it(
    data: st.DataObject,
) -> None:
    """So what time can change no more is over: nothing open is ever forgotten."""
    shard = Shard(data.draw(strategies_bots.plans()))
    in_batches(shard, data.draw(strategies_cases.event_sets()))
    shard.sweep(data.draw(strategies_cases.watermarks()))
    fed(shard, data.draw(strategies_outbound.event_sets()))
    fed(shard, data.draw(strategies_bots.event_sets()), "bot")
    shard.sweep(data.draw(strategies_outbound.watermarks()))
    for pool, is_open in (
        (shard.cases.pool, CASE_OPEN),
        (shard.outbound.pool, RECORD_OPEN),
        (shard.bots.conversations, CONVERSATION_OPEN),
    ):
        found = kept(pool)
        turning = found[(found["flags"] & is_open) != 0]["turns"]
        assert (turning < NEVER).all()


def test_a_record_in_the_place_that_a_list_has_left_says_nothing_of_a_plan() -> None:
    shard = fed(Shard(Plan()), [TOLD["list"].event])
    [place] = kept(shard.outbound.pool)
    assert place["planned"] == 9
    beat = {"type": "heartbeat", "source": "s", "program": "bank", "time": T + 90 * DAY_MS}
    fed(shard, [beat])
    shard.close(T + 90 * DAY_MS)
    assert not len(kept(shard.outbound.pool))
    late = {"time": T + 91 * DAY_MS, "due_at": T + 92 * DAY_MS}
    fed(shard, [TOLD["record"].event | late])
    [place] = kept(shard.outbound.pool)
    assert int(shard.outbound.pool.used[VISITS_USED]) == 1
    assert place["flags"] & RECORD_OPEN
    assert not place["flags"] & IS_LIST
    assert [int(place[name]) for name in ("planned", "dialled", "per_day")] == [0, 0, 0]


@pytest.mark.parametrize("name", ["case", "record"])
def test_a_correction_of_what_is_recorded_for_good_comes_too_late(name: str) -> None:
    shard = fed(Shard(Plan()), [TOLD[name].event])
    fed(shard, [{"type": "heartbeat", "source": "s", "program": "bank", "time": T + DAY_MS}])
    shard.close(T + DAY_MS)
    assert T < int(shard.state.programs.floor[0]) < T + DAY_MS
    fed(shard, [TOLD[name].event | {"rev": 1, "time": T + 2 * DAY_MS}])
    assert [each.reason for each in shard.rejects] == ["too_late"]
    [row] = kept(shard.cases.pool if name == "case" else shard.outbound.pool)
    assert row["first"] == row["last"] == T
