"""A page of samples under declared names: nothing undeclared can be written on it."""

from collections.abc import Iterator, Sequence
from itertools import chain, compress

import numpy as np
from numpy.typing import NDArray
from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from schemas.metrics import FAMILIES
from streams.exposition.text import parts

_SUFFIX = {"counter": "_total", "info": "_info", "gauge": ""}
_WIDTH = {name: len(family.labels) for name, family in FAMILIES.items()}


class Sheet:
    """Samples by family, handed over in the order of their declaration."""

    def __init__(self) -> None:
        self._samples: dict[str, tuple[list[tuple[str, ...]], list[float]]] = {}

    def add(self, name: str, labels: tuple[str, ...], number: float) -> None:
        """Write one sample; `labels` are values in declared order.

        Errors: KeyError, undeclared; ValueError, not as many values as labels.
        """
        if len(labels) != _WIDTH[name]:
            raise _miscounted(name, labels)
        samples = self._samples.get(name)
        if samples is None:
            samples = self._samples[name] = ([], [])
        samples[0].append(labels)
        samples[1].append(number)

    def extend(
        self, name: str, labels: Sequence[tuple[str, ...]], numbers: NDArray[np.float64]
    ) -> None:
        """Write a sample for each of `labels`, in their order; NaN means there is none.

        Errors: as of `add`; ValueError, not as many numbers as labels.
        """
        if len(labels) != len(numbers):
            raise ValueError(f"{name}: {len(labels)} label sets for {len(numbers)} numbers")
        width, known = _WIDTH[name], ~np.isnan(numbers)
        wrong = next((each for each in labels if len(each) != width), None)
        if wrong is not None:
            raise _miscounted(name, wrong)
        if known.any():
            samples = self._samples.setdefault(name, ([], []))
            samples[0].extend(compress(labels, known.tolist()))
            samples[1].extend(numbers[known].tolist())

    def text(self) -> bytes:
        """The page."""
        declared = (name for name in FAMILIES if name in self._samples)
        written = (parts(name, *self._samples[name]) for name in declared)
        return "".join(chain.from_iterable(written)).encode()

    def __iter__(self) -> Iterator[Metric]:
        """Families that have samples, as prometheus_client has them."""
        for name, family in FAMILIES.items():
            if name in self._samples:
                base = name.removesuffix(_SUFFIX[family.kind])
                metric = Metric(base, family.help, family.kind)
                metric.samples = [
                    Sample(name, dict(zip(family.labels, labels, strict=True)), number)
                    for labels, number in zip(*self._samples[name], strict=True)
                ]
                yield metric


def _miscounted(name: str, labels: tuple[str, ...]) -> ValueError:
    return ValueError(f"{name} has the labels {FAMILIES[name].labels}, not {labels}")
