"""What the HTML report says, in English and Japanese; everything that is shown is escaped here."""

from html import escape

WORDS = {
    "title": ("Performance summary", "実績総括表"),
    "score": ("Score by item (category 4)", "項目別の得点(カテゴリー4)"),
    "rules": ("4.6 by the 50/75 rule", "4.6 50/75ルール"),
    "rows": ("Metrics and their trend", "指標と推移"),
    "problems": ("Not at level, by impact", "未達の指標(影響順)"),
    "cases": ("improvement cases are due (2.8.2)", "件の改善事例が必要(2.8.2)"),
    "decisions": ("Decisions that the standard leaves open", "規格が定めていない取り決め"),
    "cuika": ("CUIKA: what is stated of the data", "CUIKA:データに関する記述"),
    "collected": ("C: collected", "C:収集"),
    "used": ("U: used", "U:活用"),
    "integrity": ("I: integrity", "I:完全性"),
    "knowledge": ("K: knowledge", "K:理解"),
    "action": ("A: action", "A:改善行動"),
    "sources": ("Where each value comes from", "各値の内訳"),
    "item": ("Item", "項目"),
    "metrics": ("Metrics", "指標数"),
    "at_level": ("At level", "達成"),
    "improving": ("Improving", "改善中"),
    "percent": ("Percent", "割合(%)"),
    "points": ("Points", "得点"),
    "possible": ("Possible", "満点"),
    "of": ("Of", "範囲"),
    "entity": ("Entity", "事業体全体"),
    "site": ("Site", "拠点"),
    "location_group": ("Location group", "拠点グループ"),
    "service": ("Service", "サービス"),
    "level_part": ("Level part, %", "達成の部分(%)"),
    "trend_part": ("Trend part, %", "改善の部分(%)"),
    "passes": ("Passes", "合格"),
    "estimate": ("Estimate, %", "推定(%)"),
    "metric": ("Metric", "指標"),
    "target": ("Target", "目標"),
    "trend": ("Trend", "推移"),
    "periods_met": ("Met", "達成期間"),
    "counts": ("Counts", "算入"),
    "impact": ("Impact", "影響"),
    "missed": ("Missed", "未達の期間"),
    "unknown": ("Unknown", "不明"),
    "yes": ("yes", "はい"),
    "no": ("no", "いいえ"),
    "no_data": ("no data", "データなし"),
    "not_final": ("unknown, not final or not complete enough", "不明・未確定・データ不足"),
    "at_target": ("at target or beyond", "目標以上"),
    "missed_one": ("target missed", "目標未達"),
    "value": ("Value", "値"),
    "complete": ("complete", "データ充足"),
    "state": ("State", "状態"),
    "imported": ("Imported from", "取込元"),
    "definition": ("Definition version", "定義の版"),
    "column": ("Column", "列"),
    "sum": ("Sum", "合計"),
    "first": ("Sum of the first final values", "最初の確定値の合計"),
    "intervals": ("intervals", "区間"),
    "restated": ("restated", "訂正"),
    "revisions": ("Revisions", "訂正履歴"),
    "old": ("Old", "旧値"),
    "new": ("New", "新値"),
    "reason": ("Reason", "理由"),
    "start": ("Start", "開始"),
    "queue": ("Queue or group", "キュー・グループ"),
    "recorded": ("Recorded", "記録日時"),
    "back": ("back to the table", "表に戻る"),
    "left_out": (
        "Intervals whose columns are all 0 are left out.",
        "すべての列が0の区間は省略。",
    ),
    "completeness": ("Least completeness of a period that can be met", "達成とみなせる期間の最低データ充足"),
    "window_months": ("Months that are judged", "判定の対象月数"),
    "at_target_improves": ("A point at target counts as better", "目標と同値は改善とみなす"),
    "parts_of_4_6": ("How the parts of 4.6 combine", "4.6の2部分の合成方法"),
    "types": ("Types that 4.3 and 4.4 are split over", "4.3・4.4を按分する種別"),
    "mean": ("mean", "平均"),
    "least": ("the lesser", "小さい方"),
    "present": ("those present", "存在する種別"),
    "all": ("all four", "4種別すべて"),
    "late_event": ("late event", "遅れて届いたイベント"),
    "schedule_edit": ("schedule edited", "スケジュールの変更"),
    "replay": ("replay", "再処理"),
    "rebuild": ("rebuilt", "再構築"),
    "reject_mended": ("mended reject", "修正した不採用イベント"),
    "audit": ("audit", "監査"),
    "payroll": ("from payroll, not from intervals", "給与データから(区間からではない)"),
}  # fmt: skip


def both(english: str, japanese: str) -> str:
    """A text in both languages, as HTML; the reader's choice hides one."""
    if english == japanese:
        return escape(english)
    return f'<span lang="en">{escape(english)}</span><span lang="ja">{escape(japanese)}</span>'


def say(name: str) -> str:
    """A text of WORDS as HTML."""
    return both(*WORDS[name])


def reason(code: str) -> str:
    """Why a value was restated: the ledger's code, in words where there are some."""
    return f"{say(code)} ({escape(code)})" if code in WORDS else escape(code)


def cell(value: object) -> str:
    """A value as HTML: yes, no, empty, a number of four digits, or text."""
    if isinstance(value, bool):
        return say("yes" if value else "no")
    if value is None:
        return ""
    return escape(f"{value:.4g}" if isinstance(value, float) else str(value))


def table(head: list[str], rows: list[list[str]], kind: str = "") -> str:
    """A table of cells that are HTML already."""
    titles = "".join(f'<th scope="col">{one}</th>' for one in head)
    body = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in rows)
    of = f' class="{kind}"' if kind else ""
    inner = f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table{of}>{inner}</table></div>'
