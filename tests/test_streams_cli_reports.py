"""`floorwatch flash` and `floorwatch handover`: a morning as an analyst and the next shift read it."""

import json
import shutil
from contextlib import closing
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from streams.checkpoint.sqlite import Commit, SqliteStore
from tests.staged_day import DAY, floorwatch, ran
from tests.staged_shift import AWAY, CONFIG, OPENS_MS, morning

PARTS = ("offered", "aht", "asa", "state", "revision", "completeness")
NAMED = "\n[staff]\nshow_staff = true\npersonal_figures = true\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return morning(tmp_path_factory.mktemp("shift"))


def told(*arguments: str | Path) -> Any:
    return json.loads(ran(floorwatch(*arguments, "--json")).stdout)


@pytest.fixture(scope="module")
def flash(store: Path) -> dict[str, Any]:
    return dict(told("flash", "--store", store))


@pytest.fixture(scope="module")
def handover(store: Path) -> dict[str, Any]:
    span = ("--from", f"{DAY}T09:00", "--to", f"{DAY}T11:00")
    return dict(told("handover", "--store", store, *span))


def of_queue(rows: list[dict[str, Any]], queue: str) -> dict[str, Any]:
    (row,) = [one for one in rows if one["queue"] == queue]
    return row


def test_the_last_interval_is_what_ledger_and_plan_show_say_of_it(
    store: Path, flash: dict[str, Any]
) -> None:
    row = of_queue(flash["last_intervals"], "cards")
    assert row["start"] == f"{DAY}T10:30:00+09:00"
    span = ("--from", f"{DAY}T10:30", "--to", f"{DAY}T11:00", "--queue", "cards")
    (ledger,) = told("ledger", "--store", store, *span)
    assert {name: row[name] for name in PARTS} == {name: ledger[name] for name in PARTS}
    assert (row["level"], row["abandonment"]) == (ledger["service_level"], ledger["abandon_voice"])
    shown = told("plan", "show", "--store", store, "--queue", "cards")
    (same,) = [one for one in shown if one["start"] == row["start"]]
    for name in ("required", "scheduled", "there", "level", "forecast"):
        assert row[name] == same[name], name
    assert row["gap"] == pytest.approx(row["level"] - 0.8)
    assert (row["standing"], row["scheduled"], row["there"]) == ("missed", 9, 8)


def test_a_deviation_stands_beside_what_chance_alone_would_do(flash: dict[str, Any]) -> None:
    row = of_queue(flash["last_intervals"], "cards")
    assert row["deviation"] == pytest.approx(row["offered"] / 90 - 1)
    assert row["z"] == pytest.approx((row["offered"] - 90) / 90**0.5)
    assert row["aht_deviation"] == pytest.approx(row["aht"] / 180 - 1)
    assert row["t"] == pytest.approx((row["aht"] - 180) / 180 * row["ans"] ** 0.5, rel=0.05)
    day = of_queue(flash["day_so_far"], "cards")
    assert day["z"] == pytest.approx((day["offered"] - 360) / 360**0.5)
    assert day["end"] == f"{DAY}T11:00:00+09:00"


def test_a_program_whose_feed_is_behind_is_unknown_and_never_zero(flash: dict[str, Any]) -> None:
    row = flash["last_intervals"][-1]
    assert (row["queue"], row["state"], row["standing"]) == ("tours", "unknown", "unknown")
    assert (row["offered"], row["level"], row["gap"]) == (None, None, None)
    (travel,) = [one for one in flash["last_programs"] if one["program"] == "travel"]
    assert (travel["state"], travel["offered"], travel["unknown"]) == ("unknown", None, 1)
    (feed,) = [one for one in flash["feeds"] if one["source"] == "tours"]
    assert feed["behind_s"] == 1800
    assert feed["standing"] == "silent"


def test_the_worst_queue_stands_first_and_one_without_contacts_is_not_zero_percent(
    store: Path, flash: dict[str, Any]
) -> None:
    queues = [one["queue"] for one in flash["last_intervals"]]
    assert queues == ["cards", "loans", "tours"]
    loans = of_queue(flash["last_intervals"], "loans")
    assert (loans["offered"], loans["level"], loans["standing"]) == (0, None, "no_traffic")
    line = next(
        one
        for one in ran(floorwatch("flash", "--store", store)).stdout.splitlines()
        if "loans" in one
    )
    assert "no contacts" in line and " 0.0%" not in line


def test_queues_with_targets_of_their_own_give_a_program_no_verdict(flash: dict[str, Any]) -> None:
    (bank,) = [one for one in flash["last_programs"] if one["program"] == "bank"]
    assert (bank["standing"], bank["target"], bank["below"]) == ("targets_differ", None, 1)
    assert bank["offered"] == of_queue(flash["last_intervals"], "cards")["offered"]


