"""The server of the page, /metrics, /ledger, /live and /ready, on loopback unless told otherwise.

aiohttp in a thread with a loop of its own; whatever renders does so in further threads, so that a page
that takes long holds neither the fold nor a probe. Beyond loopback a token is asked for, except of the
probes: they say nothing of the center. A browser sends the token once and keeps a cookie that was made
of it.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from threading import Event, Thread
from typing import NamedTuple, Self

from aiohttp import web
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
COOKIE, LOGIN = "floorwatch", "/token"
THREADS = 16
"""Answers worked on at once; those that wait are told of nothing wrong."""
CLOSING_S = 1.0
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""The page asks nobody but this server, and nobody else may show it."""

log = logging.getLogger(__name__)


class Pushed(NamedTuple):
    """What is pushed to whoever has the page open, as server-sent events."""

    path: str
    every_s: float
    open: Callable[[str, bool], Callable[[], bytes]]
    """Given the query, and whether the reader sent the token: what gives the next events' text."""


class Site(NamedTuple):
    """Files that the page is made of, by path, its pushed figures, and where the token is asked for."""

    files: Mapping[str, tuple[str, bytes]]
    pushed: Pushed
    ask: bytes
    """The page that asks for the token; `refused` the same after a wrong one."""
    refused: bytes
    token: str = ""
    """What opens names where no token is asked of everybody; without one nothing does."""


def always() -> str:
    """A probe with nothing against it."""
    return ""


