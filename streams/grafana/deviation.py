"""Deviation: forecast, actual, difference, and how much of it chance can explain."""

from streams.grafana.panel import QUEUE_VARIABLES, Board, Look, Panel, Query, of_queue
from streams.grafana.words import ACTUAL, FORECAST, VERDICT, Text

_SIGMA = Text("Deviations of chance", "偶然の標準偏差")
_SHARE = Text("Difference", "差")
_ABOVE, _BELOW = Text("▲ above", "▲ 上振れ"), Text("▼ below", "▼ 下振れ")
_BY_SCORE = Look(
    (
        (float("-inf"), "red", _BELOW),
        (-3, "orange", _BELOW),
        (-2, "green", Text("● as chance has it", "● 偶然の範囲")),
        (2, "orange", _ABOVE),
        (3, "red", _ABOVE),
    )
)


def _table(title: Text, says: Text, parts: tuple[str, str] | None, of: str, unit: str) -> Panel:
    score = of_queue(f"{of}_score")
    compared = (
        () if parts is None else (Query(parts[0], FORECAST, unit), Query(parts[1], ACTUAL, unit))
    )
    return Panel(
        "table",
        title,
        says,
        (
            *compared,
            Query(of_queue(f"{of}_ratio"), _SHARE, "percentunit"),
            Query(score, _SIGMA),
            Query(score, VERDICT, look=_BY_SCORE),
            Query(f"abs({score})", Text("Size", "大きさ")),
        ),
        worst=(Text("Size", "大きさ"), True),
        height=10,
    )


def deviation() -> Board:
    """Volume and handle time against the plan, most surprising first."""
    due, came = (
        of_queue("cc_day_forecast_contacts_to_date"),
        of_queue("cc_day_contacts_offered", "sum"),
    )
    handle = (
        f"{of_queue('cc_interval_forecast_handle_seconds')}"
        f" / ({of_queue('cc_interval_forecast_contacts')} > 0)"
    )
    return Board(
        "deviation",
        Text("Deviation", "計画との乖離"),
        Text(
            "What came against its forecast, most surprising first. Coloured from 2 deviations of chance on.",
            "予測との差を、偶然では説明しにくい順に表示。標準偏差2以上で着色。",
        ),
        (
            _table(
                Text("Volume, day so far", "件数(当日累計)"),
                Text(
                    "Contacts that came and should have come by now (M5).",
                    "現時点までの実績と予測(M5)。",
                ),
                (due, came),
                "cc_day_volume_deviation",
                "short",
            ),
            _table(
                Text("Volume, open interval", "件数(進行中の時間帯)"),
                Text("The same of the open interval, up to now.", "進行中の時間帯、現時点まで。"),
                (
                    of_queue("cc_interval_forecast_contacts_to_date"),
                    of_queue("cc_interval_contacts_offered", "sum"),
                ),
                "cc_interval_volume_deviation",
                "short",
            ),
            _table(
                Text("Handle time, open interval", "処理時間(進行中の時間帯)"),
                Text(
                    "Mean of what ended in it, beside the forecast; compared on the forecast's basis.",
                    "終了分の平均と予測。比較は予測の基準による。",
                ),
                (handle, of_queue("cc_interval_aht_seconds", "ratio")),
                "cc_interval_aht_deviation",
                "s",
            ),
            _table(
                Text("Bots' latency, day so far", "ボット応答(当日累計)"),
                Text(
                    "Responses within X: share of those promised (M5).",
                    "X以内の応答の割合、約束との差(M5)。",
                ),
                None,
                "cc_day_latency_deviation",
                "short",
            ),
        ),
        QUEUE_VARIABLES,
        since="now-1h",
    )