def test_a_site_has_its_people_and_no_service_level(flash: dict[str, Any]) -> None:
    sites = {one["site"]: one for one in flash["last_sites"]}
    assert {name: one["there"] for name, one in sites.items()} == {"oslo": 6, "rome": 2}
    assert not {"level", "offered", "abandonment"} & sites["oslo"].keys()
    (desk,) = flash["last_groups"]
    assert (desk["required"], desk["scheduled"], desk["there"]) == (10, 9, 8)
    assert desk["staff_deviation"] == pytest.approx(-0.2)
    assert desk["requested"] is None


def test_the_rest_of_the_day_is_that_of_plan_show(store: Path, flash: dict[str, Any]) -> None:
    (row,), (same,) = flash["rest_of_day"], told("plan", "show", "--store", store)
    for name in row.keys() & same.keys():
        assert row[name] == same[name], name
    assert row["projected_low"] < row["projected"] < row["projected_high"]
    assert (row["needed"] > 1, row["outlook"]) == (True, "lost")


def test_a_shift_tells_ranges_below_target_with_their_cause(
    store: Path, handover: dict[str, Any]
) -> None:
    first, *_ = handover["incidents"]
    assert (first["kind"], first["cause"]) == ("service_level", "staff")
    span = ("--from", first["start"], "--to", first["end"], "--queue", "cards")
    *_, pooled = told("diagnose", "--store", store, *span)
    assert first["level"] == pytest.approx(pooled["level"])
    assert first["by_staff"] == pytest.approx(pooled["by_staff"], abs=0.02)
    (tours,) = [one for one in handover["incidents"] if one["queue"] == "tours"]
    assert (tours["kind"], tours["offered"]) == ("unknown", None)
    assert (tours["start"][11:16], tours["end"][11:16]) == ("10:30", "11:00")
    cards = of_queue(handover["shift_queues"], "cards")
    assert (cards["forecast"], cards["standing"]) == (360, "missed")


def test_a_queue_without_a_forecast_is_said_to_have_none_and_its_volume_is_not_unknown(
    flash: dict[str, Any],
) -> None:
    told = {one["queue"]: one["signal"] for one in flash["last_intervals"]}
    assert told["loans"] == "no_forecast"
    assert flash["headline"][3].startswith("Day so far: volume ")


def test_a_shift_up_to_now_ends_with_a_planning_interval_so_that_its_forecast_can_be_compared(
    tmp_path: Path,
) -> None:
    at_ten_to_eleven = morning(tmp_path, OPENS_MS + 110 * 60_000)
    shift = told("handover", "--store", at_ten_to_eleven, "--hours", 1.5)
    assert shift["known_to"][11:16] >= "10:45"
    assert (shift["from"][11:16], shift["to"][11:16]) == ("09:00", "10:30")
    cards = of_queue(shift["shift_queues"], "cards")
    assert (cards["forecast"], cards["signal"]) == (270, "noise")


def test_a_report_begins_with_what_its_tables_say_in_a_few_sentences(
    store: Path, flash: dict[str, Any], handover: dict[str, Any]
) -> None:
    cards = of_queue(flash["last_intervals"], "cards")
    level = f"{int(cards['level'] * 1000) / 10}%"
    assert flash["headline"][0] == (
        "10:30-11:00: 1 of 3 queues below target, 1 unknown: "
        f"cards {level} / 80.0% (service level / target)"
    )
    assert flash["headline"][1].startswith(
        "Staff: 1 of 1 groups below what the plan requires: desk 8.0 / 10.0 FTE"
    )
    assert "out of reach for 1" in flash["headline"][4]
    assert "tours" in flash["headline"][5]
    assert any(one.startswith("Incidents: ") for one in handover["headline"])
    text = ran(floorwatch("flash", "--store", store)).stdout
    assert f"\n- {flash['headline'][0]}\n" in text
    assert f"Known up to: {flash['known_to'][:16].replace('T', ' ')}+09:00\n" in text
    page = ran(floorwatch("flash", "--store", store, "--html", "--lang", "ja")).stdout
    assert "10:30-11:00: 3キュー中1キューが目標未達、1キューは不明" in page


def test_actions_stand_with_what_act_measures_of_them(
    store: Path, handover: dict[str, Any]
) -> None:
    assert handover["effects"] == told("act", "measure", "--store", store)
    assert [one["number"] for one in handover["actions"]] == [1]
    assert [one["number"] for one in handover["actions_open"]] == [1]


