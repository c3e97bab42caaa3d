"""How a command ends on Ctrl-C, SIGTERM and a closed terminal; apart from what serves, which imports long."""

import signal
import sys
import threading
from types import FrameType

ENDED = 128
"""Added to its number: exit code of what a signal has ended."""


def stop_on_signals(stopping: threading.Event) -> None:
    """The first signal ends the round and commits; the second ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        # Who closes a terminal hangs up twice, the kernel and the shell: that is no second wish.
        signal.signal(number, signal.SIG_IGN if number == signal.SIGHUP else signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM, *_hangup()):
        signal.signal(number, stop)


def unwind_on_sigterm(stopping: threading.Event) -> None:
    """SIGTERM, or a closed terminal, lets go of what was started, as Ctrl-C does; until
    `stop_on_signals` takes over.

    `stopping` is set too, for what is raised may be swallowed: Python only prints it in a callback of the
    collector, as importing has them.
    """

    def unwind(number: int, frame: FrameType | None) -> None:
        stopping.set()
        if number == signal.SIGHUP:
            signal.signal(number, signal.SIG_IGN)
        sys.exit(ENDED + number)

    for number in (signal.SIGTERM, *_hangup()):
        signal.signal(number, unwind)


def _hangup() -> tuple[signal.Signals, ...]:
    """Not where it is ignored: `nohup` has asked to outlive the terminal."""
    return () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
