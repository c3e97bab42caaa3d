"""The committed boards: sound by the rules of a linter, and true to what is exported and recorded.

What no test here sees is the picture itself: no Grafana runs.
"""

import json
import re
import subprocess
import urllib.parse

import promql_parser as promql
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from schemas.catalog import KPIS
from schemas.metrics import FAMILIES
from streams.alerting.tools import tool
from streams.grafana.files import BOARDS
from streams.grafana.sdk import uid_of
from streams.grafana.targets import TARGETS
from streams.grafana.words import LANGUAGES
from streams.rules.files import alerts
from streams.rules.rule import links
from tests.boards import FOLDER, PATHS, asked, board, filled, panels
from tests.data import ROOT
from tests.test_rules import GIVEN, RECORDED, selectors

EACH = pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")
LEDGER = "floorwatch-ledger"
SCRAPED = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))["global"][
    "scrape_interval"
]


def variables(path):
    return {each["name"]: each for each in board(path)["templating"]["list"]}


def expressions(panel):
    return [target["expr"] for target in panel["targets"] if "expr" in target]


def mapped(settings):
    """All words that stand for values, with their colours."""
    return [
        each["options"]["result"]
        for mapping in settings
        for each in (mapping if isinstance(mapping, list) else [mapping])
    ]


def test_there_is_one_file_for_each_board_and_language():
    files = {(path.parent.name, path.stem) for path in PATHS}
    assert files == {(lang, each.name) for lang in LANGUAGES for each in BOARDS}
    uids = [board(path)["uid"] for path in PATHS]
    assert len(uids) == len(set(uids)) == 20


def test_every_alert_links_to_a_board_that_has_the_variables_it_fills_in():
    by_uid = {board(path)["uid"]: path for path in PATHS}
    for alert in alerts():
        url = urllib.parse.urlsplit(links(alert)["dashboard_url"])
        path = by_uid[url.path.removeprefix("/d/")]
        filled_in = re.findall(r"var-(\w+)=", url.query)
        assert set(filled_in) <= set(variables(path)), alert.name


@EACH
def test_a_board_reads_back_unchanged_so_grafana_knows_every_field_of_it(path):
    again = json.loads(json.dumps(Dashboard.from_json(board(path)), cls=JSONEncoder))
    assert again == board(path)


@EACH
def test_a_board_has_a_title_a_description_a_uid_and_is_not_edited_in_grafana(path):
    read = board(path)
    assert read["uid"] == uid_of(path.stem, path.parent.name)
    assert read["title"] and read["description"]
    assert read["editable"] is False
    assert "version" not in read and "id" not in read
    assert path.parent.name in read["tags"]
    assert read["schemaVersion"] == 42


@EACH
def test_a_panel_has_a_title_a_description_a_unit_and_asks_for_something(path):
    for panel in panels(path):
        assert panel["title"] and panel["description"], panel["id"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]
        ids = [target["refId"] for target in panel["targets"]]
        assert len(ids) == len(set(ids))
        assert all(target.get("expr", target.get("url")) for target in panel["targets"])


@EACH
def test_panels_have_ids_of_their_own_and_do_not_overlap(path):
    ids = [panel["id"] for panel in panels(path)]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in panels(path):
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


@EACH
def test_a_board_shows_at_most_five_graphs_and_five_lines_a_graph(path):
    graphs = [panel for panel in panels(path) if panel["type"] == "timeseries"]
    assert len(graphs) <= 5
    assert all(len(panel["targets"]) <= 5 for panel in graphs)


@EACH
def test_the_reader_chooses_one_prometheus_and_every_expression_asks_it(path):
    sources = [each for each in variables(path).values() if each["type"] == "datasource"]
    assert [(each["name"], each["query"]) for each in sources] == [("datasource", "prometheus")]
    for panel in panels(path):
        for target in panel["targets"]:
            uid = target["datasource"]["uid"]
            assert uid == ("${datasource}" if "expr" in target else LEDGER), panel["title"]
            assert panel["datasource"]["uid"] == uid


@EACH
def test_variables_are_read_from_series_that_carry_them_whenever_the_time_changes(path):
    read = variables(path)
    earlier = {"datasource"}
    for name, each in read.items():
        if each["type"] != "query":
            continue
        found = re.fullmatch(r"label_values\((.*), (\w+)\)", each["query"])
        assert found and found[2] == name
        ((metric, matched),) = selectors(filled(found[1]))
        assert {name, *matched} <= set(FAMILIES[metric].labels)
        assert set(matched) <= earlier
        assert each["refresh"] == 2
        several = (path.stem, name) != ("intraday", "queue")
        assert (each["multi"], each["includeAll"]) == (several, several)
        assert each.get("allValue") == (".*" if several else None)
        earlier.add(name)


