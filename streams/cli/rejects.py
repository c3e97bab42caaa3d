"""`floorwatch rejects`: records that could not be used, and taking them in again."""

import base64
import json
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.checkpoint.sqlite import SqliteStore
from streams.cli.options import AsCsv, AsJson, Config, load_settings
from streams.cli.output import Form, form_of, note, print_rows
from streams.clock import WallClock
from streams.errors import UserError
from streams.moments import utc_text
from streams.rejects import Reject
from streams.settings import Settings

EXAMPLES = (
    "floorwatch rejects list --store center.db",
    "floorwatch rejects list --json --reason bad_json > mended.json   # then mend `raw`",
    "floorwatch rejects replay --store center.db --config center.toml --with mended.json",
    "floorwatch rejects list --kafka",
    "floorwatch rejects replay --kafka --id acd:3:1207 --with mended.json",
)
COLUMNS = ("id", "reason", "detail", "topic", "position", "kept", "raw")
SHOWN = 80
command = typer.Typer(help="Records that could not be used: list them, take them in again.")

Store = Annotated[Path | None, typer.Option("--store", help="The SQLite database.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only this reason.")]
OnKafka = Annotated[bool, typer.Option("--kafka", help="Of the topic `rejects`, not of a store.")]
Id = int | str
"""Number in a store, or `topic:partition:offset` on a cluster."""
Kept = tuple[Id, Reject, int]
"""Id, reject, and when it was kept, ms."""


@command.command("list")
def list_(
    config: Config = None,
    store: Store = None,
    kafka: OnKafka = False,
    reason: Reason = None,
    replayed: Annotated[bool, typer.Option("--all", help="Also those taken in again.")] = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Print what was kept: reason, position and original bytes (`raw`, or `raw_base64`)."""
    form = form_of(as_json, as_csv)
    if kafka:
        kept = _on_kafka(load_settings(config), store, replayed)
    else:
        kept = _in_store(_open(config, store), replayed)
    rows = [
        _row(number, each, at, form) for number, each, at in kept if reason in (None, each.reason)
    ]
    columns = (*COLUMNS, "raw_base64") if form is Form.JSON else COLUMNS
    print_rows(rows, columns, form)
    counts = Counter(row["reason"] for row in rows)
    note(", ".join(f"{count:,} {name}" for name, count in counts.most_common()) or "no rejects")


@command.command()
def replay(
    config: Config = None,
    store: Store = None,
    kafka: OnKafka = False,
    reason: Reason = None,
    ids: Annotated[list[str] | None, typer.Option("--id", help="Only these ids.")] = None,
    mended: Annotated[
        Path | None, typer.Option("--with", help="Mended records, as `list --json` prints them.")
    ] = None,
) -> None:
    """Take rejects in again: as they are after the plan was mended, or with mended bytes.

    Stop `run` on the same store first. On Kafka they are sent to their topic once more, for the
    workers to take in. Exits with 1 if any was refused again.
    """
    settings = load_settings(config)
    if kafka:
        again = _resent(settings, store, reason, ids, mended)
    else:
        again = _folded(settings, _open(config, store), reason, ids, mended)
    for number, why in again.refused.items():
        note(f"{number}: refused again: {why}")
    note(f"{len(again.taken):,} taken in, {len(again.refused):,} refused again")
    if again.refused:
        raise typer.Exit(1)


def _folded(
    settings: Settings,
    kept: SqliteStore,
    reason: str | None,
    ids: list[str] | None,
    mended: Path | None,
) -> Any:
    from streams.drivers.rejected import replay_rejects

    if kept.is_synced:
        raise UserError(
            f"{kept.path} is a copy of what lies on Kafka",
            "use `floorwatch rejects replay --kafka`",
        )
    chosen = _chosen(_in_store(kept, False), reason, ids)
    if mended is not None:
        chosen = _mended(mended, chosen)
    numbered = {int(number): each for number, each in chosen.items()}
    return replay_rejects(settings, kept.path, WallClock(), numbered)


def _resent(
    settings: Settings,
    store: Path | None,
    reason: str | None,
    ids: list[str] | None,
    mended: Path | None,
) -> Any:
    from streams.drivers.resending import resend
    from streams.kafka.reject_log import read_rejects

    _no_store(store)
    log = read_rejects(settings.kafka)
    chosen = _chosen(log.listed(), reason, ids)
    if mended is not None:
        chosen = _mended(mended, chosen)
    raw = {str(number): each.raw for number, each in chosen.items()}
    return resend(settings, log, raw, WallClock())


def _chosen(kept: Iterable[Kept], reason: str | None, ids: list[str] | None) -> dict[Id, Reject]:
    wanted = set(ids or ())
    chosen = {
        number: each
        for number, each, _ in kept
        if reason in (None, each.reason) and (not wanted or str(number) in wanted)
    }
    missing = sorted(wanted - set(map(str, chosen)))
    if missing:
        raise UserError(f"no open reject has id {missing[0]}", "see `floorwatch rejects list`")
    return chosen


def _open(config: Path | None, store: Path | None) -> SqliteStore:
    return SqliteStore(store or load_settings(config).store, read_only=True)


def _in_store(store: SqliteStore, replayed: bool) -> list[Kept]:
    with closing(store):
        return list(store.rejects(replayed))


def _on_kafka(settings: Settings, store: Path | None, replayed: bool) -> list[Kept]:
    from streams.kafka.reject_log import read_rejects

    _no_store(store)
    return list(read_rejects(settings.kafka).listed(replayed))


def _no_store(store: Path | None) -> None:
    if store is not None:
        raise UserError("--store and --kafka are two places", "give one of them")


def _row(number: Id, each: Reject, kept_ms: int, form: Form) -> dict[str, Any]:
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


def _mended(path: Path, chosen: dict[Id, Reject]) -> dict[Id, Reject]:
    numbers = {str(number): number for number in chosen}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        given = {str(row["id"]): _bytes_of(row) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not a list of rejects ({error})", "use what `rejects list --json` printed"
        ) from None
    unknown = sorted(given.keys() - numbers.keys())
    if unknown:
        raise UserError(f"{path}: no open reject has id {unknown[0]}", "see `rejects list`")
    return {numbers[text]: chosen[numbers[text]]._replace(raw=raw) for text, raw in given.items()}


def _bytes_of(row: Any) -> bytes:
    """The mended bytes: text in `raw` stands, whatever `raw_base64` still says."""
    if isinstance(row["raw"], str):
        return str(row["raw"]).encode()
    return base64.b64decode(row["raw_base64"], validate=True)
