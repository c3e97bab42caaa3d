"""Shows the board again and again: in place on a terminal, as lines elsewhere."""

from collections.abc import Callable
from threading import Event
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live

from schemas.targets import Plan
from streams.board.render import plain_lines, render
from streams.board.words import Language
from streams.clock import Clock
from streams.planning.rest import RestOfDay
from streams.view import View

PLAIN_EVERY_S = 5.0
"""Without a terminal: seconds between two blocks of lines."""


class Board:
    """A place to show views. NO_COLOR and TERM are respected; the last board stays on screen."""

    def __init__(
        self,
        plan: Plan,
        lang: Language = "en",
        console: Console | None = None,
        rest: RestOfDay | None = None,
    ) -> None:
        self._plan = plan
        self._rest = rest or RestOfDay(plan)
        self._lang = lang
        self._console = console or Console()
        self._live: Live | None = None

    @property
    def in_place(self) -> bool:
        """Whether each view replaces the one before."""
        return self._console.is_terminal and not self._console.is_dumb_terminal

    def __enter__(self) -> Self:
        """Take over the terminal's last lines, if there is one."""
        if self.in_place:
            self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last board where it is."""
        if self._live is not None:
            self._live.stop()

    def show(self, view: View, now_ms: int) -> None:
        """Show one view."""
        rest = self._rest(view)
        if self._live is None:
            for line in plain_lines(view, self._plan, now_ms, self._lang, rest):
                self._console.print(line, highlight=False, markup=False, soft_wrap=True)
            return
        width, height = self._console.size
        self._live.update(
            render(view, self._plan, now_ms, width, lang=self._lang, height=height - 1, rest=rest),
            refresh=True,
        )


def run(
    view_source: Callable[[], View],
    plan: Plan,
    clock: Clock,
    stop: Event,
    *,
    every_s: float = 1.0,
    lang: Language = "en",
    console: Console | None = None,
    rest: RestOfDay | None = None,
) -> None:
    """Show the newest view every `every_s` seconds until `stop` is set, and once more at the end.

    Without a terminal every PLAIN_EVERY_S seconds. `view_source` must be thread-safe.
    """
    with Board(plan, lang, console, rest) as board:
        pause = every_s if board.in_place else max(every_s, PLAIN_EVERY_S)
        while True:
            board.show(view_source(), clock.now_ms())
            if stop.wait(pause):
                break
        board.show(view_source(), clock.now_ms())
