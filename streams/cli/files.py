"""Files that a command writes: whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.errors import UserError


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; it takes its place at the end. Raises UserError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}", "check folder and disk"
        ) from None
    finally:
        beside.unlink(missing_ok=True)
