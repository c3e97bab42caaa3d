"""What a source cannot tell of is unknown, and never 0: blocked attempts, escalations, migrations."""

from pathlib import Path
from typing import Any

import pytest

from schemas.targets import Plan
from streams.close import Record
from streams.figures import Figure, figures
from streams.kpis import summary
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from tests.campaigns import closed, told
from tests.month_records import at, plan_of, read, record, values, whole_month
from tests.strategies import FIRST_EDGE_MS as T
from tests.test_streams_cli_score import floorwatch, kept
from tests.test_streams_cli_score import told as printed

MARCH = at("2026-03-01")
HOUR_MS = 3_600_000
LINE = {"queue": "trunk", "channel": "telecom"}
ROW = """
[decisions]
window_months = 1

[[rows]]
name = "to sales"
metric = "escalation_rate"
each = "sales"
program = "shop"
direction = "down"
targets = [{ valid_from = "2026-01", value = 0.05 }]
"""


def telling(*reports: str, **programs: list[str]) -> Plan:
    """The plan of `shop`, whose sources report these; and of other programs."""
    told = {name: {"tells": own} for name, own in ({"shop": list(reports)} | programs).items()}
    return Plan.model_validate(plan_of().model_dump() | {"programs": told})


def month_of(plan: Plan, *more: Record) -> dict[str, Any]:
    """March of queue `sales` with 100 contacts handled, none of which was escalated."""
    handled = record(MARCH, "end", handled=100, **{"talk_ms": 9})
    return values(plan, [*whole_month("2026-03", offered=100, ans=100), handled, *more], "2026-03")


@pytest.mark.parametrize(
    ("reports", "value"), [((), None), (("blocked",), None), (("escalation",), 0.0)]
)
def test_no_escalation_is_none_only_where_sources_report_escalations(
    reports: tuple[str, ...], value: float | None
) -> None:
    found = month_of(telling(*reports))["escalation_rate"]
    assert (found.value, found.known) == (value, value is not None)


def test_what_few_reports_there_are_is_no_rate_where_not_every_source_reports() -> None:
    some = record(MARCH, "end", queue="sales", site="annex", handled=10, escalated_sales=2)
    assert not month_of(telling(), some)["escalation_rate"].known
    assert month_of(telling("escalation"), some)["escalation_rate"].known


def test_time_on_hold_that_was_counted_was_told_of_and_only_none_of_it_is_unknown() -> None:
    def hold(plan: Plan, **columns: int) -> Any:
        ((_, figure),) = figures([record(MARCH, "end", handled=4, **columns)], plan, "day", "queue")
        return figure.kpis()["hold"]

    assert hold(telling()) is None
    assert hold(telling("hold")) == 0
    assert hold(telling(), hold_ms=8000) == 2


def test_a_bot_whose_completed_conversations_nobody_reports_has_no_containment() -> None:
    def containment(plan: Plan, completed: int) -> Any:
        talks = record(
            MARCH, queue="faq", channel="bot", conv_start=10, conv_left=6, conv_contained=completed
        )
        ((_, figure),) = figures([talks], plan, "day", "queue")
        return figure.kpis()["containment"], figure.kpis()["containment_high"]

    assert containment(telling(), 0) == (None, 1)
    assert containment(telling("completion"), 0) == (0, 1)
    assert containment(telling(), 4) == (0.4, 1)


def test_where_nobody_was_handled_there_is_no_data_whoever_reports() -> None:
    quiet = [*whole_month("2026-03"), record(MARCH, "end")]
    found = values(telling(), quiet, "2026-03")["escalation_rate"]
    assert (found.value, found.known) == (None, True)


def blocked(plan: Plan, *records: Record, level: Any = "program") -> list[Any]:
    return [
        (figure.kpis()["blocked"], key.program)
        for key, figure in figures(
            sorted(records, key=lambda one: one.bucket_ms), plan, "day", level
        )
    ]


def test_a_carrier_says_itself_how_many_attempts_were_blocked() -> None:
    line = record(MARCH, **LINE, attempts=50, blocked=1)
    calls = record(MARCH, queue="", attempts=40)
    assert blocked(telling(), calls) == [(None, "shop")]
    assert blocked(telling("blocked"), calls) == [(0.0, "shop")]
    assert blocked(telling(), calls, line) == [(0.02, "shop")]


def test_programs_together_are_known_only_if_each_of_them_is() -> None:
    ours = record(MARCH, queue="", attempts=40, blocked=1)
    theirs = record(MARCH, queue="", program="bank", attempts=60)
    one, all_of_them = telling("blocked"), telling("blocked", bank=["blocked"])
    assert blocked(one, ours, theirs, level="network") == [(None, "")]
    assert blocked(all_of_them, ours, theirs, level="network") == [(0.01, "")]
    nobody_called = theirs._replace(columns={})
    assert blocked(one, ours, nobody_called, level="network") == [(1 / 40, "")]


