"""M5 of all queues at once: the same as interval by interval, whatever the curves and cells."""

from dataclasses import replace
from math import isclose
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, STAFF_ROW
from schemas.targets import Plan
from streams.planning.deviation import Deviation, against, by_queue, compared, days, holding, so_far
from streams.view import CellKey, DayPlan, Past, Planned, View
from tests import naive_deviation
from tests.effort import examples
from tests.views import NINE_MS, cells, view

QUARTER_MS = 900_000
PLAN = Plan.model_validate({"programs": {"bank": {"overdispersion": 1.7}}})
QUEUES = (("bank", "cards", "voice"), ("bank", "web", "chat"), ("shop", "orders", "voice"))
GROUPS = (("bank", "desk", "staff", "hq"), ("shop", "desk", "staff", ""))
COUNT = st.integers(0, 40)
BUCKET = st.integers(-2, 9)


def starts(bucket: int) -> int:
    return NINE_MS + bucket * QUARTER_MS


@st.composite
def curves(draw: st.DrawFn) -> dict[CellKey, tuple[Planned, ...]]:
    """Intervals of one to four buckets, some of which overlap, touch or leave gaps."""
    found = {}
    keys = [CellKey(*of, "", 0) for of in QUEUES] + [CellKey(*of, 0) for of in GROUPS]
    for key in draw(st.lists(st.sampled_from(keys), unique=True)):
        planned = []
        for first in sorted(draw(st.sets(BUCKET, max_size=5))):
            end = first + draw(st.sampled_from((1, 2, 4)))
            amount = draw(st.sampled_from((0.0, 0.5, 12.0, 100.25)))
            aht_s = draw(st.sampled_from((None, 180.0, 33.3)))
            basis = draw(st.sampled_from(("end", "cohort", "clipped")))
            planned.append(Planned(starts(first), starts(end), amount, aht_s, basis, 0, 1, 1, 0))
        found[key] = tuple(planned)
    return found


def _table(
    names: tuple[str, ...], told: tuple[str, ...], of: tuple[Any, ...]
) -> st.SearchStrategy[Any]:
    columns = st.fixed_dictionaries({name: COUNT for name in told})
    keys = st.tuples(st.sampled_from(of), st.sampled_from(("", "hq")), BUCKET)
    return st.dictionaries(keys, columns, max_size=12).map(
        lambda rows: cells(
            names,
            {CellKey(*(*q, site)[:4], starts(at)): row for (q, site, at), row in rows.items()},
        )
    )


def _past(width: int, of: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    keys = st.tuples(st.sampled_from(of), BUCKET)
    rows = st.dictionaries(keys, st.lists(COUNT, min_size=width, max_size=width), max_size=6)
    return rows.map(
        lambda told: {CellKey(*(*q, "")[:4], starts(at)): row for (q, at), row in told.items()}
    )


OFFERED = ("offered", "cohort_handle_ms", "cohort_handled")
HANDLED = ("talk_ms", "hold_ms", "acw_ms", "handled")
VIEWS = st.builds(
    lambda known, since, heard, arrival, handling, staff, gone: replace(
        view(), at_ms=starts(8), arrival=arrival, handling=handling, staff=staff,
        watermarks={"bank": known, "shop": starts(3)}, past=Past(starts(since), *gone),
        heard_from=heard,
    ),
    st.integers(starts(-3), starts(9)),
    BUCKET,
    st.dictionaries(st.sampled_from(("bank", "shop")), st.integers(starts(-3), starts(9))),
    _table(ARRIVAL_ROW, OFFERED, QUEUES),
    _table(HANDLING_ROW, HANDLED, QUEUES),
    _table(STAFF_ROW, ("staffed_ms",), GROUPS),
    st.tuples(_past(3, QUEUES), _past(4, QUEUES), _past(1, GROUPS)),
)  # fmt: skip


@settings(max_examples=examples(60))
@given(VIEWS, curves())
def test_all_queues_at_once_are_as_one_by_one(of: View, planned: dict[Any, Any]) -> None:
    found, slow = against(of, PLAN, planned), naive_deviation.against(of, PLAN, planned)
    for told, naive in zip(found, slow, strict=True):
        assert [tuple(one) for one in told] == naive
    fast = compared(of, PLAN, planned)
    whole = {key: so_far(each) for key, each in by_queue(found.volume).items()}
    assert days(fast.volume).keys() == whole.keys()
    for key, day in days(fast.volume).items():
        assert all(_close(*pair) for pair in zip(day[1:], whole[key][1:], strict=True))
    now = [one for one in found.aht if one.key.start_ms <= of.at_ms < one.end_ms]
    assert list(holding(fast.aht, of.at_ms)) == now


def _close(one: Any, other: Any) -> bool:
    return one == other or isclose(one, other, rel_tol=1e-12)


def test_a_plan_that_changes_is_not_compared_by_the_curves_of_before() -> None:
    key = CellKey("bank", "cards", "voice", "", 0)
    for amount in (10.0, 20.0):
        planned = {key: (Planned(NINE_MS, NINE_MS + QUARTER_MS, amount, None, "end", 0, 1, 1, 0),)}
        (one,) = against(replace(view(), day_plan=DayPlan(planned, {})), PLAN, planned).volume
        assert isinstance(one, Deviation)
        assert one.forecast == amount


def test_what_leaves_the_live_tables_later_is_counted_too() -> None:
    key = CellKey("bank", "cards", "voice", "", 0)
    planned = {key: (Planned(NINE_MS, NINE_MS + QUARTER_MS, 10.0, None, "end", 0, 1, 1, 0),)}
    bare = replace(view(), arrival=cells(ARRIVAL_ROW, {}))
    for came in (3, 5):
        gone = Past(0, {key._replace(start_ms=NINE_MS): [came, 0, 0]}, {}, {})
        (one,) = against(replace(bare, past=gone), PLAN, planned).volume
        assert one.actual == came
