"""Floor: the wall screen. Each figure beside its target, the worst queue first."""

from schemas.catalog import KPIS
from streams.grafana.panel import (
    BY_QUEUE,
    PROGRAMS,
    QUEUE_VARIABLES,
    QUEUES,
    Board,
    Look,
    Panel,
    Query,
    of_queue,
)
from streams.grafana.targets import POINTS, TARGETS, against_target
from streams.grafana.words import FAR, MET, MISSED, VERDICT, Text, same

_ANY = Look(((0, "green", None), (1, "red", None)))
_OVER_T = KPIS["oldest_wait"].alert
_WAITS = "queue:cc_contacts_oldest_wait_seconds:max"
_T = "queue:cc_queue_service_level_threshold_seconds:max"


_SILENT = 'max without (instance, job, pod) (cc_feed_state{state!="live",program=~"$program"}) == 1'


def _number(
    title: Text, says: Text, expr: str, unit: str = "short", look: Look | None = None
) -> Panel:
    return Panel(
        "stat", title, says, (Query(expr, title),), unit=unit, look=look, width=4, height=4
    )


def _known(
    title: Text, says: Text, expr: str, unit: str = "short", look: Look | None = None
) -> Panel:
    """A total over programs: unknown, not less, while the feed of one of them is silent."""
    silent = Text(
        f"{says.en} Unknown while a feed of the chosen programs is not live.",
        f"{says.ja}選択したプログラムのフィード停止中は不明。",
    )
    return _number(title, silent, f"({expr}) unless on () ({_SILENT})", unit, look)


def _counts() -> tuple[Panel, ...]:
    level = of_queue("cc_day_service_level_ratio", "ratio")
    target = of_queue(TARGETS["service_level"])
    firing = 'count(ALERTS{alertstate="firing",severity="critical",program=~"$program|"})'
    return (
        _known(
            Text("Contacts waiting", "待ち件数"),
            Text("All chosen queues together.", "選択したキューの合計。"),
            f"sum(queue:cc_contacts_waiting:sum{QUEUES})",
        ),
        _known(
            Text("Oldest wait", "最長待ち"),
            Text("Of whoever waits now.", "現在待っている中で最長。"),
            f"max({_WAITS}{QUEUES})",
            "s",
        ),
        _known(
            Text("People working", "稼働人数"),
            Text(
                "Available, ringing, handling or in after-call work.",
                "待機・呼出・対応・後処理中の人数。",
            ),
            f"sum(program:cc_staff_working:sum{PROGRAMS})",
        ),
        _known(
            Text("Queues below target today", "本日目標未達のキュー"),
            Text(
                "Service level of the day so far below the queue's own target.",
                "当日のサービスレベルが各キューの目標を下回る数。",
            ),
            f"count({level} < {target}) or 0 * count({target})",
            look=_ANY,
        ),
        _number(
            Text("Critical alerts", "重大アラート"),
            Text("Alerts of severity critical that fire now.", "発報中の重大アラート数。"),
            # Watchdog always fires: without it nobody knows that nothing else does.
            f'{firing} or 0 * count(ALERTS{{alertname="Watchdog"}})',
            look=_ANY,
        ),
        _number(
            Text("Feeds not live", "停止中のフィード"),
            Text(
                "Silent or missing: what they feed is unknown, not zero.",
                "無音または未受信。その数値はゼロではなく不明。",
            ),
            f'count({_SILENT}) or 0 * count(cc_feed_state{{state="live"}})',
            look=_ANY,
        ),
    )


def _waiting() -> Panel:
    assert _OVER_T is not None
    waits = f"max by ({BY_QUEUE}) ({_WAITS}{QUEUES})"
    limit = f"max by ({BY_QUEUE}) ({_T}{QUEUES})"
    steps = (
        (float("-inf"), "red", FAR),
        (1 - _OVER_T.critical, "orange", MISSED),
        (0.0, "green", MET),
    )
    return Panel(
        "table",
        Text("Waiting now: longest first", "待機中: 長い順"),
        Text(
            "Oldest wait beside T of the queue's service level; far off: over "
            f"{_OVER_T.critical:g} T.",
            f"最長待ちとサービスレベルのT。大幅未達: Tの{_OVER_T.critical:g}倍超。",
        ),
        (
            Query(of_queue("cc_contacts_waiting", "sum"), Text("Waiting", "待ち")),
            Query(waits, Text("Oldest wait", "最長待ち"), "s"),
            Query(limit, same("T"), "s"),
            Query(f"1 - {waits} / {limit}", VERDICT, "percentunit", Look(steps)),
        ),
        worst=(Text("Oldest wait", "最長待ち"), True),
        height=10,
    )


def floor() -> Board:
    """Day so far of every KPI of the floor that has a target, and who waits now."""
    kpis = [k for k in KPIS.values() if "floor" in k.boards and k.target and k.metrics.day]
    return Board(
        "floor",
        Text("Floor", "フロア"),
        Text(
            "Each figure beside its target, worst queue first. Without a target a figure is not here.",
            "各数値を目標と並べ、悪いキューから表示。目標のない数値は表示しない。",
        ),
        (
            *_counts(),
            _waiting(),
            *(
                against_target(
                    kpi.key,
                    Text(
                        f"{kpi.definition} Local day so far; far off: "
                        + (
                            f"{-POINTS:.0%} points below."
                            if kpi.key == "service_level"
                            else "by the limits of its alert, else twice the target."
                        ),
                        f"{kpi.expression}。当日累計。",
                    ),
                )
                for kpi in kpis
            ),
        ),
        QUEUE_VARIABLES,
        since="now-1h",
        refresh="5s",
    )
