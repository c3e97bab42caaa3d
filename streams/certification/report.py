"""The score as one self-contained HTML page, English and Japanese: each value links to its intervals."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from schemas.catalog import KPIS
from schemas.imported import IMPORTED
from schemas.kpi import Unit
from schemas.pst import PstRow
from schemas.targets import Plan
from streams.certification.cuika import LETTERS, statements
from streams.certification.points import Point, aim_of, meets
from streams.certification.problems import Problems
from streams.certification.report_source import Source, source_of
from streams.certification.report_trend import trend_svg
from streams.certification.report_words import both, cell, say, table
from streams.certification.scoring import Score
from streams.certification.table import Cell, Judged, misses

STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--dim:#5b6675;--paper:#fff;--line:#d5dae1;--met:#0b63a5;
--missed:#a8480a;--target:#5b6675}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--dim:#9aa6b5;--paper:#14181e;--line:#333c48;
--met:#6db3f2;--missed:#f2a25c;--target:#9aa6b5}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1.5rem}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-variant-numeric:tabular-nums}
th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top;
word-break:keep-all;overflow-wrap:break-word}
.wide{overflow-x:auto}a{color:inherit}td a{white-space:nowrap}.met{color:var(--met)}.missed{color:var(--missed);font-weight:600}
.dim{color:var(--dim)}section:target{outline:2px solid var(--met);outline-offset:.5rem}
polyline{fill:none;stroke:var(--met);stroke-width:1.5}path.target{fill:none;stroke:var(--target);
stroke-dasharray:4 3}circle.met{fill:var(--met)}polygon.missed{fill:var(--missed)}
#en:checked~main [lang=ja],#ja:checked~main [lang=en]{display:none}pre{margin:.25rem 0 .75rem}
@media print{input,label{display:none}}
"""
MARKS = {"met": "✓", "missed": "✗", "unknown": "?", "none": "–"}


class Told(NamedTuple):
    """What a report is made of. `sources`: by row and period, of every owner what it is made of."""

    rows: Sequence[Judged]
    score: Score
    problems: Problems
    window: tuple[str, str]
    plan: Plan
    sources: Mapping[tuple[str, str], Sequence[Source]]


def report(told: Told) -> str:
    """The page, without anything from elsewhere: no script, no font, no picture."""
    parts = [
        f"<h1>{say('title')}: {escape(told.window[0])} – {escape(told.window[1])}</h1>",
        f"<h2>{say('score')}</h2>", _items(told.score),
        f"<h2>{say('rules')}</h2>", _rules(told.score),
        f"<h2>{say('rows')}</h2>", _legend(), _rows(told),
        f"<h2>{say('problems')}</h2>", _problems(told.problems),
        f"<h2>{say('cuika')}</h2>", _cuika(told.rows),
        f"<h2>{say('decisions')}</h2>", _decisions(told.score),
        f"<h2>{say('sources')}</h2><p class=\"dim\">{say('left_out')}</p>", *_sources(told),
    ]  # fmt: skip
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Floorwatch {escape(told.window[1])}</title><style>{STYLE}</style></head><body>"
        '<input type="radio" name="lang" id="en" checked><label for="en">English</label> '
        '<input type="radio" name="lang" id="ja"><label for="ja">日本語</label>'
        f"<main>{''.join(parts)}</main></body></html>\n"
    )


def _items(score: Score) -> str:
    head = ["item", "metrics", "at_level", "improving", "percent", "points", "possible"]
    rows = [
        [
            *(cell(one) for one in (item.item, *item.shares)),
            *(cell(None if one is None else float(one)) for one in (item.percent, item.points)),
            cell(item.possible),
        ]
        for item in score.items
    ]
    return table([say(name) for name in head], rows)


def _rules(score: Score) -> str:
    head = [
        "of",
        "metrics",
        "at_level",
        "improving",
        "passes",
        "level_part",
        "trend_part",
        "estimate",
    ]
    rows = [
        [
            f"{say(rule.level)} {cell(rule.name)}".strip(),
            *(cell(one) for one in rule.shares),
            cell(rule.passes),
            *(
                cell(None if one is None else float(one))
                for one in (rule.level_part, rule.trend_part, rule.estimate)
            ),
        ]
        for rule in score.rules
    ]
    return table([say(name) for name in head], rows)


def _legend() -> str:
    names = {"met": "at_target", "missed": "missed_one", "unknown": "not_final", "none": "no_data"}
    return f'<p class="dim">{", ".join(f"{MARKS[k]} {say(v)}" for k, v in names.items())}</p>'


