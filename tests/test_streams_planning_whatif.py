"""What if: the published case, the least change that repairs it, targets that do not go together."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.planning.staffing import Goals, Load, performances
from streams.planning.whatif import Change, changed, what_if
from tests.test_naive import MODERATE

CASE = Load(100, 1800, 180, 120)
GOALS = Goals(20, 0.8)


def test_a_fifth_more_volume_takes_the_case_below_its_target_and_two_people_repair_it() -> None:
    told = what_if(CASE, 12, GOALS, Change(volume=0.2))
    assert (round(told.before.level, 3), told.after.level < 0.8) == (0.826, True)
    assert told.required_before < 12 < told.required_after
    assert told.net == 12 - told.required_after
    assert told.repair.staff == pytest.approx(told.required_after - 12)
    assert told.weak.startswith("overload: more load than staff, waits grow")
    calmer = what_if(CASE, 12, GOALS, Change(volume=0.15))
    assert calmer.weak.startswith("saturated: load close to staff")


@MODERATE
@given(st.floats(-0.3, 0.6), st.floats(-0.3, 0.6), st.floats(-4, 4))
def test_each_way_to_repair_meets_the_target_and_a_little_less_does_not(
    volume: float, aht: float, staff: float
) -> None:
    told = what_if(CASE, 12, GOALS, Change(volume, aht, staff))
    then, there = changed(CASE, Change(volume, aht)), 12 + staff
    if told.repair.staff == 0:
        assert told.after.level >= 0.8 - 1e-9
        assert (told.repair.volume, told.repair.aht) == (0, 0)
        return
    for part in (1.0, 0.99):
        tried = [
            (then, there + (told.repair.staff or 0) * part),
            (then._replace(contacts=then.contacts * (1 - (told.repair.volume or 0) * part)), there),
            (then._replace(aht_s=then.aht_s * (1 - (told.repair.aht or 0) * part)), there),
        ]
        found = performances([one for one, _ in tried], [n for _, n in tried], [20.0] * 3)
        for one in found:
            assert (one.level >= 0.8 - 1e-6) if part == 1.0 else (one.level < 0.8 + 1e-6)


def whatif(*arguments: str) -> Result:
    case = ("--contacts", "100", "--aht", "180", "--staff", "12")
    return CliRunner().invoke(app, ["whatif", *case, *arguments])


def test_the_command_tells_the_case_its_model_and_the_way_out() -> None:
    told = whatif("--patience", "120", "--volume", "20")
    assert told.exit_code == 0
    assert "0.8256" in told.stdout
    assert "erlang_a" in told.stdout
    assert "to meet the targets: +" in told.stdout


def test_without_a_steady_state_json_has_null_and_a_warning() -> None:
    told = json.loads(whatif("--volume", "50", "--json").stdout)
    assert told["then"]["asa_s"] is None
    assert told["then"]["model"] == "erlang_c"
    assert told["careful"].startswith("overload: more load than staff")


def test_an_abandonment_target_without_a_patience_is_refused() -> None:
    told = whatif("--abandonment", "3")
    assert told.exit_code == 2
    assert "add --patience" in told.stderr
