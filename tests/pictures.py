"""Takes the README's pictures of the page anew: `make pictures`.

A demo as anybody starts it, with Prometheus, our rules and Alertmanager at its speed, so that the alerts on
the page are those that fire. Its site is lost at 10:18; the pictures are of some minutes later.
"""

import json
import os
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from selenium.webdriver.common.by import By

from streams.alerting.servers import free_port
from streams.http import LOOPBACK, Server
from streams.page.alerts import ALERTMANAGER
from tests.browser import browser
from tests.data import ROOT
from tests.rules.servers import monitored, wait_until

FOLDER = ROOT / "deploy/pictures"
SPEED = 10
DEMO = ("streams.cli", "demo", "--speed", str(SPEED), "--log-level", "error", "--port")
AT_LEAST = 4
"""Alerts on the picture: some of service, some of people."""
PICTURES = (("board.png", "en", 1920, 1080), ("board-ja.png", "ja", 1280, 720))


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        asked = {"url": ""}

        def relayed(_: object) -> tuple[int, str, bytes]:
            """What the Alertmanager tells, whose port is not known before the demo is up."""
            with urllib.request.urlopen(asked["url"], timeout=2) as answer:
                return answer.status, "application/json", answer.read()

        port = free_port()
        relay = Server(LOOPBACK, port, {"/api/v2/alerts": relayed})
        stack.callback(relay.close)
        os.environ["FLOORWATCH_ALERTS__URL"] = f"http://{LOOPBACK}:{port}"
        watched = stack.enter_context(monitored(folder, DEMO, SPEED, 1))
        (manager,) = wait_until(
            lambda: watched.ask("alertmanagers")["activeAlertmanagers"], 30, "Alertmanager"
        )
        asked["url"] = manager["url"].replace("/api/v2/alerts", ALERTMANAGER)
        page = watched.ask("targets")["activeTargets"][0]["scrapeUrl"].removesuffix("/metrics")
        wait_until(lambda: len(firing(asked["url"])) > AT_LEAST, 90, "alerts")
        for name, lang, width, height in PICTURES:
            with browser(folder, width, height) as driver:
                driver.get(f"{page}/?lang={lang}")
                wait_until(
                    lambda driver=driver: driver.find_elements(By.CSS_SELECTOR, "#alerts li"),
                    20, "alerts on the page",
                )  # fmt: skip
                time.sleep(1)
                driver.save_screenshot(str(FOLDER / name))


def firing(url: str) -> list[object]:
    with urllib.request.urlopen(url, timeout=2) as answer:
        return list(json.load(answer))


if __name__ == "__main__":
    main()
