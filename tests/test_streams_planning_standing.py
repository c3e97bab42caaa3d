"""What a shard is told over the topic `plan`: targets, opening hours, ranges to leave out."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.actions import Action
from schemas.promises import Promise
from schemas.targets import DatedHours, Plan, Queue, Target
from streams.published import event_of, event_of_action, told
from streams.shard import Shard
from streams.wire import decode
from tests.effort import examples
from tests.test_schemas_actions import action
from tests.test_streams_shard_edges import HOUR_MS, T, call, promise

QUARTER_MS = 900_000
LATER = T + HOUR_MS


def plan() -> Plan:
    return Plan(queues={"sales": Queue(program="shop"), "help": Queue(program="shop")})


def target(valid_ms: int = LATER, version: int = 7, published: int = T, **said: Any) -> Promise:
    of = {"thresholds_s": (30.0, 60.0), "service_level": 0.85, "abandonment": 0.035} | said
    moment = f"{valid_ms // 1000}"
    return Promise(
        program="shop", queue="sales", version=version, published=published, source="wfm",
        author="mori", reason="contract", target=Target(valid_from=moment, **of),
    )  # fmt: skip


def hours(valid_ms: int = LATER) -> Promise:
    of = {"days": ("mon", "fri"), "opens": "08:30", "closes": "17:00", "closed": ("2026-05-05",)}
    moment = f"{valid_ms // 1000}"
    return Promise(
        program="shop", queue="help", version=7, published=T, source="wfm",
        opening_hours=DatedHours.model_validate(of | {"valid_from": moment}),
    )  # fmt: skip


def excluded(revision: int = 1, **said: Any) -> Action:
    of = {"program": "shop", "start": T, "end": T + QUARTER_MS, "recorded_ms": T + revision}
    of |= {"excluded": True, "reason": "calls came twice"}
    return action(revision=revision, **(of | said))


def raw(of: Promise | Action, entered_ms: int = T) -> bytes:
    event = event_of(of) if isinstance(of, Promise) else event_of_action(of, entered_ms)
    return json.dumps(event).encode()


def shard(*plan_values: bytes, before: list[dict[str, Any]] | None = None) -> Shard:
    made = Shard(plan())
    if before:
        made.fold("acd", 0, range(len(before)), [json.dumps(e).encode() for e in before])
    if plan_values:
        made.fold("plan", 0, range(len(plan_values)), list(plan_values))
    return made


def left_out(of: Shard, now_ms: int = T + HOUR_MS) -> list[int]:
    return [one.revision for one in of.view(now_ms).left_out]


@pytest.mark.parametrize("what", [target(), hours(), target(short_abandon_s=0.0, asa_s=12.5)])
def test_what_is_published_is_read_from_its_event_as_it_was(what: Promise) -> None:
    assert told(decode(raw(what))).what == what


@pytest.mark.parametrize("what", [excluded(), excluded(queues=("sales", "a,b")), excluded(2)])
def test_an_action_is_read_from_its_event_as_it_was(what: Action) -> None:
    assert told(decode(raw(what))).what == what


def test_what_an_event_cannot_say_is_refused_rather_than_rounded() -> None:
    with pytest.raises(ValueError, match=r"service_level: 0\.12345678 is finer than"):
        event_of(target(service_level=0.12345678))


def test_contacts_are_judged_by_a_target_from_the_moment_it_begins() -> None:
    of = shard(raw(target()), raw(hours()))
    assert [each.service_level for each in of.plan.targets_of("sales")] == [None, 0.85]
    assert of.plan.target_at("sales", LATER).thresholds_ms == (30_000, 60_000)
    assert of.plan.queues["help"].hours_at(LATER).opens.hour == 8
    assert of.events["plan"] == 2


def test_a_target_for_what_is_counted_already_is_a_reject_and_changes_nothing() -> None:
    of = shard(raw(target(T + QUARTER_MS)), before=[*call("c1", T + HOUR_MS), promise(T + HOUR_MS)])
    (refused,) = of.take_rejects()
    assert (refused.reason, refused.detail) == (
        "too_late",
        "refused: begins at a time that is already counted",
    )
    assert len(of.plan.targets_of("sales")) == 1


def test_a_target_that_begins_as_it_is_published_is_refused_whatever_is_counted() -> None:
    (refused,) = shard(raw(target(published=LATER))).take_rejects()
    assert "less than 15 minutes after it was published" in refused.detail


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"queue": "help", "program": "other"}, "unmapped_program", "other"),
        ({"queue": "nobody"}, "unmapped_queue", "queue 'nobody' is not listed"),
        ({"thresholds_ms": [20_000, 20_000]}, "invalid", "one threshold twice"),
        ({"valid_from": 5}, "invalid", "valid_from"),
    ],
)
def test_a_target_that_cannot_be_is_told_with_its_reason(
    change: dict[str, Any], reason: str, detail: str
) -> None:
    (refused,) = shard(json.dumps(event_of(target()) | change).encode()).take_rejects()
    assert refused.reason == reason
    assert detail in refused.detail


def test_a_range_is_left_out_from_its_event_on_and_back_in_once_withdrawn() -> None:
    of = shard(raw(excluded()))
    assert left_out(of) == [1]
    of.fold("plan", 1, [1], [raw(excluded(2, state="withdrawn"))])
    assert left_out(of) == []


def test_two_stores_that_both_count_from_one_do_not_overwrite_each_other() -> None:
    one, other = excluded(), excluded(recorded_ms=T + 99, start=T + QUARTER_MS, end=LATER)
    assert len(left_out(shard(raw(one, T), raw(other, T + 99)))) == 2


def test_a_restored_shard_goes_on_with_what_was_told() -> None:
    of = shard(raw(target()), raw(excluded()), before=[*call("c1", T), promise(T + 1000)])
    again = Shard(plan())
    again.restore(of.snapshot())
    assert left_out(again) == [1]
    assert again.plan == of.plan
    again.fold("plan", 2, [2, 3], [raw(target()), raw(excluded())])
    assert (left_out(again), again.take_rejects()) == ([1], [])


def test_in_catching_up_a_target_is_known_before_the_contacts_of_its_time_are_folded() -> None:
    of = shard()
    values = [raw(excluded()), b"{", raw(target()), raw(hours(T + QUARTER_MS))]
    of.standing.ahead(of, values)
    late = [json.dumps(event).encode() for event in [*call("c1", LATER + 5), promise(LATER + 9)]]
    of.fold("acd", 0, range(len(late)), late)
    of.fold("plan", 0, range(len(values)), values)
    assert [each.reason for each in of.take_rejects()] == ["bad_json"]
    assert of.plan.target_at("sales", LATER).service_level == 0.85


@settings(max_examples=examples(15))
@given(st.permutations([excluded(n, queues=("sales",) * (n % 2)) for n in range(1, 5)] * 2))
def test_revisions_in_any_order_and_twice_leave_the_greatest(told_in: list[Action]) -> None:
    assert left_out(shard(*map(raw, told_in))) == [4]
