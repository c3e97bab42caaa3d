"""Views of several shards as one, and counters of a process that gains and loses shards."""

from dataclasses import replace

import pytest

from schemas.targets import Plan, Queue
from streams.exporter import ViewCollector, render
from streams.exposition.standing import known_programs
from streams.live import flow
from streams.merged import Carried, merged
from streams.shard import Shard
from streams.view import LoadNow, View
from tests.shards import fed
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

PLAN = Plan(queues={"sales": Queue(program="shop"), "help": Queue(program="desk")})


def shard_of(program: str, queue: str, calls: int, counting: bool = True) -> Shard:
    shard = Shard(PLAN, owns=lambda name: name == program)
    shard.counts_flow = counting
    events = [event for at in range(calls) for event in call(f"{program}{at}", T + at * 60_000)]
    entries = [
        e | ({"queue": queue} if "queue" in e else {}) | {"program": program} for e in events
    ]
    return fed(shard, [*entries, promise(T + HOUR_MS) | {"program": program}])


def view_of(shard: Shard, caught_up: bool = True) -> View:
    return shard.view(T + HOUR_MS, caught_up)


def test_a_shard_shows_the_queues_of_its_own_programs_only() -> None:
    assert {key.queue for key in view_of(shard_of("shop", "sales", 1)).queues} == {"sales"}


def test_a_merged_view_holds_the_figures_of_every_shard() -> None:
    views = {0: view_of(shard_of("shop", "sales", 3)), 5: view_of(shard_of("desk", "help", 2))}
    whole = merged(views, Carried(), T + HOUR_MS)
    offered = {key.queue: int(row[0]) for key, row in zip(
        whole.day_arrival.keys, whole.day_arrival.columns, strict=True) if key.queue}  # fmt: skip
    assert offered == {"sales": 3, "help": 2}
    assert known_programs(whole) == {"shop", "desk"}
    assert len(whole.day_arrival.wait_hist) == len(whole.day_arrival.keys)


def test_of_people_with_chats_the_fullest_of_all_shards_come_first() -> None:
    full, half = (
        LoadNow(name, name, "desk", "", "handling", held, 4, T)
        for name, held in (("shop", 4), ("desk", 2))
    )
    shards = (shard_of("shop", "sales", 1), (half,)), (shard_of("desk", "help", 1), (full, half))
    views = {n: replace(view_of(shard), loads=told) for n, (shard, told) in enumerate(shards)}
    assert merged(views, Carried(), T + HOUR_MS).loads == (full, half)


def test_a_shard_that_has_not_caught_up_leaves_the_others_known() -> None:
    views = {0: view_of(shard_of("shop", "sales", 3), caught_up=False),
             5: view_of(shard_of("desk", "help", 2))}  # fmt: skip
    whole = merged(views, Carried(), T + HOUR_MS)
    assert known_programs(whole) == {"desk"}
    assert not whole.caught_up


def test_what_a_shard_brought_along_is_not_counted_and_what_it_catches_up_with_is() -> None:
    carried, shard = Carried(), shard_of("shop", "sales", 3)
    carried.began(0, shard)
    assert merged({0: view_of(shard, caught_up=False)}, carried, T).events == {"acd": 0}
    fed(shard, [promise(T + 2 * HOUR_MS) | {"program": "shop"}])
    assert merged({0: view_of(shard)}, carried, T).events == {"acd": 1}


def test_counters_stay_when_their_shard_leaves_and_go_on_upward_when_it_returns() -> None:
    carried, shard = Carried(), shard_of("shop", "sales", 3)
    carried.began(0, shard)
    fed(shard, [e | {"program": "shop"} for e in call("x", T + HOUR_MS)])
    before = merged({0: view_of(shard)}, carried, T)
    carried.keep(0)
    gone = merged({}, carried, T)
    assert gone.events == before.events == {"acd": 3}
    assert not gone.flow
    returned = shard_of("shop", "sales", 5)
    carried.began(0, returned)
    after = merged({0: view_of(returned)}, carried, T)
    assert after.events == before.events
    key = next(key for key in after.flow if key.queue == "sales")
    assert after.flow[key].offered == before.flow[key].offered + 5


def test_what_comes_before_the_first_and_after_the_last_scrape_of_a_shard_is_counted_too() -> None:
    carried, shard = Carried(), shard_of("shop", "sales", 3)
    carried.began(0, shard)
    fed(shard, [e | {"program": "shop"} for e in call("x", T + HOUR_MS)])
    assert merged({0: view_of(shard)}, carried, T).events == {"acd": 3}
    fed(shard, [e | {"program": "shop"} for e in call("y", T + HOUR_MS)])
    carried.saw(0, shard, flow(shard))
    carried.keep(0)
    assert merged({}, carried, T).events == {"acd": 6}
    empty = shard_of("shop", "sales", 0, counting=False)
    carried.began(0, empty)
    returned = merged({0: view_of(empty)}, carried, T)
    assert next(f.offered for key, f in returned.flow.items() if key.queue == "sales") == 5


def test_a_view_of_no_shard_exports_no_figure_of_any_queue() -> None:
    page = render(ViewCollector(lambda: Carried().nothing(T), PLAN)).decode()
    assert 'queue="' not in page
    assert "cc_build_info" in page


@pytest.mark.parametrize("name", ["cc_consumer_lag_records", "cc_checkpoint_duration_seconds"])
def test_progress_of_a_worker_is_on_its_page(name: str) -> None:
    from streams.view import LagView

    view = merged({}, Carried(), T, (LagView("acd", 3, 17, T - 5000, 20),), {3: (T, 0.25)})
    page = render(ViewCollector(lambda: view, PLAN)).decode()
    (line,) = [line for line in page.splitlines() if line.startswith(name)]
    assert 'partition="3"' in line
