"""The boards, and their files by path below `grafana/dashboards/`."""

from functools import cache

from streams.grafana.backlog import backlog
from streams.grafana.bots import bots
from streams.grafana.deviation import deviation
from streams.grafana.feed import feed
from streams.grafana.floor import floor
from streams.grafana.intraday import intraday
from streams.grafana.lists import lists
from streams.grafana.month import month
from streams.grafana.panel import Board
from streams.grafana.sdk import board_json
from streams.grafana.staffing import attainment, staffing
from streams.grafana.words import LANGUAGES

BOARDS: tuple[Board, ...] = (
    floor(),
    intraday(),
    staffing(),
    attainment(),
    deviation(),
    bots(),
    backlog(),
    lists(),
    month(),
    feed(),
)


@cache
def board_files() -> dict[str, str]:
    """Text of each file by its path: a folder for each language."""
    return {
        f"{lang}/{board.name}.json": board_json(board, lang)
        for lang in LANGUAGES
        for board in BOARDS
    }
