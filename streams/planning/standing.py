"""What a shard was told over the topic `plan` of targets, opening hours and actions.

It is part of the snapshot: what is counted was judged by the targets of its moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from schemas.actions import Action
from schemas.keys import BUCKET_MS
from schemas.promises import Promise
from streams.decode_plan import PlanDecoder
from streams.promised import TAKEN, fates, merged
from streams.published import Told
from streams.rejects import Reject
from streams.verdict import judge
from streams.wire import HOURS_CODE, TARGET_CODE

if TYPE_CHECKING:
    from streams.shard import Shard

KEPT_MS = 40 * 86_400_000
"""Actions that ended longer ago than this when another is told leave: nothing learns from them."""
TOO_LATE = "too_late"
_AT_ONCE = f"refused: begins less than {BUCKET_MS // 60_000} minutes after it was published"
_Key = tuple[str, str, str, int, int]


def may_promise(raw: bytes) -> bool:
    """Whether a record is worth a closer look: most are figures."""
    return b'"target"' in raw or b'"opening_hours"' in raw


class Standing:
    """Promises taken and the newest revision of every action, of one shard."""

    def __init__(self) -> None:
        self._promises: dict[_Key, Promise] = {}
        self._actions: dict[tuple[str, str], Action] = {}
        self.news: list[str] = []
        """What was taken since somebody looked, in words."""

    def take(self, shard: Shard, told: Iterable[Told]) -> list[str]:
        """Take what is told; of each "" or why it is not taken. Told again it changes nothing."""
        return [
            self._act(of.what, of.id)
            if isinstance(of.what, Action)
            else self._promise(shard, of.what)
            for of in told
        ]

    def ahead(self, shard: Shard, values: Iterable[bytes]) -> None:
        """Take the promises among records of the topic `plan` that are folded later.

        In catching up events are read beside the plan, and must not be judged by what was not read
        yet. What cannot be taken is refused when it is folded.
        """
        decoder = PlanDecoder(shard.names)
        refused: list[Reject] = []
        for raw in filter(may_promise, values):
            event = judge(raw).event
            if event is None or event.code not in (TARGET_CODE, HOURS_CODE):
                continue
            told = decoder.published([(event, 0)], "", (0,), (raw,), refused)
            self.take(shard, (of for of, _ in told))

    def _act(self, action: Action, id_: str) -> str:
        key = action.program, id_
        known = self._actions.get(key)
        if known is None or _rank(action) > _rank(known):
            self._actions[key] = action
            self.news.append(f"action {id_} of {action.program}, revision {action.revision}")
        oldest = max(one.recorded_ms for one in self._actions.values()) - KEPT_MS
        if action.end < oldest or any(one.end < oldest for one in self._actions.values()):
            self._actions = {k: one for k, one in self._actions.items() if one.end >= oldest}
        return ""

    def _promise(self, shard: Shard, promise: Promise) -> str:
        key = _key(promise)
        if key in self._promises:
            return ""
        # By what the event itself says, so that a shard which is counted anew decides alike.
        fate = _AT_ONCE
        if promise.valid_from_ms >= promise.published + BUCKET_MS:
            ((_, fate),) = fates([promise], shard.plan, shard.greatest_ms)
        if fate != TAKEN:
            return fate
        self._promises[key] = promise
        self.news.append(f"{promise.kind} of queue {promise.queue!r}, version {promise.version}")
        shard.promise(self.merged(shard))
        return ""

    def merged(self, shard: Shard) -> Any:
        """The shard's plan with all that was promised."""
        return merged(shard.plan, self._promises.values())

    @property
    def actions(self) -> Iterable[Action]:
        """The newest revision of each."""
        return self._actions.values()

    def state(self) -> dict[str, Any]:
        """For the snapshot."""
        return {
            "promises": [one.model_dump_json() for one in self._promises.values()],
            "actions": [[key[1], one.model_dump_json()] for key, one in self._actions.items()],
        }

    def restore(self, kept: dict[str, Sequence[Any]]) -> None:
        """Take over what `state` gave."""
        promises = map(Promise.model_validate_json, kept.get("promises", ()))
        self._promises = {_key(one): one for one in promises}
        actions = ((id_, Action.model_validate_json(body)) for id_, body in kept.get("actions", ()))
        self._actions = {(one.program, id_): one for id_, one in actions}


def _key(promise: Promise) -> _Key:
    return (
        *(promise.program, promise.queue, promise.kind),
        *(promise.valid_from_ms, promise.version),
    )


def _rank(action: Action) -> tuple[int, int, str]:
    """Of two revisions of one number the one entered last stands, whatever the order of arrival."""
    return action.revision, action.recorded_ms, action.model_dump_json()
