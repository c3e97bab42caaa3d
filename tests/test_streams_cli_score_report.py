"""The page and the Parquet files of `month` and `score`: nothing in them that the figures do not say."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from arro3.io import read_parquet

from schemas.pst import PstTarget
from streams.certification.counting import count
from streams.certification.points import UNKNOWN, aim_of
from streams.certification.report_trend import trend_svg
from tests.month_records import at, plan_of, record, whole_month
from tests.pst_rows import judged, met, row
from tests.test_streams_cli_score import HEAD, SURVEY, WINDOW, floorwatch, kept, told

NASTY = """<script>alert("x")</script> & 'voice'"""
ROWS = f"""
[[rows]]
name = {json.dumps(NASTY)}
metric = "service_level"
program = "shop"
queues = ["sales"]
targets = [{{ valid_from = "2026-01", value = 0.8 }}, {{ valid_from = "2026-03", value = 0.9 }}]

[[rows]]
name = "waiting"
metric = "asa"
program = "shop"
queues = ["sales"]
targets = [{{ valid_from = "2026-01", value = 30 }}]
cuika = {{ used = "weekly <review>", integrity = "checked against the switch" }}
cuika_ja = {{ integrity = "交換機と照合" }}
unusable = "the clock was wrong"
"""
VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """Ids, links and texts of a page; what is open must be closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.spoken: dict[str, int] = {"en": 0, "ja": 0}
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self._section = ""
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append((tag, told))
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if "href" in told else []
        if tag == "span" and told.get("lang") in self.spoken:
            self.spoken[str(told["lang"])] += 1
        if tag == "section":
            self._section = told["id"] or ""
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._section, []).append(data)

    def text(self, section: str) -> str:
        return "".join(self.texts[section])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January and February at level; March restated, and short of its new target."""
    path = tmp_path_factory.mktemp("report")
    march = at("2026-03-02T09:00")
    _, *others = whole_month("2026-03")
    others = [one for one in others if one.bucket_ms != march]
    records = [
        *whole_month("2026-01", offered=100, ans=95, ans_in_T1=85, wait_ans_ms=950_000),
        *whole_month("2026-02", offered=200, ans=190, ans_in_T1=160, wait_ans_ms=950_000),
        record(at("2026-03-01")),
        *others,
        record(march, offered=9, ans=8, ans_in_T1=8, wait_ans_ms=80_000),
        record(
            *(march, "arrival"),
            **{"offered": 10, "ans": 8, "ans_in_T1": 8, "wait_ans_ms": 80_000},
            revision=2, state="RESTATED", reason="audit",
            old_columns={"offered": 9, "ans": 8, "ans_in_T1": 8, "wait_ans_ms": 80_000},
        ),
    ]  # fmt: skip
    kept(path / "center.db", records, plan_of())
    (path / "pst.toml").write_text(WINDOW.format(3) + ROWS + SURVEY)
    (path / "survey.csv").write_text(HEAD + 'survey,2026-02,0.9,40,,"<i>panel</i>"\n')
    return path


def score(folder: Path, *arguments: str | Path) -> Any:
    return floorwatch(
        *("score", folder / "pst.toml", "--import", folder / "survey.csv", "--month", "2026-03"),
        *("--store", folder / "center.db", *arguments),
    )


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    done = score(folder, "--html", folder / "report.html")
    assert done.exit_code == 0, done.output
    return (folder / "report.html").read_text("utf-8")


def test_each_value_links_to_its_intervals_and_back_within_the_page(text: str) -> None:
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert all(link.startswith("#") for link in page.links)
    assert {f"#r{row}p{period}" for row in range(3) for period in range(3)} <= set(page.links)


def test_what_stands_behind_a_value_adds_up_and_shows_why_it_changed(text: str) -> None:
    page = Page(text)
    january, march = page.text("r0p0"), page.text("r0p2")
    assert "85.00 %" in january
    assert "ans_in_T18585" in january  # column, sum, and sum of the first final values
    assert "00:00:00+00:00 85 100 FINAL sales" in january
    assert "09:00:00+00:00 8 10 RESTATED r2 sales" in march
    assert "offered109" in march
    assert "offered=9offered=10audit" in march
    assert "definition version" not in march.lower() or "ans_in_T / offered" in march
    assert "0.9" in page.text("r2p1")


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(text: str) -> None:
    page = Page(text)
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "i", "b")]
    assert not [a for _, told in page.tags for a in told if a.startswith("on") or a == "src"]
    assert "http" not in text
    assert "url(" not in text
    assert (
        text.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#x27;voice&#x27;") > 3
    )
    assert "&lt;i&gt;panel&lt;/i&gt;" in text


def test_every_text_is_there_in_both_languages(text: str) -> None:
    spoken = Page(text).spoken
    assert spoken["en"] == spoken["ja"] > 50
    assert "サービスレベル" in text
    assert 'id="en" checked' in text


def test_what_is_stated_of_the_data_stands_beside_what_the_values_show_of_them(
    folder: Path, text: str
) -> None:
    rows = {one["row"]: one for one in json.loads(score(folder, "--json").stdout)["rows"]}
    level, waiting, survey = (rows[name] for name in (NASTY, "waiting", "survey"))
    assert (level["cuika"], waiting["cuika"], survey["cuika"]) == ("C-I--", "CUI--", "C-I--")
    assert level["statements"]["integrity"] == "definition version 1, at least 100.00% complete"
    assert waiting["statements"]["used"] == "weekly <review>"
    said = "not usable: the clock was wrong; checked against the switch"
    assert waiting["statements"]["integrity"] == said
    assert not waiting["at_level"]
    assert survey["statements"]["collected"] == "<i>panel</i>, 1 of 3 periods"
    assert survey["statements"]["integrity"] == "not judged: 2026-01 2026-03"
    assert "weekly &lt;review&gt;" in text


def in_japanese(text: str) -> str:
    """What a reader of Japanese sees of the page, sections and all."""
    japanese = re.sub(r'<span lang="en">.*?</span>', "", text)
    return re.sub(r'<span lang="ja">(.*?)</span>', r"\1", japanese)


def test_statements_reasons_and_decisions_are_japanese_on_the_japanese_page(text: str) -> None:
    page = in_japanese(text)
    assert "台帳、3期間中3期間" in page
    assert "定義の版 1、データ充足 100.00%以上" in page
    assert "使用不可: the clock was wrong。交換機と照合" in page
    assert "weekly &lt;review&gt;" in page, "stated in one language only"
    assert "判定不可: 2026-01 2026-03" in page
    assert "監査 (audit)" in page
    assert "判定の対象月数 (window_months)" in page
    for english in ("not usable", "periods<", "definition version", "not judged", "complete<"):
        assert english not in page, english


def test_every_reason_why_a_row_does_not_count_is_told_in_both_languages() -> None:
    rows = [
        met("a", waived="why"), met("b", not_applicable="why"), judged(row("c"), [None] * 6),
        judged(row("d", introduced="2025-05"), [None] * 4 + [90, 90]),
        met("e", level="entity", metric="m"), met("f", metric="m"),
        met("g", metric="n"), met("h", metric="n", queues=("sales",)),
        met("i", extra=True, metric="o"), met("j", queues=("q",), metric="p", volume_share=0.01),
        met("k", metric="service_level"), met("l", metric="asa"),
    ]  # fmt: skip
    told = [one.left_out for one in count(rows) if one.left_out]
    kinds = {one.en.split(":")[0].split(" in ")[0].split(" of ")[0] for one in told}
    assert len(kinds) == len(told) == 9
    assert all(re.search("[ぁ-んァ-ン一-龥]", one.ja) for one in told)


def test_a_trend_shows_target_misses_and_gaps() -> None:
    targets = [PstTarget(valid_from="2026-01", value=value) for value in (0.8, 0.8, 0.9, 0.9, 0.9)]
    points = [0.85, 0.75, UNKNOWN, 0.92, 0.95]
    svg = trend_svg(list("abcde"), points, [aim_of(one, "up") for one in targets], '"<row>"')
    assert svg.count('<circle class="met"') == 3
    assert svg.count('<polygon class="missed"') == 1
    assert svg.count("<polyline") == 2
    (target,) = [part for part in svg.split("<") if part.startswith('path class="target"')]
    levels = [step.split("H")[0].split(" ")[1] for step in target.split("M")[1:]]
    assert (levels[0], levels[2]) == (levels[1], levels[4])
    assert float(levels[0]) > float(levels[4])
    assert 'aria-label="&quot;&lt;row&gt;&quot;"' in svg
    Page(f"<p>{svg}</p>")


def columns(path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    found = read_parquet(str(path)).read_all()
    names = found.schema.names
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(column.to_pylist() for column in found.columns), strict=True)
    ]


def test_a_month_as_parquet_is_the_month_as_json(folder: Path) -> None:
    asked = ("month", "--month", "2026-03", "--store", folder / "center.db")
    done = floorwatch(*asked, "--parquet", folder / "month.parquet")
    assert (done.exit_code, done.stdout) == (0, "")
    assert columns(folder / "month.parquet") == told(*asked)


def test_a_score_as_parquet_has_a_row_for_each_value_and_tells_null_from_unknown(
    folder: Path,
) -> None:
    done = score(folder, "--parquet", folder / "cells.parquet")
    assert done.exit_code == 0, done.output
    found = {(one["row"], one["period"]): one for one in columns(folder / "cells.parquet")}
    assert len(found) == 9
    march = found[NASTY, "2026-03"]
    assert (march["value"], march["target"], march["state"]) == (0.8, 0.9, "RESTATED")
    assert found["survey", "2026-01"]["value"] is None
    assert not found["survey", "2026-01"]["known"]
    assert found["survey", "2026-02"]["source"] == "<i>panel</i>"


def test_a_file_that_cannot_be_written_leaves_what_was_there(folder: Path) -> None:
    (folder / "taken").mkdir()
    done = score(folder, "--html", folder / "taken")
    assert done.exit_code == 2
    assert "cannot be written" in done.output
    assert not list(folder.glob(".*.part"))
