"""The columns of the reports' tables, with their headings in English and Japanese."""

from streams.reports.document import Column, Text

PROGRAM = Column("program", Text("Program", "プログラム"))
QUEUE = Column("queue", Text("Queue", "キュー"))
GROUP = Column("group", Text("Group", "グループ"))
SITE = Column("site", Text("Site", "拠点"))
START = Column("start", Text("From", "開始"), "clock")
END = Column("end", Text("To", "終了"), "clock")
STANDING = Column("standing", Text("Against target", "目標比"), "word")
LEVEL = Column("level", Text("SL", "SL"), "share", "offered")
TARGET = Column("target", Text("Target", "目標"), "share", none=Text("no target", "目標なし"))
TARGETS = TARGET._replace(none=Text("none in common", "共通目標なし"))
GAP = Column("gap", Text("Gap, points", "差(pt)"), "points", "offered")
OFFERED = Column("offered", Text("Offered", "着信"), "count")
FORECAST = Column("forecast", Text("Forecast", "予測"), "count")
DEVIATION = Column("deviation", Text("Deviation", "乖離"), "change", "forecast")
SCORE = Column("z", Text("z", "z"), "score", "forecast")
SIGNAL = Column("signal", Text("Volume", "件数判定"), "word")
AHT = Column("aht", Text("AHT", "AHT"), "seconds", "offered")
AHT_DEVIATION = Column("aht_deviation", Text("AHT dev.", "AHT乖離"), "change", "offered")
T_SCORE = Column("t", Text("t", "t"), "score", "offered")
ABANDONED = Column("abandonment", Text("Abandoned", "放棄率"), "share", "offered")
ASA = Column("asa", Text("ASA", "ASA"), "seconds", "ans")
REQUIRED = Column("required", Text("Required", "必要"), "fte")
SCHEDULED = Column("scheduled", Text("Scheduled", "予定"), "fte")
THERE = Column("there", Text("There", "在席"), "fte")
STATE = Column("state", Text("State", "状態"), "word")
COMPLETE = Column("completeness", Text("Complete", "完全性"), "share")
RECORD = (STATE, COMPLETE)

QUEUES = (
    *(
        START,
        PROGRAM,
        QUEUE,
        STANDING,
        LEVEL,
        TARGET,
        GAP,
        OFFERED,
        FORECAST,
        DEVIATION,
        SCORE,
        SIGNAL,
    ),
    *(AHT, AHT_DEVIATION, T_SCORE, ABANDONED, ASA, REQUIRED, SCHEDULED, THERE, *RECORD),
)
DAY = (
    *(START, END, PROGRAM, QUEUE, STANDING, LEVEL, TARGET, GAP, OFFERED, FORECAST, DEVIATION),
    *(SCORE, SIGNAL, AHT, AHT_DEVIATION, T_SCORE, ABANDONED, ASA, *RECORD),
)
PROGRAMS = (
    *(START, END, PROGRAM, STANDING, LEVEL, TARGETS),
    Column("queues", Text("Queues", "キュー数"), "count"),
    Column("below", Text("Below", "未達数"), "count"),
    Column("unknown", Text("Unknown", "不明数"), "count"),
    *(OFFERED, FORECAST, DEVIATION, SCORE, SIGNAL, AHT, ABANDONED, ASA, *RECORD),
)
_STAFF = (
    Column("staff_deviation", Text("Deviation", "乖離"), "change"),
    REQUIRED,
    SCHEDULED,
    THERE,
    Column("requested", Text("Asked", "要求"), "fte"),
    Column("attained", Text("Attained", "達成率"), "share", "requested"),
    Column("occupancy", Text("Occupancy", "占有率"), "share", "there"),
    Column("adherence_shift_all", Text("Adherence", "遵守率"), "share"),
)
GROUPS = (START, PROGRAM, GROUP, *_STAFF, *RECORD)
SITES = (
    *(START, PROGRAM, SITE, Column("handled", Text("Handled", "対応数"), "count")),
    *(Column("aht", Text("AHT", "AHT"), "seconds", "handled"), *_STAFF, *RECORD),
)
REST = (
    PROGRAM,
    QUEUE,
    Column("outlook", Text("Day target", "本日目標"), "word"),
    Column("needed", Text("SL needed", "必要SL"), "share"),
    Column("level", Text("SL so far", "SL(現時点)"), "share", "came"),
    Column("level_low", Text("SL at end, low", "SL着地(下)"), "share"),
    Column("level_high", Text("SL at end, high", "SL着地(上)"), "share"),
    TARGET,
    Column("came", Text("Came", "実績"), "count"),
    FORECAST,
    Column("projected", Text("Day now", "着地見込"), "count"),
    Column("projected_low", Text("Band from", "帯(下)"), "count"),
    Column("projected_high", Text("Band to", "帯(上)"), "count"),
    Column("model", Text("Model", "モデル")),
    Column("known_to", Text("Known to", "到達時刻"), "clock"),
)
FEEDS = (
    Column("source", Text("Feed", "データ源")),
    Column("standing", Text("State", "状態"), "word"),
    Column("programs", Text("Programs", "プログラム数"), "count"),
    Column("behind_s", Text("Behind", "遅れ"), "seconds"),
    Column("quiet_s", Text("Last event", "最終イベント"), "seconds"),
)
ACTIONS = (
    Column("number", Text("No.", "番号"), "count"),
    Column("state", Text("State", "状態"), "word"),
    PROGRAM,
    Column("queues", Text("Queues", "キュー")),
    START,
    END,
    Column("cause", Text("Cause", "原因")),
    Column("lever", Text("Done", "対応")),
    Column("expected", Text("To bring", "期待")),
    Column("owner", Text("Owner", "担当")),
    Column("by", Text("Entered by", "記入")),
)
