"""A declared board as Grafana's classic JSON, by the builders of its foundation SDK.

Panels of expressions ask the data source that the reader chooses; those of what is recorded ask the
ledger. Ids and places follow from the order, so that the same declaration gives the same bytes.
"""

import json
import math
import re
from typing import Any

from grafana_foundation_sdk.builders import common as builders_common
from grafana_foundation_sdk.builders import (
    dashboard,
    prometheus,
    stat,
    statushistory,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog import builder, runtime
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from streams.grafana.panel import Board, Look, Panel, Query, Variable
from streams.grafana.recorded import INFINITY, target_of
from streams.grafana.words import LABELS, LANGUAGES, NONE, UNKNOWN, Language, Text

UID = "floorwatch-"
PROMETHEUS = common.DataSourceRef("prometheus", "${datasource}")
LEDGER = common.DataSourceRef(INFINITY, "floorwatch-ledger")
COLUMNS = 24
_BUILDERS: dict[str, Any] = {
    "stat": stat.Panel,
    "lines": timeseries.Panel,
    "bars": timeseries.Panel,
    "table": table.Panel,
    "history": statushistory.Panel,
}


def uid_of(name: str, lang: Language) -> str:
    """The uid that alerts link to is that of the English board."""
    return UID + name + ("" if lang == "en" else f"-{lang}")


def board_json(board: Board, lang: Language) -> str:
    """The board in a language as the text of its file."""
    made = (
        dashboard.Dashboard(f"Floorwatch: {board.title.of(lang)}")
        .uid(uid_of(board.name, lang))
        .description(board.says.of(lang))
        .tags(["floorwatch", lang])
        .readonly()
        .timezone("browser")
        .refresh(board.refresh)
        .time(board.since, board.until)
        .variables(_variables(board, lang))
        .annotations([_firing(board, lang)])
    )
    for each in _links(board, lang):
        made = made.link(each)
    x = y = row = 0
    for number, panel in enumerate(board.panels, 1):
        if x + panel.width > COLUMNS:
            x, y, row = 0, y + row, 0
        place = model.GridPos(panel.height, panel.width, x, y)
        made = made.with_panel(_Built(_panel(panel, lang, number, place)))
        x, row = x + panel.width, max(row, panel.height)
    text = json.dumps(made.build(), cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True)
    return text + "\n"


class _Built(builder.Builder[model.Panel]):
    """A panel that is built already."""

    def __init__(self, panel: model.Panel) -> None:
        self._panel = panel

    def build(self) -> model.Panel:
        return self._panel


def _panel(panel: Panel, lang: Language, number: int, place: model.GridPos) -> model.Panel:
    made = (
        _BUILDERS[panel.kind]()
        .id(number)
        .title(panel.title.of(lang))
        .description(panel.says.of(lang))
        .datasource(LEDGER if panel.recorded else PROMETHEUS)
        .unit(panel.unit)
        .no_value((UNKNOWN if panel.kind == "stat" else NONE).of(lang))
        .grid_pos(place)
    )
    if panel.look:
        made = made.mappings(_mappings(panel.look, lang)).thresholds(_steps(panel.look))
    if panel.kind == "table":
        made = _as_table(made, panel, lang)
    elif panel.kind in ("lines", "bars"):
        made = _as_lines(made, panel, lang)
    elif panel.kind == "history":
        made = made.show_value(common.VisibilityMode.AUTO).color_scheme(_by_threshold())
    else:
        made = _as_number(made, panel)
    if panel.recorded:
        made = made.with_target(_Query(target_of(panel, lang)))
    for index, query in enumerate(panel.queries):
        made = made.with_target(_expression(panel, query, index, lang))
    return made.build()  # type: ignore[no-any-return]


class _Query(builder.Builder[runtime.UnknownDataquery]):
    """A query of a data source that the SDK has no model of."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    def build(self) -> runtime.UnknownDataquery:
        return runtime.UnknownDataquery(self._told)


def _expression(panel: Panel, query: Query, index: int, lang: Language) -> prometheus.Dataquery:
    name = query.name.of(lang)
    made = prometheus.Dataquery().expr(query.expr).ref_id(_ref(index)).datasource(PROMETHEUS)
    if panel.kind == "table":
        return made.format(PromQueryFormat.TABLE).instant()
    legend = f"{name} {query.legend}".strip() if query.legend else name
    made = made.legend_format(legend)
    return made.instant() if panel.kind == "stat" else made.range()


def _ref(index: int) -> str:
    return chr(ord("A") + index)


def _as_number(made: Any, panel: Panel) -> Any:
    newest = builders_common.ReduceDataOptions().calcs(["lastNotNull"])
    mode = common.BigValueColorMode
    made = made.color_mode(mode.BACKGROUND if panel.look else mode.NONE)
    return made.graph_mode(common.BigValueGraphMode.NONE).reduce_options(newest)


def _as_table(made: Any, panel: Panel, lang: Language) -> Any:
    """One row for each set of labels, one column for each query."""
    if panel.queries:
        made = made.with_transformation(model.DataTransformerConfig("merge", options={}))
        gone = {"excludeByName": {"Time": True}}
        made = made.with_transformation(model.DataTransformerConfig("organize", options=gone))
    for label in _labels(panel):
        made = made.override_by_name(label, [_property("displayName", LABELS[label].of(lang))])
    shown = [(f"Value #{_ref(n)}", q.name, q.unit, q.look) for n, q in enumerate(panel.queries)]
    if len(panel.queries) == 1:  # Grafana numbers values only where there are several queries
        shown.append(("Value", *shown[0][1:]))
    if panel.recorded:
        shown += [(f.name.of(lang), f.name, f.unit, f.look) for f in panel.recorded.fields]
    for field, name, unit, look in shown:
        made = made.override_by_name(field, _column(name, unit, look, lang))
    if panel.worst:
        name, greatest = panel.worst
        made = made.sort_by([_Sorted(name.of(lang), greatest)])
    return made


def _labels(panel: Panel) -> list[str]:
    """Labels that its expressions keep, in the order of their columns."""
    kept = re.findall(r"\bby \(([\w, ]+)\)", " ".join(query.expr for query in panel.queries))
    return list(dict.fromkeys(name for names in kept for name in names.split(", ")))


class _Sorted(builder.Builder[common.TableSortByFieldState]):
    def __init__(self, name: str, greatest: bool) -> None:
        self._by = common.TableSortByFieldState(name, greatest)

    def build(self) -> common.TableSortByFieldState:
        return self._by


def _column(name: Text, unit: str, look: Look | None, lang: Language) -> list[Any]:
    told = [_property("displayName", name.of(lang))]
    if unit:
        told.append(_property("unit", unit))
    if look:
        told += [
            _property("mappings", _mappings(look, lang)),
            _property("thresholds", _steps(look).build()),
            _property("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
        ]
    return told


def _property(name: str, value: object) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(name, value)


def _as_lines(made: Any, panel: Panel, lang: Language) -> Any:
    bars = panel.kind == "bars"
    made = made.draw_style(
        common.GraphDrawStyle.BARS if bars else common.GraphDrawStyle.LINE
    ).fill_opacity(40 if bars else 0)
    for query in panel.queries:
        if query.fill_to:
            between = [
                _property("custom.fillBelowTo", query.fill_to.of(lang)),
                _property("custom.fillOpacity", 20),
            ]
            made = made.override_by_name(query.name.of(lang), between)
    return made


def _by_threshold() -> Any:
    return dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS)


def _steps(look: Look) -> dashboard.ThresholdsConfig:
    steps = [
        model.Threshold(None if n == 0 else least, color)
        for n, (least, color, _) in enumerate(look.steps)
    ]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _mappings(look: Look, lang: Language) -> list[Any]:
    """The words, best first: of two ranges that meet in a value the better one holds."""
    made: list[Any] = []
    for number in reversed(range(len(look.steps))):
        _, color, word = look.steps[number]
        if word is None:
            continue
        bounds = [-math.inf, *(step[0] for step in look.steps[1:]), math.inf]
        low, high = (None if math.isinf(edge) else edge for edge in bounds[number : number + 2])
        said = model.ValueMappingResult(text=word.of(lang), color=color, index=len(made))
        made.append(model.RangeMap(model.DashboardRangeMapOptions(low, high, said)))
    return made


def _variables(board: Board, lang: Language) -> list[Any]:
    source = dashboard.DatasourceVariable("datasource").type("prometheus")
    return [
        source.label(Text("Data source", "データソース").of(lang)).hide(
            model.VariableHide.HIDE_VARIABLE
        ),
        *(_variable(each, lang) for each in board.variables),
    ]


def _variable(of: Variable, lang: Language) -> dashboard.QueryVariable:
    narrowed = ",".join(f'{name}=~"${name}"' for name in of.after)
    query = f"label_values({of.metric}{{{narrowed}}}, {of.label})"
    made = (
        dashboard.QueryVariable(of.label)
        .label(LABELS[of.label].of(lang))
        .datasource(PROMETHEUS)
        .query(query)
        .definition(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(not of.one)
        .include_all(not of.one)
    )
    if of.one:
        return made
    every = model.VariableOption(text="All", value="$__all", selected=True)
    return made.all_value(".*").current(every)


def _firing(board: Board, lang: Language) -> dashboard.AnnotationQuery:
    """Critical alerts as marks in time; boards without programs to choose show all of them."""
    chosen = any(each.label == "program" for each in board.variables)
    program = ',program=~"$program|"' if chosen else ""
    return (
        dashboard.AnnotationQuery()
        .name(Text("Critical alerts", "重大アラート").of(lang))
        .datasource(PROMETHEUS)
        .expr(f'ALERTS{{alertstate="firing",severity="critical"{program}}}')
        .title_format("{{alertname}}")
        .text_format("{{program}} {{queue}} {{group}} {{site}}")
        .icon_color("red")
        .enable(True)
    )


def _links(board: Board, lang: Language) -> list[Any]:
    boards = (
        dashboard.DashboardLink(Text("Boards", "ボード").of(lang))
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags(["floorwatch", lang])
        .as_dropdown(True)
    )
    others = [
        dashboard.DashboardLink({"en": "English", "ja": "日本語"}[other])
        .type(model.DashboardLinkType.LINK)
        .url(f"/d/{uid_of(board.name, other)}")
        for other in LANGUAGES
        if other != lang
    ]
    return [each.keep_time(True).include_vars(True) for each in (boards, *others)]