def _rows(told: Told) -> str:
    periods = list(dict.fromkeys(one.period for row in told.rows for one in row.measured.cells))
    head = [say(name) for name in ("metric", "target", "trend")]
    head += [escape(period) for period in periods]
    head += [say(name) for name in ("periods_met", "at_level", "improving", "counts")]
    return table(head, [_row(at, one, periods) for at, one in enumerate(told.rows)])


def _row(at: int, one: Judged, periods: Sequence[str]) -> list[str]:
    row, cells = one.row, one.measured.cells
    aims = [aim_of(row.target_in(each.month), row.direction) for each in cells]
    by_period = {
        each.period: (number, each, point)
        for number, (each, point) in enumerate(zip(cells, one.points, strict=True))
    }
    values = []
    for period in periods:
        if period not in by_period:
            values.append("")
            continue
        number, each, point = by_period[period]
        kind = _kind(point, meets(point, aims[number]) if _is_number(point) else False)  # type: ignore[arg-type]
        text = f"{MARKS[kind]} {_value(row, each.value)}"
        values.append(f'<a class="{kind}" href="#r{at}p{number}">{text}</a>')
    return [
        f'<span id="r{at}">{escape(row.name)}</span><br><span class="dim">{_metric(row)}</span>',
        escape(_target(row, cells[-1].month if cells else "9999-12")),
        trend_svg([each.period for each in cells], one.points, aims, row.name),
        *values,
        cell(f"{one.level.met} / {one.level.n} (≥ {one.level.needed})"),
        cell(one.met if one.level.n else None),
        cell(one.improving),
        cell(True) if one.left_out is None else both(*one.left_out),
    ]


def _is_number(point: Point) -> bool:
    return isinstance(point, float | int)


def _kind(point: Point, met: bool) -> str:
    if point is None:
        return "none"
    return ("met" if met else "missed") if _is_number(point) else "unknown"


def _metric(row: PstRow) -> str:
    known = IMPORTED.get(row.metric) if row.imported else KPIS.get(row.metric)
    return both(known.title, known.title_ja) if known else escape(row.metric)


def _value(row: PstRow, value: Point) -> str:
    if value is None:
        return say("no_data")
    if not isinstance(value, float | int):
        return say("unknown")
    kpi = None if row.imported else KPIS.get(row.metric)
    if kpi is not None and kpi.unit is Unit.RATIO:
        return f"{100 * value:.2f} %"
    return escape(f"{value:.4g}" + (" s" if kpi is not None and kpi.unit is Unit.SECONDS else ""))


def _target(row: PstRow, month: str) -> str:
    target = row.target_in(month)
    if target.value is None:
        return f"{target.low:g} – {target.high:g}"
    return f"{'≥' if row.direction == 'up' else '≤'} {target.value:g}"


def _problems(found: Problems) -> str:
    head = ["metric", "impact", "missed", "unknown"]
    rows = [
        [escape(one.row.name), cell(one.impact), escape(" ".join(misses(one))),
         escape(" ".join(one.integrity_fail))]
        for one in found.rows
    ]  # fmt: skip
    due = f"<p>{found.cases_due} {say('cases')}</p>" if found.cases_due else ""
    return table([say(name) for name in head], rows) + due


def _cuika(rows: Sequence[Judged]) -> str:
    head = [say("metric"), *(say(name) for name in LETTERS)]
    told = []
    for one in rows:
        texts = (statements(one, lang).model_dump().values() for lang in ("en", "ja"))
        told.append([escape(one.row.name), *map(both, *texts)])
    return table(head, told)


def _decisions(score: Score) -> str:
    told = score.decisions.model_dump().items()
    return table([], [[f"{say(name)} ({escape(name)})", _chosen(value)] for name, value in told])


def _chosen(value: object) -> str:
    """What was decided: a word of ours, or a number."""
    return say(value) if isinstance(value, str) else cell(value)


def _sources(told: Told) -> list[str]:
    parts = []
    for at, one in enumerate(told.rows):
        for number, each in enumerate(one.measured.cells):
            title = f"{escape(one.row.name)}, {escape(each.period)}: {_value(one.row, each.value)}"
            found = told.sources.get((one.row.name, each.period), ())
            body = _facts(each) + source_of(one.row, found, told.plan)
            back = f'<a href="#r{at}">{say("back")}</a>'
            parts.append(
                f'<section id="r{at}p{number}"><h3>{title}</h3>{body}<p>{back}</p></section>'
            )
    return parts


def _facts(one: Cell) -> str:
    facts = [f"{say('state')} {escape(one.state)}"]
    if one.n is not None:
        facts.append(f"n {one.n:.10g}")
    if one.completeness is not None:
        facts.append(f"{one.completeness:.2%} {say('complete')}")
    if one.source and one.source != "ledger":
        facts.append(f"{say('imported')} {escape(one.source)}")
    return f"<p>{', '.join(facts)}</p>"
