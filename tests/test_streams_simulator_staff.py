"""The people of the simulated center: what is told of each, and that it can be so."""

import json
import pickle
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.contacts import ACD
from schemas.forecasts import PLAN
from schemas.staff import STAFF
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import desk_source, topic_of
from tests.naive import columns
from tests.people import (
    BAD_DAY,
    CALM,
    MINUTE_MS,
    NIGHTS,
    START_MS,
    Event,
    after,
    day,
    timelines,
    told,
    truth,
)

CONTRACTS = {"acd": ACD, "staff": STAFF, "plan": PLAN}
NEXT = {
    "logged_out": {"available", "ringing", "aux"},
    "available": {"logged_out", "ringing", "handling", "aux"},
    "ringing": {"logged_out", "available", "handling", "ringing", "aux"},
    "handling": {"logged_out", "available", "ringing", "acw", "aux"},
    "acw": {"logged_out", "available", "ringing", "handling", "aux"},
    "aux": {"logged_out", "available", "ringing", "handling", "aux"},
}


def test_nothing_is_told_of_people_unless_it_is_asked_for() -> None:
    events, center = day(SimulatorSettings(heartbeat_s=600))
    assert {topic_of(event["source"]) for event in events} == {"acd"}
    assert center.staff_truth() == []


@pytest.mark.parametrize("settings", [BAD_DAY, NIGHTS], ids=["bad day", "nights"])
def test_every_event_is_valid_for_its_topic_and_sets_only_fields_of_its_type(
    settings: SimulatorSettings,
) -> None:
    types: defaultdict[str, set[str]] = defaultdict(set)
    for event in day(settings)[0]:
        topic = topic_of(event["source"])
        model = CONTRACTS[topic].validate_json(json.dumps(event))
        assert set(event) <= set(type(model).model_fields)
        assert "" not in event.values()
        types[topic].add(event["type"])
    assert types["staff"] == {"staff_state", "heartbeat"}
    assert types["plan"] == {"scheduled", "fte_requested"}


def test_ids_are_unique_and_every_source_counts_its_own_events() -> None:
    counts: Counter[str] = Counter()
    ids = set()
    for event in sorted(
        (event for event in day(BAD_DAY)[0] if "seq" in event),
        key=lambda each: (each["source"], each["seq"]),
    ):
        counts[event["source"]] += 1
        assert event["seq"] == counts[event["source"]]
        ids.add((event["source"], event["id"]))
    assert len(ids) == sum(counts.values())
    assert {f"desk-{site}" for site in BAD_DAY.sites} | {"wfm"} <= set(counts)


def test_the_same_seed_gives_the_same_bytes_whatever_the_steps() -> None:
    center, stepped, moment, step = Center(BAD_DAY), [], START_MS, 1
    while moment < after(14):
        moment = min(moment + step, after(14))
        stepped += center.advance(moment)
        step = step * 7 % 500_009
    reference = Center(BAD_DAY)
    whole = reference.advance(after(14))
    other = Center(BAD_DAY.model_copy(update={"seed": 8})).advance(after(14))
    assert json.dumps(stepped) == json.dumps(whole) != json.dumps(other)
    assert center.staff_truth() == reference.staff_truth()


def test_a_center_with_people_survives_pickling_in_the_middle_of_the_day() -> None:
    center = Center(BAD_DAY)
    center.advance(after(12.2))
    twin = pickle.loads(pickle.dumps(center))
    assert twin.advance(after(14)) == center.advance(after(14)) != []
    assert twin.staff_truth() == center.staff_truth()


@pytest.mark.parametrize("settings", [CALM, BAD_DAY, NIGHTS], ids=["calm", "bad day", "nights"])
def test_states_follow_each_other_as_they_can(settings: SimulatorSettings) -> None:
    seen = set()
    for events in timelines(settings, 48).values():
        assert events[0]["state"] != "logged_out"
        for one, next_one in pairwise(events):
            assert one["time"] <= next_one["time"]
            assert next_one["state"] in NEXT[one["state"]]
            assert shown(one) != shown(next_one)
            seen.add((one["state"], next_one["state"]))
    assert len(seen) > 20


def shown(event: Event) -> tuple[Any, ...]:
    return tuple(event.get(name) for name in ("state", "aux", "reason", "work_program"))


def test_a_person_is_at_one_place_in_one_group_of_one_program() -> None:
    places: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for event in day(CALM)[0]:
        if event["type"] in ("staff_state", "scheduled"):
            places[event["staff"]].add((event["program"], event["group"], event["site"]))
            if event["type"] == "staff_state":
                assert event["source"] == desk_source(event["site"])
    assert {len(place) for place in places.values()} == {1}
    groups = {(one.home, one.queues[0], one.site) for one in CALM.staff}
    assert set().union(*places.values()) == groups


@pytest.mark.parametrize("settings", [CALM, BAD_DAY], ids=["calm", "bad day"])
def test_who_answers_a_contact_handles_it_from_the_answer_to_its_end(
    settings: SimulatorSettings,
) -> None:
    spans = {
        (staff, one["time"], following["time"])
        for staff, events in timelines(settings).items()
        for one, following in pairwise(events)
        if one["state"] == "handling" and one["time"] < following["time"]
    }
    conversations = set(handled(settings))
    helped = {(staff, start) for staff, start, _ in spans - conversations}
    asked = {(event["staff"], event["time"]) for event in told(settings, "consult_started")}
    assert conversations <= spans
    assert helped <= asked  # the other conversations are those of colleagues who were asked
    assert len(conversations) > 1000


