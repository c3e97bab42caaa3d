import pytest

from schemas.catalog import KPIS
from schemas.metrics import FAMILIES
from streams.generate import Generated, generate, kpi_reference, main, metric_reference, stale


def test_generated_files_are_current():
    assert stale() == []
    assert main(["--check"]) == 0


def test_the_reference_has_a_row_for_every_kpi_and_every_metric():
    assert len(kpi_reference().splitlines()) == len(KPIS) + 2
    assert len(metric_reference().splitlines()) == len(FAMILIES) + 2
    assert all(f"`{key}`" in kpi_reference() for key in KPIS)


def test_only_what_stands_between_the_markers_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- generated: x -->\nold\n<!-- end: x -->\nbelow\n")
    part = Generated(page, lambda: "new\n", "x")
    assert generate([part]) == [page]
    assert page.read_text() == ("above\n<!-- generated: x -->\n\nnew\n\n<!-- end: x -->\nbelow\n")
    assert generate([part]) == []


def test_whole_files_are_written_where_nothing_was(tmp_path):
    whole = Generated(tmp_path / "rules/all.yaml", lambda: "groups: []\n")
    assert stale([whole]) == [whole.path]
    generate([whole])
    assert whole.path.read_text() == "groups: []\n"
    assert stale([whole]) == []


def test_a_page_without_markers_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no pair of markers 'x'"):
        Generated(tmp_path / "page.md", lambda: "", "x").text("nothing here")


def test_unknown_arguments_are_refused(capsys):
    assert main(["--chek"]) == 2
    assert "hint: only --check" in capsys.readouterr().err
