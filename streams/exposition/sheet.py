"""A page of samples under declared names: nothing undeclared can be written on it."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from schemas.metrics import FAMILIES
from streams.exposition.text import text

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
            raise ValueError(f"{name} has the labels {FAMILIES[name].labels}, not {labels}")
        samples = self._samples.get(name)
        if samples is None:
            samples = self._samples[name] = ([], [])
        samples[0].append(labels)
        samples[1].append(number)

    def text(self) -> bytes:
        """The page."""
        declared = (name for name in FAMILIES if name in self._samples)
        return "".join(text(name, *self._samples[name]) for name in declared).encode()

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
