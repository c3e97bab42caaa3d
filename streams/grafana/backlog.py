"""Deferred work: what is open, due soon and overdue, how late it is, and whether promises are kept."""

from schemas.catalog import KPIS
from streams.grafana.panel import QUEUES, Board, Look, Panel, Query, Variable, of_queue
from streams.grafana.words import FAR, MET, MISSED, VERDICT, Text

_LATE = of_queue("cc_cases_average_time_late_seconds")
_LIMIT = of_queue("cc_queue_average_time_late_limit_seconds")
_D2 = KPIS["avg_time_late"]
_VARIABLES = (
    Variable("program", "cc_case_queue_open"),
    Variable("queue", "cc_case_queue_open", ("program",)),
    Variable("channel", "cc_case_queue_open", ("program", "queue")),
)
_GAP = f"1 - {_LATE} / {_LIMIT}"


def _named(key: str) -> Text:
    return Text(KPIS[key].title, KPIS[key].title_ja)


def _late_look() -> Look:
    """By the limits of the alert: half of what is allowed, all of it."""
    assert _D2.alert is not None
    return Look(
        (
            (float("-inf"), "red", FAR),
            (1 - _D2.alert.critical, "orange", MISSED),
            (1 - _D2.alert.warning, "green", MET),
        )
    )


def _now() -> Panel:
    return Panel(
        "table",
        Text("Backlog now: latest first", "現在の未処理: 遅延の大きい順"),
        Text(
            "Cases open, due soon and past due; mean lateness of these against what is allowed "
            "(the promised time, at most 24 h). Missed: over half of it, far off: over all of it.",
            "未処理・期限間近・期限超過の件数。平均遅延時間と上限(約束時間、最長24時間)。"
            "未達: 上限の半分超、大幅未達: 上限超。",
        ),
        (
            *(
                Query(of_queue(KPIS[key].metrics.now, "sum"), _named(key))
                for key in ("backlog", "due_soon", "overdue")
            ),
            Query(_LATE, _named("avg_time_late"), "s"),
            Query(_LIMIT, Text("Allowed", "上限"), "s"),
            Query(_GAP, VERDICT, "percentunit", _late_look()),
        ),
        worst=(_named("avg_time_late"), True),
        width=24,
        height=10,
    )


def _today() -> Panel:
    return Panel(
        "table",
        Text("Deferred work today", "本日の案件"),
        Text(
            "Local day so far. On time is of all that fell due, done or not.",
            "当日累計。納期率は完了・未完了を問わず期限到来分が母数。",
        ),
        (
            *(
                Query(of_queue(KPIS[key].metrics.day, "sum"), _named(key))
                for key in ("volume_cases_received", "volume_cases_due", "volume_cases_done")
            ),
            Query(of_queue("cc_day_on_time_ratio", "ratio"), _named("on_time"), "percentunit"),
        ),
        width=24,
    )


def _curve(key: str) -> Panel:
    kpi = KPIS[key]
    line = f"queue:{kpi.metrics.now}:sum{QUEUES}"
    return Panel(
        "lines",
        _named(key),
        Text(kpi.definition, f"{kpi.title_ja}。キュー別。"),
        (Query(line, _named(key), legend="{{queue}}"),),
    )


def _capacity() -> Panel:
    return Panel(
        "lines",
        Text("To be done soon, and what can be", "期限間近の必要量と処理可能量"),
        Text(
            "Overdue and due soon, beside what was done in the last two hours in so long a time, two "
            "deviations of chance added. Nothing where the day is younger than that.",
            "期限超過と期限間近の合計と、直近2時間の実績による処理可能量(標準偏差2を加算)。"
            "当日開始から2時間は表示なし。",
        ),
        (
            Query(
                f"queue:cc_cases_to_be_done_soon:sum{QUEUES}",
                Text("To be done", "必要"),
                legend="{{queue}}",
            ),
            Query(
                f"queue:cc_cases_can_be_done_soon:max{QUEUES}",
                Text("Can be done", "可能"),
                legend="{{queue}}",
            ),
        ),
    )


def backlog() -> Board:
    """Queues of cases at this moment and through the day."""
    return Board(
        "backlog",
        Text("Deferred work", "案件(後処理型)"),
        Text(
            "Backlog, due soon and overdue of every queue of cases, and the promises of the day.",
            "キュー別の未処理・期限間近・期限超過と、当日の納期。",
        ),
        (
            _now(),
            *(_curve(key) for key in ("backlog", "due_soon", "overdue")),
            _capacity(),
            _today(),
        ),
        _VARIABLES,
    )
