"""`floorwatch replay`: files of events or records, on the event clock."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.bridges.recognise import Kind
from streams.cli.bar import Bar
from streams.cli.options import Config, LogLevel, load_settings
from streams.cli.output import note, print_json
from streams.cli.signals import stop_on_signals
from streams.drivers.replay import Options, Progress, Replayed, replay
from streams.kpis import summary

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
    with Bar(progress and sys.stderr.isatty()) as bar:

        def show(done: Progress) -> None:
            bar.show(done.file, done.bytes_done, done.bytes_total, done.lines, done.event_ms)

        options.on_progress = show
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
    told = summary(
        *(view.day_arrival, view.day_handling, plan, rejects),
        chat=view.day_chat,
        staff=view.day_staff,
        technology=(view.day_bots, view.day_uptime, view.day_cases, view.day_outbound),
    )
    if form is Form.JSON:
        print_json(told)
        return
    for section in ("columns", "kpis"):
        print(f"{section}:")
        for name, value in told[section].items():
            if section == "kpis" and name in told["unknown"]:
                print(
                    f"  {name}: unknown, for no plan.programs.NAME.tells says that it is reported"
                )
            elif value not in (0, {}):
                print(f"  {name}: {_short(value)}")


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{key}: {_short(each)}" for key, each in value.items())
    if value is None:
        return "no data"
    return f"{value:,.4f}" if isinstance(value, float) else f"{value:,}"
