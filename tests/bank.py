"""The bank's months through the command line, and the newest values of a ledger."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from streams.close import Record
from tests.data import ROOT, shared

CONFIG = ROOT / "deploy/examples/bank-1999.toml"
FOLDER = "technion-anonymousbank-1999"
Newest = dict[tuple[Any, ...], tuple[Any, ...]]


def month(name: str) -> Path:
    return shared(f"{FOLDER}/{name}1999.tsv.gz")


def reference(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared(f"{FOLDER}/reference_kpis.json").read_text())
    return found[name]  # type: ignore[no-any-return]


def rows(path: Path) -> tuple[bytes, list[bytes]]:
    """Header and rows, with their line ends."""
    header, *found = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    return header, found


def written(path: Path, header: bytes, lines: Sequence[bytes]) -> Path:
    path.write_bytes(header + b"".join(lines))
    return path


def floorwatch(*arguments: str | Path) -> Any:
    """What a command prints as JSON."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def replayed(store: Path, *files: Path) -> Any:
    """Columns and KPIs after these files went into a store."""
    return floorwatch("replay", "--config", CONFIG, "--store", store, "--summary", "json", *files)


def newest(store: Path) -> Newest:
    """Per interval and basis the value of its newest revision."""
    kept = SqliteStore(store, read_only=True)
    found = values(kept.ledger())
    kept.close()
    return found


def values(records: Any) -> Newest:
    """The value of the greatest revision of each interval and basis in a list of records."""
    found: dict[tuple[Any, ...], Record] = {}
    for record in records:
        key = tuple(record[:6])
        if key not in found or record.revision >= found[key].revision:
            found[key] = record
    return {key: (r.columns, r.wait_hist, r.completeness) for key, r in found.items()}
