"""The plan's standing part: programs, queues, targets with validity, opening hours."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from schemas.groups import StaffingGroup, check_names
from schemas.keys import BUCKET_MS, Identifier

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_S = 86_400
Share = Annotated[float, Field(ge=0, le=1)]
TimeOut = Annotated[float, Field(gt=0, le=7 * DAY_S)]
"""Seconds, at most a week: what is open is kept in memory until then."""
Cycle = Annotated[float, Field(gt=0, le=366 * DAY_S)]
"""Seconds in which deferred or outbound work is promised."""
Lag = Annotated[int, Field(ge=0, le=40)]
"""Days; versions of the plan are kept for 40."""
Reported = Literal["blocked", "escalation", "migration", "ivr_exit", "hold", "acw", "completion"]
"""What some sources of contacts report and others cannot: a call table has no blocked attempts."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"unknown time zone {name!r}; use an IANA name such as Asia/Tokyo"
        ) from error
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Dated(_Strict):
    valid_from: AwareDatetime = datetime(1970, 1, 1, tzinfo=UTC)

    @model_validator(mode="after")
    def _begins_on_the_grid(self) -> Self:
        if self.valid_from_ms % BUCKET_MS:
            raise ValueError(f"valid_from {self.valid_from.isoformat()} is not on a 15-minute edge")
        return self

    @property
    def valid_from_ms(self) -> int:
        """Start of validity, ms UTC."""
        return round(self.valid_from.timestamp() * 1000)


class Target(_Dated):
    """What a queue promises from `valid_from` on, until the next target of the queue.

    The first threshold is *the* service level; up to three more are counted beside it.
    A target may only begin at an edge of the 15-minute UTC grid.
    """

    thresholds_s: Annotated[tuple[float, ...], Field(min_length=1, max_length=4)] = (20.0,)
    service_level: Share | None = None
    asa_s: Annotated[float, Field(gt=0)] | None = None
    abandonment: Share | None = None
    short_abandon_s: Annotated[float, Field(ge=0)] = 5.0

    @model_validator(mode="after")
    def _has_whole_thresholds(self) -> Self:
        if len(set(self.thresholds_s)) != len(self.thresholds_s):
            raise ValueError("thresholds_s names one threshold twice")
        if any(seconds <= 0 or seconds * 1000 % 1 for seconds in self.thresholds_s):
            raise ValueError("thresholds_s must be positive whole milliseconds")
        return self

    @property
    def thresholds_ms(self) -> tuple[int, ...]:
        """T in ms, the service level's first."""
        return tuple(round(seconds * 1000) for seconds in self.thresholds_s)


class OpeningHours(_Strict):
    """Weekly opening in the program's local time; `closed` lists whole days off."""

    days: tuple[Weekday, ...] = WEEKDAYS  # type: ignore[assignment]
    opens: time = time(0, 0)
    closes: time = Field(default=time(0, 0), description="00:00 means midnight at the day's end.")
    closed: tuple[date, ...] = ()

    def is_open(self, local: datetime) -> bool:
        """Whether the queue takes contacts at this local moment."""
        clock = local.time()
        if self.closes == time(0, 0) or self.opens < self.closes:
            until = clock < self.closes or self.closes == time(0, 0)
            return self._takes(local.date()) and self.opens <= clock and until
        # Over midnight: the hours after it belong to the day before.
        yesterday = local.date() - timedelta(days=1)
        late = clock < self.closes and self._takes(yesterday)
        return late or (clock >= self.opens and self._takes(local.date()))

    def _takes(self, day: date) -> bool:
        return day not in self.closed and WEEKDAYS[day.weekday()] in self.days

    def open_in(self, bucket: int, zone: ZoneInfo) -> bool:
        """Whether the queue is open at the start of a 15-minute bucket (number since 1970 UTC)."""
        moment = datetime.fromtimestamp(bucket * BUCKET_MS / 1000, UTC)
        return self.is_open(moment.astimezone(zone))


class DatedHours(OpeningHours, _Dated):
    """Opening hours from `valid_from` on, until the next ones of the queue."""


class PublishRule(_Strict):
    """When `run`, or a worker, publishes what it expects of the rest of a day as a version of the plan."""

    volume: Annotated[float, Field(ge=0.01, le=1)] = Field(
        default=0.08, description="Share by which the volume since the version in force deviates."
    )
    score: Annotated[float, Field(ge=0, le=20)] = Field(
        default=2.0, description="And deviations of chance."
    )
    every_min: Annotated[int, Field(ge=15, le=1440)] = Field(
        default=60, description="Minutes from one version of a queue to the next at least."
    )


