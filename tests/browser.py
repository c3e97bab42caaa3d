"""A headless Chromium: of the PATH, or what `make tools` brought into build/browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.data import ROOT

FETCHED = ROOT / "build/browser"
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{}</dir></fontconfig>
"""
SWITCHES = ("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
"""As root, as tests in a container run, Chromium refuses its sandbox; shared memory is small there."""


def _environment(folder: Path) -> dict[str, str]:
    """With the libraries and fonts of the fetched browser, which nothing has installed."""
    libraries = [str(path) for path in FETCHED.glob("usr/lib/*-linux-gnu*")]
    libraries += [f"{path}/pulseaudio" for path in libraries]
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(FETCHED / "usr/share/fonts"), "utf-8")
    found = [*libraries, os.environ.get("LD_LIBRARY_PATH", "")]
    paths = {"LD_LIBRARY_PATH": ":".join(filter(None, found)), "FONTCONFIG_FILE": str(fonts)}
    return os.environ | paths


@contextmanager
def browser(folder: Path, width: int = 1920, height: int = 1080) -> Iterator[webdriver.Chrome]:
    """A browser of this size with a folder for its files; its console is kept in its log."""
    options = webdriver.ChromeOptions()
    fetched = FETCHED / "usr/lib/chromium/chromium-headless-shell"
    binary = fetched if fetched.exists() else shutil.which("chromium-headless-shell")
    driver = FETCHED / "usr/bin/chromedriver"
    options.binary_location = str(binary)
    for switch in (*SWITCHES, f"--window-size={width},{height}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    path = str(driver) if driver.exists() else shutil.which("chromedriver")
    service = Service(path, env=_environment(folder))
    started = webdriver.Chrome(options=options, service=service)
    try:
        yield started
    finally:
        started.quit()


def seen(driver, selector, what="innerText"):
    """One property of these elements, all at one moment: asked one by one, a push may come between."""
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => one[arguments[1]])"
    return driver.execute_script(script, selector, what)
