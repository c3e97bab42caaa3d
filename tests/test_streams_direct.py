"""A server of this machine is asked itself, whatever proxy the house has; others by way of it."""

import socket
from threading import Thread

import pytest

from streams.direct import opened


@pytest.fixture
def answering():
    """Addresses of servers that answer once, with a word of their own."""
    with (
        socket.create_server(("127.0.0.1", 0)) as ours,
        socket.create_server(("127.0.0.1", 0)) as its,
    ):

        def answer(server, word):
            asked, _ = server.accept()
            with asked:
                asked.recv(4096)
                asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + word)

        for server, word in ((ours, b"ours."), (its, b"proxy")):
            Thread(target=answer, args=(server, word), daemon=True).start()
        yield ours.getsockname()[1], its.getsockname()[1]


@pytest.mark.parametrize(
    ("host", "word"), [("127.0.0.1", b"ours."), ("localhost", b"ours."), ("am.example", b"proxy")]
)
def test_a_proxy_is_asked_for_other_hosts_alone(answering, monkeypatch, host, word):
    ours, proxy = answering
    monkeypatch.setattr("urllib.request._opener", None)  # it keeps the proxies it was made with
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with opened(f"http://{host}:{ours}/", 5) as answer:
        assert answer.read() == word
