"""Panels of what the ledger has recorded: queries of Grafana's Infinity data source to `/ledger`."""

from typing import Any

from streams.grafana.panel import Field, Panel, Recorded
from streams.grafana.words import LABELS, Language, Text

INFINITY = "yesoreyeram-infinity-datasource"
STATE = Text("State", "状態")
START = Field("start_ms", LABELS["start"], "timestamp_epoch")
PROVENANCE = (
    Field("state", STATE, "string"),
    Field("revision", LABELS["revision"]),
    Field("completeness", LABELS["completeness"], unit="percentunit"),
)
"""How final a recorded value is: never left out beside one (design 3)."""


def target_of(panel: Panel, lang: Language) -> dict[str, Any]:
    """The query of a panel of recorded values. Errors: AssertionError, it has none."""
    asked = panel.recorded
    assert asked is not None, panel.title
    return {
        "refId": "A",
        "datasource": {"type": INFINITY, "uid": "floorwatch-ledger"},
        "type": "json",
        "source": "url",
        "parser": "backend",
        "format": "timeseries" if panel.kind == "history" else "table",
        "url": _url(asked),
        "url_options": {"method": "GET", "data": ""},
        "root_selector": "rows",
        "columns": [
            {"selector": field.path, "text": field.name.of(lang), "type": field.type}
            for field in asked.fields
        ],
        "filters": [],
    }


def _url(asked: Recorded) -> str:
    """Grafana writes a choice of several as `var-queue=a&var-queue=b`."""
    labels: tuple[str, ...] = ("program", "queue", "channel")
    labels = ("site", "program", "group") if asked.level == "group" else labels
    labels = ("program",) if asked.level == "program" else labels
    chosen = "".join(f"&${{{label}:queryparam}}" for label in labels)
    return f"/ledger?span={asked.span}&level={asked.level}&from={asked.since}&to={asked.until}{_kpis(asked)}{chosen}"


def _kpis(asked: Recorded) -> str:
    """Only those that are shown, so that the answer stays small."""
    shown = [field.path for field in asked.fields if field.path.startswith("kpis.")]
    return "".join(f"&kpi={path.removeprefix('kpis.')}" for path in shown)
