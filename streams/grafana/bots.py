"""Bots and chat: technology's promises, containment, chat offers and how full people are."""

from schemas.catalog import KPIS
from streams.grafana.panel import PROGRAMS, QUEUE_VARIABLES, QUEUES, Board, Panel, Query, of_queue
from streams.grafana.targets import against_target, unit_of
from streams.grafana.words import Text


def _day(keys: tuple[str, ...]) -> tuple[Query, ...]:
    return tuple(
        Query(
            of_queue(KPIS[key].metrics.day, "sum" if key.startswith("volume") else "ratio"),
            Text(KPIS[key].title, KPIS[key].title_ja),
            unit_of(KPIS[key]),
        )
        for key in keys
    )


def _line(metric: str, name: Text, how: str = "max") -> Query:
    return Query(f"queue:{metric}:{how}{QUEUES}", name, legend="{{queue}}")


def _tables() -> tuple[Panel, ...]:
    bots = ("volume_conversations", "containment", "latency_in_x", "asr", "uptime", "availability")
    return (
        Panel(
            "table",
            Text("Bots and technology today", "本日のボットと技術"),
            Text(
                "Local day so far. Time not probed is no uptime and no outage.",
                "当日累計。未監視の時間は稼働にも停止にも数えない。",
            ),
            _day(bots),
            width=24,
        ),
        Panel(
            "table",
            Text("Chat today", "本日のチャット"),
            Text(
                "Local day so far, of chat and messaging queues.",
                "当日累計。チャットとメッセージングのキュー。",
            ),
            _day(("abandon_chat", "session_abandon", "chat_response", "offer_acceptance")),
            width=12,
            height=10,
        ),
        against_target(
            "abandon_chat", Text(KPIS["abandon_chat"].definition, KPIS["abandon_chat"].expression)
        ),
    )


def bots() -> Board:
    """What stands before people, and the chats that reach them."""
    usual = ("contained", "started")
    weeks = [f"queue:cc_bot_hour_conversations_{name}:sum4w{QUEUES}" for name in usual]
    return Board(
        "bots",
        Text("Bots and chat", "ボットとチャット"),
        Text(
            "Bots against their promises and themselves; chats, offers and how many people hold.",
            "ボットの約束と過去との比較。チャット、オファー、同時対応数。",
        ),
        (
            *_tables(),
            Panel(
                "lines",
                Text("Containment of the clock hour", "この1時間の自己完結率"),
                Text(
                    "Beside the same minute of the same weekday in the four weeks before.",
                    "過去4週の同曜日同時刻と比較。",
                ),
                (
                    _line("cc_bot_hour_containment_ratio", Text("Now", "現在")),
                    Query(
                        f"{weeks[0]} / ({weeks[1]} > 0)", Text("Usual", "通常"), legend="{{queue}}"
                    ),
                ),
                unit="percentunit",
            ),
            Panel(
                "lines",
                Text("Latency within X, open interval", "X以内の応答(進行中の時間帯)"),
                Text(
                    "Responses within what the technology promises.", "約束した時間内の応答の割合。"
                ),
                (_line("cc_interval_latency_in_x_ratio", Text("Within X", "X以内"), "ratio"),),
                unit="percentunit",
            ),
            Panel(
                "lines",
                Text("Conversations open", "進行中の会話"),
                Text("With bots, at this moment.", "現在ボットと進行中の会話。"),
                (_line("cc_bot_conversations_open", Text("Open", "進行中")),),
            ),
            Panel(
                "lines",
                Text("Slots for chats", "チャット枠"),
                Text(
                    "Chats held and slots open, by program.", "プログラム別の保有チャット数と枠数。"
                ),
                (
                    Query(
                        f"sum by (program) (group:cc_staff_chats:max{PROGRAMS})",
                        Text("Chats", "チャット"),
                        legend="{{program}}",
                    ),
                    Query(
                        f"sum by (program) (group:cc_staff_chat_slots:max{PROGRAMS})",
                        Text("Slots", "枠"),
                        legend="{{program}}",
                    ),
                ),
            ),
        ),
        QUEUE_VARIABLES,
    )
