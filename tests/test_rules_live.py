"""Real servers: Prometheus scrapes a simulated center, real alerts go through a real Alertmanager.

The center of tests.rules.floor runs thirty times as fast as life, and so do the rules: the same
generator writes them with shorter durations. Three of its four programs meet with something at 10:38.
"""

import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
import yaml

from streams.rules.files import rule_files
from tests.boards import asked
from tests.rules.floor import HAPPENS, MINUTES, SPEED, center
from tests.rules.servers import Notification, monitored, wait_until

pytestmark = pytest.mark.needs_prometheus
WATCHED_MIN = MINUTES + 12
"""From the beginning of the incidents until more than ten minutes after their end."""
OF_CASES = ("queue", "program", "network")
WITHOUT_DATA = {
    "queue:cc_queue_asa_target_seconds:max": "no queue of the demo has a target for it",
    "queue:cc_queue_occupancy_max_ratio:max": "nor caps its occupancy",
    **{
        f"queue:cc_{window}_latency_deviation_{part}:max": "nothing is forecast of its bots"
        for window in ("interval", "day")
        for part in ("ratio", "score")
    },
    **{
        f"queue:cc_month_projected_service_level_{bound}_ratio:max": "needs the days before"
        for bound in ("low", "high")
    },
    **{f"{level}:cc_day_on_time_ratio:ratio": "no case is due so soon" for level in OF_CASES},
    **{
        f"{level}:cc_cases_overdue_since_timestamp_seconds:min": "nor overdue" for level in OF_CASES
    },
    "queue:cc_cases_average_time_late_seconds:max": "nor late",
    "queue:cc_contacts_due_weighted:sum45m": "needs three quarters of an hour",
    "queue:cc_contacts_came_weighted:sum45m": "needs them too",
    "queue:cc_contacts_due_variance:sum45m": "needs them too",
    "queue:cc_contacts_handled:sum45m": "needs them too",
    "queue:cc_handle_seconds:sum45m": "needs them too",
    "queue:cc_handle_time_deviation:ratio45m": "is made of both",
    "queue:cc_cases_done:sum2h": "needs two hours",
    "queue:cc_cases_can_be_done_soon:max": "needs them too",
    "queue:cc_bot_hour_conversations_contained:sum4w": "needs weeks",
    "queue:cc_bot_hour_conversations_started:sum4w": "needs weeks",
    "queue:cc_interval_bot_responses_in_x:sum4w": "needs weeks",
    "queue:cc_interval_bot_submits:sum4w": "needs weeks",
}
PANELS_WITHOUT_DATA = (
    *WITHOUT_DATA,
    "offset 4h",  # what was told hours ago
    "cc_consumer_event_lag_seconds",  # no Kafka there
    "cc_checkpoint_timestamp_seconds",  # nor a store
    "cc_events_rejected_total",  # and nothing that cannot be used
)
RECORDED = {
    rule["record"]
    for text in rule_files().values()
    for group in yaml.safe_load(text)["groups"]
    for rule in group["rules"]
    if "record" in rule
}
BOTH = ("warning", "critical")
SERVICE = {
    (name, severity)
    for name in (
        *("ServiceLevelLow", "ServiceLevelBurning", "ServiceLevelOutOfReach"),
        *("ServiceLevelAhead", "DayServiceLevelAtRisk", "OldestWaitHigh", "AbandonmentHigh"),
    )
    for severity in BOTH
}
MUST = {
    "surged": {
        ("ServiceLevelOutOfReach", "critical"),
        ("ServiceLevelBurning", "critical"),
    },
    "silenced": {("FeedSilent", "critical")},
    "deserted": {
        ("SiteUnstaffed", "critical"),
        ("OpenQueueUnstaffed", "critical"),
    },
    "calm": set(),
}
"""What has to be told of each, whatever the dice and the load of the machine."""
_OF_SURGE = (
    *("VolumeDeviation", "VolumeSurge", "HandleTimeDeviation"),
    *("OccupancyHigh", "StaffShortAhead"),
)
MAY = {
    "surged": SERVICE | {(n, s) for n in _OF_SURGE for s in BOTH},
    "silenced": {("FeedLate", "warning")},
    "deserted": set(),
    "calm": set(),
}
"""What may be told besides: its milder and its later effects."""
SLOW = {("FeedLate", "warning")}
"""And of any program, if the machine is too busy to fold thirty seconds in one."""
AFTERWARDS = {
    "surged": {("StaffShort", s) for s in BOTH},
    "silenced": {("HandleTimeDeviation", s) for s in BOTH},
    "deserted": {
        (name, severity)
        for name in (
            "StaffMissing",
            "AdherenceLow",
            "StaffShort",
            "StaffShortAhead",
            "OccupancyHigh",
            "StaffOutOfSchedule",
        )
        for severity in BOTH
    }
    | SERVICE,
    "calm": set(),
}
"""And what may be told once it is over: what was held back, and intervals that close late."""


class Told(NamedTuple):
    """A notification with the minutes since the incidents began."""

    minute: float
    of: Notification


class Day(NamedTuple):
    """What came of the incidents."""

    told: list[Told]
    health: list[tuple[str, str]]
    """Name and error of every rule that failed while they went on."""


