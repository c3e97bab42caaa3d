"""The hand-checked trace of definitions 8.1, from wire events to ledger values and KPIs."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from schemas.targets import Plan
from streams.close import Record
from streams.figures import Figure, figures
from streams.shard import Shard
from tests.ledgers import newest, of_visits
from tests.shards import fed

TRACE = json.loads((Path(__file__).parent / "vectors/golden_trace.json").read_text())
PLAN = Plan.model_validate(TRACE["plan"])
MIDNIGHT = 1_709_510_400_000
HOUR = 3_600_000
SPANS = {"I1": "30min", "I2": "30min", "I3": "30min", "hour": "day"}
KPIS = {
    "offered": "volume_offered",
    "handled": "volume_handled",
    "service_level_T1": "service_level",
    "abandonment": "abandon_voice",
    "asa_s": "asa",
    "aht_end_s": "aht",
    "load_erlangs": "load_clipped",
    "escalation_rate_tier": "escalation_rate",
}
TABLE = {
    "I1": {"offered": 4, "ans": 3, "ans_in_T1": 2, "abn": 1, "handled": 1, "clipped_s": 540},
    "I2": {"offered": 4, "ans": 2, "ans_in_T1": 1, "abn": 2, "handled": 3, "clipped_s": 1930},
    "hour": {"offered": 8, "ans": 5, "ans_in_T1": 3, "abn": 3, "handled": 4, "clipped_s": 2470},
}
RATES = {
    "I1": {"service_level": 50.0, "abandon_voice": 25.0, "asa": 228.3, "aht": 540.0},
    "I2": {"service_level": 25.0, "abandon_voice": 50.0, "asa": 35.0, "aht": 550.0},
    "hour": {"service_level": 37.5, "abandon_voice": 37.5, "asa": 151.0, "aht": 547.5},
}
"""The table of definitions 8.1 as printed there: percent and seconds."""


def at(clock: str) -> int:
    """A clock time of the trace's day, ms UTC."""
    hours, minutes = clock.split(":")
    return MIDNIGHT + int(hours) * HOUR + int(minutes) * 60_000


class Monitor:
    """A shard that hears the trace, from 09:30 on, and keeps what it recorded."""

    def __init__(self) -> None:
        self.shard = Shard(PLAN)
        self.records: list[Record] = []
        self.pass_to("09:30")

    def hear(self, events: list[dict[str, Any]]) -> None:
        fed(self.shard, events)

    def pass_to(self, clock: str) -> list[Record]:
        """The source promises that it has sent everything up to `clock`; what is recorded then."""
        promise = {"type": "heartbeat", "source": "acd", "program": "bank", "time": at(clock)}
        self.hear([promise])
        found = self.shard.close(at(clock))
        self.records += found
        return found

    def figure(self, interval: str) -> Figure:
        """A row of the golden table, read from the newest ledger values."""
        kept = sorted(newest(self.records).values(), key=lambda record: record.bucket_ms)
        start, end = span(interval)
        inside = [record for record in kept if start <= record.bucket_ms < end]
        ((_, figure),) = figures(inside, PLAN, SPANS[interval], "program")  # type: ignore[arg-type]
        figure.span_ms = end - start  # the trace's hour is no civil one
        return figure

    def states(self, clock: str) -> dict[str, str]:
        """Newest state per basis of the buckets that begin at `clock` with anything in them."""
        return {
            key[5]: record.state
            for key, record in newest(self.records).items()
            if key[1] and key[4] == at(clock) and record.columns
        }


def span(interval: str) -> tuple[int, int]:
    row = next(row for row in TRACE["after"] if row["interval"] == interval)
    return row["span_ms"][0], row["span_ms"][1]


def heard(late: bool) -> Monitor:
    """A monitor that heard everything, with or without c4's connection."""
    monitor = Monitor()
    monitor.hear(TRACE["events"] + (TRACE["late"] if late else []))
    return monitor


def reading(figure: Figure, name: str) -> Any:
    """The value of a KPI of the vectors in our figures."""
    if name in ("ans", "abn"):
        return figure.columns.get(name, 0)
    value = figure.kpis()[KPIS[name]]
    if isinstance(value, dict):
        return value["tier"] if name == "escalation_rate_tier" else value.get("20")
    return value


def check(figure: Figure, row: dict[str, Any]) -> None:
    assert {name: n for name, n in of_visits(figure.columns).items() if n} == row["columns"]
    for name, want in row["kpis"].items():
        got = reading(figure, name)
        if isinstance(want, list):
            assert Fraction(got).limit_denominator(10**6) == Fraction(*want), name
        else:
            assert got == want, name


@pytest.mark.parametrize("row", TRACE["after"], ids=lambda row: row["interval"])
def test_every_cell_of_the_golden_table_comes_out_of_the_ledger(row: dict[str, Any]) -> None:
    monitor = heard(late=True)
    monitor.pass_to("20:00")
    check(monitor.figure(row["interval"]), row)


