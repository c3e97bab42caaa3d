"""Sums of chat that its ratios are rolled up from."""

from schemas.keys import Basis
from schemas.kpi import Measure, Metrics, Unit, terms

_EVERY, _DAY = ("interval", "last_interval", "day"), ("day",)
_SUMS = (
    (
        "chats_requested",
        Basis.ARRIVAL,
        Unit.COUNT,
        "chat_req",
        "chats_requested",
        _EVERY,
        "Chats that asked for people, deferred ones left out.",
    ),
    (
        "chats_abandoned",
        Basis.ARRIVAL,
        Unit.COUNT,
        "chat_left + chat_noreply",
        "chats_abandoned",
        _EVERY,
        "Chats left before a person wrote, or without a reply to the first message.",
    ),
    (
        "dialogues",
        Basis.COHORT,
        Unit.COUNT,
        "chat_dialogue",
        "chat_dialogues",
        _DAY,
        "Chats whose customer replied to the first message.",
    ),
    (
        "sessions_abandoned",
        Basis.COHORT,
        Unit.COUNT,
        "sess_abn",
        "chat_sessions_abandoned",
        _DAY,
        "Dialogues that the customer left with a message unanswered.",
    ),
    (
        "turns",
        Basis.RECEIPT,
        Unit.COUNT,
        "n_turn",
        "chat_turns",
        _EVERY,
        "Customers' messages that a person answered, the first of each chat left out.",
    ),
    (
        "response_time",
        Basis.RECEIPT,
        Unit.SECONDS,
        "resp_ms",
        "chat_response_time_seconds",
        _EVERY,
        "Time to answer those messages, summed.",
    ),
    (
        "offers",
        Basis.OFFER,
        Unit.COUNT,
        "offer_shown",
        "chat_offers",
        _DAY,
        "Chat offers that reached a visitor.",
    ),
    (
        "offers_accepted",
        Basis.OFFER,
        Unit.COUNT,
        "offer_acc",
        "chat_offers_accepted",
        _DAY,
        "Chat offers that the visitor took.",
    ),
)
CHAT_MEASURES: tuple[Measure, ...] = tuple(
    Measure(
        key=key,
        title=definition.removesuffix("."),
        definition=definition,
        numerator=terms(text),
        basis=basis,
        unit=unit,
        channels=("chat", "messaging"),
        metrics=Metrics(**{window: f"cc_{window}_{name}" for window in windows}),
    )
    for key, basis, unit, text, name, windows, definition in _SUMS
)
"""Declared for chat and messaging queues only."""
