"""Appointments of chats, void once the visit has moved on."""

from collections.abc import Callable

from streams.simulator.agenda import Agenda
from streams.simulator.chat.visit import ChatVisit


class Timers:
    """Appoints what is to become of a visit if it stays as it is until then."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    def after(self, delay_ms: int, call: Callable[[ChatVisit], None], visit: ChatVisit) -> None:
        """Appoint `call(visit)`."""
        self._agenda.after(delay_ms, self._due, call, visit, visit.turn)

    def _due(self, call: Callable[[ChatVisit], None], visit: ChatVisit, turn: int) -> None:
        if visit.turn == turn:
            call(visit)
