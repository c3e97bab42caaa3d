"""What a simulated center is made of: programs, queues, staff groups, habits and outages."""

from datetime import UTC, datetime, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.keys import Identifier, OptionalIdentifier
from schemas.targets import WEEKDAYS, OpeningHours, Share, Target, TimeZone, Weekday
from streams.simulator.bots.settings import BotFloor
from streams.simulator.cases.settings import CaseFloor
from streams.simulator.chat.settings import ChatFloor, ChatTeam
from streams.simulator.outbound.settings import CampaignFloor
from streams.simulator.wire import (
    CASE_SOURCE,
    CHAT_SOURCE,
    DIALER_SOURCE,
    IVR_SOURCE,
    TECHNOLOGY_SOURCES,
    WFM_SOURCE,
    desk_source,
    topic_of,
)

Seconds = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProgramSettings(_Strict):
    """A client's service. `acd` names the system, and so the source, that routes its calls."""

    client: str = ""
    acd: Identifier = "acd-1"
    ivr: bool = True
    days: tuple[Weekday, ...] = WEEKDAYS  # type: ignore[assignment]
    trunks: Annotated[int, Field(gt=0)] = Field(
        default=200, description="Calls in the house at scale 1; one more is blocked."
    )


class Escalation(_Strict):
    """Which team takes over, how often, and the class the transfer is reported under."""

    to_queue: Identifier
    share: Share
    kind: Literal["tier", "sales", "back_office", "other"] = "tier"


class QueueSettings(_Strict):
    """A queue: its demand at scale 1, its customers' habits and the work they bring."""

    program: Identifier
    calls_per_day: Annotated[float, Field(ge=0)]
    targets: tuple[Target, ...] = (Target(service_level=0.8),)
    priority: int = Field(default=0, description="The greater is served first.")
    talk_s: Positive = 200.0
    acw_s: Positive = 40.0
    spread: Positive = Field(default=0.7, description="Standard deviation / mean of both.")
    patience_s: Positive = Field(default=240.0, description="Mean of those who mean to wait.")
    max_wait_s: Positive = Field(default=900.0, description="Then the ACD hangs up.")
    callbacks: bool = Field(default=False, description="Offers callbacks and a mailbox.")
    callback_attempts: Annotated[int, Field(ge=1, le=20)] = 2
    overflow_to: OptionalIdentifier = ""
    overflow_after_s: Positive = 60.0
    also_in: OptionalIdentifier = Field(default="", description="Some wait there as well.")
    escalation: Escalation | None = None
    site_split: dict[Identifier, Positive] = Field(
        default={}, description="Weight of each site, where routing pre-allocates."
    )


class StaffGroup(_Strict):
    """People of one site and one set of skills, who belong to one home program."""

    site: Identifier
    home: Identifier
    queues: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    people: Annotated[int, Field(gt=0)]
    paid_meals: bool = Field(default=True, description="Read with `staff_events` only.")
    requested: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        default=(), description="FTE by half-hour of the open hours; empty: as the load comes to."
    )


class Habits(_Strict):
    """How often the rarer things happen. Shares are per call unless said otherwise."""

    busy_day: Share = Field(
        default=0.06, description="Standard deviation of a day's calls, of those forecast."
    )
    busy: Share = Field(default=0.002, description="Attempts blocked before the ACD.")
    self_service: Share = 0.12
    ivr_hang_up: Share = 0.03
    ivr_opt_out: Share = 0.02
    ivr_error: Share = 0.005
    impatient: Share = Field(default=0.04, description="Callers who wait some 10 s only.")
    withdrawn: Share = Field(default=0.005, description="Taken out of the queue by the system.")
    also_in: Share = 0.3
    in_turn: Share = Field(default=0.25, description="Of those to whom callbacks are offered.")
    later: Share = 0.08
    voicemail: Share = 0.06
    callback_reached: Share = 0.75
    no_answer: Share = Field(default=0.015, description="Rings that nobody answers.")
    hold: Share = 0.2
    hang_up_on_hold: Share = Field(default=0.03, description="Per hold.")
    consult: Share = 0.05
    conference: Share = 0.02
    line_failure: Share = 0.002
    same_team_transfer: Share = 0.012
    no_acw: Share = 0.1
    acw_pause: Share = Field(default=0.05, description="A pause before after-call work begins.")
    absent: Share = Field(default=0.04, description="People away, per person and day.")


OutageKind = Literal[
    "site_down",
    "acd_drop",
    "acd_restart",
    "chat_restart",
    "feed_silent",
    "technology_down",
    "technology_degraded",
    "surge",
    "slow",
    "absent",
    "offers_off",
]


