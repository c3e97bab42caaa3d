"""What alerts say: the value, its direction and what it is held against, as a person would write it."""

import pytest

from tests.rules.said import said

pytestmark = pytest.mark.needs_promtool
QUEUE = 'program="shop",queue="sales",channel="voice"'
GROUP = 'site="oslo",program="shop",group="desk"'
MINUTES = 70


def held(value):
    return f"{value}x{MINUTES}"


def summaries(alert, severity, series):
    """What the alert tells at the end, in English and Japanese."""
    told = said(alert, 60, [(series, (MINUTES - 5) * 60)])
    return [(one.en, one.ja) for one in told if one.severity == severity]


def open_queue():
    return {f"cc_queue_open{{{QUEUE}}}": held(1)}


@pytest.mark.parametrize(
    ("ratio", "score", "told"),
    [(0.25, 4, "+25%"), (-0.25, -4, "-25%")],
)
def test_volume_off_its_forecast_says_in_which_direction(ratio, score, told):
    series = open_queue() | {
        f"cc_day_volume_deviation_ratio{{{QUEUE}}}": held(ratio),
        f"cc_day_volume_deviation_score{{{QUEUE}}}": held(score),
        f"cc_day_forecast_contacts_to_date{{{QUEUE}}}": held(100),
    }
    found = summaries("VolumeDeviation", "critical", series)
    english = f"sales: volume of the day is {told} against its forecast"
    assert found == [(english, f"sales: 本日の着信件数は予測比{told}")]


def test_a_wait_that_is_too_long_says_what_was_promised():
    series = open_queue() | {
        f"cc_contacts_oldest_waiting_timestamp_seconds{{{QUEUE}}}": held(-200),
        f"cc_queue_service_level_threshold_seconds{{{QUEUE}}}": held(20),
        f"cc_contacts_waiting{{{QUEUE}}}": held(3),
        "cc_view_timestamp_seconds": held(0),
    }
    found = summaries("OldestWaitHigh", "critical", series)
    english = "sales: somebody has waited 3m 20s, over 6 times the 20s promised"
    assert found == [(english, "sales: 最長待ち時間3分20秒(目標時間20秒の6倍超)")]


def test_a_group_that_is_short_says_of_how_many_with_one_decimal():
    series = {
        f"cc_interval_available_staff{{{GROUP}}}": held(8),
        f"cc_interval_required_staff{{{GROUP}}}": held(12.345),
    }
    found = summaries("StaffShort", "critical", series)
    english = "desk (oslo): 4.3 FTE fewer than the 12.3 required"
    assert found == [(english, "desk(oslo): 必要人員12.3 FTEに対し4.3 FTE不足")]


def test_a_queue_whose_target_is_not_told_says_that_it_is_unknown_in_both_languages():
    series = open_queue() | {
        f"cc_contacts_offered_total{{{QUEUE}}}": f"0+10x{MINUTES}",
        f"cc_contacts_answered_in_target_total{{{QUEUE}}}": held(0),
        f"cc_queue_service_level_target_ratio{{{QUEUE}}}": f"0.8x{MINUTES - 6} stale",
    }
    ((english, japanese),) = summaries("ServiceLevelBurning", "critical", series)
    assert english.endswith("target unknown")
    assert japanese == "sales: 直近30分の着信の100%が目標時間内に応答できず(サービスレベル目標不明)"
