"""The live board for a terminal: today against target, the open interval, who waits, the feeds."""

from streams.board.live import Board, run
from streams.board.render import plain_lines, render

__all__ = ["Board", "plain_lines", "render", "run"]
