import json
from pathlib import Path

import pytest

from kernels.columns import (
    ARRIVAL_COLUMNS,
    CLIPPED_COLUMNS,
    COHORT_COLUMNS,
    END_COLUMNS,
    THRESHOLDS,
)
from schemas import columns as names
from schemas.catalog import KPIS, registry
from schemas.keys import Basis
from schemas.kpi import Direction, Formula, Kpi, Unit, terms
from schemas.metrics import FAMILIES, MEASURES

EXAMPLES = json.loads((Path(__file__).parent / "vectors/kpi_examples.json").read_text())
REQUIRED = {
    *("service_level", "asa", "abandon_voice", "escalation_rate", "aht", "aht_cohort"),
    *("volume_offered", "volume_handled", "load_clipped", "waiting", "oldest_wait"),
}


def entry(**changes):
    fields = {
        "id": "X1",
        "key": "x",
        "title": "X",
        "title_ja": "エックス",
        "definition": "A test entry.",
        "numerator": terms("ans"),
        "denominator": terms("offered"),
        "basis": Basis.ARRIVAL,
        "unit": Unit.RATIO,
        "example": "R1",
    }
    return Kpi(**(fields | changes))


def test_the_catalogue_books_every_column_where_the_kernels_do():
    assert names.COLUMNS == {
        Basis.ARRIVAL: ARRIVAL_COLUMNS,
        Basis.COHORT: COHORT_COLUMNS,
        Basis.END: END_COLUMNS,
        Basis.CLIPPED: CLIPPED_COLUMNS,
    }
    assert names.THRESHOLDS == THRESHOLDS


def test_the_required_service_level_is_the_one_over_offered():
    assert KPIS["service_level"].expression == "ans_in_T / offered"
    assert KPIS["service_level"].direction is Direction.UP
    plain = [kpi for kpi in KPIS.values() if kpi.key.startswith("service_level_in_t")]
    assert len(plain) == 4
    assert all(kpi.key.endswith("_variant") and not kpi.certification for kpi in plain)


def test_every_kpi_of_the_first_release_is_declared():
    assert set(KPIS) >= REQUIRED


def test_speed_of_answer_takes_the_place_of_service_level_in_the_score():
    assert KPIS["asa"].certification.instead_of == "service_level"
    assert KPIS["asa"].certification.instead_of in KPIS


def test_a_ratio_of_two_bases_is_refused():
    with pytest.raises(ValueError, match="a ratio never mixes two bases"):
        entry(numerator=terms("handled"))
    with pytest.raises(ValueError, match="a ratio never mixes two bases"):
        entry(basis=Basis.END)


def test_a_column_nobody_counts_is_refused():
    with pytest.raises(ValueError, match="unknown column 'served'"):
        terms("ans + served")
    with pytest.raises(ValueError, match="not a sum of columns"):
        terms("ans / offered")


def test_a_formula_without_its_parts_is_refused():
    with pytest.raises(ValueError, match="has not these parts"):
        entry(denominator=())
    with pytest.raises(ValueError, match="has not these parts"):
        entry(formula=Formula.QUANTILE)


def test_seconds_come_from_ms_columns_only():
    with pytest.raises(ValueError, match="unit s does not fit ans"):
        entry(unit=Unit.SECONDS)


def test_a_target_that_targets_do_not_have_is_refused():
    with pytest.raises(ValueError, match="no target field 'speed'"):
        entry(target="speed")


@pytest.mark.parametrize("same", [{"key": "x"}, {"title": "X"}, {"title_ja": "エックス"}])
def test_nothing_is_declared_twice(same):
    other = {"key": "y", "title": "Y", "title_ja": "ワイ"} | same
    with pytest.raises(ValueError, match="is declared by x and by"):
        registry((entry(), entry(**other)))


def test_one_metric_name_belongs_to_one_declaration():
    metrics = {"interval": "cc_interval_x_ratio"}
    with pytest.raises(ValueError, match="cc_interval_x_ratio"):
        registry(
            (
                entry(metrics=metrics),
                entry(key="y", title="Y", title_ja="ワイ", metrics=metrics),
            )
        )


def test_templates_stand_for_every_threshold_class_and_reason():
    assert names.expand("ans_in_T{i}") == ("ans_in_T1", "ans_in_T2", "ans_in_T3", "ans_in_T4")
    assert KPIS["service_level"].per_threshold
    assert KPIS["escalation_rate"].each == "{class}"
    assert KPIS["abandon_voice_by_reason"].each == "{reason}"
    assert not KPIS["asa"].each


def test_sites_of_a_shared_queue_have_no_arrival_figures_of_their_own():
    assert not KPIS["service_level"].per_site
    assert not KPIS["abandon_voice"].per_site
    assert KPIS["aht"].per_site


def test_every_kpi_has_a_worked_example_that_shows_it():
    for kpi in KPIS.values():
        example = EXAMPLES[kpi.example]
        shown = {
            **example.get("kpis", {}),
            **example.get("live", {}),
            **example.get("now", {}),
        }
        assert kpi.key in shown, kpi.key


def test_metric_names_are_base_units_and_say_their_window():
    for family in FAMILIES.values():
        assert family.name.startswith("cc_")
        assert (family.kind == "counter") == family.name.endswith("_total")
        assert (family.kind == "info") == family.name.endswith("_info")
        assert "_ms" not in family.name and "percent" not in family.name
    for declared in (*KPIS.values(), *MEASURES):
        metrics = declared.metrics
        assert metrics.interval.startswith("cc_interval_") or not metrics.interval
        assert metrics.last_interval.startswith("cc_last_interval_") or not metrics.last_interval
        assert metrics.day.startswith("cc_day_") or not metrics.day


def test_every_exported_ratio_has_its_parts_exported_for_the_same_window():
    sums = {
        (window, declared.numerator): name
        for declared in (*KPIS.values(), *MEASURES)
        for window, name in declared.metrics.model_dump().items()
        if declared.formula is Formula.SUM
    }
    for kpi in KPIS.values():
        for window in ("interval", "last_interval", "day"):
            if getattr(kpi.metrics, window) and kpi.denominator and not kpi.bound:
                over = tuple(
                    term.model_copy(update={"column": term.column.replace("{i}", "1")})
                    for term in kpi.numerator
                )
                assert sums.get((window, over)), (kpi.key, window)
                assert sums.get((window, kpi.denominator)), (kpi.key, window)
