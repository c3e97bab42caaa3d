"""`floorwatch validate`: what is wrong with files, before they are used."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from streams.bridges.base import Rejected
from streams.bridges.recognise import Kind, bridge_for, recognise
from streams.cli.options import AsJson, Config, load_settings
from streams.cli.output import note
from streams.errors import UserError
from streams.settings import Settings, check_file
from streams.sources.base import SourceError
from streams.sources.file import DAMAGED, open_file, uncompressed
from streams.sources.lines import LINE_LIMIT

EXAMPLES = (
    "floorwatch validate events.jsonl.gz",
    "floorwatch validate floorwatch.toml",
    "floorwatch validate --config bank.toml january.tsv.gz",
    "floorwatch validate --json events.jsonl | jq .reason",
)
BAD = 2


class Finding(NamedTuple):
    """One thing wrong, at a line."""

    line: int
    reason: str
    detail: str


class Count:
    """What was looked at."""

    def __init__(self) -> None:
        self.lines = 0
        self.unknown_fields = 0


Check = Callable[[bytes, int], list[Finding]]


def command(
    files: Annotated[
        list[Path],
        typer.Argument(help="Wire events, queue_log, call tables (plain, .gz, .zst), or .toml."),
    ],
    config: Config = None,
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What the files are, if it cannot be told.")
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=0, help="Errors shown of a file; 0: all.")
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """Check files and print an error for each line that is wrong; exit with 2 if there is any.

    Records are judged as replay and run judge them. Unknown fields are no error: they are counted.
    """
    settings = load_settings(config)
    total, lines, unknown = 0, 0, 0
    for path in files:
        count = Count()
        reasons: Counter[str] = Counter()
        for finding in _findings(path, kind, settings, count):
            reasons[finding.reason] += 1
            if not most or reasons.total() <= most:
                _show(path, finding, as_json)
        hidden = max(0, reasons.total() - most) if most else 0
        if hidden:
            note(f"{path}: {hidden:,} more errors not shown; --most 0 shows them")
        total, lines = total + reasons.total(), lines + count.lines
        unknown += count.unknown_fields
        note(f"{path}: {count.lines:,} lines, {_told(reasons)}")
    ignored = f", {unknown:,} unknown fields ignored" if unknown else ""
    note(f"{len(files)} files, {lines:,} lines, {total:,} errors{ignored}")
    if total:
        raise typer.Exit(BAD)


def _told(reasons: Counter[str]) -> str:
    if not reasons:
        return "valid"
    return ", ".join(f"{number:,} {reason}" for reason, number in reasons.most_common())


def _show(path: Path, finding: Finding, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": str(path), **finding._asdict()}, ensure_ascii=False))
    else:
        print(f"{path}:{finding.line}: {finding.reason}: {finding.detail}")


def _findings(path: Path, kind: Kind | None, settings: Settings, count: Count) -> Iterator[Finding]:
    if path.suffix == ".toml":
        yield from _in_settings(path, count)
        return
    check: Check | None = None
    try:
        for number, line, too_long in numbered_lines(path):
            count.lines = number
            if not line.strip():
                continue
            if too_long:
                yield Finding(number, "line_too_long", f"over {LINE_LIMIT:,} bytes")
                continue
            if check is None:
                check = _check_of(kind or recognise(path, line, settings), settings, count)
            for finding in check(line, number):
                yield finding._replace(line=number)
    except UserError as error:
        yield Finding(count.lines + 1, "unreadable", error.message)
        if error.hint:
            note(f"hint: {error.hint}")


def _in_settings(path: Path, count: Count) -> Iterator[Finding]:
    for problem in check_file(path):
        _, _, line = problem.where.rpartition(":")
        reason = "unknown_setting" if problem.message.startswith("unknown") else "invalid"
        hint = f" ({problem.hint})" if problem.hint else ""
        yield Finding(int(line) if line.isdigit() else 1, reason, problem.message + hint)
    count.lines = len(path.read_bytes().splitlines()) if path.exists() else 0


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Lines from 1, without their ends, and whether the line was cut at LINE_LIMIT. Raises UserError."""
    number = 0
    try:
        with open_file(path) as raw, uncompressed(raw) as stream:
            while line := stream.readline(LINE_LIMIT + 1):
                number += 1
                whole = line.endswith(b"\n") or len(line) <= LINE_LIMIT
                rest = line
                while not whole and rest and not rest.endswith(b"\n"):
                    rest = stream.readline(LINE_LIMIT)
                yield number, line.rstrip(b"\r\n"), not whole
    except DAMAGED as error:
        raise SourceError(f"damaged behind line {number}: {error or 'it ends too early'}") from None


def _check_of(kind: Kind, settings: Settings, count: Count) -> Check:
    from streams.verdict import judge

    bridge = bridge_for(kind, settings)

    def of_event(line: bytes, number: int) -> list[Finding]:
        verdict = judge(line)
        count.unknown_fields += verdict.unknown_fields
        return [Finding(number, verdict.reason, verdict.detail)] if verdict.reason else []

    def of_record(line: bytes, number: int) -> list[Finding]:
        assert bridge is not None
        try:
            events = bridge.translate(line, number - 1)
        except Rejected as refused:
            return [Finding(number, refused.reason, refused.detail)]
        return [finding for event in events for finding in of_event(event, number)]

    return of_event if bridge is None else of_record
