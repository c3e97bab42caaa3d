"""Two months of a bank's calls, from the command line, against figures computed another way."""

import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.bank import Bank, Newest, floorwatch, newest, replayed, rows, written
from tests.data import shared

BANK = Bank(shared("technion-anonymousbank-1999"))
MONTHS = ("january", "august")
VARIANTS = {
    "service_level": "sl_answered_over_offered_pct",
    "service_level_in_t_per_answered_variant": "sl_answered_over_answered_pct",
    "service_level_in_t_per_offered_less_abandoned_in_t_variant": "sl_short_abandons_excluded_pct",
    "service_level_in_t_plus_abandoned_in_t_per_offered_variant": (
        "sl_abandons_le_T_count_as_met_pct"
    ),
}
NUMBERS = {"january": "1999-01", "august": "1999-08"}
DAYS = {
    "january": ("1999-01-04T00:00", "1999-01-05T00:00"),
    "august": ("1999-08-01T00:00", "1999-08-02T00:00"),
}


@dataclass
class Told:
    """What a replay printed, and the store it left."""

    summary: Any
    store: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    folder = tmp_path_factory.mktemp("bank")
    stores = {name: folder / f"{name}.db" for name in MONTHS}
    return {name: Told(replayed(store, BANK.month(name)), store) for name, store in stores.items()}


@pytest.fixture(scope="module")
def undisturbed(told: dict[str, Told]) -> tuple[Any, Newest]:
    return told["january"].summary["columns"], newest(told["january"].store)


@pytest.mark.parametrize("name", MONTHS)
def test_a_month_offers_answers_and_abandons_what_the_reference_counts(
    told: dict[str, Told], name: str
) -> None:
    columns, want = told[name].summary["columns"], BANK.reference(name)
    assert columns["offered"] == want["offered"]
    assert columns["ans"] == want["answered"]
    assert columns["abn"] == want["hang_after_queueing"]
    assert columns["wait_ans_ms"] == want["sum_q_time_answered"] * 1000
    assert columns["wait_abn_ms"] == want["sum_q_time_abandoned"] * 1000
    assert columns["waiting"] == columns["outcome_unknown"] == columns["orphan"] == 0
    assert told[name].summary["rejects"] == {}


@pytest.mark.parametrize("name", MONTHS)
def test_the_ivr_answered_every_call_and_those_that_hung_up_in_it_are_its_abandonment(
    told: dict[str, Told], name: str
) -> None:
    want = BANK.reference(name)
    answered = want["offered"] + want["hang_in_vru"]
    columns, kpis = told[name].summary["columns"], told[name].summary["kpis"]
    assert (columns["ivr_ans"], columns["ivr_abn"]) == (answered, want["hang_in_vru"])
    assert kpis["ivr_abandon"] == pytest.approx(want["hang_in_vru"] / answered)


@pytest.mark.parametrize("name", MONTHS)
def test_handle_time_of_a_month_is_the_service_time_of_the_calls_that_have_one(
    told: dict[str, Told], name: str
) -> None:
    columns, want = told[name].summary["columns"], BANK.reference(name)["ser"]
    assert columns["handled"] == want["agent_rows_with_ser_start"]
    # The reference adds the few abandoned rows that carry a service time; they have no handling.
    of_all_rows = want["mean_ser_time_s_ser_start_set"]
    assert round(told[name].summary["kpis"]["aht"], 1) == round(of_all_rows, 1)


@pytest.mark.parametrize("name", MONTHS)
@pytest.mark.parametrize("seconds", ["10", "20", "30", "60"])
def test_every_formula_of_service_level_has_the_published_value_at_each_threshold(
    told: dict[str, Told], name: str, seconds: str
) -> None:
    summary, want = told[name].summary, BANK.reference(name)[f"le{seconds}s"]
    assert summary["columns"]["ans_in_T"][seconds] == want["answered_le"]
    assert summary["columns"]["abn_in_T"][seconds] == want["abandoned_le"]
    for kpi, published in VARIANTS.items():
        assert round(100 * summary["kpis"][kpi][seconds], 4) == want[published]


@pytest.mark.parametrize("name", MONTHS)
def test_speed_of_answer_and_abandonment_of_a_month_have_the_published_values(
    told: dict[str, Told], name: str
) -> None:
    kpis, want = told[name].summary["kpis"], BANK.reference(name)
    assert round(100 * kpis["abandon_voice"], 4) == want["abandonment_pct"]
    assert round(kpis["asa"], 4) == want["asa_s_answered"]
    assert round(kpis["time_to_abandon"], 4) == want["mean_wait_to_abandon_s"]


@pytest.mark.parametrize("name", MONTHS)
def test_the_ledger_of_a_day_has_every_half_hour_of_the_reference(
    told: dict[str, Told], name: str
) -> None:
    since, until = DAYS[name]
    shown = floorwatch(
        *("ledger", "--store", told[name].store, "--level", "network", "--minutes", "30"),
        *("--from", since, "--to", until, "--json"),
    )
    got = {
        row["start"][11:16]: [
            *(row[count] for count in ("offered", "ans", "abn")),
            row["columns"].get("wait_ans_ms", 0) / 1000,
            row["columns"].get("ans_in_T1", 0),
        ]
        for row in shown
    }
    want = {row[0]: row[1:] for row in BANK.reference(name)["half_hours_of_day"]["rows"]}
    assert {start: row for start, row in got.items() if row[0]} == want
    assert {row["state"] for row in shown} == {"FINAL"}


