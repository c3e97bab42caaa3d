import http.client
import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.catalog import KPIS
from schemas.keys import BUCKET_MS
from schemas.metrics import FAMILIES, MEASURES
from schemas.metrics_ahead import AHEAD_FAMILIES
from schemas.metrics_plan import PLAN_FAMILIES
from schemas.targets import Plan
from streams.clock import ManualClock
from streams.exporter import Page, ViewCollector
from streams.exporter import render as rendered
from streams.health import Health
from streams.http import LOOPBACK, serve
from streams.view import SourceView
from tests.views import (
    AT_MS,
    BEFORE_MS,
    CARDS,
    LOANS,
    MIDNIGHT_MS,
    NINE_MS,
    SHOP,
    busy_view,
    key,
    live,
    view,
    with_work,
)

EXAMPLES = json.loads((Path(__file__).parent / "vectors/kpi_examples.json").read_text())
PLAN = Plan.model_validate(
    {
        "programs": {
            "bank": {"time_zone": "UTC", "client": "First Bank", "reforecast_prior": 10_000}
        },
        "queues": {
            "cards": {
                "program": "bank",
                "patience_s": 90,
                "occupancy_max": 0.9,
                "opening_hours": {"opens": "08:00", "closes": "18:00"},
                "targets": [
                    {
                        "thresholds_s": [20, 60],
                        "service_level": 0.8,
                        "asa_s": 25,
                        "abandonment": 0.05,
                    }
                ],
            },
            "loans": {"program": "bank", "opening_hours": {"days": ["sun"]}},
        },
        "groups": [{"program": "bank", "group": "card-desk", "serves": ["cards"]}],
    }
)


def render(view_source, plan=None, version=""):
    return rendered(ViewCollector(view_source, plan, version))


