"""What /metrics says of bots, lines and tools, and what it keeps silent about."""

import json
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kernels.columns import ARRIVAL_ROW, BOTS_ROW, UPTIME_ROW
from schemas.targets import Plan, Program
from streams.exporter import ViewCollector, render
from streams.view import OutboundNow, QueueKey, SourceView, TalksNow, View
from tests.data import ROOT
from tests.views import (
    AT_MS,
    FAQ,
    FAQ_PROBED,
    LINE,
    MAIL,
    MIDNIGHT_MS,
    NINE_MS,
    WINBACK,
    busy_view,
    cells,
    key,
    with_work,
)


def samples(view: View, plan: Plan | None = None) -> dict[tuple[str, str, str], float]:
    """Value by metric, queue and channel."""
    text = render(ViewCollector(lambda: view, plan or Plan(), "0.1.0")).decode()
    found: dict[tuple[str, str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = sample.labels
            found[sample.name, labels.get("queue", ""), labels.get("channel", "")] = sample.value
    return found


def probed(row: dict[str, int], of: Any = FAQ_PROBED) -> View:
    at = {key(of, NINE_MS): row}
    return replace(busy_view(), uptime=cells(UPTIME_ROW, at), day_uptime=cells(UPTIME_ROW, {}))


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("cc_interval_containment_ratio", 0.6),
        ("cc_interval_bot_conversations", 11),
        ("cc_interval_latency_in_x_ratio", 0.95),
        ("cc_interval_asr_seconds", 0.9),
        ("cc_day_containment_ratio", 0.6),
        ("cc_bot_conversations_open", 2),
        ("cc_bot_conversations_longest_open_timestamp_seconds", (AT_MS - 240_000) / 1000),
        ("cc_bot_hour_conversations_started", 10),
        ("cc_bot_hour_conversations_contained", 6),
        ("cc_bot_hour_conversations_handed_off", 1),
        ("cc_bot_hour_containment_ratio", 0.6),
    ],
)
def test_a_bot_has_its_figures_under_its_own_name(metric: str, value: float) -> None:
    assert samples(busy_view())[metric, "faq", "bot"] == value


def test_technology_has_an_uptime_and_lines_have_an_availability() -> None:
    found = samples(busy_view())
    assert found["cc_interval_uptime_ratio", *FAQ_PROBED[1:]] == 0.8
    assert found["cc_interval_availability_ratio", *LINE[1:]] == 0.8
    assert ("cc_interval_availability_ratio", *FAQ_PROBED[1:]) not in found
    assert ("cc_interval_uptime_ratio", *LINE[1:]) not in found


def test_what_no_probe_tells_of_has_no_uptime_but_its_time_is_there() -> None:
    found = samples(probed({"total_ms": 60_000, "unknown_ms": 60_000}))
    assert ("cc_interval_uptime_ratio", *FAQ_PROBED[1:]) not in found
    assert found["cc_interval_technology_total_seconds", *FAQ_PROBED[1:]] == 60.0
    assert found["cc_interval_technology_up_seconds", *FAQ_PROBED[1:]] == 0.0


def test_time_not_probed_beside_time_probed_is_not_up() -> None:
    found = samples(probed({"total_ms": 60_000, "up_ms": 30_000, "unknown_ms": 30_000}))
    assert found["cc_interval_uptime_ratio", *FAQ_PROBED[1:]] == 0.5


def test_people_have_no_bot_figures_and_bots_none_of_people() -> None:
    found = samples(busy_view())
    assert ("cc_interval_bot_submits", "cards", "voice") not in found
    assert ("cc_interval_contacts_answered", "faq", "bot") not in found


def test_the_hour_is_the_clock_hour_of_the_program_so_far() -> None:
    india = Plan(programs={"bank": Program(time_zone="Asia/Kolkata")})
    found = samples(busy_view(), india)  # 14:35 there: the hour began at 08:30 UTC
    assert found["cc_bot_hour_conversations_started", "faq", "bot"] == 20


def test_a_bot_that_is_silent_now_shows_zeros_and_no_longest_conversation() -> None:
    quiet = {FAQ: TalksNow(0, None)}
    found = samples(replace(busy_view(), conversations=quiet, bots=cells(BOTS_ROW, {})))
    assert found["cc_bot_conversations_open", "faq", "bot"] == 0
    for name in ("started", "contained", "handed_off"):
        assert found[f"cc_bot_hour_conversations_{name}", "faq", "bot"] == 0
    assert not [
        name
        for name, *_ in found
        if "longest_open" in name or name.endswith("hour_containment_ratio")
    ]


def test_a_bot_with_no_conversation_of_the_hour_has_no_containment() -> None:
    old = {key(FAQ, MIDNIGHT_MS): {"conv_start": 5, "conv_contained": 5}}
    found = samples(replace(busy_view(), bots=cells(BOTS_ROW, old)))
    assert found["cc_bot_hour_conversations_started", "faq", "bot"] == 0
    assert ("cc_bot_hour_containment_ratio", "faq", "bot") not in found


def test_a_bot_that_has_never_said_completed_has_no_containment_unless_the_plan_says_that_it_would() -> (
    None
):
    none = {key(FAQ, NINE_MS): {"conv_start": 10, "conv_left": 9}}
    silent = replace(busy_view(), bots=cells(BOTS_ROW, none), day_bots=cells(BOTS_ROW, none))
    of_bot = [f"cc_{window}_containment_ratio" for window in ("interval", "day", "bot_hour")]
    known = samples(silent, Plan(programs={"bank": Program(tells=("completion",))}))
    assert [known[name, "faq", "bot"] for name in of_bot] == [0.0] * 3
    found = samples(silent)
    assert not [name for name in of_bot if (name, "faq", "bot") in found]
    assert found["cc_bot_hour_conversations_contained", "faq", "bot"] == 0


