"""The table's scores: the golden PST cell by cell, and the standard's own examples."""

import json
from fractions import Fraction
from typing import Any

import pytest

from schemas.pst import Decisions
from streams.certification.counting import count
from streams.certification.points import level, trend
from streams.certification.scoring import (
    Shares,
    item_percent,
    item_score,
    level_part,
    score,
    shares,
    trend_part,
)
from streams.certification.table import Judged
from tests.data import ROOT
from tests.pst_rows import improved, judged, met, missed, row

GOLDEN = json.loads((ROOT / "tests/vectors/golden_pst.json").read_text("utf-8"))
ROWS = {one["metric"]: one for one in GOLDEN["rows"]}


def golden(one: dict[str, Any]) -> Judged:
    fields = {name: one[name] for name in ("type", "direction", "target")}
    return judged(row(one["metric"], **fields), one["months"])


def times(made: Any, number: int, **fields: Any) -> list[Judged]:
    return [made(f"{made.__name__}{n}{fields.get('type', '')}", **fields) for n in range(number)]


@pytest.mark.parametrize("metric", ROWS)
def test_each_row_of_the_golden_table_has_its_met_months_level_and_trend(metric: str) -> None:
    want, got = ROWS[metric], golden(ROWS[metric])
    assert got.level[:3] == (6, want["met"], 5)
    assert got.met is want["at_level"]
    assert got.trend.previous is not None
    assert round(got.trend.previous, 2) == want["previous"]
    assert got.improving is want["improving"]


def test_the_golden_table_fails_the_rule_with_both_parts_at_80_percent() -> None:
    found = score(count([golden(one) for one in GOLDEN["rows"]]), Decisions())
    rule = found.rules[0]
    assert (rule.shares.p, rule.shares.r, rule.passes) == (
        GOLDEN["p"], GOLDEN["r"], GOLDEN["passes"],
    )  # fmt: skip
    assert (rule.level_part, rule.trend_part) == (GOLDEN["level_part"], GOLDEN["trend_part"])


def test_the_golden_item_earns_half_its_points_over_the_two_types_present() -> None:
    want = GOLDEN["item"]
    found = item_score("4.3", [golden(one) for one in GOLDEN["rows"]], Decisions())
    assert {kind: percent for kind, (_, percent) in found.by_type.items()} == {
        "service": want["service"], "efficiency": want["efficiency"],
    }  # fmt: skip
    assert (found.percent, found.points, found.possible) == (
        want["percent"], want["points"], want["possible"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("p", "q", "percent"), [(48, 0, 96), (25, 20, 60), (0, 20, 10), (25, 10, 55), (50, 0, 100)]
)
def test_an_item_earns_what_the_standards_examples_say(p: int, q: int, percent: int) -> None:
    assert item_percent(Fraction(p), Fraction(q)) == percent


def test_forty_eight_percent_at_level_and_sixty_nine_improving_earn_96_and_92() -> None:
    assert level_part(Fraction(48)) == 96
    assert trend_part(Fraction(69)) == 92
    rows = [*times(met, 48), *times(improved, 21), *times(missed, 31)]
    rule = score(rows, Decisions()).rules[0]
    assert (rule.level_part, rule.trend_part, rule.estimate) == (96, 92, 94)
    least = score(rows, Decisions(parts_of_4_6="least")).rules[0]
    assert least.estimate == 92


def test_four_types_at_80_100_100_and_55_percent_earn_335_of_400() -> None:
    rows = [
        *times(met, 4, type="service"), *times(missed, 6, type="service"),
        *times(met, 5, type="quality"), *times(missed, 5, type="quality"),
        *times(met, 6, type="sales"), *times(missed, 4, type="sales"),
        *times(met, 5, type="efficiency"), *times(improved, 2, type="efficiency"),
        *times(missed, 13, type="efficiency"),
    ]  # fmt: skip
    found = item_score("4.3", rows, Decisions())
    assert [percent for _, percent in found.by_type.values()] == [80, 100, 100, 55]
    assert found.percent == Fraction("83.75")
    assert found.points == 335


def test_types_that_are_not_there_share_the_points_or_earn_nothing_as_decided() -> None:
    rows = times(met, 2, type="service")
    assert item_score("4.3", rows, Decisions()).points == 400
    assert item_score("4.3", rows, Decisions(types="all")).points == 100


def test_metrics_of_4_5_earn_points_and_stay_out_of_the_rule() -> None:
    rows = [*times(missed, 3), *times(met, 2, item="4.5")]
    found = score(rows, Decisions())
    assert found.rules[0].shares == Shares(3, 0, 0)
    assert {one.item: one.points for one in found.items}["4.5"] == 200


def test_a_metric_at_level_that_improves_too_is_counted_once() -> None:
    both = judged(row(), [81, 81, 81, 90, 90, 90])
    assert (both.met, both.improving) == (True, True)
    assert shares([both]) == Shares(1, 1, 0)


def test_the_rule_is_read_for_each_site_location_group_and_service() -> None:
    rows = [
        met("a", site="Lyon", location_group="West", service="support"),
        missed("b", site="Lyon", location_group="West", service="sales"),
        improved("c", site="Gera", location_group="East", service="support"),
    ]
    found = {(one.level, one.name): one.shares for one in score(rows, Decisions()).rules}
    assert found == {
        ("entity", ""): Shares(3, 1, 1),
        ("site", "Gera"): Shares(1, 0, 1), ("site", "Lyon"): Shares(2, 1, 0),
        ("location_group", "East"): Shares(1, 0, 1), ("location_group", "West"): Shares(2, 1, 0),
        ("service", "sales"): Shares(1, 0, 0), ("service", "support"): Shares(2, 1, 1),
    }  # fmt: skip


def test_an_item_without_a_counted_metric_has_no_score_rather_than_zero() -> None:
    found = score([], Decisions())
    assert {one.points for one in found.items} == {None}
    assert found.rules[0].passes is None


def test_nothing_was_measured_is_neither_met_nor_missed() -> None:
    assert level([]).at_level is None
    assert trend([]) == (False, None)
