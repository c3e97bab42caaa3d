"""One Kafka broker on this machine's JDK, without Docker: `python -m deploy.kafka.broker`."""

import base64
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from deploy.kafka.jars import BUILD, HERE, NoBroker, jars, java, said
from deploy.kafka.properties import HOST, SCRAM, Ports, Security, properties
from deploy.kafka.ready import brokers

READY_S, STOP_S, FORMAT_S = 60.0, 20.0, 60.0
HEAP = ("-Xms128m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Small and soon warm: the broker shares the machine with the tests."""
CLASSES = BUILD / "classes.jsa"
"""Made by `deploy.kafka.classes`, of use to the Java that made it; no need to hear of it else."""
PORTS = range(20_000, 32_000)
"""Below what systems give to outgoing connections: a client that dials a stopped broker again and
again would otherwise sooner or later be connected to itself, and hold the broker's port."""


class Broker:
    """A broker that keeps data, settings and logs in `folder`, and its ports between restarts.

    Not started by its maker. `extra` stands above our own settings. Raises NoBroker, from the maker
    too, if the machine lacks something or the broker does not come up.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        security: Security | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.security = security
        self.ports = _ports(port)
        self.log = self.folder / "broker.log"
        self.ca_file = self.folder / "certificates" / "ca.pem"
        self._said = self.folder / "server.properties"
        self._lib = jars()
        self._process: subprocess.Popen[bytes] | None = None
        self._said.write_text(properties(self.folder, self.ports, security, extra or {}), "utf-8")
        self._said.chmod(0o600)

    @property
    def bootstrap(self) -> str:
        """host:port without encryption."""
        return f"{HOST}:{self.ports.plain}"

    @property
    def bootstrap_ssl(self) -> str:
        """host:port with TLS, if secured."""
        return f"{HOST}:{self.ports.ssl}"

    @property
    def bootstrap_sasl(self) -> str:
        """host:port with TLS and passwords, if secured."""
        return f"{HOST}:{self.ports.sasl}"

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    def start(self) -> Self:
        """Start it and wait until it answers; formats the folder the first time."""
        if not _is_free(self.ports.plain):
            # Else the answer that tells us it is ready could be another broker's.
            raise NoBroker(
                f"{self.bootstrap} is in use", "another broker? choose a port: PORT=9093"
            )
        if not (self.folder / "data" / "meta.properties").is_file():
            self._format()
        with (self.folder / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(self._said)), stdout=output, stderr=output
            )
        try:
            self._await_answer()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """SIGTERM and wait; SIGKILL if that takes too long."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL and wait: nothing is flushed or said."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same ports and data, after `stop` if it still runs."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""
        if self._process and self.pid:
            os.kill(self._process.pid, signal.SIGSTOP)
            # Its threads answer until all have stopped. Its end is left for others to collect.
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """SIGCONT: as if nothing had been."""
        if self.pid:
            os.kill(self.pid, signal.SIGCONT)

    def wait(self) -> int:
        """Wait until the process ends by itself; its exit code."""
        return self._process.wait() if self._process else 0

    def __enter__(self) -> Self:
        """As `start`."""
        return self.start()

    def __exit__(self, *error: object) -> None:
        """As `stop`."""
        self.stop()

    def _java(self, main: str, *arguments: str) -> list[str]:
        logging = (
            f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
            f"-Dbroker.log={self.log}",
        )
        known = (f"-XX:SharedArchiveFile={CLASSES}", "-Xlog:cds*=off") if CLASSES.is_file() else ()
        return [java(), *HEAP, *known, *logging, "-cp", f"{self._lib}/*", main, *arguments]

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(random.randbytes(16)).rstrip(b"=").decode()
        users = self.security.everyone.items() if self.security else ()
        scram = [f"{SCRAM}=[name={name},password={word}]" for name, word in users]
        added = [part for one in scram for part in ("--add-scram", one)]
        # Joined with "=": an id may begin with "-", which would read as an option of its own.
        asked = ("format", f"--cluster-id={cluster}", "-c", str(self._said), *added)
        done = subprocess.run(
            self._java("kafka.tools.StorageTool", *asked),
            capture_output=True,
            text=True,
            timeout=FORMAT_S,
            check=False,
        )
        if done.returncode:
            raise NoBroker(f"the folder {self.folder} was not formatted: {done.stderr.strip()}")

    def _await_answer(self) -> None:
        deadline = time.monotonic() + READY_S
        while not brokers(HOST, self.ports.plain):
            if not self.pid:
                raise NoBroker(f"the broker ended: {self._last_words()}", f"see {self.log}")
            if time.monotonic() > deadline:
                raise NoBroker(f"no answer within {READY_S:.0f} s", f"see {self.log}")
            time.sleep(0.05)

    def _last_words(self) -> str:
        files = [path for path in (self.log, self.folder / "output.log") if path.is_file()]
        lines = [line for path in files for line in path.read_text("utf-8").splitlines()]
        told = [line for line in lines if "ERROR" in line or "FATAL" in line or "Exception" in line]
        return told[-1] if told else "it said nothing"

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ports(plain: int | None) -> Ports:
    """Free ports, all different; `plain` as given."""
    taken = [plain] if plain else []
    while len(taken) < len(Ports.__dataclass_fields__):
        port = random.choice(PORTS)
        if port not in taken and _is_free(port):
            taken.append(port)
    return Ports(*taken)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def main() -> int:
    """Run one in the foreground until Ctrl-C or SIGTERM. PORT says where, 9092 by default."""
    port = int(os.environ.get("PORT") or 9092)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if not _is_free(port):
            raise NoBroker(
                f"{HOST}:{port} is in use", "another one runs? choose another: PORT=9093"
            )
        with Broker(BUILD / "data", port) as broker:
            print(
                f"Kafka on {broker.bootstrap}, data in {broker.folder}; Ctrl-C stops it", flush=True
            )
            return broker.wait()
    except NoBroker as error:
        return said(error)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