class Server:
    """A running server. `port` is the one it listens on, also when 0 was asked for."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Mapping[str, Route],
        token: str = "",
        site: Site | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._threads = ThreadPoolExecutor(THREADS, "http")
        self._loop.set_default_executor(self._threads)
        self._closed = Event()
        self._handlers = _Handlers(routes, token, site)
        self._runner = web.AppRunner(
            self._handlers.app(), access_log=None, keepalive_timeout=30, shutdown_timeout=CLOSING_S
        )
        try:
            self.port = self._loop.run_until_complete(self._listen(host, port))
        except BaseException:
            self._end()
            raise
        self._thread = Thread(target=self._serve, name="metrics", daemon=True)
        self._thread.start()

    async def _listen(self, host: str, port: int) -> int:
        await self._runner.setup()
        await web.TCPSite(self._runner, host or None, port).start()
        return int(self._runner.addresses[0][1])

    def _serve(self) -> None:
        self._loop.run_forever()
        self._end()

    def _end(self) -> None:
        self._handlers.closing.set()
        self._loop.run_until_complete(self._runner.cleanup())
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._loop.close()

    def close(self) -> None:
        """Stop listening and wait for the thread. Closing twice does no harm."""
        if not self._closed.is_set():
            self._closed.set()
            self._loop.call_soon_threadsafe(self._loop.stop)
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
    site: Site | None = None,
) -> Server:
    """Serve the view's metrics, the page, the ledger and the probes (`Health.live`, `Health.ready`).

    Until closed; port 0 takes a free one. A token, if there is one, is asked of everybody but the
    probes. Rendering and probing run in threads, never on an event
    loop. Errors: OSError with a hint when the address cannot be bound.
    """
    page = Page(view_source, clock or WallClock(), plan, version, max_age_ms, rest)
    page.begin()
    routes: dict[str, Route] = {
        "/metrics": lambda _: (HTTPStatus.OK, CONTENT_TYPE_LATEST, page()),
        **({"/ledger": ledger} if ledger else {}),
        **_probes(live, ready),
    }
    return _listening(host, port, routes, token, site)


def serve_ledger(host: str, port: int, ledger: Route, token: str = "") -> Server:
    """Serve the ledger alone, until closed. Errors: as `serve`."""
    return _listening(host, port, {"/ledger": ledger, **_probes(always, always)}, token, None)


def _probes(live: Probe, ready: Probe) -> dict[str, Route]:
    return dict(zip(PROBES, (lambda _: _verdict(live()), lambda _: _verdict(ready())), strict=True))


def _listening(
    host: str, port: int, routes: Mapping[str, Route], token: str, site: Site | None
) -> Server:
    try:
        return Server(host, port, routes, token, site)
    except OSError as error:
        hint = "hint: another process may serve there; choose another port, or 0 for a free one"
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {reason}; {hint}") from error


def _verdict(reason: str) -> Answer:
    if reason:
        return HTTPStatus.SERVICE_UNAVAILABLE, PLAIN, f"{reason}\n".encode()
    return HTTPStatus.OK, PLAIN, b"ok\n"


class _Handlers:
    """Answers requests: by routes, by the files of a site, by pushing, to whoever may read."""

    def __init__(self, routes: Mapping[str, Route], token: str, site: Site | None) -> None:
        self._routes, self._site, self._asked = routes, site, bool(token)
        self._token = token or (site.token if site else "")
        made = hmac.new(self._token.encode(), b"floorwatch page", hashlib.sha256).hexdigest()
        self._cookie = made if self._token else ""
        self.closing = asyncio.Event()

    def app(self) -> web.Application:
        """The application: GET of everything it answers, HEAD with it; POST of the token alone."""
        app = web.Application()
        if self._site is not None:
            app.router.add_get(self._site.pushed.path, self._push, allow_head=False)
            app.router.add_get(LOGIN, self._ask)
            app.router.add_post(LOGIN, self._take)
        app.router.add_get("/{path:.*}", self._found)
        return app

    async def _found(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        files = self._site.files if self._site else {}
        # What the page is drawn with says nothing of the center, and the form is drawn with it too.
        open_to_all = path in PROBES or (path in files and path != "/")
        if not open_to_all and not self._may_read(request):
            return self._refusal(request)
        route = self._routes.get(path)
        if route is not None:
            query = request.raw_path.partition("?")[2]
            loop = asyncio.get_running_loop()
            return _sent(*await loop.run_in_executor(None, route, query))
        if path in files:
            return _sent(HTTPStatus.OK, *files[path], headers=HEADERS)
        known = ", ".join([*(["/"] if files else []), *self._routes])
        return _sent(HTTPStatus.NOT_FOUND, PLAIN, f"try {known}\n".encode())

    async def _push(self, request: web.Request) -> web.StreamResponse:
        assert self._site is not None
        if not self._may_read(request):
            return self._refusal(request)
        pushed, loop = self._site.pushed, asyncio.get_running_loop()
        query = request.raw_path.partition("?")[2]
        following = await loop.run_in_executor(None, pushed.open, query, self._trusts(request))
        answer = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        with suppress(ConnectionError):  # a reader who leaves is no error of ours
            while not self.closing.is_set():
                await answer.write(await loop.run_in_executor(None, following))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.closing.wait(), pushed.every_s)
        return answer

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        assert self._site is not None
        return _sent(HTTPStatus.OK, "text/html; charset=utf-8", self._site.ask, headers=HEADERS)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        """Give whoever sends the token in a form the cookie that stands for it."""
        assert self._site is not None
        told = str((await request.post()).get("token", ""))
        if not self._cookie or not _same(told.encode(), self._token.encode()):
            kind = "text/html; charset=utf-8"
            return _sent(HTTPStatus.UNAUTHORIZED, kind, self._site.refused, headers=HEADERS)
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers=HEADERS | {"Location": "/"})
        answer.set_cookie(COOKIE, self._cookie, httponly=True, samesite="Strict")
        return answer

    def _refusal(self, request: web.Request) -> web.Response:
        if self._site is not None and "text/html" in request.headers.get("Accept", ""):
            page = "text/html; charset=utf-8", self._site.ask
        else:
            page = PLAIN, b"send the token of [http] as: Authorization: Bearer TOKEN\n"
        bearer = {"WWW-Authenticate": "Bearer"}
        return _sent(HTTPStatus.UNAUTHORIZED, *page, headers=HEADERS | bearer)

    def _may_read(self, request: web.Request) -> bool:
        return not self._asked or self._trusts(request)

    def _trusts(self, request: web.Request) -> bool:
        """Whether the token was sent. Without one there is nothing that opens names."""
        if not self._cookie:
            return False
        sent = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        kept = request.cookies.get(COOKIE, "").encode("utf-8", "surrogateescape")
        bearer = _same(sent, f"Bearer {self._token}".encode())
        return _same(kept, self._cookie.encode()) or bearer


def _same(sent: bytes, expected: bytes) -> bool:
    """Compared in constant time: how long it takes says nothing of the token."""
    return hmac.compare_digest(sent, expected)


def _sent(
    status: HTTPStatus, content_type: str, body: bytes, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Bytes as they are, under the very content type given."""
    told = {**(headers or {}), "Content-Type": content_type}
    return web.Response(status=status, body=body, headers=told)
