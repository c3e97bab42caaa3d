"""What the simulated center forecasts: contacts and AHT of each queue, per half hour of tomorrow.

What is forecast is what an ordinary day would bring; the days themselves are busier or calmer.
"""

from datetime import date, time, timedelta

from schemas.keys import BUCKET_MS
from streams.simulator.arrivals import expected_calls, expected_contacts
from streams.simulator.curve import DAY_SHAPE, LEVEL_SHAPE, local_ms
from streams.simulator.wire import FORECAST_SOURCE
from streams.simulator.world import World, on_grid, open_hours, opens_on

HALF_HOUR_MS = 2 * BUCKET_MS
PUBLISHED = time(16)
SHRINKAGE = 300
"""Permille of scheduled time that breaks, training and absence are expected to take."""
_AUTHOR, _REASON = "planning", "day ahead"


class Forecasts:
    """Publishes `forecast` events the afternoon before, version 1. It throws no dice."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(self, day: date) -> None:
        """Forecast the local day on which the house opens, and all that follow."""
        self._publish(day)
        self._appoint(day + timedelta(days=1))

    def _appoint(self, day: date) -> None:
        agenda = self._world.agenda
        agenda.at(max(self._published_ms(day), agenda.now_ms), self.begin, day)

    def _published_ms(self, day: date) -> int:
        return local_ms(day - timedelta(days=1), PUBLISHED, self._world.settings.zone)

    def _publish(self, day: date) -> None:
        settings = self._world.settings
        begins, ends = on_grid(open_hours(settings, day))
        for name, queue in settings.queues.items():
            if not opens_on(settings, queue.program, day):
                continue
            for start in range(begins, ends, HALF_HOUR_MS):
                aht_s = queue.talk_s + queue.acw_s * (1 - settings.habits.no_acw)
                contacts = self._contacts(name, day, start)
                self._tell(day, (queue.program, name), start, contacts, round(aht_s * 1000))
        if not (settings.chat and settings.chat_forecasts):
            return
        for name, chats in settings.chat_floor.queues.items():
            if opens_on(settings, chats.program, day):
                of_day = expected_contacts(settings, chats.chats_per_day, day, (begins, ends))
                for start in range(begins, ends, HALF_HOUR_MS):
                    contacts = of_day * self._part(day, start)
                    self._tell(day, (chats.program, name), start, contacts, "")

    def _tell(
        self, day: date, of: tuple[str, str], start: int, contacts: float, aht_ms: int | str
    ) -> None:
        program, queue = of
        self._world.out.tell(
            FORECAST_SOURCE,
            program,
            "forecast",
            at_ms=self._published_ms(day),
            queue=queue,
            version=1,
            start=start,
            end=start + HALF_HOUR_MS,
            milli_contacts=round(contacts * 1000),
            aht_ms=aht_ms,
            shrinkage_permille=SHRINKAGE,
            author=_AUTHOR,
            reason=_REASON,
        )

    def _contacts(self, name: str, day: date, start_ms: int) -> float:
        """Contacts that reach people in a half-hour: calls, and what other teams hand on."""
        settings = self._world.settings
        calls = self._calls(name, day, start_ms)
        for other, queue in settings.queues.items():
            if queue.escalation is not None and queue.escalation.to_queue == name:
                calls += self._calls(other, day, start_ms) * queue.escalation.share
        return calls

    def _calls(self, name: str, day: date, start_ms: int) -> float:
        """The part of a half-hour's calls that blocking and the IVR let through."""
        settings, habits = self._world.settings, self._world.settings.habits
        span = open_hours(settings, day)
        part = self._part(day, start_ms)
        calls = expected_calls(settings, name, day, span) * part * (1 - habits.busy)
        program = settings.programs[settings.queues[name].program]
        return calls * (1 - habits.self_service - habits.ivr_hang_up) if program.ivr else calls

    def _part(self, day: date, start_ms: int) -> float:
        """The part of a day's contacts that a half-hour brings."""
        settings = self._world.settings
        span = open_hours(settings, day)
        shape = LEVEL_SHAPE if settings.around_the_clock else DAY_SHAPE
        step = (span[1] - span[0]) / len(shape)
        part = 0.0
        for at, weight in enumerate(shape):
            begins = span[0] + at * step
            overlap = min(begins + step, start_ms + HALF_HOUR_MS) - max(begins, start_ms)
            part += max(0.0, overlap) / step * weight / sum(shape)
        return part
