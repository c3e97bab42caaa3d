"""Recording rules: every exported sum at its levels, and ratios of these sums, never of ratios.

Of a queue: queue, program, network; of what is attributed to sites (definitions 6.5), site too. Of
people: group, program, site, network. The worker is taken away first, so that a queue which two
workers export during a hand-over counts once. Uptime is not added up over technologies.
"""

from collections.abc import Iterable, Iterator, Sequence

from schemas.catalog import KPIS
from schemas.keys import Basis
from schemas.kpi import Formula, Kpi, Measure, RollUp, Term
from schemas.metrics import FAMILIES, MEASURES
from schemas.metrics_family import GROUP, QUEUE
from streams.rules.rule import WORKER, Group, Record

WINDOWS = ("interval", "last_interval", "day")
RANGES = ("5m", "30m", "2h")
_FLOW_LEVELS = ("queue", "program", "network")
_ABOVE_QUEUE = {"program": "queue, channel", "network": "program, queue, channel"}
_PER_SITE = (Basis.END, Basis.CLIPPED, Basis.RECEIPT)
_ADDED = (Formula.SUM, Formula.LOAD)
_FTE = ("cc_interval_required_staff", "cc_interval_available_staff")


def levels() -> list[Group]:
    """Groups of recording rules, each with what its own rules need."""
    windows = [Group(f"floorwatch-{name.replace('_', '-')}", _window(name)) for name in WINDOWS]
    return [
        *windows,
        Group("floorwatch-now", list(_now())),
        Group("floorwatch-flow", list(_flow())),
    ]


def _declared() -> tuple[Kpi | Measure, ...]:
    return (*KPIS.values(), *MEASURES)


def _window(window: str) -> list[Record]:
    sums: dict[tuple[Term, ...], str] = {}
    records: list[Record] = []
    for one in _declared():
        metric: str = getattr(one.metrics, window)
        if metric and one.formula in _ADDED:
            sums.setdefault(one.numerator, metric)
            records += _of_group(metric) if one.per_group else _of_queue(metric, one)
    if window == "interval":
        records += [record for metric in _FTE for record in _of_group(metric)]
    for kpi in KPIS.values():
        metric = getattr(kpi.metrics, window)
        if metric and kpi.formula is Formula.RATIO and not kpi.bound:
            parts = sums[_first_threshold(kpi.numerator)], sums[kpi.denominator]
            names = [f"{{level}}:{part}:sum" for part in parts]
            records += _ratios(f"{metric}:ratio", names, _levels_of(kpi), kpi.channels)
    return records


def _ratios(
    name: str, parts: Sequence[str], at: Iterable[str], channels: Sequence[str]
) -> Iterator[Record]:
    """A ratio at some levels; above the queue its sums are of its own channels only."""
    of = f'{{channel=~"{"|".join(channels)}"}}' if channels else ""
    for level in at:
        over, under = (part.format(level=level) for part in parts)
        if of:
            over, under = (f"{part.format(level='queue')}{of}" for part in parts)
        if of and level in _ABOVE_QUEUE:
            over, under = (_over(_ABOVE_QUEUE[level], each) for each in (over, under))
        elif level == "site":  # what has sites is told of its own channels only
            over, under = (part.format(level=level) for part in parts)
        yield Record(f"{level}:{name}", f"  {over}\n/\n  ({under} > 0)")


def _levels_of(one: Kpi | Measure) -> tuple[str, ...]:
    if one.per_group:
        return ("group", "program", "site", "network")
    if one.of_technology and one.basis is Basis.CLIPPED:
        return ("queue",)
    if one.basis in _PER_SITE and not (one.of_cases or one.of_outbound):  # these have no site
        return ("queue", "program", "site", "network")
    return _FLOW_LEVELS


