"""`/ledger`: recorded intervals, days and months as JSON, with state and revision.

What was scraped of an interval while it was provisional stays in Prometheus as it was; boards read
closed intervals here. Each row is the figure `floorwatch ledger --json` prints for the same key.
Names may be sent as `queue=a` or, as Grafana writes a choice, as `var-queue=a`.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import parse_qs

import msgspec

from schemas.catalog import KPIS
from schemas.targets import Plan
from streams.checkpoint import payroll
from streams.checkpoint.sqlite import SqliteStore, StoreError
from streams.errors import UserError
from streams.figures import Figure, FigureKey, Span, figures, span_end, span_start
from streams.http import Answer
from streams.moments import parsed_ms
from streams.payroll import Selected, with_payroll
from streams.recorded import Selection, counts_calls_only, recorded_spans, row

JSON = "application/json; charset=utf-8"
DAY_MS, YEAR_2200_MS = 86_400_000, 7_258_118_400_000
MOST_DAYS = {"interval": 40, "day": 400, "month": 4_000}
"""Days read at most by the span of a row: beyond them the answer is no page but a download."""
MOST_ROWS = 20_000
LEVELS = ("queue", "group", "program", "network")
NAMES = ("program", "queue", "channel", "site", "group")
EVERY = {"", ".*", "$__all", "All"}
"""How Grafana writes that everything is chosen."""
_FLAGS = {"0": False, "1": True, "false": False, "true": True}


class Asked(NamedTuple):
    """A query understood. `since_ms`, `until_ms`: ms UTC; names: empty is all."""

    span: Span
    level: str
    since_ms: int
    until_ms: int
    names: Mapping[str, tuple[str, ...]]
    kpis: tuple[str, ...]
    sites: bool
    columns: bool


class LedgerPage:
    """Answers queries from a store. One at a time: pooling a month is work, and a page has many panels."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()

    def __call__(self, query: str) -> Answer:
        """JSON of the rows asked for; 400 with what is wrong, 503 if the store cannot be read."""
        try:
            with self._lock:
                return HTTPStatus.OK, JSON, msgspec.json.encode(self._found(query))
        except StoreError as error:
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, error)
        except UserError as error:
            return _refused(HTTPStatus.BAD_REQUEST, error)

    def _found(self, query: str) -> dict[str, Any]:
        store = SqliteStore(self._path, read_only=True)
        try:
            plan = store.plan()
            asked = understood(query, plan)
            rows = list(_rows(store, plan, asked))
        finally:
            store.close()
        if len(rows) > MOST_ROWS:
            raise UserError(
                f"{len(rows):,} rows, {MOST_ROWS:,} at most", "ask for less time or fewer names"
            )
        told = {"span": asked.span, "level": asked.level}
        return told | {"from_ms": asked.since_ms, "to_ms": asked.until_ms, "rows": rows}


def _refused(status: HTTPStatus, error: UserError) -> Answer:
    return status, JSON, msgspec.json.encode({"error": error.message, "hint": error.hint})


def understood(query: str, plan: Plan) -> Asked:
    """A query string as what it asks for. Raises UserError: a parameter or value nobody knows."""
    told = {
        name.removeprefix("var-"): values
        for name, values in parse_qs(query, keep_blank_values=True).items()
    }
    known = {"span", "minutes", "level", "from", "to", "kpi", "sites", "columns", *NAMES}
    for name in told:
        if name not in known:
            raise UserError(f"unknown parameter {name!r}", f"known: {', '.join(sorted(known))}")
    span = _one_of(told, "span", ("interval", "day", "month"))
    minutes = _one_of(told, "minutes", ("30", "15", "60"))
    kpis = tuple(key for value in told.get("kpi", ()) for key in value.split(",") if key)
    for key in kpis:
        if key not in KPIS:
            raise UserError(f"kpi: no KPI {key!r}", "`floorwatch kpis` lists them")
    zone = plan.common_zone()
    since_ms, until_ms = (_moment(told, name, zone) for name in ("from", "to"))
    if not 0 < until_ms - since_ms <= MOST_DAYS[span] * DAY_MS:
        raise UserError(
            f"from must lie before to, by {MOST_DAYS[span]} days at most for span={span}",
            "ask in parts, or `floorwatch ledger --csv`",
        )
    names = {name: _chosen(told.get(name, ())) for name in NAMES}
    return Asked(
        cast(Span, span if span != "interval" else f"{minutes}min"),
        _one_of(told, "level", LEVELS),
        since_ms,
        until_ms,
        names,
        kpis,
        _FLAGS[_one_of(told, "sites", tuple(_FLAGS))] or bool(names["site"]),
        _FLAGS[_one_of(told, "columns", tuple(_FLAGS))],
    )


