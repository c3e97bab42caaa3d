"""How a command ends on Ctrl-C and SIGTERM; apart from what serves, which takes long to import."""

import signal
import threading
from types import FrameType


def stop_on_signals(stopping: threading.Event) -> None:
    """The first signal ends the round and commits; the second ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
