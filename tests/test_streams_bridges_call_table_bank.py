"""Two months of a bank's calls through the bridge, recounted from the wire events in plain Python."""

import gzip
import json
import tomllib
from collections import defaultdict
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from schemas.contacts import ACD
from schemas.targets import Plan
from streams.bridges.call_table import CallTable
from streams.bridges.call_table_settings import CallTableSettings
from tests.data import ROOT, shared

FOLDER = "technion-anonymousbank-1999"
ZONE = ZoneInfo("Asia/Jerusalem")
MONTHS = ("january", "august")
CONFIG = tomllib.loads((ROOT / "deploy/examples/bank-1999.toml").read_text())


def rows(month: str) -> list[bytes]:
    return gzip.decompress(shared(f"{FOLDER}/{month}1999.tsv.gz").read_bytes()).splitlines()


def reference(month: str):
    return json.loads(shared(f"{FOLDER}/reference_kpis.json").read_text())[month]


@cache
def wire(month: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The events of the rows, and those of the end."""
    bridge = CallTable(CallTableSettings.model_validate(CONFIG["call_table"]))
    events = [
        event
        for position, line in enumerate(rows(month))
        for event in bridge.translate(line, position)
    ]
    return tuple(events), tuple(bridge.end())


@cache
def visits(month: str):
    """Events of each visit that was offered, by type."""
    found = defaultdict(dict)
    for raw in wire(month)[0]:
        event = json.loads(raw)
        found[event["program"], event["contact"]][event["type"]] = event
    return {key: events for key, events in found.items() if "queued" in events}


def wait_s(events) -> int:
    end = events.get("answered") or events["disconnected"]
    wait_ms = end["time"] - events["queued"]["time"]
    assert wait_ms % 1000 == 0
    return wait_ms // 1000


def waits(month: str) -> tuple[list[int], list[int]]:
    """Seconds waited by the answered, and by the abandoned."""
    answered = [wait_s(events) for events in visits(month).values() if "answered" in events]
    abandoned = [wait_s(events) for events in visits(month).values() if "answered" not in events]
    return answered, abandoned


@pytest.mark.parametrize("month", MONTHS)
def test_offered_answered_abandoned_and_waits_of_a_month_are_exact(month):
    expected = reference(month)
    answered, abandoned = waits(month)
    offered = len(answered) + len(abandoned)

    assert offered == expected["offered"]
    assert len(answered) == expected["answered"]
    assert len(abandoned) == expected["hang_after_queueing"]
    assert sum(answered) == expected["sum_q_time_answered"]
    assert sum(abandoned) == expected["sum_q_time_abandoned"]
    assert max(answered + abandoned) <= expected["quirks"]["q_time_max"]
    assert round(100 * len(abandoned) / offered, 4) == expected["abandonment_pct"]
    assert round(sum(answered) / len(answered), 4) == expected["asa_s_answered"]
    assert round(sum(abandoned) / len(abandoned), 4) == expected["mean_wait_to_abandon_s"]


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("limit", [10, 20, 30, 60])
def test_every_service_level_variant_of_a_month_is_exact(month, limit):
    answered, abandoned = waits(month)
    offered = len(answered) + len(abandoned)
    good = sum(wait <= limit for wait in answered)
    gone = sum(wait <= limit for wait in abandoned)

    assert reference(month)[f"le{limit}s"] == {
        "answered_le": good,
        "abandoned_le": gone,
        "sl_answered_over_offered_pct": round(100 * good / offered, 4),
        "sl_answered_over_answered_pct": round(100 * good / len(answered), 4),
        "sl_short_abandons_excluded_pct": round(100 * good / (offered - gone), 4),
        "sl_abandons_le_T_count_as_met_pct": round(100 * (good + gone) / offered, 4),
    }


@pytest.mark.parametrize("month", MONTHS)
def test_half_hours_of_a_day_are_exact_on_the_local_wall_clock(month):
    expected = reference(month)["half_hours_of_day"]
    day = {"january": "1999-01-04", "august": "1999-08-01"}[month]
    table = defaultdict(lambda: [0] * 5)
    for events in visits(month).values():
        entered = datetime.fromtimestamp(events["queued"]["time"] / 1000, ZONE)
        if entered.date().isoformat() != day:
            continue
        wait = wait_s(events)
        answered = "answered" in events
        half_hour = table[f"{entered:%H}:{entered.minute // 30 * 30:02d}"]
        half_hour[0] += 1
        half_hour[1] += answered
        half_hour[2] += not answered
        half_hour[3] += wait * answered
        half_hour[4] += answered and wait <= 20

    shown = {row[0] for row in expected["rows"]}
    assert [[start, *table[start]] for start in sorted(shown)] == expected["rows"]
    first = min(shown)
    assert all(start < first for start in table if start not in shown)


@pytest.mark.parametrize("month", MONTHS)
def test_talk_is_the_service_time_and_unknown_where_none_was_recorded(month):
    expected = reference(month)["ser"]
    talks = defaultdict(list)
    unknown = 0
    for (program, _), events in visits(month).items():
        if "answered" not in events:
            continue
        if "tracking_lost" in events:
            assert "disconnected" not in events
            unknown += 1
        else:
            talk_ms = events["disconnected"]["time"] - events["answered"]["time"]
            talks[program.removeprefix("bank/")].append(talk_ms // 1000)
    every = [talk for of_program in talks.values() for talk in of_program]

    assert len(every) == expected["agent_rows_with_ser_start"]
    assert sum(every) == expected["sum_ser_time_s"]
    assert max(every) == expected["max_ser_time"]
    assert unknown == reference(month)["answered"] - expected["agent_rows_with_ser_start"]
    for program, (count, mean) in expected["by_type"].items():
        assert len(talks[program]) == count
        assert round(sum(talks[program]) / count, 3) == mean


@pytest.mark.parametrize("month", MONTHS)
def test_answers_name_the_staff_unless_nobody_was_recorded(month):
    answers = [e["answered"] for e in visits(month).values() if "answered" in e]
    nameless = sum("staff" not in answer for answer in answers)
    assert nameless == reference(month)["ser"]["agent_rows_no_server"]


@pytest.mark.parametrize("month", MONTHS)
def test_calls_that_ended_in_the_ivr_are_told_and_offered_to_nobody(month):
    expected = reference(month)
    events = [json.loads(raw) for raw in wire(month)[0]]
    left = [event for event in events if event["type"] == "ivr_left"]
    assert len(left) == expected["hang_in_vru"]
    assert {event["result"] for event in left} == {"hung_up"}
    told = {(event["program"], event["contact"]) for event in events}
    assert len(told) == expected["rows_17_fields"] - expected["outcome"]["PHANTOM"]


@pytest.mark.parametrize("month", MONTHS)
def test_every_event_of_the_bank_meets_the_contract_and_the_plan(month):
    plan = Plan.model_validate(CONFIG["plan"])
    programs = set()
    for raw in (*wire(month)[0], *wire(month)[1]):
        event = ACD.validate_json(raw)
        programs.add(event.program)
        if event.type == "queued":
            assert plan.queues[event.queue].program == event.program
        assert event.model_dump(exclude_unset=True) == json.loads(raw)
    assert programs == {f"bank/{name}" for name in reference(month)["type"]} <= set(plan.programs)
    assert plan.default_target.thresholds_s == (20, 10, 30, 60)


@pytest.mark.parametrize("month", MONTHS)
def test_a_bridge_restored_in_the_middle_goes_on_exactly(month):
    settings = CallTableSettings.model_validate(CONFIG["call_table"])
    lines = rows(month)
    bridge, events = CallTable(settings), []
    for position, line in enumerate(lines):
        if position % 10_000 == 5_000:
            state = bridge.snapshot()
            bridge = CallTable(settings)
            bridge.restore(state)
        events += bridge.translate(line, position)
    assert (tuple(events), tuple(bridge.end())) == wire(month)