class Program(_Strict):
    """Client x product or service: the unit that is staffed, planned and certified."""

    time_zone: TimeZone = "UTC"
    client: str = ""
    planning_interval_min: Literal[15, 30, 60] = Field(
        default=30, description="Interval of the plan: FTE are averaged over it (6.1)."
    )
    attainment_band: tuple[float, float] = Field(
        default=(0.95, 1.15), description="Available over requested FTE that attains (M1a)."
    )

    overdispersion: Annotated[float, Field(ge=1, le=100)] = Field(
        default=1.0,
        description="Variance over mean of the volume of an interval; 1: as chance has it (6.2).",
    )
    reforecast_prior: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=200.0,
        description="Contacts that the forecast of the day weighs against what came (M9).",
    )
    day_factor_sd: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.10,
        description="Standard deviation of a whole day's volume over its forecast, for the band (M9).",
    )
    publish: PublishRule | None = Field(
        default=None, description="Rule of publishing the rest of a day (M9). Empty: never."
    )

    staffing_lag_days: Lag = Field(
        default=28, description="Days ahead that staff are hired and trained for (M6)."
    )
    scheduling_lag_days: Lag = Field(
        default=7, description="Days ahead that schedules are made for (M7, M8)."
    )
    scheduling_band: tuple[Share, Share] = Field(
        default=(0.1, 0.1), description="Required below and above forecast that counts as met (M7)."
    )
    peak_tolerance: Share = Field(default=0.1, description="Of the forecast peak, either way (M8).")
    tells: tuple[Reported, ...] = Field(
        default=(),
        description="What every source of its contacts reports: attempts blocked before the queue (V4), "
        "escalations (R6), migrations to technology (T7), calls that opt out of the IVR or err in it (V2), time on "
        "hold, after-call work, conversations that completed their task (T3). What is not listed is not known to be none.",
    )

    @model_validator(mode="after")
    def _band_is_one(self) -> Self:
        low, high = self.attainment_band
        if not 0 <= low <= high:
            raise ValueError("attainment_band is [low, high] with 0 <= low <= high")
        return self


_PROMISED = ("deferred", "outbound")
"""Channels whose work is promised by a queue's clock when it comes, not judged by it afterwards."""


_UNLISTED = Program()


