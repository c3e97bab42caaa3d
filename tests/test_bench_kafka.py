"""The benchmark on a broker runs, at a scale at which its figures mean nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data import ROOT

PATIENCE_S = 180
PROMISES = {
    "whole worker / bare getmany": ">= 0.45",
    "whole worker / stock Faust agent": ">= 15",
    "age of the first event not shown, p99": "<= 0.5",
    "CPU of the worker": "<= 15",
    "restart to first figure": "<= 5",
    "longest gap between two folds, with checkpoints": "<= 0.5",
    "closing and copying": "<= 0.5",
}
INTO = """
import sys
from pathlib import Path
from tests.bench import figure
figure.OUT = Path(sys.argv[1])
from tests.bench.__main__ import main
sys.exit(main(["kafka"]))
"""


@pytest.mark.needs_own_kafka
def test_every_part_runs_and_every_promise_gets_its_figure(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTO, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BENCH_SCALE": "0.001"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (tmp_path / "kafka.json").is_file(), done.stderr
    figures = json.loads((tmp_path / "kafka.json").read_text())
    assert all(set(each) == {"name", "value", "unit", "bound", "holds"} for each in figures)
    names = [each["name"] for each in figures]
    assert len(set(names)) == len(names)
    bounds = {each["name"].partition(", at")[0]: each["bound"] for each in figures if each["bound"]}
    assert bounds == PROMISES
    broken = [each for each in figures if not each["holds"]]
    assert bool(broken) == bool(done.returncode)
    assert all(each["value"] > 0 for each in figures if each["bound"])
