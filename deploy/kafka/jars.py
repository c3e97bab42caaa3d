"""Kafka's jars, fetched once with Maven into build/kafka/lib."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
POM = HERE / "pom.xml"
BUILD = HERE.parent.parent / "build" / "kafka"
OLDEST_JAVA = 17
FETCH_S = 600
ELSEWHERE = "or set KAFKA_BOOTSTRAP to a cluster that runs"
INSTALL = f"install a JDK {OLDEST_JAVA} or newer and Maven (Debian: openjdk-17-jdk-headless maven)"

REACH = f"see that Maven reaches its repository (its settings.xml), {ELSEWHERE}"


class NoBroker(RuntimeError):
    """A broker cannot be had on this machine; `hint` says what to do."""

    def __init__(self, message: str, hint: str = f"{INSTALL}, {ELSEWHERE}") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        """What is missing and what to do, for a test report."""
        return f"{self.args[0]} ({self.hint})"


def jars(build: Path = BUILD) -> Path:
    """The folder with the jars, complete. Raises NoBroker if they cannot be fetched."""
    java()
    lib = build / "lib"
    complete = lib / ".complete"
    wanted = hashlib.sha256(POM.read_bytes()).hexdigest()
    if complete.is_file() and complete.read_text("utf-8") == wanted:
        return lib
    with _alone(build):
        # Another process may have fetched them while this one waited for the lock.
        if not complete.is_file() or complete.read_text("utf-8") != wanted:
            _fetch(build, lib)
            complete.write_text(wanted, "utf-8")
    return lib


def java() -> str:
    """The java to run: of JAVA_HOME, or on the PATH. Raises NoBroker if it is missing or too old."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if not found:
        raise NoBroker(f"no java in {home}/bin" if home else "java is not on the PATH")
    shown = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = shown.partition('version "')[2].partition('"')[0]
    major = version.partition(".")[0].partition("-")[0]
    if not major.isdigit() or int(major) < OLDEST_JAVA:
        raise NoBroker(f"{found} is Java {version or 'of unknown version'}")
    return found


@contextmanager
def _alone(build: Path) -> Iterator[None]:
    """Two test runs that begin together must not write the same files."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(build: Path, lib: Path) -> None:
    mvn = shutil.which("mvn")
    if not mvn:
        raise NoBroker("mvn is not on the PATH")
    # Beside the old jars until all are there: whoever still uses those must not lose one.
    fresh = build / "lib.new"
    shutil.rmtree(fresh, ignore_errors=True)
    asked = [mvn, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    try:
        done = subprocess.run(
            [*asked, f"-DoutputDirectory={fresh}"],
            capture_output=True,
            text=True,
            timeout=FETCH_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoBroker(f"Maven did not fetch Kafka within {FETCH_S} s", REACH) from None
    if done.returncode or not list(fresh.glob("kafka_*.jar")):
        said = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
        raise NoBroker(f"Maven could not fetch Kafka: {(said or ['it said nothing'])[0]}", REACH)
    shutil.rmtree(lib, ignore_errors=True)
    fresh.rename(lib)


def main() -> int:
    """Fetch the jars, so that what runs next does not have to."""
    try:
        print(jars())
    except NoBroker as error:
        return said(error)
    return 0


def said(error: NoBroker) -> int:
    """Print the error and its hint; the exit code for it."""
    print(f"error: {error.args[0]}\nhint: {error.hint}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
