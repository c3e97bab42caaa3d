"""Where Prometheus and Alertmanager are: on the PATH, or where `make tools` has brought them."""

import os
import shutil
from pathlib import Path

from streams.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
FETCHED = ROOT / "build/tools"
ELSEWHERE = {"prometheus-alertmanager": "alertmanager"}
"""Debian's name of a tool, and the one that its makers give it."""


def tool(name: str) -> str:
    """Path of promtool, amtool, prometheus or prometheus-alertmanager. Raises UserError: not there."""
    named = [name, ELSEWHERE.get(name, name)]
    fetched = [str(path) for each in named for path in sorted(FETCHED.glob(f"**/bin/{each}"))]
    for found in (*map(shutil.which, named), *fetched):
        if found and os.access(found, os.X_OK):
            return found
    raise UserError(
        f"{name} is neither on the PATH nor in build/tools",
        "`make tools` brings it without root (Debian, Ubuntu); elsewhere install Prometheus and Alertmanager",
    )


def deployed(path: str) -> str:
    """Text of a file of `deploy/`. Raises UserError where there is no checkout around the package."""
    try:
        return (ROOT / "deploy" / path).read_text("utf-8")
    except FileNotFoundError:
        raise UserError(
            f"deploy/{path} is not there: it comes with a checkout, not with the package",
            "run this in a checkout of Floorwatch: make demo-alerts",
        ) from None
