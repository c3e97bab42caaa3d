"""What is pushed to every open page: the moment each second, the day of the chosen queue as it changes."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qs

import msgspec

from schemas.targets import Plan
from streams.board.words import UNKNOWN, Language, duration
from streams.clock import Clock, WallClock
from streams.exporter import ViewSource
from streams.http import Pushed, Site
from streams.page.alerts import WORST_FIRST, Alert, Alerts
from streams.page.day import Recorded, day_of, nothing_recorded
from streams.page.floor import Names, floor_of
from streams.page.words import labels, word
from streams.planning.rest import RestOfDay
from streams.view import View

EVENTS = "/events"
DAY_EVERY_S = 5.0
REST = 9.0
"""At most a tenth of a core for a page: 300 queues took 0.4 s, so they are shown every 4 s."""
STILL_THERE = b": still there\n\n"
KEPT = 64
"""Events kept at most: languages, readers who may see names, chosen queues."""
TONES = {"critical": "bad", "warning": "unknown", "info": "quiet"}
FILES = {
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/curves.js": ("curves.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/uPlot.js": ("uPlot.iife.min.js", "text/javascript; charset=utf-8"),
    "/uPlot.css": ("uPlot.min.css", "text/css; charset=utf-8"),
    "/uPlot.LICENSE": ("uPlot.LICENSE", "text/plain; charset=utf-8"),
}

T = TypeVar("T")

log = logging.getLogger(__name__)


class _Kept(NamedTuple):
    """What was made, when, and how long that took."""

    at_s: float
    took_s: float
    value: Any


class LivePage:
    """Makes what is pushed, once for all who look at the same. Thread-safe.

    `names`: whether people are named at all; of a `simulated` center also without a token.
    `recorded`: the ledger behind the live state; `alerts`: None where nobody is configured to be asked.
    """

    def __init__(
        self,
        view_source: ViewSource,
        plan: Plan,
        clock: Clock,
        rest: RestOfDay,
        *,
        every_s: float = 1.0,
        names: bool = False,
        simulated: bool = False,
        token: str = "",
        recorded: Recorded = nothing_recorded,
        alerts: Alerts | None = None,
    ) -> None:
        self._view_source, self._plan, self._clock, self._rest = view_source, plan, clock, rest
        self._every_s, self._token = every_s, token
        self._names, self._simulated = names, simulated
        self._recorded, self._alerts = recorded, alerts
        self._lock = Lock()
        self._kept: dict[tuple[str, ...], _Kept] = {}

    def site(self, lang: Language = "en") -> Site:
        """The page's files, in the language it opens with, and what it is pushed."""
        shell = _file("index.html").decode().replace("{lang}", lang)
        kept = {path: (kind, _file(name)) for path, (name, kind) in FILES.items()}
        return Site(
            {"/": ("text/html; charset=utf-8", shell.encode()), **kept},
            Pushed(EVENTS, self._every_s, self.open),
            _file("token.html"),
            _file("token.html").replace(b"<!--refused-->", _file("refused.html")),
            self._token,
        )

    def open(self, query: str, trusted: bool) -> Callable[[], bytes]:
        """What one reader is sent each time: the moment, and the day where it is another."""
        asked = parse_qs(query)
        lang: Language = "ja" if asked.get("lang") == ["ja"] else "en"
        return _Reader(self, lang, self._names_for(trusted), asked.get("queue", [""])[0]).following

    def moment(self, lang: Language, names: Names) -> tuple[bytes, str]:
        """The event of this moment, and the queue that stands first in it. Errors: those of the view."""
        with self._lock:
            return self._once(
                ("moment", lang, names.reason), self._every_s, self._moment(lang, names)
            )

    def day(self, queue: str) -> bytes:
        """The event of a queue's day. Errors: those of the view and of the store."""
        with self._lock:
            return self._once(("day", queue), DAY_EVERY_S, lambda: self._day(queue))

    def _once(self, key: tuple[str, ...], every_s: float, make: Callable[[], T]) -> T:
        """Made now or not long ago; a little less than `every_s`, so that each push is a new one.

        What took long is kept for REST times as long: the fold must not wait for whoever looks.
        """
        kept = self._kept.get(key)
        if kept is None or monotonic() - kept.at_s > max(every_s * 0.8, REST * kept.took_s):
            began_s = monotonic()
            value = make()
            kept = self._kept[key] = _Kept(monotonic(), monotonic() - began_s, value)
            if len(self._kept) > KEPT:
                self._kept.pop(next(iter(self._kept)))
        made: T = kept.value
        return made

    def _viewed(self) -> View:
        return self._once(("view",), self._every_s, self._view_source)

    def _moment(self, lang: Language, names: Names) -> Callable[[], tuple[bytes, str]]:
        def make() -> tuple[bytes, str]:
            began_s = monotonic()
            view, now_ms = self._viewed(), self._clock.now_ms()
            told = floor_of(view, self._plan, now_ms, lang, self._rest(view), names)
            told |= {"words": labels(lang), "alerts": self._firing(lang)}
            told["every_s"] = max(self._every_s, REST * (monotonic() - began_s))
            keys = told["queues"]["keys"]
            return _event("moment", told), keys[0] if keys else ""

        return make

    def _day(self, queue: str) -> bytes:
        view = self._viewed()
        return _event("day", day_of(view, self._plan, self._rest(view), queue, self._recorded))

    def _firing(self, lang: Language) -> dict[str, Any]:
        if self._alerts is None:
            unset = "alerts_of_demo" if self._simulated else "alerts_unset"
            return {"said": word(unset, lang), "known": False, "rows": [], "head": ["", ""]}
        found = self._alerts()
        if found is None:
            said = f"{word('alerts_unknown', lang)} {self._alerts.url}"
            return {"said": said, "known": False, "rows": [], "head": _head((), False, lang)}
        said = "" if found.alerts else word("alerts_none", lang)
        said = said if found.judged else word("alerts_unjudged", lang)
        rows = [_alert(one, lang, self._clock.speed) for one in found.alerts]
        return {
            "said": said,
            "known": found.judged,
            "rows": rows,
            "head": _head(rows, found.judged, lang),
        }

    def _names_for(self, trusted: bool) -> Names:
        if self._names and (trusted or self._simulated):
            return Names(True)
        if not self._names:
            return Names(False, "names_setting")
        return Names(False, "names_token" if self._token else "names_no_token")


