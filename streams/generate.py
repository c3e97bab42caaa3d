"""Generated files: `python -m streams.generate` writes them, `--check` compares and names stale ones.

A file may be generated as a whole or between a pair of markers:
    <!-- generated: kpi-reference -->
    <!-- end: kpi-reference -->
To add one: a `Generated` in FILES.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from schemas.catalog import KPIS
from schemas.kpi import Certification, Kpi
from schemas.metrics import FAMILIES
from streams.grafana.files import BOARDS, board_files
from streams.grafana.words import LANGUAGES
from streams.rules.files import NAMES, rule_files
from streams.simulator.demo_settings import demo_settings

ROOT = Path(__file__).resolve().parent.parent


class Generated(NamedTuple):
    """A generated file or part: its path, the function that writes it, the marker around it."""

    path: Path
    write: Callable[[], str]
    marker: str = ""

    def text(self, old: str) -> str:
        """The whole file as it should be. Errors: ValueError, a marker is missing."""
        if not self.marker:
            return self.write()
        begin, end = f"<!-- generated: {self.marker} -->\n", f"<!-- end: {self.marker} -->"
        before, found, rest = old.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(
                f"{self.path}: no pair of markers {self.marker!r}; hint: add {begin}{end}"
            )
        return f"{before}{begin}\n{self.write()}\n{end}{after}"


def kpi_reference() -> str:
    """The catalogue as a Markdown table."""
    head = ("KPI", "formula", "basis", "unit", "better", "target", "PST", "definition")
    rows = [
        (
            f"{kpi.id} `{kpi.key}`<br>{kpi.title}<br>{kpi.title_ja}",
            f"`{kpi.expression}`{_each(kpi)}",
            kpi.basis.value if kpi.basis else "now",
            kpi.unit.value,
            kpi.direction.value,
            kpi.target,
            _pst(kpi.certification),
            f"{kpi.definition} (v{kpi.definition_version})",
        )
        for kpi in KPIS.values()
    ]
    return _table(head, rows)


def metric_reference() -> str:
    """Every exported metric as a Markdown table."""
    rows = [
        (f"`{family.name}`", family.kind, ", ".join(family.labels), family.help)
        for family in FAMILIES.values()
    ]
    return _table(("metric", "kind", "labels", "what it says"), rows)


def _rules(name: str) -> str:
    return rule_files()[name]


def _board(name: str) -> str:
    return board_files()[name]


def _each(kpi: Kpi) -> str:
    words = {"{i}": " for each T", "{class}": " for each class", "{reason}": " for each reason"}
    return words.get(kpi.each, "")


def _pst(place: Certification | None) -> str:
    if place is None:
        return ""
    instead = f", instead of `{place.instead_of}`" if place.instead_of else ""
    quarterly = ", by quarter" if place.period == "quarter" else ""
    return f"{place.item} {place.type}, {place.level}{quarterly}{instead}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


FILES: tuple[Generated, ...] = (
    Generated(ROOT / "schemas/README.md", kpi_reference, "kpi-reference"),
    Generated(ROOT / "schemas/README.md", metric_reference, "metric-reference"),
    Generated(ROOT / "deploy/docker/demo.toml", demo_settings),
    *(
        Generated(ROOT / f"deploy/prometheus/rules/{name}.yml", partial(_rules, name))
        for name in NAMES
    ),
    *(
        Generated(ROOT / "grafana/dashboards" / name, partial(_board, name))
        for name in (f"{lang}/{board.name}.json" for lang in LANGUAGES for board in BOARDS)
    ),
)


def stale(files: Sequence[Generated] = FILES) -> list[Path]:
    """Files that differ from what their functions write."""
    return sorted({file.path for file in files if _read(file.path) != file.text(_read(file.path))})


def generate(files: Sequence[Generated] = FILES) -> list[Path]:
    """Write what is stale; returns the paths that changed."""
    changed = stale(files)
    for file in files:
        if file.path in changed:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_text(file.text(_read(file.path)), encoding="utf-8")
    return changed


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 all current, 1 something was stale under --check, 2 unknown argument."""
    if list(arguments) not in ([], ["--check"]):
        print(f"unknown arguments {' '.join(arguments)}; hint: only --check", file=sys.stderr)
        return 2
    found = stale() if arguments else generate()
    for path in found:
        said = "is stale; hint: run python -m streams.generate" if arguments else "written"
        print(f"{path.relative_to(ROOT)} {said}", file=sys.stderr if arguments else sys.stdout)
    return int(bool(arguments and found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
