"""One settings model: a TOML file, then the environment, then flags; the last word stands."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from schemas.keys import Identifier
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams.bridges.amazon_settings import AmazonConnectSettings
from streams.bridges.asterisk_settings import AsteriskSettings
from streams.bridges.call_table_settings import CallTableSettings
from streams.bridges.freeswitch_settings import FreeSwitchSettings
from streams.bridges.rasa_settings import RasaSettings
from streams.errors import UserError
from streams.kafka.settings import KafkaSettings
from streams.settings_origin import Loc, has, known_keys, nearest, toml_line
from streams.simulator.settings import SimulatorSettings

PREFIX = "FLOORWATCH_"
RESERVED = ("FLOORWATCH_CONFIG", "FLOORWATCH_DATA", "FLOORWATCH_BOUNDSCHECK")
"""Variables that are not settings: the file to read, the tests' outside data, checked kernels."""


class Section(BaseModel):
    """A table of the settings file. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(Section):
    """What one source promises."""

    retired: bool = Field(
        default=False, description="Mistyped or gone for good: intervals do not wait for it."
    )
    heartbeats: bool = Field(default=True, description="It says when it has sent everything.")
    disorder_s: float = Field(
        default=900, ge=0, description="Without heartbeats: how far its events may be out of order."
    )


class LimitSettings(Section):
    """How long things are waited for, seconds of event time."""

    lateness_s: float = Field(default=7200, ge=0, description="After its end, until FINAL.")
    horizon_s: float = Field(default=14400, ge=0, description="After FINAL, open to restatement.")
    unresolved_s: PositiveFloat = Field(default=14400, description="Then the outcome is unknown.")
    future_s: PositiveFloat = Field(default=300, description="Live events further ahead: rejects.")
    silence_s: PositiveFloat = Field(default=120, description="A source older than this: unknown.")


class StaffSettings(Section):
    """What is shown of people, and when somebody deserves attention."""

    show_staff: bool = Field(
        default=False,
        description="Name on the board who deserves attention and who holds most chats; never a label.",
    )
    most_shown: int = Field(default=50, ge=1, le=1000, description="People named at most.")
    personal_figures: bool = Field(
        default=False,
        description="Keep each person's time and adherence in the store; never a label.",
    )
    pseudonym_key: SecretStr = Field(
        default=SecretStr(""),
        description="Names are kept as HMAC-SHA256 under this key. Another key makes other people.",
    )
    grace_s: float = Field(default=120, ge=0, description="Out of schedule for longer: shown.")
    stuck_ringing_s: float = Field(default=60, ge=0, description="Ringing for longer: stuck.")
    stuck_acw_s: float = Field(default=600, ge=0, description="After-call work for longer: stuck.")


class CheckpointSettings(Section):
    """How often state is committed while there is something new.

    Intervals that close are committed at once. What follows a checkpoint is read again after a
    crash: 10 s of 20,000 events a second are 0.4 s of folding, and a checkpoint every 5 s took a
    seventh of the worker's CPU.
    """

    interval_s: PositiveFloat = 10.0
    rows: PositiveInt | None = Field(default=None, description="And after this many rows.")


class HttpSettings(Section):
    """Where /metrics, /ledger and the health pages are served.

    Beyond loopback, figures are told only to whoever sends the token (`Authorization: Bearer ...`);
    /live and /ready to anybody. Errors: ValueError, no token where one is needed.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=9108, ge=0, le=65535, description="0: any free port.")
    token: SecretStr = Field(
        default=SecretStr(""), description="What readers send; needed unless host is loopback."
    )

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine reaches the server."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def required_token(self) -> str:
        """What readers have to send; empty on loopback."""
        return "" if self.on_loopback else self.token.get_secret_value()

    @model_validator(mode="after")
    def _is_closed_to_strangers(self) -> Self:
        if not self.on_loopback and not self.required_token:
            raise ValueError(
                f"{self.host} is not loopback, so token must be set; "
                "hint: FLOORWATCH_HTTP__TOKEN, a long random text that readers send too"
            )
        return self


class AlertSettings(Section):
    """Whom the page asks which alerts are firing."""

    url: HttpUrl | None = Field(
        default=None,
        description="Of an Alertmanager, or of a Prometheus; without one none is asked.",
    )


class LogSettings(Section):
    """What goes to stderr, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, one JSON object a line elsewhere."
    )


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the settings: `where` is `file:line`, a variable or a flag."""

    where: str
    message: str
    hint: str = ""


