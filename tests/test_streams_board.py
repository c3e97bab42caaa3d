import io
import threading
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW, WAIT_BINS
from schemas.keys import BUCKET_MS
from schemas.targets import Plan
from streams.board import Board, plain_lines, render, run
from streams.board.figures import Mark, floor
from streams.board.words import duration, percent
from streams.clock import ManualClock
from streams.view import CellKey, Cells, Now, QueueKey, SourceView, View

DAY = 1_767_225_600_000  # 2026-01-01T00:00Z
OPEN = DAY + 40 * BUCKET_MS
NOW = OPEN + 5 * 60_000

PLAN = Plan.model_validate(
    {
        "queues": {
            name: {
                "program": program,
                "targets": [
                    {"service_level": goal, "thresholds_s": [20], "asa_s": 30, "abandonment": 0.05}
                ],
            }
            for name, program, goal in (
                ("sales", "shop", 0.8),
                ("care", "shop", 0.8),
                ("claims", "bank", 0.9),
            )
        }
    }
)


def cells(rows: dict[CellKey, dict[str, int]], names: tuple[str, ...] = ARRIVAL_ROW) -> Cells:
    columns = np.zeros((len(rows), len(names)), np.int64)
    for number, row in enumerate(rows.values()):
        for name, count in row.items():
            columns[number, names.index(name)] = count
    return Cells(tuple(rows), columns, np.zeros((len(rows), WAIT_BINS), np.int64))


def taken(offered: int, answered: int, in_t: int, wait_s: int = 10) -> dict[str, int]:
    return {
        "offered": offered,
        "ans": answered,
        "abn": offered - answered,
        "ans_in_T1": in_t,
        "wait_ans_ms": answered * wait_s * 1000,
    }


def at(queue: str, start_ms: int) -> CellKey:
    return CellKey(PLAN.queues[queue].program, queue, "voice", "", start_ms)


def live(source: str, program: str, silent: bool = False) -> SourceView:
    age = 300_000 if silent else 2_000
    return SourceView(source, program, NOW - age, NOW - age - 1_000, silent)


def view(**changes: Any) -> View:
    parts: dict[str, Any] = {
        "at_ms": NOW,
        "arrival": cells(
            {
                at("sales", OPEN): taken(10, 7, 6),
                at("sales", OPEN - BUCKET_MS): taken(10, 10, 9),
                at("sales", OPEN - 2 * BUCKET_MS): taken(10, 10, 1),
            }
        ),
        "handling": cells({}, HANDLING_ROW),
        "day_arrival": cells(
            {
                at("sales", DAY): taken(100, 96, 75),
                at("care", DAY): taken(50, 40, 20, wait_s=45),
                at("sales", DAY - 96 * BUCKET_MS): taken(1000, 0, 0),
            }
        ),
        "day_handling": cells({}, HANDLING_ROW),
        "waiting_in_T": {at("sales", OPEN): 2},
        "now": {QueueKey("shop", "sales", "voice"): Now(3, NOW - 75_000, 0, 5)},
        "flow": {},
        "sources": (live("pbx", "shop"), live("pbx", "bank")),
        "watermarks": {"shop": NOW - 2000, "bank": NOW - 2000},
        "queues": tuple(
            QueueKey(queue.program, name, "voice") for name, queue in PLAN.queues.items()
        ),
        "events": {"acd": 1234},
        "rejected": {("acd", "invalid"): 3},
        "restated": 2,
    }
    return View(**(parts | changes))


