"""The feed and the service itself: what came in, from whom, how current it is."""

from schemas.catalog import KPIS
from streams.exposition.sheet import Sheet
from streams.exposition.standing import Standing, standings
from streams.view import View


class Counters:
    """Event counters since this process began to export, which never step down.

    Those of the view are restored with the state: after a crash they stand below what was scraped
    last, and Prometheus would read the difference as new events (observability 1.2: 1004 for 9).
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], int] = {}
        self._local: dict[tuple[str, ...], int] = {}
        self._begun = False

    def take(self, view: View) -> dict[tuple[str, ...], int]:
        """Counts by (metric, *labels), all views so far taken together; the first gives zeros."""
        for name, count in _counted(view).items():
            grown = count - self._last.get(name, 0 if self._begun else count)
            self._local[name] = self._local.get(name, 0) + max(0, grown)
            self._last[name] = count
        self._begun = True
        return self._local


def _counted(view: View) -> dict[tuple[str, ...], int]:
    counts: dict[tuple[str, ...], int] = {
        ("cc_events_duplicate_total",): view.duplicates,
        ("cc_events_conflicting_total",): view.conflicts,
        ("cc_intervals_restated_total",): view.restated,
        ("cc_feed_holes_total",): view.holes,
        ("cc_event_unknown_fields_total",): view.unknown_fields,
    }
    counts |= {("cc_events_total", topic): count for topic, count in view.events.items()}
    for (topic, reason), count in view.rejected.items():
        counts["cc_events_rejected_total", topic, reason] = count
    return counts


def write_feed(sheet: Sheet, view: View, counters: Counters | None = None) -> None:
    """Event counters by topic, and the promise and state of every source."""
    counts = counters.take(view) if counters else _counted(view)
    for (name, *labels), count in sorted(counts.items()):
        sheet.add(name, tuple(labels), count)
    sheet.add("cc_visits_in_memory", (), view.visits)
    sheet.add("cc_recovery_active", (), int(not view.caught_up))
    for source in view.sources:
        of = (source.source, source.program)
        sheet.add("cc_feed_silence_limit_seconds", of, source.limit_ms / 1000)
        if source.last_event_ms >= 0:
            sheet.add("cc_feed_last_event_timestamp_seconds", of, source.last_event_ms / 1000)
        if source.watermark_ms >= 0:
            sheet.add("cc_feed_watermark_timestamp_seconds", of, source.watermark_ms / 1000)
    for of, standing in sorted(standings(view).items()):
        for state in Standing:
            sheet.add("cc_feed_state", (*of, state.value), int(state is standing))


def write_progress(sheet: Sheet, view: View) -> None:
    """How far the shards of a worker are behind their topics, and when each was last written."""
    for lag in view.lags:
        of = (lag.topic, str(lag.partition))
        sheet.add("cc_consumer_lag_records", of, lag.records)
        if lag.event_ms is not None and lag.event_ms >= 0:
            sheet.add("cc_consumer_event_lag_seconds", of, (view.at_ms - lag.event_ms) / 1000)
    for written in view.checkpoints:
        shard = (str(written.partition),)
        sheet.add("cc_checkpoint_timestamp_seconds", shard, written.begun_ms / 1000)
        sheet.add("cc_checkpoint_duration_seconds", shard, written.took_s)


def write_service(sheet: Sheet, version: str) -> None:
    """The version that runs and the formula of every KPI."""
    sheet.add("cc_build_info", (version,), 1)
    for kpi in KPIS.values():
        rule = (kpi.key, kpi.expression, str(kpi.definition_version))
        sheet.add("cc_kpi_definition_info", rule, 1)
