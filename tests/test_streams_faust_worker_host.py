"""What a worker knows of all its shards together."""

from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.drivers.faust_worker.host import Host
from streams.settings import Settings
from tests.test_streams_drivers_partition import PLAN, bench, run


def fetching(end: int) -> Any:
    """A consumer that stands at offset 0 of topics that end at `end`."""

    def reached(tp: TP) -> tuple[int, int]:
        return 0, end if tp.topic == "acd" else 0

    return SimpleNamespace(
        consumer=SimpleNamespace(_next={}, _thread=SimpleNamespace(reached=reached))
    )


@pytest.mark.parametrize(("end", "counted"), [(0, True), (5, False)])
def test_a_view_says_by_itself_whether_all_that_topics_hold_is_counted(
    end: int, counted: bool
) -> None:
    host = Host(Settings(plan=PLAN))
    host.app = fetching(end)
    with bench() as on:
        host.partitions[3] = run(on.opened({"acd": 0}, {"acd": end}))
        view = run(host._view())
    host.close()
    assert view.caught_up is counted
