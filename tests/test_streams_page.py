"""The page: whom it tells what, and that it tells what the terminal board and `plan show` tell."""

import http.client
import json
import logging
import socket
import threading
import time
import urllib.parse
from contextlib import closing
from dataclasses import replace

import pytest

from streams.board.figures import Mark, floor
from streams.board.people import groups
from streams.board.render import queue_table
from streams.board.words import UNKNOWN
from streams.clock import ManualClock, ScaledClock
from streams.http import LOOPBACK
from streams.page.alerts import WITHIN_S, Alerts, firing
from streams.page.day import CURVES, day_of
from streams.page.live import FILES, STILL_THERE
from streams.page.tables import cells
from streams.page.words import labels
from streams.planning.came import came
from streams.planning.curves import curves_of
from streams.planning.day_curve import day_curve
from streams.planning.deviation import deviations
from streams.planning.rest import rest_of_day
from streams.view import Past
from tests import views
from tests.broker import until
from tests.shown_page import EVIL, PLAN, TOKEN, page_of, served, shown_view
from tests.views import AT_MS, BEFORE_MS, CARDS, key


def events(text: bytes) -> dict[str, dict]:
    """The events of a push by name."""
    found = {}
    for block in text.decode().strip().split("\n\n"):
        name, data = block.split("\n")
        found[name.removeprefix("event: ")] = json.loads(data.removeprefix("data: "))
    return found


def pushed(view=shown_view, query="lang=en", trusted=False, **options):
    return events(page_of(view, **options).open(query, trusted)())


def get(server, path, **headers):
    with closing(http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def send_token(server, token):
    with closing(http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)) as connection:
        form = urllib.parse.urlencode({"token": token})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/token", form, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Set-Cookie", "")