def handled(settings: SimulatorSettings) -> list[tuple[str, int, int]]:
    """(person, answer, end) of each conversation, from the events of contacts alone."""
    ends = ("disconnected", "transferred", "tracking_lost")
    talking: dict[tuple[Any, ...], tuple[str, int]] = {}
    spans = []
    for event in day(settings)[0]:
        visit = (event["program"], event.get("contact"), event.get("segment", 1))
        if event["type"] in ("answered", "callback_connected") and "queue" in event:
            talking[visit] = (event["staff"], event["time"])
        elif event["type"] in ends and visit in talking:
            staff, start = talking.pop(visit)
            spans += [(staff, start, event["time"])] * (start < event["time"])
    return spans


def test_after_call_work_is_done_by_who_handled_the_contact() -> None:
    at_work = {
        (staff, following["time"])
        for staff, events in timelines(CALM).items()
        for one, following in pairwise(events)
        if one["state"] == "acw"
    }
    owners: dict[tuple[Any, ...], str] = {}
    for event in day(CALM)[0]:
        visit = (event["program"], event.get("contact"), event.get("segment", 1))
        if event["type"] in ("answered", "callback_connected"):
            owners[visit] = event["staff"]
        elif event["type"] == "acw_ended":
            at_work.remove((owners[visit], event["time"]))
    assert not at_work


def test_a_phone_that_rings_in_vain_leaves_its_owner_available() -> None:
    following: Counter[str] = Counter()
    people = timelines(CALM)
    for event in told(CALM, "ring_no_answer"):
        later = [one for one in people[event["staff"]] if one["time"] >= event["time"]]
        before = [one for one in people[event["staff"]] if one["time"] < event["time"]]
        assert before[-1]["state"] == "ringing"
        following[later[0]["state"]] += 1
    assert following["available"] > 10
    assert set(following) <= {"available", "aux", "logged_out"}


def test_a_site_that_is_down_has_nobody_logged_in() -> None:
    down = range(after(11), after(11) + 40 * MINUTE_MS)
    states = [
        event["state"]
        for events in timelines(BAD_DAY).values()
        for event in events
        if event["site"] == "nagoya" and event["time"] in down
    ]
    assert set(states) == {"logged_out"}
    quarter = [key for key in truth(day(BAD_DAY)[1]) if key[2:] == ("nagoya", after(11.25))]
    assert quarter
    for key in quarter:
        columns = truth(day(BAD_DAY)[1])[key]
        assert "logged_in_ms" not in columns
        assert columns["unplanned_lost_ms"] > 0


def test_a_heartbeat_comes_after_everything_it_promises_and_none_speaks_for_the_plan() -> None:
    promised: dict[tuple[str, str], int] = {}
    for event in day(BAD_DAY)[0]:
        pair = (event["source"], event["program"])
        if event["type"] == "heartbeat":
            promised[pair] = event["time"]
        else:
            assert event["time"] > promised.get(pair, 0)
    desks = {pair for pair in promised if topic_of(pair[0]) == "staff"}
    assert desks == {(f"desk-{one.site}", one.home) for one in BAD_DAY.staff}
    assert {topic_of(source) for source, _ in promised} == {"acd", "staff"}
    assert {promised[pair] for pair in desks} == {after(24)}


def test_a_silent_desk_sends_afterwards_what_it_held_back() -> None:
    silence = range(after(16), after(16) + 20 * MINUTE_MS)
    sapporo = [event for event in day(BAD_DAY)[0] if event["source"] == "desk-sapporo"]
    beats = [event["time"] for event in sapporo if event["type"] == "heartbeat"]
    assert not [moment for moment in beats if moment in silence]
    assert [event for event in sapporo if event.get("state") and event["time"] in silence]
    center = Center(BAD_DAY)
    center.advance(after(16.1))
    assert "desk-sapporo" not in {event["source"] for event in center.heartbeats()}


def test_people_who_work_for_another_program_say_for_which() -> None:
    lent = [event for event in told(CALM, "staff_state") if "work_program" in event]
    pairs = {(event["program"], event["work_program"]) for event in lent}
    assert ("travel-desk", "card-service") in pairs
    assert not [pair for pair in pairs if pair[0] == pair[1]]
    assert {event["state"] for event in lent} >= {"ringing", "handling", "acw"}


def test_an_acd_cannot_have_the_name_of_a_source_of_staff_events() -> None:
    own = CALM.model_dump()
    own["programs"]["power-line"]["acd"] = "desk-sapporo"
    with pytest.raises(ValidationError, match="not an ACD"):
        SimulatorSettings.model_validate(own)
    assert SimulatorSettings.model_validate(own | {"staff_events": False}).seed == CALM.seed


def test_contacts_are_told_truly_while_people_come_and_go() -> None:
    events, center = day(BAD_DAY, 24)
    contacts = [event for event in events if "contact" in event]
    watermarks = dict.fromkeys(BAD_DAY.programs, after(24))
    figures = columns(contacts, center.plan(), watermarks)
    rows = [
        ((*(row[name] for name in ("program", "queue", "channel", "site", "bucket_ms")),), row)
        for row in center.truth()["arrival"]
    ]
    assert figures.arrival == {key: row["columns"] for key, row in rows}
    assert figures.duplicates == figures.conflicts == 0