def samples(made, plan=PLAN):
    """Exported values by (name, site, queue); families without a queue by (name, "", "")."""
    text = render(lambda: made, plan, "0.1.0").decode()
    return {
        (s.name, s.labels.get("site", ""), s.labels.get("queue", "")): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def names_of(made, queue):
    return {name for name, _, of in samples(made) if of == queue.queue}


def test_every_declared_metric_is_exported_and_nothing_else():
    exported = {name for name, _, _ in samples(with_work(busy_view()))}
    assert exported | {"cc_export_render_seconds", "cc_export_errors_total"} == set(FAMILIES)


def test_every_metric_of_the_catalogue_is_among_the_families():
    declared = {name for d in (*KPIS.values(), *MEASURES) for name in d.metrics.names()}
    assert declared <= set(FAMILIES)


def test_samples_carry_the_labels_that_were_declared():
    text = render(busy_view, PLAN, "0.1.0").decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert set(sample.labels) == set(FAMILIES[sample.name].labels)


def test_open_interval_shows_sums_ratio_and_bounds():
    read = samples(busy_view())
    assert read["cc_interval_contacts_offered", "", "cards"] == 10
    assert read["cc_interval_service_level_ratio", "", "cards"] == 0.6
    assert read["cc_interval_service_level_low_ratio", "", "cards"] == 0.6
    assert read["cc_interval_service_level_high_ratio", "", "cards"] == 0.8
    assert read["cc_interval_asa_seconds", "", "cards"] == 10
    assert read["cc_interval_answer_wait_seconds", "", "cards"] == 70
    assert read["cc_interval_start_timestamp_seconds", "", ""] == NINE_MS / 1000
    assert read["cc_interval_elapsed_ratio", "", ""] == pytest.approx(1 / 3)


def test_handle_time_belongs_to_the_site_that_handled():
    read = samples(busy_view())
    assert read["cc_interval_aht_seconds", "north", "cards"] == 400
    assert read["cc_interval_handle_seconds", "north", "cards"] == 800
    assert ("cc_interval_contacts_handled", "", "cards") not in read


def test_chats_have_their_own_abandonment_and_response_time_and_calls_have_neither():
    read = samples(busy_view())
    assert read["cc_interval_chat_abandonment_ratio", "", "web"] == 0.25
    assert read["cc_last_interval_chats_abandoned", "", "web"] == 5
    assert read["cc_day_session_abandonment_ratio", "", "web"] == 0.2
    assert read["cc_interval_chat_response_seconds", "", "web"] == 15
    assert read["cc_day_offer_acceptance_ratio", "", "web"] == 0.4
    assert ("cc_interval_abandonment_ratio", "", "web") not in read
    assert read["cc_interval_abandonment_ratio", "", "cards"] == 0.1
    of_chat = {name for name, _, queue in read if queue == "cards" and "chat" in name}
    assert of_chat == set()


def test_live_gauges_read_as_in_the_worked_example():
    shown = EXAMPLES["live"]["now"]
    read = samples(busy_view())
    oldest_s = read["cc_contacts_oldest_waiting_timestamp_seconds", "", "cards"]
    assert read["cc_contacts_waiting", "", "cards"] == shown["waiting"]
    assert read["cc_contacts_in_progress", "", "cards"] == shown["in_progress"]
    assert read["cc_callbacks_pending", "", "cards"] == shown["callbacks_pending"]
    assert AT_MS / 1000 - oldest_s == shown["oldest_wait"]


def test_a_quiet_queue_counts_zero_and_has_no_ratio():
    read = samples(busy_view())
    assert read["cc_interval_contacts_offered", "", "loans"] == 0
    assert read["cc_contacts_waiting", "", "loans"] == 0
    ratios = {name for name, _, queue in read if queue == "loans" and name.endswith("_ratio")}
    assert ratios == set()
    assert ("cc_interval_asa_seconds", "", "loans") not in read
    assert ("cc_contacts_oldest_waiting_timestamp_seconds", "", "loans") not in read


def test_counters_start_at_zero_for_every_queue_of_the_view():
    read = samples(view())
    for family in FAMILIES.values():
        if family.kind == "counter" and "queue" in family.labels:
            assert read[family.name, "", "cards"] == 0
            assert read[family.name, "", "loans"] == 0


def test_handle_seconds_are_exported_in_seconds():
    assert samples(busy_view())["cc_contact_handle_seconds_total", "", "cards"] == 800


def test_a_silent_feed_hides_every_figure_it_feeds_and_says_so():
    silent = SourceView("pbx", "bank", AT_MS - 600_000, AT_MS - 600_000, silent=True)
    quiet = busy_view()
    states = "cc_feed_state"
    made = view(
        arrival={key: {"offered": 10} for key in quiet.arrival.keys},
        queues=(CARDS, SHOP),
        sources=(silent, live("shop")),
        watermarks={"bank": AT_MS - 600_000, "shop": AT_MS - 2_000},
    )
    assert names_of(made, CARDS) == {
        "cc_queue_info",
        "cc_queue_occupancy_max_ratio",
        "cc_queue_open",
        "cc_queue_service_level_target_ratio",
        "cc_queue_service_level_threshold_seconds",
        "cc_queue_asa_target_seconds",
        "cc_queue_abandonment_target_ratio",
    }
    assert "cc_interval_contacts_offered" in names_of(made, SHOP)
    text = render(lambda: made, PLAN).decode()
    assert f'{states}{{program="bank",source="pbx",state="silent"}} 1.0' in text
    assert f'{states}{{program="bank",source="pbx",state="live"}} 0.0' in text
    assert f'{states}{{program="shop",source="pbx",state="silent"}} 0.0' in text


def test_one_silent_source_of_two_makes_the_program_unknown():
    silent = SourceView("ivr", "bank", 0, 0, silent=True)
    made = view(sources=(live("bank"), silent))
    assert "cc_interval_contacts_offered" not in names_of(made, CARDS)


def test_a_program_nobody_has_spoken_of_is_missing_but_its_counters_stand_ready():
    made = view(queues=(CARDS, SHOP))
    assert "cc_contacts_offered_total" in names_of(made, SHOP)
    assert "cc_contacts_waiting" not in names_of(made, SHOP)
    text = render(lambda: made, PLAN).decode()
    assert 'cc_feed_state{program="shop",source="",state="missing"} 1.0' in text


def test_figures_wait_until_the_past_is_caught_up_with():
    made = view(caught_up=False)
    assert "cc_interval_contacts_offered" not in names_of(made, CARDS)
    assert samples(made)["cc_recovery_active", "", ""] == 1


def test_the_last_interval_is_the_newest_that_all_sources_have_passed():
    read = samples(busy_view())
    assert read["cc_last_interval_contacts_offered", "", "cards"] == 10
    assert read["cc_last_interval_start_timestamp_seconds", "", ""] == BEFORE_MS / 1000
    behind = view(
        arrival={key(CARDS, BEFORE_MS): {"offered": 10}},
        watermarks={"bank": NINE_MS - 1},
    )
    read = samples(behind)
    earlier_ms = BEFORE_MS - BUCKET_MS
    assert read["cc_last_interval_contacts_offered", "", "cards"] == 0
    assert read["cc_last_interval_start_timestamp_seconds", "", ""] == earlier_ms / 1000


def test_the_day_is_the_local_day_of_the_program():
    tokyo = Plan.model_validate({"programs": {"bank": {"time_zone": "Asia/Tokyo"}}})
    midnight_there_ms = MIDNIGHT_MS - 9 * 3_600_000
    made = view(
        day_arrival={
            key(CARDS, midnight_there_ms): {"offered": 5},
            key(CARDS, MIDNIGHT_MS): {"offered": 7},
        }
    )
    assert samples(made, tokyo)["cc_day_contacts_offered", "", "cards"] == 12
    assert samples(made, PLAN)["cc_day_contacts_offered", "", "cards"] == 7


def test_a_day_adds_up_over_the_parts_a_new_target_splits_it_into():
    next_midnight_ms = MIDNIGHT_MS + 86_400_000
    made = view(
        day_arrival={
            key(CARDS, MIDNIGHT_MS - BUCKET_MS): {"offered": 100},
            key(CARDS, MIDNIGHT_MS): {"offered": 5, "ans_in_T1": 1},
            key(CARDS, NINE_MS): {"offered": 7, "ans_in_T1": 5},
            key(CARDS, next_midnight_ms): {"offered": 1000},
        }
    )
    read = samples(made)
    assert read["cc_day_contacts_offered", "", "cards"] == 12
    assert read["cc_day_service_level_ratio", "", "cards"] == 0.5


def test_the_page_tells_its_own_time_and_how_old_a_promise_may_be():
    read = samples(view(sources=(live("bank")._replace(limit_ms=1_020_000),)))
    assert read["cc_view_timestamp_seconds", "", ""] == AT_MS / 1000
    assert read["cc_feed_silence_limit_seconds", "", ""] == 1020


def test_what_is_known_of_contacts_is_told_beside_what_was_heard_of():
    day = {"offered": 100, "outcome_unknown": 3, "orphan": 1}
    read = samples(view(day_arrival={key(CARDS, MIDNIGHT_MS): day}))
    assert read["cc_day_contacts_heard_of", "", "cards"] == 101
    assert read["cc_day_contacts_known", "", "cards"] == 97


def test_a_source_that_has_promised_nothing_has_no_moments_to_show():
    fresh = SourceView("pbx", "bank", -1, -1, silent=True)
    made = view(sources=(fresh,), watermarks={"bank": -1})
    names = {name for name, _, _ in samples(made)}
    assert "cc_feed_watermark_timestamp_seconds" not in names
    assert "cc_feed_last_event_timestamp_seconds" not in names
    assert "cc_last_interval_start_timestamp_seconds" not in names


def test_event_counters_are_those_of_this_process_and_never_step_down():
    def counted(page):
        families = text_string_to_metric_families(page.decode())
        return {s.name: s.value for f in families for s in f.samples}["cc_events_total"]

    views = iter([view(events={"acd": n}) for n in (1_000, 1_004, 990, 999)])
    clock = ManualClock(AT_MS)
    page = Page(lambda: next(views), clock, max_age_ms=0)
    assert [counted(page()) for _ in range(4)] == [0, 4, 4, 13]


def test_targets_and_opening_are_those_in_force():
    read = samples(view())
    assert read["cc_queue_service_level_target_ratio", "", "cards"] == 0.8
    assert read["cc_queue_service_level_threshold_seconds", "", "cards"] == 20
    assert read["cc_queue_asa_target_seconds", "", "cards"] == 25
    assert read["cc_queue_occupancy_max_ratio", "", "cards"] == 0.9
    assert read["cc_queue_open", "", "cards"] == 1
    assert read["cc_queue_open", "", "loans"] == 0
    assert ("cc_queue_asa_target_seconds", "", "loans") not in read


def test_a_queue_costs_a_bounded_number_of_series():
    """The cost of a series is in schemas/README.md."""
    read = samples(busy_view())
    of_plan = {family.name for family in PLAN_FAMILIES}
    of_rest = {family.name for family in AHEAD_FAMILIES}
    mine = [name for name, _, queue in read if queue == "cards"]
    assert len([name for name in mine if name not in of_plan | of_rest]) <= 55
    assert len([name for name in mine if name in of_plan]) <= 16
    # Three of them have three horizons.
    assert len([name for name in mine if name in of_rest]) + 3 * 2 <= 22


def test_text_is_escaped_where_names_are_unusual():
    odd = CARDS._replace(queue='say "hi"\\\n')
    text = render(lambda: view(queues=(odd,)), Plan()).decode()
    families = list(text_string_to_metric_families(text))
    queues = {s.labels["queue"] for f in families for s in f.samples if "queue" in s.labels}
    assert queues == {odd.queue}


def test_several_scrapers_share_one_rendering():
    clock = ManualClock(AT_MS)
    calls = []

    def source():
        calls.append(clock.now_ms())
        return busy_view()

    page = Page(source, clock, PLAN, max_age_ms=5_000)
    first = page()
    clock.set(AT_MS + 4_999)
    assert page() is first
    clock.set(AT_MS + 5_000)
    page()
    assert calls == [AT_MS, AT_MS + 5_000]


@pytest.mark.parametrize(("failing", "told"), [(KeyError, "ERROR"), (TimeoutError, "WARNING")])
def test_a_failed_rendering_is_counted_and_shows_no_stale_figure(failing, told, caplog):
    clock = ManualClock(AT_MS)
    views = iter([busy_view, failing, busy_view])

    def source():
        if (made := next(views)) is failing:
            raise failing
        return made()

    page = Page(source, clock, PLAN)
    assert b"cc_contacts_waiting{" in page()
    clock.set(AT_MS + 6_000)
    broken = page()
    assert b"cc_contacts_waiting" not in broken
    assert b"cc_export_errors_total 1.0" in broken
    assert [record.levelname for record in caplog.records] == [told]
    clock.set(AT_MS + 12_000)
    assert b"cc_contacts_waiting{" in page()


def get(server, path):
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), body


