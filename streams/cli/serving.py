"""What `demo` and `run` share: the loop in a thread, /metrics, the board, signals."""

import signal
import threading
from collections.abc import Callable
from importlib.metadata import version
from types import FrameType

from streams import logs
from streams.board.live import run as show_board
from streams.board.words import Language
from streams.clock import Clock
from streams.drivers.embedded import Embedded
from streams.errors import UserError
from streams.http import serve
from streams.settings import Settings


def serve_and_run(
    driver: Embedded,
    settings: Settings,
    clock: Clock,
    board: bool,
    lang: Language = "en",
    seconds: float | None = None,
    started: Callable[[int], None] | None = None,
) -> None:
    """Run a driver with its board and /metrics until a signal, its input's end, or `seconds`.

    `started` is told the port of /metrics. Raises UserError, also for what ended the loop.
    """
    driver.start()
    try:
        server = serve(
            settings.http.host,
            settings.http.port,
            driver.view,
            driver.health.ready,
            live=driver.health.live,
            plan=settings.plan,
            version=version("floorwatch"),
            clock=clock,
            max_age_ms=1000,
        )
    except OSError as error:
        driver.finish()
        raise UserError(str(error), "set http.port, for example FLOORWATCH_HTTP__PORT=0") from None
    logs.info("serving", f"/metrics on http://{settings.http.host}:{server.port}/metrics")
    if started:
        started(server.port)
    _stop_on_signals(driver.stopping)
    timer = threading.Timer(seconds, driver.stopping.set) if seconds else None
    if timer:
        timer.start()
    failed: list[BaseException] = []
    loop = threading.Thread(target=_loop, args=(driver, failed), name="fold")
    loop.start()
    try:
        if board:
            show_board(driver.view, settings.plan, clock, driver.stopping, lang=lang)
        while loop.is_alive():
            loop.join(0.5)
    finally:
        driver.stopping.set()
        loop.join()
        if timer:
            timer.cancel()
        server.close()
    if failed:
        raise failed[0]


def _loop(driver: Embedded, failed: list[BaseException]) -> None:
    try:
        driver.run()
    except BaseException as error:
        failed.append(error)
    finally:
        driver.stopping.set()


def _stop_on_signals(stopping: threading.Event) -> None:
    """The first signal ends the round and commits; the second ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
