"""Workers come and go while calls flow: every queue is shown by one, with all it ever counted."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.broker import Cluster, settings_of_one_test
from tests.kafka_floor import OFFERED, Floor, Queue, Watch, plan, programs, shown
from tests.kafka_workers import Fleet, Worker, fleet

PARTITIONS = 12
LONGEST_ABSENCE_S = 15.0
Shown = list[dict[Queue, float]]
"""By worker: the day's calls by queue."""


@dataclass
class Told:
    """What was seen of two workers, a third, one less, and all three replaced one by one."""

    floor: Floor
    watch: Watch
    joined: Worker
    shares: list[list[int]]
    """Shards of each worker at each stage."""
    stages: list[tuple[dict[Queue, int], Shown, list[Queue]]]
    """When nothing flowed: calls sent by queue, calls shown, queues of `cc_queue_info`."""


@pytest.fixture(scope="module")
def told(kafka: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("ownership")
    config = folder / "floorwatch.toml"
    config.write_text(plan(programs(PARTITIONS)))
    with settings_of_one_test(kafka.bootstrap) as settings:
        many = settings.model_copy(update={"partitions": PARTITIONS})
        with fleet(many, folder, config) as cluster:
            floor = Floor(many, programs(PARTITIONS), rate=60)
            floor.start()
            try:
                yield watched(cluster, floor)
            finally:
                floor.stop()


def watched(cluster: Fleet, floor: Floor) -> Told:
    cluster.started(2)
    shares = [until_shared(cluster, 2)]
    watch = Watch(cluster, floor)
    stages = []
    with watch.running():
        (joined,) = cluster.started(1)
        shares.append(until_shared(cluster, 3))
        stages.append(at_rest(cluster, floor))
        for old in cluster.workers[:3]:
            old.stop()
            if len(shares) == 2:
                shares.append(until_shared(cluster, 2))
                stages.append(at_rest(cluster, floor))
            cluster.started(1)
            until_shared(cluster, 3)
    stages.append(at_rest(cluster, floor))
    cluster.stop()
    return Told(floor, watch, joined, [list(map(len, each)) for each in shares], stages)


def until_shared(cluster: Fleet, count: int) -> list[list[int]]:
    """Wait until so many workers own all partitions between them; which ones, by worker."""
    deadline = time.monotonic() + 30
    while True:
        lags = [
            page.by("cc_consumer_lag_records", "topic", "partition")
            for page in cluster.pages().values()
        ]
        found = [sorted(int(n) for topic, n in lag if topic == "acd") for lag in lags]
        whole = sorted(n for numbers in found for n in numbers) == list(range(PARTITIONS))
        if whole and len(found) == count and all(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def at_rest(cluster: Fleet, floor: Floor) -> tuple[dict[Queue, int], Shown, list[Queue]]:
    """Nothing flows: wait until as many calls are shown as were sent, then look at every page."""
    with floor.pause():
        deadline = time.monotonic() + 20
        while True:
            pages = list(cluster.pages().values())
            total = sum(page.total(OFFERED) for page in pages)
            if total == floor.offered.total() or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        named = [queue for page in pages for queue in page.by("cc_queue_info", "program", "queue")]
        listed = sorted((program, queue) for program, queue in named if queue)
        return dict(floor.offered), [shown(page) for page in pages], listed


def test_a_worker_that_joins_takes_a_third_of_the_shards_with_all_they_have_counted(
    told: Told,
) -> None:
    assert told.shares == [[6, 6], [4, 4, 4], [6, 6]]
    opened = told.joined.said("restored")[:4]
    assert all(shard["visits"] > 0 for shard in opened)


def test_after_every_move_each_queue_of_the_plan_is_shown_once_and_the_sums_are_what_was_sent(
    told: Told,
) -> None:
    for sent, by_worker, listed in told.stages:
        assert listed == sorted(told.floor.queues)
        assert sum(map(len, by_worker)) == len(told.floor.queues)
        assert {queue: calls for each in by_worker for queue, calls in each.items()} == sent


def test_while_all_workers_are_replaced_no_queue_is_absent_for_long(told: Told) -> None:
    absent = {queue: told.watch.longest_absence_s(queue) for queue in told.floor.queues}
    assert max(absent.values()) <= LONGEST_ABSENCE_S, absent


def test_a_queue_never_shows_more_than_was_sent_nor_less_than_before(told: Told) -> None:
    for queue in told.floor.queues:
        largest = [each.largest(queue) for each in told.watch.showing(queue)]
        sent = [each.sent[queue] for each in told.watch.showing(queue)]
        assert len(largest) > len(told.watch.rounds) / 3
        assert largest == sorted(largest)
        assert all(calls <= most for calls, most in zip(largest, sent, strict=True))
