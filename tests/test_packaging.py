"""The distribution: its names, its command, what it needs and what it carries."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, metadata, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from streams import cli
from tests.data import ROOT
from tests.source_tree import PACKAGES, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NEEDED = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
FOR_WORK = [Requirement(line) for line in PROJECT["dependency-groups"]["dev"]]
NOT_IMPORTED = {"tzdata", "crc32c"}
"""Needed without being imported by us: zoneinfo and kafka-python find them."""
CALLED = {"faust-streaming": "faust", "mode-streaming": "mode", "kafka-python": "kafka"}
CALLED |= {"arro3-core": "arro3", "arro3-io": "arro3"}
"""Import names that are not those of their distributions."""


@pytest.mark.parametrize("package", PACKAGES)
def test_an_import_name_belongs_to_floorwatch_alone(package):
    assert set(packages_distributions().get(package, ())) <= {"floorwatch"}
    spec = find_spec(package)
    assert spec and spec.origin
    assert Path(spec.origin) == ROOT / package / "__init__.py"


def test_the_distribution_cannot_be_uploaded_by_mistake():
    assert "Private :: Do Not Upload" in (metadata("floorwatch").get_all("Classifier") or ())


def test_the_command_is_installed_under_the_name_of_the_distribution():
    (script,) = entry_points(group="console_scripts", name="floorwatch")
    assert script.load() is cli.main


BOARDS = "grafana_foundation_sdk"
"""Needed to write the boards anew, never to run."""


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    imported = {name.partition(".")[0] for m in modules(*PACKAGES) for name in m.imports()}
    foreign = imported - set(PACKAGES) - sys.stdlib_module_names - {BOARDS}
    declared = {requirement.name for requirement in NEEDED} - NOT_IMPORTED
    assert foreign == {CALLED.get(name, name.replace("-", "_")) for name in declared}


def test_only_who_writes_boards_imports_what_only_they_need():
    importing = {
        module.name: {name for name in module.imports() if name.startswith(needed)}
        for needed in (BOARDS, "streams.grafana")
        for module in modules(*PACKAGES)
        if any(name.startswith(needed) for name in module.imports())
    }
    assert {m for m in importing if not m.startswith("streams.grafana.")} == {"streams.generate"}


def test_what_is_pinned_is_what_is_declared():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    pins = [re.fullmatch(r"(\S+)==(\S+)", line) for line in lines if line and line[0] != "#"]
    pinned = {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}
    assert len(pinned) == len(pins)
    for requirement in (*NEEDED, *FOR_WORK):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_wheel_carries_the_three_packages_with_their_types_and_nothing_else(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("floorwatch-*.whl")
    names = ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    source = {str(m.path.relative_to(ROOT)) for m in modules(*PACKAGES)}
    assert source == {name for name in names if name.endswith(".py")}
    static = {str(path.relative_to(ROOT)) for path in (ROOT / "streams/page/static").iterdir()}
    assert static <= set(names)
