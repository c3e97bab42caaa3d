"""The back-test in short: three programs, two hours, a failure of each layer; and how it counts."""

from datetime import datetime, time, timedelta

import pytest

from streams.simulator.settings import Outage
from tests.backtest.engine import needed_rules
from tests.backtest.house import BEGINS, settings
from tests.backtest.incidents import ABOUT, Incident, day_of
from tests.backtest.verdict import bounds, found_of, in_vain
from tests.backtest.watched import Recording, Told, judge, record
from tests.rules.routing import Message, messages

LENGTH = timedelta(minutes=65)
OUTAGES = (
    Outage(kind="surge", name="program01-first", at=time(9, 20), minutes=40, times=4),
    Outage(kind="feed_silent", name="acd-program02", at=time(9, 30), minutes=8),
    Outage(kind="technology_down", name="program03-bot", at=time(9, 40), minutes=20),
)


def incident_of(outage):
    program = outage.name.removeprefix("acd-")[:9]
    starts = BEGINS + timedelta(minutes=outage.at.minute + 10)
    queues = (outage.name,)
    ends = starts + timedelta(minutes=outage.minutes)
    return Incident(outage.kind, (program,), "", queues, queues, starts, ends)


@pytest.fixture(scope="module")
def short():
    house = settings(8, 3, OUTAGES)
    return judge(record(house, [incident_of(each) for each in OUTAGES], LENGTH))


@pytest.mark.needs_promtool
def test_an_incident_of_each_layer_is_told_by_an_alert_about_it(short):
    told = {one.incident.kind: one for one in found_of(short)}
    assert all(one.told for one in told.values()), told
    assert "Feed" in told["feed_silent"].by
    assert told["technology_down"].by == "TechnologyDown"


@pytest.mark.needs_promtool
def test_a_silent_feed_is_told_within_two_minutes_of_its_last_word(short):
    silent = next(one for one in found_of(short) if one.incident.kind == "feed_silent")
    assert silent.told - silent.incident.start <= timedelta(minutes=2)


@pytest.mark.needs_promtool
def test_the_surge_is_seen_to_miss_its_target_by_the_center_s_own_account(short):
    surge = next(one for one in found_of(short) if one.incident.kind == "surge")
    assert surge.missed is not None
    assert surge.missed < surge.incident.end


def test_rules_that_only_boards_read_are_left_out_and_no_alert_is():
    groups, needed = needed_rules()
    rules = [rule for group in groups for rule in group["rules"]]
    assert {"ServiceLevelAhead", "FeedSilent"} <= {rule.get("alert") for rule in rules}
    assert {rule["record"] for rule in rules if "record" in rule} <= needed
    assert "network:cc_day_contacts_offered:sum" not in needed


def test_days_are_drawn_from_their_seed_alone_and_a_quiet_one_has_nothing():
    assert day_of(5, False)[1] == day_of(5, False)[1] != day_of(6, False)[1]
    house, incidents = day_of(5, True)
    assert not incidents and not house.outages
    assert len(house.queues) + len(house.chat_floor.queues) == 40
    assert len(house.sites) == 3


ALERT = frozenset(
    {
        "alertname": "HandleTimeDeviation",
        "severity": "critical",
        "level": "group",
        "layer": "demand",
        "team": "rta",
        "program": "program01",
        "site": "north",
        "group": "desk",
    }.items()
)
MILDER = frozenset({**dict(ALERT), "severity": "warning"}.items())


def test_a_group_waits_and_is_repeated_after_an_hour_and_what_is_worse_stands_for_the_milder():
    steps = [(at, frozenset({ALERT, MILDER})) for at in range(0, 3900, 60)]
    sent = list(messages(steps))
    assert [(one.receiver, one.at_s) for one in sent] == [("duty", 45), ("duty", 3645)]
    assert sent[0].new and not sent[1].new


def test_what_resolves_within_the_group_s_wait_is_not_told():
    steps = [(0, frozenset({ALERT})), (30, frozenset()), (600, frozenset())]
    assert not list(messages(steps))


def message(at: datetime, program: str, queue: str = "first", name: str = "StaffShort"):
    told = {**dict(ALERT), "program": program, "group": f"{program}-{queue}", "alertname": name}
    return at, Message(0, "duty", {"program": program}, (told,), (told,))


def test_only_what_tells_of_an_incident_s_own_place_and_kind_in_time_is_of_it():
    incident = incident_of(OUTAGES[0])._replace(kind="absent")
    during, later = incident.start + timedelta(minutes=5), incident.end + timedelta(hours=2)
    right = message(during, "program01")
    wrong = [
        message(during, "program01", "second"),
        message(during, "program09"),
        message(later, "program01"),
    ]
    recording = Recording(1, BEGINS, [incident], {}, None, {})
    day = Told(recording, {}, [right, *wrong], [])
    assert in_vain(day) == wrong
    verdicts = {one.promise: one for one in bounds([day])}
    assert verdicts["no incident missed"].holds
    assert not verdicts["precision >= 0.8"].holds
    other = day._replace(messages=[message(during, "program01", name="StaffStuckRinging"), *wrong])
    assert [one.told for one in found_of(other)] == [None]
    assert set(ABOUT) >= {"absent", "site_down"}


def test_what_another_incident_does_to_a_queue_is_no_miss_of_a_strain():
    strain = incident_of(OUTAGES[0])
    outage = strain._replace(
        kind="site_down", site="nagoya", end=strain.start + timedelta(minutes=5)
    )
    low = {"offered": 50, "ans_in_T1": 0}
    starts = [strain.start + timedelta(minutes=minutes) for minutes in (0, 15, 30, 45)]
    truth = {("program01-first", round(at.timestamp() * 1000)): low for at in starts}
    recording = Recording(1, BEGINS, [strain, outage], truth, None, {})
    missed = {one.incident.kind: one.missed for one in found_of(Told(recording, {}, [], []))}
    assert missed == {"surge": starts[3], "site_down": None}
    alone = recording._replace(incidents=[strain])
    assert [one.missed for one in found_of(Told(alone, {}, [], []))] == [starts[0]]
