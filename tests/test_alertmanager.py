"""Who is told of what, and which alert stands for which: deploy/alertmanager/alertmanager.yml."""

import subprocess

import pytest

from streams.alerting.tools import tool
from streams.rules.files import alerts
from streams.rules.rule import OWNERS
from tests.rules.routing import CONFIG, MATCHER, PATH, inhibited, matches, routes_of

ALERTS = alerts()
PLACE = {
    "queue": {"program": "bank", "queue": "cards", "channel": "voice"},
    "group": {"site": "north", "program": "bank", "group": "desk"},
    "program": {"program": "bank"},
    "site": {"site": "north"},
    "feed": {"program": "bank", "source": "acd-1"},
    "network": {},
    "worker": {"instance": "w1"},
}


def amtool(*arguments):
    return subprocess.run([tool("amtool"), *arguments], capture_output=True, text=True, check=False)


def labels(alert, severity, level="queue", **changes):
    layer = next(each.layer for each in ALERTS if each.name == alert)
    return {
        "alertname": alert,
        "severity": severity,
        "level": level,
        "layer": layer,
        "team": OWNERS.get(layer, "rta"),
        **PLACE[level],
        **changes,
    }


@pytest.mark.needs_prometheus
def test_amtool_accepts_the_configuration():
    said = amtool("check-config", str(PATH))
    assert said.returncode == 0, said.stderr
    assert "SUCCESS" in said.stdout


