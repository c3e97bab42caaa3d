"""Verbara's own test vectors through our shard: equal, but for the differences that are named."""

import json
from typing import Any

import numpy as np
import pytest

from schemas.targets import Plan
from streams.kpis import kpis, pool
from streams.shard import Shard
from tests.data import shared
from tests.shards import fed

VECTORS = json.loads(shared("verbara/queue_session_vectors.json").read_text())
BY_TEST = {vector["test"]: vector for vector in VECTORS["vectors"]}
START_MS = 1_709_546_400_000
OVERFLOW = "overflow_second_queue_counts_from_its_own_join"
OURS = {
    "offered": "offered",
    "answered": "ans",
    "abandoned": "abn",
    "waiting": "waiting",
    "within_sla": "ans_in_T1",
}
DIFFERENT = ("max_wait_s", "min_wait_s")
"""We keep a histogram: its greatest edge is an upper bound, and it has no least wait."""


def wire(events: list[list[Any]]) -> list[dict[str, Any]]:
    """join = queued, at another queue later overflowed; connect = answered; end = hung up."""
    told: list[dict[str, Any]] = []
    joined: set[str] = set()
    for kind, call, *rest in events:
        seconds = rest[1] if len(rest) > 1 else 60
        event = {"source": "pbx", "program": "shop", "contact": call, "id": f"{call}-{len(told)}"}
        event["time"] = START_MS + 1000 * seconds
        if kind == "join":
            event |= {"type": "overflowed" if call in joined else "queued", "queue": rest[0]}
            joined.add(call)
        elif kind == "connect":
            event |= {"type": "answered"} | ({"queue": rest[0]} if rest[0] else {})
        else:
            event |= {"type": "disconnected", "by": "customer"}
        told.append(event)
    return told


def counted(events: list[dict[str, Any]]) -> dict[str, tuple[dict[str, int], Any]]:
    """Columns and KPIs per queue."""
    shard = fed(Shard(Plan()), events)
    cells = shard.view(START_MS).arrival
    return {
        str(queue): (pooled.columns, kpis(pooled.columns, pooled.wait_hist, (20_000,)))
        for (queue,), pooled in pool(cells, by=("queue",)).items()
    }


def ours(name: str, columns: dict[str, int], read: Any) -> Any:
    if name == "total_wait_s":
        return columns["wait_ans_ms"] / 1000
    return read["asa"] if name == "avg_wait_s" else columns[OURS[name]]


def queue_of(vector: str) -> tuple[dict[str, int], Any]:
    (queue,) = BY_TEST[vector]["expect"]
    return counted(wire(BY_TEST[vector]["events"]))[queue]


@pytest.mark.parametrize("name", [name for name in BY_TEST if name != OVERFLOW])
def test_counts_and_waits_of_a_queue_are_verbaras(name: str) -> None:
    got = counted(wire(BY_TEST[name]["events"]))
    for queue, numbers in BY_TEST[name]["expect"].items():
        for number, want in numbers.items():
            if number not in DIFFERENT:
                assert ours(number, *got[queue]) == want, number
    assert BY_TEST[name]["expect"].keys() == got.keys() - {""}


def test_an_answer_without_a_queue_is_an_orphan_that_verbara_does_not_count() -> None:
    columns, _ = counted(wire(BY_TEST["connect_without_queue_creates_nothing"]["events"]))[""]
    assert (columns["orphan"], columns["offered"], columns["ans"]) == (1, 0, 0)


def test_the_longest_wait_is_the_upper_edge_of_its_bin_because_a_true_maximum_cannot_be_taken_back(
) -> None:  # fmt: skip
    name = "wait_is_the_queue_visit_not_the_call"
    _, read = queue_of(name)
    theirs = BY_TEST[name]["expect"]["support"]["max_wait_s"]
    assert theirs == 25
    assert read["wait_max"] == 25.6
    assert theirs <= read["wait_max"] <= 1.05 * theirs


def test_there_is_no_shortest_wait_because_only_what_adds_up_is_kept() -> None:
    assert BY_TEST["wait_is_the_queue_visit_not_the_call"]["expect"]["support"]["min_wait_s"] == 15
    _, read = queue_of("wait_is_the_queue_visit_not_the_call")
    assert not [key for key in read if "min" in key]


def test_after_an_overflow_there_is_one_wait_and_it_counts_from_the_first_queue() -> None:
    events = BY_TEST[OVERFLOW]["events"]
    assert BY_TEST[OVERFLOW]["expect"] == {
        "second": {"total_wait_s": 2, "max_wait_s": 2, "min_wait_s": 2}
    }
    got = counted(wire(events))
    first, read = got["first"]
    assert (first["offered"], first["ans"], first["wait_ans_ms"]) == (1, 1, 8000)
    assert (read["asa"], read["wait_max"]) == (8, 8)
    second, _ = got["second"]
    assert (second["offered"], second["ovf_in"], second["wait_ans_ms"]) == (0, 1, 0)
    assert first["ovf_out"] == 1


def test_a_queue_without_contacts_has_no_service_level_where_verbara_says_100_percent() -> None:
    (empty,) = [rates for rates in VECTORS["rates"] if rates.get("offered") == 0]
    assert empty["expect"] == {
        "service_level": 100.0,
        "abandon_rate": 0.0,
        "answer_rate": 0.0,
        "avg_wait_s": 0,
    }
    read: Any = kpis({}, np.zeros(0, np.int64), (20_000,))
    assert read["service_level"]["20"] is None
    assert read["abandon_voice"] is read["answer_rate"] is read["asa"] is None


@pytest.mark.parametrize("rates", [one for one in VECTORS["rates"] if one.get("offered") != 0])
def test_rates_of_counts_are_verbaras(rates: dict[str, Any]) -> None:
    counts = {name: n for name, n in rates.items() if name in OURS}
    columns = {OURS[name]: n for name, n in counts.items()}
    columns["wait_ans_ms"] = 1000 * rates.get("total_wait_s", 0)
    read: Any = kpis(columns, None, (20_000,))
    got = {
        "service_level": read["service_level"]["20"],
        "abandon_rate": read["abandon_voice"],
        "answer_rate": read["answer_rate"],
    }
    for name, want in rates["expect"].items():
        value = read["asa"] if name == "avg_wait_s" else 100 * got[name]
        assert value == pytest.approx(want, abs=1e-9)
