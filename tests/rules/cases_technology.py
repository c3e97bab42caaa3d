"""Cases of streams.rules.technology."""

from tests.rules.case import CELL, OPEN, QUEUE, Case

_BOT = QUEUE.replace("voice", "bot")
_STARTED = f"cc_bot_hour_conversations_started{{{_BOT}}}"
_CONTAINED = f"cc_bot_hour_conversations_contained{{{_BOT}}}"
_SUBMITS = f'cc_interval_bot_submits{{site="",{_BOT}}}'
_IN_X = f'cc_interval_bot_responses_in_x{{site="",{_BOT}}}'
_HALF_DAYS = {"step_s": 43_200, "lead": 15, "after": 2, "lasts": 5, "tail": 4}
"""A week has 14 of them."""
_DROPS = tuple(
    Case(
        *(name, severity, "queue"),
        bad={over: bad},
        good={over: 80},
        idle={over: 0, under: 0},
        always={under: 100},
        kinds=("fires", "quiet", "idle", "late", "flaps"),
        **_HALF_DAYS,
    )
    for name, over, under in (
        ("BotContainmentDropped", _CONTAINED, _STARTED),
        ("BotLatencyHigh", _IN_X, _SUBMITS),
    )
    for severity, bad in (("warning", 74), ("critical", 69))
)
_PROBED = QUEUE.replace("voice", "telecom")


def _not_up(kind: str, seconds: float) -> dict[str, float]:
    return {
        f'cc_interval_technology_{each}_seconds{{site="",{_PROBED}}}': (
            seconds if each == kind else 0
        )
        for each in ("down", "degraded")
    }


_UP = tuple(
    Case(
        *(name, severity, "queue"),
        bad=_not_up(kind, 120),
        good=_not_up(kind, 119),
        idle=_not_up(kind, 0),
        after=1,
        flap="steady",
    )
    for name, severity, kind in (
        ("TechnologyDown", "critical", "down"),
        ("TechnologyDegraded", "warning", "degraded"),
    )
)
_OFFERS = f"cc_day_chat_offers{{{CELL}}}+"
_CHATS_DUE = f"cc_day_forecast_contacts_to_date{{{QUEUE}}}+"


def _offers_end(
    kind: str,
    offers: float,
    due: float | None = None,
    lead: int = 33,
    after: int = 8,
    lasts: int = 12,
) -> Case:
    """No more offers for `lasts` steps, after `lead` with so many each, and so many chats due if forecast."""
    return Case(
        *("ChatOffersStopped", "warning", "queue"),
        label="",
        bad={_OFFERS: 0},
        good={_OFFERS: offers},
        idle={_OFFERS: 0},
        always=OPEN if due is None else OPEN | {_CHATS_DUE: due},
        step_s=300,
        lead=lead,
        after=after,
        lasts=lasts,
        kinds=(kind,),
    )


_CHAT_OFFERS = (
    Case(
        *("ChatOffersStopped", "warning", "queue"),
        bad={_OFFERS: 0},
        good={_OFFERS: 1.6},
        idle={},
        always=OPEN | {_CHATS_DUE: 1},
        step_s=300,
        lead=33,
        after=8,
        lasts=12,
        kinds=("fires", "quiet", "late", "moves"),
    ),
    # Where nothing is forecast; and towards the evening, when fewer are due.
    _offers_end("fires", 1.6),
    Case(
        *("ChatOffersStopped", "warning", "queue"),
        label="",
        bad={},
        good={_OFFERS: 1.6, _CHATS_DUE: 1},
        idle={_OFFERS: 0, _CHATS_DUE: 0.3},
        always=OPEN,
        step_s=300,
        lead=33,
        kinds=("idle",),
    ),
    # After forty minutes of the day, where what is forecast says that more would have been offered.
    _offers_end("fires", 2, due=1, lead=8),
    # Too few to say how many are offered for each that is due; and a forecast of none says nothing.
    _offers_end("flaps", 0.8, due=0.1, lead=8),
    _offers_end("fires", 1.6, due=0),
    # Nobody was offered a chat all day: nothing has stopped.
    Case(
        *("ChatOffersStopped", "warning", "queue"),
        label="",
        bad={},
        good={_OFFERS: 0},
        always=OPEN,
        step_s=300,
        lead=33,
        kinds=("idle",),
    ),
    # Eight should have been offered in half an hour, by forecast or by the hours before: none is chance.
    _offers_end("idle", 1.4, due=1, after=7, lasts=9),
    _offers_end("idle", 1.4, after=7, lasts=9),
    # Seven in an hour, and so told of ninety minutes.
    _offers_end("fires", 0.6, due=1, after=19, lasts=23),
    # Once or twice in half an hour goes on being offered.
    _offers_end("flaps", 1.6),
)
_TRIED = 'cc_day_contact_attempts{program="PROGRAM"}+'
_LOST = 'cc_day_contact_attempts_blocked{program="PROGRAM"}+'
_BLOCKED = tuple(
    Case(
        *("AttemptsBlocked", severity, "program"),
        bad={_LOST: bad},
        good={_LOST: good},
        idle={_LOST: 0, _TRIED: 0},
        always={_TRIED: 100},
        lead=40,
        after=after,
        lasts=20,
        tail=30,
        # What is told of every other minute was blocked within the last fifteen all the same.
        flap="steady",
    )
    for severity, bad, good, after in (
        ("info", 1, 0, 1),
        ("warning", 2, 0.5, 9),
        ("critical", 3, 0.75, 9),
    )
)
TECHNOLOGY = (*_BLOCKED, *_DROPS, *_UP, *_CHAT_OFFERS)