class Queue(_Strict):
    """Where contacts of one program and channel wait; of channel outbound, a campaign."""

    program: Identifier
    channel: Literal["voice", "chat", "messaging", "deferred", "outbound"] = Field(
        default="voice",
        description="Contacts of another channel are refused where this is stated; else counted.",
    )
    preallocated: bool = Field(
        default=False, description="Routing splits by percentage: arrivals belong to a site (6.5)."
    )
    callback_attempts: Annotated[int, Field(ge=1, le=20)] = Field(
        default=1, description="Failed attempts after which an in-turn callback is abandoned."
    )
    no_reply_s: TimeOut | None = Field(
        default=None,
        description="Chat: a first answer without a reply for so long is abandoned. "
        "Empty: 10 min, messaging 24 h.",
    )
    unresolved_s: TimeOut | None = Field(
        default=None, description="Chat: open for so long counts as unknown. Empty: 24 h."
    )
    clock: Literal["always", "open"] = Field(
        default="always",
        description="Chat, deferred and outbound work: whether waits, responses and the time until a "
        "case or list is due count all time, or opening hours only.",
    )
    deferred: bool = Field(
        default=False,
        description="Messaging worked as deferred: no chat abandonment and response time.",
    )
    due_s: Cycle | None = Field(
        default=None,
        description="Deferred: time in which a contact or case is to be done. Empty: a day. Outbound: "
        "time in which a list is to be done. Empty: 30 days.",
    )
    due_soon_s: Annotated[float, Field(ge=0, le=366 * DAY_S)] = Field(
        default=3600, description="Deferred work: so long before it is due it is due soon."
    )
    occupancy_max: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="Staff are required so that nobody is busier (6.3)."
    )
    patience_s: Annotated[float, Field(gt=0, le=DAY_S)] | None = Field(
        default=None, description="Mean patience. Empty: estimated from what is seen (6.3)."
    )
    concurrency: Annotated[float, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Chats that a person holds at once. Empty: as measured, else as forecast (R10).",
    )
    targets: tuple[Target, ...] = ()
    opening_hours: OpeningHours = OpeningHours()
    later_hours: tuple[DatedHours, ...] = Field(
        default=(),
        description="Opening hours that take the place of `opening_hours` from a moment on.",
    )

    def takes_contacts_of(self, channel: str) -> bool:
        """Whether contacts of a channel may wait here: of any where the plan states no channel of it."""
        if self.channel in _PROMISED:
            return False
        return "channel" not in self.model_fields_set or self.channel == channel

    @model_serializer(mode="wrap")
    def _as_stated(self, dumped: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Whoever reads it back must know as little of the channel as was said."""
        told: dict[str, Any] = dumped(self)
        if "channel" not in self.model_fields_set:
            told.pop("channel", None)
        return told

    def hours_at(self, moment_ms: int) -> OpeningHours:
        """The opening hours in force at a moment, ms UTC."""
        begun = [later for later in self.later_hours if later.valid_from_ms <= moment_ms]
        return max(begun, key=lambda later: later.valid_from_ms) if begun else self.opening_hours

    @property
    def no_reply_ms(self) -> int:
        """Time a customer has to reply to the first answer of a chat."""
        usual = DAY_S if self.channel == "messaging" else 600
        return round((self.no_reply_s or usual) * 1000)

    @property
    def chat_unresolved_ms(self) -> int:
        """Time after which what is still open in a chat counts as unknown."""
        return round((self.unresolved_s or DAY_S) * 1000)

    @model_validator(mode="after")
    def _fits_the_channel(self) -> Self:
        chat_only = (self.no_reply_s, self.unresolved_s, self.deferred)
        calls = self.channel == "voice" and self.clock == "open"
        if calls or (self.channel not in ("chat", "messaging") and any(chat_only)):
            raise ValueError(
                "no_reply_s, unresolved_s, clock and deferred are settings of chat; "
                "hint: set channel to chat or messaging"
            )
        if self.clock == "open" and self.later_hours and self.channel not in _PROMISED:
            raise ValueError("later_hours would change how waits are counted by opening hours")
        if self.deferred and self.channel != "messaging":
            raise ValueError("deferred is a setting of channel messaging")
        if self.due_s is not None and not (self.deferred or self.channel in _PROMISED):
            raise ValueError(
                "due_s is a setting of deferred and outbound work; hint: set deferred = true, or "
                "channel deferred or outbound"
            )
        if self.due_s is not None and self.deferred and self.due_s > 7 * DAY_S:
            raise ValueError("due_s of messaging is at most a week")
        if self.concurrency is not None and self.channel not in ("chat", "messaging"):
            raise ValueError("concurrency is a setting of chat; a call takes a person whole")
        return self

    @model_validator(mode="after")
    def _one_target_at_a_time(self) -> Self:
        starts = [target.valid_from for target in self.targets]
        if len(set(starts)) != len(starts):
            raise ValueError("two targets of one queue begin at the same moment")
        return self


class Plan(_Strict):
    """Programs, queues and what is promised. Queue names are unique over all programs."""

    programs: dict[Identifier, Program] = {}
    queues: dict[Identifier, Queue] = {}
    default_target: Target = Target()
    unmapped_queues: Literal["reject", "accept", ""] = Field(
        default="",
        description="What to do with a queue that is not listed. Empty: reject if any is listed.",
    )
    groups: tuple[StaffingGroup, ...] = ()

    @field_validator("groups")
    @classmethod
    def _names_are_listed(
        cls, groups: tuple[StaffingGroup, ...], info: ValidationInfo
    ) -> tuple[StaffingGroup, ...]:
        """What other fields refuse is told there; a plan that takes any queue knows no unknown one."""
        told = info.data
        queues, takes = told.get("queues"), told.get("unmapped_queues") == "accept"
        if queues and "programs" in told and not takes:
            programs = {*told["programs"], *(queue.program for queue in queues.values())}
            check_names(groups, queues, programs)
        return groups

    @property
    def accepts_unmapped(self) -> bool:
        """Whether events of unlisted queues are counted under the default target."""
        return self.unmapped_queues == "accept" or (not self.unmapped_queues and not self.queues)

    def listed_programs(self) -> frozenset[str]:
        """Programs with an entry of their own or with a queue."""
        return frozenset(self.programs) | {queue.program for queue in self.queues.values()}

    def program(self, name: str) -> Program:
        """What is said of a program; a program's defaults where the plan is silent."""
        return self.programs.get(name, _UNLISTED)

    def staffed_by(self, program: str) -> tuple[str, ...]:
        """Programs whose people take contacts of a program's queues, it among them."""
        of = {name for name, queue in self.queues.items() if queue.program == program}
        lent = {one.program for one in self.groups if not of.isdisjoint(one.queues)}
        return tuple(sorted(lent | {program}))

    def take(self, other: "Plan") -> None:
        """Promise of the listed queues what `other` does; whoever holds this plan reads that."""
        self.queues.update({name: other.queues[name] for name in self.queues})

    def zone(self, program: str) -> ZoneInfo:
        """The program's time zone, UTC where the plan is silent."""
        return ZoneInfo(self.program(program).time_zone)

    def common_zone(self) -> ZoneInfo:
        """The time zone all programs share; UTC where they do not."""
        zones = {program.time_zone for program in self.programs.values()}
        return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo("UTC")

    def targets_of(self, queue: str) -> tuple[Target, ...]:
        """Targets of a queue by start of validity; the default target where it has none."""
        listed = self.queues.get(queue)
        targets = listed.targets if listed and listed.targets else (self.default_target,)
        return tuple(sorted(targets, key=lambda target: target.valid_from))

    def target_at(self, queue: str, moment_ms: int) -> Target:
        """The target in force at `moment_ms`; before the first, the first."""
        targets = self.targets_of(queue)
        in_force = [target for target in targets if target.valid_from_ms <= moment_ms]
        return in_force[-1] if in_force else targets[0]
