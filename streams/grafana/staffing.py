"""Staffing and attainment: required, scheduled, expected and there; who kept to the schedule."""

from schemas.catalog import KPIS
from schemas.kpi import Kpi
from streams.grafana.intraday import recorded_queues
from streams.grafana.panel import (
    ALL_VARIABLES,
    GROUP_VARIABLES,
    GROUPS,
    Board,
    Field,
    Look,
    Panel,
    Query,
    Recorded,
    of_group,
)
from streams.grafana.recorded import PROVENANCE, START
from streams.grafana.targets import gap_look, unit_of
from streams.grafana.words import (
    ACTUAL,
    EXPECTED,
    LABELS,
    REQUIRED,
    SCHEDULED,
    THERE,
    VERDICT,
    Text,
)

_SHORT = Text("▼ short", "▼ 不足")
_ENOUGH = Text("▲ enough", "▲ 充足")
_NET = Look(((float("-inf"), "red", _SHORT), (0, "green", _ENOUGH)))
_GROUP = "{{group}} {{site}}"


def _line(metric: str, how: str, name: Text, more: str = "") -> Query:
    return Query(f"group:{metric}:{how}{GROUPS[:-1]}{more}}}", name, legend=_GROUP)


def _limits(kpi: Kpi) -> Look | None:
    """Colours by the limits of the KPI's alert, with words."""
    if not kpi.alert or kpi.alert.compares not in ("below", "above"):
        return None
    warned, bad = Text("▼ warning", "▼ 警告"), Text("▼▼ critical", "▼▼ 重大")
    limits = kpi.alert
    if limits.compares == "below":
        steps = ((float("-inf"), "red", bad), (limits.critical, "orange", warned))
        return Look((*steps, (limits.warning, "green", Text("▲ within", "▲ 範囲内"))))
    return Look(
        (
            (float("-inf"), "green", Text("▲ within", "▲ 範囲内")),
            (limits.warning, "orange", Text("▲ warning", "▲ 警告")),
            (limits.critical, "red", Text("▲▲ critical", "▲▲ 重大")),
        )
    )


def _of_people() -> Panel:
    """Every KPI of people that is exported for the day, and the verdict of those with limits."""
    queries = []
    for kpi in KPIS.values():
        if kpi.per_group and "staffing" in kpi.boards and kpi.metrics.day:
            title = Text(kpi.title, kpi.title_ja)
            value = _from_zero(kpi, of_group(kpi.metrics.day, "ratio"))
            queries.append(Query(value, title, unit_of(kpi)))
            if look := _limits(kpi):
                judged = Text(f"{kpi.title}: {VERDICT.en.lower()}", f"{kpi.title_ja}: 判定")
                queries.append(Query(value, judged, unit_of(kpi), look))
    return Panel(
        "table",
        Text("People today", "本日の要員"),
        Text(
            "Local day so far, by staffing group; judged by the limits of the alerts.",
            "当日累計、グループ別。判定はアラートの限度による。",
        ),
        tuple(queries),
        width=24,
        height=10,
    )


def _from_zero(kpi: Kpi, expr: str) -> str:
    """Attainment off by more than was asked is below 0: shown as 0, as on the board (definitions 6.1)."""
    return f"clamp_min({expr}, 0)" if kpi.key == "attainment_dev" else expr


def _curves() -> tuple[Panel, ...]:
    attention = Text("People to look at", "要注意の人数")
    net = Text("Net staff", "過不足")
    return (
        Panel(
            "lines",
            Text("Required, scheduled, expected, there", "必要・予定・見込み・在席"),
            Text("FTE of the open interval.", "進行中の時間帯のFTE。"),
            (
                _line("cc_interval_required_staff", "sum", REQUIRED),
                _line("cc_interval_scheduled_staff", "max", SCHEDULED),
                _line("cc_interval_expected_staff", "max", EXPECTED),
                _line("cc_interval_available_staff", "sum", THERE),
            ),
        ),
        Panel(
            "bars",
            net,
            Text(
                "Expected less required: if every queue were alone, and if all were one.",
                "見込みから必要を引いた値。キュー個別の場合と統合の場合。",
            ),
            (
                _line("cc_interval_net_staff_low", "max", Text("At worst", "下限")),
                _line("cc_interval_net_staff_high", "max", Text("At best", "上限")),
            ),
        ),
        Panel(
            "lines",
            Text("People by state", "状態別人数"),
            Text(
                "People of the chosen groups; unknown: over 16 hours without another event.",
                "選択グループの人数。不明: 16時間以上更新なし。",
            ),
            (
                Query(
                    f"sum by (state) (group:cc_staff:max{GROUPS})",
                    Text("", ""),
                    legend="{{state}}",
                ),
            ),
        ),
        Panel(
            "table",
            attention,
            Text(
                "Out of schedule, not shown up, stuck in ringing or after-call work; nobody is named.",
                "予定外・未出勤・呼出や後処理の滞留。個人名は表示しない。",
            ),
            (
                Query(
                    f"max by (site, program, group, found) (group:cc_staff_attention:max{GROUPS} > 0)",
                    attention,
                ),
            ),
            worst=(attention, True),
        ),
    )