def _first_threshold(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms of *the* service level's T, the only one that is exported."""
    return tuple(t.model_copy(update={"column": t.column.replace("{i}", "1")}) for t in terms)


def _of_queue(metric: str, one: Kpi | Measure) -> Iterator[Record]:
    at = _levels_of(one)
    yield Record(f"queue:{metric}:sum", f"sum without (site) (max {WORKER} ({metric}))")
    if "program" in at:
        yield Record(f"program:{metric}:sum", f"sum without (queue, channel) (queue:{metric}:sum)")
        yield Record(f"network:{metric}:sum", f"sum without (program) (program:{metric}:sum)")
    if "site" in at:
        placed = f'max {WORKER} ({metric}{{site!=""}})'
        yield Record(f"site:{metric}:sum", f"sum without (program, queue, channel) ({placed})")


def _of_group(metric: str) -> Iterator[Record]:
    yield Record(f"group:{metric}:sum", f"max {WORKER} ({metric})")
    yield Record(f"program:{metric}:sum", f"sum without (site, group) (group:{metric}:sum)")
    yield Record(f"site:{metric}:sum", f"sum without (program, group) (group:{metric}:sum)")
    yield Record(f"network:{metric}:sum", f"sum without (program) (program:{metric}:sum)")


def _now() -> Iterator[Record]:
    """Live gauges at their levels; what only describes a queue or group, once per queue or group."""
    live = {kpi.metrics.now: kpi.roll_up for kpi in KPIS.values() if kpi.metrics.now}
    owners = (("queue", QUEUE), ("group", GROUP))
    windowed = {name for one in _declared() for name in one.metrics.names()}
    for metric, roll_up in live.items():
        how = "min" if roll_up is RollUp.OLDEST else "sum"
        yield Record(f"queue:{metric}:{how}", f"max {WORKER} ({metric})")
        queues = f"{how} without (queue, channel) (queue:{metric}:{how})"
        yield Record(f"program:{metric}:{how}", queues)
        programs = f"{how} without (program) (program:{metric}:{how})"
        yield Record(f"network:{metric}:{how}", programs)
    for family in FAMILIES.values():
        told_alone = family.kind == "gauge" and family.name not in windowed
        level = next((name for name, of in owners if family.labels[:3] == of), "")
        if told_alone and level and family.name not in _FTE:
            yield Record(f"{level}:{family.name}:max", f"max {WORKER} ({family.name})")
    wait = _age("cc_contacts_oldest_waiting_timestamp_seconds")
    yield Record("queue:cc_contacts_oldest_wait_seconds:max", wait)
    working = 'group:cc_staff:max{state=~"available|ringing|handling|acw"}'
    yield Record("group:cc_staff_working:sum", f"sum without (state) ({working})")
    yield Record("program:cc_staff_working:sum", _over("site, group", "group:cc_staff_working:sum"))
    yield Record("site:cc_staff_working:sum", _over("program, group", "group:cc_staff_working:sum"))
    limit = "cc_feed_silence_limit_seconds"
    yield Record(f"feed:{limit}:max", f"max {WORKER} ({limit})")
    yield Record("feed:cc_feed_lag_seconds:max", _age("cc_feed_watermark_timestamp_seconds"))
    over = f"feed:cc_feed_lag_seconds:max - feed:{limit}:max"
    yield Record("program:cc_feed_lag_over_limit_seconds:max", f"max without (source) ({over})")


def _over(labels: str, of: str) -> str:
    return f"sum without ({labels}) ({of})"


def _age(moment: str) -> str:
    """Time since a moment by the page's own clock: a replayed day has another one than Prometheus."""
    return f"max {WORKER} (cc_view_timestamp_seconds - on (instance) group_right () {moment})"


def _flow() -> Iterator[Record]:
    flows = {one.numerator: one.metrics.flow for one in _declared() if one.metrics.flow}
    for span in RANGES:
        for metric in flows.values():
            yield from _increases(metric, span)
        for kpi in KPIS.values():
            over = flows.get(_first_threshold(kpi.numerator))
            under = flows.get(kpi.denominator)
            if over and under and kpi.boards and not kpi.bound:
                stems = _stem(over), _stem(under)
                parts = [f"{{level}}:{stem}:increase{span}" for stem in stems]
                name = f"{stems[0]}_per_{stems[1].removeprefix('cc_')}:ratio_increase{span}"
                yield from _ratios(name, parts, _FLOW_LEVELS, kpi.channels)


def _stem(counter: str) -> str:
    return counter.removesuffix("_total")


def _increases(metric: str, span: str) -> Iterator[Record]:
    name = f"{_stem(metric)}:increase{span}"
    yield Record(f"queue:{name}", f"sum {WORKER} (increase({metric}[{span}]))")
    yield Record(f"program:{name}", f"sum without (queue, channel) (queue:{name})")
    yield Record(f"network:{name}", f"sum without (program) (program:{name})")
