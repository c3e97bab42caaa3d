"""The simulated center: deterministic, valid, and honest about what it did."""

import json
import pickle
import tomllib
from collections import Counter, defaultdict
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.contacts import ACD, EVENT_TYPES
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.simulator.center import Center
from streams.simulator.files import write_files
from streams.simulator.settings import Habits, Outage, SimulatorSettings
from tests.naive import columns

HOUR_MS = 3_600_000
OUTAGES = (
    Outage(kind="site_down", name="nagoya", at=time(11, 0), minutes=40),
    Outage(kind="acd_drop", name="acd-2", at=time(13, 0), minutes=10),
    Outage(kind="acd_restart", name="acd-1", at=time(11, 30), minutes=2),
    Outage(kind="feed_silent", name="acd-2", at=time(16, 0), minutes=20),
)
BAD_DAY = SimulatorSettings(seed=7, outages=OUTAGES, heartbeat_s=60, habits=Habits(withdrawn=0.03))
START_MS = round(BAD_DAY.start.timestamp() * 1000)

Rows = dict[tuple[str, str, str, str, int], dict[str, int]]


def after(hours: float) -> int:
    return START_MS + round(hours * HOUR_MS)


def day(settings: SimulatorSettings, hours: float) -> tuple[list[dict[str, Any]], Center]:
    """Events of a day up to an hour after local midnight, and the center as it stands then."""
    return simulated(settings.model_dump_json(), hours)


@cache
def simulated(settings: str, hours: float) -> tuple[list[dict[str, Any]], Center]:
    center = Center(SimulatorSettings.model_validate_json(settings))
    return center.advance(after(hours)), center


def contact_events(settings: SimulatorSettings = BAD_DAY, hours: float = 24) -> list[Any]:
    return [event for event in day(settings, hours)[0] if event["type"] != "heartbeat"]


def rows(settings: SimulatorSettings, table: str, hours: float = 24) -> Rows:
    return {
        (row["program"], row["queue"], row["channel"], row["site"], row["bucket_ms"]): row[
            "columns"
        ]
        for row in day(settings, hours)[1].truth()[table]
    }


def totals(settings: SimulatorSettings = BAD_DAY, hours: float = 24) -> Counter[str]:
    """All columns of a day, added up."""
    total: Counter[str] = Counter()
    for table in ("arrival", "handling"):
        for row in rows(settings, table, hours).values():
            total.update(row)
    return total


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    again = Center(BAD_DAY).advance(after(12))
    other = Center(BAD_DAY.model_copy(update={"seed": 8})).advance(after(12))
    assert json.dumps(again) == json.dumps(day(BAD_DAY, 12)[0])
    assert json.dumps(again) != json.dumps(other)


def test_steps_of_any_size_give_the_same_events_and_the_same_truth() -> None:
    center, stepped, moment, step = Center(BAD_DAY), [], START_MS, 1
    while moment < after(16):
        moment = min(moment + step, after(16))
        stepped += center.advance(moment)
        step = step * 7 % 500_009
    whole, reference = day(BAD_DAY, 16)
    assert stepped == whole
    assert center.truth() == reference.truth()


def test_a_center_begun_anew_and_wound_forward_goes_on_where_the_old_one_was() -> None:
    old = Center(BAD_DAY)
    old.begin(after(9.123))
    old.advance(after(11))
    anew = Center(BAD_DAY)
    anew.begin(after(9.123))
    anew.advance(after(11))
    assert anew.advance(after(12)) == old.advance(after(12)) != []