def _one_of(told: Mapping[str, Sequence[str]], name: str, known: tuple[str, ...]) -> str:
    """The value of a parameter; the first of `known` where it is not given."""
    value = told.get(name, known[:1])[-1]
    if value not in known:
        raise UserError(
            f"{name}: {value!r} is none of {', '.join(known)}", f"write {name}={known[0]}"
        )
    return value


def _moment(told: Mapping[str, Sequence[str]], name: str, zone: Any) -> int:
    value = told.get(name, [""])[-1]
    if not value:
        raise UserError(f"{name} is missing", f"write {name}=2026-03-02T09:30 or ms since 1970 UTC")
    is_ms = value.isascii() and value.isdigit() and len(value) > 8
    moment_ms = int(value[:20]) if is_ms else parsed_ms(value, zone)
    if not 0 <= moment_ms < YEAR_2200_MS:
        raise UserError(f"{name}: {value[:40]!r} is before 1970 or after 2199", "ms, or 2026-03-02")
    return moment_ms


def _chosen(values: Sequence[str]) -> tuple[str, ...]:
    return () if EVERY & set(values) else tuple(values)


def _rows(store: SqliteStore, plan: Plan, asked: Asked) -> Iterator[dict[str, Any]]:
    """Rows of whole spans only: those that hold a moment of what is asked for."""
    with store.reading() as db:
        paid, spans = [*payroll.kept(db)], payroll.recorded(db)
    programs = [name for name in spans if name in (asked.names["program"] or spans)]
    if not programs:
        return
    begins = {p: span_start(plan, p, asked.since_ms, asked.span) for p in programs}
    ends = {
        p: span_end(plan, p, span_start(plan, p, asked.until_ms - 1, asked.span), asked.span)
        for p in programs
    }
    since_ms, until_ms = min(begins.values()), max(ends.values())
    of_groups = asked.level == "group"
    level = cast(Literal["queue", "program", "network"], "queue" if of_groups else asked.level)
    names = (asked.names["program"], asked.names["group" if of_groups else "queue"])
    channels = () if of_groups else asked.names["channel"]
    where, parameters = Selection(since_ms, until_ms, *names, channels).where()
    records = (
        each
        for each in store.ledger(where, parameters)
        if begins[each.program] <= each.bucket_ms < ends[each.program]
    )
    sites = asked.sites or of_groups
    pooled = figures(records, plan, asked.span, level, sites)
    whole = {p: (begins[p], ends[p]) for p in programs}
    covered = recorded_spans(plan, spans, since_ms, until_ms)
    covered = {p: s for p, s in covered.items() if p in whole}
    for key, figure in with_payroll(pooled, paid, plan, Selected(covered, "", sites)):
        if _is_asked_for(key, figure, asked):
            yield _told(plan, key, figure, asked)


def _is_asked_for(key: FigureKey, figure: Figure, asked: Asked) -> bool:
    if asked.names["site"] and key.site not in asked.names["site"]:
        return False
    if asked.level == "group":
        return bool(key.group)
    return asked.level != "queue" or not (key.group or counts_calls_only(key, figure))


def _told(plan: Plan, key: FigureKey, figure: Figure, asked: Asked) -> dict[str, Any]:
    told = row(plan, key, figure, whole=True)
    if asked.kpis:
        told["kpis"] = {name: told["kpis"].get(name) for name in asked.kpis}
    if not asked.columns:
        del told["columns"]
    return {"start_ms": key.start_ms} | told | _target(plan, key, figure, told["service_level"])


def _target(plan: Plan, key: FigureKey, figure: Figure, level: float | None) -> dict[str, Any]:
    """The queue's targets; null above a queue, and where they changed within the span."""
    moments = (key.start_ms, key.start_ms + figure.span_ms - 1)
    first, last = (plan.target_at(key.queue, at) for at in moments)
    one = bool(key.queue) and first.model_dump(exclude={"valid_from"}) == last.model_dump(
        exclude={"valid_from"}
    )
    target = first.service_level if one else None
    gap = None if level is None or target is None else level - target
    return {
        "service_level_target": target,
        "service_level_gap": gap,
        "asa_target_s": first.asa_s if one else None,
        "abandonment_target": first.abandonment if one else None,
    }
