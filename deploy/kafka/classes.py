"""The jars, and an archive of the classes a broker loads: with it each start takes a third less.

`python -m deploy.kafka.classes`. The JVM goes on without an archive that is missing, or was made by
another Java or of other jars.
"""

import sys
import tempfile
from pathlib import Path

from deploy.kafka.broker import CLASSES, Broker
from deploy.kafka.jars import NoBroker, jars, said


class _Noting(Broker):
    """Writes the archive when it ends."""

    def _java(self, main: str, *arguments: str) -> list[str]:
        java, *rest = super()._java(main, *arguments)
        return [java, f"-XX:ArchiveClassesAtExit={_fresh()}", *rest]


def _fresh() -> Path:
    return CLASSES.with_suffix(".new")


def archive() -> None:
    """Make it anew. Raises NoBroker if a broker does not come up."""
    CLASSES.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder, _Noting(Path(folder)):
        pass
    if _fresh().is_file():  # not every maker of a JVM knows of archives
        _fresh().rename(CLASSES)


def main() -> int:
    """Fetch and archive, where that has not been done; the exit code."""
    try:
        made_of = (jars() / ".complete").stat().st_mtime
        if not CLASSES.is_file() or CLASSES.stat().st_mtime < made_of:
            archive()
    except NoBroker as error:
        return said(error)
    print(CLASSES.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
