"""The page that `demo`, `run` and `worker` serve, as their settings have it."""

from streams.clock import Clock
from streams.exporter import ViewSource
from streams.page.alerts import Alerts
from streams.page.day import Recorded, nothing_recorded
from streams.page.live import LivePage
from streams.planning.rest import RestOfDay
from streams.settings import Settings


def page_of(
    settings: Settings,
    view_source: ViewSource,
    clock: Clock,
    rest: RestOfDay,
    every_s: float,
    recorded: Recorded = nothing_recorded,
    simulated: bool = False,
) -> LivePage:
    """The page of a service with these settings, pushed every `every_s` seconds while it is open."""
    url = settings.alerts.url
    return LivePage(
        view_source,
        settings.plan,
        clock,
        rest,
        every_s=every_s,
        names=settings.staff.show_staff,
        simulated=simulated,
        token=settings.http.token.get_secret_value(),
        recorded=recorded,
        alerts=Alerts(str(url)) if url else None,
    )