class _Reader:
    """One open page: which queue's day it shows, and what of it was sent."""

    def __init__(self, page: LivePage, lang: Language, names: Names, queue: str) -> None:
        self._page, self._lang, self._names, self._queue = page, lang, names, queue
        self._sent: tuple[bytes, ...] = ()

    def following(self) -> bytes:
        """The events to send now. Whatever fails is told as unknown: what is old must not pass for new."""
        try:
            moment, worst = self._page.moment(self._lang, self._names)
            self._queue = self._queue or worst
            day = self._page.day(self._queue) if self._queue else b""
        except TimeoutError:  # catching up takes all of the worker
            return self._unknown()
        except Exception:
            log.exception("working out the page failed")
            return self._unknown()
        new = [event for event in (moment, day) if event not in self._sent]
        self._sent = (moment, day)
        return b"".join(new) or STILL_THERE

    def _unknown(self) -> bytes:
        self._sent = ()  # what was shown is hidden now: all of it is sent again
        return _event("unknown", {"why": word("busy", self._lang)})


def _alert(one: Alert, lang: Language, speed: float) -> dict[str, str]:
    known = one.severity in WORST_FIRST
    severity = word(one.severity, lang) if known else one.severity or UNKNOWN
    # How long it has fired, not since when: whoever looks may be in another time zone than the center.
    # And in the time of the page: a simulated center's may run faster than that of who tells of it.
    since_ms = one.since_ms
    ago_ms = None if since_ms is None else max(0, WallClock().now_ms() - since_ms) * speed
    told = {
        "name": one.name,
        "where": one.where,
        "summary": one.said(lang),
        "ago": duration(ago_ms),
    }
    return told | {"severity": severity, "tone": TONES.get(one.severity, "")}


def _head(rows: Sequence[dict[str, str]], judged: bool, lang: Language) -> list[str]:
    """What the head of the page says of alerts, and its tone: how many of each severity."""
    if not rows and judged:
        return [f"✓ {word('alerts_none', lang)}", "good"]
    if not rows:
        return [f"? {word('alerts', lang)}", "unknown"]
    counts = Counter(row["severity"] for row in rows)  # in the order of the rows: the worst first
    told = ", ".join(f"{severity} {count}" for severity, count in counts.items())
    return [f"▼ {word('alerts', lang)}: {told}", rows[0]["tone"]]


def _event(name: str, told: Any) -> bytes:
    """A server-sent event; JSON has no line breaks of its own."""
    return f"event: {name}\ndata: ".encode() + msgspec.json.encode(told) + b"\n\n"


def _file(name: str) -> bytes:
    return files("streams.page").joinpath("static", name).read_bytes()
