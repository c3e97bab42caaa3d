"""Prometheus text of samples, byte by byte what `prometheus_client.generate_latest` writes.

That one takes 8 us a sample, most of it for names and labels that were the same a scrape ago. Here
they are written once and kept; only the numbers are new, and they are written all at once.
"""

from collections.abc import Iterable

import msgspec
import numpy as np
from prometheus_client.utils import floatToGoString

from schemas.metrics import FAMILIES
from schemas.metrics_family import Family

KEPT = 500_000
"""Series whose beginnings are kept: five pages of the largest that is measured."""
LEAST, PLAIN = 1e-4, 1e6
"""Below and from there on numbers have exponents, written as Python or as Go does."""
WRITTEN_OUT = 1e16
"""Up to here msgspec and Python write all digits."""
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Beginnings(dict[tuple[str, ...], str]):
    """What stands before the number of each series of a family, from the line's end on, by label values."""

    def __init__(self, family: Family) -> None:
        super().__init__()
        self._name = family.name
        self._order = sorted((name, at) for at, name in enumerate(family.labels))

    def __missing__(self, labels: tuple[str, ...]) -> str:
        """The beginning of a series not met before."""
        if len(self) >= KEPT:
            self.clear()
        named = ",".join(f'{name}="{labels[at].translate(_ESCAPES)}"' for name, at in self._order)
        of = f"{{{named}}}" if named else ""
        written = self[labels] = f"\n{self._name}{of} "
        return written


def _head(family: Family) -> str:
    told = family.help.replace("\\", r"\\").replace("\n", r"\n")
    kind = "gauge" if family.kind == "info" else family.kind
    return f"# HELP {family.name} {told}\n# TYPE {family.name} {kind}"


_HEADS = {name: _head(family) for name, family in FAMILIES.items()}
_BEGINNINGS = {name: Beginnings(family) for name, family in FAMILIES.items()}


def text(name: str, labels: Iterable[tuple[str, ...]], numbers: Iterable[float]) -> str:
    """One family's part of the page: its head and a line for each label values and number."""
    told = numerals(numbers)
    pieces = [""] * (2 * len(told))  # put together once, not line by line and then again
    pieces[::2] = map(_BEGINNINGS[name].__getitem__, labels)
    pieces[1::2] = told
    return "".join((_HEADS[name], *pieces, "\n"))


def numerals(numbers: Iterable[float]) -> list[str]:
    """Numbers as prometheus_client writes them: the shortest decimals that mean the same number.

    msgspec writes a list of them in a fifth of the time of `repr`, as far as they are PLAIN.
    """
    array = np.fromiter(numbers, np.float64)
    values = array.tolist()
    told = msgspec.json.encode(values)[1:-1].decode().split(",")
    size = np.abs(array)
    odd = ~((size >= LEAST) & (size < PLAIN) | (size == 0.0))
    for at in np.flatnonzero(odd).tolist():
        large = PLAIN <= values[at] < WRITTEN_OUT
        told[at] = _as_go(told[at]) if large else floatToGoString(values[at])  # type: ignore[no-untyped-call]
    return told


def _as_go(written: str) -> str:
    """`1700000000.5` as `1.7000000005e+09`."""
    whole, _, rest = written.partition(".")
    return f"{whole[0]}.{whole[1:]}{rest}".rstrip("0.") + f"e+{len(whole) - 1:02d}"
