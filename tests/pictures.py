"""Takes the README's pictures of the page anew: `make pictures`.

A demo as anybody starts it, with Prometheus, our rules and Alertmanager at its speed, so that the alerts on
the page are those that fire. Its site is lost at 10:18; the pictures are of some minutes later.
"""

import tempfile
import time
from pathlib import Path

from selenium.webdriver.common.by import By

from tests.browser import browser
from tests.data import ROOT
from tests.judged_demo import demo
from tests.rules.servers import wait_until

FOLDER = ROOT / "deploy/pictures"
AT_LEAST = 3
"""Alerts on the picture: some of service, some of people."""
PICTURES = (("board.png", "en", 1920, 1080), ("board-ja.png", "ja", 1280, 720))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as shown:
        wait_until(lambda: len(shown.panel()["rows"]) >= AT_LEAST, 120, "alerts")
        for name, lang, width, height in PICTURES:
            with browser(Path(folder), width, height) as driver:
                driver.get(f"{shown.page}/?lang={lang}")
                wait_until(
                    lambda driver=driver: driver.find_elements(By.CSS_SELECTOR, "#alerts li"),
                    20, "alerts on the page",
                )  # fmt: skip
                time.sleep(1)
                driver.save_screenshot(str(FOLDER / name))


if __name__ == "__main__":
    main()
