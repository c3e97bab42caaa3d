"""The bar of commands that read files: how far, how fast, which moment."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from streams.moments import utc_text


class Bar:
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

    def __enter__(self) -> "Bar":
        """Begin to draw."""
        self._progress.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        """Leave what was drawn."""
        self._progress.__exit__(*error)

    def show(
        self, file: Path, bytes_done: int, bytes_total: int, lines: int, event_ms: int
    ) -> None:
        """Draw how far the file is, its rate and the event time reached."""
        if file not in self._tasks:
            self._tasks[file] = self._progress.add_task(
                file.name, total=bytes_total, rate=0.0, moment=""
            )
        task = self._progress.tasks[self._tasks[file]]
        rate = lines / task.elapsed if task.elapsed else 0.0
        moment = utc_text(event_ms) if event_ms >= 0 else ""
        self._progress.update(task.id, completed=bytes_done, rate=rate, moment=moment)
