"""/metrics: one collector over the view. Nothing is stored here; what the view drops, vanishes.

Two families (observability 1.2): flow counters are process-local and start at 0; interval, day and
live figures are gauges made from the view, where corrections show. A ratio with denominator 0 has
no sample. While a source of a program is silent, or the past is not caught up with, the figures of
that program have no samples at all: absent is unknown, 0 is zero. `cc_feed_state` says why.
"""

import logging
from collections.abc import Callable, Iterator
from threading import Lock

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from schemas.targets import Plan
from streams.clock import Clock
from streams.exposition.ahead import write_ahead
from streams.exposition.bots import write_attempts, write_conversations
from streams.exposition.feed import Counters, write_feed, write_progress, write_service
from streams.exposition.figures import write_figures
from streams.exposition.plan import write_plan
from streams.exposition.queues import write_queues
from streams.exposition.sheet import Sheet
from streams.exposition.staff import write_staff
from streams.exposition.standing import known_programs
from streams.exposition.work import write_backlog, write_lists
from streams.planning.rest import Rest, RestOfDay
from streams.view import View

ViewSource = Callable[[], View]

log = logging.getLogger(__name__)


class ViewCollector(Collector):
    """All families of one view. `view_source` returns the newest view; it must be thread-safe.

    `rest` knows the rest of the day; left out, it is worked out when it is asked for.
    """

    def __init__(
        self,
        view_source: ViewSource,
        plan: Plan | None = None,
        version: str = "",
        rest: RestOfDay | None = None,
    ) -> None:
        self._view_source = view_source
        self._plan = plan or Plan()
        self._version = version
        self._rest = rest or RestOfDay(self._plan)
        self._counters = Counters()
        self._ahead: tuple[Rest | None, frozenset[str], Sheet] | None = None

    def begin(self) -> None:
        """Count feed events from the present view on, not from the first scrape."""
        self._counters.take(self._view_source())

    def collect(self) -> Iterator[Metric]:
        """Families in the order of their declaration, all of one moment."""
        return iter(self.sheet())

    def sheet(self) -> Sheet:
        """The same as one page. Takes as long as its samples are many: off the event loop."""
        view = self._view_source()
        sheet = Sheet()
        write_queues(sheet, view, self._plan)
        write_figures(sheet, view, self._plan)
        write_staff(sheet, view)
        write_conversations(sheet, view, self._plan)
        write_attempts(sheet, view, self._plan)
        write_backlog(sheet, view, self._plan)
        write_lists(sheet, view, self._plan)
        write_plan(sheet, view, self._plan)
        sheet.take(self._rest_of_day(view))
        write_feed(sheet, view, self._counters)
        write_progress(sheet, view)
        write_service(sheet, self._version)
        return sheet

    def _rest_of_day(self, view: View) -> Sheet:
        """Its part of the page, written anew when it is worked out anew, not at every scrape."""
        rest, known = self._rest(view), known_programs(view)
        if self._ahead is None or self._ahead[0] is not rest or self._ahead[1] != known:
            sheet = Sheet()
            write_ahead(sheet, known, self._plan, rest)
            self._ahead = rest, known, sheet
        return self._ahead[2]


def render(collector: ViewCollector) -> bytes:
    """A collector's page as Prometheus text."""
    return collector.sheet().text()


class Page:
    """The rendered page, kept for `max_age_ms`, so that several scrapers cost one rendering.

    Keep `max_age_ms` below the scrape interval: then each scrape of one server reads a fresh page.
    A failed rendering, or a view that cannot be had in time, is logged and counted, and leaves only
    this object's own two metrics on the page: absent figures are unknown, which old ones would hide.
    """

    def __init__(
        self,
        view_source: ViewSource,
        clock: Clock,
        plan: Plan | None = None,
        version: str = "",
        max_age_ms: int = 5_000,
        rest: RestOfDay | None = None,
    ) -> None:
        self._collector = ViewCollector(view_source, plan, version, rest)
        self._clock = clock
        self._max_age_ms = max_age_ms
        self._lock = Lock()
        self._text = b""
        self._rendered_ms: int | None = None
        self._errors = 0

    def begin(self) -> None:
        """Count feed events from now on, not from the first scrape."""
        self._collector.begin()

    def __call__(self) -> bytes:
        """The page, rendered now or at most `max_age_ms` ago. Thread-safe."""
        with self._lock:
            now_ms = self._clock.now_ms()
            if self._rendered_ms is None or not 0 <= now_ms - self._rendered_ms < self._max_age_ms:
                self._text = self._render(now_ms)
                self._rendered_ms = now_ms
            return self._text

    def _render(self, began_ms: int) -> bytes:
        text = b""
        try:
            text = render(self._collector)
        except TimeoutError:  # catching up takes all of the worker
            self._errors += 1
            log.warning("the shards are too busy to be viewed: /metrics says nothing of them")
        except Exception:  # whatever fails, the scrape must say so
            self._errors += 1
            log.exception("rendering /metrics failed")
        sheet = Sheet()
        sheet.add("cc_export_render_seconds", (), (self._clock.now_ms() - began_ms) / 1000)
        sheet.add("cc_export_errors_total", (), self._errors)
        return text + sheet.text()
