"""Month to date: what certification is fed from, out of the ledger, and where the month is heading."""

from schemas.catalog import KPIS
from schemas.kpi import Kpi, Unit
from streams.grafana.panel import ALL_VARIABLES, Board, Field, Panel, Query, Recorded, of_queue
from streams.grafana.recorded import PROVENANCE, START
from streams.grafana.targets import TARGETS, gap_look, unit_of
from streams.grafana.words import LABELS, TARGET, VERDICT, Text


def _fields(kpis: list[Kpi]) -> tuple[Field, ...]:
    return tuple(Field(f"kpis.{k.key}", Text(k.title, k.title_ja), unit=unit_of(k)) for k in kpis)


def _of_queues() -> tuple[Field, ...]:
    level = KPIS["service_level"]
    return (
        Field("offered", LABELS["offered"]),
        Field("service_level", Text(level.title, level.title_ja), unit="percentunit"),
        Field("service_level_target", TARGET, unit="percentunit"),
        Field("service_level_gap", VERDICT, unit="percentunit", look=gap_look(level)),
        *_fields(
            [
                kpi
                for kpi in KPIS.values()
                if "month" in kpi.boards
                and not (kpi.per_group or kpi.of_technology or kpi.of_plan or kpi.program_wide)
                and not (kpi.each or kpi.live or kpi.unit is Unit.COUNT)
            ]
        ),
    )


def _recorded(title: Text, says: Text, asked: Recorded, first: Text = LABELS["start"]) -> Panel:
    return Panel("table", title, says, recorded=asked, worst=(first, True), width=24, height=9)


def month() -> Board:
    """Months and days as recorded, by program, queue and staffing group."""
    names = ("program", "queue", "group", "site")
    program, queue, group, site = (Field(name, LABELS[name], "string") for name in names)
    of_people = _fields([k for k in KPIS.values() if "month" in k.boards and k.per_group])
    how = Text("From the ledger, with state and revision.", "台帳の値。状態と改訂番号付き。")
    low, high = (f"cc_month_projected_service_level_{name}_ratio" for name in ("low", "high"))
    return Board(
        "month",
        Text("Month to date", "月次累計"),
        Text(
            "Sums of recorded intervals by local month and day; ratios are made of the sums.",
            "記録済み時間帯の月・日別合計。比率は合計から計算。",
        ),
        (
            _recorded(
                Text("Months by queue", "キュー別月次"),
                how,
                Recorded("month", (START, program, queue, *PROVENANCE, *_of_queues())),
            ),
            _recorded(
                Text("Months by staffing group", "グループ別月次"),
                how,
                Recorded("month", (START, program, group, site, *PROVENANCE, *of_people), "group"),
            ),
            _recorded(
                Text("Days by queue", "キュー別日次"),
                how,
                Recorded("day", (START, program, queue, *PROVENANCE, *_of_queues())),
            ),
            Panel(
                "table",
                Text("Where the month is heading", "月末の見込み"),
                Text(
                    "Service level of the month up to tonight, at worst and at best; a prediction.",
                    "本日終了時点の月間サービスレベル見込みの下限と上限。",
                ),
                (
                    Query(of_queue(low), Text("At worst", "下限"), "percentunit"),
                    Query(of_queue(high), Text("At best", "上限"), "percentunit"),
                    Query(of_queue(TARGETS["service_level"]), TARGET, "percentunit"),
                    Query(
                        f"{of_queue(low)} - {of_queue(TARGETS['service_level'])}",
                        VERDICT,
                        "percentunit",
                        gap_look(KPIS["service_level"]),
                    ),
                ),
                worst=(VERDICT, False),
                width=24,
            ),
        ),
        ALL_VARIABLES,
        since="now/M",
        until="now",
        refresh="5m",
    )
