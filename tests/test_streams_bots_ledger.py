"""Bots, probes and calls in the ledger: finality, forgetting, revisions, days, KPIs of programs."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels.columns import ARRIVAL_ROW, BOTS_ROW, CALL_COLUMNS
from schemas.bots import BOT_CHANNEL, TECHNOLOGY_CHANNELS
from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from schemas.technologies import Technologies
from streams.close import Record
from streams.errors import UserError
from streams.figures import figures
from streams.kpis import summary
from streams.rebuild import seed
from streams.settings import Settings
from streams.shard import Shard
from tests import naive_bots as twin
from tests import strategies_bots as some
from tests.data import ROOT
from tests.effort import examples
from tests.ledgers import newest
from tests.shards import encoded, rows

MODERATE = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
T = some.FIRST_EDGE_MS
TELLING = Plan.model_validate({"programs": {"bank": {"tells": ["blocked", "migration"]}}})
HOUR_MS, DAY_MS = 3_600_000, 24 * 3_600_000
Event = dict[str, Any]


def said(kind: str, time: int, name: str = "c", **fields: Any) -> Event:
    event = {"type": kind, "time": time, "source": "bot", "program": "bank", "conversation": name}
    return event | {"id": f"{kind}{time}"} | fields


def probe(time: int, status: str = "up", kind: str = "conversational", **fields: Any) -> Event:
    event = {"type": "probe", "time": time, "source": "bot", "program": "bank", "id": f"p{time}"}
    event |= {"technology": "faq", "kind": kind, "status": status, "next_within_ms": 300_000}
    return event | fields


def counted(time: int, attempts: int, blocked: int, **fields: Any) -> Event:
    event = {"type": "attempts_counted", "time": time, "source": "bot", "program": "bank"}
    event |= {"id": f"a{time}", "technology": "0120", "start": time - 60_000, "end": time}
    return event | {"attempts": attempts, "blocked": blocked} | fields


def call(kind: str, time: int, contact: str, **fields: Any) -> Event:
    event = {"type": kind, "time": time, "source": "bot", "program": "bank", "contact": contact}
    return event | {"id": f"{kind}{time}"} | fields


def told(shard: Shard, events: Sequence[Mapping[str, Any]], topic: str = "bot") -> Shard:
    at = shard.positions.get(topic, 0)
    shard.fold(topic, at, list(range(at, at + len(events))), encoded(events))
    assert shard.rejects == []
    return shard


def promise(shard: Shard, until: int) -> None:
    """Every source that was heard says that it has told all up to here."""
    beats = [
        {"type": "heartbeat", "time": max(0, until), "source": source, "program": program}
        for source, program in shard.names.feeds
    ]
    told(shard, beats)


def closed(shard: Shard, until: int) -> list[Record]:
    promise(shard, until)
    return shard.close(until)


def record(records: Sequence[Record], channel: str, start: int) -> Record:
    [found] = [r for r in records if (r.channel, r.bucket_ms) == (channel, start) and r.queue]
    return found


TALK = [
    said("conversation_started", T, bot="faq"),
    said("user_submitted", T + 1000, turn="1"),
    said("response_delivered", T + 1500, turn="1"),
    said("bot_message", T + 1500),
    said("task_completed", T + 2000),
    said("conversation_ended", T + 60_000, by="user"),
]


def test_an_interval_waits_for_its_open_conversations_before_it_is_final() -> None:
    patient = Technologies.model_validate(
        {"listed": {"faq": {"program": "bank", "idle_timeout_s": 4 * 3600}}}
    )
    shard = told(Shard(Plan(), technologies=patient), TALK[:5])
    before = record(closed(shard, T + 3 * HOUR_MS), BOT_CHANNEL, T)
    assert (before.state, before.columns["conv_open"]) == ("PROVISIONAL", 1)
    after = record(closed(shard, T + 5 * HOUR_MS), BOT_CHANNEL, T)
    assert (after.state, after.columns["conv_contained"]) == ("FINAL", 1)
    assert "conv_open" not in after.columns


def test_a_response_after_its_time_out_restates_a_final_interval_with_the_old_value() -> None:
    shard = told(Shard(Plan()), [*TALK[:2], TALK[5]])
    final = record(closed(shard, T + 3 * HOUR_MS), BOT_CHANNEL, T)
    assert (final.state, final.columns["lat_timeout"]) == ("FINAL", 1)
    told(shard, [TALK[2]])
    restated = record(closed(shard, T + 3 * HOUR_MS + 1000), BOT_CHANNEL, T)
    assert (restated.state, restated.revision, restated.reason) == ("RESTATED", 2, "late_event")
    assert restated.old_columns is not None
    assert restated.old_columns["lat_timeout"] == 1
    assert (restated.columns["lat_n"], restated.wait_hist) == (1, {twin.wait_bin(500): 1})


def test_lost_conversations_lower_the_completeness_of_their_interval() -> None:
    lost = [said("conversation_started", T, "d", bot="faq"), said("conversation_lost", T + 1, "d")]
    shard = told(Shard(Plan()), [*TALK, *lost])
    assert record(closed(shard, T + 3 * HOUR_MS), BOT_CHANNEL, T).completeness == 0.5


def test_a_call_still_in_the_ivr_keeps_its_interval_from_being_final() -> None:
    shard = told(Shard(Plan()), [call("ivr_entered", T, "v")], "acd")

    def ivr(records: list[Record]) -> Record:
        [found] = [r for r in records if (r.channel, r.bucket_ms) == ("ivr", T)]
        return found

    waiting = ivr(closed(shard, T + 3 * HOUR_MS))
    assert (waiting.state, waiting.columns) == ("PROVISIONAL", {"ivr_ans": 1, "ivr_open": 1})
    unknown = ivr(closed(shard, T + 4 * HOUR_MS))
    assert (unknown.state, unknown.columns) == ("FINAL", {"ivr_ans": 1, "ivr_unknown": 1})
    assert unknown.completeness == 0.0


@MODERATE
@given(st.data(), st.lists(st.integers(1, 60), max_size=6))
def test_what_was_forgotten_behind_the_floor_is_kept_in_days_and_ledger(
    data: st.DataObject, cuts: list[int]
) -> None:
    """Events in the order of time, closed after each batch: nothing is too late, nothing is lost."""
    drawn = data.draw(some.event_sets())
    plan, known = data.draw(some.plans()), data.draw(some.technologies())
    events = sorted(drawn, key=lambda event: event["time"])
    shard = Shard(plan, technologies=known)
    ledger: dict[Any, Record] = {}
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    for start, stop in pairwise(edges):
        told(shard, events[start:stop])
        ledger |= newest([*ledger.values(), *closed(shard, events[stop - 1]["time"])])
    end = max((e["time"] for e in events), default=T) + 2 * DAY_MS
    ledger |= newest([*ledger.values(), *closed(shard, end)])
    heard = dict.fromkeys({e["program"] for e in events}, end)
    wanted = twin.columns(events, plan, known, heard)
    found = {k: r.columns for k, r in ledger.items() if r.columns}
    complete = {k: v for k, v in wanted.clipped.items() if k[4] + BUCKET_MS <= end}
    of_basis = {"arrival": wanted.arrival, "clipped": complete}
    assert found == {(*k, basis): v for basis, of in of_basis.items() for k, v in of.items()}
    hists = {k[:5]: r.wait_hist for k, r in ledger.items() if r.wait_hist}
    assert hists == wanted.latency_hist
    assert shard.bots.conversations.used[4] == 0
    view = shard.view(end)
    total = twin.pooled(rows(view.day_bots, BOTS_ROW).values())
    assert total == twin.pooled(wanted.arrival.values())


def test_a_conversation_of_hours_restates_the_interval_it_began_in() -> None:
    begun = [said("conversation_started", T, name, bot="faq") for name in "cd"]
    started = [*begun, said("conversation_ended", T + 1, "d", by="user")]
    told_on = [said("bot_message", T + n * 25 * 60_000) for n in range(1, 25)]
    end = told_on[-1]["time"]
    rest = [*told_on, said("conversation_ended", end + 1, by="user"), said("handed_off", end + 2)]
    shard, ledger = told(Shard(Plan()), started), dict[Any, Record]()
    for event in rest:
        told(shard, [event])
        ledger |= newest([*ledger.values(), *closed(shard, event["time"])])
    wanted = twin.columns([*started, *rest], Plan(), Technologies(), {"bank": end}).arrival
    found = {key[:5]: record for key, record in ledger.items() if record.columns}
    assert {key: record.columns for key, record in found.items()} == wanted
    [began] = [record for key, record in found.items() if key[4] == T]
    assert began.state == "RESTATED" and began.old_columns is not None
    assert (began.old_columns["conv_left"], began.columns["conv_left"]) == (2, 1)


@MODERATE
@given(st.lists(st.sampled_from(("up", "degraded", "down")), min_size=1, max_size=30))
def test_probes_of_days_are_forgotten_and_every_bucket_stays_in_the_ledger(
    statuses: list[str],
) -> None:
    events = [probe(T + n * 50 * 60_000, status) for n, status in enumerate(statuses)]
    shard, ledger = Shard(Plan()), dict[Any, Record]()
    for event in events:
        told(shard, [event])
        ledger |= newest([*ledger.values(), *closed(shard, event["time"])])
    end = events[-1]["time"] + DAY_MS
    ledger |= newest([*ledger.values(), *closed(shard, end)])
    wanted = twin.columns(events, Plan(), Technologies(), {"bank": end}).clipped
    wanted = {k: v for k, v in wanted.items() if k[4] + BUCKET_MS <= end}
    assert {k[:5]: r.columns for k, r in ledger.items() if r.columns} == wanted
    assert shard.bots.technologies.persons["count"][0] == 1


def test_a_ledger_whose_state_was_lost_is_counted_again_without_a_revision() -> None:
    events = [*TALK, probe(T), probe(T + 200_000, "down"), counted(T + 100_000, 10, 1)]
    ledger = closed(told(Shard(Plan()), events), T + 3 * HOUR_MS)
    assert {r.channel for r in ledger} & {*TECHNOLOGY_CHANNELS} == {
        *("bot", "conversational", "telecom")
    }
    shard = Shard(Plan())
    seed(shard, ledger, partial=False)
    assert not [r for r in closed(told(shard, events), T + 3 * HOUR_MS) if r.revision]
    without = [event for event in events if event["type"] != "task_completed"]
    other = Shard(Plan())
    seed(other, ledger, partial=False)
    changed = [r for r in closed(told(other, without), T + 3 * HOUR_MS) if r.revision]
    assert [(r.channel, r.state, r.reason) for r in changed] == [("bot", "RESTATED", "rebuild")]


def test_a_plan_that_rewrites_what_a_bot_promised_is_refused() -> None:
    kept = told(Shard(Plan()), TALK).snapshot()
    other = Technologies.model_validate(
        {"listed": {"faq": {"program": "bank", "latency": [{"within_s": 5}]}}}
    )
    with pytest.raises(UserError, match="bot 'faq' promises"):
        Shard(Plan(), technologies=other).restore(kept)


def test_events_of_bots_that_come_behind_the_floor_are_too_late() -> None:
    shard = told(Shard(Plan()), [*TALK, probe(T)])
    closed(shard, T + DAY_MS)
    late = [said("bot_message", T + 5, "x"), probe(T + 5, id="late"), counted(T + 5, 1, 0)]
    at = shard.positions["bot"]
    shard.fold("bot", at, [at, at + 1, at + 2], encoded(late))
    assert [each.reason for each in shard.rejects] == ["too_late"] * 3


def test_events_of_bots_on_another_topic_or_program_are_refused() -> None:
    shard = Shard(Plan())
    shard.fold("acd", 0, [0], encoded(TALK[:1]))
    assert [each.reason for each in shard.rejects] == ["wrong_topic"]
    listed = Plan.model_validate(
        {
            "programs": {"shop": {}},
            "queues": {"sales": {"program": "shop"}},
            "unmapped_queues": "reject",
        }
    )
    strict = Shard(listed)
    strict.fold("bot", 0, [0, 1], encoded([TALK[0], probe(T)]))
    assert [each.reason for each in strict.rejects] == ["unmapped_program"] * 2


def test_a_bot_in_the_future_is_refused_and_its_neighbours_are_not() -> None:
    shard = Shard(Plan(), live=True)
    events = [TALK[0], said("bot_message", T + HOUR_MS), probe(T), probe(T + HOUR_MS)]
    shard.fold("bot", 0, [0, 1, 2, 3], encoded(events), now_ms=T)
    assert [(each.reason, each.offset) for each in shard.rejects] == [
        ("in_the_future", 1),
        ("in_the_future", 3),
    ]
    assert shard.events["bot"] == 2


def read(records: Sequence[Record], level: Any) -> dict[str, Any]:
    """KPIs by queue (or "") of the first hour, of a program whose sources report all there is."""
    inside = sorted((r for r in records if r.bucket_ms < T + HOUR_MS), key=lambda r: r.bucket_ms)
    return {key.queue: figure.kpis() for key, figure in figures(inside, TELLING, "day", level)}


def test_service_migration_is_of_all_human_contacts_chats_and_messages_included() -> None:
    shard = told(Shard(Plan()), [said("conversation_started", T, "m", bot="faq")])
    told(shard, [said("conversation_migrated", T + 1, "m"), said("task_completed", T + 2, "m")])
    told(shard, [said("conversation_ended", T + 3, "m", by="user")])
    told(shard, [call("queued", T, "v", queue="q")], "acd")
    asked = [
        call("chat_requested", T, "x", queue="web"),
        call("chat_requested", T + 5, "x", queue="web-2", segment=2),
        call("chat_requested", T, "y", queue="mail", channel="messaging"),
        call("offer_shown", T, "z", queue="web"),
    ]
    told(shard, asked, "chat")
    programs = read(closed(shard, T + 30 * HOUR_MS), "program")
    assert programs[""]["service_migration"] == pytest.approx(1 / 3)


def test_kpis_of_programs_are_read_of_programs_and_those_of_channels_from_their_rows() -> None:
    shard = told(Shard(Plan()), [*TALK, said("conversation_started", T, "m", bot="faq")])
    told(shard, [said("conversation_migrated", T + 1, "m"), said("task_completed", T + 2, "m")])
    told(shard, [probe(T, "up"), probe(T, "down", kind="telecom", technology="0120", id="l")])
    told(shard, [counted(T + 100_000, 100, 4)])
    told(shard, [call("queued", T, "v", queue="q"), call("blocked", T, "w", queue="q")], "acd")
    records = closed(shard, T + 5 * HOUR_MS)
    queues, programs = read(records, "queue"), read(records, "program")
    assert programs[""]["blocked"] == 0.04  # the carrier's count, not its sum with the switch's
    assert programs[""]["service_migration"] == 1.0
    assert "blocked" not in queues["q"] and "service_migration" not in queues["q"]
    assert programs[""]["uptime_tech"] == queues["faq"]["uptime_tech"] == pytest.approx(1 / 12)
    assert programs[""]["uptime_telecom"] == 0.0
    assert (queues["faq"]["containment"], queues["faq"]["latency_p50"]) == (1.0, 1.0)
    assert "service_level" not in queues["faq"] and "containment" not in queues["q"]
    assert programs[""]["wait_p50"] is None  # nobody was answered: latencies of bots are no waits


def test_lines_chat_service_tools_and_rpa_are_rows_of_their_own_and_do_not_make_up_for_each_other() -> (
    None
):
    kinds = ("telecom", "chat_service", "css_tool", "non_conversational", "rpa")
    down = ("telecom", "rpa")
    told_of = [
        probe(T, "down" if kind in down else "up", kind=kind, technology=f"{kind}-1", id=kind)
        for kind in kinds
    ]
    programs = read(closed(told(Shard(Plan()), told_of), T + 5 * HOUR_MS), "program")[""]
    keys = (
        "uptime_telecom",
        "uptime_chat_service",
        "uptime_css_tools",
        "uptime_tech",
        "uptime_rpa",
    )
    found = {key: bool(programs[key]) for key in keys}
    assert found == dict.fromkeys(keys, True) | {"uptime_telecom": False, "uptime_rpa": False}
    scored = [key for key in (*keys, "uptime", "availability") if KPIS[key].certification]
    assert scored == [*keys]


def test_the_summary_of_a_replay_tells_of_bots_and_lines() -> None:
    shard = told(Shard(Plan()), [*TALK, probe(T), counted(T + 100_000, 100, 4)])
    told(shard, [call("blocked", T, "w", queue="q")], "acd")
    view = shard.view(T + HOUR_MS)
    technology = (view.day_bots, view.day_uptime)
    found = summary(view.day_arrival, view.day_handling, Plan(), technology=technology)
    assert (found["columns"]["conv_contained"], found["columns"]["blocked"]) == (1, 1)
    read = {key: found["kpis"][key] for key in ("containment", "latency_p95", "blocked")}
    assert read == {"containment": 1.0, "latency_p95": 1.0, "blocked": 0.04}
    assert found["kpis"]["uptime_tech"] == pytest.approx(1 / 12)


def test_visits_of_a_snapshot_without_calls_never_count_less_than_nothing() -> None:
    old = ROOT / "tests/vectors/snapshot_layout_2"
    shard = Shard(Settings.load(old / "plan.toml").plan)
    shard.restore((old / "state.bin").read_bytes())
    lines = (old / "events.jsonl").read_bytes().splitlines()
    shard.fold("acd", 545, list(range(545, len(lines))), lines[545:])
    calls = [ARRIVAL_ROW.index(name) for name in CALL_COLUMNS]
    columns = shard.state.arrival.columns[: int(shard.state.arrival.used[0])]
    assert (columns >= 0).all()
    whole = Shard(shard.plan)
    whole.fold("acd", 0, list(range(len(lines))), lines)
    every = whole.state.arrival.columns[: int(whole.state.arrival.used[0])]
    assert (columns[:, calls].sum(axis=0) > 0).all()
    assert (columns[:, calls].sum(axis=0) < every[:, calls].sum(axis=0)).all()


def test_without_a_carrier_blocked_attempts_are_read_from_the_switch() -> None:
    events = [call("queued", T, f"v{n}", queue="q") for n in range(3)]
    shard = told(Shard(Plan()), [*events, call("blocked", T, "w", queue="q")], "acd")
    assert read(closed(shard, T + 5 * HOUR_MS), "program")[""]["blocked"] == 0.25