class Outage(_Strict):
    """A failure, local time of the center, on the given days since the start (0 = first).

    - `site_down`: the people of site `name` vanish, their calls drop, until it ends.
    - `acd_drop`: ACD `name` drops every call; attempts are blocked until it ends.
    - `acd_restart`: ACD `name` loses track of its calls; attempts are blocked until it ends.
    - `chat_restart`: the chat platform `chat` loses track of its chats, and goes on at once.
    - `feed_silent`: source `name` works on but sends nothing; what it held comes at the end.
    - `technology_down`, `technology_degraded`: technology `name` is out of order until it ends.
    - `surge`: queue `name` is called `times` as often as on an ordinary day; no forecast knows.
    - `slow`: conversations of calls in queue `name` are `times` as long.
    - `absent`: `share` of the people at work in groups called `name` leave, and come back at the end.
    - `offers_off`: chat queue `name` is offered to nobody.
    """

    kind: OutageKind
    name: Identifier
    at: time
    minutes: Positive
    days: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    times: Annotated[float, Field(gt=1, le=100)] = Field(
        default=2.0, description="Of a surge, or slow."
    )
    share: Share = Field(default=0.5, description="Of those at work: who is absent.")
    rises_min: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="A surge, slow or absent is all there after so many minutes."
    )


