"""Which metrics count: each once, extras and small KCRPs only so many, the client's always."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.pst import Decisions, PstRow
from streams.certification.counting import count
from streams.certification.scoring import score
from streams.certification.table import Judged, judge
from tests.pst_rows import judged, left_out, measured, met, month, row


def of_store(name: str, **fields: Any) -> Judged:
    """A row of program `shop`, at level; `share` of the program's contacts."""
    share = fields.pop("share", None)
    told = {"imported": False, "program": "shop"} | fields
    return judge(measured(row(name, **told), [90] * 6, share), Decisions())


def test_a_metric_managed_for_the_entity_counts_once() -> None:
    rows = [met(f"uptime{n}", metric="uptime", level="entity", item="4.5") for n in range(3)]
    assert left_out(rows) == {
        "uptime1": "counts once per entity, in uptime0",
        "uptime2": "counts once per entity, in uptime0",
    }


def test_a_metric_managed_for_a_client_counts_once_for_each_client() -> None:
    told = {"metric": "on_time", "level": "client"}
    rows = [
        met("a", client="Ada", **told),
        met("b", client="Ada", **told),
        met("c", client="Bo", **told),
    ]
    assert left_out(rows) == {"b": "counts once per client, in a"}


def test_a_metric_managed_for_the_entity_does_not_count_again_for_a_program_listed_before() -> None:
    told = {"metric": "satisfaction", "item": "4.1"}
    rows = [
        met("program", **told, client="Ada"), met("client", level="client", client="Ada", **told),
        met("entity", level="entity", **told), met("other", metric="x", item="4.1"),
    ]  # fmt: skip
    why = "counts once per entity, in entity"
    assert left_out(rows) == {"program": why, "client": why}
    assert left_out(rows[:2]) == {"program": "counts once per client, in client"}


def test_kcrps_that_are_pooled_in_one_row_do_not_count_again_alone() -> None:
    both = of_store("both", metric="aht", queues=["sales", "help"])
    alone = of_store("alone", metric="aht", queues=["help"])
    other = of_store("other", metric="aht", queues=["claims"])
    assert left_out([both, alone, other]) == {"alone": "counts once, pooled in both"}


def test_a_row_of_the_whole_program_has_pooled_its_queues() -> None:
    whole, alone = of_store("whole", metric="aht"), of_store("alone", metric="aht", queues=["help"])
    assert left_out([whole, alone]) == {"alone": "counts once, pooled in whole"}


def test_one_metric_of_the_speed_of_answer_counts_for_a_kcrp() -> None:
    rows = [
        of_store("asa", metric="asa", queues=["sales"]),
        of_store("level", metric="service_level", queues=["sales"]),
        of_store("elsewhere", metric="asa", queues=["help"]),
    ]
    assert left_out(rows) == {"asa": "stands instead of level, which counts"}


def test_what_the_client_requires_counts_beside_its_alternative() -> None:
    rows = [
        of_store("level", metric="service_level", queues=["sales"]),
        of_store("asa", metric="asa", queues=["sales"], client_requires=True),
    ]
    assert left_out(rows) == {}


def test_waived_and_not_applicable_rows_say_why_they_do_not_count() -> None:
    rows = [met("a", waived="the client manages it"), met("b", not_applicable="no such process")]
    assert left_out(rows) == {"a": "waived: the client manages it", "b": "n.a.: no such process"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None, None, 90, 90], "new: no 3 consecutive months of data yet"),
        ([None, 90, 90, None, 90, 90], "new: no 3 consecutive months of data yet"),
        ([None, 90, 90, "unknown", 90], "new: no 3 consecutive months of data yet"),
        ([None, 90, 90, 90], None),
    ],
)
def test_a_new_kcrp_needs_three_consecutive_months(values: list[Any], reason: str | None) -> None:
    new = judged(row("new", introduced=month(2)), values)
    assert left_out([new]).get("new") == reason


def test_a_kcrp_older_than_the_window_is_not_new() -> None:
    assert left_out([judged(row("old", introduced=month(1)), [None, 90, None, 90])]) == {}


def test_a_metric_without_data_does_not_count_and_an_unknown_one_does() -> None:
    rows = [judged(row("silent"), [None] * 6), judged(row("unknown"), ["unknown"] * 6)]
    assert left_out(rows) == {"silent": "no data in the window"}


