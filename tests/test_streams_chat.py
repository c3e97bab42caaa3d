"""The fold of chats against the worked rules and the slow twin, whatever the order."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels import chat_layout
from kernels.columns import (
    ARRIVAL_ROW,
    CHAT_ARRIVAL_COLUMNS,
    CHAT_COHORT_COLUMNS,
    CHAT_ROW,
    HANDLING_ROW,
    OFFER_COLUMNS,
    RECEIPT_COLUMNS,
)
from schemas.chats import CHAT_TYPES
from schemas.columns import CHAT_COLUMNS, COLUMN_BASIS
from schemas.keys import BUCKET_MS, Basis
from schemas.targets import Plan, Queue
from streams.settings import LimitSettings
from streams.shard import Shard
from streams.snapshot import SnapshotRefused
from tests import naive_chat as twin
from tests import strategies_chat as some
from tests.effort import examples
from tests.ledgers import newest as newest_by_key
from tests.shards import bins, encoded, rows
from tests.strategies import FIRST_EDGE_MS, HOUR_MS, PROGRAMS, SOURCES, Event, deliveries
from tests.test_naive_chat import VECTORS, plan_of, table

MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
DAY_MS = 24 * HOUR_MS
LIMITS = LimitSettings(lateness_s=900, horizon_s=7 * 3600)


def fed(shard: Shard, events: list[Event], topic: str = "chat") -> Shard:
    at, raw = shard.positions.get(topic, 0), encoded(events)
    shard.fold(topic, at, list(range(at, at + len(raw))), raw)
    return shard


def folded(events: list[Event], plan: Plan, cuts: Iterable[int] = (), crash: int = -1) -> Shard:
    """A shard fed with the events in batches that end at the cuts; restored anew at batch `crash`."""
    shard, refused = Shard(plan), list[str]()
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    for number, (start, stop) in enumerate(pairwise(edges)):
        if number == crash:
            restored = Shard(plan)
            restored.restore(shard.snapshot())
            refused += refusals(shard)  # which a checkpoint writes with the snapshot
            shard = restored
        fed(shard, events[start:stop])
    assert refused + refusals(shard) == elsewhere(events, plan)
    return shard


def refusals(shard: Shard) -> list[str]:
    return [each.reason for each in shard.rejects]


def elsewhere(events: list[Event], plan: Plan) -> list[str]:
    return ["wrong_channel" for event in events if twin.is_elsewhere(event, plan)]


def tables(shard: Shard, marks: Mapping[str, int]) -> dict[str, Any]:
    """Columns at the watermarks, as the twin names its tables; handling still open left out."""
    shard.sweep(dict(marks))
    view = shard.view(0)
    of_chat = rows(view.chat, CHAT_ROW)
    parts = {
        name: {key: {c: n for c, n in row.items() if c in columns} for key, row in of_chat.items()}
        for name, columns in (("offers", OFFER_COLUMNS), ("turns", RECEIPT_COLUMNS))
    }
    return {
        "arrival": rows(view.arrival, ARRIVAL_ROW),
        "handling": rows(view.handling, HANDLING_ROW),
        **{name: {key: row for key, row in of.items() if row} for name, of in parts.items()},
        "wait_hist": bins(view.arrival),
        "resp_hist": bins(view.chat),
    }


def wanted(events: list[Event], plan: Plan, marks: Mapping[str, int]) -> dict[str, Any]:
    figures = twin.columns(events, plan, marks)
    return {name: getattr(figures, name) for name in twin.TABLES}


def test_columns_and_types_are_those_of_the_contract() -> None:
    assert CHAT_COLUMNS == {
        Basis.ARRIVAL: CHAT_ARRIVAL_COLUMNS,
        Basis.COHORT: CHAT_COHORT_COLUMNS,
        Basis.OFFER: OFFER_COLUMNS,
        Basis.RECEIPT: RECEIPT_COLUMNS,
    }
    of_offers = ("offer_shown", "offer_declined", "offer_expired", "offer_accepted")
    names = {name: f"{name.upper()}_EVENT" for name in of_offers}
    codes = [getattr(chat_layout, names.get(name, name.upper())) for name in CHAT_TYPES]
    assert codes == list(range(1, len(CHAT_TYPES) + 1))


@VECTORS
def test_the_fold_settles_every_worked_rule(vector: dict[str, Any]) -> None:
    shard = folded(vector["events"], plan_of(vector))
    found = tables(shard, vector.get("watermarks", {}))
    assert found == {name: table(vector, name) for name in twin.TABLES}
    assert (shard.duplicates, shard.conflicts) == (vector["duplicates"], vector["conflicts"])


@MODERATE
@given(
    data=st.data(),
    plan=some.chat_plans(),
    marks=some.watermarks(),
    cuts=st.lists(st.integers(1, 60), max_size=5),
    crash=st.integers(-1, 5),
)
def test_any_order_batching_repeats_and_a_crash_give_the_columns_of_the_twin(
    data: st.DataObject, plan: Plan, marks: dict[str, int], cuts: list[int], crash: int
) -> None:
    events = data.draw(some.chat_sets())
    delivered = data.draw(deliveries(events))
    shard = folded(delivered, plan, cuts, crash)
    assert tables(shard, marks) == wanted(events, plan, marks)


@MODERATE
@given(
    data=st.data(),
    plan=some.chat_plans(),
    marks=st.lists(some.watermarks(), min_size=1, max_size=4),
)
def test_watermarks_that_pass_between_the_events_leave_the_columns_of_the_last_one(
    data: st.DataObject, plan: Plan, marks: list[dict[str, int]]
) -> None:
    """What was settled at one watermark and at another comes out as if seen at the last only."""
    events = data.draw(st.permutations(data.draw(some.chat_sets())))
    shard, reached = Shard(plan), dict[str, int]()
    for number, mark in enumerate(marks):
        share = len(events) * number // len(marks), len(events) * (number + 1) // len(marks)
        fed(shard, events[slice(*share)])
        reached = {name: max(mark.get(name, -1), reached.get(name, -1)) for name in PROGRAMS}
        shard.sweep(reached)
    known = {name: at for name, at in reached.items() if at >= 0}
    assert tables(shard, known) == wanted(events, plan, known)


@st.composite
def spread(draw: st.DrawFn) -> list[Event]:
    """Chats that end within the horizon, days apart: the first are forgotten before the last come."""
    chats = (some.plausible_chats(), some.hostile_chats())
    told: list[Event] = []
    for n in range(draw(st.integers(1, 4))):
        events = draw(st.sampled_from(chats).flatmap(lambda one: one).filter(within_the_horizon))
        shift = n * draw(st.sampled_from((HOUR_MS, 9 * HOUR_MS, 30 * HOUR_MS)))
        told += [e | {"contact": f"c{n}", "time": e["time"] + shift} for e in events]
    return sorted(told, key=lambda event: event["time"])


def within_the_horizon(events: list[Event]) -> bool:
    times = [event["time"] for event in events]
    return max(times) - min(times) < 6 * HOUR_MS


@MODERATE
@given(data=st.data(), plan=some.chat_plans(), size=st.integers(1, 8))
def test_what_was_forgotten_behind_the_floor_is_kept_in_the_ledger(
    data: st.DataObject, plan: Plan, size: int
) -> None:
    events = data.draw(spread())
    shard, records = Shard(plan, LIMITS), []
    for start in range(0, len(events), size):
        batch = events[start : start + size]
        fed(shard, batch)
        promise(shard, batch[-1]["time"])
        records += shard.close(batch[-1]["time"])
    end = events[-1]["time"] // BUCKET_MS * BUCKET_MS + 20 * DAY_MS
    promise(shard, end)
    records += shard.close(end)
    assert refusals(shard) == elsewhere(events, plan)
    assert shard.visits == 0
    found = twin.columns(events, plan, dict.fromkeys(PROGRAMS, end))
    told = {key: record.columns for key, record in newest_by_key(records).items()}
    assert {key: row for key, row in told.items() if row} == by_basis(found)
    hists = {
        (*key, basis): hist
        for basis, of in (("arrival", found.wait_hist), ("receipt", found.resp_hist))
        for key, hist in of.items()
    }
    newest = {(*record[:5], record.basis): record.wait_hist for record in by_revision(records)}
    assert {key: hist for key, hist in newest.items() if hist} == hists
    assert {record.state for record in newest_of(records)} <= {"FINAL", "RESTATED"}


def promise(shard: Shard, until: int) -> None:
    """Every source says that it has told all up to here."""
    pairs = [(source, program) for source in (*SOURCES, "desk") for program in PROGRAMS]
    beat = {"type": "heartbeat", "time": max(0, until)}
    fed(shard, [beat | {"source": source, "program": program} for source, program in pairs])


def by_revision(records: list[Any]) -> list[Any]:
    return sorted(records, key=lambda record: record.revision)


def newest_of(records: list[Any]) -> list[Any]:
    return list({(*r[:5], r.basis): r for r in by_revision(records)}.values())


def by_basis(figures: twin.ChatFigures) -> dict[Any, dict[str, int]]:
    """Columns per key and basis, as the ledger has them."""
    found: dict[Any, dict[str, int]] = {}
    for of in (figures.arrival, figures.handling, figures.offers, figures.turns):
        for key, row in of.items():
            for name, count in row.items():
                found.setdefault((*key, COLUMN_BASIS[name].value), {})[name] = count
    return found


def chat(*told: tuple[str, int, dict[str, Any]]) -> list[Event]:
    base = {"source": "desk", "program": "shop", "contact": "c"}
    return [
        base | {"type": kind, "time": FIRST_EDGE_MS + after, "id": f"e{n}"} | own
        for n, (kind, after, own) in enumerate(told)
    ]


SALES = Plan(queues={"sales": Queue(program="shop", channel="chat")})
ASKED = ("chat_requested", 0, {"queue": "sales"})
WROTE = ("message_sent", 20_000, {"by": "staff", "site": "osaka"})
WAITS = ("shop", "sales", "chat", "", FIRST_EDGE_MS)
TALKS = ("shop", "sales", "chat", "osaka", FIRST_EDGE_MS)


def test_an_open_session_counts_in_the_load_up_to_now_and_in_no_stored_row() -> None:
    shard = fed(Shard(SALES), chat(ASKED, ("staff_joined", 5_000, {"site": "osaka"}), WROTE))
    now = rows(shard.view(FIRST_EDGE_MS + 65_000).handling, HANDLING_ROW)
    assert now == {TALKS: {"handle_clip_ms": 60_000}}
    assert int(shard.state.handling.used[0]) == 0


def test_the_live_gauges_count_chats_beside_calls() -> None:
    other = [event | {"contact": "d"} for event in chat(ASKED)]
    shard = fed(Shard(SALES), [*chat(ASKED, WROTE), *other])
    view = shard.view(FIRST_EDGE_MS + 10_000)
    (now,) = view.now.values()
    assert (now.waiting, now.in_progress, now.oldest_entry_ms) == (1, 1, FIRST_EDGE_MS)
    assert view.waiting_in_T == {WAITS: 1}
    shard.counts_flow = True
    fed(shard, [event | {"contact": "e"} for event in chat(ASKED, WROTE)])
    flow = {key.channel: flow for key, flow in shard.view(0).flow.items() if key.queue}
    assert (flow["chat"].offered, flow["chat"].answered, flow["chat"].answered_in_target) == (
        1,
        1,
        1,
    )


@pytest.mark.parametrize("kind", ["offer_shown", "offer_accepted", "chat_requested"])
def test_a_queue_that_the_plan_does_not_list_is_refused(kind: str) -> None:
    shard = fed(Shard(SALES), chat((kind, 0, {"queue": "unheard"})))
    assert [refused.reason for refused in shard.rejects] == ["unmapped_queue"]
    assert int(shard.state.chats.used[0]) == 0


def test_an_event_of_a_chat_on_the_topic_of_calls_is_refused() -> None:
    shard = fed(Shard(SALES), chat(ASKED), "acd")
    (refused,) = shard.rejects
    assert (refused.reason, "topic 'chat'" in refused.detail) == ("wrong_topic", True)


def test_chat_and_messaging_of_one_contact_are_two_visits() -> None:
    both = [*chat(ASKED), *(event | {"channel": "messaging"} for event in chat(ASKED))]
    arrival = rows(fed(Shard(Plan()), both).view(0).arrival, ARRIVAL_ROW)
    assert {key[2]: row["offered"] for key, row in arrival.items()} == {"chat": 1, "messaging": 1}


def test_a_chat_of_which_too_much_is_told_stops_at_the_limit_of_a_visit() -> None:
    messages = [("message_received", n, {}) for n in range(1, 1003)]
    shard = fed(Shard(SALES), chat(ASKED, *messages))
    assert {refused.reason for refused in shard.rejects} == {"visit_full"}


def test_a_plan_that_changes_how_counted_chats_were_judged_is_refused() -> None:
    shard = fed(Shard(SALES), chat(ASKED, WROTE))
    hurried = {"sales": Queue(program="shop", channel="chat", no_reply_s=60)}
    with pytest.raises(SnapshotRefused, match="settings of chat of queue 'sales'"):
        Shard(Plan(queues=hurried)).restore(shard.snapshot())


def test_a_chat_is_forgotten_only_when_no_limit_of_its_queue_is_still_to_come() -> None:
    patient = Queue(program="shop", channel="messaging", no_reply_s=50 * 3600)
    shard = Shard(Plan(queues={"sales": patient}))
    fed(shard, [event | {"channel": "messaging"} for event in chat(ASKED, WROTE)])
    kept = {}
    for hours in (30, 49, 51, 60):
        fed(shard, [at_hour(hours)])
        shard.close(FIRST_EDGE_MS + hours * HOUR_MS)
        kept[hours] = shard.visits
    assert kept == {30: 1, 49: 1, 51: 0, 60: 0}


def at_hour(hours: int) -> Event:
    """The desk has told all up to then."""
    time = FIRST_EDGE_MS + hours * HOUR_MS
    return {"type": "heartbeat", "time": time, "source": "desk", "program": "shop"}


def test_a_chat_that_stays_for_days_holds_back_no_row_of_calls() -> None:
    patient = {"sales": Queue(program="shop", channel="messaging", no_reply_s=50 * 3600)}
    shard = Shard(Plan(queues=patient | {"calls": Queue(program="shop")}))
    fed(shard, [event | {"channel": "messaging"} for event in chat(ASKED, WROTE)])
    call = {"type": "queued", "contact": "x", "id": "1", "queue": "calls", "program": "shop"}
    fed(shard, [call | {"source": "desk", "time": FIRST_EDGE_MS}, at_hour(30)], "acd")
    shard.close(FIRST_EDGE_MS + 30 * HOUR_MS)
    view = shard.view(FIRST_EDGE_MS + 30 * HOUR_MS)
    first = {key.queue for key in view.arrival.keys if key.start_ms == FIRST_EDGE_MS}
    assert first == {"sales"}
    # Attempts of calls stand at the program's queue "".
    assert {key.queue for key in view.day_arrival.keys} == {"", "sales", "calls"}


def test_a_chat_from_the_future_is_refused_live() -> None:
    shard, now = Shard(SALES, live=True), FIRST_EDGE_MS
    raw = encoded(chat(ASKED, ("message_received", HOUR_MS, {})))
    shard.fold("chat", 0, [0, 1], raw, now_ms=now)
    assert [(refused.reason, refused.offset) for refused in shard.rejects] == [("in_the_future", 1)]
    assert shard.visits == 1


@pytest.mark.parametrize("apart", [1_000, BUCKET_MS])
def test_a_chat_of_hundreds_of_turns_finds_room_for_all_of_them(apart: int) -> None:
    told = [ASKED, WROTE]
    for n in range(1, 400):
        told.append(("message_received", 20_000 + n * apart, {}))
        told.append(("message_sent", 20_000 + n * apart + 700, {"by": "staff"}))
    events = chat(*told, ("chat_ended", 401 * apart, {"by": "staff"}))
    marks = {"shop": FIRST_EDGE_MS + 30 * DAY_MS}
    assert tables(folded(events, SALES, (5, 300)), marks) == wanted(events, SALES, marks)


@pytest.mark.parametrize("days", [6, 8])
def test_a_session_of_days_is_cut_at_every_edge_and_one_over_a_week_is_not_believed(
    days: int,
) -> None:
    plan = Plan(queues={"sales": Queue(program="shop", channel="chat", unresolved_s=7 * 86_400)})
    events = chat(ASKED, WROTE, ("chat_ended", days * DAY_MS, {"by": "customer"}))
    found = tables(folded(events, plan, (1, 2)), {})
    assert found == wanted(events, plan, {})
    (arrival,) = found["arrival"].values()
    assert arrival["cohort_handled" if days < 7 else "contradictions"] == 1
