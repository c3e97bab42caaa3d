"""What boards say, in English and Japanese."""

from typing import Literal, NamedTuple

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")


class Text(NamedTuple):
    """One wording in each language."""

    en: str
    ja: str

    def of(self, lang: Language) -> str:
        """The wording in a language."""
        return self.en if lang == "en" else self.ja


def same(word: str) -> Text:
    """What is written alike in both, such as T."""
    return Text(word, word)


LABELS: dict[str, Text] = {
    "site": Text("Site", "拠点"),
    "program": Text("Program", "プログラム"),
    "queue": Text("Queue", "キュー"),
    "channel": Text("Channel", "チャネル"),
    "group": Text("Group", "グループ"),
    "state": Text("State", "状態"),
    "found": Text("Attention", "要注意"),
    "source": Text("Source", "ソース"),
    "topic": Text("Topic", "トピック"),
    "partition": Text("Partition", "パーティション"),
    "reason": Text("Reason", "理由"),
    "instance": Text("Worker", "ワーカー"),
    "alertname": Text("Alert", "アラート"),
    "severity": Text("Severity", "重大度"),
    "level": Text("Level", "階層"),
    "start": Text("Start", "開始"),
    "revision": Text("Revision", "改訂"),
    "completeness": Text("Completeness", "完全性"),
    "offered": Text("Offered", "受付数"),
}
"""Columns by the label or field they show."""
TARGET = Text("Target", "目標")
VERDICT = Text("Against target", "目標比")
UNKNOWN = Text("? unknown", "? 不明")
NONE = Text("no value", "値なし")
MET = Text("▲ met", "▲ 達成")
MISSED = Text("▼ missed", "▼ 未達")
FAR = Text("▼▼ far off", "▼▼ 大幅未達")
LIVE = Text("● live", "● 正常")
FORECAST, ACTUAL = Text("Forecast", "予測"), Text("Actual", "実績")
REQUIRED, SCHEDULED = Text("Required", "必要"), Text("Scheduled", "予定")
EXPECTED, THERE = Text("Expected", "見込み"), Text("There", "在席")
PROJECTED = Text("Projected", "着地見込み")