def first_push(server, **headers):
    with closing(http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)) as connection:
        connection.request("GET", "/events?lang=en", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("Content-Type") == "text/event-stream"
        block = answer.readline() + answer.readline()
        return events(block)["moment"]


def test_queues_are_those_of_the_terminal_in_its_order_with_its_words():
    told = pushed()["moment"]["queues"]
    shown = floor(shown_view(), PLAN, AT_MS)
    terminal = cells(queue_table(shown, 500, "en", None), "queues", "en")
    heads, _, rows, _ = told["table"]
    assert heads == terminal.heads[:-1]
    assert [[tuple(cell) for cell in row] for row in rows] == [row[:-1] for row in terminal.rows]
    assert told["keys"][0] == "bank/web/chat"


def test_nothing_of_a_silent_feed_is_a_number():
    silent = views.live("bank")._replace(silent=True)
    told = pushed(lambda: shown_view(sources=(silent,)))["moment"]
    assert {figure["text"] for figure in told["figures"]} == {UNKNOWN}
    assert {figure["note"] for figure in told["figures"][1:]} == {"? unknown"}
    assert told["figures"][0]["note"] == "? of 4 queues, 4 unknown"
    assert {cell[0] for row in told["queues"]["table"][2] for cell in row[2:]} <= {
        *(UNKNOWN, f"{UNKNOWN} unknown"),
    }
    assert {mark for marks in told["queues"]["marks"] for mark, *_ in marks} == {"?"}
    assert [(state["known"], state["counts"]) for state in told["states"]] == [("unknown", [])]
    assert told["attention"]["rows"] == [["bank", f"{UNKNOWN} unknown", ""]]
    named = pushed(lambda: shown_view(sources=(silent,)), names=True, simulated=True)["moment"]
    assert named["attention"]["rows"] == [["", "bank", f"{UNKNOWN} unknown", ""]]


def test_before_the_first_event_everything_is_unknown_and_nothing_is_met():
    told = pushed(lambda: views.view(queues=(), sources=(), watermarks={}))
    assert set(told) == {"moment"}
    assert {figure["text"] for figure in told["moment"]["figures"]} == {UNKNOWN}
    assert told["moment"]["note"].startswith("No queue yet")


def test_an_interval_that_has_left_the_live_state_is_unknown_not_without_traffic():
    at = BEFORE_MS - 900_000
    left = Past(0, {key(CARDS, at): [4, 0, 0]}, {}, {})
    (closed,) = [one.closed for one in floor(shown_view(past=left), PLAN, AT_MS, 3).queues
                if one.name == "cards"]  # fmt: skip
    assert [one.mark for one in closed] == [Mark.NO_TRAFFIC, Mark.UNKNOWN, Mark.MISSED]


def test_a_view_that_cannot_be_had_is_told_as_unknown_and_nothing_old_with_it(caplog):
    shown, busy = shown_view(), threading.Event()

    def source():
        if busy.is_set():
            raise TimeoutError
        return shown

    following = page_of(source).open("lang=en", False)
    assert set(events(following())) == {"moment", "day"}
    busy.set()
    until(lambda: (told := following()) != STILL_THERE and set(events(told)) == {"unknown"})
    assert not caplog.records

    def broken():
        raise ValueError("broken")

    assert set(pushed(broken)) == {"unknown"}
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_the_day_is_the_one_of_plan_show():
    view = shown_view()
    found = deviations(view, PLAN)
    rest = rest_of_day(view, PLAN, curves_of(view.day_plan, PLAN), found)
    expected = day_curve(view, PLAN, rest, found, came(view, ()), 0)
    asked = []
    told = day_of(view, PLAN, rest, "bank/cards/voice", lambda *span: asked.append(span) or ())
    assert {name: told["curves"][name] for name in CURVES} == {
        name: [getattr(one, name) for one in expected] for name in CURVES
    }
    assert [start * 1000 for start in told["starts_s"]] == [one.start_ms for one in expected]
    assert asked == [(views.MIDNIGHT_MS, AT_MS)]
    assert any(told["curves"]["actual"])
    assert None in told["curves"]["actual"]


def test_a_day_is_sent_again_only_when_it_is_another():
    clock = ManualClock(AT_MS)
    following = page_of(shown_view, clock).open("lang=en&queue=bank/cards/voice", False)
    assert set(events(following())) == {"moment", "day"}
    clock.set(AT_MS + 1000)
    until(lambda: (told := following()) != STILL_THERE and set(events(told)) == {"moment"})


@pytest.mark.parametrize("queue", ["bank/loans/voice", "bank", "", f"bank/{EVIL}/voice"])
def test_a_queue_without_a_forecast_has_no_curve(queue):
    asked = urllib.parse.urlencode({"queue": queue or "bank/loans/voice"})
    assert pushed(query=asked)["day"]["curves"] is None


@pytest.mark.parametrize(
    ("options", "trusted", "named", "reason"),
    [
        ({"names": True, "token": TOKEN}, True, True, ""),
        ({"names": True, "token": TOKEN}, False, False, "token of [http]"),
        ({"names": True}, False, False, "none is set"),
        ({"names": False, "token": TOKEN}, True, False, "show_staff is false"),
        ({"names": True, "simulated": True}, False, True, ""),
    ],
)
def test_people_are_named_where_settings_allow_it_to_whoever_sent_the_token(
    options, trusted, named, reason
):
    told = pushed(trusted=trusted, **options)["moment"]["attention"]
    assert len(told["heads"]) == (4 if named else 3)
    assert reason in told["reason"]
    assert bool(told["reason"]) == bool(reason)
    assert (EVIL in json.dumps(told)) == named
    counted = ["card-desk", "not shown up", "1"]
    assert told["rows"] == [[EVIL, *counted[:2], "10:00"] if named else counted]


def test_a_list_of_people_that_is_cut_says_how_many_it_leaves_out():
    where = key(views.CARD_DESK, AT_MS, "north")
    busy = shown_view()
    counted = busy.attention._replace(counts={where: {"no_show": 3, "out_of_schedule": 2}})
    many = replace(busy, attention=counted)
    told = pushed(lambda: many, names=True, simulated=True)["moment"]["attention"]
    assert [row[0] for row in told["rows"]] == [EVIL, "+4 more"]


def test_groups_that_lack_people_are_counted_whatever_others_have_too_many():
    told = pushed()["moment"]["figures"][-1]
    (group,) = groups(shown_view(), PLAN, AT_MS)
    assert told["text"] == f"{group.there}"
    assert (told["note"], told["tone"]) == ("▲ asked 1, no group short", "good")
    short = shown_view(people={})
    told = pushed(lambda: short)["moment"]["figures"][-1]
    assert (told["note"], told["tone"]) == ("▼ asked 1, 1 groups short", "bad")


def test_what_takes_long_to_work_out_is_worked_out_less_often():
    asked = []

    def slow():
        asked.append(1)
        time.sleep(0.03)
        return shown_view()

    page = page_of(slow, every_s=0.001)
    following = page.open("lang=en", False)
    told = events(following())["moment"]
    assert told["every_s"] > 0.27
    assert {following() for _ in range(5)} == {STILL_THERE}
    assert len(asked) == 1
    until(lambda: following() != STILL_THERE)
    assert len(asked) == 2


def test_both_languages_have_every_word_and_say_it_differently():
    english, japanese = labels("en"), labels("ja")
    assert english.keys() == japanese.keys()
    assert all(english.values())
    assert all(japanese.values())
    same = {name for name in english if english[name] == japanese[name]}
    assert not same
    told = pushed(query="lang=ja")["moment"]
    assert told["figures"][0]["label"] == "目標未達キュー"


@pytest.mark.parametrize("path", ["/", *FILES])
def test_every_file_of_the_page_is_served_and_may_ask_nobody_else(path):
    with served() as server:
        status, headers, body = get(server, path)
    policy = headers["Content-Security-Policy"]
    assert (status, bool(body)) == (200, True)
    assert "default-src 'none'" in policy
    assert not [part for part in policy.split() if "//" in part or part == "*" or "unsafe" in part]
    assert b"Permission is hereby granted" in body or path != "/uPlot.LICENSE"


def test_beyond_loopback_the_page_is_shown_to_whoever_sent_the_token_once():
    with served(token=TOKEN, names=True) as server:
        status, _, form = get(server, "/", Accept="text/html")
        assert (status, b'name="token"' in form) == (401, True)
        assert get(server, "/events")[0] == 401
        assert get(server, "/page.css")[0] == 200
        assert send_token(server, "wrong") == (401, "")
        status, cookie = send_token(server, TOKEN)
        assert status == 303
        assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
        kept = cookie.partition(";")[0]
        assert TOKEN not in cookie
        assert get(server, "/", Cookie=kept)[0] == 200
        assert first_push(server, Cookie=kept)["attention"]["rows"][0][0] == EVIL
        assert get(server, "/metrics", Cookie=kept)[0] == 200
        assert get(server, "/", Cookie=f"{kept}0")[0] == 401


def test_on_loopback_the_token_opens_names_only():
    with served(names=True, token_of_names=TOKEN) as server:
        assert first_push(server)["attention"]["heads"][0] == "Staff group"
        _, cookie = send_token(server, TOKEN)
        told = first_push(server, Cookie=cookie.partition(";")[0])["attention"]
        assert [row[0] for row in told["rows"]] == [EVIL]


def test_a_reader_who_leaves_is_no_error(caplog):
    with served(every_s=0.01) as server:
        for _ in range(3):
            assert first_push(server)
        assert get(server, "/live")[0] == 200
        time.sleep(0.1)
    assert not caplog.records


def alert(name, severity="critical", **labels):
    return {
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": {"summary": f"{name} says so"},
    }


def test_alerts_are_told_the_worst_first_and_the_dead_mans_switch_is_none():
    told = [
        *(alert("Low", "warning", program="bank"), alert("Watchdog", "info", layer="monitor")),
        alert("Lost", queue="cards", program="bank", site="north"),
    ]
    found = firing([{**one, "startsAt": "2024-03-04T09:00:00Z"} for one in told])
    assert found.judged
    assert [(one.name, one.where) for one in found.alerts] == [
        *(("Lost", "north / bank / cards"), ("Low", "bank")),
    ]


@pytest.mark.parametrize(
    ("since", "ago"),
    [
        ("2024-03-04T08:58:45Z", "1:15"),
        ("2024-03-04T17:58:45.123456789+09:00", "1:14"),
        ("2024-03-04T09:00:01Z", "0:00"),  # its clock is a little ahead
        ("", ""),
    ],
)
def test_an_alert_says_for_how_long_it_has_fired_whatever_zone_it_is_told_in(
    monkeypatch, since, ago
):
    nine_ms = 1_709_542_800_000
    monkeypatch.setattr("streams.page.live.WallClock", lambda: ManualClock(nine_ms))
    found = firing([{**alert("Low", program="bank"), "startsAt": since}])
    (row,) = pushed(alerts=lambda: found)["moment"]["alerts"]["rows"]
    assert (row["name"], row["ago"]) == ("Low", ago)


def test_an_alert_of_a_faster_day_is_as_old_as_the_rest_of_the_page_says(monkeypatch):
    nine_ms = 1_709_542_800_000
    monkeypatch.setattr("streams.page.live.WallClock", lambda: ManualClock(nine_ms))
    found = firing([{**alert("Low", program="bank"), "startsAt": "2024-03-04T08:59:52Z"}])
    clock = ScaledClock(AT_MS, 10, ManualClock(nine_ms))
    (row,) = pushed(alerts=lambda: found, clock=clock)["moment"]["alerts"]["rows"]
    assert row["ago"] == "1:20", "eight seconds, ten times as fast"


def test_an_alert_says_its_summary_in_the_language_of_the_page_where_its_rule_has_one():
    low = {**alert("Low"), "annotations": {"summary": "too low", "summary_ja": "低すぎる"}}
    found = firing([low, alert("Own", "warning"), {**alert("Z", "page"), "annotations": {}}])

    def told(lang):
        rows = pushed(query=f"lang={lang}", alerts=lambda: found)["moment"]["alerts"]["rows"]
        return [(row["severity"], row["name"], row["summary"]) for row in rows]

    own = ("Own", "Own says so")
    none = ("page", "Z", "")
    assert told("en") == [("critical", "Low", "too low"), ("warning", *own), none]
    assert told("ja") == [("重大", "Low", "低すぎる"), ("警告", *own), none]


def test_that_nothing_fires_is_believed_only_where_the_dead_mans_switch_does():
    watchdog, low = alert("Watchdog", "info", layer="monitor"), alert("Low")

    def told(*alerts):
        panel = pushed(alerts=lambda: firing(list(alerts)))["moment"]["alerts"]
        return panel["known"], panel["said"], [row["name"] for row in panel["rows"]]

    unknown = "? No Watchdog is heard: whether rules are evaluated is unknown."
    assert told(watchdog) == (True, "None is firing.", [])
    assert told(watchdog, low) == (True, "", ["Low"])
    assert told() == (False, unknown, [])
    assert told(alert("Watchdog", "none")) == (False, unknown, []), "somebody else's"
    assert told(low) == (False, unknown, ["Low"])


def test_the_head_of_the_page_counts_what_fires_and_says_what_is_unknown():
    watchdog = alert("Watchdog", "info", layer="monitor")
    low, lost = alert("Low", "warning"), alert("Lost")

    def head(*alerts):
        return pushed(alerts=lambda: firing(list(alerts)))["moment"]["alerts"]["head"]

    assert head(watchdog) == ["✓ None is firing.", "good"]
    assert head(watchdog, low) == ["▼ Alerts firing: warning 1", "unknown"]
    assert head(low, lost, lost, watchdog) == ["▼ Alerts firing: critical 2, warning 1", "bad"]
    assert head() == ["? Alerts firing", "unknown"]
    assert head(alert("Own", ""), watchdog) == [f"▼ Alerts firing: {UNKNOWN} 1", ""]
    assert pushed()["moment"]["alerts"]["head"] == ["", ""]


def test_a_server_that_does_not_answer_holds_up_no_page_and_its_alerts_are_unknown():
    with socket.create_server((LOOPBACK, 0)) as deaf:
        alerts = Alerts(f"http://{LOOPBACK}:{deaf.getsockname()[1]}")
        began_s = time.monotonic()
        told = pushed(alerts=alerts)["moment"]["alerts"]
        assert time.monotonic() - began_s < WITHIN_S / 2
        assert (told["known"], told["rows"]) == (False, [])


def test_alerts_that_nobody_answers_for_are_unknown_and_those_nobody_is_asked_for_are_said(caplog):
    with served() as server:
        nowhere = f"http://{LOOPBACK}:{server.port}"
    told = pushed(alerts=Alerts(nowhere))["moment"]["alerts"]
    assert (told["known"], told["rows"]) == (False, [])
    assert told["said"] == f"Unknown: no answer from {nowhere}"
    assert "alerts of" in caplog.text
    told = pushed()["moment"]["alerts"]
    assert told["said"].startswith("Not configured: [alerts] url")
    told = pushed(simulated=True)["moment"]["alerts"]
    assert "floorwatch demo --alerts" in told["said"]