def test_extras_count_up_to_a_tenth_of_the_required_metrics_in_their_order() -> None:
    rows = [met("x1", extra=True), *(met(f"m{n}") for n in range(19)), met("x2", extra=True)]
    assert left_out(rows) == {"x2": "extra: over 10 % of the required metrics"}


def test_small_kcrps_count_up_to_a_tenth_of_all_metrics() -> None:
    large = [of_store(f"m{n}", metric=f"m{n}", share=0.05) for n in range(17)]
    small = [of_store(f"s{n}", metric=f"s{n}", share=0.049) for n in range(3)]
    reason = "low volume: over 10 % of the metrics of 4.6"
    assert left_out([*large, *small]) == {"s1": reason, "s2": reason}


def test_a_small_kcrp_that_the_client_requires_takes_the_room_of_others() -> None:
    large = [of_store(f"m{n}", metric=f"m{n}") for n in range(9)]
    small = of_store("small", metric="x", share=0.01)
    required = of_store("required", metric="y", share=0.01, client_requires=True)
    assert list(left_out([*large, small, required])) == ["small"]


def test_a_waived_metric_makes_no_room_for_extras() -> None:
    rows = [*(met(f"m{n}") for n in range(9)), met("w", waived="client"), met("x", extra=True)]
    assert set(left_out(rows)) == {"w", "x"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": ["voice", "bot"]}, "never pooled"),
        ({"channels": ["bot"]}, "never pooled"),
        ({"item": "4.4", "channels": ["chat"]}, "never pooled"),
        ({"extra": True, "client_requires": True}, "not required by the client"),
        ({"direction": "range"}, "needs targets with low and high"),
        ({"imported": False}, "needs its program"),
        ({"level": "client"}, "names its client"),
        ({"targets": []}, "at least 1 item"),
        ({"targets": [{"valid_from": "2025-01"}]}, "a target is a value, or low and high"),
        ({"targets": [{"valid_from": "2025-1", "value": 1}]}, "pattern"),
        ({"item": "4.3", "type": ""}, "needs a type"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PstRow.model_validate(row().model_dump() | fields)


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "extra": st.just(True),
        "metric": st.sampled_from(["service_level", "asa", "aht"]),
        "level": st.just("entity"),
        "volume_share": st.sampled_from([0.01, 0.5]),
        "program": st.sampled_from(["shop", "bank"]),
        "queues": st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2).map(tuple),
        "waived": st.just("client"),
    },
)
VALUES = st.lists(st.sampled_from([60, 75, 80, 90, None, "unknown"]), min_size=6, max_size=6)
TABLES = st.lists(st.tuples(FIELDS, VALUES), max_size=12)


@given(TABLES, st.tuples(FIELDS, VALUES), st.integers(0, 12))
def test_one_more_metric_changes_no_other_value_level_or_trend(
    told: Any, more: Any, place: int
) -> None:
    def table(entries: list[Any]) -> dict[str, Judged]:
        rows = [judged(row(name, **fields), values) for name, (fields, values) in entries]
        return {one.row.name: one for one in count(rows)}

    entries = [(f"m{n}", one) for n, one in enumerate(told)]
    at = place % (len(entries) + 1)
    before, after = table(entries), table([*entries[:at], ("more", more), *entries[at:]])
    assert {name: replace(one, left_out=None) for name, one in before.items()} == {
        name: replace(one, left_out=None) for name, one in after.items() if name != "more"
    }


@given(TABLES)
def test_caps_hold_and_parts_stay_between_nothing_and_all(told: Any) -> None:
    rows = count([judged(row(f"m{n}", **f), v) for n, (f, v) in enumerate(told)])
    counted = [one for one in rows if one.counts]
    extras = sum(one.row.extra for one in counted)
    small = sum(one.measured.volume_share == 0.01 and not one.row.extra for one in counted)
    others = len(counted) - extras
    assert extras * 10 <= others
    assert small * 10 <= others
    found = score(rows, Decisions())
    for one in found.items:
        assert one.points is None or 0 <= one.points <= one.possible
    for rule in found.rules:
        assert rule.level_part is None or 0 <= rule.level_part <= 100
        assert rule.trend_part is None or 0 <= rule.trend_part <= 100
