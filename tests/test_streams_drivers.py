"""Drivers: what is committed when something breaks off, and what a silence may close."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.targets import Plan, Queue
from streams.checkpoint.sqlite import SqliteStore
from streams.clock import ManualClock
from streams.drivers.embedded import Embedded
from streams.drivers.replay import Options, Progress, replay
from streams.settings import Settings
from streams.shard import Shard
from streams.sources.base import Chunk
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

PLAN = Plan(queues={"sales": Queue(program="shop")})


class Script:
    """A source that hands out prepared chunks; None stands for "nothing now"."""

    name = "script"
    ended = False
    holes = 0

    def __init__(self, chunks: list[list[dict[str, Any]] | None]) -> None:
        self.chunks, self.at = chunks, 0

    def reopened(self, state: Any) -> "Script":
        self.at = state["at"] if state else 0
        return self

    def read(self, limit: int) -> Chunk | None:
        events = self.chunks.pop(0) if self.chunks else None
        if events is None:
            return None
        lines = [msgspec.json.encode(event) for event in events]
        first, self.at = self.at, self.at + len(lines)
        return Chunk(self.name, first, list(range(first, self.at)), lines, self.at)

    def state(self) -> dict[str, Any]:
        return {"at": self.at}

    def forget(self, state: dict[str, Any]) -> None:
        pass

    def close(self) -> None:
        pass


def driver(path: Path, script: Script, clock: ManualClock) -> Embedded:
    settings = Settings().model_copy(update={"plan": PLAN})
    made = Embedded(
        settings,
        {"script": lambda state: (script.reopened(state), None)},
        SqliteStore(path),
        clock,
        clock,
    )
    made.start()
    return made


def test_a_step_that_breaks_off_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(T + HOUR_MS)
    script = Script([call("a", T), None])
    run = driver(tmp_path / "s.db", script, clock)
    run.step()
    run.step()
    clock.set(T + 2 * HOUR_MS)

    def broken(*anything: Any) -> None:
        raise KeyboardInterrupt

    run._begin_checkpoint(silence=False)
    monkeypatch.setattr(Shard, "settle", broken)
    script.chunks = [call("b", T)]
    with pytest.raises(KeyboardInterrupt):
        run.run()
    again = SqliteStore(tmp_path / "s.db", read_only=True)
    assert again.positions()["script"]["source"] == {"at": 3}
    again.close()


def test_a_pipe_that_is_empty_once_after_an_outage_closes_nothing(tmp_path: Path) -> None:
    clock = ManualClock(T + 12 * HOUR_MS)
    run = driver(tmp_path / "s.db", Script([None, call("a", T)]), clock)
    run.step()
    run.step()
    assert run.shard.rejected == {}
    assert run.shard.view(clock.now_ms()).arrival.columns[:, 0].sum() == 1
    run.finish()


def test_a_total_silence_closes_its_intervals_at_the_unresolved_limit(tmp_path: Path) -> None:
    clock = ManualClock(T)
    run = driver(tmp_path / "s.db", Script([[*call("a", T - HOUR_MS), promise(T)], None]), clock)
    for quarter in range(5 * 4):
        clock.set(T + quarter * HOUR_MS // 4)
        run.step()
        run._gather(wait=True)
    run.finish()
    kept = SqliteStore(tmp_path / "s.db", read_only=True)
    states = {record.state for record in kept.ledger("bucket_ms < ?", (T,))}
    kept.close()
    assert states == {"FINAL"}


def test_a_stopped_replay_commits_between_steps_and_goes_on(tmp_path: Path) -> None:
    events = [each for n in range(4000) for each in call(f"c{n}", T + n * 1000)]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(event) for event in events))
    settings = Settings().model_copy(update={"plan": PLAN})
    options = Options(store=tmp_path / "s.db", checkpoint_rows=1000)

    def stop(progress: Progress) -> None:
        options.stopping.set()

    options.on_progress = stop
    with pytest.raises(KeyboardInterrupt):
        replay(settings, [path], options)
    done = replay(settings, [path], Options(store=tmp_path / "s.db"))
    assert list(done.resumed) == [str(path)]
    assert done.view.arrival.columns[:, 0].sum() == 4000
    assert done.view.duplicates == 0


def test_complete_closes_what_the_last_batch_of_a_short_file_told(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in call("a", T)))
    replay(Settings(), [path], Options(store=tmp_path / "s.db", complete=True))
    kept = SqliteStore(tmp_path / "s.db", read_only=True)
    assert {record.state for record in kept.ledger()} == {"FINAL"}


def test_a_run_keeps_people_in_the_commit_that_moves_the_floor_over_them(tmp_path: Path) -> None:
    at_desk = {"source": "crm", "program": "shop", "group": "desk", "staff": "ann"}
    told = [at_desk | {"type": "staff_state", "time": T + after, "id": f"s{after}", "state": state}
            for after, state in ((0, "available"), (HOUR_MS, "logged_out"))]  # fmt: skip
    beats = [{"type": "heartbeat", "time": T + after * HOUR_MS, "source": "crm", "program": "shop"}
             for after in (2, 30)]  # fmt: skip
    clock = ManualClock(T + 30 * HOUR_MS)
    made = driver(tmp_path / "s.db", Script([[*told, beats[0]], None, [beats[1]], None]), clock)
    people = made.settings.staff.model_copy(update={"personal_figures": True})
    made.shard.privacy = people
    made.step()
    assert known(tmp_path) == []
    made.step()
    made.step()
    made.finish()
    assert known(tmp_path) == [("ann", 900_000)] * 4


def known(folder: Path) -> list[tuple[str, int]]:
    kept = SqliteStore(folder / "s.db", read_only=True)
    found = [(record.staff, record.columns["avail_ms"]) for record in kept.personal()]
    kept.close()
    return found
