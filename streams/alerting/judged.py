"""What a demonstration is judged by: the committed rules at its speed, and who would be told of what."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from streams.alerting.servers import Prometheus, alertmanager, comes, prometheus
from streams.alerting.tools import deployed, tool
from streams.errors import UserError

FASTEST = 30.0
"""Beyond it a rule's two minutes are less than four scrapes, and what is late is only a busy machine."""
EVERY_S = 15.0
"""Between two scrapes, as deployed; of a day that is faster as much less, but not under a second."""
FIRST_SCRAPE_S = 60.0
_ADDRESSES = re.compile(r"\n +webhook_configs: .*")


class Judged:
    """An Alertmanager at `url`, and a Prometheus from when there is something to scrape.

    Nobody is notified: receivers have no address. What holds back what is as deployed.
    """

    def __init__(self, stack: ExitStack, folder: Path, speed: float) -> None:
        self._stack, self._folder, self._speed = stack, folder, speed
        self.url = stack.enter_context(alertmanager(folder, silent_config()))

    def by(self, worker: str) -> str:
        """Start a Prometheus that scrapes a worker at host:port, and return its address. Raises UserError.

        It is given the rules when the worker has answered, or has not for a minute: then it says so.
        """
        every_s = min(EVERY_S, max(1.0, EVERY_S / self._speed))
        alerting = self.url.removeprefix("http://")
        scraping = self._stack.enter_context(
            prometheus(self._folder, worker, alerting, every_s, every_s)
        )
        ended = Event()
        loads = Thread(target=self._load, args=(scraping, ended), name="rules")
        loads.start()
        self._stack.callback(loads.join)
        self._stack.callback(ended.set)
        return scraping.url

    def _load(self, scraping: Prometheus, ended: Event) -> None:
        comes(scraping.scrapes, FIRST_SCRAPE_S, ended.is_set)
        if not ended.is_set():
            scraping.judge(self._speed)


@contextmanager
def judged(speed: float) -> Iterator[Judged]:
    """Both servers, until the end. Raises UserError: a tool or a folder is missing, or the day too fast."""
    if speed > FASTEST:
        raise UserError(
            f"alerts are judged of a day at most {FASTEST:g} times as fast as life, not {speed:g}",
            f"--speed {FASTEST:g}, or no --alerts",
        )
    for name in ("prometheus", "prometheus-alertmanager"):
        tool(name)  # before anything is started
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(TemporaryDirectory(prefix="floorwatch-alerts-"))
        except OSError as error:
            why = f"there is no folder for Prometheus to write to: {error}"
            raise UserError(why, "set TMPDIR to one that can be written to") from None
        yield Judged(stack, Path(folder), speed)


def silent_config() -> str:
    """Alertmanager's configuration as deployed, without the addresses of its receivers."""
    return _ADDRESSES.sub("", deployed("alertmanager/alertmanager.yml"))
