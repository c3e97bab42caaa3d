"""Intraday queue: one queue against its plan, what is left of the day, and what was recorded."""

from schemas.catalog import KPIS
from schemas.metrics_plan import HORIZONS_H
from streams.grafana.panel import (
    ONE_QUEUE_VARIABLES,
    QUEUES,
    Board,
    Field,
    Look,
    Panel,
    Query,
    Recorded,
    of_queue,
)
from streams.grafana.recorded import PROVENANCE, START
from streams.grafana.targets import TARGETS, gap, gap_look, unit_of
from streams.grafana.words import (
    ACTUAL,
    FORECAST,
    LABELS,
    PROJECTED,
    TARGET,
    VERDICT,
    Text,
)

_SHORT = Look(((float("-inf"), "green", None), (0.95, "orange", None), (1.0, "red", None)))
_AHEAD = HORIZONS_H[-1]


def _line(metric: str, name: Text, how: str = "max") -> Query:
    return Query(f"queue:{metric}:{how}{QUEUES}", name)


def _number(title: Text, says: Text, expr: str, unit: str, look: Look | None = None) -> Panel:
    query = Query(expr, title)
    return Panel("stat", title, says, (query,), unit=unit, look=look, width=4, height=4)


def _numbers() -> tuple[Panel, ...]:
    kpi = KPIS["service_level"]
    level = of_queue("cc_interval_service_level_ratio", "ratio")
    return (
        _number(
            Text("This interval against target", "この時間帯の目標比"),
            Text(
                "Gap of the open interval's service level to the queue's target.",
                "進行中の時間帯のサービスレベルと目標の差。",
            ),
            gap(kpi, level),
            "percentunit",
            gap_look(kpi),
        ),
        _number(
            Text("Needed for the rest of the day", "残り時間に必要な水準"),
            Text(
                "Service level from now on that reaches the day's target; over 100 %: out of reach.",
                "目標達成に今後必要なサービスレベル。100%超は到達不能。",
            ),
            of_queue("cc_day_service_level_needed_ratio"),
            "percentunit",
            _SHORT,
        ),
        _number(
            Text("Day's end, at worst", "終了時(悪い場合)"),
            Text(
                "Projected service level of the day: lower bound.",
                "当日のサービスレベル見込みの下限。",
            ),
            of_queue("cc_day_projected_service_level_low_ratio"),
            "percentunit",
        ),
        _number(
            Text("Day's end, at best", "終了時(良い場合)"),
            Text(
                "Projected service level of the day: upper bound.",
                "当日のサービスレベル見込みの上限。",
            ),
            of_queue("cc_day_projected_service_level_high_ratio"),
            "percentunit",
        ),
        _number(
            Text("Waiting", "待ち"),
            Text("Contacts that wait now.", "現在待っている件数。"),
            of_queue("cc_contacts_waiting", "sum"),
            "short",
        ),
        _number(
            Text("Oldest wait", "最長待ち"),
            Text("Of whoever waits now.", "現在待っている中で最長。"),
            of_queue("cc_contacts_oldest_wait_seconds"),
            "s",
        ),
    )


def _curves() -> tuple[Panel, ...]:
    ahead = f'{QUEUES[:-1]},horizon="{_AHEAD}h"}} offset {_AHEAD}h'
    return (
        Panel(
            "lines",
            Text("Contacts of the day", "当日の件数"),
            Text(
                "Came, and what should have come by now; the area between them is the deviation.",
                "実績と現時点までの予測。間の面積が乖離。",
            ),
            (
                _line("cc_day_contacts_offered", ACTUAL, "sum")._replace(fill_to=FORECAST),
                _line("cc_day_forecast_contacts_to_date", FORECAST),
                _line("cc_day_projected_contacts", PROJECTED),
            ),
        ),
        Panel(
            "lines",
            Text("Contacts of an interval, ahead too", "時間帯別件数(先の予測含む)"),
            Text(
                f"Drawn {_AHEAD} hours beyond now: what was told {_AHEAD} hours before each moment.",
                f"現在より{_AHEAD}時間先まで表示。各時点の{_AHEAD}時間前の予測。",
            ),
            (
                _line("cc_last_interval_contacts_offered", ACTUAL, "sum"),
                Query(f"queue:cc_forecast_contacts:max{ahead}", FORECAST),
                Query(f"queue:cc_projected_contacts:max{ahead}", PROJECTED),
            ),
        ),
        Panel(
            "lines",
            Text("Service level", "サービスレベル"),
            Text(
                "Of 30 minutes, of the last closed interval (provisional) and the day, beside the target.",
                "30分間・直近の確定前時間帯・当日累計と目標。",
            ),
            (
                _line(
                    "cc_contacts_answered_in_target_per_contacts_offered",
                    Text("30 min", "30分"),
                    "ratio_increase30m",
                ),
                _line(
                    "cc_last_interval_service_level_ratio",
                    Text("Last interval", "直近の時間帯"),
                    "ratio",
                ),
                _line("cc_day_service_level_ratio", Text("Day", "当日"), "ratio"),
                _line(TARGETS["service_level"], TARGET),
            ),
            unit="percentunit",
        ),
        Panel(
            "lines",
            Text("Average handle time", "平均処理時間"),
            Text("Open interval and the forecast of it.", "進行中の時間帯と予測。"),
            (
                _line("cc_interval_aht_seconds", ACTUAL, "ratio"),
                Query(
                    f"queue:cc_interval_forecast_handle_seconds:max{QUEUES}"
                    f" / (queue:cc_interval_forecast_contacts:max{QUEUES} > 0)",
                    FORECAST,
                ),
            ),
            unit="s",
        ),
    )


def recorded_queues(height: int = 12) -> Panel:
    """Half-hours from the ledger: what certification reads, not what was scraped meanwhile."""
    level, asa, abandon = (KPIS[key] for key in ("service_level", "asa", "abandon_voice"))
    return Panel(
        "table",
        Text("Recorded half-hours", "記録済みの30分値"),
        Text(
            "From the ledger, with state and revision. FINAL changes only by a RESTATED revision.",
            "台帳の値。状態と改訂番号付き。FINALはRESTATEDでのみ変わる。",
        ),
        recorded=Recorded(
            "interval",
            (
                START,
                Field("program", LABELS["program"], "string"),
                Field("queue", LABELS["queue"], "string"),
                *PROVENANCE,
                Field("offered", LABELS["offered"]),
                Field("service_level", Text(level.title, level.title_ja), unit="percentunit"),
                Field("service_level_target", TARGET, unit="percentunit"),
                Field("service_level_gap", VERDICT, unit="percentunit", look=gap_look(level)),
                *(
                    Field(f"kpis.{k.key}", Text(k.title, k.title_ja), unit=unit_of(k))
                    for k in (asa, abandon, KPIS["aht"])
                ),
            ),
        ),
        worst=(LABELS["start"], True),
        width=24,
        height=height,
    )


def intraday() -> Board:
    """One queue through the day."""
    return Board(
        "intraday",
        Text("Intraday queue", "日中のキュー"),
        Text(
            "One queue against its plan: today so far, the rest of the day, what was recorded.",
            "キューごとの計画比。現時点まで、残り時間、記録済みの値。",
        ),
        (*_numbers(), *_curves(), recorded_queues()),
        ONE_QUEUE_VARIABLES,
        until=f"now+{_AHEAD}h",
    )
