"""The bank's months through the command line, and the newest values of a ledger."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from tests.data import ROOT

CONFIG = ROOT / "deploy/examples/bank-1999.toml"
Newest = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Bank:
    """The folder with the bank's months and the figures computed from them another way."""

    folder: Path

    def month(self, name: str) -> Path:
        return self.folder / f"{name}1999.tsv.gz"

    def reference(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "reference_kpis.json").read_text())
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
    found = {
        (*record[:5], record.basis): (record.columns, record.wait_hist, record.completeness)
        for record in kept.ledger()
    }
    kept.close()
    return found
