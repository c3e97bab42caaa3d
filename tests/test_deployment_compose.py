"""compose.yaml with `--profile demo`, run: all of it but the containers themselves, and Grafana's program.

What Grafana would ask is asked in its place, at the addresses and with the token its provisioning has.
"""

import json
import re
import signal
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml

from streams.kafka.clients import admin
from streams.kafka.topics import plan as differences
from streams.rules.files import rule_files
from streams.settings import HttpSettings, Settings
from tests.boards import PATHS, asked, panels
from tests.compose_file import ComposeFile, NotGiven, interpolated
from tests.composed import composed, wait_for
from tests.data import ROOT
from tests.kafka_workers import NO_PROXY, Page
from tests.test_deployment import COMPOSE, PODS

pytestmark = [pytest.mark.needs_prometheus, pytest.mark.needs_own_kafka]
PORT = HttpSettings().port
TOKEN = "a long random text of tests"
GIVEN = {
    "FLOORWATCH_TOML": "./demo.toml",
    "FLOORWATCH_HTTP__TOKEN": TOKEN,
    "GRAFANA_PASSWORD": "another one",
}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
RULE = re.compile(r"^ +- (?:record|alert): (\S+)$", re.M)
KAFKA_ONLY = re.compile("cc_consumer_|cc_checkpoint_timestamp")
BY_SIGTERM = 128 + signal.SIGTERM
"""How Java ends on it."""


@pytest.fixture(scope="module")
def center(tmp_path_factory):
    """All services of the demo, healthy by their own checks."""
    with composed(tmp_path_factory.mktemp("compose") / "demo", GIVEN, "demo") as started:
        started.until_healthy()
        yield started


def answer(url, headers=None, data=None):
    """Body of an answer. Errors: HTTPError, it is refused."""
    with NO_PROXY.open(urllib.request.Request(url, data, headers or {}), timeout=20) as told:
        return told.read().decode()


def refused(url):
    """The status of a refusal, when no token is sent."""
    with pytest.raises(urllib.error.HTTPError) as error:
        answer(url)
    error.value.close()
    return error.value.code


def metrics(center):
    return Page(answer(center.file.url("worker", PORT) + "/metrics", BEARER))


def present(page):
    """Staff who are not logged out."""
    states = page.by("cc_staff", "state")
    return sum(staff for (state,), staff in states.items() if state != "logged_out")


def provisioned(center):
    """Grafana's data sources by uid, with what its environment says filled in."""
    environment = center.file.services["grafana"].environment
    text = (ROOT / "grafana/provisioning/datasources/floorwatch.yaml").read_text("utf-8")
    for name, value in environment.items():
        text = text.replace(f"${name}", value)
    return {each["uid"]: each for each in yaml.safe_load(text)["datasources"]}


def prometheus(center, path, **parameters):
    query = urllib.parse.urlencode(parameters).encode()
    url = f"{provisioned(center)['floorwatch-prometheus']['url']}/api/v1/{path}"
    return json.loads(answer(url, data=query) if parameters else answer(url))["data"]


def rules(center):
    return [rule for group in prometheus(center, "rules")["groups"] for rule in group["rules"]]


def told(center):
    return {name: each.said[-800:] for name, each in center.running.items()}


def until(center, seen, within_s=60.0):
    return wait_for(seen, lambda: str(told(center)), within_s)


def test_a_variable_that_compose_insists_on_is_named_where_it_is_missing():
    with pytest.raises(NotGiven, match="GRAFANA_PASSWORD"):
        interpolated({"a": ["${GRAFANA_PASSWORD:?the password}"]}, {})
    assert interpolated("${A:-b}/${C}", {"C": "d"}) == "b/d"


def test_without_the_profile_nothing_is_simulated_and_the_plan_is_ones_own(tmp_path):
    given = GIVEN | {"FLOORWATCH_TOML": ""}
    file = ComposeFile(tmp_path / "usual", given)
    order = list(file.services)
    assert "center" not in order
    assert order.index("kafka") < order.index("topics") < order.index("worker")
    settings = Settings.load(file.services["worker"].folder / "floorwatch.toml")
    assert settings.kafka.bootstrap == f"127.0.0.1:{file.port('kafka', 9092)}"
    assert not settings.plan.programs


def test_every_service_starts_in_its_order_and_stays(center):
    assert set(center.running) == set(center.file.services) - {"grafana"}
    assert center.running["topics"].process.returncode == 0
    assert not [name for name, each in center.running.items() if each.codes], told(center)


def test_the_topics_are_there_as_declared(center):
    settings = Settings.load(center.file.services["topics"].folder / "floorwatch.toml").kafka
    with admin(settings) as client:
        assert differences(settings, client) == []


