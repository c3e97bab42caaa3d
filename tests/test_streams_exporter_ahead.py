"""/metrics of the rest of the day: projected, required, expected, and what is unknown is absent."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.metrics_ahead import AHEAD_FAMILIES
from streams.planning.outlook import outlooks
from streams.view import SourceView
from tests.test_streams_exporter import PLAN, render
from tests.views import AT_MS, busy_view

NAMES = {family.name for family in AHEAD_FAMILIES}


def told(made):
    """Samples of the rest of the day: values by (name, queue or group, horizon)."""
    return {
        (s.name, s.labels.get("queue") or s.labels.get("group", ""), s.labels.get("horizon", "")): s
        for family in text_string_to_metric_families(render(lambda: made, PLAN).decode())
        for s in family.samples
        if s.name in {*NAMES, "cc_day_forecast_contacts_to_date", "cc_day_contacts_offered"}
    }


def test_what_is_to_come_is_the_forecast_at_the_rate_of_the_day_so_far():
    read = {of: sample.value for of, sample in told(busy_view()).items()}
    due = read["cc_day_forecast_contacts_to_date", "cards", ""]
    came = read["cc_day_contacts_offered", "cards", ""]
    (of_cards,) = (one for key, one in outlooks(busy_view(), PLAN).items() if key.queue == "cards")
    rate = of_cards.volume.damped
    assert rate < 1
    passed = 298 / 1800
    assert read["cc_interval_projected_contacts", "cards", ""] == pytest.approx(
        10 + 30 * (1 - passed) * rate
    )
    assert read["cc_day_projected_contacts", "cards", ""] == pytest.approx(
        came + (48 * 30 - due) * rate
    )
    for hours in (1, 2, 4):
        assert read["cc_projected_contacts", "cards", f"{hours}h"] == pytest.approx(30 * rate)
    assert read["cc_prediction_timestamp_seconds", "", ""] == AT_MS / 1000


def test_required_and_expected_staff_stand_beside_the_model_that_says_so():
    found = told(busy_view())
    model = found["cc_prediction_model_info", "cards", ""].labels
    assert (model["model"], model["patience"], model["concurrency"]) == (
        "erlang_a", "setting", "plan",
    )  # fmt: skip
    read = {of: sample.value for of, sample in found.items()}
    assert read["cc_queue_patience_seconds", "cards", ""] == 90
    assert read["cc_interval_queue_expected_staff", "cards", ""] == 5
    assert read["cc_interval_scheduled_staff", "card-desk", ""] == 6
    assert read["cc_interval_expected_staff", "card-desk", ""] == 5
    required = read["cc_interval_queue_required_staff", "cards", ""]
    for bound in ("low", "high"):  # nobody shares the desk: they are the same
        net = read[f"cc_interval_net_staff_{bound}", "card-desk", ""]
        assert net == pytest.approx(5 - required)


def test_a_silent_feed_predicts_nothing():
    silent = (SourceView("pbx", "bank", AT_MS - 600_000, AT_MS - 700_000, silent=True),)
    names = {name for name, _, _ in told(replace(busy_view(), sources=silent))} & NAMES
    assert names == {"cc_prediction_timestamp_seconds"}


def test_without_a_schedule_there_is_a_requirement_and_no_prediction():
    names = {name for name, _, _ in told(replace(busy_view(), scheduled={}))}
    assert "cc_interval_queue_required_staff" in names
    assert "cc_day_service_level_needed_ratio" in names
    assert not [name for name in names if "expected" in name or "net" in name or "low" in name]


def test_the_next_interval_has_its_people_and_the_next_levels_both_bounds():
    read = {of: sample.value for of, sample in told(busy_view()).items()}
    assert read["cc_next_interval_expected_staff", "card-desk", ""] == 5
    low, high = (
        read[f"cc_next_intervals_service_level_{bound}_ratio", "cards", ""]
        for bound in ("low", "high")
    )
    assert low == high < 1  # nobody shares the desk
