"""Recorded values over HTTP: the same figures as on the command line, and only for whoever may read."""

import json
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from schemas.targets import Plan
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.cli import app
from streams.close import Record
from streams.errors import UserError
from streams.http import LOOPBACK, serve_ledger
from streams.ledger_page import NAMES, LedgerPage, understood
from streams.settings import InvalidSettings, Settings
from streams.view import STAFF_CHANNEL
from tests.boards import PATHS, panels

DAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR_MS = 3_600_000
PLAN = Plan.model_validate(
    {
        "programs": {"shop": {"time_zone": "Asia/Tokyo"}},
        "queues": {
            "sales": {
                "program": "shop",
                "targets": [
                    {"service_level": 0.8},
                    {"service_level": 0.5, "valid_from": "2026-03-03T00:00:00Z"},
                ],
            },
            "chat 1&2": {"program": "shop", "channel": "chat"},
        },
    }
)
TOKEN = "long and räandom"


def ms(moment):
    return round(moment.timestamp() * 1000)


def arrival(queue, hour, ans_in_t, revision=1, channel="voice"):
    """Ten contacts of a quarter of an hour."""
    columns = {"offered": 10, "ans": 10, "ans_in_T1": ans_in_t, "wait_ans_ms": 50_000}
    old = {"offered": 9} if revision > 1 else None
    state = ("PROVISIONAL", "FINAL", "RESTATED")[revision]
    at = ms(DAY + timedelta(hours=hour))
    key = ("shop", queue, channel, "", at, "arrival")
    reason = "late_event" if revision > 1 else ""
    return Record(*key, revision, state, 1.0, columns, {5: 10}, old, reason, at)