def drawn(shown: View, width: int = 140, plan: Plan = PLAN, **options: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    console.print(render(shown, plan, NOW, width, **options))
    return out.getvalue()


def line_of(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if f"{name} " in line)


def test_the_queue_farthest_below_its_own_target_stands_first() -> None:
    text = drawn(view())
    assert text.index("care") < text.index("sales") < text.index("claims")
    assert [one.name for one in floor(view(), PLAN, NOW).queues] == ["care", "sales", "claims"]


def test_a_queue_is_measured_against_its_own_target_and_not_by_its_level() -> None:
    day = cells({at("claims", DAY): taken(100, 90, 85), at("sales", DAY): taken(100, 90, 79)})
    order = [one.name for one in floor(view(day_arrival=day), PLAN, NOW).queues]
    assert order[:2] == ["claims", "sales"]


def test_the_target_is_told_by_word_and_arrow_and_not_by_colour_alone() -> None:
    text = drawn(view())
    assert "75.0% ▼ below 80%" in line_of(text, "sales")
    met = cells({at("sales", DAY): taken(100, 96, 80)})
    assert "80.0% ▲ met 80%" in line_of(drawn(view(day_arrival=met)), "sales")


def test_a_share_just_under_the_target_is_not_rounded_up_to_it() -> None:
    day = cells({at("sales", DAY): taken(10_000, 9_000, 7_999)})
    assert "79.9% ▼ below 80%" in line_of(drawn(view(day_arrival=day)), "sales")
    assert percent(0.29) == "29.0%"


def test_no_traffic_is_not_zero() -> None:
    row = line_of(drawn(view()), "claims")
    assert "no traffic" in row
    assert "%" not in row
    assert " 0 " in row
    nothing_in_time = cells({at("claims", DAY): taken(5, 5, 0)})
    assert "0.0% ▼ below 90%" in line_of(drawn(view(day_arrival=nothing_in_time)), "claims")


def test_a_silent_feed_is_unknown_and_neither_zero_nor_empty() -> None:
    text = drawn(view(sources=(live("pbx", "shop", silent=True), live("pbx", "bank"))))
    for name in ("sales", "care"):
        row = line_of(text, name)
        assert "-- unknown" in row
        assert row.count("--") >= 8
        assert "%" not in row
    assert "no traffic" in line_of(text, "claims")
    assert "silent" in line_of(text, "pbx")
    assert "5:00" in line_of(text, "pbx")


def test_one_silent_feed_makes_the_network_unknown() -> None:
    text = drawn(view(sources=(live("pbx", "shop", silent=True), live("pbx", "bank"))))
    assert "-- unknown" in line_of(text, "Network")


def test_a_planned_program_that_nobody_reports_is_missing() -> None:
    text = drawn(view(sources=(live("pbx", "shop"),)))
    assert "-- unknown" in line_of(text, "claims")
    assert "missing" in text


def test_while_the_past_is_read_everything_is_unknown() -> None:
    text = drawn(view(caught_up=False))
    assert "catching up" in text
    assert "below" not in text.split("events")[0]


def test_the_open_interval_shows_the_bounds_of_its_service_level() -> None:
    assert "60-80%" in line_of(drawn(view()), "sales")


def in_open_interval(offered: int, answered: int, in_t: int, waiting_in_t: int) -> str:
    told = view(
        arrival=cells({at("sales", OPEN): taken(offered, answered, in_t)}),
        waiting_in_T={at("sales", OPEN): waiting_in_t},
    )
    return line_of(drawn(told), "sales")


def test_the_open_interval_is_judged_once_those_waiting_cannot_change_it_and_not_before() -> None:
    assert "40-60% ▼" in in_open_interval(10, 4, 4, 2)
    assert "80-90% ▲" in in_open_interval(10, 8, 8, 1)
    undecided = in_open_interval(10, 7, 7, 1)
    assert "70-80% " in undecided
    assert not {"▼", "▲"} & {*undecided.partition("70-80%")[2].split()[0]}


def test_a_wait_of_over_three_thresholds_stands_out_and_a_shorter_one_does_not() -> None:
    for age_s, told in ((61, "1:01!"), (60, "1:00 ")):
        now = {QueueKey("shop", "sales", "voice"): Now(1, NOW - age_s * 1000, 0, 0)}
        assert told in line_of(drawn(view(now=now)), "sales")


def test_past_intervals_of_today_are_marked_by_sign() -> None:
    sales = next(one for one in floor(view(), PLAN, NOW).queues if one.name == "sales")
    marks = [one.mark for one in sales.closed]
    assert marks[-2:] == [Mark.MISSED, Mark.MET]
    assert set(marks[:-2]) == {Mark.NO_TRAFFIC}
    assert "······▼▲" in line_of(drawn(view()), "sales")


def test_yesterday_does_not_count_to_today() -> None:
    sales = next(one for one in floor(view(), PLAN, NOW).queues if one.name == "sales")
    assert sales.today["offered"] == 100


def test_two_parts_of_a_day_split_by_a_new_target_are_one_day() -> None:
    day = cells({at("sales", DAY): taken(10, 9, 8), at("sales", OPEN): taken(10, 9, 2)})
    sales = next(
        one for one in floor(view(day_arrival=day), PLAN, NOW).queues if one.name == "sales"
    )
    assert (sales.today["offered"], sales.today_value("service_level")) == (20, 0.5)


def test_totals_are_pooled_and_never_a_mean_of_ratios() -> None:
    shop = floor(view(), PLAN, NOW).programs[1]
    assert shop.name == "shop"
    assert shop.today_value("service_level") == pytest.approx(95 / 150)
    assert "63.3% ▼ below 80%" in drawn(view())


def test_waiting_and_the_oldest_wait_are_shown() -> None:
    row = line_of(drawn(view()), "sales")
    assert " 3 " in row
    assert "1:15" in row


def test_values_beyond_their_target_carry_a_mark() -> None:
    row = line_of(drawn(view()), "care")
    assert "20.0%!" in row
    assert "45.0s!" in row
    assert "10.0s!" not in line_of(drawn(view()), "sales")


@pytest.mark.parametrize("width", [80, 100, 124, 200])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_column_is_whole_at_usual_widths(width: int, lang: Any) -> None:
    text = drawn(view(), width, lang=lang)
    assert "care" in text
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= width


def test_at_80_columns_target_and_bounds_stay() -> None:
    row = line_of(drawn(view(), 80), "sales")
    assert "75% ▼ below 80%" in row
    assert "60-80%" in row


def test_a_low_terminal_says_how_many_queues_it_leaves_out() -> None:
    plan = Plan.model_validate({"queues": {f"q{n:02}": {"program": "shop"} for n in range(30)}})
    keys = tuple(QueueKey("shop", name, "voice") for name in plan.queues)
    text = drawn(view(queues=keys), plan=plan, height=20)
    assert "more" in text


def test_before_the_first_event_the_board_says_so() -> None:
    assert "No queue yet" in drawn(view(queues=(), sources=()))


def test_feed_counts_stand_at_the_foot() -> None:
    text = drawn(view())
    assert "events 1,234" in text
    assert "rejected 3" in text
    assert "restated 2" in text


def test_titles_exist_in_japanese() -> None:
    text = drawn(view(), lang="ja")
    assert "サービスレベル" in text
    assert "未達" in text


def test_plain_lines_tell_the_network_first_and_then_the_worst() -> None:
    lines = plain_lines(view(), PLAN, NOW)
    assert "Network: Waiting 3" in lines[0]
    assert "shop/care: Waiting 0" in lines[1]
    assert "40.0% ▼ below 80%" in lines[1]
    assert "no traffic" in lines[3]


def test_plain_lines_name_a_silent_feed() -> None:
    lines = plain_lines(view(sources=(live("pbx", "shop", True), live("pbx", "bank"))), PLAN, NOW)
    assert "unknown --" in lines[0]
    assert lines[-1].endswith("Feed pbx: silent, behind 5:00")


def test_without_a_terminal_lines_come_until_it_is_stopped() -> None:
    out = io.StringIO()
    stop = threading.Event()
    asked = []

    def source() -> View:
        asked.append(1)
        stop.set()
        return view()

    run(source, PLAN, ManualClock(NOW), stop, console=Console(file=out))
    assert len(asked) == 2
    assert out.getvalue().count("Network:") == 2
    assert "\x1b" not in out.getvalue()


def test_on_a_terminal_the_last_board_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, height=40)
    with Board(PLAN, console=console) as board:
        board.show(view(), NOW)
    assert "▼ below 80%" in out.getvalue()
    assert "\x1b[31m" not in out.getvalue()
    assert "\x1b[1;31m" not in out.getvalue()


@pytest.mark.parametrize(
    ("milliseconds", "told"), [(None, ""), (0, "0:00"), (75_999, "1:15"), (4_000_000, "1:06:40")]
)
def test_durations_are_written_like_a_clock(milliseconds: int | None, told: str) -> None:
    assert duration(milliseconds) == told
