"""Options that several commands share, and the settings they lead to."""

from pathlib import Path
from typing import Annotated, Any

import typer

from streams import logs
from streams.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="FLOORWATCH_CONFIG", help="Settings file, TOML."),
]
Store = Annotated[Path | None, typer.Option("--store", help="The SQLite database.")]
LogLevel = Annotated[str | None, typer.Option("--log-level", help="debug, info, warning or error.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ToParquet = Annotated[
    Path | None, typer.Option("--parquet", help="Write a Parquet file instead of printing.")
]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def load_settings(config: Path | None, log_level: str | None = None, **overrides: Any) -> Settings:
    """Settings of file, environment and flags (None: not given); logging is set up by them."""
    settings = Settings.load(config, {"log": {"level": log_level}, **overrides})
    logs.configure(settings.log.level, settings.log.format)
    return settings
