"""Metrics of the rest of the day: what is still to come, required, expected (definitions 6.2, 6.3).

All of them are predictions, of the moment that `cc_prediction_timestamp_seconds` says, by the model
that `cc_prediction_model_info` names. A queue whose people are shared lies between two of them, `low`
and `high`. What is unknown has no sample.
"""

from schemas.metrics_family import GROUP, QUEUE, Family


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Family:
    return Family(name, "gauge", labels, text)


LOOK_AHEAD, LEAST_CONTACTS = 4, 20.0
"""Intervals after the open one among which the worst is looked for, of those with so many contacts."""
AHEAD_FAMILIES: tuple[Family, ...] = (
    _gauge("cc_prediction_timestamp_seconds", (), "When the rest of the day was worked out."),
    Family(
        "cc_prediction_model_info",
        "info",
        (*QUEUE, "model", "patience", "concurrency"),
        "What predicts the queue, and where patience and concurrency are from.",
    ),
    _gauge("cc_queue_patience_seconds", QUEUE, "Mean patience that the model goes by."),
    _gauge("cc_interval_projected_contacts", QUEUE, "Open interval as it is going to end."),
    _gauge("cc_interval_queue_required_staff", QUEUE, "FTE for what is left of it, unloaded."),
    _gauge("cc_interval_queue_expected_staff", QUEUE, "FTE expected for the queue in it."),
    _gauge("cc_day_projected_contacts", QUEUE, "Local day as it is going to end."),
    _gauge(
        "cc_day_service_level_needed_ratio",
        QUEUE,
        "Level of the rest of the local day that reaches the target; above 1: out of reach.",
    ),
    _gauge("cc_day_projected_service_level_low_ratio", QUEUE, "Local day at its end, at worst."),
    _gauge("cc_day_projected_service_level_high_ratio", QUEUE, "Local day at its end, at best."),
    _gauge(
        "cc_month_projected_service_level_low_ratio",
        QUEUE,
        "Local month up to tonight, at worst; no sample where a day of it is not known.",
    ),
    _gauge(
        "cc_month_projected_service_level_high_ratio",
        QUEUE,
        "Local month up to tonight, at best.",
    ),
    _gauge(
        "cc_next_intervals_service_level_low_ratio",
        QUEUE,
        "Least level, at worst, of the open and the next four intervals with 20 contacts or more.",
    ),
    _gauge(
        "cc_next_intervals_service_level_high_ratio",
        QUEUE,
        "The least of these levels at best: below it one is expected whatever the routing.",
    ),
    _gauge(
        "cc_projected_contacts",
        (*QUEUE, "horizon"),
        "As cc_forecast_contacts, at the rate of the day so far.",
    ),
    _gauge(
        "cc_projected_required_staff",
        (*QUEUE, "horizon"),
        "FTE required of that interval, of the queue alone, unloaded.",
    ),
    _gauge(
        "cc_projected_service_level_low_ratio",
        (*QUEUE, "horizon"),
        "Level of that interval with the staff scheduled, at worst.",
    ),
    _gauge("cc_interval_scheduled_staff", GROUP, "FTE scheduled in what is left of the interval."),
    _gauge("cc_interval_expected_staff", GROUP, "Of these, FTE expected to be there for contacts."),
    _gauge("cc_interval_net_staff_low", GROUP, "Expected less required if every queue were alone."),
    _gauge("cc_interval_net_staff_high", GROUP, "Expected less required if all queues were one."),
    _gauge("cc_next_interval_expected_staff", GROUP, "FTE expected in the next interval."),
    _gauge("cc_next_interval_net_staff_low", GROUP, "Net staff of the next interval."),
    _gauge("cc_next_interval_net_staff_high", GROUP, "The same at best."),
)
