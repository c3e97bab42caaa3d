"""Prometheus and Alertmanager beside a demo: found or asked for, silent, and gone afterwards."""

import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from typer.testing import CliRunner

from streams.alerting import judged, servers, tools
from streams.cli import app
from streams.cli.signals import stop_on_signals, unwind_on_sigterm
from streams.errors import UserError
from tests.rules.routing import CONFIG

BOTH = ("prometheus", "prometheus-alertmanager")


@pytest.fixture(autouse=True)
def same_signals():
    """What a command sets is not the tests' own."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(tools, "FETCHED", tmp_path / "tools")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def put(folder, name, mode=0o755):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("#!/bin/sh\nexit 7\n", "utf-8")
    (folder / name).chmod(mode)
    return str(folder / name)


@pytest.mark.parametrize("name", BOTH)
def test_a_tool_that_is_missing_says_what_brings_it(nothing_installed, name):
    with pytest.raises(
        UserError, match=f"{name} is neither on the PATH nor in build/tools"
    ) as lacks:
        tools.tool(name)
    assert "make tools" in lacks.value.hint


def test_a_tool_is_taken_from_the_path_before_what_was_fetched(nothing_installed):
    fetched = put(nothing_installed / "tools/usr/bin", "prometheus")
    assert tools.tool("prometheus") == fetched
    installed = put(nothing_installed / "bin", "prometheus")
    assert tools.tool("prometheus") == installed


def test_alertmanager_is_found_by_debians_name_and_by_its_makers(nothing_installed):
    put(nothing_installed / "tools/usr/bin", "prometheus-alertmanager", 0o644)
    with pytest.raises(UserError):
        tools.tool("prometheus-alertmanager")
    named = put(nothing_installed / "bin", "alertmanager")
    assert tools.tool("prometheus-alertmanager") == named


def test_without_a_checkout_the_configuration_is_missing_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(tools, "ROOT", tmp_path)
    with pytest.raises(UserError, match="comes with a checkout") as lacks:
        tools.deployed("alertmanager/alertmanager.yml")
    assert "make demo-alerts" in lacks.value.hint


def test_a_demo_notifies_nobody_and_holds_back_what_is_held_back_elsewhere():
    silent = yaml.safe_load(judged.silent_config())
    assert {key: silent[key] for key in ("route", "inhibit_rules")} == {
        key: CONFIG[key] for key in ("route", "inhibit_rules")
    }
    assert silent["receivers"] == [{"name": one["name"]} for one in CONFIG["receivers"]]
    assert any(len(one) > 1 for one in CONFIG["receivers"]), "there are addresses to leave out"


def test_a_server_that_does_not_start_says_its_last_words_and_leaves_no_process(
    nothing_installed, tmp_path
):
    path = put(nothing_installed / "bin", "alertmanager")
    with open(path, "w", encoding="utf-8") as script:
        script.write("#!/bin/sh\necho one; echo no such receiver >&2; exit 1\n")
    with (
        pytest.raises(UserError, match=r"Alertmanager did not start: one \| no such receiver"),
        servers.alertmanager(tmp_path, "route: {}\n"),
    ):
        pass


@pytest.mark.needs_linux
def test_a_server_ends_with_a_demo_that_was_killed(tmp_path):
    starts = (
        "import sys\nfrom pathlib import Path\nfrom streams.alerting.servers import process\n"
        f"with process(Path({str(tmp_path / 'log')!r}), 'sh', '-c', 'echo $$ >&2; exec sleep 60'):\n"
        "    sys.stdin.read()\n"
    ).replace("'sh'", repr(shutil.which("sh")))
    killed = subprocess.Popen((sys.executable, "-c", starts), cwd=tools.ROOT, stdin=subprocess.PIPE)
    log = tmp_path / "log"
    assert servers.comes(lambda: log.read_text("utf-8").endswith("\n"), 30, lambda: False)
    server = Path("/proc", log.read_text("utf-8").strip(), "cmdline")
    assert servers.comes(lambda: b"sleep" in server.read_bytes(), 10, lambda: False)
    killed.kill()
    killed.communicate()

    def gone():
        try:
            return not server.read_bytes()  # nothing of one that nobody has waited for
        except FileNotFoundError:
            return True

    assert servers.comes(gone, 10, lambda: False)


def test_a_closed_terminal_ends_a_command_in_order_unless_it_was_to_outlive_it():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup
    stopping = threading.Event()
    for sets in (stop_on_signals, unwind_on_sigterm):
        sets(stopping)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    unwind_on_sigterm(threading.Event())
    assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL
    with pytest.raises(SystemExit, match=str(128 + signal.SIGHUP)):
        signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGHUP)  # the shell's, after the kernel's: it is being done already
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    stop_on_signals(stopping)
    assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL
    for _ in range(2):
        signal.raise_signal(signal.SIGHUP)
        assert stopping.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_who_is_asked_to_end_where_nothing_can_be_raised_ends_all_the_same():
    class Collected:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    before, stopping = signal.getsignal(signal.SIGTERM), threading.Event()
    unwind_on_sigterm(stopping)
    try:
        Collected()  # what it raises is only printed
    finally:
        signal.signal(signal.SIGTERM, before)
    assert stopping.is_set()


def test_what_is_waited_for_comes_or_does_not_or_is_given_up():
    later = iter([False, OSError(), True])

    def ready():
        told = next(later)
        if isinstance(told, OSError):
            raise told
        return told

    assert servers.comes(ready, 10, lambda: False)
    assert not servers.comes(lambda: False, 0.2, lambda: False)
    assert not servers.comes(lambda: True, 10, lambda: True)


def refused(*options, **environment):
    """What a demo says that does not begin."""
    ended = CliRunner().invoke(app, ["demo", "--alerts", "--for", "1", *options], env=environment)
    assert ended.exit_code == 2, ended.output
    return ended.stderr


def test_a_demo_whose_tools_are_missing_is_not_begun(nothing_installed):
    said = refused()
    assert "error: prometheus is neither on the PATH nor in build/tools" in said
    assert "hint: `make tools`" in said
    assert "board:" not in said


def test_a_demo_without_a_folder_to_write_to_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(judged, "tool", str)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    said = refused()
    assert "error: there is no folder for Prometheus to write to" in said
    assert "hint: set TMPDIR" in said


def test_a_day_that_is_too_fast_to_be_judged_is_refused():
    said = refused("--speed", "60")
    assert "at most 30 times as fast as life, not 60" in said
    assert "hint: --speed 30" in said


def test_a_demo_that_asks_for_a_token_is_not_judged():
    said = refused(FLOORWATCH_HTTP__HOST="0.0.0.0", FLOORWATCH_HTTP__TOKEN="a long random text")
    assert "on loopback only" in said


def test_a_prometheus_that_does_not_start_ends_the_demo_and_all_that_was_started(monkeypatch):
    ended = []

    @contextmanager
    def broken(speed):
        def by(worker):
            assert worker.startswith("127.0.0.1:")
            raise UserError("Prometheus did not start: disk full")

        yield SimpleNamespace(url="http://127.0.0.1:9", by=by)

    @contextmanager
    def noted(speed):
        try:
            with broken(speed) as found:
                yield found
        finally:
            ended.append(speed)

    monkeypatch.setattr("streams.cli.demo.judged", noted)
    before = set(threading.enumerate())
    assert "error: Prometheus did not start: disk full" in refused("--speed", "20")
    assert ended == [20.0]
    assert {one.name for one in set(threading.enumerate()) - before} <= {"alerts"}
