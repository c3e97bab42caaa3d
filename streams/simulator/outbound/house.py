"""A center's campaigns: a part of the list each open day, dialled until somebody answers or it is over."""

from collections import Counter
from datetime import date
from typing import Any

from schemas.outbound import RESULTS
from schemas.targets import Queue
from streams.simulator.draws import Draws
from streams.simulator.outbound.truth import OnList, OutboundTruth
from streams.simulator.settings import SimulatorSettings
from streams.simulator.wire import DIALER_SOURCE
from streams.simulator.world import World

_STREAM = 6
"""Dice of its own, so that a center without campaigns throws what it always threw."""
_COUNTED_EVERY_MS = 1_800_000
_LAST_MS = 60_000
"""So long before closing a list is counted for the last time of the day."""


def planned_campaigns(settings: SimulatorSettings) -> dict[str, Queue]:
    """Campaigns, as the monitor is told of them; none where nothing is dialled."""
    campaigns = settings.campaign_floor.campaigns.items() if settings.outbound else ()
    return {
        name: Queue(
            program=one.program,
            channel="outbound",
            due_s=one.due_s,
            opening_hours=settings.hours_of(one.program),
        )
        for name, one in campaigns
    }


class OutboundHouse:
    """Records, lists and the account of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._draws = Draws(world.settings.seed, _STREAM)
        self._truth = OutboundTruth()
        self._planned: Counter[str] = Counter()
        """By campaign: records that the plan wants dialled by the end of the day."""
        self._dialled: Counter[str] = Counter()
        self._overnight: dict[str, list[OnList]] = {}
        """Records whose next attempt is another day's."""
        self._closes_ms = 0

    def open_day(self, day: date, span: tuple[int, int]) -> None:
        """A local day that is open over `span` (UTC ms)."""
        settings, now_ms = self._world.settings, self._world.now_ms
        opens_ms, self._closes_ms = max(span[0], now_ms), span[1]
        if opens_ms >= self._closes_ms - _LAST_MS:
            return
        for name, one in settings.campaign_floor.campaigns.items():
            if one.program not in self._world.open_today:
                continue
            per_day = max(1, round(one.records_per_day * settings.scale))
            self._world.agenda.at(opens_ms, self._list, name, per_day)
            moments = range(opens_ms + _COUNTED_EVERY_MS, self._closes_ms, _COUNTED_EVERY_MS)
            for moment in {*moments, self._closes_ms - _LAST_MS}:
                share = (moment - opens_ms) / (self._closes_ms - opens_ms)
                left = round(per_day * (1 - share))
                self._world.agenda.at(moment, self._count, name, per_day, left)

    def end_day(self) -> None:
        """A local day ends now."""
        self._truth.day_ended(self._world.now_ms)

    def sources(self) -> list[tuple[str, str]]:
        """(source, program) of all that promise to have told of records and lists."""
        known = self._world.settings.campaign_floor.campaigns.values()
        return list(dict.fromkeys((DIALER_SOURCE, one.program) for one in known))

    def rows(self) -> list[dict[str, Any]]:
        """See `OutboundTruth.rows`."""
        return self._truth.rows(self._world.now_ms)

    def _list(self, queue: str, per_day: int) -> None:
        """The day's part of a list, and what is left of the days before."""
        world, draws = self._world, self._draws
        of = world.settings.campaign_floor.campaigns[queue]
        for record in self._overnight.pop(queue, []):
            self._appoint(record)
        for _ in range(per_day):
            self._planned[queue] += 1
            due_ms = world.now_ms + round(of.due_s * 1000)
            name = world.named(queue, self._planned[queue])
            record = OnList(name, of.program, queue, due_ms)
            self._tell(record, "record_listed", queue=queue)
            self._truth.listed(record, world.now_ms)
            if draws.chance(world.settings.campaign_floor.habits.withdrawn):
                world.agenda.after(draws.waiting_ms(of.due_s / 4), self._withdraw, record)
            if draws.chance(of.pace):
                self._appoint(record)

    def _appoint(self, record: OnList) -> None:
        """An attempt some time in the rest of the open day."""
        left_s = (self._closes_ms - self._world.now_ms) / 1000
        self._world.agenda.after(self._draws.between_ms(1, max(2, left_s - 1)), self._dial, record)

    def _count(self, queue: str, per_day: int, left: int) -> None:
        program = self._world.settings.campaign_floor.campaigns[queue].program
        counts = self._planned[queue] - left, self._dialled[queue], per_day
        told = dict(zip(("planned", "dialled", "per_day"), counts, strict=True))
        self._world.out.tell(DIALER_SOURCE, program, "list_counted", queue=queue, **told)
        self._truth.counted(program, queue, counts)

    def _dial(self, record: OnList) -> None:
        if record.ended:
            return
        of = self._world.settings.campaign_floor
        result = self._attempt(record)
        if result == "right_party":
            self._truth.ended(record, self._world.now_ms, result)
            if self._draws.chance(of.habits.called_again):
                self._world.agenda.after(self._draws.waiting_ms(3600), self._call_again, record)
        elif result == "failed" and self._draws.chance(of.habits.bad_record):
            self._close(record, "bad_record")
        elif record.attempts >= of.campaigns[record.queue].attempts:
            self._close(record, "exhausted")
        else:
            self._again(record)

    def _call_again(self, record: OnList) -> None:
        """As was agreed: the right party answers."""
        self._attempt(record, "right_party")

    def _again(self, record: OnList) -> None:
        """The next attempt, if need be on another day."""
        retry_s = self._world.settings.campaign_floor.campaigns[record.queue].retry_s
        delay_ms = self._draws.waiting_ms(retry_s)
        if self._world.now_ms + delay_ms < self._closes_ms:
            self._world.agenda.after(delay_ms, self._dial, record)
        else:
            self._overnight.setdefault(record.queue, []).append(record)

    def _attempt(self, record: OnList, result: str = "") -> str:
        """Dial; returns the result."""
        habits = self._world.settings.campaign_floor.habits
        weights = [getattr(habits, name) for name in RESULTS]
        result = result or self._draws.choice(RESULTS, weights)
        self._dialled[record.queue] += record.dialled_ms is None
        record.attempts += 1
        self._tell(record, "record_dialled", queue=record.queue, result=result)
        self._truth.dialled(record, self._world.now_ms, result)
        return result

    def _close(self, record: OnList, reason: str) -> None:
        self._tell(record, "record_closed", reason=reason)
        self._truth.ended(record, self._world.now_ms, reason)

    def _withdraw(self, record: OnList) -> None:
        if not record.ended:
            self._tell(record, "record_withdrawn")
            self._truth.ended(record, self._world.now_ms, "withdrawn")

    def _tell(self, record: OnList, kind: str, **fields: Any) -> None:
        self._world.out.tell(DIALER_SOURCE, record.program, kind, record=record.name, **fields)
