"""What a worker knows of all its shards together."""

from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.drivers.faust_worker.host import Host
from streams.settings import Settings
from tests.test_streams_drivers_partition import PLAN, bench, run


def fetching(given: int, stands: int, end: int) -> Any:
    """A client that stands there in topic `acd`, and at offset 0 of topics without records."""

    def reached(tp: TP) -> tuple[int, int, int]:
        return (given, stands, end) if tp.topic == "acd" else (0, 0, 0)

    return SimpleNamespace(consumer=SimpleNamespace(_thread=SimpleNamespace(reached=reached)))


@pytest.mark.parametrize(
    ("given", "stands", "counted"),
    [
        pytest.param(0, 0, False, id="nothing fetched"),
        pytest.param(5, 5, False, id="records on their way to the shard"),
        pytest.param(4, 5, False, id="records on their way, a marker behind them"),
        pytest.param(0, 5, True, id="markers only"),
    ],
)
def test_a_view_says_by_itself_whether_all_that_topics_hold_is_counted(
    given: int, stands: int, counted: bool
) -> None:
    host = Host(Settings(plan=PLAN))
    host.app = fetching(given, stands, 5)
    with bench() as on:
        host.partitions[3] = run(on.opened({"acd": 0}, {"acd": 5}))
        view = run(host._view())
    host.close()
    assert view.caught_up is counted