@EACH
def test_what_panels_choose_by_can_be_chosen_and_what_can_be_chosen_is_used(path):
    told = json.dumps([board(path)["panels"], board(path)["annotations"]])
    used = set(re.findall(r"\$\{?(\w+)", told)) - {"__rate_interval", "__from", "__to"}
    assert used == set(variables(path))


def test_expressions_name_only_what_is_exported_or_recorded_and_match_on_its_labels():
    for each in asked():
        for name, matched in selectors(each.expr):
            assert name in FAMILIES or name in RECORDED or name in GIVEN, (each, name)
            if name in FAMILIES:
                assert set(matched) <= {*FAMILIES[name].labels, "job"}, each


def test_a_recorded_series_is_matched_only_on_labels_that_its_rule_has_kept():
    """queue: has program, queue, channel (and horizon); group: has site, program, group."""
    kept = {
        "queue": {"program", "queue", "channel", "horizon"},
        "group": {"site", "program", "group", "state", "found"},
        "program": {"program"},
        "feed": {"source", "program"},
    }
    for each in asked():
        for name, matched in selectors(each.expr):
            if ":" in name:
                assert set(matched) <= kept[name.partition(":")[0]], each


def test_what_a_rule_records_is_not_worked_out_again_from_what_is_exported():
    left = {"cc_feed_state", "cc_recovery_active", "cc_export_render_seconds"}
    left |= {"cc_visits_in_memory", "cc_view_timestamp_seconds", "cc_checkpoint_timestamp_seconds"}
    left |= {"cc_consumer_event_lag_seconds"}
    for each in asked():
        plain = {n for n, _ in selectors(each.expr) if n in FAMILIES and not n.endswith("_total")}
        assert plain <= left, each


def test_counters_are_read_as_rates_over_the_span_that_fits_the_scrapes():
    for path in PATHS:
        for panel in panels(path):
            for expr in expressions(panel):
                counters = {n for n, _ in selectors(filled(expr)) if n.endswith("_total")}
                ranged = set(re.findall(r"rate\((\w+)\[\$__rate_interval\]\)", expr))
                assert ranged == counters, panel["title"]
                assert not re.search(r"\[\d", expr), "a range of its own"


def test_nothing_is_averaged_on_a_board():
    for each in asked():
        assert not re.search(r"\b(avg|avg_over_time|quantile|stddev)\b", each.expr), each


def test_no_ratio_is_added_up():
    for each in asked():
        for node in re.findall(r"sum by \([\w, ]*\) \((\S+?)[{)]", each.expr):
            assert "ratio" not in node, each