def test_an_hour_without_a_completed_conversation_is_one_of_a_bot_that_completed_some_today() -> (
    None
):
    none = {key(FAQ, NINE_MS): {"conv_start": 10}}
    found = samples(replace(busy_view(), bots=cells(BOTS_ROW, none)))
    assert found["cc_bot_hour_containment_ratio", "faq", "bot"] == 0.0


def test_bots_of_a_program_that_has_not_caught_up_are_not_shown() -> None:
    view = replace(busy_view(), caught_up=False, recovering=frozenset({"bank"}))
    assert not [name for name, queue, _ in samples(view) if queue == "faq"]


def lines_of(day: dict[Any, dict[str, int]], called: dict[Any, dict[str, int]]) -> View:
    return replace(
        busy_view(), day_bots=cells(BOTS_ROW, day), day_arrival=cells(ARRIVAL_ROW, called)
    )


CARRIER = QueueKey("bank", "trunk", "telecom")
CALLS = QueueKey("bank", "", "voice")
LOST = ("cc_day_contact_attempts_blocked", "", "")


def test_attempts_are_the_carriers_where_one_counts_and_else_the_switchs() -> None:
    switch = {key(CALLS, MIDNIGHT_MS): {"attempts": 900, "blocked": 1}}
    carrier = {key(CARRIER, MIDNIGHT_MS): {"attempts": 1000, "blocked": 7}}
    both = samples(lines_of(carrier, switch))
    assert (both["cc_day_contact_attempts", "", ""], both[LOST]) == (1000, 7)
    alone = samples(lines_of({}, switch))
    assert (alone["cc_day_contact_attempts", "", ""], alone[LOST]) == (900, 1)


def test_blocked_attempts_are_absent_where_neither_plan_nor_events_say_that_they_are_told_of() -> (
    None
):
    switch = {key(CALLS, MIDNIGHT_MS): {"attempts": 900}}
    silent = samples(lines_of({}, switch))
    assert silent["cc_day_contact_attempts", "", ""] == 900
    assert LOST not in silent
    earlier = {key(CALLS, MIDNIGHT_MS - 86_400_000): {"attempts": 9, "blocked": 1}}
    assert samples(lines_of({}, switch | earlier))[LOST] == 0
    assert samples(lines_of({key(CARRIER, MIDNIGHT_MS): {"attempts": 9}}, switch))[LOST] == 0
    telling = Plan.model_validate({"programs": {"bank": {"tells": ["blocked"]}}})
    assert samples(lines_of({}, switch), telling)[LOST] == 0


def test_attempts_begin_anew_at_midnight_with_zero_and_are_absent_where_none_were_told() -> None:
    before = {key(CARRIER, MIDNIGHT_MS - 86_400_000): {"attempts": 1000, "blocked": 7}}
    assert samples(lines_of(before, {}))[LOST] == 0
    assert LOST not in samples(lines_of({}, {}))


def test_a_silent_feed_tells_of_no_attempts() -> None:
    silent = (SourceView("pbx", "bank", AT_MS - 600_000, AT_MS - 700_000, silent=True),)
    switch = {key(CALLS, MIDNIGHT_MS): {"attempts": 900, "blocked": 1}}
    assert LOST not in samples(replace(lines_of({}, switch), sources=silent))


def test_deferred_work_reads_as_in_the_worked_example() -> None:
    example = json.loads((ROOT / "tests/vectors/kpi_examples.json").read_text())["D2_now"]["now"]
    read = samples(with_work(busy_view()))
    now = [read[f"cc_cases_{name}", *MAIL[1:]] for name in ("open", "due_soon", "overdue")]
    assert now == [example["backlog"], example["due_soon"], example["overdue"]]
    since_s = read["cc_cases_overdue_since_timestamp_seconds", *MAIL[1:]]
    assert AT_MS / 1000 - since_s == example["oldest_overdue"]
    assert read["cc_cases_average_time_late_seconds", *MAIL[1:]] == 40
    assert read["cc_day_on_time_ratio", *MAIL[1:]] == 0.75


def test_outbound_work_reads_as_in_the_worked_example() -> None:
    example = json.loads((ROOT / "tests/vectors/kpi_examples.json").read_text())["O2_now"]["now"]
    read = samples(with_work(busy_view()))
    names = ("open", "never_dialled", "behind", "planned_per_day")
    now = [read[f"cc_list_records_{name}", *WINBACK[1:]] for name in names]
    keys = ("records_on_list", "records_never_dialled", "list_behind", "list_daily_plan")
    assert now == [example[key] for key in keys]
    assert read["cc_list_backlog_days", *WINBACK[1:]] == 0.6
    assert read["cc_day_rpc_ratio", *WINBACK[1:]] == 0.3


def test_of_a_list_that_was_not_told_of_today_nothing_is_said_but_of_its_records() -> None:
    told = with_work(busy_view())
    silent = replace(told, outbound_now={WINBACK: OutboundNow(9, 3, 0, 0, 0, 0, 0, -1)})
    read = samples(silent)
    assert read["cc_list_records_open", *WINBACK[1:]] == 9
    assert not [
        name for name, *_ in read if name in ("cc_list_backlog_days", "cc_list_records_behind")
    ]