def failing(center_watched):
    groups = center_watched.ask("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > len(RECORDED)
    return [(r["name"], r.get("lastError", "")) for r in rules if r["health"] != "ok"]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The incidents, watched until more than ten minutes after their end."""
    zone = center().zone
    with monitored(
        tmp_path_factory.mktemp("floor"), ("tests.rules.floor",), SPEED, 15 / SPEED
    ) as watched:

        def minute():
            found = watched.ask("query", query="max(cc_view_timestamp_seconds)")["result"]
            if not found:
                return None
            moment = datetime.fromtimestamp(float(found[0]["value"][1]), UTC).astimezone(zone)
            begins = datetime.combine(moment.date(), HAPPENS, zone)
            return (moment - begins).total_seconds() / 60

        first = wait_until(minute, 20, "a first figure")
        assert first < -2, "the machine is too slow to watch the center before anything happens"
        wait_until(lambda: minute() >= 0, 120, "the incident")
        begun_s = time.monotonic()
        wait_until(lambda: minute() >= MINUTES - 2, 120, "the end of the incident")
        health = failing(watched)
        wait_until(lambda: minute() >= WATCHED_MIN, 120, "the end of the day")
        heard = list(watched.webhook.heard)
    told = [Told((each.at_s - begun_s) * SPEED / 60, each) for each in heard]
    return Day(told, health)


def program_of(labels):
    return labels.get("program") or labels.get("site", "").removesuffix("-site")


def firing(day, program):
    """Alerts beyond the digest that were told of a program, with their minutes."""
    return [
        (each.minute, (each.of.labels["alertname"], each.of.labels["severity"]))
        for each in day.told
        if each.of.status == "firing"
        and each.of.receiver != "digest"
        and program_of(each.of.labels) == program
    ]


def test_every_rule_and_panel_can_be_evaluated_on_the_demo_and_those_that_must_have_data_do(
    tmp_path,
):
    demo = ("streams.cli", "demo", "--speed", "10", "--log-level", "error", "--port")
    with monitored(tmp_path, demo, speed=10, every_s=1) as watched:

        def lacking():
            return RECORDED - set(watched.ask("label/__name__/values"))

        with suppress(AssertionError):
            wait_until(lambda: lacking() <= set(WITHOUT_DATA), 60, "data of every rule")
        assert lacking() <= set(WITHOUT_DATA)
        assert not failing(watched)
        found = {each.expr: watched.ask("query", query=each.expr)["result"] for each in asked()}
        empty = [expr for expr, result in found.items() if not result]
        assert not [expr for expr in empty if not any(w in expr for w in PANELS_WITHOUT_DATA)]


def test_every_rule_can_be_evaluated_while_the_incidents_go_on(day):
    assert not day.health


@pytest.mark.parametrize("program", MUST)
def test_an_incident_is_told_by_the_alerts_it_should_be_and_by_no_other(day, program):
    told = firing(day, program)
    assert MUST[program] <= {alert for _, alert in told}
    expected = MUST[program] | MAY[program] | SLOW
    assert {alert for minute, alert in told if minute < MINUTES} <= expected
    assert {alert for _, alert in told} <= expected | AFTERWARDS[program]
    assert all(minute > 0 for minute, alert in told if alert not in SLOW)


def test_what_causes_a_miss_is_in_the_digest_beside_the_miss_itself(day):
    digest = {
        (program_of(each.of.labels), each.of.labels["alertname"])
        for each in day.told
        if each.of.receiver == "digest"
    }
    assert ("surged", "VolumeDeviation") in digest


def test_nothing_is_told_of_no_program_but_the_sign_of_life(day):
    others = {each.of.labels["alertname"] for each in day.told if not program_of(each.of.labels)}
    assert others == {"Watchdog"}
    receivers = {each.of.receiver for each in day.told if not program_of(each.of.labels)}
    assert receivers == {"dead-man"}


def test_a_silent_feed_is_told_soon_and_of_its_figures_nothing_until_it_is_back(day):
    told = firing(day, "silenced")
    first = min(minute for minute, alert in told if alert == ("FeedSilent", "critical"))
    assert first < 7  # the limit of silence is four minutes there
    assert {name for minute, (name, _) in told if minute < MINUTES} <= {"FeedSilent", "FeedLate"}
    over = [
        t
        for t in day.told
        if t.of.labels["alertname"] == "FeedSilent" and t.of.status == "resolved"
    ]
    assert over
    assert min(each.minute for each in over) > MINUTES


def test_an_empty_site_stands_for_what_lacks_in_its_groups(day):
    gone = [name for minute, (name, _) in firing(day, "deserted") if minute < MINUTES]
    assert "SiteUnstaffed" in gone
    assert not {"StaffShort", "StaffMissing", "AdherenceLow"} & set(gone)


def test_what_is_told_names_its_value_and_where_to_read_on(day):
    assert day.told
    for each in day.told:
        for name in ("summary", "summary_ja"):
            told = each.of.annotations[name]
            assert "<no value>" not in told and "error" not in told
            assert not re.search("target unknown|目標不明", told), told
        assert each.of.annotations["runbook_url"].startswith("deploy/runbook.md#")
        assert "{{" not in each.of.annotations["dashboard_url"]
