"""The committed boards, read as Grafana would read them."""

import json
from functools import cache
from typing import NamedTuple

from tests.data import ROOT

FOLDER = ROOT / "grafana/dashboards"
PATHS = sorted(FOLDER.glob("*/*.json"))
INTERVALS = {"$__rate_interval": "1m", "$__range": "8h", "$__interval": "15s"}
LABELS = ("site", "program", "queue", "channel", "group")


class Asked(NamedTuple):
    """One expression of a board."""

    board: str
    panel: str
    expr: str


@cache
def board(path):
    return json.loads(path.read_text("utf-8"))


def panels(path):
    return board(path)["panels"]


def filled(expr):
    """An expression as it is sent when everything is chosen."""
    for name, value in INTERVALS.items():
        expr = expr.replace(name, value)
    for name in LABELS:
        expr = expr.replace(f"${name}", ".*")
    assert "$" not in expr, expr
    return expr


def asked():
    """Every expression of every board, its marks in time among them."""
    found = []
    for path in PATHS:
        for panel in panels(path):
            of = (target["expr"] for target in panel["targets"] if "expr" in target)
            found += [Asked(path.stem, panel["title"], filled(expr)) for expr in of]
        marks = board(path)["annotations"]["list"]
        found += [Asked(path.stem, mark["name"], filled(mark["expr"])) for mark in marks]
    return found