@pytest.mark.parametrize(
    ("reports", "rates"), [((), (None,) * 3), (("ivr_exit",), (0.25, 0, 0.25))]
)
def test_whether_calls_opt_out_of_the_ivr_is_known_only_from_one_that_says_so(
    reports: tuple[str, ...], rates: tuple[float | None, ...]
) -> None:
    calls = record(MARCH, queue="", channel="ivr", ivr_ans=4, ivr_error=1, ivr_abn=2)
    ((_, figure),) = figures([calls], telling(*reports), "day", "program")
    read_of = figure.kpis()
    assert (
        tuple(read_of[name] for name in ("ivr_exit", "ivr_optout_rate", "ivr_error_rate")) == rates
    )
    assert read_of["ivr_abandon"] == 0.5


def test_pooled_figures_go_on_knowing_who_reports() -> None:
    plan = telling("escalation", bank=[])
    ours, theirs = (
        figure
        for _, figure in figures(
            [record(MARCH, "end", program=name, handled=1) for name in ("bank", "shop")],
            plan, "day", "program",
        )
    )  # fmt: skip
    both = Figure(theirs.span_ms)
    both.join(theirs)
    assert both.kpis()["escalation_rate"]["sales"] == 0.0  # type: ignore[index]
    both.join(ours)
    assert both.kpis()["escalation_rate"]["sales"] is None  # type: ignore[index]


def test_a_summary_tells_unknown_from_no_data() -> None:
    events = [
        {
            "type": kind,
            "time": T + n,
            "source": "acd",
            "program": "shop",
            "id": kind,
            "contact": "c",
        }
        | ({"queue": "sales"} if kind == "queued" else {"by": "customer"} if n == 2 else {})
        for n, kind in enumerate(("queued", "answered", "disconnected"))
    ]
    every = ("escalation", "hold", "acw", "blocked")
    for plan, known in ((telling(), False), (telling(*every), True)):
        shard = told(Shard(plan), events)
        closed(shard, T + 5 * HOUR_MS)
        view = shard.view(T + 5 * HOUR_MS)
        read_of = summary(view.day_arrival, view.day_handling, plan, technology=(view.day_bots,))
        rates = read_of["kpis"]["escalation_rate"]
        assert set(rates.values()) == ({0.0} if known else {None})
        assert read_of["kpis"]["blocked"] == (0.0 if known else None)
        assert (read_of["kpis"]["hold"], read_of["kpis"]["acw"]) == (
            (0, 0) if known else (None, None)
        )
        assert read_of["unknown"] == (
            [] if known else ["escalation_rate", "hold", "acw", "blocked"]
        )


def test_month_explain_and_score_say_unknown_and_where_to_say_otherwise(tmp_path: Path) -> None:
    records = [*whole_month("2026-03", offered=9, ans=9), record(MARCH, "end", handled=9)]
    store, table = kept(tmp_path / "s.db", records, telling()), tmp_path / "pst.toml"
    table.write_text(ROW)
    asked = ("--store", store, "--month", "2026-03")
    month = floorwatch("month", *asked, "--csv")
    (line,) = [row for row in month.stdout.splitlines() if ",sales,,escalation_rate,sales," in row]
    assert ",unknown,ratio," in line
    hint = "[plan.programs.'shop'] tells = [\"escalation\"]"
    assert "shop: escalation_rate unknown" in month.stderr
    assert hint in month.stderr
    asked_why = ("explain", "escalation_rate", "--each", "sales", "--queue", "sales", *asked)
    why = floorwatch(*asked_why)
    assert "value unknown" in why.stdout
    assert hint in why.stderr
    scored = floorwatch("score", *asked, table)
    assert hint in scored.stderr
    (row,) = printed("score", *asked, table)["rows"]
    assert [cell["scored_as"] for cell in row["cells"]] == ["unknown"]
    assert row["integrity_fail"] == "2026-03"
    sure = kept(tmp_path / "t.db", records, telling("escalation"))
    done = floorwatch("score", "--store", sure, "--month", "2026-03", table, "--json")
    assert hint not in done.stderr
    (row,) = printed("score", "--store", sure, "--month", "2026-03", table)["rows"]
    assert [cell["scored_as"] for cell in row["cells"]] == [0.0]


def test_a_report_that_is_no_report_is_refused_in_the_plan() -> None:
    with pytest.raises(ValueError, match="'hold', 'acw' or 'completion'"):
        telling("escalations")
    assert read(telling("blocked"), []) == {}


def test_a_simulated_center_reports_everything_so_its_rates_are_numbers() -> None:
    center = Center(SimulatorSettings(seed=3, scale=0.1, heartbeat_s=1800))
    start_ms = round(center.settings.start.timestamp() * 1000)
    events = [one for one in center.advance(start_ms + 15 * HOUR_MS) if "contact" in one]
    plan, shard = center.plan(), Shard(center.plan())
    told(shard, events)
    view = shard.view(start_ms + 15 * HOUR_MS)
    read_of = summary(view.day_arrival, view.day_handling, plan, technology=(view.day_bots,))
    assert read_of["unknown"] == []
    first = {one["contact"] for one in events if one.get("segment", 1) == 1}
    lost = [one for one in events if one["type"] == "blocked"]
    assert read_of["kpis"]["blocked"] == pytest.approx(len(lost) / len(first))
    rates = read_of["kpis"]["escalation_rate"]
    assert rates["tier"] > 0
    assert None not in rates.values()
