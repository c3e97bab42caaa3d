"""`floorwatch doctor`: whether this machine and these settings can do the work."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from streams import logs
from streams.cli.options import AsJson, Config
from streams.cli.output import note, print_json
from streams.clock import WallClock
from streams.errors import UserError
from streams.finding import Line
from streams.settings import Settings

EXAMPLES = (
    "floorwatch doctor",
    "floorwatch doctor --offline --config floorwatch.toml",
    "floorwatch doctor --kafka --config floorwatch.toml",
    "floorwatch doctor --show-settings",
)
FAILED = 1
OURS = ("kernels", "schemas", "streams")
LEAST_FREE = 200 * 1024**2
"""Bytes below which the disk is too full to keep a day's snapshots and ledger."""
COMFORTABLE = 2 * 1024**3
SLOW_WARM_UP_S = 5.0
RELEASED_MS = 1_767_225_600_000
"""2026-01-01 UTC: no machine that runs this can be older."""


def command(
    config: Config = None,
    offline: Annotated[bool, typer.Option("--offline", help="Open no network port.")] = False,
    kafka: Annotated[bool, typer.Option("--kafka", help="Also ask the Kafka cluster.")] = False,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Print the settings in force, redacted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check settings, folders, kernels, names, time and disk; exit with 1 if anything fails.

    With --kafka also brokers, topics, clocks, and a record's way through a topic made for it.
    """
    if offline and kafka:
        raise typer.BadParameter("a cluster cannot be asked offline", param_hint="--kafka")
    logs.configure("warning")
    lines = list(examine(config, offline, kafka))
    if as_json:
        print_json([line._asdict() for line in lines])
    else:
        for line in lines:
            print(f"{line.verdict:4}  {line.what}: {line.told}")
            if line.hint:
                print(f"      hint: {line.hint}")
    if show_settings:
        print(Settings.load(config).effective())
    failed = sum(line.verdict == "fail" for line in lines)
    note(f"{len(lines)} checks, {failed} failed")
    if failed:
        raise typer.Exit(FAILED)


def examine(config: Path | None, offline: bool, kafka: bool = False) -> Iterator[Line]:
    """Every verdict, in order. A check that breaks is a failure, never an exception."""
    yield _python()
    try:
        settings = Settings.load(config)
        yield Line("ok", "settings", f"{config or 'defaults'} and environment")
    except UserError as error:
        yield Line("fail", "settings", error.message.replace("\n", "; "), error.hint)
        settings = Settings()
    checks: list[Callable[[], Line]] = [
        lambda: store_folder(settings.store),
        lambda: disk_space(settings.store),
        kernels_warm_up,
        import_names,
        time_zones,
        clock,
    ]
    if not offline:
        checks.append(lambda: port(settings.http.host, settings.http.port))
    for check in checks:
        try:
            yield check()
        except Exception as error:
            yield _broken(error)
    if kafka:
        yield from _cluster(settings)


def _broken(error: Exception) -> Line:
    return Line("fail", "check", f"{type(error).__name__}: {error}", "please report this")


def _cluster(settings: Settings) -> Iterator[Line]:
    from streams.kafka import diagnosis

    try:
        yield from diagnosis.examine(settings.kafka, WallClock())
    except Exception as error:
        yield _broken(error)


def _python() -> Line:
    found = ".".join(map(str, sys.version_info[:3]))
    return Line("ok", "python", f"{found} on {sys.platform}")


def store_folder(store: Path) -> Line:
    """Whether the folder of the database can be written to."""
    folder = store.absolute().parent
    probe = folder / f".floorwatch-{os.getpid()}"
    try:
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        return Line(
            "fail",
            "store",
            f"{folder}: {error.strerror}",
            "set store, or --store, to a folder of yours",
        )
    state = "there" if store.exists() else "will be created"
    return Line("ok", "store", f"{store} ({state})")


def disk_space(store: Path) -> Line:
    """Whether snapshots and the ledger have room."""
    folder = store.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GiB free"
    if free < LEAST_FREE:
        return Line("fail", "disk", told, f"make room in {folder}")
    if free < COMFORTABLE:
        return Line("warn", "disk", told, "a month of a large center needs about 2 GiB")
    return Line("ok", "disk", told)


def kernels_warm_up() -> Line:
    """How long the kernels take to be ready, and whether they came from the cache."""
    from streams.warm import warm

    begun = time.perf_counter()
    warm()
    took = time.perf_counter() - begun
    compiled = _compiled()
    source = f"{compiled} compiled anew" if compiled else "from the cache"
    told = f"ready in {took:.1f} s, {source}"
    if not compiled and took > SLOW_WARM_UP_S:
        return Line("warn", "kernels", told, "is the disk slow, or NUMBA_CACHE_DIR on a network?")
    return Line("ok", "kernels", told)


def _compiled() -> int:
    """Kernels that the cache did not have."""
    modules = [module for name, module in sys.modules.items() if name.startswith("kernels.")]
    seen = {id(one): one for module in modules for one in vars(module).values()}
    stats = [one.stats for one in seen.values() if hasattr(one, "stats")]
    return sum(1 for stat in stats if sum(stat.cache_misses.values()))


def import_names() -> Line:
    """Whether the names we import are ours alone: other distributions have packages named alike."""
    owners = packages_distributions()
    others = {
        name: sorted(set(owners.get(name, ())) - {"floorwatch"})
        for name in OURS
        if set(owners.get(name, ())) - {"floorwatch"}
    }
    if others:
        told = ", ".join(f"{name} also belongs to {', '.join(of)}" for name, of in others.items())
        return Line("fail", "names", told, "install floorwatch into an environment of its own")
    return Line("ok", "names", f"{', '.join(OURS)} are ours alone")


def time_zones() -> Line:
    """Whether the tz database is there."""
    try:
        ZoneInfo("Asia/Tokyo")
        ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError as error:
        return Line("fail", "time zones", str(error), "install tzdata")
    return Line("ok", "time zones", "database found")


def clock() -> Line:
    """Whether the machine's clock can be right."""
    now_ms = WallClock().now_ms()
    if now_ms < RELEASED_MS:
        return Line("fail", "clock", f"{now_ms} ms is before this release", "set it, or run NTP")
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now_ms / 1000))
    return Line("ok", "clock", f"{shown} UTC")


def port(host: str, number: int) -> Line:
    """Whether /metrics can be served where the settings say."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
    except OSError as error:
        return Line(
            "warn", "port", f"{host}:{number}: {error.strerror}", "another one runs? set http.port"
        )
    return Line("ok", "port", f"{host}:{number} is free")