def _net() -> Panel:
    there, needed = (of_group(f"cc_interval_{name}_staff") for name in ("available", "required"))
    gap = f"{there} - {needed}"
    return Panel(
        "table",
        Text("Staff now against required: shortest first", "必要数との差: 不足順"),
        Text(
            "Available FTE of the open interval less required.",
            "進行中の時間帯の在席FTEから必要FTEを引いた値。",
        ),
        (
            Query(there, THERE),
            Query(needed, REQUIRED),
            Query(gap, Text("Net staff", "過不足")),
            Query(gap, VERDICT, look=_NET),
        ),
        worst=(Text("Net staff", "過不足"), False),
        width=24,
    )


def staffing() -> Board:
    """People of groups and sites, never by name."""
    return Board(
        "staffing",
        Text("Staffing", "要員"),
        Text(
            "Who is there against who is required and scheduled, by staffing group.",
            "グループ別の在席・必要・予定。",
        ),
        (_net(), *_curves(), _of_people()),
        GROUP_VARIABLES,
    )


def _history() -> Panel:
    level = KPIS["service_level"]
    return Panel(
        "history",
        Text("Service level against target, by half-hour", "30分ごとのサービスレベル目標比"),
        Text(
            "From the ledger: queue by half-hour, coloured by the gap to the queue's own target.",
            "台帳の値。キュー×30分、各キューの目標との差で色分け。",
        ),
        unit="percentunit",
        look=gap_look(level),
        recorded=Recorded(
            "interval",
            (START, Field("queue", LABELS["queue"], "string"), Field("service_level_gap", VERDICT)),
        ),
        width=24,
        height=10,
    )


def attainment() -> Board:
    """Which queues kept their promise in which half-hour, and which groups had their people."""
    available, requested = (KPIS[f"{name}_fte"] for name in ("available", "requested"))
    line = _line(KPIS["attainment_dev"].metrics.day, "ratio", ACTUAL)
    attained = line._replace(expr=_from_zero(KPIS["attainment_dev"], line.expr))
    return Board(
        "attainment",
        Text("Attainment", "達成状況"),
        Text(
            "Closed half-hours from the ledger, with state and revision.",
            "台帳にある30分ごとの確定値。状態と改訂番号付き。",
        ),
        (
            _history(),
            recorded_queues(10),
            Panel(
                "lines",
                Text("Schedule attainment of the day", "当日のスケジュール達成率"),
                Text(KPIS["attainment_dev"].definition, KPIS["attainment_dev"].expression),
                (attained,),
                unit="percentunit",
                width=10,
            ),
            Panel(
                "table",
                Text("Recorded FTE by half-hour", "30分ごとの記録済みFTE"),
                Text(
                    "From the ledger: available and requested FTE of each group and site.",
                    "台帳の値。グループ・拠点別の在席と要求FTE。",
                ),
                recorded=Recorded(
                    "interval",
                    (
                        START,
                        *(
                            Field(name, LABELS[name], "string")
                            for name in ("program", "group", "site")
                        ),
                        *PROVENANCE,
                        *(
                            Field(f"kpis.{k.key}", Text(k.title, k.title_ja))
                            for k in (available, requested)
                        ),
                    ),
                    level="group",
                ),
                worst=(LABELS["start"], True),
                width=14,
            ),
        ),
        ALL_VARIABLES,
        since="now/d",
        refresh="1m",
    )
