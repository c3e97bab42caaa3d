"""Taking kept rejects in again, once what was wrong with them, or with the plan, is mended."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from streams.bridges.base import Bridge, Rejected
from streams.bridges.recognise import bridge_for, recognise
from streams.checkpoint.sqlite import Commit, SqliteStore
from streams.clock import Clock
from streams.errors import UserError
from streams.rejects import Reject
from streams.settings import Settings
from streams.shard import Shard, warm

TOPIC = "rejects"


class Again(NamedTuple):
    """What became of the rejects: ids taken in, and why the others were refused again."""

    taken: list[int]
    refused: dict[int, str]


def replay_rejects(
    settings: Settings,
    store_path: Path,
    clock: Clock,
    chosen: Mapping[int, Reject],
) -> Again:
    """Fold rejects (by id, with the bytes to use) into a store's shard; keep it in one commit.

    A reject that is refused again stays as it was. Raises UserError.
    """
    warm()
    store = SqliteStore(store_path)
    store.own()
    try:
        shard = Shard(settings.plan, settings.limits, settings.sources)
        kept = store.snapshot()
        if kept is None:
            raise UserError(f"{store_path}: no state to fold into", "replay or run into it first")
        shard.restore(kept)
        places = store.positions()
        again = Again([], {})
        bridges: dict[str, Bridge | None] = {}
        for number, refused in chosen.items():
            why = _take_in(shard, refused, settings, places, bridges)
            if why:
                again.refused[number] = why
            else:
                again.taken.append(number)
        now = clock.now_ms()
        records = shard.close(now, caught_up=False, forget=False, reason="reject_mended")
        store.commit(Commit(shard.snapshot(), {}, records, [], now))
        store.keep_plan(settings.plan)
        store.mark_replayed(again.taken, now)
        return again
    finally:
        store.close()


def _take_in(
    shard: Shard,
    refused: Reject,
    settings: Settings,
    places: Mapping[str, Any],
    bridges: dict[str, Bridge | None],
) -> str:
    """Fold one reject; returns why it was refused again, empty if it was taken."""
    try:
        events = _events(refused, settings, places, bridges)
    except (Rejected, UserError) as error:
        return str(error)
    at = shard.positions.setdefault(TOPIC, 0)
    shard.fold(TOPIC, at, [at] * len(events), events, at)
    why = [f"{each.reason}: {each.detail}" for each in shard.take_rejects()]
    return "; ".join(why)


def _events(
    refused: Reject,
    settings: Settings,
    places: Mapping[str, Any],
    bridges: dict[str, Bridge | None],
) -> list[bytes]:
    if refused.raw.lstrip().startswith(b"{"):
        return [refused.raw]
    if refused.topic not in bridges:
        kind = recognise(Path(refused.topic), refused.raw, settings)
        bridge = bridge_for(kind, settings)
        state = places.get(refused.topic, {}).get("bridge")
        if bridge is not None and state is not None:
            bridge.restore(state.encode())
        bridges[refused.topic] = bridge
    bridge = bridges[refused.topic]
    if bridge is None:
        return [refused.raw]
    return bridge.translate(refused.raw, max(1, refused.offset))
