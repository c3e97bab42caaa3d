"""Rows as a Parquet file, for whoever reads tables by program."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from streams.cli.files import written
from streams.cli.output import Row

TYPES = {
    str: DataType.utf8(),
    float: DataType.float64(),
    int: DataType.int64(),
    bool: DataType.bool(),
}


def print_parquet(path: Path, rows: Sequence[Row], columns: Mapping[str, type]) -> None:
    """Write columns of these types, None as null, in the place of what is there.

    Raises UserError, and leaves what is there, where it cannot be written.
    """
    arrays: dict[str, Any] = {
        name: Array([_typed(row.get(name), kind) for row in rows], TYPES[kind])
        for name, kind in columns.items()
    }
    with written(path) as beside:
        write_parquet(Table.from_pydict(arrays), beside, compression="zstd(3)")


def _typed(value: Any, kind: type) -> Any:
    return None if value is None else kind(value)
