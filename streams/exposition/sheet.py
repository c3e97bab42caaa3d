"""A page of samples under declared names: nothing undeclared can be written on it."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from schemas.metrics import FAMILIES
from streams.exposition.text import text

_SUFFIX = {"counter": "_total", "info": "_info", "gauge": ""}
_WIDTH = {name: len(family.labels) for name, family in FAMILIES.items()}


class _Samples:
    """Those of one family, and their text once it was asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.labels: list[tuple[str, ...]] = []
        self.numbers = array("d")  # read as they lie there: no list of objects to go through
        self._written = b""

    def text(self) -> bytes:
        """Their part of the page: nothing may be added afterwards."""
        self._written = self._written or text(self.name, self.labels, self.numbers)
        return self._written

    def metric(self) -> Metric:
        """As prometheus_client has them."""
        family = FAMILIES[self.name]
        base = self.name.removesuffix(_SUFFIX[family.kind])
        metric = Metric(base, family.help, family.kind)
        metric.samples = [
            Sample(self.name, dict(zip(family.labels, labels, strict=True)), number)
            for labels, number in zip(self.labels, self.numbers, strict=True)
        ]
        return metric


class Sheet:
    """Samples by family, handed over in the order of their declaration."""

    def __init__(self) -> None:
        self._samples: dict[str, _Samples] = {}
        self._taken: dict[str, _Samples] = {}

    def add(self, name: str, labels: tuple[str, ...], number: float) -> None:
        """Write one sample; `labels` are values in declared order.

        Errors: KeyError, undeclared; ValueError, not as many values as labels.
        """
        if len(labels) != _WIDTH[name]:
            raise _miscounted(name, labels)
        samples = self._samples.get(name)
        if samples is None:
            samples = self._samples[name] = _Samples(name)
        samples.labels.append(labels)
        samples.numbers.append(number)

    def extend(
        self, name: str, labels: Sequence[tuple[str, ...]], numbers: NDArray[np.float64]
    ) -> None:
        """Write a sample for each of `labels`, in their order; NaN means there is none.

        Errors: as of `add`; ValueError, not as many numbers as labels.
        """
        if len(labels) != len(numbers):
            raise ValueError(f"{name}: {len(labels)} label sets for {len(numbers)} numbers")
        width, known = _WIDTH[name], ~np.isnan(numbers)
        if set(map(len, labels)) - {width}:
            raise _miscounted(name, next(each for each in labels if len(each) != width))
        if known.any():
            samples = self._samples.setdefault(name, _Samples(name))
            samples.labels.extend(labels if known.all() else compress(labels, known.tolist()))
            samples.numbers.frombytes(numbers[known].astype(np.float64, copy=False).tobytes())

    def take(self, other: "Sheet") -> None:
        """Show another sheet's families too. It may be shown again later, and is written once only;
        nothing may be added to it afterwards. Errors: ValueError, a family is on both."""
        twice = other._samples.keys() & (self._samples.keys() | self._taken.keys())
        if twice:
            raise ValueError(f"{min(twice)} is on both sheets")
        self._taken |= other._samples

    def text(self) -> bytes:
        """The page."""
        return b"".join(samples.text() for samples in self._families())

    def __iter__(self) -> Iterator[Metric]:
        """Families that have samples, as prometheus_client has them."""
        return (samples.metric() for samples in self._families())

    def _families(self) -> Iterator[_Samples]:
        found = self._samples | self._taken
        return (found[name] for name in FAMILIES if name in found)


def _miscounted(name: str, labels: tuple[str, ...]) -> ValueError:
    return ValueError(f"{name} has the labels {FAMILIES[name].labels}, not {labels}")
