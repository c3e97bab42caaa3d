"""Prometheus text of samples, byte by byte what `prometheus_client.generate_latest` writes.

That one takes 5 to 8 us a sample, most of it for names and labels that were the same a scrape ago. Here
they are written once and kept; only the numbers are new, and they are written all at once. Text is
bytes throughout: a page of str is put together, then encoded, and one queue's Japanese name makes
each of its characters twice as wide meanwhile.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from prometheus_client.utils import floatToGoString

from schemas.metrics import FAMILIES
from schemas.metrics_family import Family

KEPT = 500_000
"""Series of a family whose beginnings are kept: as many as five of the largest pages measured have."""
LEAST, PLAIN = 1e-4, 1e6
"""Below and from there on numbers have exponents, written as Python or as Go does."""
WRITTEN_OUT = 1e16
"""Up to here msgspec and Python write all digits."""
_POWERS = [b"e+%02d" % (digits - 1) for digits in range(18)]
"""Exponents of ten as Go writes them, by digits before the point."""
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Beginnings(dict[tuple[str, ...], bytes]):
    """What stands before the number of each series of a family, from the line's end on, by label values."""

    def __init__(self, family: Family) -> None:
        super().__init__()
        self._name = family.name
        self._order = sorted((name, at) for at, name in enumerate(family.labels))
        self._newest: tuple[list[tuple[str, ...]], list[bytes]] = ([], [])

    def of(self, labels: list[tuple[str, ...]]) -> list[bytes]:
        """Those of all series of a page, in its order.

        They are nearly always those of the page before. To see that takes a third of the time of
        looking each one up, for which its label values have to be hashed.
        """
        newest = self._newest  # read once: another thread may write another page
        if labels != newest[0]:
            newest = self._newest = labels.copy(), list(map(self.__getitem__, labels))
        return newest[1]

    def __missing__(self, labels: tuple[str, ...]) -> bytes:
        """The beginning of a series not met before."""
        if len(self) >= KEPT:
            self.clear()
        named = ",".join(f'{name}="{labels[at].translate(_ESCAPES)}"' for name, at in self._order)
        of = f"{{{named}}}" if named else ""
        written = self[labels] = f"\n{self._name}{of} ".encode()
        return written


def _head(family: Family) -> bytes:
    told = family.help.replace("\\", r"\\").replace("\n", r"\n")
    kind = "gauge" if family.kind == "info" else family.kind
    return f"# HELP {family.name} {told}\n# TYPE {family.name} {kind}".encode()


_HEADS = {name: _head(family) for name, family in FAMILIES.items()}
_BEGINNINGS = {name: Beginnings(family) for name, family in FAMILIES.items()}


def text(name: str, labels: list[tuple[str, ...]], numbers: Sequence[float]) -> bytes:
    """One family's part of the page: its head and a line for each label values and number."""
    told = numerals(numbers)
    pieces = [b""] * (2 * len(told))  # put together once, not line by line and then again
    pieces[::2] = _BEGINNINGS[name].of(labels)
    pieces[1::2] = told
    return b"".join((_HEADS[name], *pieces, b"\n"))


def numerals(numbers: Sequence[float]) -> list[bytes]:
    """Numbers, one or more, as prometheus_client writes them: the shortest decimals that mean the same number.

    msgspec writes a list of them in a fifth of the time of `repr`, as far as they are PLAIN.
    """
    array = np.asarray(numbers, np.float64)
    values = array.tolist()
    told = msgspec.json.encode(values)[1:-1].split(b",")
    size = np.abs(array)
    odd = ~(size < PLAIN) | (size < LEAST) & (size != 0.0)  # NaN is not below anything
    for at in np.flatnonzero(odd).tolist():
        large = PLAIN <= values[at] < WRITTEN_OUT
        told[at] = _as_go(told[at]) if large else floatToGoString(values[at]).encode()  # type: ignore[no-untyped-call]
    return told


def _as_go(written: bytes) -> bytes:
    """`1700000000.5` as `1.7000000005e+09`."""
    dot = written.index(b".")
    return (written[:1] + b"." + written[1:dot] + written[dot + 1 :]).rstrip(b"0.") + _POWERS[dot]
