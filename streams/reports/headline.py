"""A report in a few sentences, made of the rows of its tables: what a reader of the first lines must know.

Nothing is said here that no table says. What is not known is said to be unknown, never left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streams.board.words import percent
from streams.reports.document import Text

Row = Mapping[str, Any]
NAMED = 3
"""Queues or groups that a sentence names, the worst first; the tables have all of them."""


def levels(rows: Sequence[Row], of: Text) -> Text:
    """How many queues of queue_rows are below target, and the worst of them."""
    below = [one for one in rows if one["standing"] == "missed"]
    unknown = sum(one["standing"] == "unknown" for one in rows)
    bare = sum(one["standing"] == "no_target" for one in rows)
    if bare and bare == len(rows):  # 0 below target would read as all is well
        return Text(f"{of.en}: no queue has a target", f"{of.ja}: 目標のあるキューなし")
    worst = sorted(below, key=lambda one: one["gap"])
    names = [f"{one['queue']} {percent(one['level'])} / {percent(one['target'])}" for one in worst]
    en = f"{of.en}: {len(below)} of {len(rows)} queues below target"
    ja = f"{of.ja}: {len(rows)}キュー中{len(below)}キューが目標未達"
    if unknown:
        en, ja = f"{en}, {unknown} unknown", f"{ja}、{unknown}キューは不明"
    if bare:
        en, ja = f"{en}, {bare} without a target", f"{ja}、目標なし{bare}キュー"
    return _listed(Text(en, ja), names, Text("service level / target", "SL / 目標"))


def volumes(rows: Sequence[Row], of: Text) -> Text:
    """Queues that differ from their forecast by much and by more than chance."""
    away = [one for one in rows if one["signal"] in ("over", "under")]
    unplanned = sum(one["signal"] == "no_forecast" for one in rows)
    unknown = sum(one["signal"] == "unknown" for one in rows)
    worst = sorted(away, key=lambda one: -abs(one["z"]))
    names = [f"{one['queue']} {one['deviation']:+.1%} (z {one['z']:+.1f})" for one in worst]
    if away:
        told = Text("volume away from forecast", "件数が予測と乖離")
    else:
        told = Text("volume as forecast, or as chance has it", "件数は予測どおり(偶然の範囲)")
    if unplanned + unknown == len(rows):
        told = Text("volume cannot be compared with a forecast", "件数を予測と比較できません")
    elif unplanned or unknown:
        told = Text(f"{told.en} (queues without a forecast {unplanned}, unknown {unknown})",
                    f"{told.ja}(予測なし{unplanned}キュー、不明{unknown}キュー)")  # fmt: skip
    return _listed(Text(f"{of.en}: {told.en}", f"{of.ja}: {told.ja}"), names)


def staffing(rows: Sequence[Row]) -> Text:
    """Groups of group_rows with fewer people than the plan requires."""
    if not rows:
        return Text("Staff: nothing is told of people", "要員: データなし")
    short = [one for one in rows if (one["staff_deviation"] or 0.0) < 0]
    unknown = sum(one["staff_deviation"] is None for one in rows)
    worst = sorted(short, key=lambda one: one["there"] - one["required"])
    names = [f"{one['group']} {one['there']:.1f} / {one['required']:.1f} FTE" for one in worst]
    en = f"Staff: {len(short)} of {len(rows)} groups below what the plan requires"
    ja = f"要員: {len(rows)}グループ中{len(short)}グループが計画必要数を下回る"
    if unknown:
        en, ja = f"{en}, {unknown} unknown", f"{ja}、{unknown}グループは不明"
    return _listed(Text(en, ja), names, Text("there / required", "在席 / 必要"))


def outlook(rows: Sequence[Row]) -> Text:
    """Queues whose day is at risk or lost (rest_rows)."""
    if not rows:
        return Text("Rest of the day: unknown", "残り予測: 不明")
    lost, risk, unknown = (
        [one for one in rows if one["outlook"] == kind] for kind in ("lost", "at_risk", "unknown")
    )
    en = f"Day target out of reach for {len(lost)}, at risk for {len(risk)} of {len(rows)} queues"
    ja = f"本日目標: {len(rows)}キュー中 到達不能{len(lost)}、要注意{len(risk)}"
    if unknown:
        en, ja = f"{en}, unknown for {len(unknown)}", f"{ja}、不明{len(unknown)}"
    names = [f"{one['queue']} {percent(one['needed'])}" for one in (*lost, *risk)]
    return _listed(Text(en, ja), names, Text("needed for the rest", "残りの必要SL"))


def feeds(rows: Sequence[Row]) -> Text:
    """Feeds that are not live (feed_rows)."""
    if not rows:
        return Text("Feeds: unknown", "データ源: 不明")
    gone = [one["source"] for one in rows if one["standing"] != "live"]
    if not gone:
        return Text(f"Feeds: all live ({len(rows)})", f"データ源: すべて正常({len(rows)}件)")
    en = f"Feeds: {len(gone)} of {len(rows)} not live, their figures are unknown"
    ja = f"データ源: {len(rows)}件中{len(gone)}件が正常でなく、値は不明"
    return _listed(Text(en, ja), gone)


def happened(rows: Sequence[Row]) -> Text:
    """Incidents of a shift, and what caused most of them."""
    critical = sum(one["severity"] == "critical" for one in rows)
    if not rows:
        return Text("No incident recorded", "記録された事象なし")
    en = f"Incidents: {len(rows)}, of which critical: {critical}"
    ja = f"事象: {len(rows)}件、うち重大 {critical}件"
    names = [f"{one['start'][11:16]}-{one['end'][11:16]} {one['queue']}".rstrip() for one in rows]
    return _listed(Text(en, ja), names)


def coming(rows: Sequence[Row]) -> Text:
    """Queues that the coming shift is short of people for, at its worst interval."""
    if not rows:
        return Text("Coming shift: unknown", "次シフト: 不明")
    short = [one for one in rows if one["staffing"] == "short"]
    worst = sorted(short, key=lambda one: one["gap"])
    names = [f"{one['queue']} {one['gap']:+.1f} FTE ({one['gap_at'][11:16]})" for one in worst]
    en = f"Coming shift: short of people for {len(short)} of {len(rows)} queues"
    ja = f"次シフト: {len(rows)}キュー中{len(short)}キューで要員不足"
    return _listed(Text(en, ja), names)


def span_of(rows: Iterable[Row], else_: Text) -> Text:
    """`10:00-10:30` where all rows are of one span on their clocks."""
    spans = {f"{one['start'][11:16]}-{one['end'][11:16]}" for one in rows}
    (span,) = spans if len(spans) == 1 else ("",)
    return Text(span, span) if span else else_


def _listed(told: Text, names: Sequence[str], of: Text | None = None) -> Text:
    if not names:
        return told
    rest, shown = len(names) - NAMED, names[:NAMED]
    en, ja = ", ".join(shown), "、".join(shown)
    if rest > 0:
        en, ja = f"{en}, {rest} more", f"{ja}、他{rest}"
    what = Text(f" ({of.en})", f"({of.ja})") if of is not None else Text("", "")
    return Text(f"{told.en}: {en}{what.en}", f"{told.ja}: {ja}{what.ja}")
