"""Asking a server over HTTP, one of this machine never by way of a proxy."""

from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener, urlopen

_DIRECT = build_opener(ProxyHandler({}))


def opened(url: str, within_s: float, headers: dict[str, str] | None = None) -> Any:
    """An open answer; `http_proxy` counts for other hosts: a proxy's own loopback is not ours.

    Errors: HTTPError, it is no 2xx; OSError, there is none in time.
    """
    host = urlsplit(url).hostname or ""
    ours = host in ("localhost", "::1") or host.startswith("127.")
    asked = Request(url, headers=headers or {})
    return (_DIRECT.open if ours else urlopen)(asked, timeout=within_s)
