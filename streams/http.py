"""The server of /metrics, /ledger, /live and /ready: threads of its own, loopback unless told otherwise.

Beyond loopback a token is asked for, except of the probes: they say nothing of the center.
"""

import hmac
import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from prometheus_client import CONTENT_TYPE_LATEST

from schemas.targets import Plan
from streams.clock import Clock, WallClock
from streams.exporter import Page, ViewSource
from streams.planning.rest import RestOfDay

LOOPBACK = "127.0.0.1"
PLAIN = "text/plain; charset=utf-8"
Probe = Callable[[], str]
"""Returns the reason against, or the empty string."""
Answer = tuple[HTTPStatus, str, bytes]
Route = Callable[[str], Answer]
"""Answers a query, what stands behind the `?`."""
PROBES = ("/live", "/ready")

log = logging.getLogger(__name__)


def always() -> str:
    """A probe with nothing against it."""
    return ""


class Server:
    """A running server. `port` is the one it listens on, also when 0 was asked for."""

    def __init__(self, host: str, port: int, routes: dict[str, Route], token: str = "") -> None:
        self._http = _Listener((host, port), _handler(routes, token))
        self.port: int = self._http.server_address[1]
        self._thread = Thread(target=self._http.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and wait for the thread. Closing twice does no harm."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """For `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """For `with`."""
        self.close()


def serve(
    host: str,
    port: int,
    view_source: ViewSource,
    ready: Probe,
    *,
    live: Probe = always,
    plan: Plan | None = None,
    version: str = "",
    clock: Clock | None = None,
    max_age_ms: int = 5_000,
    rest: RestOfDay | None = None,
    token: str = "",
    ledger: Route | None = None,
) -> Server:
    """Serve the view's metrics, the ledger and the probes (`Health.live`, `Health.ready`) until closed.

    Port 0 takes a free one. A token, if there is one, is asked of everybody but the probes. Rendering and probing run in the server's threads, never on the event
    loop. Errors: OSError with a hint when the address cannot be bound.
    """
    page = Page(view_source, clock or WallClock(), plan, version, max_age_ms, rest)
    page.begin()
    routes: dict[str, Route] = {
        "/metrics": lambda _: (HTTPStatus.OK, CONTENT_TYPE_LATEST, page()),
        **({"/ledger": ledger} if ledger else {}),
        **_probes(live, ready),
    }
    return _listening(host, port, routes, token)


def serve_ledger(host: str, port: int, ledger: Route, token: str = "") -> Server:
    """Serve the ledger alone, until closed. Errors: as `serve`."""
    return _listening(host, port, {"/ledger": ledger, **_probes(always, always)}, token)


def _probes(live: Probe, ready: Probe) -> dict[str, Route]:
    return dict(zip(PROBES, (lambda _: _verdict(live()), lambda _: _verdict(ready())), strict=True))


def _listening(host: str, port: int, routes: dict[str, Route], token: str) -> Server:
    try:
        return Server(host, port, routes, token)
    except OSError as error:
        hint = "hint: another process may serve there; choose another port, or 0 for a free one"
        raise OSError(
            error.errno, f"cannot listen on {host}:{port}: {error.strerror}; {hint}"
        ) from error


def _verdict(reason: str) -> Answer:
    if reason:
        return HTTPStatus.SERVICE_UNAVAILABLE, PLAIN, f"{reason}\n".encode()
    return HTTPStatus.OK, PLAIN, b"ok\n"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A scraper that gave up before the answer came is no error of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            log.exception("answering %s failed", client_address)


def _handler(routes: dict[str, Route], token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            """Answer with the body."""
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            """Answer with the head only."""
            self._answer(with_body=False)

        def _answer(self, with_body: bool) -> None:
            path, _, query = self.path.partition("?")
            status, content_type, body = self._found(path, query)
            self.send_response(status)
            if status is HTTPStatus.UNAUTHORIZED:
                self.send_header("WWW-Authenticate", "Bearer")
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def _found(self, path: str, query: str) -> Answer:
            if path not in PROBES and not self._may_read():
                told = b"send the token of [http] as: Authorization: Bearer TOKEN\n"
                return HTTPStatus.UNAUTHORIZED, PLAIN, told
            route = routes.get(path)
            nothing = (HTTPStatus.NOT_FOUND, PLAIN, f"try {', '.join(routes)}\n".encode())
            return route(query) if route else nothing

        def _may_read(self) -> bool:
            """Compared in constant time: how long it takes says nothing of the token."""
            sent = self.headers.get("Authorization", "").encode("latin-1")  # the bytes as sent
            return not token or hmac.compare_digest(sent, f"Bearer {token}".encode())

        def log_message(self, format: str, *args: object) -> None:
            log.debug(format, *args)

    return Handler
