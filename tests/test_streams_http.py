"""The server of /metrics among clients that misbehave."""

import http.client
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


def asked(server: Server, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.content = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def test_a_head_is_the_head_of_the_get() -> None:
    with served(busy_view) as server:
        whole, head = asked(server, "GET", "/live"), asked(server, "HEAD", "/live")
        assert (head.status, head.content) == (200, b"")  # type: ignore[attr-defined]
        assert head.getheader("Content-Length") == whole.getheader("Content-Length") == "3"
        assert asked(server, "POST", "/live").status == 405


def test_one_connection_asks_again_and_again() -> None:
    with served(busy_view) as server:
        connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)
        connection.connect()
        sockets = set()
        for path in ("/live", "/nowhere", "/metrics"):
            connection.request("GET", path)
            connection.getresponse().read()
            sockets.add(connection.sock)
        assert len(sockets) == 1
        connection.close()


def test_a_page_that_takes_long_holds_no_probe() -> None:
    held, asked_for = threading.Event(), threading.Event()

    def slow() -> object:
        if threading.current_thread() is not threading.main_thread():
            asked_for.set()
            held.wait(10)
        return busy_view()

    with served(slow) as server:
        scraper = threading.Thread(target=asked, args=(server, "GET", "/metrics"))
        scraper.start()
        assert asked_for.wait(10)
        assert asked(server, "GET", "/live").status == 200
        assert not held.is_set()
        held.set()
        scraper.join()


def test_a_closed_server_refuses_and_closes_twice() -> None:
    server = served(busy_view)
    server.close()
    server.close()
    with pytest.raises(ConnectionError):
        asked(server, "GET", "/live")
