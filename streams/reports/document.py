"""What a report is made of: sections of rows, read as text, as a page or as JSON alike.

A cell of which nothing is known says so; a ratio without contacts says that there were none. 0 is 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from streams.board.words import Language, duration, percent

Row = Mapping[str, Any]
Tone = Literal["good", "bad", "warn", ""]
Form = Literal[
    "text", "clock", "count", "fte", "share", "change", "points", "score", "seconds", "word", "wait"
]
"""How a value is written: `change` a share with its sign, `points` of a difference of shares, `word`
one of WORDS."""


class Text(NamedTuple):
    """One wording in each language."""

    en: str
    ja: str

    def of(self, lang: Language) -> str:
        """The wording in a language."""
        return self.en if lang == "en" else self.ja


UNKNOWN, NO_CONTACTS = Text("unknown", "不明"), Text("no contacts", "着信なし")
NONE = Text("none", "なし")
WORDS: dict[str, tuple[Text, Tone]] = {
    "met": (Text("▲ met", "▲ 達成"), "good"),
    "missed": (Text("▼ below", "▼ 未達"), "bad"),
    "no_traffic": (NO_CONTACTS, ""),
    "no_target": (Text("no target", "目標なし"), ""),
    "targets_differ": (Text("targets differ", "目標が複数"), ""),
    "unknown": (Text("? unknown", "? 不明"), "warn"),
    "OPEN": (Text("open", "進行中"), "warn"),
    "PROVISIONAL": (Text("provisional", "暫定"), "warn"),
    "FINAL": (Text("final", "確定"), ""),
    "RESTATED": (Text("restated", "修正"), "warn"),
    "live": (Text("● live", "● 正常"), "good"),
    "silent": (Text("▼ silent", "▼ 途絶"), "bad"),
    "missing": (Text("▼ missing", "▼ 未受信"), "bad"),
    "critical": (Text("▼▼ critical", "▼▼ 重大"), "bad"),
    "warning": (Text("▼ warning", "▼ 警告"), "warn"),
    "info": (Text("info", "情報"), ""),
    "reachable": (Text("▲ reachable", "▲ 到達可能"), "good"),
    "at_risk": (Text("▼ at risk", "▼ 要注意"), "warn"),
    "lost": (Text("▼▼ out of reach", "▼▼ 到達不能"), "bad"),
    "short": (Text("▼ short", "▼ 不足"), "bad"),
    "enough": (Text("▲ enough", "▲ 充足"), "good"),
    "over": (Text("▲ above plan", "▲ 計画超過"), "bad"),
    "under": (Text("▼ below plan", "▼ 計画未満"), "warn"),
    "no_forecast": (Text("no forecast", "予測なし"), ""),
    "noise": (Text("● as chance has it", "● 偶然の範囲"), ""),
    "volume": (Text("volume", "件数"), ""),
    "aht": (Text("handle time", "処理時間"), ""),
    "staff": (Text("staff", "要員"), ""),
    "unmodelled": (Text("not in the model", "モデル外"), ""),
    "service_level": (Text("service level", "サービスレベル"), ""),
    "completeness": (Text("feed not complete", "データ不完全"), ""),
    "before": (Text("before", "前"), ""),
    "during": (Text("during", "期間中"), ""),
    "after": (Text("after", "後"), ""),
    "open": (Text("open", "対応中"), "warn"),
    "closed": (Text("closed", "完了"), "good"),
    "out_of_schedule": (Text("out of schedule", "予定外"), ""),
    "no_show": (Text("not shown up", "未出勤"), ""),
    "stuck_ringing": (Text("ringing too long", "呼出超過"), ""),
    "stuck_acw": (Text("after-call work too long", "後処理超過"), ""),
    "busy_overrun": (Text("past the break with a contact", "対応超過"), ""),
}
"""A word stands beside every colour; what is not listed is written as it is."""


class Cell(NamedTuple):
    """A value as it is written."""

    text: str
    tone: Tone = ""
    number: bool = False


class Column(NamedTuple):
    """A column: the key of its value, its heading and how the value is written."""

    key: str
    title: Text
    form: Form = "text"
    of: str = ""
    """Key of what the value is a share or mean of: where that is 0, there were no contacts."""
    none: Text = UNKNOWN
    """What no value means else."""
    key_ja: str = ""
    """Key of the same in Japanese, where there is one in a row."""

    def cell(self, row: Row, lang: Language) -> Cell:
        """The value of a row as it is written."""
        japanese = row.get(self.key_ja) if lang == "ja" else None
        value = japanese or row.get(self.key)
        if self.form == "word":
            said, tone = WORDS.get(str(value), (Text(str(value), str(value)), ""))
            revision = row.get("revision") if self.key == "state" else None
            return Cell(said.of(lang) + (f" r{revision}" if revision else ""), tone)
        if value is None:
            said = NO_CONTACTS if self.of and row.get(self.of) == 0 else self.none
            return Cell(said.of(lang), "warn" if said == UNKNOWN else "")
        if isinstance(value, str):
            return Cell(value[11:16] if self.form == "clock" else value)
        return Cell(_WRITTEN[self.form](value), number=True)


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "text": str,
    "count": lambda value: f"{value:,.0f}",
    "fte": lambda value: f"{value:,.1f}",
    "share": percent,
    "change": lambda value: f"{value:+.1%}",
    "points": lambda value: f"{value * 100:+.1f}",
    "score": lambda value: f"{value:+.1f}",
    "seconds": lambda value: f"{value:,.0f} s",
    "wait": duration,
}


@dataclass(frozen=True)
class Section:
    """A table with its heading; without rows it says `nothing`."""

    key: str
    title: Text
    columns: Sequence[Column]
    rows: Sequence[Row]
    nothing: Text
    note: Text | None = None
    """What its figures are of."""

    def of_numbers(self, column: Column) -> bool:
        """Whether a column has numbers, which stand to the right."""
        return any(column.cell(row, "en").number for row in self.rows)

    def plain(self) -> list[dict[str, Any]] | None:
        """The rows; None where it is not known which there are."""
        return [dict(row) for row in self.rows] if self.rows or self.nothing != UNKNOWN else None


@dataclass(frozen=True)
class Report:
    """A report as of a moment: `head` are facts about it, ISO texts and names."""

    name: str
    title: Text
    head: Mapping[str, Any]
    warnings: Sequence[Text]
    """What a reader must know first."""
    sections: Sequence[Section] = field(default_factory=tuple)
    headline: Sequence[Text] = ()
    """The report in a few sentences."""

    def said(self, key: str) -> str:
        """A fact of the head: a moment as `2026-03-02 10:30+09:00`."""
        told = str(self.head[key])
        try:
            moment = datetime.fromisoformat(told)
        except ValueError:
            return told
        return moment.isoformat(" ", "minutes") if moment.tzinfo else told

    def plain(self) -> dict[str, Any]:
        """The values themselves, for programs; null is unknown, or has no contacts to be of."""
        told = {one.key: one.plain() for one in self.sections}
        said = {"warnings": self.warnings, "headline": self.headline}
        spoken = {name: [one.en for one in texts] for name, texts in said.items()}
        return {"report": self.name, **self.head, **spoken, **told}


HEAD: dict[str, Text] = {
    "program": Text("Program", "プログラム"),
    "from": Text("From", "開始"),
    "to": Text("To", "終了"),
    "known_to": Text("Known up to", "データ到達時刻"),
    "made": Text("Made", "作成"),
}
"""What is said of the whole report, in this order, where it is there."""