def test_another_run_of_a_center_repeats_no_id_and_no_contact_and_first_says_that_nobody_is_there() -> (
    None
):
    everything = {"staff_events", "forecasts", "chat", "bots", "cases", "outbound"}
    first = SimulatorSettings(seed=3, around_the_clock=True, **dict.fromkeys(everything, True))
    names = ("id", "contact", "conversation", "case", "record")
    told, again = (
        [e for e in day(settings, 0.5)[0] if e["type"] != "heartbeat"]
        for settings in (first, first.model_copy(update={"run": "2"}))
    )
    known = {name: {event[name] for event in told if name in event} for name in names}
    assert all(known.values())
    assert not [e for e in again for name in names if e.get(name) in known[name]]

    def rest(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        told_anew = (*names, "seq")
        return [{key: value for key, value in e.items() if key not in told_anew} for e in events]

    absent = [e for e in again if e.get("state") == "logged_out" and e["time"] == START_MS]
    assert {e["staff"] for e in absent} >= {e["staff"] for e in told if "staff" in e}
    assert len({e["staff"] for e in absent}) == len(absent)
    assert rest([e for e in again if e not in absent]) == rest(told)


def test_a_center_survives_pickling_in_the_middle_of_the_day() -> None:
    center = Center(BAD_DAY)
    center.advance(after(11))
    twin = pickle.loads(pickle.dumps(center))
    assert twin.advance(after(13)) == center.advance(after(13)) != []
    assert twin.truth() == center.truth()


def test_a_center_cannot_begin_twice_nor_go_back() -> None:
    center = Center(BAD_DAY)
    center.begin(START_MS)
    center.advance(after(1))
    with pytest.raises(ValueError, match="has begun"):
        center.begin(START_MS)
    with pytest.raises(ValueError, match="has passed"):
        center.advance(START_MS)
    with pytest.raises(ValueError, match="is at"):
        next(center.events(START_MS, after(2)))


def test_every_event_is_valid_and_sets_only_fields_of_its_type() -> None:
    for event in day(BAD_DAY, 24)[0]:
        model = ACD.validate_json(json.dumps(event))
        assert set(event) <= set(type(model).model_fields)
        assert "" not in event.values()


def test_events_have_ids_of_their_own_and_every_type_occurs() -> None:
    events = contact_events()
    assert len({(event["source"], event["id"]) for event in events}) == len(events)
    assert {event["type"] for event in events} == set(EVENT_TYPES)


def test_events_leave_in_order_of_time_but_for_what_a_silent_feed_held_back() -> None:
    calm = [event["time"] for event in day(SimulatorSettings(), 24)[0]]
    assert calm == sorted(calm)
    held = [event["time"] for event in day(BAD_DAY, 24)[0]]
    assert held != sorted(held)


def test_a_heartbeat_comes_after_everything_it_promises_even_when_a_feed_fell_silent() -> None:
    promised: dict[tuple[str, str], int] = {}
    silent = (after(16), after(16) + 20 * 60_000)
    for event in day(BAD_DAY, 24)[0]:
        pair = (event["source"], event["program"])
        if event["type"] == "heartbeat":
            promised[pair] = event["time"]
            assert event["source"] != "acd-2" or not silent[0] <= event["time"] < silent[1]
        else:
            assert event["time"] > promised.get(pair, 0)
    assert set(promised.values()) == {after(24)}
    assert len(promised) == 9  # an ACD for each of five programs, the IVR for four


def test_offered_contacts_are_answered_abandoned_waiting_or_unknown() -> None:
    for hours in (11.4, 24):
        for key, row in rows(BAD_DAY, "arrival", hours).items():
            have = Counter(row)
            ends = have["ans"] + have["abn"] + have["waiting"] + have["outcome_unknown"]
            assert have["offered"] == ends, key
            cohort = have["cohort_handled"] + have["cohort_open"] + have["cohort_unknown"]
            assert have["ans"] == cohort, key
            causes = sum(n for name, n in row.items() if name.startswith("abn_") and name in CAUSES)
            assert have["abn"] == causes, key


COLUMNS = (
    "offered",
    "ans",
    "ans_in_T1",
    "ans_in_2T1",
    "ans_in_T2",
    "ans_in_T3",
    "abn",
    "abn_in_T1",
    "abn_short",
    "outcome_unknown",
    "cohort_unknown",
    "callbacks_in_turn",
    "hold_abandon",
    "ring_no_answer",
    "ovf_out",
    "ovf_in",
    "blocked",
    "handled",
    "hold_ms",
    "acw_ms",
    "consult_ms",
    "callback_effort_ms",
    "escalated_tier",
    "escalated_sales",
    "escalated_back_office",
    "escalated_other",
)


CAUSES = (
    "abn_customer",
    "abn_system",
    "abn_queue_timeout",
    "abn_no_staff",
    "abn_callback_later",
    "abn_callback_failed",
    "abn_voicemail",
    "abn_other",
)


def test_handling_in_pieces_adds_up_to_handling_in_sums() -> None:
    total = totals()
    whole = total["talk_ms"] + total["hold_ms"] + total["acw_ms"]
    assert total["handle_clip_ms"] == whole == total["cohort_handle_ms"] > 0
    assert total["handled"] == total["cohort_handled"]


def test_a_bad_day_has_every_situation_of_the_edge_case_matrix() -> None:
    total = totals()
    assert [name for name in (*COLUMNS, *CAUSES) if not total[name]] == []
    assert total["ovf_in"] == total["ovf_out"]
    midday = totals(hours=11.4)
    assert midday["waiting"] > 0
    assert midday["cohort_open"] > 0


def test_a_bad_day_has_every_situation_that_leaves_no_column() -> None:
    by_visit: dict[tuple[str, str, int], list[Any]] = defaultdict(list)
    for event in contact_events():
        by_visit[event["program"], event["contact"], event.get("segment", 1)].append(event)
    kinds = [[event["type"] for event in visit] for visit in by_visit.values()]
    transfers = [event for visit in by_visit.values() for event in visit if "to_queue" in event]
    results = {event.get("result") for event in contact_events()}
    reasons = {event.get("reason") for event in contact_events() if event["type"] == "blocked"}
    dropped = [visit for visit in by_visit.values() if visit[-1].get("reason") == "failure"]
    assert any(kind.count("queued") == 2 for kind in kinds)  # several queues at once
    assert any("ivr_left" in kind and "queued" not in kind for kind in kinds)
    assert results >= {"queue", "self_service", "opt_out", "error", "hung_up"}
    assert {"busy", "failure"} <= reasons
    assert any("answered" in [event["type"] for event in visit] for visit in dropped)
    assert any("escalation" not in event for event in transfers)  # to the same team
    assert any("to_program" in event for event in transfers)
    assert any("voicemail_left" in kind and "disconnected" in kind for kind in kinds)
    assert any("callback_chosen" in kind and "callback_connected" in kind for kind in kinds)
    assert any(segment > 2 for _, _, segment in by_visit)
    assert any(event.get("site") and event["type"] == "queued" for event in contact_events())


def test_truth_equals_a_plain_recount_of_offered_answered_and_waits() -> None:
    entries: dict[tuple[str, str, int], Any] = {}
    recount: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for event in sorted(contact_events(), key=lambda event: (event["time"], event["seq"])):
        visit = (event["program"], event["contact"], event.get("segment", 1))
        if event["type"] == "queued":
            entry = entries.setdefault(visit, event)
            place = recount[entry["queue"], entry["time"] // BUCKET_MS * BUCKET_MS]
            place["offered"] += entry is event
        elif event["type"] in ("answered", "callback_connected") and "queue" in event:
            entry = entries[visit]
            place = recount[entry["queue"], entry["time"] // BUCKET_MS * BUCKET_MS]
            place["ans"] += 1
            place["wait_ans_ms"] += event["time"] - entry["time"]
    known: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for key, row in rows(BAD_DAY, "arrival").items():
        for name in ("offered", "ans", "wait_ans_ms"):
            if name in row:
                known[key[1], key[4]][name] += row[name]
    assert known == {key: +counts for key, counts in recount.items()}


@pytest.mark.parametrize("hours", [11.01, 11.4, 11.501, 13.01, 24, 30])
def test_the_slow_twin_finds_in_the_events_what_the_center_knows_it_did(hours: float) -> None:
    # None of these moments lies in the silence, so every event has been sent.
    watermarks = dict.fromkeys(BAD_DAY.programs, after(hours))
    figures = columns(contact_events(hours=hours), Center(BAD_DAY).plan(), watermarks)
    assert figures.arrival == rows(BAD_DAY, "arrival", hours)
    assert figures.handling == rows(BAD_DAY, "handling", hours)
    assert figures.duplicates == figures.conflicts == 0


def test_service_levels_of_the_default_center_differ_by_queue_and_are_realistic() -> None:
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for seed in (1, 2, 3):
        for key, row in rows(SimulatorSettings(seed=seed, heartbeat_s=600), "arrival").items():
            sums[key[1]].update(row)
    levels = {queue: have["ans_in_T1"] / have["offered"] for queue, have in sums.items()}
    assert len(levels) == 10
    assert all(0.65 <= level <= 0.96 for level in levels.values()), levels
    assert max(levels.values()) - min(levels.values()) > 0.08


def test_a_center_around_the_clock_takes_calls_at_night() -> None:
    center = Center(SimulatorSettings(around_the_clock=True, heartbeat_s=600))
    calls = [event for event in center.advance(after(2)) if event["type"] == "queued"]
    assert len(calls) > 300
    assert all(queue.opening_hours.opens == time(0) for queue in center.plan().queues.values())


def test_scale_multiplies_demand_and_leaves_the_promises() -> None:
    large = Center(SimulatorSettings(scale=3, heartbeat_s=600))
    large.advance(after(24))
    small = day(SimulatorSettings(heartbeat_s=600), 24)[1]
    assert 2.5 < large.contacts / small.contacts < 3.5
    assert large.plan() == small.plan()


def test_a_program_closed_on_sundays_gets_no_calls_then() -> None:
    sunday = SimulatorSettings(heartbeat_s=600)
    center = Center(sunday)
    center.begin(START_MS - 24 * HOUR_MS)
    programs = {event["program"] for event in center.advance(START_MS) if "contact" in event}
    assert "shop-orders" not in programs
    assert "power-line" in programs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outages": [OUTAGES[0].model_dump() | {"name": "mars"}]}, "unknown name 'mars'"),
        ({"wages": 1}, "Extra inputs"),
        ({"programs": {}, "queues": {"a": {"program": "b", "calls_per_day": 1}}}, "not listed"),
    ],
)
def test_settings_that_name_what_is_not_there_are_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        SimulatorSettings.model_validate(change)


def test_written_files_hold_the_events_the_truth_and_a_plan_that_loads(tmp_path: Path) -> None:
    counts = write_files(Center(BAD_DAY), START_MS, after(12), tmp_path / "day")
    lines = (tmp_path / "day" / "events.jsonl").read_bytes().splitlines()
    whole, center = day(BAD_DAY, 12)
    assert [json.loads(line) for line in lines] == whole + center.heartbeats()
    assert json.loads((tmp_path / "day" / "truth.json").read_text()) == center.truth()
    plan = tomllib.loads((tmp_path / "day" / "plan.toml").read_text())["plan"]
    assert Plan.model_validate(plan) == center.plan()
    assert counts["lines"] == len(lines) == counts["good"] + counts["heartbeat"]
    assert counts["contacts"] == center.contacts > 1000