def test_metrics_and_probes_are_served_over_http():
    clock = ManualClock(AT_MS)
    health = Health(clock, silence_ms=30_000, awaits=("warm-up", "recovery"))
    with serve(
        LOOPBACK, 0, busy_view, health.ready, live=health.live, plan=PLAN, clock=clock
    ) as server:
        status, content_type, body = get(server, "/metrics")
        assert status == 200
        assert content_type.startswith("text/plain; version=")
        assert b'cc_contacts_waiting{channel="voice",program="bank",queue="cards"} 3.0' in body
        assert get(server, "/ready")[::2] == (503, b"waiting for warm-up, recovery\n")
        health.done("warm-up")
        health.done("recovery")
        assert get(server, "/ready")[::2] == (200, b"ok\n")
        assert get(server, "/live")[0] == 200
        clock.set(AT_MS + 30_001)
        assert get(server, "/live")[::2] == (503, b"no heartbeat for 30 s\n")
        health.beat()
        assert get(server, "/live")[0] == 200
        assert get(server, "/other")[0] == 404


def test_a_taken_port_is_refused_with_a_hint():
    server = serve(LOOPBACK, 0, busy_view, lambda: "")
    with pytest.raises(OSError, match=f"{server.port}.*hint: "):
        serve(LOOPBACK, server.port, busy_view, lambda: "")
    server.close()


def test_a_shutdown_makes_a_ready_service_unready():
    health = Health(ManualClock(), awaits=())
    assert health.ready() == ""
    health.await_again("shutdown")
    assert health.ready() == "waiting for shutdown"


def test_a_queue_that_leaves_the_view_leaves_the_page():
    assert "cc_contacts_waiting" in names_of(view(), LOANS)
    assert names_of(view(queues=(CARDS,)), LOANS) == set()
