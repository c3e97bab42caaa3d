"""Prometheus text of samples, byte by byte what `prometheus_client.generate_latest` writes.

That one takes 8 us a sample, most of it for names and labels that were the same a scrape ago. Here
they are written once and kept; only the number is new.
"""

from collections.abc import Iterable

from prometheus_client.utils import floatToGoString

from schemas.metrics import FAMILIES
from schemas.metrics_family import Family

KEPT = 500_000
"""Series whose beginnings are kept: five pages of the largest that is measured."""
PLAIN = 1e6
"""From here on prometheus_client writes exponents as Go does."""
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
Samples = Iterable[tuple[tuple[str, ...], float]]


class Beginnings(dict[tuple[str, ...], str]):
    """What stands before the number of each series of a family, by its label values."""

    def __init__(self, family: Family) -> None:
        super().__init__()
        self._name = family.name
        self._order = sorted((name, at) for at, name in enumerate(family.labels))

    def __missing__(self, labels: tuple[str, ...]) -> str:
        """The beginning of a series not met before."""
        if len(self) >= KEPT:
            self.clear()
        named = ",".join(f'{name}="{labels[at].translate(_ESCAPES)}"' for name, at in self._order)
        written = self[labels] = f"{self._name}{{{named}}} " if named else f"{self._name} "
        return written


def _head(family: Family) -> str:
    told = family.help.replace("\\", r"\\").replace("\n", r"\n")
    kind = "gauge" if family.kind == "info" else family.kind
    return f"# HELP {family.name} {told}\n# TYPE {family.name} {kind}\n"


_HEADS = {name: _head(family) for name, family in FAMILIES.items()}
_BEGINNINGS = {name: Beginnings(family) for name, family in FAMILIES.items()}


def text(name: str, samples: Samples) -> str:
    """One family's part of the page: its head and a line for each (label values, number)."""
    begins = _BEGINNINGS[name]
    lines = [_HEADS[name]]
    for labels, number in samples:
        value = float(number)
        told = repr(value) if -PLAIN < value < PLAIN else floatToGoString(value)  # type: ignore[no-untyped-call]
        lines.append(f"{begins[labels]}{told}\n")
    return "".join(lines)
