"""Alerts on the page, as a real Prometheus and a real Alertmanager tell of them."""

import json
import urllib.request

import pytest

from streams.alerting.servers import alertmanager, free_port, process
from streams.alerting.tools import tool
from streams.page import alerts
from streams.page.alerts import Alerts
from tests.rules.servers import wait_until

pytestmark = pytest.mark.needs_prometheus

RULES = """
groups:
  - name: two
    interval: 1s
    rules:
      - {alert: FeedSilent, expr: vector(1), labels: {severity: critical, program: bank},
         annotations: {summary: nothing was heard}}
      - {alert: Watchdog, expr: vector(1), labels: {severity: info, layer: monitor}}
      - {alert: Waiting, expr: vector(1), for: 1h, labels: {severity: critical}}
"""
QUIET = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
FOUND = [("FeedSilent", "critical", "bank", "nothing was heard")]


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The addresses of a Prometheus with one alert, and of an Alertmanager."""
    folder = tmp_path_factory.mktemp("alerts")
    (folder / "rules.yml").write_text(RULES, "utf-8")
    (folder / "prometheus.yml").write_text("rule_files: [rules.yml]\n", "utf-8")
    port = free_port()
    prometheus = (
        tool("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    with (
        alertmanager(folder, QUIET) as at,
        process(folder / "prometheus.log", *prometheus),
    ):
        yield f"http://127.0.0.1:{port}", at


def told(url):
    found = Alerts(url)()
    return found and [(one.name, one.severity, one.where, one.summary) for one in found.alerts]


def post(url, told):
    body = json.dumps(told).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=5).close()


def test_a_prometheus_is_asked_for_what_fires_not_for_what_waits(servers):
    wait_until(lambda: told(servers[0]) == FOUND, 30, "the alert in Prometheus")
    assert Alerts(servers[0])().judged, "its Watchdog fires too"


def test_an_alertmanager_is_asked_for_what_is_neither_silenced_nor_inhibited(servers):
    wait_until(lambda: told(servers[1]) == [], 20, "Alertmanager")
    assert not Alerts(servers[1])().judged, "nobody sends it anything"
    labels = {"alertname": "FeedSilent", "severity": "critical", "program": "bank"}
    alert = {"labels": labels, "annotations": {"summary": "nothing was heard"}}
    post(f"{servers[1]}/api/v2/alerts", [alert])
    wait_until(lambda: told(servers[1]) == FOUND, 20, "the alert in Alertmanager")
    silence = {
        "matchers": [{"name": "program", "value": "bank", "isRegex": False}],
        **{"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"},
        **{"createdBy": "a test", "comment": "known"},
    }
    post(f"{servers[1]}/api/v2/silences", silence)
    wait_until(lambda: told(servers[1]) == [], 30, "the silence")


def test_whoever_asks_often_is_answered_from_what_was_heard(servers, monkeypatch):
    asking = Alerts(servers[0])
    wait_until(lambda: told(servers[0]), 30, "the alert in Prometheus")
    found = asking()
    monkeypatch.setattr(alerts, "opened", None)
    assert asking() == found
