"""Metrics of the plan beside reality (definitions 6.2; observability 1.3, 1.9).

An interval is one of the plan's own. A queue or group without a plan has no samples: a missing
plan is unknown, never zero.
"""

from schemas.metrics_family import GROUP, QUEUE, Family


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Family:
    return Family(name, "gauge", labels, text)


HORIZONS_H = (1, 2, 4)
"""Hours ahead for which a forecast is exported now, to be drawn with `offset`."""
PLAN_FAMILIES: tuple[Family, ...] = (
    _gauge("cc_plan_version", QUEUE, "Official version of the queue's forecast of this day."),
    _gauge("cc_plan_published_timestamp_seconds", QUEUE, "When that version was published."),
    _gauge("cc_plan_newest_version", QUEUE, "Newest version; above the official one: an edit."),
    _gauge("cc_interval_forecast_contacts", QUEUE, "Forecast of the open interval, whole."),
    _gauge(
        "cc_interval_forecast_contacts_to_date",
        QUEUE,
        "The part of it that should have come by now.",
    ),
    _gauge("cc_interval_forecast_handle_seconds", QUEUE, "Handle time forecast for it, summed."),
    _gauge("cc_interval_volume_deviation_ratio", QUEUE, "M5 of volume: share of what was due."),
    _gauge(
        "cc_interval_volume_deviation_score", QUEUE, "M5 of volume in deviations of chance (z)."
    ),
    _gauge("cc_interval_aht_deviation_ratio", QUEUE, "M5 of AHT, on the basis of the forecast."),
    _gauge("cc_interval_aht_deviation_score", QUEUE, "M5 of AHT in deviations of chance (t)."),
    _gauge("cc_day_forecast_contacts", QUEUE, "Local day: forecast, whole."),
    _gauge("cc_day_forecast_contacts_to_date", QUEUE, "Local day: forecast up to now."),
    _gauge("cc_day_volume_deviation_ratio", QUEUE, "Local day so far: M5 of volume."),
    _gauge("cc_day_volume_deviation_score", QUEUE, "Local day so far: M5 of volume (z)."),
    _gauge(
        "cc_day_left_out_intervals",
        QUEUE,
        "Local day so far: intervals marked as one-offs, which the rest of the day does not learn from.",
    ),
    _gauge(
        "cc_interval_latency_deviation_ratio",
        QUEUE,
        "M5 of a bot's latency: responses within X, share of those promised.",
    ),
    _gauge("cc_interval_latency_deviation_score", QUEUE, "The same in deviations of chance (z)."),
    _gauge("cc_day_latency_deviation_ratio", QUEUE, "Local day so far: M5 of latency."),
    _gauge("cc_day_latency_deviation_score", QUEUE, "Local day so far: M5 of latency (z)."),
    _gauge(
        "cc_forecast_contacts",
        (*QUEUE, "horizon"),
        "Forecast of the interval that holds the moment this far ahead.",
    ),
    _gauge("cc_interval_required_staff", GROUP, "FTE that the plan requires in the open interval."),
    _gauge("cc_interval_available_staff", GROUP, "FTE available in it so far."),
    _gauge("cc_interval_staff_deviation_ratio", GROUP, "M5 of staff: share of what is required."),
)