@pytest.mark.needs_prometheus
@pytest.mark.parametrize(
    ("alert", "severity", "level", "receivers"),
    [
        ("ServiceLevelLow", "critical", "queue", "duty"),
        ("ServiceLevelLow", "critical", "network", "duty"),
        ("ServiceLevelLow", "warning", "program", "analysts"),
        ("ServiceLevelLow", "warning", "queue", "digest"),
        ("ServiceLevelBurning", "info", "queue", "digest"),
        ("ServiceLevelBurning", "warning", "queue", "digest"),
        ("ServiceLevelBurning", "critical", "queue", "duty"),
        ("StaffOutOfSchedule", "warning", "group", "digest"),
        ("StaffOutOfSchedule", "critical", "group", "digest"),
        ("SiteUnstaffed", "critical", "site", "duty"),
        ("ServiceLevelAhead", "warning", "queue", "analysts"),
        ("StaffShortAhead", "critical", "group", "digest"),
        ("OpenQueueUnstaffed", "critical", "program", "duty"),
        ("AttemptsBlocked", "critical", "program", "duty"),
        ("AttemptsBlocked", "info", "program", "digest"),
        ("VolumeDeviation", "critical", "queue", "digest"),
        ("VolumeSurge", "critical", "queue", "duty"),
        ("VolumeSurge", "warning", "queue", "digest"),
        ("StaffMissing", "critical", "group", "duty"),
        ("StaffMissing", "critical", "site", "duty"),
        ("AdherenceLow", "critical", "group", "digest"),
        ("AdherenceLow", "warning", "group", "digest"),
        ("HandleTimeDeviation", "critical", "queue", "duty"),
        ("HandleTimeDeviation", "warning", "queue", "digest"),
        ("OldestWaitHigh", "warning", "queue", "digest"),
        ("OldestWaitHigh", "critical", "queue", "duty"),
        ("AbandonmentHigh", "warning", "queue", "digest"),
        ("AbandonmentHigh", "critical", "queue", "duty"),
        ("ChatAbandonmentHigh", "warning", "queue", "digest"),
        ("DayServiceLevelAtRisk", "critical", "queue", "duty"),
        ("DayServiceLevelAtRisk", "warning", "queue", "analysts"),
        ("GroupOfUnstaffedSite", "info", "group", "digest"),
        ("StaffShort", "warning", "group", "digest"),
        ("StaffShort", "critical", "group", "digest"),
        ("AttainmentLow", "critical", "group", "digest"),
        ("OccupancyHigh", "critical", "group", "digest"),
        ("FeedSilent", "critical", "feed", "platform,duty"),
        ("FeedLate", "warning", "feed", "platform,analysts"),
        ("WorkerDown", "critical", "worker", "platform,none"),
        ("IntervalsRestated", "info", "worker", "platform,none"),
        ("PlanVersionChanged", "info", "queue", "digest"),
        ("Watchdog", "info", "worker", "dead-man"),
    ],
)
def test_an_alert_is_told_to_whom_it_concerns(alert, severity, level, receivers):
    of = [f"{name}={value}" for name, value in labels(alert, severity, level).items()]
    said = amtool(
        *("config", "routes", "test", "--config.file", str(PATH)),
        *("--verify.receivers", receivers, *of),
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert [each.receiver for each in routes_of(labels(alert, severity, level))] == receivers.split(
        ","
    )


@pytest.mark.parametrize(
    ("held_back", "by"),
    [
        (labels("ServiceLevelLow", "warning"), labels("ServiceLevelLow", "critical")),
        (labels("ServiceLevelLow", "critical"), labels("FeedSilent", "critical", "feed")),
        (labels("StaffShort", "critical", "group"), labels("FeedSilent", "critical", "feed")),
        (labels("TechnologyDown", "critical"), labels("FeedSilent", "critical", "feed")),
        (labels("FeedLate", "warning", "feed"), labels("FeedSilent", "critical", "feed")),
        (labels("TechnologyDegraded", "warning"), labels("TechnologyDown", "critical")),
        (labels("FeedSilent", "critical", "feed"), labels("WorkersMissing", "critical", "worker")),
        (labels("ServiceLevelLow", "critical"), labels("WorkersMissing", "critical", "worker")),
        (labels("ServiceLevelLow", "critical"), labels("ServiceLevelLow", "critical", "program")),
        (labels("ServiceLevelLow", "warning"), labels("ServiceLevelLow", "warning", "network")),
        (labels("StaffShort", "warning", "group"), labels("StaffShort", "critical", "site")),
        (labels("StaffMissing", "critical", "group"), labels("StaffMissing", "critical", "site")),
        (labels("StaffNoShow", "warning", "group"), labels("SiteUnstaffed", "critical", "site")),
        (labels("StaffShort", "critical", "site"), labels("SiteUnstaffed", "critical", "site")),
        (
            labels("ServiceLevelBurning", "warning"),
            labels("OpenQueueUnstaffed", "critical", "program"),
        ),
        (labels("VolumeDeviation", "warning"), labels("TechnologyDown", "critical")),
        (labels("ServiceLevelAhead", "warning"), labels("VolumeSurge", "critical")),
        (labels("ServiceLevelAhead", "warning"), labels("StaffMissing", "critical", "group")),
        (
            labels("ServiceLevelBurning", "warning"),
            labels("HandleTimeDeviation", "critical", direction="longer"),
        ),
        (labels("ServiceLevelLow", "critical"), labels("GroupOfUnstaffedSite", "info", "group")),
        (
            labels("GroupOfUnstaffedSite", "info", "group"),
            labels("SiteUnstaffed", "critical", "site"),
        ),
        (labels("AbandonmentHigh", "critical"), labels("VolumeSurge", "critical", queue="loans")),
        (labels("OldestWaitHigh", "critical"), labels("StaffMissing", "critical", "group")),
        (labels("ServiceLevelAhead", "critical"), labels("ServiceLevelOutOfReach", "critical")),
        (labels("ServiceLevelBurning", "critical"), labels("ServiceLevelOutOfReach", "critical")),
        (labels("ServiceLevelLow", "critical"), labels("ServiceLevelBurning", "critical")),
        (labels("AbandonmentHigh", "critical"), labels("ServiceLevelOutOfReach", "critical")),
        (labels("ServiceLevelLow", "critical"), labels("DayServiceLevelAtRisk", "critical")),
        (labels("ServiceLevelAhead", "critical"), labels("DayServiceLevelAtRisk", "critical")),
        (labels("ServiceLevelAhead", "critical"), labels("FeedSilent", "critical", "feed")),
        (labels("AbandonmentHigh", "warning"), labels("ServiceLevelAhead", "critical")),
        (labels("StaffShortAhead", "critical", "group"), labels("FeedSilent", "critical", "feed")),
        (labels("StaffShortAhead", "critical", "group"), labels("StaffShort", "critical", "group")),
        (labels("StaffShortAhead", "warning", "group"), labels("StaffShort", "warning", "group")),
        (
            labels("AttemptsBlocked", "critical", "program"),
            labels("FeedSilent", "critical", "feed"),
        ),
    ],
)
def test_the_cause_the_worse_and_the_wider_stand_for_the_other(held_back, by):
    assert inhibited(held_back, [by])
    assert not inhibited(by, [held_back])


@pytest.mark.parametrize(
    ("told", "beside"),
    [
        # Of another program, queue or site.
        (
            labels("ServiceLevelLow", "critical"),
            labels("FeedSilent", "critical", "feed", program="shop"),
        ),
        (
            labels("ServiceLevelLow", "critical", queue="loans"),
            labels("DayServiceLevelAtRisk", "critical"),
        ),
        (
            labels("StaffNoShow", "warning", "group"),
            labels("SiteUnstaffed", "critical", "site", site="south"),
        ),
        # A wider level that is milder.
        (labels("ServiceLevelLow", "critical"), labels("ServiceLevelLow", "warning", "program")),
        (labels("StaffShortAhead", "critical", "group"), labels("StaffShort", "warning", "group")),
        # Lines are full because people wait.
        (labels("ServiceLevelLow", "warning"), labels("AttemptsBlocked", "critical", "program")),
        # A cause that only the digest tells must not hide what customers get.
        (labels("ServiceLevelAhead", "warning"), labels("StaffShortAhead", "critical", "group")),
        (labels("ServiceLevelBurning", "warning"), labels("VolumeDeviation", "critical")),
        # What customers get at its worst is told beside its cause.
        (labels("ServiceLevelLow", "critical"), labels("StaffShort", "critical", "group")),
        (labels("ServiceLevelAhead", "critical"), labels("VolumeSurge", "critical")),
        (labels("ServiceLevelAhead", "critical"), labels("StaffMissing", "critical", "group")),
        # Nobody waits because contacts are shorter.
        *(
            (
                labels(effect, severity),
                labels("HandleTimeDeviation", "critical", direction="shorter"),
            )
            for effect, severity in (
                ("ServiceLevelBurning", "warning"),
                ("OldestWaitHigh", "critical"),
            )
        ),
        # A late feed is known as yet.
        (labels("ServiceLevelLow", "critical"), labels("FeedLate", "warning", "feed")),
        (labels("Watchdog", "info", "worker"), labels("WorkersMissing", "critical", "worker")),
        # A site has no program, and a worker has none: that is nothing that they have in common.
        *(
            (labels(missing, "critical", "site"), labels(cause, "critical", "worker"))
            for missing in ("SiteUnstaffed", "StaffMissing", "StaffShort")
            for cause in ("FeedHole", "ConsumerLag")
        ),
        (
            labels("ServiceLevelLow", "critical", "network"),
            labels("ConsumerLag", "critical", "worker"),
        ),
        # One site lacks people: that stands for its groups, not for all programs together.
        (
            labels("ServiceLevelLow", "warning", "network"),
            labels("StaffMissing", "critical", "site"),
        ),
    ],
)
def test_what_is_not_its_effect_is_told_beside_it(told, beside):
    assert not inhibited(told, [beside])


def test_inhibitions_and_routes_name_alerts_layers_and_levels_that_there_are():
    known = {
        "alertname": {each.name for each in ALERTS},
        "layer": {each.layer for each in ALERTS},
        "level": {each.level for each in ALERTS},
        "severity": {"critical", "warning", "info"},
        "team": {"rta", "platform"},
        "direction": {each.direction for each in ALERTS},
    }
    routes = [route.get("matchers", []) for route in CONFIG["route"]["routes"]]
    rules = [
        rule[side]
        for rule in CONFIG["inhibit_rules"]
        for side in ("source_matchers", "target_matchers")
    ]
    for matcher in (each for matchers in (*routes, *rules) for each in matchers):
        name, _, value = MATCHER.fullmatch(matcher).groups()
        assert name in known or matcher == 'program =~ ".+"', matcher
        assert name not in known or set(value.split("|")) <= known[name], matcher


def test_no_alert_can_hold_itself_back():
    for rule in CONFIG["inhibit_rules"]:
        for each in ALERTS:
            of = labels(each.name, each.severity, each.level)
            both = matches(rule["source_matchers"], of) and matches(rule["target_matchers"], of)
            assert not both, (rule, each.name)
