"""Runs one measuring function in a fresh process and returns what it measured."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.data import ROOT


def run(module: str, function: str, **environment: str) -> dict[str, Any]:
    code = f"import json, {module} as m; print(json.dumps(m.{function}()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
