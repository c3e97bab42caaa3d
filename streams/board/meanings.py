"""What the columns of the board say, in a sentence each, in English and Japanese.

Of KPIs the catalogue's definition holds; here is how they read on the board, and over which time.
"""

from streams.board.words import Language, word

NAMES = (
    "program",
    "queue",
    "group",
    "planned_queue",
    "chat_group",
    "bot",
    "deferred",
    "campaign",
    "feed",
)
"""Columns that say what a row is about; nothing has to be said of them."""
MEANINGS: dict[str, dict[str, tuple[str, str]]] = {
    "queues": {
        "waiting": ("Contacts waiting for a person now.", "現在、応対を待っている件数。"),
        "oldest": (
            "The longest wait of those waiting now; ! over three times the queue's T.",
            "待っている中で最長の待ち時間。! はTの3倍超。",
        ),
        "level": (
            "Answered within T of all offered today, beside the target.",
            "本日の着信のうちT以内に応答した割合と目標。",
        ),
        "bounds": (
            "Service level of the contacts that have come in the open interval: if all who wait miss T, "
            "and if all are answered in time. ▼ below and ▲ met: whatever becomes of those waiting.",
            "現区間の着信のSL: 待ち全員がT超過の場合と全員T以内の場合。▼▲は待ちの結果によらず確定。",
        ),
        "offered": (
            "Contacts offered to people today, counted when they entered.",
            "本日の着信(入電時刻で計上)。",
        ),
        "answered": ("Of the offered, answered by a person.", "着信のうち応答した件数。"),
        "abandoned": (
            "Of the offered, abandoned; ! over its target.",
            "着信のうち放棄された割合。! は目標超過。",
        ),
        "asa": (
            "Mean wait of the answered; ! over its target.",
            "応答した件の平均待ち時間。! は目標超過。",
        ),
    },
    "plan": {
        "due": ("Contacts forecast up to now.", "現時点までの予測件数。"),
        "came": ("Contacts that came.", "実際に来た件数。"),
        "deviation": (
            "Came against due, and by how many deviations of chance (z). An arrow: over 10% and over 2.",
            "予定に対する実績の差と、偶然の標準偏差で測った値(z)。矢印は10%超かつ2超。",
        ),
        "rest": (
            "Contacts still to come, the forecast corrected by how the day goes.",
            "これから来る件数(本日の推移で補正した予測)。",
        ),
        "day_end": (
            "Contacts of the whole day, as it goes now.",
            "このまま推移した場合の1日の件数。",
        ),
        "forecast": (
            "Contacts of the whole day by the official forecast.",
            "公式予測による1日の件数。",
        ),
        "required": (
            "FTE that the queue alone needs for the rest of the open interval.",
            "現区間の残りにこのキュー単独で必要なFTE。",
        ),
        "expected": (
            "Its part of the people there now, for the rest of the open interval.",
            "現区間の残りに充てられる要員(在席の配分)。",
        ),
        "level_end": (
            "Service level of the day as it ends: the queue with its part of the people, and all queues "
            "that share them as one.",
            "1日の着地SL: 配分された要員のみの場合と、共有キュー全体を1つと見た場合。",
        ),
        "level_needed": (
            "Service level that the rest of the day needs to reach the day's target.",
            "本日目標の達成に残りで必要なSL。",
        ),
    },
    "staff": {
        "there": (
            "People available, ringing, handling or in after-call work now; not aux.",
            "待機・呼出中・対応中・後処理の人数。離席は含みません。",
        ),
        "requested": (
            "FTE that the owner of the plan has asked for in the open interval.",
            "現区間に要求されたFTE。",
        ),
        "gap": ("There less asked.", "在席から要求を引いた差。"),
        "available": ("Free for a contact, or ringing.", "待機または呼出中。"),
        "busy": ("Handling, or in after-call work.", "対応中または後処理中。"),
        "aux": ("Logged in and in no work for contacts.", "ログイン中だが応対業務外。"),
        "out": (
            "People not where their schedule has them; in brackets how many more would be at work if all "
            "kept to it.",
            "予定と異なる人数。括弧内は全員が予定どおりなら増える人数。",
        ),
        "occupancy": (
            "Today: busy of busy and available time.",
            "本日: 対応時間 ÷ (対応+待機時間)。",
        ),
        "adherence": (
            "Today: scheduled time spent as scheduled.",
            "本日: 予定時間のうち予定どおりに過ごした割合。",
        ),
        "attained": (
            "Today: 1 less the deviations from FTE asked, over and under alike; never below 0 here.",
            "本日: 1 − 要求FTEからの乖離(過不足とも)。ここでは0未満は0。",
        ),
        "longest_state": (
            "Who has been longest in one state but available.",
            "待機以外で同じ状態が最も長い人。",
        ),
        "scheduled": (
            "People scheduled for the rest of the open interval.",
            "現区間の残りに予定された人数。",
        ),
        "net": (
            "Expected less required for the rest of the open interval: at worst and at best where queues "
            "share people.",
            "現区間の残りの見込−必要。キュー間で共有する場合は下限..上限。",
        ),
    },
    "chat": {
        "chats": ("Chats held now.", "現在対応中のチャット数。"),
        "slots": ("Chats that those there may hold at once.", "在席者が同時に持てるチャット数。"),
        "slot_load": ("Chats of slots.", "枠に対するチャットの割合。"),
        "concurrency": (
            "Today: chats held at once on the average, measured.",
            "本日: 実測の平均同時対応数。",
        ),
        "occupancy": (
            "Today: busy of busy and available time.",
            "本日: 対応時間 ÷ (対応+待機時間)。",
        ),
    },
    "bots": {
        "open": ("Conversations under way now.", "進行中の会話。"),
        "longest": ("The longest of them.", "そのうち最長の経過時間。"),
        "started": ("Conversations started in this clock hour.", "この1時間に始まった会話。"),
        "containment": (
            "Of these, those that completed their task without a person.",
            "人を介さず用件が完了した割合。",
        ),
        "handed_off": ("Of these, handed on to people.", "人へ引き継いだ件数。"),
    },
    "backlog": {
        "cases_open": ("Cases received and not done.", "受付済みで未完了の件数。"),
        "due_soon": ("Of these, due within the queue's due_soon_s.", "まもなく期限になる件数。"),
        "overdue": ("Of these, past their due time.", "期限を過ぎた件数。"),
        "longest_late": ("How late the latest of them is.", "最も遅れている件の遅延。"),
        "mean_late": ("How late they are on average.", "平均の遅延。"),
        "on_time": (
            "Of what fell due today, done in time.",
            "本日期限の件のうち期限内に完了した割合。",
        ),
    },
    "campaigns": {
        "behind_days": (
            "Records behind the plan, in days of the plan.",
            "計画に対する遅れ(計画日数換算)。",
        ),
        "behind_plan": ("Records behind the plan.", "計画に対する遅れ件数。"),
        "on_list": ("Records that are not closed.", "未完了のリスト件数。"),
        "never_dialled": ("Of these, never dialled.", "そのうち未発信の件数。"),
        "rpc_today": (
            "Today: of the records completed, those with the right party reached.",
            "本日: 完了件のうち本人に到達した割合。",
        ),
        "dials": ("Attempts today.", "本日の発信数。"),
        "lost": (
            "Calls today that a person answered and the dialer had nobody for.",
            "本日、相手が応答したが担当者がいなかった件数。",
        ),
    },
    "feeds": {
        "behind": (
            "Age of the moment up to which the source says it has sent everything.",
            "データ源が送信済みと約束した時刻からの経過。",
        ),
        "last_event": ("Age of its newest event.", "最新イベントからの経過。"),
    },
}
"""By table and word of the column."""


def meanings(table: str, heads: list[str], lang: Language) -> list[str]:
    """What the columns with these headings say; empty where a heading is a name."""
    said = {word(key, lang): pair[lang == "ja"] for key, pair in MEANINGS[table].items()}
    return [said.get(head, "") for head in heads]
