"""What the board says, in English and Japanese, and how it writes numbers."""

from typing import Literal

from streams.kpis import Value

Language = Literal["en", "ja"]
UNKNOWN = "--"
"""The feed is silent: there is a number, but nobody knows it."""
NO_TRAFFIC = ""
"""No contact: there is no ratio, and none is shown. 0 is written as 0."""

_WORDS: dict[str, tuple[str, str]] = {
    "queue": ("Queue", "キュー"),
    "program": ("Program", "プログラム"),
    "network": ("Network", "全体"),
    "waiting": ("Waiting", "待ち呼"),
    "oldest": ("Oldest", "最長待ち"),
    "level": ("Service level today", "サービスレベル(本日)"),
    "level_short": ("SL today", "SL(本日)"),
    "bounds": ("Interval", "現区間"),
    "offered": ("Offered", "着信"),
    "answered": ("Answered", "応答"),
    "abandoned": ("Aband.", "放棄率"),
    "asa": ("ASA", "ASA"),
    "history": ("Last 2 h", "直近2時間"),
    "met": ("met", "達成"),
    "missed": ("below", "未達"),
    "no_traffic": ("no traffic", "着信なし"),
    "no_target": ("no target", "目標なし"),
    "unknown": ("unknown", "不明"),
    "group": ("Staff group", "要員グループ"),
    "there": ("There", "在席"),
    "requested": ("Asked", "要求"),
    "gap": ("Gap", "過不足"),
    "available": ("Avail.", "待機"),
    "busy": ("Busy", "対応中"),
    "aux": ("Aux", "離席"),
    "out": ("Out (net)", "予定外(純)"),
    "occupancy": ("Occup.", "占有率"),
    "adherence": ("Adher.", "遵守率"),
    "attained": ("Attained", "達成率"),
    "longest_state": ("Longest", "最長状態"),
    "ringing": ("ringing", "呼出中"),
    "handling": ("handling", "対応中"),
    "acw": ("after-call", "後処理"),
    "chat_group": ("Chat group", "チャット要員"),
    "chats": ("Chats", "チャット"),
    "slots": ("Slots", "枠"),
    "slot_load": ("Load", "使用率"),
    "concurrency": ("Concurr.", "同時対応"),
    "bot": ("Bot, this hour", "ボット(今時)"),
    "open": ("Open", "進行中"),
    "longest": ("Longest", "最長"),
    "started": ("Started", "開始"),
    "containment": ("Contained", "自律処理率"),
    "handed_off": ("Handed off", "引き継ぎ"),
    "deferred": ("Deferred work", "案件"),
    "cases_open": ("Open", "未処理"),
    "due_soon": ("Due soon", "期限間近"),
    "overdue": ("Overdue", "期限超過"),
    "longest_late": ("Longest late", "最長遅延"),
    "mean_late": ("Mean late", "平均遅延"),
    "on_time": ("On time today", "納期率(本日)"),
    "campaign": ("Campaign", "キャンペーン"),
    "behind_days": ("Days behind", "未処理(日)"),
    "behind_plan": ("Behind", "遅れ件数"),
    "on_list": ("On list", "リスト残"),
    "never_dialled": ("Not dialled", "未発信"),
    "rpc_today": ("RPC today", "RPC率(本日)"),
    "dials": ("Dialled", "発信"),
    "lost": ("Lost by dialer", "ダイアラー放棄"),
    "planned_queue": ("Against the plan", "計画比"),
    "due": ("Due", "予定"),
    "came": ("Came", "実績"),
    "deviation": ("Deviation", "乖離"),
    "rest": ("Rest of day", "残り予測"),
    "day_end": ("Day now", "着地見込"),
    "forecast": ("Forecast", "予測"),
    "left_out": ("left out of the rest of the day", "残り予測の対象外"),
    "required": ("Required", "必要"),
    "expected": ("Expected", "見込"),
    "level_end": ("SL at end", "SL着地"),
    "level_needed": ("SL needed", "必要SL"),
    "scheduled": ("Sched.", "予定"),
    "net": ("Net", "過不足見込"),
    "no_plan": ("queues without a plan of today", "キューは本日の計画なし"),
    "out_of_schedule": ("out of schedule", "予定外"),
    "no_show": ("not shown up", "未出勤"),
    "stuck_ringing": ("ringing too long", "呼出超過"),
    "stuck_acw": ("after-call work too long", "後処理超過"),
    "busy_overrun": ("past the break with a contact", "対応超過"),
    "feed": ("Feed", "データ源"),
    "live": ("live", "正常"),
    "silent": ("silent", "途絶"),
    "missing": ("missing", "未受信"),
    "behind": ("behind", "遅れ"),
    "last_event": ("last event", "最終イベント"),
    "never": ("never", "なし"),
    "nothing_yet": ("No queue yet: waiting for the first event.", "最初のイベントを待っています。"),
    "catching_up": (
        "catching up with the past: figures are unknown",
        "過去データの処理中: 値は不明",
    ),
    "no_room": ("No room here, but on the page:", "画面外(ページで表示):"),
    "more": ("more", "件を省略"),
    "over": ("! beyond target, or waiting over 3 T", "! 目標超過・待ち3T超"),
    "mixed": ("* each queue within its own T", "* 各キューのT内"),
    "legend": (
        "▲ met  ▼ below  · no traffic  ? unknown  -- feed silent",
        "▲ 達成  ▼ 未達  · 着信なし  ? 不明  -- データ途絶",
    ),
    "events": ("events", "イベント"),
    "rejected": ("rejected", "不採用"),
    "restated": ("restated", "修正"),
    "duplicates": ("duplicates", "重複"),
}


def word(key: str, lang: Language) -> str:
    """A word of the board."""
    return _WORDS[key][lang == "ja"]


def percent(share: Value, digits: int = 1) -> str:
    """0.8 is 80.0%; a share is cut, not rounded up, so that 79.99% never reads as a met 80.0%.

    Attainment may be below 0, where people are off by more than was asked; it is written as 0 (M1b).
    """
    if share is None:
        return NO_TRAFFIC
    scale, share = 10**digits, max(share, 0.0)
    return f"{int(share * 100 * scale + 1e-9) / scale:.{digits}f}%"


def duration(milliseconds: int | float | None) -> str:
    """75000 is 1:15, 4000000 is 1:06:40."""
    if milliseconds is None:
        return NO_TRAFFIC
    minutes, seconds = divmod(int(milliseconds) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def seconds(value: Value) -> str:
    """12.34 is 12.3s; nothing without traffic."""
    return NO_TRAFFIC if value is None else f"{value:.1f}s"
