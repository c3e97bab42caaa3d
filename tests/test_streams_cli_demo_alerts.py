"""`demo --alerts`: a real Prometheus and a real Alertmanager beside it, as long as it runs."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from urllib.error import URLError

import pytest
from selenium.webdriver.common.by import By

from tests.browser import browser, seen
from tests.data import ROOT
from tests.judged_demo import DEMO, demo
from tests.rules.servers import wait_until

pytestmark = pytest.mark.needs_prometheus
KANA_OR_KANJI = re.compile(r"[ぁ-ヿ一-鿿]")


def read(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def names(told):
    return {one["labels"]["alertname"] for one in told}


@pytest.fixture(autouse=True)
def terminal_that_can_be_closed():
    """Under nohup a demo, as its parent, does not end with the terminal: not even where this is tested."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["Ctrl-C", "closed"])
def test_the_page_shows_what_fires_and_both_servers_end_with_the_demo(tmp_path, number):
    with demo(tmp_path) as shown:
        watchdog = f"{shown.alertmanager}/api/v2/alerts"
        wait_until(lambda: "Watchdog" in names(read(watchdog)), 60, "the sign of life")
        panel = wait_until(lambda: (told := shown.panel())["known"] and told, 20, "the panel")
        assert bool(panel["rows"]) != bool(panel["said"])
        assert panel["said"] in ("", "None is firing.")
        heard = names(read(watchdog))
        assert not {"WorkersMissing", "WorkerDown"} & heard, "it was there before it was judged"
        groups = read(f"{shown.prometheus}/api/v1/rules")["data"]["groups"]
        assert {each["health"] for group in groups for each in group["rules"]} <= {"ok", "unknown"}
        assert list(tmp_path.iterdir())
        shown.process.send_signal(number)
        assert shown.process.wait(60) == 0
        for url in (shown.alertmanager, shown.prometheus):
            with pytest.raises(URLError, match="refused"):
                read(url)
        assert not list(tmp_path.iterdir()), "nothing is left behind"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "closed"])
def test_who_is_ended_before_anything_is_shown_leaves_nothing_behind(tmp_path, number):
    process = subprocess.Popen(
        DEMO, cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    logs = wait_until(lambda: list(tmp_path.glob("*/alertmanager.log")), 60, "Alertmanager")
    wait_until(lambda: "Listening on" in logs[0].read_text("utf-8"), 30, "its address")
    at = re.findall(r"Listening on.*?(127\.0\.0\.1:\d+)", logs[0].read_text("utf-8"))[0]
    process.send_signal(number)
    assert process.wait(60) in (0, 128 + number)
    assert not list(tmp_path.iterdir())
    with pytest.raises(URLError, match="refused"):
        read(f"http://{at}")


@pytest.mark.needs_browser
def test_an_analyst_reads_in_japanese_that_a_site_is_lost(tmp_path):
    folder = tmp_path / "demo"
    folder.mkdir()
    with demo(folder, "--lang", "ja") as shown, browser(tmp_path) as driver:
        driver.get(shown.page)

        def lost():
            words = seen(driver, "#alerts li > *")
            told = [words[at : at + 3] for at in range(0, len(words), 3)]
            return [each for each in told if each[0] == "重大: SiteUnstaffed"] and told

        told = wait_until(lost, 90, "the lost site on the page")
        (_, where, said), *_ = [each for each in told if each[0] == "重大: SiteUnstaffed"]
        assert where == "nagoya"
        assert re.fullmatch(r"\d+:\d\d nagoya: 稼働要員なし\(必要人員[\d.]+ FTE\)", said)
        assert all(KANA_OR_KANJI.search(said) for _, _, said in told), told
        assert driver.find_element(By.ID, "alerts-said").text == ""


def test_it_ends_by_itself_and_what_it_started_too(tmp_path):
    with demo(tmp_path, "--for", "3") as shown:
        assert shown.process.wait(60) == 0
        until = time.monotonic() + 5
        while list(tmp_path.iterdir()) and time.monotonic() < until:
            time.sleep(0.1)
        assert not list(tmp_path.iterdir())
        with pytest.raises(URLError, match="refused"):
            read(shown.alertmanager)