def test_the_worker_has_caught_up_with_what_the_center_sends(center):
    url = center.file.url("worker", PORT)
    # Kernels that were never compiled on this machine take minutes.
    until(center, lambda: metrics(center).total("cc_events_total") > 3_000, within_s=300)
    until(center, lambda: metrics(center).total("cc_consumer_lag_records") < 50)
    until(center, lambda: metrics(center).total("cc_recovery_active") == 0)
    assert answer(f"{url}/ready") == answer(f"{url}/live") == "ok\n"


def test_figures_are_told_to_who_sends_the_token_and_to_nobody_else(center):
    for service, path in (("worker", "/metrics"), ("worker", "/"), ("ledger", "/ledger")):
        assert refused(center.file.url(service, PORT) + path) == 401, (service, path)
    assert metrics(center).samples


def test_everything_that_the_demo_s_plan_lists_is_seen_at_work(center):
    folder = center.file.services["worker"].folder
    plan = Settings.load(folder / "floorwatch.toml").plan
    listed = {
        channel: {(q.program, name) for name, q in plan.queues.items() if q.channel == channel}
        for channel in ("voice", "chat", "deferred", "outbound")
    }
    staffed = {(one.program, one.group) for one in plan.groups}

    def lacking():
        page = metrics(center)
        offered = page.by("cc_contacts_offered_total", "channel")
        happens = {
            "calls": offered.get(("voice",), 0),
            "chats": offered.get(("chat",), 0),
            "conversations with bots": page.total("cc_day_bot_conversations_started"),
            "staff": present(page),
            "records of lists": page.total("cc_list_records_open"),
            "forecasts": page.total("cc_day_forecast_contacts"),
        }
        shown = {
            "voice": page.by("cc_contacts_offered_total", "program", "queue"),
            "chat": page.by("cc_day_chats_requested", "program", "queue"),
            "deferred": page.by("cc_cases_open", "program", "queue"),
            "outbound": page.by("cc_list_records_open", "program", "queue"),
        }
        missing = {what for what, count in happens.items() if not count}
        missing |= {each for channel, of in shown.items() for each in listed[channel] - of.keys()}
        # In the last moments of a shift a center that begins has nobody in some groups, but all are scheduled.
        scheduled = page.by("cc_day_staff_scheduled_seconds", "program", "group")
        return missing | (staffed - scheduled.keys())

    assert all(listed.values())
    wait_for(lambda: not lacking(), lambda: f"not seen: {lacking()}")


def test_no_feed_is_unknown_and_nothing_is_refused_lost_or_contradicted(center):
    folder = center.file.services["worker"].folder
    programs = Settings.load(folder / "floorwatch.toml").plan.programs

    def standing():
        states = metrics(center).by("cc_feed_state", "program", "source", "state")
        return {(program, state) for (program, _, state), is_so in states.items() if is_so}

    wait_for(lambda: standing() == {(name, "live") for name in programs}, lambda: str(standing()))
    page = metrics(center)
    rejected = page.by("cc_events_rejected_total", "topic", "reason")
    assert rejected == dict.fromkeys(rejected, 0)
    assert page.total("cc_events_conflicting_total") == 0
    assert page.total("cc_event_unknown_fields_total") == 0
    assert page.total("cc_feed_holes_total") == 0


def test_of_the_interval_the_center_came_up_in_only_the_time_since_then_is_judged(center):
    # FTE of what is known, not of the whole interval; where that has just begun, of its first moments.
    wait_for(
        lambda: (
            (page := metrics(center)).total("cc_interval_available_staff") > 0.7 * present(page)
        ),
        lambda: str(metrics(center).total("cc_interval_available_staff")),
    )
    page = metrics(center)
    due, day = (page.total(f"cc_day_forecast_contacts{of_day}") for of_day in ("_to_date", ""))
    assert 0 < due < 0.02 * day


def test_prometheus_reaches_the_worker_with_the_token_and_every_rule_can_be_evaluated(center):
    def targets():
        return prometheus(center, "targets")["activeTargets"]

    until(center, lambda: [each["health"] for each in targets()] == ["up"])
    (target,) = targets()
    assert target["labels"]["job"] == "floorwatch"
    until(center, lambda: prometheus(center, "query", query="queue:cc_queue_open:max")["result"])
    until(center, lambda: "unknown" not in {each["health"] for each in rules(center)})
    names = {rule for text in rule_files().values() for rule in RULE.findall(text)}
    assert {each["name"] for each in rules(center)} == names
    assert not [(r["name"], r["lastError"]) for r in rules(center) if r["health"] != "ok"]


