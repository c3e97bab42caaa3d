"""What the rules are made of: series that exist, sums before ratios, owners, runbook, boards."""

import re
from functools import cache

import promql_parser as promql
import pytest
import yaml

from schemas.catalog import KPIS
from schemas.metrics import FAMILIES
from streams.rules.files import alerts, rule_files, rule_groups
from streams.rules.rule import Record, duration, faster
from tests.data import ROOT

RULES = [
    rule
    for text in rule_files().values()
    for group in yaml.safe_load(text)["groups"]
    for rule in group["rules"]
]
RECORDED = {rule["record"]: rule["expr"] for rule in RULES if "record" in rule}
ALERTS = [rule for rule in RULES if "alert" in rule]
GIVEN = {
    "up": {"job", "instance"},
    "ALERTS": {"alertname", "alertstate", "severity", "level", "program", "site"},
}
"""Series of Prometheus itself."""
WORKER = {"instance", "job", "pod"}
BOARDS = {
    "floor",
    "intraday",
    "staffing",
    "attainment",
    "deviation",
    "bots",
    "backlog",
    "lists",
    "month",
    "feed",
}


def nodes(expr):
    """Every node of an expression."""
    found = [promql.parse(expr)]
    for node in found:
        for name in ("lhs", "rhs", "expr", "args", "param", "vector_selector"):
            child = getattr(node, name, None)
            found += child if isinstance(child, list) else [child] if child is not None else []
    return found


@cache
def selectors(expr):
    """(name, labels matched on) of every selector of an expression."""
    return [
        (node.name, [matcher.name for matcher in node.matchers.matchers])
        for node in nodes(expr)
        if isinstance(node, promql.VectorSelector)
    ]


def test_rules_read_only_what_is_exported_or_recorded():
    for rule in RULES:
        read = selectors(rule["expr"])
        assert read or rule["alert"] == "Watchdog"
        for name, matched in read:
            assert name in FAMILIES or name in RECORDED or name in GIVEN, name
            if name in FAMILIES:
                assert set(matched) <= {*FAMILIES[name].labels, *WORKER}, name
            if name in GIVEN:
                assert set(matched) <= GIVEN[name], name


def test_the_labels_that_expressions_name_are_labels_of_some_metric():
    known = {label for family in FAMILIES.values() for label in family.labels} | WORKER | {"week"}
    for rule in RULES:
        for labels in re.findall(r"\b(?:on|by|without|ignoring) \(([\w, ]*)\)", rule["expr"]):
            assert set(filter(None, labels.split(", "))) <= known, rule


def test_rates_are_taken_of_counters_only_and_of_counters_rates_only():
    for rule in RULES:
        counters = {n for n, _ in selectors(rule["expr"]) if n.endswith("_total")}
        text = rule["expr"]
        ranged = set(re.findall(r"(?:increase|rate)\((\w+)", text))
        assert ranged == counters, rule
        assert all(FAMILIES[name].kind == "counter" for name in counters)


def test_nothing_is_averaged():
    for rule in RULES:
        assert not re.search(r"\b(avg|avg_over_time|quantile|stddev)\b", rule["expr"]), rule


def test_a_ratio_above_the_queue_divides_sums_and_never_adds_ratios():
    ratios = {name for name, family in FAMILIES.items() if name.endswith("_ratio")}
    for name, expr in RECORDED.items():
        if re.search(r"\b(sum|min|max) without \((?!instance)", expr):
            read = {part.split(":")[1] if ":" in part else part for part, _ in selectors(expr)}
            weighted = {"cc_interval_service_level_high_ratio"}  # times its contacts: a sum
            targets = {"cc_queue_service_level_target_ratio"}  # which queues have one
            assert not read & ratios - weighted - targets, name


def test_what_a_worker_exports_is_first_freed_of_the_worker():
    """Else a queue that two workers export during a hand-over would count twice."""
    for rule in RULES:
        of_workers = rule.get("labels", {}).get("level") in ("worker", "feed")
        exported = [name for name, _ in selectors(rule["expr"]) if name in FAMILIES]
        if exported and not of_workers:
            freed = "without (instance, job, pod" in rule["expr"]
            assert freed or exported == ["cc_interval_elapsed_ratio"], rule


