"""`floorwatch send`: files, logs and pipes as wire events into Kafka."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.bridges.recognise import Kind
from streams.cli.bar import Bar
from streams.cli.options import Config, LogLevel, load_settings
from streams.cli.output import note
from streams.cli.signals import stop_on_signals
from streams.cli.sources import line_opener, source_name
from streams.clock import WallClock
from streams.errors import UserError
from streams.rejects import Reject
from streams.settings import Settings

EXAMPLES = (
    "floorwatch send --complete march.jsonl.gz",
    "floorwatch send --config deploy/examples/bank-1999.toml january1999.tsv.gz",
    "floorwatch send --follow --state pbx.state /var/log/asterisk/queue_log",
)
FAILED = 1


def command(
    files: Annotated[
        list[str],
        typer.Argument(help="Events, queue_log or call tables (.gz, .zst); `-` with --follow."),
    ],
    config: Config = None,
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What the files are, if it cannot be told.")
    ] = None,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="Nothing follows: one promise behind all files says so."),
    ] = False,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Lines unjudged and untranslated, valid or not.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Follow logs or stdin live, until a signal.")
    ] = False,
    state: Annotated[
        Path | None, typer.Option("--state", help="Where --follow keeps how far it has come.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if there are rejects.")
    ] = False,
    most: Annotated[int, typer.Option("--most", min=0, help="Rejects shown; 0: all.")] = 20,
    progress: Annotated[bool, typer.Option(help="Show a bar with rate and event time.")] = True,
    log_level: LogLevel = None,
) -> None:
    """Send files, logs or stdin to the event topics, keyed by program.

    Sending twice changes nothing: ids are made from the records. What cannot be used goes to the
    topic `rejects`. --follow resumes exactly where its state file says.
    """
    settings = load_settings(config, log_level)
    shown = _Rejects(most)
    if follow:
        if complete or as_is:
            raise UserError("--follow goes with neither --complete nor --as-is")
        sent = _follow(settings, files, kind, state, shown)
    else:
        if state is not None:
            raise UserError("--state goes with --follow", "files are sent whole")
        sent = _send(settings, files, kind, complete, as_is, progress, shown)
    _told(sent, shown)
    if strict and sent.rejects:
        raise typer.Exit(FAILED)


def _send(
    settings: Settings,
    files: list[str],
    kind: Kind | None,
    complete: bool,
    as_is: bool,
    progress: bool,
    shown: "_Rejects",
) -> Any:
    from streams.drivers.sending import Options, send_files
    from streams.kafka.outgoing import Outgoing

    options = Options(kind, complete, as_is, on_reject=shown.show)
    stop_on_signals(options.stopping)
    with Outgoing(settings.kafka) as outgoing, Bar(progress and sys.stderr.isatty()) as bar:
        options.on_progress = bar.show
        return send_files(settings, [Path(file) for file in files], outgoing, options)


def _follow(
    settings: Settings,
    sources: list[str],
    kind: Kind | None,
    state: Path | None,
    shown: "_Rejects",
) -> Any:
    from streams.drivers.following import Following, StateFile
    from streams.drivers.sending import Poster
    from streams.kafka.outgoing import Outgoing

    if state is None:
        raise UserError(
            "--follow needs a place to keep how far it has come", "name a file with --state"
        )
    journal = state.with_name(state.name + ".journal")
    openers = {source_name(each): line_opener(each, kind, settings, journal) for each in sources}
    clock = WallClock()
    with Outgoing(settings.kafka) as outgoing:
        poster = Poster(outgoing, clock, shown.show)
        deadline_s = settings.kafka.exit_deadline_s
        following = Following(openers, poster, StateFile(state), clock, deadline_s)
        stop_on_signals(following.stopping)
        following.run()
    return poster.sent


def _told(sent: Any, shown: "_Rejects") -> None:
    hidden = sum(sent.rejects.values()) - shown.told
    if hidden > 0:
        note(f"{hidden:,} more rejects not shown; --most 0 shows them")
    ignored = f", {sent.unknown_fields:,} unknown fields" if sent.unknown_fields else ""
    note(
        f"{sent.lines:,} lines read, {sent.events:,} events and {sent.heartbeats:,} heartbeats "
        f"sent, {sum(sent.rejects.values()):,} rejected{ignored}"
    )
    for reason, count in sent.rejects.most_common():
        note(f"  {count:,} {reason}")


class _Rejects:
    """Prints the first rejects with their places."""

    def __init__(self, most: int) -> None:
        self.told = 0
        self._most = most

    def show(self, source: str, each: Reject) -> None:
        """Print one, if not too many were printed."""
        if not self._most or self.told < self._most:
            self.told += 1
            note(f"{source}: byte {each.offset:,}: {each.reason}: {each.detail}")
