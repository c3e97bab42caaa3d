"""The services of compose.yaml as processes on loopback: started in its order, healthy by its own checks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.kafka.broker import CLASSES, HEAP
from deploy.kafka.jars import jars, java
from deploy.kafka.ready import brokers
from streams.alerting.tools import tool
from tests.broker import ending_like_ctrl_c
from tests.compose_file import ComposeFile, Service
from tests.data import ROOT
from tests.kafka_workers import WORKER
from tests.rules.servers import Webhook

NOT_HERE = ("grafana/grafana",)
"""Images whose program no package brings."""
FROM_HERE = ("PATH", "HOME", "LANG", "JAVA_HOME", "NUMBA_CACHE_DIR")
"""Variables of this machine that a service keeps; the image's PATH and its cache are the image's."""
RECEIVERS = "127.0.0.1:9095"
"""Where alertmanager.yml, as it is shipped, sends everything."""
PATIENCE_S = 90.0
CLUSTER = "5L6g3nShT-eMCtK--X86sw"
"""The id that the image of Kafka takes where none is given."""
LOGGING = """
Configuration:
  Properties: {Property: []}
  Appenders: {Console: {name: STDOUT, PatternLayout: {pattern: "%d %p %m%n"}}}
  Loggers: {Root: {level: WARN, AppenderRef: [{ref: STDOUT}]}, Logger: []}
"""


class Running:
    """A service that runs: its process, started again where compose.yaml says so, and what it said."""

    def __init__(self, service: Service, command: list[str]) -> None:
        self.service, self.command = service, command
        self.log = service.folder / f"{service.name}.log"
        self.codes: list[int] = []
        """How it ended before it was started again."""
        self._begin()

    def _begin(self) -> None:
        kept = {name: os.environ[name] for name in FROM_HERE if name in os.environ}
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(
                self.command,
                cwd=self._where(),
                env=self.service.environment | kept | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def _where(self) -> Path:
        # A copy that `make tools` has unpacked looks for its template where it is started.
        unpacked = ROOT / "build/tools/usr/share/prometheus/alertmanager"
        of_alertmanager = self.service.image == "prom/alertmanager" and unpacked.is_dir()
        return unpacked if of_alertmanager else self.service.folder

    @property
    def said(self) -> str:
        """All of it."""
        return self.log.read_text("utf-8", "replace")

    def healthy(self) -> bool:
        """By its own check. Starts it again if it has ended and should be."""
        code = self.process.poll()
        if code is not None and self.service.restarts:
            self.codes.append(code)
            self._begin()
            return False
        assert code is None, f"{self.service.name} ended with {code}: {self.said[-4000:]}"
        return not self.service.health or self._checked(*self.service.health)

    def _checked(self, kind: str, program: str, *rest: str) -> bool:
        assert kind == "CMD"
        if program.endswith("/kafka-broker-api-versions.sh"):
            host, _, port = rest[rest.index("--bootstrap-server") + 1].partition(":")
            return brokers(host, int(port)) > 0
        command = (sys.executable if program == "python" else program, *rest)
        asked = subprocess.run(command, cwd="/", capture_output=True, timeout=20, check=False)
        return asked.returncode == 0

    def hears(self, number: signal.Signals) -> bool:
        """Whether it handles a signal: the first process of a container is not ended by one else."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        (caught,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
        return bool(int(caught, 16) >> (number - 1) & 1)

    def stop(self) -> int:
        """What `docker compose stop` does; the exit code. Errors: TimeoutExpired, it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(self.service.grace_s)

    def restart(self) -> int:
        """What `docker compose restart` does; the exit code it ended with."""
        code = self.stop()
        self._begin()
        return code

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Composed:
    """Services that were started, by name."""

    def __init__(self, file: ComposeFile, webhook: Webhook) -> None:
        self.file, self.webhook = file, webhook
        self.running: dict[str, Running] = {}
        self.began_s = time.monotonic()

    def up(self) -> None:
        """Start all, each as soon as what it depends on is as far as compose.yaml demands."""
        for name, service in self.file.services.items():
            for other, condition in service.after.items():
                self._until(other, condition)
            if service.image not in NOT_HERE:
                self.running[name] = Running(service, self._command(service))

    def until_healthy(self) -> None:
        """Wait until every service that stays is healthy at once."""
        wait_for(lambda: all(each.healthy() for each in self.staying), self._told)

    @property
    def staying(self) -> list[Running]:
        return [each for each in self.running.values() if each.service.restarts]

    def kill(self) -> None:
        """End what still runs."""
        for each in self.running.values():
            each.kill()

    def _until(self, name: str, condition: str) -> None:
        one = self.running[name]
        if condition == "service_completed_successfully":
            assert one.process.wait(PATIENCE_S) == 0, one.said
        elif condition == "service_healthy":
            wait_for(one.healthy, self._told)
        else:
            assert condition == "service_started"

    def _told(self) -> str:
        return "\n".join(
            f"{n} {each.codes}: {each.said[-1500:]}" for n, each in self.running.items()
        )

    def _command(self, service: Service) -> list[str]:
        if service.image == "floorwatch":
            return [sys.executable, "-c", WORKER, *service.command]
        if service.image == "apache/kafka":
            return _kafka(service)
        port = {"prom/prometheus": 9090, "prom/alertmanager": 9093}[service.image]
        at = f"--web.listen-address=127.0.0.1:{self.file.port(service.name, port)}"
        if service.image == "prom/prometheus":
            # What it finds before it has learnt of Alertmanager it would send again in a minute only.
            return [tool("prometheus"), *service.command, at, "--rules.alert.resend-delay=5s"]
        only_here = (at, "--cluster.listen-address=")
        return [tool("prometheus-alertmanager"), *service.command, *only_here]


def _kafka(service: Service) -> list[str]:
    """As its image starts it: the same class makes settings of the variables and formats its folder."""
    default, mounted, final = (service.folder / each for each in ("default", "mounted", "final"))
    for folder in (default, mounted, final):
        folder.mkdir()
    for name in ("log4j2.yaml", "tools-log4j2.yaml", "server.properties"):
        (default / name).write_text(LOGGING if name.endswith("yaml") else "", "utf-8")
    known = [f"-XX:SharedArchiveFile={CLASSES}", "-Xlog:cds*=off"] if CLASSES.is_file() else []
    run = [java(), *HEAP, *known, "-cp", f"{jars()}/*"]
    folders = zip(("default", "mounted", "final"), (default, mounted, final), strict=True)
    told = [f"--{name}-configs-dir={folder}" for name, folder in folders]
    done = subprocess.run(
        [*run, "kafka.docker.KafkaDockerWrapper", "setup", *told],
        env=service.environment | {"CLUSTER_ID": CLUSTER},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [*run, "kafka.Kafka", str(final / "server.properties")]


def wait_for(seen: Callable[[], object], told: Callable[[], str], within_s: float = PATIENCE_S):
    """What is seen, once it is true. Errors: AssertionError with what is told of it."""
    deadline = time.monotonic() + within_s
    while not (found := seen()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {told()}"
        time.sleep(0.25)
    return found


@contextmanager
def composed(folder: Path, given: Mapping[str, str], *profiles: str) -> Iterator[Composed]:
    """The services, all started, and a receiver of alerts; what still runs at the end is killed."""
    webhook = Webhook()
    receivers = {RECEIVERS: f"127.0.0.1:{webhook.port}"}
    made = Composed(ComposeFile(folder, given, profiles, receivers), webhook)
    try:
        with ending_like_ctrl_c():
            made.up()
            yield made
    finally:
        made.kill()
        webhook.close()
