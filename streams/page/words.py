"""What the page says beyond the words of the terminal board, in English and Japanese."""

from streams.board import words
from streams.board.words import Language

_WORDS: dict[str, tuple[str, str]] = {
    "queues": ("Queues, worst first by gap to target", "キュー(目標との差が大きい順)"),
    "queues_by": ("Queues by", "キューの並び:"),
    "sort": ("Sort by", "並べ替え:"),
    "below_target": ("Queues below target", "目標未達キュー"),
    "of_queues": ("of {} queues", "全 {} キュー中"),
    "level_now": ("Service level today", "サービスレベル(本日)"),
    "oldest_wait": ("Oldest wait", "最長待ち時間"),
    "offered_today": ("Offered today", "本日の着信"),
    "asked": ("asked", "要求"),
    "short_of": ("groups short", "グループ不足"),
    "covered": ("no group short", "不足なし"),
    "targets_together": ("targets together {}", "全キューの目標 {}"),
    "most_waiting": ("most: {} {}", "最多: {} {}"),
    "over_t": ("over {} T", "{}T超過"),
    "against_plan": ("{} vs plan", "計画比 {}"),
    "some_queues": (" ({}/{} queues)", " ({}/{}キュー)"),
    "logged_in": ("logged in", "ログイン中"),
    "there_is": (
        "There, where people are compared with what was asked: available, ringing, handling and "
        "after-call work. Aux is logged in, but not there.",
        "在席(要求との比較): 待機・呼出中・対応中・後処理。離席はログイン中でも含みません。",
    ),
    "no_targets": ("no queue has a target", "目標のあるキューなし"),
    "without_target": ("{} without a target", "目標なし {}"),
    "no_staff": ("Nothing is told of people.", "要員のデータはありません。"),
    "own_targets": ("each queue has its own target", "目標はキューごと"),
    "attainment": ("Today by 15 min", "本日 (15分ごと)"),
    "attainment_is": (
        "Each closed interval of today, up to six hours back: met its target, below it, no traffic, "
        "unknown. Hold the pointer over a mark for its figures.",
        "本日の終了した区間(最大6時間前まで): 達成、未達、着信なし、不明。記号に重ねると値を表示。",
    ),
    "columns": ("What the columns say", "列の説明"),
    "day": ("Day of", "1日の推移:"),
    "contacts": ("Contacts", "件数"),
    "fte": ("Staff (FTE)", "要員 (FTE)"),
    "actual": ("Actual", "実績"),
    "projected": ("Projected", "着地見込"),
    "required_pool": ("Required", "必要"),
    "scheduled_staff": ("Scheduled", "予定"),
    "expected_staff": ("Expected", "見込"),
    "there_staff": ("There", "在席"),
    "known_to": ("unknown after", "次の時刻以降は不明:"),
    "time": ("Time", "時刻"),
    "no_forecast": (
        "No forecast of today for this queue: its day cannot be compared.",
        "このキューには本日の予測がないため比較できません。",
    ),
    "people_of_pool": (
        "Staff: all who take contacts of this queue, together with the queues they share.",
        "要員: このキューを受ける全員(共有キューを含む)。",
    ),
    "staff": ("Staff by state", "状態別の要員"),
    "aux_state": ("aux", "離席"),
    "available_state": ("available", "待機"),
    "unknown_state": ("unknown", "不明"),
    "attention": ("Out of schedule, and stuck", "予定外・滞留"),
    "nobody": ("Nobody.", "該当者なし。"),
    "person": ("Who", "氏名"),
    "found": ("Why", "理由"),
    "since": ("For", "継続"),
    "people_count": ("Staff", "人数"),
    "names_token": (
        "Names are shown to whoever sends the token of [http].",
        "氏名は [http] のトークンを送った人にのみ表示します。",
    ),
    "names_log_in": ("Send the token", "トークンを送信"),
    "names_setting": (
        "Names are off: [staff] show_staff is false.",
        "氏名は非表示です([staff] show_staff = false)。",
    ),
    "names_no_token": (
        "Names need [http] token, and none is set.",
        "氏名の表示には [http] token の設定が必要です。",
    ),
    "alerts": ("Alerts firing", "発報中のアラート"),
    "alerts_none": ("None is firing.", "発報中のアラートはありません。"),
    "alerts_unjudged": (
        "? No Watchdog is heard: whether rules are evaluated is unknown.",
        "? Watchdog 未受信: ルールが評価されているか不明です。",
    ),
    "alerts_unset": (
        "Not configured: [alerts] url names an Alertmanager or a Prometheus.",
        "未設定: [alerts] url に Alertmanager か Prometheus を指定します。",
    ),
    "alerts_of_demo": (
        "Not configured: floorwatch demo --alerts starts Prometheus and Alertmanager beside it.",
        "未設定: floorwatch demo --alerts で Prometheus と Alertmanager も起動します。",
    ),
    "alerts_unknown": ("Unknown: no answer from", "不明: 応答なし"),
    "critical": ("critical", "重大"),
    "warning": ("warning", "警告"),
    "info": ("info", "情報"),
    "feeds": ("Feeds", "データ源"),
    "staff_against": ("Staff against what was asked", "要求に対する要員"),
    "plan": ("The day against the plan", "1日の計画との比較"),
    "chat": ("Chat", "チャット"),
    "bots": ("Bots", "ボット"),
    "backlog": ("Deferred work", "案件"),
    "campaigns": ("Outbound", "アウトバウンド"),
    "connected": ("connected", "受信中"),
    "lost": ("Connection lost: figures are unknown since", "接続断: 次の時刻から値は不明"),
    "busy": (
        "The service cannot be asked now: figures are unknown",
        "現在サービスに問い合わせできないため値は不明です",
    ),
    "keys": (
        "A heading sorts; arrow keys move between queues, Enter shows the day of one",
        "見出しで並べ替え、矢印キーで移動、Enter で1日の推移を表示",
    ),
}


def word(key: str, lang: Language) -> str:
    """A word of the page; those of the terminal board are the same here."""
    return _WORDS[key][lang == "ja"] if key in _WORDS else words.word(key, lang)


def labels(lang: Language) -> dict[str, str]:
    """All words of what stands still on the page."""
    own = {key: pair[lang == "ja"] for key, pair in _WORDS.items()}
    return own | {"forecast": words.word("forecast", lang)}