@pytest.mark.needs_promtool
def test_promtool_accepts_every_expression(tmp_path):
    rules = [
        {"record": f"board:{number}", "expr": each.expr}
        for number, each in enumerate(dict.fromkeys(asked()))
    ]
    file = tmp_path / "boards.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": rules}]}), "utf-8")
    checked = subprocess.run(
        [tool("promtool"), "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout


def test_every_expression_is_also_read_by_a_second_parser():
    assert all(promql.parse(each.expr) for each in asked())


@EACH
def test_columns_of_a_table_join_on_the_same_labels(path):
    """Or Grafana would make several rows of one queue."""
    for panel in panels(path):
        found = expressions(panel)
        if panel["type"] != "table" or len(found) < 2:
            continue
        of = [set(re.findall(r"\bby \(([\w, ]+)\)", expr)) for expr in found]
        assert len(set.union(*of) - {"instance"}) <= 1, panel["title"]
        assert not [e for e in found if re.search(r"^\w+:\w+", e)], "would keep its name as a label"


@EACH
def test_a_colour_that_judges_has_a_word_or_stands_under_its_number(path):
    """Somebody who does not see red and green reads ▲ and ▼."""
    for panel in panels(path):
        told = [panel["fieldConfig"]["defaults"]]
        told += [
            {each["id"]: each["value"] for each in one["properties"]}
            for one in panel["fieldConfig"]["overrides"]
        ]
        for one in told:
            words = mapped(one.get("mappings", []))
            assert all(re.match(r"[▲▼●?]", word["text"]) and word["color"] for word in words)
            coloured = {step["color"] for step in one.get("thresholds", {}).get("steps", [])}
            assert not words or coloured == {word["color"] for word in words}


@EACH
def test_a_gap_is_judged_from_the_target_itself_without_a_hole(path):
    for panel in panels(path):
        for one in panel["fieldConfig"]["overrides"]:
            settings = {each["id"]: each["value"] for each in one["properties"]}
            ranges = [each["options"] for each in settings.get("mappings", [])]
            if len(ranges) > 1:
                edges = sorted(
                    (r["from"], r["to"]) for r in ranges if None not in (r["from"], r["to"])
                )
                lowest = [r["to"] for r in ranges if r["from"] is None]
                highest = [r["from"] for r in ranges if r["to"] is None]
                ends = [*lowest, *(edge for pair in edges for edge in pair), *highest]
                assert ends == sorted(ends)
                assert ends[::2] == ends[1::2], panel["title"]


def test_every_kpi_of_the_floor_that_has_a_target_stands_beside_it():
    floor = json.dumps(board(FOLDER / "en/floor.json"), ensure_ascii=False)
    for kpi in KPIS.values():
        if "floor" in kpi.boards and kpi.target:
            assert kpi.metrics.day in floor
            assert TARGETS[kpi.target] in floor


def test_every_kpi_of_the_month_that_the_ledger_has_is_on_its_board():
    month = (FOLDER / "en/month.json").read_text("utf-8")
    for kpi in KPIS.values():
        of_queue_or_group = not (kpi.of_technology or kpi.of_plan or kpi.program_wide)
        single = not kpi.each and not kpi.live and kpi.unit.value != "count"
        if "month" in kpi.boards and of_queue_or_group and single:
            assert f'"kpis.{kpi.key}"' in month, kpi.key


@EACH
def test_recorded_values_are_asked_with_their_state_and_revision(path):
    for panel in panels(path):
        for target in panel["targets"]:
            if "url" in target and panel["type"] == "table":
                selected = {column["selector"] for column in target["columns"]}
                assert {"state", "revision", "completeness", "start_ms"} <= selected


def test_attainment_is_never_drawn_below_zero():
    drawn = [each.expr for each in asked() if "cc_day_attainment_deviation_ratio" in each.expr]
    assert drawn
    assert all(expr.startswith("clamp_min(") and expr.endswith(", 0)") for expr in drawn)


def test_closed_intervals_of_attainment_and_month_come_from_the_ledger():
    for name, tables in (("attainment", 3), ("month", 3), ("intraday", 1)):
        urls = [
            t["url"] for p in panels(FOLDER / f"en/{name}.json") for t in p["targets"] if "url" in t
        ]
        assert len(urls) == tables
        assert all(url.startswith("/ledger?span=") for url in urls)


@pytest.mark.parametrize("name", [each.name for each in BOARDS])
def test_the_languages_differ_in_words_only(name):
    english, japanese = (panels(FOLDER / f"{lang}/{name}.json") for lang in LANGUAGES)
    assert [p["gridPos"] for p in english] == [p["gridPos"] for p in japanese]
    for one, other in zip(english, japanese, strict=True):
        assert expressions(one) == expressions(other)
        assert re.search(r"[ぁ-んァ-ン一-龥]", other["title"] + other["description"]), one["title"]
        assert not re.search(r"[ぁ-んァ-ン一-龥]", one["title"] + one["description"]), one["title"]


def test_provisioning_names_the_sources_that_boards_ask_and_lets_nobody_edit_them():
    folder = FOLDER.parent / "provisioning"
    told = yaml.safe_load((folder / "datasources/floorwatch.yaml").read_text("utf-8"))
    by_uid = {source["uid"]: source for source in told["datasources"]}
    asked_of = {
        (target["datasource"]["type"], target["datasource"]["uid"])
        for path in PATHS
        for panel in panels(path)
        for target in panel["targets"]
    }
    assert all(kind == "prometheus" or by_uid[uid]["type"] == kind for kind, uid in asked_of)
    assert not any(source["editable"] for source in by_uid.values())
    assert by_uid["floorwatch-prometheus"]["jsonData"]["timeInterval"] == SCRAPED
    secret = by_uid[LEDGER]["secureJsonData"]["bearerToken"]
    assert secret.startswith("$"), "a token stands in no file"
    (provider,) = yaml.safe_load((folder / "dashboards/floorwatch.yaml").read_text("utf-8"))[
        "providers"
    ]
    assert provider["allowUiUpdates"] is False


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_lies_between_actual_and_forecast_is_filled(lang):
    for panel in panels(FOLDER / f"{lang}/intraday.json"):
        lines = {target.get("legendFormat") for target in panel["targets"]}
        for one in panel["fieldConfig"]["overrides"]:
            to = [p["value"] for p in one["properties"] if p["id"] == "custom.fillBelowTo"]
            if to:
                assert {one["matcher"]["options"], *to} <= lines
                return
    raise AssertionError("nothing is filled")
