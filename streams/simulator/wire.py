"""What the simulated systems send: wire events, each source with its own sequence."""

from typing import Any, Protocol

from streams.simulator.agenda import Agenda

IVR_SOURCE = "ivr"
_DESK = "desk-"
WFM_SOURCE = "wfm"
"""Publishes schedules and requested FTE. It makes no promises: facts of the plan have no end."""
FORECAST_SOURCE = "forecasting"
"""Publishes forecasts and required FTE; no promises either."""

CHAT_SOURCE = "chat"
"""The platform on which customers and people chat."""
BOT_SOURCE, PROBE_SOURCE, CARRIER_SOURCE = "bots", "probes", "carrier"
"""What tells of conversations, of how technology works, and of calls on the lines."""
TECHNOLOGY_SOURCES = (BOT_SOURCE, PROBE_SOURCE, CARRIER_SOURCE)

CASE_SOURCE = "cases"
"""What tells of deferred work, on the topic of calls."""
DIALER_SOURCE = "dialer"
"""What tells of outbound work, on the topic of calls too."""

Event = dict[str, Any]


class Told(Protocol):
    """A visit, of which its source tells."""

    contact: str
    program: str
    source: str
    segment: int


def desk_source(site: str) -> str:
    """The source of the states of people at a site."""
    return f"{_DESK}{site}"


def topic_of(source: str) -> str:
    """The topic that what a source sends belongs to: acd, chat, bot, staff or plan."""
    if source == CHAT_SOURCE:
        return "chat"
    if source in TECHNOLOGY_SOURCES:
        return "bot"
    if source in (WFM_SOURCE, FORECAST_SOURCE):
        return "plan"
    return "staff" if source.startswith(_DESK) else "acd"


class Outbox:
    """Events in the order they leave. A silent source's are kept until it speaks again."""

    def __init__(self, agenda: Agenda, run: str = "") -> None:
        self._agenda = agenda
        self._run = f"{run}-" if run else ""
        self._sent: list[tuple[int, Event]] = []
        self._sequence: dict[str, int] = {}
        self._kept: dict[str, list[Event]] = {}

    def say(self, visit: Told, type_: str, source: str = "", /, **fields: Any) -> None:
        """Send an event of a visit, now, from its own source unless another source is named.

        Fields that are empty are left out: the contract's default stands for them.
        """
        about: Event = {"contact": visit.contact}
        if visit.segment != 1:
            about["segment"] = visit.segment
        self.tell(source or visit.source, visit.program, type_, **about, **fields)

    def tell(
        self, source: str, program: str, type_: str, /, at_ms: int | None = None, **fields: Any
    ) -> None:
        """Send an event, now; what it tells of happened now, or at `at_ms`."""
        sequence = self._sequence[source] = self._sequence.get(source, 0) + 1
        event: Event = {
            "type": type_,
            "time": self._agenda.now_ms if at_ms is None else at_ms,
            "source": source,
            "program": program,
            "seq": sequence,
            "id": f"{source}-{self._run}{sequence}",
        }
        for name, value in fields.items():
            if value != "":
                event[name] = value
        self._post(source, event)

    def heartbeat(self, source: str, program: str) -> None:
        """Promise that all up to now was sent; a silent source promises nothing."""
        if source not in self._kept:
            self._sent.append((self._agenda.now_ms, promise(source, program, self._agenda.now_ms)))

    def silence(self, source: str) -> None:
        """The source works on, but nothing of it arrives."""
        self._kept.setdefault(source, [])

    def resume(self, source: str) -> None:
        """The source sends all it kept, in its order."""
        for event in self._kept.pop(source, []):
            self._post(source, event)

    def take(self) -> list[tuple[int, Event]]:
        """What has left since the last call: (moment of sending in ms, event)."""
        sent, self._sent = self._sent, []
        return sent

    def is_silent(self, source: str) -> bool:
        """Whether the source is silent now."""
        return source in self._kept

    def _post(self, source: str, event: Event) -> None:
        if source in self._kept:
            self._kept[source].append(event)
        else:
            self._sent.append((self._agenda.now_ms, event))


def promise(source: str, program: str, time_ms: int) -> Event:
    """A heartbeat: everything this source knows of this program up to `time_ms` was sent."""
    return {"type": "heartbeat", "time": time_ms, "source": source, "program": program}
