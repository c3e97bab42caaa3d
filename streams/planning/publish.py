"""When what is expected of the rest of a day is published as a version of the plan (Program.publish).

Never silently, and only by the rule: what came since the version in force was published deviates from
it by more than a share and by more than chance, at the ends of the last two intervals and to the same
side, and the queue's last version of ours is old enough. The version is made of `forecast` events like
any other, of the source floorwatch; the official version of the day stays what it was.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from schemas.forecasts import OWN_SOURCE
from schemas.targets import Plan, PublishRule
from streams import logs
from streams.errors import UserError
from streams.planning.deviation import Deviation, against, by_queue, so_far
from streams.planning.outlook import Outlook, left_out_intervals, outlooks, published_ms
from streams.view import CellKey, Curve, Planned, View

MINUTE_MS = 60_000
LOOK_EVERY_MS = MINUTE_MS
IN_A_ROW = 2
Event = dict[str, Any]


def versions(view: View, plan: Plan) -> list[Event]:
    """Events of the plan that the rule asks for at this moment, of every queue it is met by."""
    heard = {one.program for one in view.sources} - {
        one.program for one in view.sources if one.silent
    }
    curves = {
        key: view.day_plan.lasting(key)
        for key in view.day_plan.forecasts()
        if plan.program(key.program).publish is not None and key.program in heard
    }
    if not curves or not view.caught_up:
        return []
    volume, expected = by_queue(against(view, plan, curves).volume), outlooks(view, plan)
    events: list[Event] = []
    for key, curve in curves.items():
        rule = plan.program(key.program).publish
        ahead = [one for one in curve if one.start_ms > view.at_ms]
        if rule is None or not ahead or key not in expected or _too_soon(view, key, rule):
            continue
        since_ms, left_out = published_ms(ahead), left_out_intervals(view, key)
        over = [
            one
            for one in volume.get(key, [])
            if one.elapsed >= 1
            and one.key.start_ms >= since_ms
            and one.key.start_ms not in left_out
        ]
        if met(over, rule):
            events += _version(view, key, so_far(over), ahead, expected[key])
    return events


def met(over: Sequence[Deviation], rule: PublishRule) -> bool:
    """Whether intervals that are over, in order of time, call for another version."""
    if len(over) < IN_A_ROW:
        return False
    ends = [so_far(over[: len(over) - back]) for back in range(IN_A_ROW)]
    large = [
        one.ratio is not None
        and abs(one.ratio) >= rule.volume
        and abs(one.score or 0.0) >= rule.score
        for one in ends
    ]
    return all(large) and len({(one.ratio or 0.0) > 0 for one in ends}) == 1


def _too_soon(view: View, key: CellKey, rule: PublishRule) -> bool:
    """Whether one of the queue's versions of today is ours, and the newest not old enough."""
    if key not in view.day_plan.told:
        return False
    ours = max(one.published_ms for one in view.day_plan.lasting(key))
    return view.at_ms - ours < rule.every_min * MINUTE_MS


def _version(
    view: View, key: CellKey, seen: Deviation, ahead: Sequence[Planned], expected: Outlook
) -> list[Event]:
    """The intervals that have not begun, as expected now."""
    base: Curve = view.day_plan.base(key)
    planned = {one.start_ms: one for one in base}
    newest = max(one.version for one in ahead)
    version = max(view.at_ms // 1000, newest + 1)
    reason = f"volume {seen.ratio or 0.0:+.1%}, z {seen.score or 0.0:+.1f} against version {newest}"
    return [
        {
            "type": "forecast", "v": 1, "id": f"{version}/{key.queue}/{one.start_ms}",
            "time": view.at_ms, "source": OWN_SOURCE, "program": key.program, "queue": key.queue,
            "channel": key.channel, "version": version, "author": OWN_SOURCE, "reason": reason,
            "start": one.start_ms, "end": one.end_ms, "milli_contacts": round(one.contacts * 1000),
            "aht_ms": round((one.aht_s or 0.0) * 1000), **_as_planned(planned[one.start_ms]),
        }
        for one in expected.rest
        if one.start_ms > view.at_ms
    ]  # fmt: skip


def _as_planned(one: Planned) -> Event:
    return {
        "aht_basis": one.basis,
        "shrinkage_permille": round(one.shrinkage * 1000),
        "milli_concurrency": round(one.concurrency * 1000),
    }


class Publisher:
    """Is shown the views of a run and hands versions that are due to `write`, once a minute at most."""

    def __init__(self, plan: Plan, write: Callable[[Sequence[bytes]], object]) -> None:
        self._plan, self._write = plan, write
        self._looked_ms = -1
        self._sent_ms: dict[str, int] = {}
        """When each queue's last version was handed over by this process."""

    def __call__(self, view: View) -> None:
        """Publish what is due by this view; what cannot be written is due again later."""
        if view.at_ms - self._looked_ms < LOOK_EVERY_MS or _reads_plan(view):
            return
        self._looked_ms = view.at_ms
        events = [one for one in versions(view, self._plan) if not self._just_sent(one)]
        if not events:
            return
        try:
            self._write([msgspec.json.encode(event) for event in events])
        except UserError as error:
            logs.error("publish_failed", error.message, hint=error.hint)
            return
        for queue, event in {event["queue"]: event for event in events}.items():
            self._sent_ms[queue] = view.at_ms
            logs.info("published", f"{queue}: version {event['version']}: {event['reason']}")

    def shown(self, view_source: Callable[[], View]) -> View:
        """The view of a source, once this has looked at it: to look costs no view of its own."""
        view = view_source()
        try:
            self(view)
        except Exception as error:  # whatever fails here, the day goes on to be shown
            logs.error("publish_failed", f"{type(error).__name__}: {error}")
        return view

    def _just_sent(self, event: Event) -> bool:
        """Whether a version of the queue is on its way still: it comes back by way of the plan."""
        rule = self._plan.program(event["program"]).publish
        sent = self._sent_ms.get(event["queue"])
        return (
            sent is not None
            and rule is not None
            and event["time"] - sent < rule.every_min * MINUTE_MS
        )


def _reads_plan(view: View) -> bool:
    """Whether some of the plan is not read yet: it may be a version of ours."""
    return any(lag.topic == "plan" and lag.records for lag in view.lags)
