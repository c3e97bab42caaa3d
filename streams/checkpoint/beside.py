"""A thread with an event loop of its own: checkpoints are written there, beside the fold."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from streams import logs

T = TypeVar("T")


def _said(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A fenced producer fails futures that nobody waits for; what was waited for has been told.
    logs.debug("beside", context["message"], error=str(context.get("exception", "")))


class LoopThread:
    """Runs coroutines in a loop of its own until closed."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_said)
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for it in this one."""
        return await asyncio.wrap_future(self.begin(work))

    def _cancel(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_later(0.05, self._loop.stop)

    def close(self) -> None:
        """End the loop; what still runs in it is cancelled."""
        self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join()
        self._loop.close()
