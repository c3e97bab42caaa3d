"""The mapping of a call-record table, section [call_table]: which column means what."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.keys import Identifier
from schemas.targets import TimeZone

Column = Annotated[str, Field(min_length=1)]
"""The name of a column, as the header line or `columns` writes it."""
Letters = Annotated[str, Field(min_length=1, max_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DateSettings(_Strict):
    """The column with the local date that the clocks of a row belong to."""

    column: Column
    formats: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        default=("%Y-%m-%d",), description="strptime formats; the first that fits counts."
    )
    year: Annotated[int, Field(ge=1970, le=9000)] | None = Field(
        default=None, description="Stands instead of the year written in the file."
    )
    clock: Column | None = Field(
        default=None,
        description="The clock the date was taken with: one far before it is of the next day.",
    )

    @model_validator(mode="after")
    def _readable_formats(self) -> Self:
        sample = datetime(2001, 2, 3)
        for layout in self.formats:
            try:
                same = datetime.strptime(sample.strftime(layout), layout) == sample
            except ValueError:
                same = False
            if not same:
                raise ValueError(f"{layout!r} does not say day, month and year; use e.g. %Y-%m-%d")
        return self


class TimeSettings(_Strict):
    """How moments are written.

    clock: H:MM:SS local time beside a date column. timestamp: date and time in one, ISO 8601 or
    `formats`, with an offset or in `zone`. epoch_s, epoch_ms: since 1970-01-01 UTC.
    """

    style: Literal["clock", "timestamp", "epoch_s", "epoch_ms"]
    zone: TimeZone | None = Field(default=None, description="Zone of times without an offset.")
    date: DateSettings | None = None
    formats: tuple[str, ...] = Field(default=(), description="strptime formats of timestamps.")
    never: tuple[str, ...] = Field(
        default=(), description="Values that say: did not happen. An empty field always does."
    )
    ambiguous: Literal["first", "second", "reject"] = Field(
        default="reject",
        description="Which of two instants a local time means when clocks are set back, "
        "where the order of the row does not tell.",
    )
    backwards_s: Annotated[int, Field(ge=0, lt=86_400)] = Field(
        default=60,
        description="How far clocks of one row may run backwards. Further back is the next day "
        "(clock), or a reject (all others).",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.style == "clock" and (self.zone is None or self.date is None):
            raise ValueError("style 'clock' needs a zone and a date column")
        if self.style != "clock" and self.date is not None:
            raise ValueError(f"style {self.style!r} has its date in it; a date column is not used")
        if self.style != "timestamp" and self.formats:
            raise ValueError(f"formats are of timestamps; style is {self.style!r}")
        return self


class Moment(_Strict):
    """When something happened: the first of the columns `at`, or `seconds` after what is before it.

    Entry comes before answered and abandoned, answered before talk_ended, talk_ended before
    work_ended. It is not known in rows where a time column of `needs` did not happen.
    """

    at: tuple[Column, ...] = ()
    seconds: Column | None = Field(default=None, description="12, 12.5 or 0:00:12")
    needs: tuple[Column, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.at) == bool(self.seconds):
            raise ValueError("name either time columns (at) or a duration (seconds)")
        return self


class Naming(_Strict):
    """A name taken from a column: prefix + the value, or prefix + what `names` says for it."""

    column: Column | None = None
    prefix: str = ""
    names: dict[str, str] = {}
    default: str = Field(default="", description="Where the field is empty, or no column is named.")

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.column is None and not self.default:
            raise ValueError("name a column or a default")
        return self


class StaffSettings(_Strict):
    """The column that says who answered, and its values that mean nobody."""

    column: Column
    nobody: tuple[str, ...] = ()


class OutcomeRule(_Strict):
    """What rows come to that meet every condition. Of several rules the first that fits counts.

    not_offered: ended in the IVR. ignored: not a call of a customer; nothing is sent for it.
    """

    result: Literal["answered", "abandoned", "not_offered", "ignored"]
    where: dict[Column, str | tuple[str, ...]] = {}
    happened: tuple[Column, ...] = ()
    missing: tuple[Column, ...] = ()
    by: Literal["customer", "system"] = Field(
        default="customer", description="Who ended an abandoned call."
    )
    reason: Annotated[str, Field(max_length=64)] = Field(
        default="", description="Reason of an abandoned call, e.g. queue_timeout."
    )
    ivr_result: Literal["self_service", "opt_out", "error", "hung_up"] = Field(
        default="hung_up", description="How a call that was not offered left the IVR."
    )


class IvrSettings(_Strict):
    """Time columns of the IVR: `entered` of every call, `left` of calls that were not offered."""

    entered: Column | None = None
    left: Column | None = None


class Check(_Strict):
    """Two time columns and the seconds between them, signed: a row where they differ is refused."""

    start: Column
    end: Column
    seconds: Column
    tolerance_s: Annotated[float, Field(ge=0)] = 0.0


class CallTableSettings(_Strict):
    """A table with one row a call. Blanks around a field are not part of it."""

    source: Identifier
    delimiter: Letters = ","
    quote: Letters | None = '"'
    encoding: Literal["utf-8", "cp932", "euc_jp", "cp1252", "latin-1"] = "utf-8"
    header: bool = Field(default=True, description="The first line of a file is a header.")
    columns: tuple[Column, ...] = Field(
        default=(), description="Column names; instead of those of the header, if there is one."
    )
    identity: Annotated[tuple[Column, ...], Field(min_length=1)] = Field(
        description="Columns that tell a call from every other; none may be empty."
    )
    time: TimeSettings
    entry: Annotated[tuple[Column, ...], Field(min_length=1)] = Field(
        description="Time columns; the first that happened is when the human queue was entered."
    )
    answered: Moment
    abandoned: Moment
    talk_ended: Moment | None = None
    work_ended: Moment | None = Field(default=None, description="End of after-call work.")
    program: Naming
    queue: Naming | None = Field(default=None, description="Left out: named like the program.")
    site: Naming | None = Field(default=None, description="Where the one who answered sits.")
    staff: StaffSettings | None = None
    ivr: IvrSettings = IvrSettings()
    outcomes: Annotated[tuple[OutcomeRule, ...], Field(min_length=1)]
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        if not self.header and not self.columns:
            raise ValueError("without a header line the names must be listed in columns")
        if self.columns:
            for key, column in self.named_columns():
                if column not in self.columns:
                    raise ValueError(f"{key} names column {column!r}, which columns does not list")
        return self

    def named_columns(self) -> Iterator[tuple[str, str]]:
        """Every (key of the mapping, column it names)."""
        yield from (("identity", column) for column in self.identity)
        yield from (("entry", column) for column in self.entry)
        if self.time.date is not None:
            yield "time.date.column", self.time.date.column
            if self.time.date.clock is not None:
                yield "time.date.clock", self.time.date.clock
        for key in ("answered", "abandoned", "talk_ended", "work_ended"):
            yield from _of_moment(key, getattr(self, key))
        single = {
            "program.column": self.program.column,
            "queue.column": self.queue and self.queue.column,
            "site.column": self.site and self.site.column,
            "staff.column": self.staff and self.staff.column,
            "ivr.entered": self.ivr.entered,
            "ivr.left": self.ivr.left,
        }
        yield from ((key, column) for key, column in single.items() if column)
        for number, rule in enumerate(self.outcomes):
            yield from _of_rule(f"outcomes.{number}", rule)
        for number, check in enumerate(self.checks):
            for key in ("start", "end", "seconds"):
                yield f"checks.{number}.{key}", getattr(check, key)


def _of_moment(key: str, moment: Moment | None) -> Iterator[tuple[str, str]]:
    if moment is not None:
        yield from ((f"{key}.at", column) for column in moment.at)
        yield from ((f"{key}.needs", column) for column in moment.needs)
        if moment.seconds is not None:
            yield f"{key}.seconds", moment.seconds


def _of_rule(key: str, rule: OutcomeRule) -> Iterator[tuple[str, str]]:
    yield from ((f"{key}.where", column) for column in rule.where)
    yield from ((f"{key}.happened", column) for column in rule.happened)
    yield from ((f"{key}.missing", column) for column in rule.missing)
