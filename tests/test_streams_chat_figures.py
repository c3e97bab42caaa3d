"""What is recorded and read of chats: finality, the ledger, KPIs by channel."""

import pytest

from kernels.columns import ARRIVAL_ROW, CHAT_ROW
from schemas.keys import BUCKET_MS
from schemas.targets import Plan, Queue
from streams.board.figures import floor
from streams.figures import figures
from streams.kpis import summary
from streams.rebuild import seed
from streams.shard import Shard
from tests.strategies import FIRST_EDGE_MS, HOUR_MS
from tests.test_streams_chat import ASKED, SALES, WROTE, chat, fed, newest_of
from tests.views import AT_MS, busy_view


def test_a_pending_reply_holds_its_interval_back_until_the_limit() -> None:
    shard = fed(Shard(SALES), chat(ASKED, WROTE))
    limit = FIRST_EDGE_MS + 20_000 + 600_000
    states = {}
    for at in (limit - 1, FIRST_EDGE_MS + BUCKET_MS + 2 * HOUR_MS):
        fed(shard, [{"type": "heartbeat", "time": at, "source": "desk", "program": "shop"}])
        for record in shard.close(at):
            if record.bucket_ms == FIRST_EDGE_MS and record.basis in ("arrival", "cohort"):
                states[at, record.basis] = record.state, record.columns.get("chat_noreply", 0)
    assert states[FIRST_EDGE_MS + BUCKET_MS + 2 * HOUR_MS, "arrival"] == ("FINAL", 1)
    assert states[FIRST_EDGE_MS + BUCKET_MS + 2 * HOUR_MS, "cohort"] == ("PROVISIONAL", 0)


def test_abandonment_of_calls_and_of_chats_are_shown_for_their_own_channel_only() -> None:
    plan = Plan(queues=SALES.queues | {"calls": Queue(program="shop")})
    call = {"type": "queued", "contact": "x", "id": "1", "queue": "calls"}
    gone = {"type": "disconnected", "contact": "x", "id": "2", "by": "customer"}
    base = {"source": "desk", "program": "shop", "time": FIRST_EDGE_MS}
    left = [e | {"contact": "d"} for e in chat(ASKED, ("chat_ended", 9_000, {"by": "customer"}))]
    told = [*chat(ASKED, WROTE, ("message_received", 50_000, {})), *left]
    shard = fed(Shard(plan), told)
    fed(shard, [base | call, base | gone], "acd")
    until = FIRST_EDGE_MS + 60 * HOUR_MS
    fed(shard, [{"type": "heartbeat", "time": until, "source": "desk", "program": "shop"}])
    newest = newest_of(shard.close(until))
    read = {
        (level, key.queue): figure.kpis()
        for level in ("queue", "network")
        for key, figure in figures(newest, plan, "day", level)
        if figure.columns.get("offered")
    }
    chats, calls, all_of_them = (
        read[of] for of in (("queue", "sales"), ("queue", "calls"), ("network", ""))
    )
    assert (chats["abandon_chat"], "abandon_voice" in chats) == (0.5, False)
    assert (calls["abandon_voice"], "abandon_chat" in calls) == (1.0, False)
    assert (all_of_them["abandon_chat"], all_of_them["abandon_voice"]) == (0.5, 1.0)
    view = shard.view(until)
    whole = summary(view.day_arrival, view.day_handling, plan, chat=view.day_chat)
    assert (whole["kpis"]["abandon_chat"], whole["kpis"]["abandon_voice"]) == (0.5, 1.0)
    assert whole["kpis"]["chat_turns_unanswered"] == 1.0


def test_response_times_are_read_from_their_own_histogram() -> None:
    turns = [
        ("message_received", 30_000, {}),
        ("message_sent", 50_000, {"by": "staff"}),
        ("message_received", 60_000, {}),
        ("message_sent", 100_000, {"by": "staff"}),
        ("chat_ended", 110_000, {"by": "staff"}),
    ]
    shard = fed(Shard(SALES), chat(ASKED, WROTE, *turns))
    until = FIRST_EDGE_MS + 60 * HOUR_MS
    fed(shard, [{"type": "heartbeat", "time": until, "source": "desk", "program": "shop"}])
    ((_, day),) = figures(newest_of(shard.close(until)), SALES, "month", "network")
    read = day.kpis()
    found = [read[name] for name in ("wait_p50", "chat_response", "chat_response_p50")]
    assert found == [20.0, 30.0, 20.0]
    assert read["chat_response_p95"] == 40.0


def test_a_ledger_whose_state_was_lost_is_counted_anew_without_a_restatement() -> None:
    events = chat(("offer_shown", 0, {"queue": "sales"}), ASKED, WROTE)
    events += [e | {"id": "z"} for e in chat(("message_received", 40_000, {}))]
    until = FIRST_EDGE_MS + 60 * HOUR_MS
    beat = {"type": "heartbeat", "time": until, "source": "desk", "program": "shop"}
    recorded = fed(Shard(SALES), [*events, beat]).close(until)
    again = Shard(SALES)
    awaited = seed(again, recorded, partial=False)
    assert awaited == len(newest_of(recorded))
    assert [r for r in fed(again, [*events, beat]).close(until) if r.columns] == []


def test_a_source_that_fell_silent_proves_no_missing_reply_for_a_day() -> None:
    shard = Shard(SALES, live=True)
    beat = {"type": "heartbeat", "source": "desk", "program": "shop"}
    fed(shard, [*chat(ASKED, WROTE), beat | {"time": FIRST_EDGE_MS + 60_000}])
    told = {}
    for hours in (6, 21, 30):
        shard.close(FIRST_EDGE_MS + hours * HOUR_MS)
        (row,) = shard.state.arrival.columns[:1].tolist()
        told[hours] = {name: row[ARRIVAL_ROW.index(name)] for name in REPLIES}
    pending, no_reply = ({REPLIES[0]: one, REPLIES[1]: 1 - one} for one in (1, 0))
    assert told == {6: pending, 21: pending, 30: no_reply}


REPLIES = ("chat_pending_reply", "chat_noreply")


def test_the_board_shows_each_channel_its_own_abandonment_and_no_share_of_both() -> None:
    shown = floor(busy_view(), Plan(), AT_MS)
    assert {one.name: one.abandoned for one in shown.queues} == {
        "cards": 0.1,
        "loans": None,
        "web": 0.25,
    }
    assert shown.network.abandoned is None


@pytest.mark.parametrize("table", ["arrival", "chat"])
def test_what_left_the_rows_stands_in_the_day(table: str) -> None:
    told = [ASKED, WROTE, ("message_received", 50_000, {}), ("chat_ended", 90_000, {"by": "staff"})]
    shard = fed(Shard(SALES), chat(("offer_shown", 0, {"queue": "sales"}), *told))
    before = getattr(shard.view(0), table)
    until = FIRST_EDGE_MS + 60 * HOUR_MS
    fed(shard, [{"type": "heartbeat", "time": until, "source": "desk", "program": "shop"}])
    shard.close(until)
    view = shard.view(until)
    assert FIRST_EDGE_MS not in {key.start_ms for key in getattr(view, table).keys}
    day = getattr(view, f"day_{table}")
    assert day.wait_hist.sum(axis=0).tolist() == before.wait_hist.sum(axis=0).tolist()
    names = ARRIVAL_ROW if table == "arrival" else CHAT_ROW
    changed = {"offer_open", "offer_exp", "chat_pending_reply", "chat_noreply"}
    at = [number for number, name in enumerate(names) if name not in changed]
    assert day.columns.sum(axis=0)[at].tolist() == before.columns.sum(axis=0)[at].tolist()
