"""compose.yaml as Docker Compose reads it, with every name, port and mount put on this machine.

What belongs to containers is replaced: `name:port` by a free port of loopback, what is mounted by files of
ours. Commands, variables, order, health checks, time to end: as they stand, so that they cannot differ.
"""

import random
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deploy.kafka.broker import PORTS
from streams.settings import HttpSettings
from tests.data import ROOT

FILE = ROOT / "deploy/docker/compose.yaml"
DOCKERFILE = ROOT / "deploy/docker/Dockerfile"
LOOPBACK = "127.0.0.1"
FOR_ALL, ASKING = "0.0.0.0", "127.1"
"""127.1 is loopback to a socket and no loopback to our settings: as for 0.0.0.0 a token is asked for."""
GRACE_S = 10.0
"""Docker's own, where a service says nothing."""
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
SECRETS = "/run/secrets/"
OF_THE_IMAGE = ("PATH", "NUMBA_CACHE_DIR")
"""Where the image keeps programs and compiled kernels: here it is elsewhere."""


class NotGiven(Exception):
    """A variable that compose.yaml insists on is not set."""


def interpolated(told: Any, given: Mapping[str, str]) -> Any:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?message}` filled in. Raises NotGiven."""

    def value(found: re.Match[str]) -> str:
        name, what, more = found.groups()
        if set_to := given.get(name):
            return set_to
        if what == "?":
            raise NotGiven(f"{name}: {more}")
        return more or ""

    if isinstance(told, str):
        return VARIABLE.sub(value, told)
    if isinstance(told, list):
        return [interpolated(each, given) for each in told]
    if isinstance(told, dict):
        return {name: interpolated(each, given) for name, each in told.items()}
    return told


def image_environment() -> dict[str, str]:
    """Variables of the image, as the last stage of the Dockerfile sets them."""
    last = DOCKERFILE.read_text("utf-8").rpartition("\nFROM ")[2].replace("\\\n", " ")
    told = re.findall(r"^ENV (.*)$", last, re.M)
    found = dict(each.split("=", 1) for line in told for each in line.split())
    return {name: value for name, value in found.items() if name not in OF_THE_IMAGE}


@dataclass
class Service:
    """One of compose.yaml. Every text in it is local."""

    name: str
    image: str
    command: list[str]
    environment: dict[str, str]
    folder: Path
    """Its working folder."""
    restarts: bool
    after: dict[str, str]
    """What it starts after, and on which condition."""
    health: list[str]
    """The command that says whether it is healthy; none: it is, while it runs."""
    grace_s: float
    """From SIGTERM to SIGKILL."""


@dataclass
class ComposeFile:
    """Services of the profiles chosen, in the order they start in; what they mount is in `folder`."""

    folder: Path
    given: Mapping[str, str]
    profiles: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)
    """Further texts of mounted files to replace, such as the address of a receiver of alerts."""
    services: dict[str, Service] = field(init=False)

    def __post_init__(self) -> None:
        self._ports: dict[tuple[str, int], int] = {}
        self._told = interpolated(yaml.safe_load(FILE.read_text("utf-8")), self.given)
        chosen = {
            name: told
            for name, told in self._told["services"].items()
            if not (of := told.get("profiles")) or set(of) & set(self.profiles)
        }
        self._names = [*chosen, "localhost"]
        found = {name: self._service(name, told) for name, told in chosen.items()}
        self.services = {name: found[name] for name in in_order(found)}

    def port(self, service: str, inside: int) -> int:
        """The local port of what a service has at a port of its own."""
        key = service, inside
        while key not in self._ports:
            port = random.choice(PORTS)
            if port not in self._ports.values() and is_free(port):
                self._ports[key] = port
        return self._ports[key]

    def url(self, service: str, inside: int) -> str:
        """Where a service is asked."""
        return f"http://{LOOPBACK}:{self.port(service, inside)}"

    def _service(self, name: str, told: dict[str, Any]) -> Service:
        own = "build" in told
        folder = self.folder / name
        folder.mkdir(parents=True)
        places = self._places(name, told, folder, own)
        environment = told.get("environment", {})
        if own:
            port = {"FLOORWATCH_HTTP__PORT": self.port(name, HttpSettings().port)}
            environment = image_environment() | environment | port
        grace = told.get("stop_grace_period", f"{GRACE_S}s")
        return Service(
            name,
            told["image"].partition(":")[0],
            [self.local(each, name, places) for each in told.get("command", ())],
            {key: self.local(each, name, places) for key, each in environment.items()},
            Path(places.get("/data", folder)),
            told.get("restart") == "unless-stopped",
            {other: each["condition"] for other, each in told.get("depends_on", {}).items()},
            [
                self.local(each, name, places)
                for each in told.get("healthcheck", {}).get("test", ())
            ],
            float(grace.removesuffix("s")),
        )

    def _places(
        self, name: str, told: dict[str, Any], folder: Path, own: bool
    ) -> dict[str, str | Path]:
        """Local paths by the container's. Files that are mounted are read with local names."""
        places: dict[str, str | Path] = {"/data": folder} if own else {}
        files = {}
        for mount in told.get("volumes", ()):
            source, target, *_ = mount.split(":")
            if not source.startswith("."):
                assert source in self._told["volumes"], source
                places[target] = self.folder / "volumes" / source
                Path(places[target]).mkdir(parents=True, exist_ok=True)
                continue
            places[target] = (FILE.parent / source).resolve()
            if Path(places[target]).is_file():
                files[target] = Path(places[target])
                places[target] = folder / Path(target).name
        for secret in told.get("secrets", ()):
            variable = self._told["secrets"][secret]["environment"]
            places[SECRETS + secret] = folder / secret
            (folder / secret).write_text(self.given[variable], "utf-8")
        for target, source in files.items():
            text = self.local(source.read_text("utf-8"), name, places)
            Path(places[target]).write_text(self._mounted(text), "utf-8")
        return places

    def local(self, told: object, service: str, places: Mapping[str, str | Path]) -> str:
        """A text of a service with addresses and paths of this machine."""

        def address(found: re.Match[str]) -> str:
            of = service if found[1] == "localhost" else found[1]
            return f"{LOOPBACK}:{self.port(of, int(found[2]))}"

        text = str(told).replace(FOR_ALL, ASKING)
        text = re.sub(rf"\b({'|'.join(self._names)}):(\d+)\b", address, text)
        text = re.sub(
            r"://:(\d+)", lambda f: f"://{LOOPBACK}:{self.port(service, int(f[1]))}", text
        )
        if not places:
            return text
        longest = sorted(places, key=len, reverse=True)
        paths = rf"(?<![\w/.-])({'|'.join(map(re.escape, longest))})(?![\w.-])"
        return re.sub(paths, lambda found: str(places[found[1]]), text)

    def _mounted(self, text: str) -> str:
        for old, new in self.instead.items():
            text = text.replace(old, new)
        if "dns_sd_configs" not in text:
            return text
        told = yaml.safe_load(text)
        for job in told["scrape_configs"]:
            # No server of names is here: whom they would lead to is told at once.
            looked_up = job.pop("dns_sd_configs")
            targets = [
                f"{LOOPBACK}:{self.port(name, one['port'])}"
                for one in looked_up
                for name in one["names"]
            ]
            job["static_configs"] = [{"targets": targets}]
        return yaml.safe_dump(told)


def in_order(services: Mapping[str, Service]) -> list[str]:
    """Names, each after all that it depends on. Errors: AssertionError, a circle or an unknown one."""
    done: list[str] = []
    while len(done) < len(services):
        ready = [
            n for n, each in services.items() if n not in done and each.after.keys() <= {*done}
        ]
        assert ready, f"{services.keys() - {*done}} wait for each other, or for nobody"
        done += ready
    return done


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
