"""The key figures of the page: each stands beside what it is measured by, or says nothing."""

from dataclasses import replace

import pytest
import yaml

from kernels.columns import ARRIVAL_ROW
from streams.board.figures import LONG_WAIT, floor, promised_level
from streams.board.plan import lines
from streams.page.floor import Names, floor_of
from streams.page.key_figures import key_figures
from streams.rules.files import rule_files
from streams.view import Now
from tests.shown_page import PLAN, shown_view
from tests.views import AT_MS, BEFORE_MS, CARDS, LOANS, WEB, cells, key, live


def figure(key, view=None, plan=PLAN, lang="en"):
    view = view or shown_view()
    told = key_figures(floor(view, plan, AT_MS), [], lines(view, plan), lang)
    (found,) = [one for one in told if one["key"] == key]
    return found["text"], found["tone"], found["note"]


def with_targets(**levels):
    """The plan with other service level targets of some queues."""
    targets = [{"thresholds_s": [20], "service_level": level} for level in levels.values()]
    queues = {
        name: PLAN.queues[name].model_copy(
            update={"targets": type(PLAN).model_validate(
                {"queues": {name: {"program": "bank", "targets": [target]}}}
            ).queues[name].targets}
        )
        for name, target in zip(levels, targets, strict=True)
    }  # fmt: skip
    return PLAN.model_copy(update={"queues": PLAN.queues | queues})


def waiting(**since_s):
    keys = {"cards": CARDS, "loans": LOANS, "web": WEB}
    return {keys[name]: Now(count, AT_MS - s * 1000, 0, 0) for name, (count, s) in since_s.items()}


def test_queues_of_one_target_are_held_to_it():
    # 10 calls with 6 in time, 20 chats with none
    assert figure("level_now") == ("20.0%", "bad", "▼ below 80%")


def test_queues_of_different_targets_are_held_to_all_that_was_promised_of_their_contacts():
    plan = with_targets(cards=0.5, web=0.05)
    queues = floor(shown_view(), plan, AT_MS).queues
    assert promised_level(queues) == pytest.approx((10 * 0.5 + 20 * 0.05) / 30)
    assert figure("level_now", plan=plan) == ("20.0%", "good", "▲ targets together 20.0%")
    assert figure("level_now", plan=with_targets(cards=0.6))[1:] == (
        "bad",
        "▼ targets together 73.3%",
    )


def test_a_queue_with_contacts_and_without_a_target_leaves_the_whole_without_one():
    shown = floor(shown_view(), PLAN, AT_MS)
    bare = [replace(one, target=None) if one.name == "web" else one for one in shown.queues]
    assert promised_level(bare) is None
    idle = [replace(one, target=None) if one.name == "loans" else one for one in shown.queues]
    assert promised_level(idle) == pytest.approx(0.8)
    network = replace(shown.network, target=None)
    told = key_figures(replace(shown, queues=bare, network=network), [], [], "en")
    assert (told[1]["tone"], told[1]["note"]) == ("", "each queue has its own target")


def test_the_oldest_wait_names_its_queue_and_stands_out_beyond_three_thresholds():
    calm = shown_view(now=waiting(cards=(1, 60), web=(2, 10)))
    assert figure("oldest_wait", calm) == ("1:00", "", "cards")
    late = shown_view(now=waiting(cards=(1, 61), web=(2, 10)))
    assert figure("oldest_wait", late) == ("1:01", "bad", "! cards, over 3 T")
    assert figure("oldest_wait", late, lang="ja")[2] == "! cards, 3T超過"
    assert figure("oldest_wait", shown_view(now={})) == ("-", "", "")


def test_a_shorter_wait_that_is_too_long_for_its_queue_is_not_hidden_by_the_longest():
    patient = PLAN.queues["web"].model_copy(
        update={"targets": [PLAN.default_target.model_copy(update={"thresholds_s": (300,)})]}
    )
    plan = PLAN.model_copy(update={"queues": PLAN.queues | {"web": patient}})
    view = shown_view(now=waiting(cards=(1, 90), web=(1, 200)))
    assert figure("oldest_wait", view, plan) == ("3:20", "bad", "! cards 1:30, over 3 T")


def test_waiting_says_where_most_wait():
    view = shown_view(now=waiting(cards=(1, 5), web=(4, 5)))
    assert figure("waiting", view) == ("5", "", "most: web 4")
    assert figure("waiting", shown_view(now={})) == ("0", "", "")


def test_offered_is_compared_with_the_forecast_of_the_queues_that_have_one():
    view = shown_view()
    (line,) = [one for one in lines(view, PLAN) if one.name == "cards"]
    due, came = line.due, line.today.actual
    text, tone, note = figure("offered_today", view)
    assert (text, tone) == ("30", "")
    assert note == f"{came / due - 1:+.1%} vs plan (1/4 queues)"
    assert figure("offered_today", view, lang="ja")[2].endswith("(1/4キュー)")


def test_of_a_silent_feed_no_figure_says_anything_but_that_it_is_unknown():
    silent = shown_view(sources=(live("bank")._replace(silent=True),))
    for name in ("level_now", "waiting", "oldest_wait", "offered_today"):
        assert figure(name, silent) == ("--", "unknown", "? unknown")


def test_a_mark_says_which_interval_it_is_of_and_what_came():
    told = floor_of(shown_view(), PLAN, AT_MS, "en", None, Names(False))["queues"]
    cards = told["marks"][[key.split("/")[1] for key in told["keys"]].index("cards")]
    assert cards[-1] == ("▼", "bad", "08:45 60.0% below, Offered 10")
    assert len(cards) == 1  # before that nobody came to any queue
    morning = {key(CARDS, at): {"offered": 1} for at in (BEFORE_MS - 1_800_000, BEFORE_MS)}
    busy = shown_view(arrival=cells(ARRIVAL_ROW, morning))
    told = floor_of(busy, PLAN, AT_MS, "en", None, Names(False))["queues"]["marks"]
    assert {tuple(said.split(" ", 1)[0] for *_, said in marks) for marks in told} == {
        ("08:15", "08:30", "08:45")
    }
    assert {marks[1][2] for marks in told} == {"08:30 no traffic"}


def test_the_board_marks_waits_from_where_the_alert_begins():
    rules = [
        rule
        for text in rule_files().values()
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
        if rule.get("alert") == "OldestWaitHigh" and rule["labels"]["severity"] == "warning"
    ]
    assert len(rules) == 1
    assert f"> {LONG_WAIT} * queue:cc_queue_service_level_threshold_seconds:max" in " ".join(
        rules[0]["expr"].split()
    )