def test_the_sign_of_life_goes_from_prometheus_through_alertmanager_to_its_receiver(center):
    url = center.file.url("alertmanager", 9093) + "/api/v2/alerts"
    until(center, lambda: "Watchdog" in {a["labels"]["alertname"] for a in json.loads(answer(url))})
    until(center, lambda: "dead-man" in {each.receiver for each in center.webhook.heard})


def test_the_page_of_the_worker_shows_the_floor_and_knows_what_alertmanager_says(center):
    url = center.file.url("worker", PORT)
    assert "<html" in answer(f"{url}/", BEARER)

    def moment():
        request = urllib.request.Request(f"{url}/events", headers=BEARER)
        with NO_PROXY.open(request, timeout=20) as pushed:
            assert pushed.readline() == b"event: moment\n"
            return json.loads(pushed.readline().removeprefix(b"data: "))

    def judged(now):
        return now["alerts"]["known"] and now["standing"][1] == "good" and now

    shown = until(center, lambda: judged(moment()))
    for table in ("queues", "staff", "chat", "bots", "backlog", "campaigns", "plan", "feeds"):
        assert shown[table], table


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_ledger_answers_every_panel_that_asks_it_as_grafana_would(center, path):
    source = provisioned(center)["floorwatch-ledger"]
    assert source["jsonData"]["allowedHosts"] == [source["url"]]
    bearer = {"Authorization": f"Bearer {source['secureJsonData']['bearerToken']}"}
    now = round(time.time() * 1000)
    for panel in panels(path):
        for target in panel["targets"]:
            if target["datasource"]["uid"] != "floorwatch-ledger":
                continue
            url = target["url"].replace("${__from}", str(now - 8 * 3_600_000))
            url = url.replace("${__to}", str(now))
            for name in ("site", "program", "queue", "channel", "group"):
                url = url.replace(f"${{{name}:queryparam}}", f"var-{name}=$__all")
            assert "${" not in url
            rows = json.loads(answer(source["url"] + url, bearer))[target["root_selector"]]
            for row in rows:
                # An interval that is told of is over, and says how final it is.
                assert row["start_ms"] < now
                assert row["state"]


def test_every_expression_of_every_board_is_answered_by_the_prometheus_of_compose(center):
    def rows(expr):
        return prometheus(center, "query", query=expr)["result"]

    for each in asked():
        rows(each.expr)
    # What only workers on Kafka tell of has no data in the demo that test_rules_live watches.
    of_kafka = {each.expr for each in asked() if KAFKA_ONLY.search(each.expr)}
    assert of_kafka
    until(center, lambda: all(map(rows, of_kafka)))


@pytest.mark.parametrize("pod", ["worker", "ledger"])
def test_what_kubernetes_starts_is_what_compose_runs_and_its_probes_are_answered(center, pod):
    commands = {name: each.get("command") for name, each in COMPOSE["services"].items()}
    for container in PODS[pod]["containers"]:
        (service,) = [name for name, command in commands.items() if command == container["args"]]
        ports = {each["name"]: each["containerPort"] for each in container.get("ports", ())}
        for kind in ("startup", "readiness", "liveness") if ports else ():
            probe = container[f"{kind}Probe"]["httpGet"]
            assert answer(center.file.url(service, ports[probe["port"]]) + probe["path"]) == "ok\n"


def test_a_center_that_is_started_again_goes_on_with_contacts_of_its_own(center):
    offered = metrics(center).total("cc_contacts_offered_total")
    staff = present(metrics(center))
    assert center.running["center"].restart() == 0
    until(center, lambda: metrics(center).total("cc_contacts_offered_total") >= offered + 3)
    # Where a shift ends meanwhile some come early, some stay; nobody is there twice, and not nobody.
    until(center, lambda: 0.7 * staff < present(metrics(center)) < 1.4 * staff)
    page = metrics(center)
    assert page.total("cc_events_conflicting_total") == 0
    rejected = page.by("cc_events_rejected_total", "topic", "reason")
    assert rejected == dict.fromkeys(rejected, 0)


def test_every_service_ends_on_sigterm_within_its_grace(center):
    began = list(center.running.items())
    for name, each in reversed(began):
        if not each.service.restarts:
            continue
        assert each.hears(signal.SIGTERM), f"{name}: as first process it would not hear of it"
        code = each.stop()
        expected = BY_SIGTERM if each.service.image == "apache/kafka" else 0
        assert code == expected, f"{name}: {each.said[-2000:]}"
        assert "Traceback" not in each.said, each.said[-2000:]
