"""What other systems publish of their Erlang and service levels: the same, or why not."""

import json
from math import ceil
from typing import Any

import pytest

from streams.planning.models import figures_of, required_of, rows
from streams.planning.staffing import loaded
from tests import naive_erlang as twin
from tests.data import shared

FILE = json.loads(shared("erlang/erlang_and_sl_vectors.json").read_text())
VECTORS, LEVELS = FILE["pyworkforce"], FILE["service_level_formula_examples"]


def demand(vector: dict[str, Any], within_s: float, **more: float) -> Any:
    """The other system counts in minutes."""
    span, aht = vector["interval"] * 60, vector["aht"] * 60
    return rows(vector["transactions"], span, aht, within_s=within_s, **more)


@pytest.mark.parametrize("vector", VECTORS["erlang_c"])
def test_another_erlang_c_asks_for_the_next_whole_number_and_reads_the_same_there(
    vector: dict[str, Any],
) -> None:
    """Its `asa_target` is our T: it is compared with the level, never with the speed of answer."""
    expect, within_s = vector["expect"], vector["asa_target"] * 60
    asked = demand(
        vector, within_s,
        level=vector["service_level_target"], occupancy=vector["max_occupancy"],
    )  # fmt: skip
    whole = ceil(required_of(asked).fte - 1e-9)
    assert whole == expect["raw_positions"]
    assert ceil(loaded(whole, vector["shrinkage"]) - 1e-9) == expect["positions"]
    told = figures_of(asked, whole)
    assert round(float(told.level), 3) == expect["service_level_3dp"]
    assert round(float(told.occupancy), 3) == expect["occupancy_3dp"]
    assert round(float(told.waits), 3) == expect["waiting_probability_3dp"]


@pytest.mark.parametrize("vector", VECTORS["erlang_a"])
def test_another_erlang_a_reads_the_same_but_for_the_speed_of_answer(
    vector: dict[str, Any],
) -> None:
    """Its speed of answer is the wait of all, queue over rate, abandons included (its identity says
    so); ours (R2) is of the answered only, and so another number."""
    expect = vector["expect"]
    told = figures_of(demand(vector, 20, patience_s=vector["patience"] * 60), vector["positions"])
    assert round(float(told.level), 6) == expect["service_level_6dp"]
    assert round(float(told.waits), 5) == expect["waiting_probability_5dp"]
    assert round(float(told.abandonment), 6) == expect["abandonment_probability_6dp"]
    assert round(float(told.occupancy), 6) == expect["occupancy_6dp"]
    per_minute = vector["transactions"] / vector["interval"]
    assert round(float(told.queue) / per_minute, 6) == expect["average_speed_of_answer_6dp"]
    assert told.asa_s / 60 < expect["average_speed_of_answer_6dp"] - 1e-3


@pytest.mark.parametrize("vector", VECTORS["erlang_b"])
def test_another_erlang_b_blocks_as_many_as_the_waiting_probability_implies(
    vector: dict[str, Any],
) -> None:
    """C = N B / (N - a (1 - B)) solved for B, at a load of one with three and more staff too."""
    load, staff = vector["intensity"], vector["positions"]
    blocking = 1.0
    for n in range(1, staff + 1):
        blocking = load * blocking / (n + load * blocking)
    assert blocking == vector["expect"]["blocking"]
    if staff > load:
        waits = figures_of(rows(load, 1.0, 1.0), staff).waits
        implied = waits * (staff - load) / (staff - waits * load)
        assert implied == pytest.approx(vector["expect"]["blocking"])
        assert twin.erlang_c(load, staff, 1.0, 0.0)["waits"] == pytest.approx(float(waits))


def test_levels_of_other_systems_leave_out_contacts_that_ours_keeps() -> None:
    """R1: answered in T over all offered. CCPulse drops abandons in T (57.14 for our 50 %), Genesys
    Cloud the contact that still waits (7/9 for our 7/10); where nothing is in time both say 0."""
    pulse, cloud, none, timed_out = LEVELS
    ours = pulse["answered_le_T"] / pulse["total"]
    kept = pulse["total"] - pulse["abandoned_le_T1"]
    assert (ours, round(100 * ours * pulse["total"] / kept, 2)) == (0.5, pulse["expect"])
    in_time = cloud["tAnswered_count"] - cloud["nOverSla"]
    assert in_time / cloud["nOffered"] == 0.7
    assert in_time / (cloud["tAnswered_count"] + cloud["nAbandon"]) == cloud["expect_ratio"]
    assert (none["tAnswered_count"] - none["nOverSla"]) / none["nOffered"] == none["expect_ratio"]
    # A queue in which every caller times out: nobody answers, whatever the other names good.
    told = figures_of(rows(100, 1800, 180, 60, within_s=60), 0)
    assert told.level == pytest.approx(timed_out["expect"]["answered_in_sl_over_offered"], abs=1e-9)
    assert told.abandonment == pytest.approx(1)
