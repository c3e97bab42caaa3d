"""A partition that catches up: what is read ahead of the plan, and what waits for it."""

from streams.drivers.partition import Partition
from tests.test_streams_drivers_partition import Bench, bench, fetched, run
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

SHIFT = {
    "type": "scheduled", "source": "wfm", "program": "shop", "staff": "ann", "group": "desk", "id": "w1",
    "day": "2024-03-04", "version": 1, "activity": "work", "time": T - HOUR_MS, "start": T, "end": T + HOUR_MS,
}  # fmt: skip
ROWS = [SHIFT]
BEHIND, READ = {"acd": (4, 4), "plan": (0, 1)}, {"acd": (4, 4), "plan": (1, 1)}
BOTH, ENDS = {"acd": 0, "plan": 0}, {"acd": 4, "plan": 1}


async def ran_ahead(on: Bench) -> Partition:
    """Catching up: calls and a promise of twelve hours are read, the plan of that time is not."""
    on.clock.set(T + 12 * HOUR_MS)
    made = await on.opened(BOTH, ENDS)
    made.fold("acd", 0, fetched([*call("a", T), promise(T + 12 * HOUR_MS)]))
    return made


def test_a_plan_read_behind_its_day_is_waited_for_before_the_day_closes() -> None:
    async def story(on: Bench) -> None:
        one = await ran_ahead(on)
        on.clock.set(on.clock.now_ms() + 60_000)
        one.tick(1, places=BEHIND)
        await one._written()
        assert on.store.commits == 0
        one.fold("plan", 0, fetched(ROWS))
        one.tick(0, places=READ)
        await one._written()
        assert (on.store.commits, on.store.rejects) == (1, [])
        planned = [record.columns.get("sched_ms", 0) for record in on.store.ledger]
        assert sum(planned) == HOUR_MS

    with bench() as on:
        run(story(on))


def test_a_target_on_the_topic_is_known_before_contacts_of_its_time_are_caught_up_with() -> None:
    of = {"type": "target", "source": "wfm", "program": "shop", "queue": "sales", "version": 1}
    of |= {"id": "t1", "time": T - HOUR_MS, "valid_from": T, "thresholds_ms": [5000]}

    async def story(on: Bench) -> None:
        on.store.plan = [record.value or b"" for record in fetched([of])]
        one = await ran_ahead(on)
        one.fold("plan", 0, fetched([of]))
        assert one.shard.plan.target_at("sales", T).thresholds_ms == (5000,)
        assert one.shard.take_rejects() == []
        await one.checkpoint()
        await one.drop(last=False)
        two = await on.opened(BOTH, ENDS)
        assert two.shard.plan.target_at("sales", T).thresholds_ms == (5000,)

    with bench() as on:
        run(story(on))


def test_nothing_closes_before_every_topic_with_a_backlog_is_heard_of() -> None:
    state = {"type": "staff_state", "source": "wfm", "program": "shop", "staff": "ann"}
    state |= {"group": "desk", "state": "available", "id": "s1", "time": T}

    async def story(on: Bench) -> None:
        on.clock.set(T + 12 * HOUR_MS)
        one = await on.opened({"acd": 0, "staff": 5}, {"acd": 4, "staff": 7})
        one.fold("acd", 0, fetched([*call("a", T), promise(T + 12 * HOUR_MS)]))
        assert await on.ticked(one, 60_000) == 0
        one.fold("staff", 5, fetched([state], 5))
        assert await on.ticked(one) == 1
        assert not on.store.rejects
        assert "FINAL" not in {record.state for record in on.store.ledger}

    with bench() as on:
        run(story(on))


def test_plan_rows_that_keep_coming_hold_no_checkpoint_back() -> None:
    async def story(on: Bench) -> None:
        one = await ran_ahead(on)
        one.fold("plan", 0, fetched(ROWS))
        commits = []
        for following in range(1, 7):
            on.clock.set(on.clock.now_ms() + 60_000)
            one.fold("acd", 3 + following, fetched(call(f"b{following}", T)[:1], 3 + following))
            one.tick(1, places={"acd": (4 + following, 99), "plan": (following, following + 1)})
            await one._written()
            commits.append(on.store.commits)
        assert commits == [1, 1, 2, 2, 3, 3]

    with bench() as on:
        run(story(on))


def test_a_shard_let_go_before_its_plan_is_read_leaves_the_day_to_the_next_owner() -> None:
    async def story(on: Bench) -> None:
        one = await ran_ahead(on)
        await one.drop(last=True)
        assert on.store.commits == 0
        two = await ran_ahead(on)
        two.fold("plan", 0, fetched(ROWS))
        two.tick(0, places=READ)
        await two.drop(last=True)
        assert on.store.commits == 1
        assert not on.store.rejects

    with bench() as on:
        run(story(on))