def people(group, site, hour, staffed_ms):
    at = ms(DAY + timedelta(hours=hour))
    columns = {"staffed_ms": staffed_ms, "req_fte_ms": 900_000}
    key = ("shop", group, STAFF_CHANNEL, site, at, "clipped")
    return Record(*key, 1, "FINAL", 1.0, columns, {}, None, "", at)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Sales over two local days, a chat queue, a group at two sites; one value still provisional."""
    path = tmp_path_factory.mktemp("ledger") / "center.db"
    kept = SqliteStore(path)
    kept.keep_plan(PLAN)
    records = (
        *(arrival("sales", hour, 9) for hour in (0, 0.25)),
        arrival("sales", 1, 6, 1),
        arrival("sales", 1, 7, 2),
        arrival("sales", 20, 10, 0),
        arrival("chat 1&2", 0, 5, channel="chat"),
        people("tier1", "berlin", 0, 900_000),
        people("tier1", "osaka", 0, 1_800_000),
    )
    kept.commit(Commit(b"", {}, records, (), ms(DAY)))
    kept.close()
    return path


def answered(store, **parameters):
    """Status and JSON of an answer."""
    asked = {"from": ms(DAY), "to": ms(DAY + timedelta(days=1))} | parameters
    asked = {name.replace("since", "from"): value for name, value in asked.items()}
    status, kind, body = LedgerPage(store)(urlencode(asked, doseq=True))
    assert kind.startswith("application/json")
    return status, json.loads(body)


def rows(store, **parameters):
    status, told = answered(store, **parameters)
    assert status == 200, told
    return told["rows"]


def printed(store, *arguments):
    """Rows of the command line."""
    command = ("ledger", *arguments, "--store", str(store), "--json")
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [
        ({}, ("intervals",)),
        ({"minutes": 15}, ("intervals", "--minutes", "15")),
        ({"span": "day"}, ("days",)),
        ({"span": "month"}, ("months",)),
        ({"level": "program"}, ("intervals", "--level", "program")),
        ({"level": "network", "span": "day"}, ("days", "--level", "network")),
        ({"sites": 1}, ("intervals", "--sites")),
    ],
    ids=str,
)
def test_rows_are_those_of_the_command_line(store, parameters, arguments):
    spared = {"start_ms", "service_level_target", "service_level_gap", "asa_target_s"}
    spared |= {"abandonment_target"}
    told = rows(store, columns=1, **parameters)
    if parameters.get("level") is None:  # the command line lists queues and groups together
        told += rows(store, columns=1, **parameters | {"level": "group"})
    mine = [{k: v for k, v in row.items() if k not in spared} for row in told]
    theirs = printed(store, *arguments)
    if parameters.get("level") is None and "sites" not in parameters:
        mine = [row for row in mine if not row["group"]]  # groups stand by site here
        theirs = [row for row in theirs if not row["group"]]
    assert mine
    key = lambda row: (row["start"], row["queue"], row["group"], row["site"])  # noqa: E731
    assert sorted(mine, key=key) == sorted(theirs, key=key)


def test_a_row_says_how_final_it_is_and_what_it_stands_against(store):
    first, second, third = rows(store, queue="sales")
    assert (first["offered"], first["service_level"]) == (20, 0.9)
    assert (first["state"], first["revision"], first["completeness"]) == ("FINAL", 1, 1.0)
    assert first["start_ms"] == ms(DAY)
    assert first["start"] == "2026-03-02T09:00:00+09:00"
    assert first["service_level_target"] == 0.8
    assert first["service_level_gap"] == pytest.approx(0.1)
    assert (second["state"], second["revision"], second["service_level"]) == ("RESTATED", 2, 0.7)
    assert third["state"] == "PROVISIONAL"


def test_a_target_that_changed_within_the_span_is_no_single_target(store):
    (month,) = rows(store, span="month", queue="sales")
    assert month["offered"] == 40
    assert (month["service_level_target"], month["service_level_gap"]) == (None, None)


def test_a_day_is_the_program_s_own_and_always_a_whole_one(store):
    """20:00 UTC is the next morning in Tokyo; a moment of a day brings all of it."""
    noon = ms(DAY + timedelta(hours=3))
    (day,) = rows(store, span="day", queue="sales", since=noon, to=noon + HOUR_MS)
    assert (day["start"], day["offered"]) == ("2026-03-02T00:00:00+09:00", 30)


def test_no_traffic_is_no_row_and_what_nobody_measured_is_null(store):
    assert rows(store, since=ms(DAY - timedelta(days=9)), to=ms(DAY - timedelta(days=8))) == []
    chat = rows(store, queue="chat 1&2", kpi=["aht", "asa"])[0]
    assert chat["kpis"] == {"aht": None, "asa": 5.0}
    assert chat["service_level_target"] is None
    assert "columns" not in chat


def test_people_are_read_by_group_and_site(store):
    found = rows(store, level="group")
    assert {row["site"]: row["available_fte"] for row in found} == {"berlin": 0.5, "osaka": 1.0}
    (one,) = rows(store, level="group", site="osaka")
    assert (one["group"], one["available_fte"]) == ("tier1", 1.0)
    assert rows(store, level="group", group="tier2") == []


def test_grafana_s_choices_are_understood(store):
    every = rows(store)
    assert rows(store, **{"var-queue": ".*", "var-program": "$__all"}) == every
    chosen = rows(store, **{"var-queue": ["chat 1&2", "none"], "var-program": "shop"})
    assert {row["queue"] for row in chosen} == {"chat 1&2"}
    both = rows(store, **{"var-queue": ["chat 1&2", "sales"]})
    assert both == every
    assert {row["queue"] for row in rows(store, **{"var-channel": "voice"})} == {"sales"}


def test_what_boards_ask_is_answered_and_holds_every_field_they_show(store):
    page, asked = LedgerPage(store), 0
    since, until = ms(DAY), ms(DAY + timedelta(days=1))
    for path in PATHS:
        for panel in panels(path):
            for target in panel["targets"]:
                if "url" not in target:
                    continue
                query = target["url"].partition("?")[2]
                query = query.replace("${__from}", str(since)).replace("${__to}", str(until))
                for name in NAMES:
                    query = query.replace(f"${{{name}:queryparam}}", f"var-{name}=.*")
                status, _, body = page(query)
                assert status == 200, body
                (*_, row) = json.loads(body)[target["root_selector"]]
                for column in target["columns"]:
                    found = row
                    for part in column["selector"].split("."):
                        assert part in found, column
                        found = found[part]
                asked += 1
    assert asked >= 14


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"span": "week"}, "span: 'week'"),
        ({"minutes": 20}, "minutes: '20'"),
        ({"level": "site"}, "level: 'site'"),
        ({"quueue": "sales"}, "unknown parameter 'quueue'"),
        ({"kpi": "magic"}, "no KPI 'magic'"),
        ({"since": ""}, "from is missing"),
        ({"since": "yesterday"}, "'yesterday' is no date"),
        ({"to": ms(DAY) - 1}, "from must lie before to"),
        ({"to": ms(DAY + timedelta(days=41))}, "by 40 days at most"),
        ({"sites": "maybe"}, "sites: 'maybe'"),
        ({"since": 10**15, "to": 10**15 + 1}, "after 2199"),
        ({"since": "0001-01-01", "to": "0001-01-02"}, "before 1970"),
    ],
    ids=str,
)
def test_a_query_that_means_nothing_is_refused_with_what_to_write(store, parameters, named):
    status, told = answered(store, **parameters)
    assert status == 400
    assert named in told["error"]
    assert told["hint"]


@given(st.text(max_size=60))
def test_no_query_does_more_than_be_refused(query):
    try:
        understood(query, PLAN)
    except UserError as error:
        assert error.hint


def test_a_name_is_never_taken_for_sql(store):
    assert rows(store, queue="x' OR '1'='1") == []


def test_a_store_that_is_gone_is_told_as_such(tmp_path):
    status, told = answered(tmp_path / "none.db")
    assert (status, "no such store" in told["error"]) == (503, True)


def fetched(port, path, token=None):
    request = urllib.request.Request(f"http://{LOOPBACK}:{port}{path}")
    if token is not None:
        request.add_unredirected_header("Authorization", token)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        assert error.status != 401 or error.headers["WWW-Authenticate"] == "Bearer"
        return error.status, error.read()


SENT = f"Bearer {TOKEN}".encode().decode("latin-1")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        *((None, 401), ("", 401), (TOKEN.replace("ä", "a"), 401), ("Bearer ", 401)),
        *((f"Bearer {'x' * 2000}", 401), (SENT.replace("Bearer", "Basic"), 401), (SENT, 200)),
    ],
    ids=["nothing", "empty", "without scheme", "no token", "long", "scheme", "token"],
)
def test_beyond_loopback_only_the_token_opens_the_ledger(store, sent, status):
    page = LedgerPage(store)
    with serve_ledger(LOOPBACK, 0, page, TOKEN) as server:
        path = f"/ledger?from={ms(DAY)}&to={ms(DAY) + HOUR_MS}"
        found, body = fetched(server.port, path, sent)
        assert found == status
        assert (b"sales" in body) == (status == 200)
        assert fetched(server.port, "/anything", sent)[0] == (404 if status == 200 else 401)
        assert [fetched(server.port, probe)[0] for probe in ("/live", "/ready")] == [200, 200]


def test_on_loopback_nobody_is_asked(store):
    with serve_ledger(LOOPBACK, 0, LedgerPage(store)) as server:
        assert fetched(server.port, f"/ledger?from={ms(DAY)}&to={ms(DAY) + HOUR_MS}")[0] == 200
        assert fetched(server.port, "/metrics") == (404, b"try /ledger, /live, /ready\n")


@pytest.mark.parametrize(
    ("host", "token", "required"),
    [
        *(("127.0.0.1", "", ""), ("localhost", "", ""), ("::1", "", ""), ("127.8.0.1", "t", "")),
        *(("0.0.0.0", "t", "t"), ("::", "t", "t"), ("center.example", "t", "t"), ("", "t", "t")),
    ],
)
def test_a_token_is_required_where_others_reach_the_server(host, token, required):
    settings = Settings.load(None, {"http": {"host": host, "token": token}})
    assert settings.http.required_token == required
    assert "t" not in repr(settings.http.token).replace("SecretStr", "")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "center.example", ""])
def test_an_open_server_without_a_token_does_not_start(host):
    with pytest.raises(InvalidSettings, match="token must be set") as caught:
        Settings.load(None, {"http": {"host": host}})
    assert "FLOORWATCH_HTTP__TOKEN" in str(caught.value)


def test_the_ledger_is_served_from_a_store_by_the_command(store, tmp_path):
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    command = ("ledger", "serve", "--store", str(store), "--port", str(port))
    started = subprocess.Popen(
        [sys.executable, "-m", "streams.cli", *command], stderr=subprocess.PIPE, cwd=tmp_path
    )
    killed = threading.Timer(30, started.kill)
    killed.start()
    try:
        assert b"/ledger" in started.stderr.readline()
        path = "/ledger?from=2026-03-02&to=2026-03-03&queue=sales"
        status, body = fetched(port, path)
    finally:
        started.terminate()
        assert started.wait(20) == 0
        killed.cancel()
        started.stderr.close()
    assert status == 200
    assert [row["offered"] for row in json.loads(body)["rows"]] == [20, 10]


def test_a_store_that_is_not_there_is_not_served():
    result = CliRunner().invoke(app, ["ledger", "serve", "--store", str(Path("none.db"))])
    assert result.exit_code == 2
    assert "no such store" in result.output