def test_the_coming_shift_is_told_by_its_shortest_interval(
    store: Path, handover: dict[str, Any]
) -> None:
    (row,) = handover["coming_shift"]
    ahead = [
        one
        for one in told("plan", "show", "--store", store, "--queue", "cards")
        if one["projected"] is not None
    ]
    assert row["projected"] == pytest.approx(sum(one["projected"] for one in ahead))
    assert row["gap"] == min(one["expected"] - one["required_low"] for one in ahead)
    assert row["level_low"] == min(one["level_low"] for one in ahead)
    assert row["staffing"] == "short"


def test_nobody_is_named_unless_both_settings_allow_it(
    store: Path, handover: dict[str, Any], tmp_path: Path
) -> None:
    assert handover["out_of_schedule"] == [
        {"program": "bank", "group": "desk", "site": "oslo", "found": "no_show", "staff": 1}
    ]
    for told_of, names in ((CONFIG + NAMED, [AWAY]), (CONFIG + NAMED[:-24] + "\n", [])):
        (tmp_path / "c.toml").write_text(told_of)
        rows = told("handover", "--store", store, "-c", tmp_path / "c.toml")["out_of_schedule"]
        assert [one["staff"] for one in rows if one["staff"] != 1] == names


def test_what_was_restated_is_told_with_its_reason_and_beside_its_figure(
    store: Path, tmp_path: Path
) -> None:
    for path in store.parent.glob("center.db*"):
        shutil.copy(path, tmp_path / path.name)
    with closing(SqliteStore(tmp_path / "center.db")) as kept:
        records = kept.ledger("queue = 'cards' AND basis = 'arrival'")
        (one,) = [each for each in records if each.bucket_ms == OPENS_MS + 105 * 60_000]
        more = {**one.columns, "offered": one.columns["offered"] + 1}
        late = one._replace(revision=2, state="RESTATED", columns=more, reason="late_event")
        late = late._replace(old_columns=one.columns)
        kept.commit(Commit(kept.snapshot() or b"", {}, [late], [], 0))
    shift = told("handover", "--store", tmp_path / "center.db")
    (row,) = shift["restated"]
    assert (row["reason"], row["revision"]) == ("late_event", 2)
    assert (row["old"], row["new"]) == tuple(f"offered={of['offered']}" for of in (one[9], more))
    assert of_queue(shift["shift_queues"], "cards")["revision"] == 2


