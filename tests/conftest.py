"""What a machine lacks is listed at the end with what to install; with CI=true it fails."""

import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from deploy.kafka.broker import Broker
from streams.kafka.settings import KafkaSettings
from tests.broker import (
    GIVEN,
    SECURITY,
    Cluster,
    lacking,
    own_brokers,
    settings_of_one_test,
    shared_cluster,
)
from tests.data import DATA, ROOT

# No test is timed: what takes long on a busy machine is no error.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

CI = os.environ.get("CI") == "true"
NOT_RUN: list[str] = []
DATA_HINT = "set FLOORWATCH_DATA to the folder with the outside data"
TOOLS_HINT = "make tools"
BROWSER = ("chromium-headless-shell", "chromedriver")
ALL = ("promtool", "amtool", "prometheus", "prometheus-alertmanager")
NEEDS: dict[str, tuple[str, Callable[[], str]]] = {
    "needs_promtool": ("with promtool", lambda: "" if has_tools("promtool") else TOOLS_HINT),
    "needs_prometheus": (
        "on Prometheus and Alertmanager",
        lambda: "" if has_tools(*ALL) else TOOLS_HINT,
    ),
    "needs_browser": (
        "in a headless Chromium",
        lambda: "" if has_tools(*BROWSER) else TOOLS_HINT,
    ),
    "needs_validators": (
        "with validators of deployment files",
        lambda: "" if (ROOT / "build/validators/bin/hadolint").exists() else TOOLS_HINT,
    ),
    "needs_kafka": ("on a Kafka broker", lambda: "" if GIVEN else lacking()),
    "needs_own_kafka": ("on a Kafka broker of their own", lacking),
    "needs_linux": (
        "with processes that end with who started them",
        lambda: "" if sys.platform == "linux" else "run them on Linux",
    ),
}
"""Marker: what its tests run with, and what to do where that is missing."""
OF_FIXTURE = {"kafka": "needs_kafka", "own_broker": "needs_own_kafka"}
OF_FIXTURE["secured_broker"] = OF_FIXTURE["own_broker"]

BROKERS = "brokers and fleets"
LONG = (
    *(BROKERS, "test_bank.py", "test_invariants.py", "test_rules_promtool.py"),
    *("test_streams_cli_live.py", "test_simulated_bots.py", "test_simulated_chats.py"),
    *("test_streams_simulator_schedules.py", "test_broken_store.py"),
    *("test_streams_cli_demo_alerts.py", "test_rules_japanese.py"),
    "test_rules_live.py",  # watches clocks: not beside the fleets, which are first of their group
)
"""Groups that take half a minute or more."""


def has_tools(*names: str) -> bool:
    """Whether all of these are on the PATH or were brought by `make tools`."""
    fetched = [ROOT / "build/tools", ROOT / "build/browser"]
    return all(
        shutil.which(name) or any(list(place.glob(f"**/bin/{name}")) for place in fetched)
        for name in names
    )


def pytest_configure(config: pytest.Config) -> None:
    for marker, (what, _) in NEEDS.items():
        config.addinivalue_line("markers", f"{marker}: runs {what}")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out modules that read outside data where there is none, and say so."""
    if CI or DATA.is_dir() or collection_path.suffix != ".py":
        return None
    if collection_path.name.startswith("test_") and "shared(" in collection_path.read_text():
        NOT_RUN.append(f"{collection_path.relative_to(ROOT)}: {DATA_HINT}")
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in OF_FIXTURE.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(OF_FIXTURE[fixture])
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    for marker, (what, missing) in NEEDS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        if CI or not marked or not (hint := missing()):
            continue
        items[:] = [item for item in items if item not in marked]
        config.hook.pytest_deselected(items=marked)
        NOT_RUN.append(f"{len(marked)} tests {what}: {hint}")
    if getattr(config.option, "loadgroup", False):
        items[:] = _in_order(items)


def _in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """Long groups first, so that no process is left with one at the end; then those of most tests."""
    groups = [_group(item) for item in items]
    tests = Counter(groups)
    ranks = {
        group: (LONG.index(group) if group in LONG else len(LONG), -count, group)
        for group, count in tests.items()
    }
    order = sorted(range(len(items)), key=lambda at: ranks[groups[at]])
    return [items[at] for at in order]


def _group(item: pytest.Item) -> str:
    """What is run by one process: a file, or all that share a broker or start a fleet of workers."""
    if item.path.parent.name == "chaos" or any(map(item.get_closest_marker, OF_FIXTURE.values())):
        return BROKERS
    return item.path.name


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """A release of pytest took no notice of groups: two brokers and every fleet ran twice."""
    if getattr(session.config.option, "loadgroup", False):
        assert all("@" in item.nodeid for item in session.items), "tests are not grouped"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One process of several hands what it did not run to the one that tells."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = NOT_RUN


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a process did not run; all of them collect the same."""
    NOT_RUN[:] = getattr(node, "workeroutput", {}).get("not_run", NOT_RUN)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NOT_RUN:
        terminalreporter.section("not run on this machine")
        for line in NOT_RUN:
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def logs_of_no_other_test() -> None:
    """The command line configures logging for good: what a later test waits to read would be told nowhere."""
    logger = logging.getLogger("streams")
    logger.handlers, logger.propagate = [], True
    logger.setLevel(logging.NOTSET)  # which lets loggers below it forget what was enabled, too


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The broker that tests share."""
    with shared_cluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture
def kafka_settings(kafka: Cluster) -> Iterator[KafkaSettings]:
    """The shared broker, with a prefix and an app of this test's own; no topic is there yet."""
    with settings_of_one_test(kafka.bootstrap) as settings:
        yield settings


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Starts brokers of the test's own, to be stopped and killed; options as of `Broker`."""
    with own_brokers(tmp_path) as start:
        yield start


@pytest.fixture(scope="session")
def secured_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker with TLS and passwords, and a stranger who may log in and do nothing."""
    with own_brokers(tmp_path_factory.mktemp("secured")) as start:
        yield start(security=SECURITY)
