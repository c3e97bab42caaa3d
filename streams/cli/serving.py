"""What `demo` and `run` share: the loop in a thread, /metrics and the board."""

import threading
from collections.abc import Callable
from importlib.metadata import version

from streams import logs
from streams.board.live import run as show_board
from streams.board.words import Language
from streams.cli.live_page import page_of
from streams.cli.signals import stop_on_signals
from streams.clock import Clock
from streams.drivers.embedded import Embedded
from streams.errors import UserError
from streams.http import Route, serve
from streams.page.day import Recorded, nothing_recorded
from streams.planning.rest import RestOfDay
from streams.settings import Settings

CATCH_UP_ROUNDS = 100


def serve_and_run(
    driver: Embedded,
    settings: Settings,
    clock: Clock,
    board: bool,
    lang: Language = "en",
    seconds: float | None = None,
    started: Callable[[int], None] | None = None,
    ledger: Route | None = None,
    recorded: Recorded = nothing_recorded,
    simulated: bool = False,
) -> None:
    """Run a driver with its boards, /metrics and /ledger until a signal, its input's end, or `seconds`.

    `started` is told the port; `simulated`: the center is, so the page names its people to anybody.
    Raises UserError, also for what ended the loop.
    """
    driver.start()
    rest = RestOfDay(settings.plan)
    page = page_of(settings, driver.view, clock, rest, 1.0, recorded, simulated)
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
            rest=rest,
            token=settings.http.required_token,
            ledger=ledger,
            site=page.site(lang),
        )
    except OSError as error:
        driver.finish()
        raise UserError(str(error), "set http.port, for example FLOORWATCH_HTTP__PORT=0") from None
    at = f"http://{settings.http.host}:{server.port}"
    logs.info("serving", f"/metrics on {at}/metrics, the board as a page at / of the same")
    try:
        if started:
            started(server.port)
    except BaseException:
        server.close()
        driver.finish()
        raise
    stop_on_signals(driver.stopping)
    timer = threading.Timer(seconds, driver.stopping.set) if seconds else None
    if timer:
        timer.start()
    failed: list[BaseException] = []
    loop = threading.Thread(target=_loop, args=(driver, failed), name="fold")
    loop.start()
    ahead = threading.Thread(target=rest.keep, args=(driver.view, driver.stopping), name="ahead")
    ahead.start()
    try:
        if board:
            _wait_for_catch_up(driver)
            show_board(driver.view, settings.plan, clock, driver.stopping, lang=lang, rest=rest)
        while loop.is_alive():
            loop.join(0.5)
    finally:
        driver.stopping.set()
        loop.join()
        ahead.join()
        if timer:
            timer.cancel()
        server.close()
    if failed:
        raise failed[0]
    _say_what_was_read(driver)


def _wait_for_catch_up(driver: Embedded) -> None:
    """Let the first board show figures, not a list of unknowns; a long catch-up is shown."""
    for _ in range(CATCH_UP_ROUNDS):
        if not driver.health.ready() or driver.stopping.wait(0.1):
            return


def _say_what_was_read(driver: Embedded) -> None:
    lines = sum(reader.lines for reader in driver.readers)
    rejected = sum(driver.shard.rejected.values())
    logs.info("ended", f"{lines:,} lines read, {rejected:,} rejected so far in this store")
    if lines and rejected >= lines:
        logs.warn("all_rejected", "no line could be used: say what the source is with --as")


def _loop(driver: Embedded, failed: list[BaseException]) -> None:
    try:
        driver.run()
    except BaseException as error:
        failed.append(error)
    finally:
        driver.stopping.set()
