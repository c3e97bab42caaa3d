import json
from typing import Any

import pytest

from streams.reconcile.verbara import Rates
from tests.data import shared

VECTORS = json.loads(shared("verbara/queue_session_vectors.json").read_text())["rates"]


@pytest.mark.parametrize("vector", VECTORS)
def test_verbaras_rates_are_repeated_from_its_counts(vector: dict[str, Any]) -> None:
    counts = {name: value for name, value in vector.items() if name != "expect"}
    rates = Rates(**counts)
    assert {name: getattr(rates, name) for name in vector["expect"]} == vector["expect"]
