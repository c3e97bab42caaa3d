"""`floorwatch kpis`: the catalogue."""

from typing import Annotated, Any

import typer

from schemas.catalog import KPIS
from schemas.kpi import Kpi
from streams.cli.options import AsCsv, AsJson
from streams.cli.output import form_of, print_json, print_rows

EXAMPLES = ("floorwatch kpis", "floorwatch kpis --lang ja", "floorwatch kpis --json | jq .[].key")
COLUMNS = ("id", "key", "title", "unit", "better", "basis", "formula")


def _row(kpi: Kpi, lang: str) -> dict[str, Any]:
    return {
        "id": kpi.id,
        "key": kpi.key,
        "title": kpi.title_ja if lang == "ja" else kpi.title,
        "unit": kpi.unit,
        "better": kpi.direction,
        "basis": kpi.basis or "now",
        "formula": kpi.expression,
    }


def command(
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    lang: Annotated[str, typer.Option(help="Titles in en or ja.")] = "en",
) -> None:
    """Print every KPI: what it measures, its unit, which way is better, and its formula."""
    if lang not in ("en", "ja"):
        raise typer.BadParameter("titles exist in en and ja", param_hint="--lang")
    if as_json:
        print_json(
            [kpi.model_dump(mode="json") | {"formula": kpi.expression} for kpi in KPIS.values()]
        )
        return
    print_rows([_row(kpi, lang) for kpi in KPIS.values()], COLUMNS, form_of(False, as_csv))
