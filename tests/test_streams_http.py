"""The server of /metrics among clients that misbehave."""

import socket
import struct
import threading
import urllib.request
from collections.abc import Callable

import pytest

from streams.http import LOOPBACK, Server, serve
from tests.broker import until
from tests.views import busy_view


def served(view: Callable[[], object]) -> Server:
    return serve(LOOPBACK, 0, view, lambda: "")  # type: ignore[arg-type]


def test_a_scraper_that_gives_up_leaves_no_trace_and_the_next_one_is_answered(
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked, gone, done = (threading.Event() for _ in range(3))

    def slow() -> object:
        if threading.current_thread() is not threading.main_thread() and not gone.is_set():
            asked.set()
            gone.wait(10)
            done.set()
        return busy_view()

    with served(slow) as server:
        client = socket.create_connection((LOOPBACK, server.port))
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert asked.wait(10)
        # Reset at once, as a scraper's time-out does: writing to it breaks off.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        gone.set()
        assert done.wait(10)
        until(lambda: not [t for t in threading.enumerate() if "process_request" in t.name])
        with urllib.request.urlopen(f"http://{LOOPBACK}:{server.port}/metrics") as answer:
            assert b"cc_contacts_waiting" in answer.read()
    assert capfd.readouterr().err == ""
