import json
import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams import clock
from streams.cli import app, doctor


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("FLOORWATCH_"):
            monkeypatch.delenv(name)


def floorwatch(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def quick_doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    ready = doctor.Line("ok", "kernels", "ready")
    monkeypatch.setattr(doctor, "kernels_warm_up", lambda: ready)


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_finds_nothing_wrong_with_a_healthy_machine() -> None:
    shown = floorwatch("doctor", "--offline")
    assert shown.exit_code == 0
    assert all(line.startswith(("ok", "warn", " ")) for line in shown.stdout.splitlines())
    assert "0 failed" in shown.stderr


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_fails_on_settings_that_cannot_be_used_and_looks_on(tmp_path: Path) -> None:
    config = tmp_path / "floorwatch.toml"
    config.write_text("[http]\nprot = 1\n")
    shown = floorwatch("doctor", "--offline", "--config", config)
    assert shown.exit_code == 1
    assert f"fail  settings: {config}:2: unknown setting http.prot" in shown.stdout
    assert "hint: did you mean http.port?" in shown.stdout
    assert "clock" in shown.stdout


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_shows_the_settings_in_force_and_speaks_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLOORWATCH_HTTP__PORT", "9200")
    assert '"port": 9200' in floorwatch("doctor", "--offline", "--show-settings").stdout
    verdicts = json.loads(floorwatch("doctor", "--offline", "--json").stdout)
    assert {"verdict", "what", "told", "hint"} == set(verdicts[0])


def test_doctor_fails_on_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    line = doctor.store_folder(tmp_path / "none" / "floorwatch.db")
    assert line.verdict == "fail"
    assert line.hint


@pytest.mark.parametrize(("free", "verdict"), [(10**6, "fail"), (10**9, "warn"), (10**11, "ok")])
def test_doctor_looks_at_the_room_on_the_disk(
    free: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, free))
    assert doctor.disk_space(tmp_path / "none" / "floorwatch.db").verdict == verdict


def test_doctor_fails_where_another_distribution_owns_our_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert doctor.import_names().verdict == "ok"
    monkeypatch.setattr(doctor, "packages_distributions", lambda: {"kernels": ["kernels"]})
    line = doctor.import_names()
    assert line.verdict == "fail"
    assert "kernels also belongs to kernels" in line.told


def test_doctor_fails_on_a_clock_from_before_this_release(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.clock().verdict == "ok"
    monkeypatch.setattr(clock.WallClock, "now_ms", lambda self: 0)
    assert doctor.clock().verdict == "fail"


def test_doctor_warns_where_the_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert doctor.port("127.0.0.1", number).verdict == "warn"
    assert doctor.port("127.0.0.1", 0).verdict == "ok"


def test_doctor_warms_the_kernels_up() -> None:
    line = doctor.kernels_warm_up()
    assert line.verdict in ("ok", "warn")
    assert "ready in" in line.told