def total(rows: list[Any], kpi: str) -> tuple[float, float]:
    """Numerator and denominator of a KPI over all queues."""
    told = [row for row in rows if row["queue"] and row["kpi"] == kpi and row["value"] is not None]
    return sum(row["value"] * (row["n"] or 1) for row in told), sum(row["n"] or 0 for row in told)


@pytest.mark.parametrize("name", MONTHS)
def test_the_months_that_certification_takes_add_up_to_the_reference(
    told: dict[str, Told], name: str
) -> None:
    shown = floorwatch("month", "--store", told[name].store, "--month", NUMBERS[name], "--json")
    rows = [row for row in shown if row["month"] == NUMBERS[name]]
    want, (offered, _) = BANK.reference(name), total(rows, "volume_offered")
    (in_t, of), (waited, answered) = total(rows, "service_level"), total(rows, "asa")
    abandoned, _ = total(rows, "abandon_voice")
    assert (offered, of, answered) == (want["offered"], want["offered"], want["answered"])
    assert round(in_t) == want["le20s"]["answered_le"]
    assert round(100 * in_t / of, 4) == want["le20s"]["sl_answered_over_offered_pct"]
    assert round(waited) == want["sum_q_time_answered"]
    assert round(waited / answered, 4) == want["asa_s_answered"]
    assert round(100 * abandoned / of, 4) == want["abandonment_pct"]
    assert {row["state"] for row in rows} == {"FINAL"}


def test_what_a_call_table_cannot_tell_of_is_unknown_and_never_none(told: dict[str, Told]) -> None:
    """It lists calls that came through: who met a busy line, or was handed on, stands nowhere, nor does who
    had enough of the menu."""
    summary = told["january"].summary
    of_ivr = ["ivr_exit", "ivr_optout_rate", "ivr_error_rate"]
    assert summary["unknown"] == ["escalation_rate", "hold", "acw", *of_ivr, "blocked"]
    assert summary["kpis"]["hold"] is summary["kpis"]["acw"] is None
    assert summary["columns"]["blocked"] == 0
    assert summary["kpis"]["blocked"] is None
    assert set(summary["kpis"]["escalation_rate"].values()) == {None}
    shown = floorwatch("month", "--store", told["january"].store, "--month", "1999-01", "--json")
    of_ps = [row for row in shown if row["program"] == "bank/PS"]
    found = {
        kpi: {(row["value"], row["known"]) for row in of_ps if row["kpi"] == kpi}
        for kpi in ("escalation_rate", "blocked", "ivr_exit", "ivr_abandon")
    }
    assert found["escalation_rate"] == found["blocked"] == found["ivr_exit"] == {(None, False)}
    assert all(known for _, known in found["ivr_abandon"])


def test_rows_in_any_order_give_the_same_month(
    undisturbed: tuple[Any, Newest], tmp_path: Path
) -> None:
    header, calls = rows(BANK.month("january"))
    random.Random(1).shuffle(calls)
    store = tmp_path / "store.db"
    summary = replayed(store, written(tmp_path / "shuffled.tsv", header, calls))
    assert (summary["columns"], newest(store)) == undisturbed


def test_a_tenth_of_the_rows_twice_gives_the_same_month(
    undisturbed: tuple[Any, Newest], tmp_path: Path
) -> None:
    header, calls = rows(BANK.month("january"))
    chance = random.Random(2)
    calls += chance.sample(calls, len(calls) // 10)
    chance.shuffle(calls)
    store = tmp_path / "store.db"
    summary = replayed(store, written(tmp_path / "twice.tsv", header, calls))
    assert (summary["columns"], newest(store)) == undisturbed


def pieces(folder: Path) -> list[Path]:
    """January in five files of unequal length, its calls in no order."""
    header, calls = rows(BANK.month("january"))
    chance = random.Random(3)
    chance.shuffle(calls)
    cuts = [0, *sorted(chance.sample(range(1, len(calls)), 4)), len(calls)]
    return [
        written(folder / f"piece{n}.tsv", header, calls[start:stop])
        for n, (start, stop) in enumerate(pairwise(cuts))
    ]


def test_a_month_in_pieces_within_one_command_is_the_same_month(
    undisturbed: tuple[Any, Newest], tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    summary = replayed(store, *pieces(tmp_path))
    assert (summary["columns"], newest(store)) == undisturbed


def test_a_month_in_pieces_by_one_command_each_is_restated_to_the_same_month(
    undisturbed: tuple[Any, Newest], tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    for piece in pieces(tmp_path):
        summary = replayed(store, piece)
    columns, ledger = undisturbed
    assert summary["columns"] == columns
    assert newest(store) == ledger
    month = floorwatch("month", "--store", store, "--month", "1999-01", "--json")
    assert {row["state"] for row in month if row["queue"] == "bank-PS"} == {"RESTATED"}
    offered = sum(row["value"] for row in month if row["queue"] and row["kpi"] == "volume_offered")
    assert offered == columns["offered"]