class InvalidSettings(UserError):
    """The settings cannot be used; `problems` lists every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            "\n".join(f"{problem.where}: {problem.message}" for problem in problems),
            next((problem.hint for problem in problems if problem.hint), ""),
        )
        self.problems = problems


class Settings(BaseSettings):
    """Everything that can be set. `FLOORWATCH_HTTP__PORT=9200` sets `port` of `[http]`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    plan: Plan = Plan()
    technologies: Technologies = Technologies()
    sources: dict[Identifier, SourceSettings] = {}
    limits: LimitSettings = LimitSettings()
    staff: StaffSettings = StaffSettings()
    store: Path = Field(default=Path("floorwatch.db"), description="The SQLite database.")
    checkpoint: CheckpointSettings = CheckpointSettings()
    kafka: KafkaSettings = KafkaSettings()
    http: HttpSettings = HttpSettings()
    alerts: AlertSettings = AlertSettings()
    log: LogSettings = LogSettings()
    asterisk: AsteriskSettings | None = None
    call_table: CallTableSettings | None = None
    amazon_connect: AmazonConnectSettings | None = None
    freeswitch: FreeSwitchSettings | None = None
    rasa: RasaSettings | None = None
    simulator: SimulatorSettings | None = Field(default=None, description="None: our own house.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` merged: it has to know where each value was written."""
        return (init_settings,)

    @classmethod
    def load(
        cls, config: Path | None = None, overrides: Mapping[str, Any] | None = None
    ) -> "Settings":
        """Settings of a file, the environment and `overrides` (nested; None means not given).

        Raises InvalidSettings with every problem: where it was written and what was meant.
        """
        text, file = _read(config)
        environment = _environment(cls)
        flags = _given(overrides or {})
        origin = _Origin(cls, config, text, environment, flags)
        try:
            return cls(**_merged(_merged(file, environment), flags))
        except ValidationError as error:
            raise InvalidSettings([origin.problem(dict(one)) for one in error.errors()]) from None

    def source(self, name: str) -> SourceSettings:
        """What the source of this name promises; the defaults where nothing is said."""
        return self.sources.get(name, SourceSettings())

    def effective(self) -> str:
        """The settings in force as JSON, secrets redacted."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False)


@dataclass(frozen=True)
class _Origin:
    """Turns a validation error into a problem with its place."""

    model: type[BaseModel]
    config: Path | None
    text: str
    environment: dict[str, Any]
    flags: dict[str, Any]

    def problem(self, error: Mapping[str, Any]) -> Problem:
        loc: Loc = error["loc"]
        where, shown = self._place(loc)
        if error["type"] != "extra_forbidden":
            message = str(error["msg"]).removeprefix("Value error, ")
            return Problem(where, f"{shown}: {message}")
        known = known_keys(self.model, loc[:-1])
        meant = nearest(str(loc[-1]), known)
        if meant:
            hint = f"did you mean {self._place((*loc[:-1], meant), like=loc)[1]}?"
        else:
            hint = f"known here: {', '.join(sorted(known))}"
        return Problem(where, f"unknown setting {shown}", hint)

    def _place(self, loc: Loc, like: Loc | None = None) -> tuple[str, str]:
        """Where `loc` (or its sibling `like`) was written, and its name as written there."""
        looked_up = like or loc
        dotted = ".".join(map(str, loc))
        if has(self.flags, looked_up):
            return "command line", dotted
        if has(self.environment, looked_up):
            return "environment", PREFIX + "__".join(map(str, loc)).upper()
        if self.config is not None:
            return f"{self.config}:{toml_line(self.text, looked_up)}", dotted
        return "settings", dotted


def check_file(path: Path) -> list[Problem]:
    """What is wrong with a settings file, or with a file that is a plan and nothing else.

    The environment does not count. A file that cannot be read is a problem like any other.
    """
    try:
        text, data = _read(path)
    except InvalidSettings as error:
        return error.problems
    is_plan = bool(data) and set(data) <= set(Plan.model_fields)
    model: type[BaseModel] = Plan if is_plan else Settings
    try:
        model(**data)
    except ValidationError as error:
        origin = _Origin(model, path, text, {}, {})
        return [origin.problem(dict(one)) for one in error.errors()]
    return []


def _read(config: Path | None) -> tuple[str, dict[str, Any]]:
    if config is None:
        return "", {}
    try:
        text = config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UserError(
            f"settings file {config} cannot be read: {reason}", "name a TOML file with --config"
        ) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        detail, _, place = str(error).partition(" (at ")
        number = place.removeprefix("line ").partition(",")[0] if place.startswith("line") else ""
        line = number or str(len(text.splitlines()))
        raise InvalidSettings(
            [Problem(f"{config}:{line}", f"not TOML: {detail}", "strings need quotes in TOML")]
        ) from None


def _environment(model: type[BaseSettings]) -> dict[str, Any]:
    source = EnvSettingsSource(model)
    known = set(model.model_fields)
    problems = []
    for name in sorted(source.env_vars):
        shown = name.upper()
        if not shown.startswith(PREFIX) or shown in RESERVED:
            continue
        section = shown.removeprefix(PREFIX).partition("__")[0].lower()
        if section not in known:
            meant = nearest(section, sorted(known))
            hint = f"did you mean {shown.replace(section.upper(), meant.upper(), 1)}?"
            problems.append(
                Problem(
                    "environment",
                    f"unknown setting {shown}",
                    hint if meant else f"known sections: {', '.join(sorted(known))}",
                )
            )
    if problems:
        raise InvalidSettings(problems)
    try:
        return dict(source())
    except SettingsError as error:
        raise InvalidSettings(
            [Problem("environment", str(error), "a whole section is written as JSON")]
        ) from None


def _given(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides without those that were not given."""
    kept: dict[str, Any] = {}
    for key, value in overrides.items():
        if isinstance(value, Mapping):
            if inner := _given(value):
                kept[key] = inner
        elif value is not None:
            kept[key] = value
    return kept


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            result[key] = _merged(old, value)
        else:
            result[key] = value
    return result
