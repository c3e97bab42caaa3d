"""Where tests find data that do not ship with the project."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FLOORWATCH_DATA", ROOT.parent / "shared" / "data"))


def shared(name: str) -> Path:
    """Path of an outside data file; FLOORWATCH_DATA names the folder."""
    return DATA / name
