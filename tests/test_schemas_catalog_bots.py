"""KPIs of technology as declared: bases, bounds, titles, and parts for what is exported."""

import json

from schemas.catalog import KPIS, registry
from schemas.catalog_bots import BOT_KPIS
from schemas.catalog_bots_measures import BOT_MEASURES
from schemas.columns import COLUMN_BASIS, COLUMNS
from schemas.columns_bots import BOT_COLUMNS
from schemas.keys import Basis
from schemas.kpi import Direction, Formula
from schemas.metrics import FAMILIES
from tests.data import ROOT
from tests.naive_bot_kpis import kpis

BY_KEY = {kpi.key: kpi for kpi in BOT_KPIS}


def test_every_row_of_the_definitions_has_its_kpi() -> None:
    assert {kpi.id for kpi in BOT_KPIS} == {
        *("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"),
        *("V1", "V2", "V3", "V4"),
    }


def test_they_fit_beside_the_others() -> None:
    assert len(registry((*KPIS.values(), *BOT_KPIS))) == len(KPIS) + len(BOT_KPIS)
    names = [n for declared in (*BOT_KPIS, *BOT_MEASURES) for n in declared.metrics.names()]
    assert len(set(names)) == len(names)
    assert not set(names) & FAMILIES.keys()


def test_no_column_is_counted_under_two_bases_or_twice() -> None:
    ours = [name for columns in BOT_COLUMNS.values() for name in columns]
    assert len(set(ours)) == len(ours)
    assert not set(ours) & {name for columns in COLUMNS.values() for name in columns}
    assert all(COLUMN_BASIS[name] is basis for basis, of in BOT_COLUMNS.items() for name in of)


def test_containment_and_its_upper_bound_are_two_entries() -> None:
    assert BY_KEY["containment"].expression == "conv_contained / conv_start"
    assert BY_KEY["containment_high"].expression == "(conv_start - conv_handoff) / conv_start"
    assert BY_KEY["containment_high"].certification is None


def test_technology_is_measured_day_and_night_and_lines_in_opening_hours() -> None:
    assert BY_KEY["uptime_tech"].expression == "up_ms / total_ms"
    assert BY_KEY["uptime_telecom"].expression == "up_open_ms / open_ms"
    assert {kpi.basis for kpi in BOT_KPIS if kpi.id in ("T8", "V3")} == {Basis.CLIPPED}


def test_migration_to_technology_is_better_up_and_hand_off_down() -> None:
    assert BY_KEY["service_migration"].direction is Direction.UP
    assert BY_KEY["handoff_to_human"].direction is Direction.DOWN


def test_latency_percentiles_are_read_off_the_latency_histogram() -> None:
    found = {kpi.quantile: kpi for kpi in BOT_KPIS if kpi.formula is Formula.QUANTILE}
    assert sorted(found) == [50, 90, 95]
    assert all(kpi.expression.startswith("latency_hist") for kpi in found.values())


def test_every_exported_ratio_has_its_parts_exported_for_the_same_window() -> None:
    sums = {
        (window, declared.numerator)
        for declared in (*BOT_KPIS, *BOT_MEASURES)
        for window, name in declared.metrics.model_dump().items()
        if name and declared.formula is Formula.SUM
    }
    ratios = [kpi for kpi in BOT_KPIS if kpi.denominator and kpi.metrics.names()]
    assert ratios
    for kpi in ratios:
        windows = [window for window, name in kpi.metrics.model_dump().items() if name]
        for window in windows:
            assert {(window, kpi.numerator), (window, kpi.denominator)} <= sums, kpi.key


def test_every_ratio_is_none_without_traffic_and_shown_by_a_worked_example() -> None:
    files = ("bot_rules.json", "ivr_rules.json")
    texts = [(ROOT / "tests" / "vectors" / name).read_text("utf-8") for name in files]
    shown = {
        key for text in texts for v in json.loads(text)["vectors"] for key in v.get("kpis", ())
    }
    ratios = {kpi.key for kpi in BOT_KPIS if kpi.formula is Formula.RATIO}
    assert ratios <= shown
    assert {key for key, value in kpis({}).items() if value is None} == ratios
