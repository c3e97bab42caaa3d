"""A page of samples under declared names: nothing undeclared can be written on it."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from schemas.metrics import FAMILIES

_SUFFIX = {"counter": "_total", "info": "_info", "gauge": ""}


class Sheet:
    """Samples by family, handed over in the order of their declaration."""

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}

    def add(self, name: str, labels: tuple[str, ...], number: float) -> None:
        """Write one sample; `labels` are values in declared order. Errors: KeyError, undeclared."""
        family = FAMILIES[name]
        metric = self._metrics.get(name)
        if metric is None:
            base = name.removesuffix(_SUFFIX[family.kind])
            metric = self._metrics[name] = Metric(base, family.help, family.kind)
        named = dict(zip(family.labels, labels, strict=True))
        metric.samples.append(Sample(name, named, number))

    def __iter__(self) -> Iterator[Metric]:
        """Families that have samples."""
        return (self._metrics[name] for name in FAMILIES if name in self._metrics)