class SimulatorSettings(_Strict):
    """A whole center. Without arguments: `streams.simulator.layout`, five programs at three sites.

    `start` is only used when a center is advanced before it was begun at a moment of its own.
    Errors: a queue, program, site or source that is named but not listed.
    """

    seed: Annotated[int, Field(ge=0)] = 1
    scale: Positive = Field(default=1.0, description="Multiplies demand, and staff to match.")
    start: datetime = datetime(2026, 1, 4, 15, 0, tzinfo=UTC)
    time_zone: TimeZone = "Asia/Tokyo"
    opens: time = time(8, 0)
    closes: time = time(20, 0)
    around_the_clock: bool = Field(
        default=False, description="Always open, at a level load: for demonstrations at any hour."
    )
    staff_events: bool = Field(
        default=False,
        description="People keep schedules, more or less, and their states, schedules and requested FTE are sent too.",
    )
    breaks_in_turns: bool = Field(
        default=False, description="Breaks of a group are spread evenly, not as dice fall."
    )
    chat: bool = Field(default=False, description="Customers chat too, as `chat_floor` says.")
    bots: bool = Field(
        default=False, description="Bots talk and technology is probed, as `bot_floor` says."
    )
    cases: bool = Field(
        default=False, description="Deferred work comes and is done, as `case_floor` says."
    )
    outbound: bool = Field(
        default=False, description="Lists are dialled, as `campaign_floor` says."
    )
    forecasts: bool = Field(
        default=False, description="The plan's forecasts, and the FTE it requires, are sent too."
    )
    chat_forecasts: bool = Field(
        default=False, description="Of chats too, with `forecasts`; contacts only."
    )
    heartbeat_s: Positive = 10.0
    run: Annotated[str, Field(pattern="^[a-z0-9]*$")] = Field(
        default="",
        description="Stands in ids and names of contacts: a center that begins anew repeats none.",
    )
    programs: dict[Identifier, ProgramSettings] = {}
    queues: dict[Identifier, QueueSettings] = {}
    staff: tuple[StaffGroup, ...] = ()
    chat_floor: ChatFloor = ChatFloor()
    bot_floor: BotFloor = BotFloor()
    case_floor: CaseFloor = CaseFloor()
    campaign_floor: CampaignFloor = CampaignFloor()
    habits: Habits = Habits()
    outages: tuple[Outage, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _default_house(cls, data: object) -> object:
        parts = ("programs", "queues", "staff")
        if isinstance(data, dict) and not any(part in data for part in parts):
            from streams.simulator.bots.layout import BOT_FLOOR
            from streams.simulator.cases.layout import CASE_FLOOR
            from streams.simulator.chat.layout import CHAT_FLOOR
            from streams.simulator.layout import PROGRAMS, QUEUES, STAFF
            from streams.simulator.outbound.layout import CAMPAIGN_FLOOR

            house = {"programs": PROGRAMS, "queues": QUEUES, "staff": STAFF}
            floors = {"chat_floor": CHAT_FLOOR, "bot_floor": BOT_FLOOR, "case_floor": CASE_FLOOR}
            return floors | {"campaign_floor": CAMPAIGN_FLOOR} | data | house
        return data

    @model_validator(mode="after")
    def _names_are_listed(self) -> Self:
        for name, queue in self.queues.items():
            if queue.program not in self.programs:
                raise ValueError(f"queue {name!r}: program {queue.program!r} is not listed")
            for other in filter(None, (queue.overflow_to, queue.also_in)):
                self._check_way(name, queue, other)
            if queue.escalation and queue.escalation.to_queue not in self.queues:
                raise ValueError(f"queue {name!r}: unknown queue {queue.escalation.to_queue!r}")
            if queue.escalation and self.queues[queue.escalation.to_queue].site_split:
                raise ValueError(f"queue {name!r} escalates to a queue split by site")
        for group in self.staff:
            unknown = {group.home} - set(self.programs) or set(group.queues) - set(self.queues)
            if unknown:
                raise ValueError(f"staff of {group.site!r}: {sorted(unknown)} is not listed")
        for name, chat in self.chat_floor.queues.items():
            if chat.program not in self.programs or name in self.queues:
                raise ValueError(f"chat queue {name!r}: program not listed, or a queue of calls")
        for name, one in self.bot_floor.technologies.items():
            queues = {"", *self.queues, *self.chat_floor.queues}
            if one.program not in self.programs or one.hands_to not in queues:
                raise ValueError(f"technology {name!r}: program or queue is not listed")
        for name, cases in self.case_floor.queues.items():
            taken = {*self.queues, *self.chat_floor.queues}
            if cases.program not in self.programs or name in taken:
                raise ValueError(f"queue of cases {name!r}: program not listed, or another queue")
        taken = {*self.queues, *self.chat_floor.queues, *self.case_floor.queues}
        for name, campaign in self.campaign_floor.campaigns.items():
            if campaign.program not in self.programs or name in taken:
                raise ValueError(f"campaign {name!r}: program not listed, or another queue")
        for program in self.programs.values():
            if self.staff_events and topic_of(program.acd) != "acd":
                raise ValueError(f"{program.acd!r} names a source of staff events, not an ACD")
        for outage in self.outages:
            if outage.name not in self._known(outage):
                raise ValueError(f"outage {outage.kind}: unknown name {outage.name!r}")
        return self

    def _check_way(self, name: str, queue: QueueSettings, other: str) -> None:
        target = self.queues.get(other)
        if target is None or target.program != queue.program:
            raise ValueError(f"queue {name!r}: {other!r} is not a queue of the same program")
        if queue.site_split or target.site_split:
            raise ValueError(f"queue {name!r}: calls split by site stay in their queue")

    def _known(self, outage: Outage) -> set[str]:
        if outage.kind == "site_down":
            return set(self.sites)
        if outage.kind in ("surge", "slow"):
            return set(self.queues)
        if outage.kind == "absent":
            callers = [group.queues[0] for group in self.staff]
            teams = callers + [team.queues[0] for team in self.chat_teams]
            return set(teams if self.staff_events else ())
        if outage.kind == "offers_off":
            return set(self.chat_floor.queues) if self.chat else set()
        if outage.kind in ("technology_down", "technology_degraded"):
            return set(self.bot_floor.technologies) if self.bots else set()
        acds = {program.acd for program in self.programs.values()}
        if outage.kind == "chat_restart":
            return self._chat_sources()
        if outage.kind != "feed_silent":
            return acds
        technology = TECHNOLOGY_SOURCES if self.bots else ()
        others = {IVR_SOURCE, *((CASE_SOURCE,) if self.cases else ())}
        others |= {DIALER_SOURCE} if self.outbound else set()
        return acds.union(others, self._staff_sources(), self._chat_sources(), technology)

    def _chat_sources(self) -> set[str]:
        return {CHAT_SOURCE} if self.chat else set()

    def _staff_sources(self) -> set[str]:
        if not self.staff_events:
            return set()
        return {WFM_SOURCE, *(desk_source(site) for site in self.sites)}

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the center and of all its programs."""
        return ZoneInfo(self.time_zone)

    @property
    def sites(self) -> tuple[str, ...]:
        """Where staff sit, in the order they are listed."""
        callers = [group.site for group in self.staff]
        return tuple(dict.fromkeys(callers + [team.site for team in self.chat_teams]))

    @property
    def chat_teams(self) -> tuple[ChatTeam, ...]:
        """Who chats; nobody where there is no chat."""
        return self.chat_floor.teams if self.chat else ()

    def hours_of(self, program: str, office: bool = True) -> OpeningHours:
        """The center's hours on the program's days; without `office` all day, every day."""
        if self.around_the_clock or not office:
            return OpeningHours()
        days = self.programs[program].days
        return OpeningHours(opens=self.opens, closes=self.closes, days=days)

    def program_of(self, queue: str) -> str:
        """The program of a queue of calls or of chats."""
        chat = self.chat_floor.queues.get(queue)
        return chat.program if chat is not None else self.queues[queue].program

    def demand_of(self, queue: str) -> tuple[float, float]:
        """Contacts on a day at scale 1, and seconds of a person's time for each."""
        chat = self.chat_floor.queues.get(queue)
        if chat is not None:
            slots = [team.slots for team in self.chat_floor.teams if queue in team.queues]
            return chat.chats_per_day, chat.work_s / (sum(slots) / len(slots) if slots else 1)
        of = self.queues[queue]
        return of.calls_per_day, of.talk_s + of.acw_s