def test_every_exported_ratio_has_its_levels():
    for kpi in KPIS.values():
        for window in ("interval", "last_interval", "day"):
            metric = getattr(kpi.metrics, window)
            if metric and metric.endswith("_ratio") and not kpi.bound:
                first = "group" if kpi.per_group else "queue"
                assert f"{first}:{metric}:ratio" in RECORDED
                assert (f"program:{metric}:ratio" in RECORDED) == (not kpi.channel_sets), metric


def test_names_say_level_metric_and_operation():
    for name in RECORDED:
        level, metric, operation = name.split(":")
        assert level in ("queue", "group", "program", "site", "network", "feed")
        assert metric.startswith("cc_") and not metric.endswith("_total")
        assert re.fullmatch(r"(sum|max|min|ratio)?(_?increase)?(\d+[mhw])?", operation), name


def test_no_series_is_recorded_twice():
    names = [
        r.name
        for g in rule_groups().values()
        for each in g
        for r in each.rules
        if isinstance(r, Record)
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "alert", ALERTS, ids=lambda a: "-".join((a["alert"], *a["labels"].values()))
)
def test_an_alert_compares_has_an_owner_and_says_what_to_do(alert):
    assert re.search(r"[<>]|==|absent|vector|unless", alert["expr"])
    assert alert["labels"]["team"] in ("rta", "platform")
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    told = alert["annotations"]
    assert told["summary"]
    board, _, variables = told["dashboard_url"].partition("?")
    assert board.removeprefix("/d/floorwatch-") in BOARDS
    level = alert["labels"]["level"]
    assert ("var-queue=" in variables) == (level == "queue")
    assert ("var-program=" in variables) == (level in ("queue", "group", "program", "feed"))


def test_an_alert_that_stands_long_after_it_was_last_seen_says_so_in_the_runbook():
    runbook = (ROOT / "deploy/runbook.md").read_text("utf-8")
    long = {alert["alert"] for alert in ALERTS if alert.get("keep_firing_for") == "30m"}
    assert long
    for name in long:
        section = runbook.split(f"### {name}\n")[1].split("###")[0]
        assert re.search(r"half[ -](an )?hour (or so|after)", section), name


def test_every_alert_has_its_heading_in_the_runbook_and_every_heading_its_alert():
    runbook = (ROOT / "deploy/runbook.md").read_text("utf-8")
    headings = re.findall(r"^### (\w+)$", runbook, re.M)
    assert len(headings) == len(set(headings))
    assert set(headings) == {alert.name for alert in alerts()}
    anchors = {f"deploy/runbook.md#{heading.lower()}" for heading in headings}
    assert {alert["annotations"]["runbook_url"] for alert in ALERTS} == anchors
    for section in re.split(r"^### ", runbook, flags=re.M)[1:]:
        assert "Do:" in section, section


def test_the_limits_of_the_catalogue_are_those_of_the_rules():
    by_name = {kpi.alert.name: kpi.alert for kpi in KPIS.values() if kpi.alert}
    for alert in alerts():
        if alert.name in by_name:
            limits = by_name[alert.name]
            limit = {"warning": limits.warning, "critical": limits.critical}[alert.severity]
            assert re.search(rf"[<>] {limit:g}\b", alert.expr), alert


def test_a_warning_is_milder_than_its_critical():
    severities = {}
    for alert in alerts():
        severities.setdefault((alert.name, alert.level), set()).add(alert.severity)
    assert {"warning", "critical"} in severities.values()
    assert all("warning" in found or len(found) == 1 for found in severities.values())


def test_at_a_target_of_80_percent_every_burn_can_happen():
    burning = [a.expr for a in alerts() if a.name == "ServiceLevelBurning"]
    factors = [float(each) for expr in burning for each in re.findall(r"> ([\d.]+) \* \(1 -", expr)]
    assert factors
    assert max(factors) < 1 / (1 - 0.8)


@pytest.mark.parametrize(
    ("seconds", "speed", "written"),
    [(900, 1, "15m"), (900, 60, "15s"), (30, 60, "500ms"), (7200, 1, "2h"), (9000, 1, "150m")],
)
def test_a_duration_is_written_in_its_greatest_whole_unit(seconds, speed, written):
    assert duration(seconds, speed) == written


def test_a_faster_day_has_shorter_ranges_and_offsets_and_the_same_limits():
    expr = "increase(x[30m]) > 30 and y offset 1w < 900 and z[5m:1m]"
    assert faster(expr, 60) == "increase(x[30s]) > 30 and y offset 168m < 900 and z[5s:1m]"
    assert faster(expr, 1) == expr
