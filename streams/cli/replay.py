"""`floorwatch replay`: files of events or records, on the event clock."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from streams.bridges.recognise import Kind
from streams.cli.options import Config, LogLevel, load_settings
from streams.cli.output import note, print_json
from streams.cli.serving import stop_on_signals
from streams.drivers.replay import Options, Replayed, replay
from streams.drivers.replay import Progress as Done
from streams.kpis import summary
from streams.moments import utc_text

EXAMPLES = (
    "floorwatch replay events.jsonl.gz",
    "floorwatch replay --config deploy/examples/bank-1999.toml january1999.tsv.gz --summary json",
    "floorwatch replay --store center.db --checkpoint-rows 2000 queue_log.1 queue_log",
)
FAILED = 1


class Form(StrEnum):
    """How the summary is printed."""

    TEXT = "text"
    JSON = "json"
    NONE = "none"


def command(
    files: Annotated[
        list[Path], typer.Argument(help="Events, queue_log or call tables (.gz, .zst).")
    ],
    config: Config = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="Keep state, ledger and rejects; resume from it.")
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What the files are, if it cannot be told.")
    ] = None,
    form: Annotated[Form, typer.Option("--summary", help="What to print at the end.")] = Form.TEXT,
    checkpoint_rows: Annotated[
        int | None, typer.Option("--checkpoint-rows", min=1, help="Commit after so many rows.")
    ] = None,
    ordered_within: Annotated[
        float | None,
        typer.Option(
            "--ordered-within",
            min=0,
            help="Events are out of order by at most so many seconds: close behind the reader.",
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Close by heartbeats, as `run` does.")
    ] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="Nothing follows: close the last intervals too.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if there are rejects.")
    ] = False,
    progress: Annotated[bool, typer.Option(help="Show a bar with rate and event time.")] = True,
    log_level: LogLevel = None,
) -> None:
    """Replay files and print what they add up to, in any order of their rows."""
    settings = load_settings(config, log_level)
    options = Options(store, kind, checkpoint_rows, ordered_within, live, complete)
    stop_on_signals(options.stopping)
    with _Bar(progress and sys.stderr.isatty()) as bar:
        options.on_progress = bar.show
        done = replay(settings, files, options)
    _told(done, form, settings.plan)
    if strict and done.rejects:
        raise typer.Exit(FAILED)


def _told(done: Replayed, form: Form, plan: Any) -> None:
    for name, position in done.resumed.items():
        note(f"{name}: resumed at byte {position:,}")
    note(f"{done.lines:,} lines read, {sum(done.rejects.values()):,} rejected")
    for reason, count in done.rejects.most_common():
        note(f"  {count:,} {reason}")
    if form is Form.NONE:
        return
    view = done.view
    rejects: dict[str, int] = {}
    for (_, reason), count in view.rejected.items():
        rejects[reason] = rejects.get(reason, 0) + count
    told = summary(view.day_arrival, view.day_handling, plan, rejects)
    if form is Form.JSON:
        print_json(told)
        return
    for section in ("columns", "kpis"):
        print(f"{section}:")
        for name, value in told[section].items():
            if value not in (0, {}):
                print(f"  {name}: {_short(value)}")


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{key}: {_short(each)}" for key, each in value.items())
    if value is None:
        return "no data"
    return f"{value:,.4f}" if isinstance(value, float) else f"{value:,}"


class _Bar:
    """A progress bar on stderr; nothing where it is no terminal."""

    def __init__(self, shown: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]:,.0f} rows/s"),
            TextColumn("{task.fields[moment]}"),
            console=Console(stderr=True),
            disable=not shown,
        )
        self._tasks: dict[Path, Any] = {}

    def __enter__(self) -> "_Bar":
        self._progress.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._progress.__exit__(*error)

    def show(self, done: Done) -> None:
        """Draw how far the file is, its rate and the event time reached."""
        if done.file not in self._tasks:
            self._tasks[done.file] = self._progress.add_task(
                done.file.name, total=done.bytes_total, rate=0.0, moment=""
            )
        task = self._progress.tasks[self._tasks[done.file]]
        rate = done.lines / task.elapsed if task.elapsed else 0.0
        moment = utc_text(done.event_ms) if done.event_ms >= 0 else ""
        self._progress.update(task.id, completed=done.bytes_done, rate=rate, moment=moment)
