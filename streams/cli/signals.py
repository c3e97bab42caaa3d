"""How a command ends on Ctrl-C and SIGTERM; apart from what serves, which takes long to import."""

import signal
import sys
import threading
from types import FrameType

ENDED = 128 + signal.SIGTERM
"""Exit code of what SIGTERM has ended."""


def stop_on_signals(stopping: threading.Event) -> None:
    """The first signal ends the round and commits; the second ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def unwind_on_sigterm() -> None:
    """SIGTERM lets go of what was started, as Ctrl-C does; until `stop_on_signals` takes over."""

    def unwind(number: int, frame: FrameType | None) -> None:
        sys.exit(ENDED)

    signal.signal(signal.SIGTERM, unwind)
