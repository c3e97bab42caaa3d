"""A page with everything on it, of a view made by hand, for tests that look at it."""

from dataclasses import replace
from http import HTTPStatus

import msgspec

from schemas.targets import Plan
from streams.clock import ManualClock
from streams.http import LOOPBACK, Server, serve
from streams.page.live import LivePage
from streams.planning.rest import RestOfDay
from streams.view import Attention, PersonNow, QueueKey, View
from tests.views import AT_MS, CARD_DESK, busy_view, key

EVIL = "<img src=x onerror=document.title='taken'>"
"""A name as an event may bring it."""
TOKEN = "a token of ä tests"
PLAN = Plan.model_validate(
    {
        "queues": {
            "cards": {"program": "bank"},
            "loans": {"program": "bank"},
            EVIL: {"program": "bank"},
            "web": {"program": "bank", "channel": "chat"},
        },
        "groups": [{"program": "bank", "group": "card-desk", "serves": ["cards"]}],
        "default_target": {"thresholds_s": [20], "service_level": 0.8, "abandonment": 0.05},
    }
)


def shown_view(**changes: object) -> View:
    """The busy view with a queue and a person of a dangerous name."""
    busy = busy_view()
    person = PersonNow(
        EVIL, "bank", "card-desk", "north", "no_show", AT_MS - 600_000, 1, "logged_out", "work"
    )
    where = key(CARD_DESK, AT_MS, "north")
    attention = Attention({where: {"no_show": 1}}, {where: 1}, (person,))
    queues = (*busy.queues, QueueKey("bank", EVIL, "voice"))
    return replace(busy, queues=queues, attention=attention, **changes)  # type: ignore[arg-type]


def page_of(view_source, clock=None, **options) -> LivePage:
    rest, clock = RestOfDay(PLAN), clock or ManualClock(AT_MS)
    return LivePage(view_source, PLAN, clock, rest, **({"every_s": 0.05} | options))


OWN_RULE = (
    "a rule of somebody's own that has much to say: what it is about, what it means for those who "
    "wait, and all that is to be done before the disk of the recorder is full"
)
ALERTS = [
    {
        "labels": {"alertname": EVIL, "severity": "critical", "program": "bank"},
        "annotations": {"summary": f"{EVIL} fires", "summary_ja": f"{EVIL}が発報"},
        "startsAt": "2024-03-04T09:00:00.000Z",
    },
    {
        "labels": {"alertname": "DiskFull", "severity": "warning"},
        "annotations": {"summary": OWN_RULE},
        "startsAt": "2024-03-04T09:00:00.000Z",
    },
    {
        "labels": {"alertname": "Watchdog", "severity": "info", "layer": "monitor"},
        "annotations": {},
    },
]
"""As an Alertmanager tells of them."""


def alerting() -> Server:
    """A server that answers as an Alertmanager with two alerts and the sign of life does (tests/test_page_alerts.py)."""
    told = HTTPStatus.OK, "application/json", msgspec.json.encode(ALERTS)
    return Server(LOOPBACK, 0, {"/api/v2/alerts": lambda _: told})


def served(view_source=shown_view, token: str = "", port: int = 0, **options) -> Server:
    """A server of the page; `token` is asked of everybody, `token_of_names` opens names."""
    page = page_of(view_source, token=options.pop("token_of_names", token), **options)
    ready = lambda: ""  # noqa: E731
    return serve(LOOPBACK, port, view_source, ready, plan=PLAN, token=token, site=page.site())