class Reader(HTMLParser):
    """Tags, what they ask for, and the text of coloured cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.asked, self.coloured = set[str](), list[str](), list[list[str]]()
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.asked += [str(given[name]) for name in ("src", "href") if name in given]
        self._open = bool({"good", "bad", "warn"} & set((given.get("class") or "").split()))
        if self._open:
            self.coloured.append([])

    def handle_data(self, data: str) -> None:
        if self._open:
            self.coloured[-1].append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self._open = False


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("command", ["flash", "handover"])
def test_a_page_asks_for_nothing_and_says_a_word_beside_each_colour(
    store: Path, command: str, lang: str
) -> None:
    page = ran(floorwatch(command, "--store", store, "--html", "--lang", lang)).stdout
    read = Reader(page)
    assert not read.asked and not read.tags & {"script", "img", "link", "iframe", "b"}
    assert "&lt;b&gt;overtime&lt;/b&gt; &amp; breaks" in page
    assert f'<html lang="{lang}">' in page and "@media print" in page
    assert read.coloured
    assert all(any(part and not part[0].isdigit() for part in cell) for cell in read.coloured)
    assert ("不明" in page) == (lang == "ja")


def test_a_copied_ledger_says_what_it_cannot_know(store: Path, tmp_path: Path) -> None:
    shutil.copy(store, tmp_path / "copy.db")
    shutil.copy(f"{store}.plan.jsonl", tmp_path / "copy.db.plan.jsonl")
    with closing(SqliteStore(tmp_path / "copy.db")) as kept:
        kept._db.execute("DELETE FROM snapshot")
    copied = told("flash", "--store", tmp_path / "copy.db")
    assert "no live state" in copied["warnings"][0]
    assert (copied["rest_of_day"], copied["feeds"]) == (None, None)
    row = of_queue(copied["last_intervals"], "cards")
    assert (row["start"], row["there"]) == (f"{DAY}T10:30:00+09:00", None)
    assert row["z"] == pytest.approx((row["offered"] - 90) / 90**0.5)


ALERTS = [
    {"labels": {"alertname": "StaffShort", "severity": "warning", "program": "bank"},
     "startsAt": "2026-03-02T01:40:00Z", "annotations": {"summary": "2 FTE fewer", "summary_ja": "2 FTE不足"}},
    {"labels": {"alertname": "WorkerDown", "severity": "critical"},
     "startsAt": "2026-03-02T01:50:00Z", "annotations": {"summary": "no answer"}},
    {"labels": {"alertname": "StaffShort", "severity": "critical", "program": "travel"},
     "startsAt": "2026-03-02T01:00:00Z", "annotations": {}},
    {
        "labels": {"alertname": "Watchdog", "severity": "info", "layer": "monitor"},
        "annotations": {},
    },
]  # fmt: skip


class Alertmanager(BaseHTTPRequestHandler):
    """Answers as API v2 does, under /broken as nothing does; under /bare no Prometheus sends it anything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        broken = self.path.startswith("/broken")
        told = [] if self.path.startswith("/bare") else ALERTS
        self.wfile.write(b"<html>" if broken else json.dumps(told).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_alerts_are_listed_where_an_alertmanager_is_named_and_unknown_where_it_fails(
    store: Path, handover: dict[str, Any]
) -> None:
    assert handover["alerts"] is None
    assert "name --alertmanager URL" in ran(floorwatch("handover", "--store", store)).stdout
    with ThreadingHTTPServer(("127.0.0.1", 0), Alertmanager) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        rows = told("handover", "--store", store, "--program", "bank", "--alertmanager", url)
        broken = floorwatch("handover", "--store", store, "--alertmanager", f"{url}/broken")
        bare = ("handover", "--store", store, "--alertmanager", f"{url}/bare")
        assert told(*bare)["alerts"] is None, "that nothing fires says nothing there"
        assert "No Watchdog is heard" in ran(floorwatch(*bare)).stdout
        read = {
            lang: ran(
                floorwatch("handover", "--store", store, "--alertmanager", url, "--lang", lang)
            )
            for lang in ("en", "ja")
        }
        server.shutdown()
        thread.join()
    assert [one["alert"] for one in rows["alerts"]] == ["WorkerDown", "StaffShort"]
    assert [(one["summary"], one["summary_ja"]) for one in rows["alerts"]] == [
        *(("no answer", ""), ("2 FTE fewer", "2 FTE不足")),
    ]
    for lang, says, other in (
        ("en", "2 FTE fewer", "2 FTE不足"),
        ("ja", "2 FTE不足", "2 FTE fewer"),
    ):
        assert says in read[lang].stdout and other not in read[lang].stdout
        assert "no answer" in read[lang].stdout, "a rule that has no Japanese"
        assert "Watchdog" not in read[lang].stdout
    assert all(one["since"].endswith("+09:00") for one in rows["alerts"]), "the programs' clock"
    assert broken.exit_code == 0 and "are unknown" in broken.stderr
    assert "are unknown" in broken.stdout


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("handover", ("--from", f"{DAY}T10:00", "--to", f"{DAY}T09:00"), "ends behind its start"),
        ("handover", ("--from", f"{DAY}T10:05", "--to", f"{DAY}T11:00"), "quarter of an hour"),
        ("handover", ("--program", "shop"), "nothing of program 'shop'"),
        ("flash", ("--program", "shop"), "nothing of program 'shop'"),
        ("flash", ("--json", "--html"), "one form at a time"),
    ],
)
def test_a_report_that_cannot_be_meant_is_refused(
    store: Path, command: str, arguments: tuple[str, ...], said: str
) -> None:
    done = floorwatch(command, "--store", store, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_line_or_bot_is_no_queue_and_a_program_has_no_deviation_of_half_its_queues(
    store: Path, tmp_path: Path
) -> None:
    for path in store.parent.glob("center.db*"):
        shutil.copy(path, tmp_path / path.name)
    with closing(SqliteStore(tmp_path / "center.db")) as kept:
        told_of = kept.ledger("queue = 'cards' AND basis = 'arrival' AND bucket_ms >= ?",
                              (OPENS_MS + 90 * 60_000,))  # fmt: skip
        known = list(told_of)
        lines = [one._replace(queue="0120", channel="telecom") for one in known]
        # Loans has contacts now, and no forecast.
        loans = [one._replace(queue="loans", revision=7, state="RESTATED") for one in known]
        kept.commit(Commit(kept.snapshot() or b"", {}, [*lines, *loans], [], 0))
    flash = told("flash", "--store", tmp_path / "center.db")
    assert {one["queue"] for one in flash["last_intervals"]} == {"cards", "loans", "tours"}
    (bank,) = [one for one in flash["last_programs"] if one["program"] == "bank"]
    assert (bank["queues"], bank["forecast"], bank["deviation"]) == (2, None, None)