@pytest.mark.parametrize("interval", TABLE)
def test_the_golden_table_reads_as_printed_in_the_definitions(interval: str) -> None:
    monitor = heard(late=True)
    monitor.pass_to("20:00")
    figure = monitor.figure(interval)
    kpis: Any = figure.kpis()
    counts = TABLE[interval]
    assert figure.columns["handle_clip_ms"] == 1000 * counts["clipped_s"]
    for name in ("offered", "ans", "ans_in_T1", "abn", "handled"):
        assert figure.columns[name] == counts[name]
    for name, printed in RATES[interval].items():
        value = kpis[name]["20"] if name == "service_level" else kpis[name]
        percent = 100 if name in ("service_level", "abandon_voice") else 1
        assert round(percent * value, 1) == printed


@pytest.mark.parametrize("row", TRACE["before"], ids=lambda row: row["interval"])
def test_before_the_late_connection_the_contact_is_pending(row: dict[str, Any]) -> None:
    monitor = heard(late=False)
    monitor.pass_to("12:00")
    check(monitor.figure(row["interval"]), row)


def test_a_connection_delivered_at_noon_moves_speed_of_answer_and_not_service_level() -> None:
    monitor = heard(late=False)
    monitor.pass_to("12:00")
    before = monitor.figure("I1")
    kpis: Any = before.kpis()
    assert (before.columns["waiting"], before.columns["ans"]) == (1, 2)
    assert (kpis["asa"], kpis["service_level"]["20"]) == (12.5, 0.5)
    assert before.state == "PROVISIONAL"

    monitor.hear(TRACE["late"])
    monitor.pass_to("12:15")
    after = monitor.figure("I1")
    kpis = after.kpis()
    assert ("waiting" in after.columns, after.columns["ans"]) == (False, 3)
    assert (round(kpis["asa"], 2), kpis["service_level"]["20"]) == (228.33, 0.5)
    assert after.state == "FINAL"


def test_an_open_interval_has_no_record_and_a_passed_one_a_provisional_value() -> None:
    monitor = heard(late=True)
    assert {record.bucket_ms for record in monitor.pass_to("09:59")} == {at("09:30")}
    monitor.pass_to("10:00")
    assert monitor.states("09:45") == {
        "arrival": "PROVISIONAL",
        "cohort": "PROVISIONAL",
        "end": "PROVISIONAL",
        "clipped": "PROVISIONAL",
    }


def test_an_interval_is_final_once_lateness_has_passed_after_its_end() -> None:
    monitor = heard(late=True)
    monitor.pass_to("11:59")
    assert set(monitor.states("09:45").values()) == {"PROVISIONAL"}
    monitor.pass_to("12:00")
    assert set(monitor.states("09:45").values()) == {"FINAL"}
    assert at("09:45") not in {record.bucket_ms for record in monitor.pass_to("18:00")}


def test_handle_time_is_final_while_arrivals_still_wait_for_the_callback() -> None:
    monitor = heard(late=False)
    monitor.pass_to("12:00")
    assert monitor.states("09:45") == {
        "arrival": "PROVISIONAL",
        "cohort": "PROVISIONAL",
        "end": "FINAL",
        "clipped": "FINAL",
    }


def test_arrivals_are_final_while_the_handling_of_their_contacts_is_open() -> None:
    monitor = Monitor()
    ends = {"disconnected", "acw_started", "acw_ended"}
    monitor.hear([e for e in TRACE["events"] if e["contact"] == "c2" and e["type"] not in ends])
    monitor.pass_to("12:10")
    assert monitor.states("09:45") == {"arrival": "FINAL", "cohort": "PROVISIONAL"}


def test_a_late_event_restates_a_final_value_with_the_old_one_and_the_reason() -> None:
    monitor = heard(late=False)
    monitor.pass_to("14:30")
    final = monitor.figure("I1")
    assert (final.state, final.columns["outcome_unknown"]) == ("FINAL", 1)

    monitor.hear(TRACE["late"])
    restated = [record for record in monitor.pass_to("14:31") if record.basis == "arrival"]
    (record,) = restated
    assert (record.state, record.revision, record.reason) == ("RESTATED", 2, "late_event")
    assert record.old_columns is not None
    assert (record.old_columns["ans"], record.columns["ans"]) == (2, 3)
    assert (record.old_columns["wait_ans_ms"], record.columns["wait_ans_ms"]) == (25_000, 685_000)
    assert monitor.figure("I1").state == "RESTATED"
    assert monitor.pass_to("14:32") == []


def test_a_contact_open_for_four_hours_is_unknown_and_lowers_completeness() -> None:
    monitor = heard(late=False)
    monitor.pass_to("13:58")
    assert monitor.states("09:45")["arrival"] == "PROVISIONAL"
    monitor.pass_to("13:59")
    assert monitor.states("09:45")["arrival"] == "FINAL"
    figure = monitor.figure("I1")
    assert (figure.columns["outcome_unknown"], "waiting" in figure.columns) == (1, False)
    assert figure.completeness == 3 / 4
    key = ("bank", "main", "voice", "", at("09:45"), "arrival")
    assert newest(monitor.records)[key].completeness == 3 / 4
