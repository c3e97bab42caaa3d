"""`floorwatch rejects`: records that could not be used, and taking them in again."""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import AsCsv, AsJson, Config, load_settings
from streams.cli.output import Form, form_of, note, print_rows
from streams.clock import WallClock
from streams.drivers.rejected import replay_rejects
from streams.errors import UserError
from streams.moments import utc_text
from streams.rejects import Reject

EXAMPLES = (
    "floorwatch rejects list --store center.db",
    "floorwatch rejects list --json --reason bad_json > mended.json   # then mend `raw`",
    "floorwatch rejects replay --store center.db --config center.toml --with mended.json",
)
COLUMNS = ("id", "reason", "detail", "topic", "position", "kept", "raw")
SHOWN = 80
command = typer.Typer(help="Records that could not be used: list them, take them in again.")

Store = Annotated[Path | None, typer.Option("--store", help="The SQLite database.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only this reason.")]


@command.command("list")
def list_(
    config: Config = None,
    store: Store = None,
    reason: Reason = None,
    replayed: Annotated[bool, typer.Option("--all", help="Also those taken in again.")] = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Print what was kept: reason, position and original bytes (`raw`, or `raw_base64`)."""
    kept = _open(config, store)
    form = form_of(as_json, as_csv)
    rows = [
        _row(number, each, at, form)
        for number, each, at in kept.rejects(replayed)
        if reason in (None, each.reason)
    ]
    kept.close()
    columns = (*COLUMNS, "raw_base64") if form is Form.JSON else COLUMNS
    print_rows(rows, columns, form)
    counts = Counter(row["reason"] for row in rows)
    note(", ".join(f"{count:,} {name}" for name, count in counts.most_common()) or "no rejects")


@command.command()
def replay(
    config: Config = None,
    store: Store = None,
    reason: Reason = None,
    ids: Annotated[list[int] | None, typer.Option("--id", help="Only these ids.")] = None,
    mended: Annotated[
        Path | None, typer.Option("--with", help="Mended records, as `list --json` prints them.")
    ] = None,
) -> None:
    """Take rejects in again: as they are after the plan was mended, or with mended bytes.

    Stop `run` on the same store first. Exits with 1 if any was refused again.
    """
    settings = load_settings(config)
    kept = _open(config, store)
    chosen = {
        number: each
        for number, each, _ in kept.rejects()
        if reason in (None, each.reason) and (not ids or number in ids)
    }
    missing = sorted(set(ids or ()) - chosen.keys())
    if missing:
        raise UserError(f"no open reject has id {missing[0]}", "see `floorwatch rejects list`")
    path = kept.path
    kept.close()
    if mended is not None:
        chosen = _mended(mended, chosen)
    again = replay_rejects(settings, path, WallClock(), chosen)
    for number, why in again.refused.items():
        note(f"{number}: refused again: {why}")
    note(f"{len(again.taken):,} taken in, {len(again.refused):,} refused again")
    if again.refused:
        raise typer.Exit(1)


def _open(config: Path | None, store: Path | None) -> SqliteStore:
    return SqliteStore(store or load_settings(config).store, read_only=True)


def _row(number: int, each: Reject, kept_ms: int, form: Form) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": number,
        "reason": each.reason,
        "detail": each.detail,
        "topic": each.topic,
        "position": each.offset,
        "kept": utc_text(kept_ms),
    }
    try:
        text = each.raw.decode()
    except UnicodeDecodeError:
        if form is Form.JSON:
            return row | {"raw_base64": base64.b64encode(each.raw).decode()}
        text = repr(each.raw)[2:-1]
    if form is Form.TABLE:
        text = text if len(text) <= SHOWN else text[:SHOWN] + "..."
        # A terminal obeys control characters, and these are bytes of strangers.
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return row | {"raw": text}


def _mended(path: Path, chosen: dict[int, Reject]) -> dict[int, Reject]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        given = {int(row["id"]): _bytes_of(row) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not a list of rejects ({error})", "use what `rejects list --json` printed"
        ) from None
    unknown = sorted(given.keys() - chosen.keys())
    if unknown:
        raise UserError(f"{path}: no open reject has id {unknown[0]}", "see `rejects list`")
    return {number: chosen[number]._replace(raw=raw) for number, raw in given.items()}


def _bytes_of(row: Any) -> bytes:
    """The mended bytes: text in `raw` stands, whatever `raw_base64` still says."""
    if isinstance(row["raw"], str):
        return str(row["raw"]).encode()
    return base64.b64decode(row["raw_base64"], validate=True)
