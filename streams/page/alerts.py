"""Which alerts are firing, asked of an Alertmanager, or of a Prometheus where there is none."""

import logging
from datetime import datetime
from threading import Lock, Thread
from time import monotonic
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit

import msgspec

from streams.board.words import Language
from streams.direct import opened
from streams.errors import UserError

EVERY_S, WITHIN_S, AT_ONCE_S = 5.0, 2.0, 0.2
"""Between two questions, until an answer is no more waited for, and how long a page waits for it."""
ALERTMANAGER = "/api/v2/alerts?active=true&silenced=false&inhibited=false"
"""What somebody is told of: neither silenced nor inhibited."""
PROMETHEUS = "/api/v1/alerts"
DEAD_MAN, ITS_LAYER = "Watchdog", "monitor"
"""Always firing: where it is not, nobody may be judging, and that nothing fires says nothing. Other rules that
share an Alertmanager may bring a Watchdog too (kube-prometheus does): ours is the one that has our layer."""
WORST_FIRST = ("critical", "warning", "info")
NOT_FOUND = 404
MOST_BYTES = 16_000_000

log = logging.getLogger(__name__)


class Alert(NamedTuple):
    """One that is firing."""

    name: str
    severity: str
    where: str
    """Site, program, queue and group, those of them that it is about."""
    summary: str
    """In English, as a rule: rules of one's own may say anything."""
    summary_ja: str
    """In Japanese; "" where the rule has none."""
    since: str
    """As told, RFC 3339."""
    labels: dict[str, str]

    def said(self, lang: Language) -> str:
        """The summary in a language; as there is one, where there is none in it."""
        return self.summary_ja if lang == "ja" and self.summary_ja else self.summary

    @property
    def since_ms(self) -> int | None:
        """Since when, ms UTC; None where that was not told."""
        try:
            return round(datetime.fromisoformat(self.since).timestamp() * 1000)
        except ValueError:
            return None


class Told(NamedTuple):
    """An answer."""

    alerts: list[Alert]
    """What fires, the worst first."""
    judged: bool
    """Whether our dead man's switch is among it: our rules are evaluated."""


class Alerts:
    """Asks at most every EVERY_S seconds, in a thread: a server that does not answer holds up no page."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._lock = Lock()
        self._begun_s = -EVERY_S
        self._asking: Thread | None = None
        self._newest: Told | None = None

    def __call__(self) -> Told | None:
        """The newest answer; None: unknown, there was none."""
        with self._lock:
            busy = self._asking is not None and self._asking.is_alive()
            if not busy and monotonic() - self._begun_s >= EVERY_S:
                self._begun_s = monotonic()
                self._asking = Thread(target=self._ask, name="alerts", daemon=True)
                self._asking.start()
                self._asking.join(AT_ONCE_S)
        return self._newest

    def _ask(self) -> None:
        self._newest = self._fetched()

    def _fetched(self) -> Told | None:
        try:
            return asked(self.url)
        except UserError as error:  # whatever is answered: it must not pass for silence
            log.warning("%s", error.message)
            return None


def asked(url: str, within_s: float = WITHIN_S) -> Told:
    """What fires now. Raises UserError where that cannot be had."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UserError(f"{url!r} is no address of an Alertmanager", "http://127.0.0.1:9093")
    at = url.rstrip("/")
    try:
        try:
            told = _got(at + ALERTMANAGER, within_s)
        except HTTPError as error:
            if error.code != NOT_FOUND:
                raise
            alerts = _got(at + PROMETHEUS, within_s)["data"]["alerts"]
            told = [one for one in alerts if one["state"] == "firing"]
        return firing(told)
    except Exception as error:
        raise UserError(
            f"alerts of {url} are unknown: {type(error).__name__}: {error}",
            "check the address, and that an Alertmanager or a Prometheus answers there",
        ) from error


def _got(url: str, within_s: float) -> Any:
    with opened(url, within_s, {"Accept": "application/json"}) as answer:
        return msgspec.json.decode(answer.read(MOST_BYTES))


def firing(told: list[dict[str, Any]]) -> Told:
    """Alerts as both servers tell them. Errors: KeyError, TypeError, AttributeError: it is something else."""
    found, judged = [], False
    for one in told:
        labels, notes = one["labels"], one.get("annotations", {})
        if labels["alertname"] == DEAD_MAN:
            judged = judged or labels.get("layer") == ITS_LAYER
            continue
        where = [labels[name] for name in ("site", "program", "queue", "group") if labels.get(name)]
        since = one.get("startsAt") or one.get("activeAt", "")
        severity = labels.get("severity", "")
        found.append(
            Alert(
                labels["alertname"],
                severity,
                " / ".join(where),
                notes.get("summary", ""),
                notes.get("summary_ja", ""),
                since,
                labels,
            )
        )
    return Told(sorted(found, key=_rank), judged)


def _rank(one: Alert) -> tuple[int, str, str]:
    known = one.severity in WORST_FIRST
    worst = WORST_FIRST.index(one.severity) if known else len(WORST_FIRST)
    return worst, one.name, one.where
