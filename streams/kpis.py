"""KPIs read from columns: ratios are made here, at reading time, and nowhere else.

Values are plain numbers in the catalogue's units, unrounded. None is "no data": the denominator
is 0. A quantile in the histogram's open top bin (waits over 36 h) has no upper edge; it is None
too, and `summary` names it in its notes, because any number there would be a wrong one.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from kernels.columns import (
    ARRIVAL_ROW,
    BOTS_ROW,
    CASES_ROW,
    CHAT_ARRIVAL_COLUMNS,
    CHAT_COHORT_COLUMNS,
    CHAT_ROW,
    HANDLING_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    UPTIME_ROW,
    WAIT_BINS,
    WAIT_EDGES_MS,
)
from schemas.catalog import KPIS
from schemas.chats import CHANNELS
from schemas.columns import TEMPLATES, expand
from schemas.keys import Basis
from schemas.kpi import Formula, Kpi, Measure, Term, Unit
from schemas.targets import Plan
from streams.selection import ByOwner, Tells, given, is_told, selected, tells_of
from streams.view import NO_CHAT, CellKey, Cells

Value = float | int | None
Reading = Value | dict[str, Value]
Columns = Mapping[str, int]
Histogram = Sequence[int] | npt.NDArray[np.int64]
Owner = TypeVar("Owner", bound=Hashable)

PER_THRESHOLD = ("ans_in_T{i}", "ans_in_2T{i}", "abn_in_T{i}")
SYSTEM_REASONS = ("abn_system", "abn_queue_timeout", "abn_no_staff")
"""Reasons of abandonment that are a disconnect by the system (definitions 3)."""
_ROWS = {
    len(names): names
    for names in (
        *(ARRIVAL_ROW, HANDLING_ROW, STAFF_ROW, CHAT_ROW, BOTS_ROW, UPTIME_ROW),
        *(CASES_ROW, OUTBOUND_ROW),
    )
}
_OF_CHAT = {*CHAT_ARRIVAL_COLUMNS, *CHAT_COHORT_COLUMNS}


@dataclass(frozen=True)
class Pooled:
    """Sums of several cells: columns by name, and their histogram (WAIT_BINS counts).

    It is of waits; of rows of chat, of response times.
    """

    columns: dict[str, int]
    wait_hist: npt.NDArray[np.int64]


class Histograms(NamedTuple):
    """What quantiles are read from, by the names that a KPI gives; None: not known."""

    wait_hist: Histogram | None = None
    resp_hist: Histogram | None = None
    latency_hist: Histogram | None = None


class Parts(NamedTuple):
    """What each channel, and each (program, channel), has of the columns; None: not told apart."""

    by_channel: Mapping[str, Columns] | None = None
    by_owner: ByOwner | None = None
    tells: Tells = MappingProxyType({})

    def lack(self, kpi: Kpi) -> bool:
        """Whether nobody may have reported what the KPI counts: it is unknown then, and never 0."""
        return self.by_owner is not None and not is_told(kpi, self.by_owner, self.tells)


NO_PARTS = Parts()


def seconds_text(milliseconds: int) -> str:
    """Seconds in their shortest form: 20000 is "20", 7500 is "7.5"."""
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def value(
    declared: Kpi | Measure, columns: Columns, choice: str = "1", interval_ms: int | None = None
) -> Value:
    """One number of a declaration that is made of columns; absent columns count as 0.

    `choice` stands in the place of the column template: the threshold's number ("1" is the service
    level's), an escalation class, a reason. `interval_ms` is the divisor of a load.
    """
    over = _sum(declared.numerator, columns, choice)
    scale = 1000 if declared.unit is Unit.SECONDS else 1
    if isinstance(declared, Measure) or declared.formula is Formula.SUM:
        return over if scale == 1 else over / scale
    if declared.formula is Formula.LOAD:
        return over / interval_ms if interval_ms else None
    under = _sum(declared.denominator, columns, choice) * scale
    if under <= 0:
        return None
    return over / under if declared.floor is None else max(declared.floor, over / under)


def _sum(terms: tuple[Term, ...], columns: Columns, choice: str) -> int:
    return sum(term.sign * int(columns.get(term.named(choice), 0)) for term in terms)


def quantile_s(hist: Histogram, percent: int) -> float | None:
    """Upper edge, in s, of the bin at the nearest rank; 100 gives the highest non-empty bin.

    None without contacts, and where the rank lies in the open bin above the last edge.
    """
    bin_number = _rank_bin(hist, percent)
    if bin_number is None or bin_number >= len(WAIT_EDGES_MS):
        return None
    return int(WAIT_EDGES_MS[bin_number]) / 1000


def _rank_bin(hist: Histogram, percent: int) -> int | None:
    counts = np.cumsum(np.asarray(hist, dtype=np.int64))
    total = int(counts[-1]) if len(counts) else 0
    rank = -(-percent * total // 100)
    return int(np.searchsorted(counts, rank)) if total else None


def kpis(
    columns: Columns,
    wait_hist: Histogram | None = None,
    thresholds_ms: Sequence[int] = (),
    interval_ms: int | None = None,
    *,
    bases: Collection[Basis] = tuple(Basis),
    resp_hist: Histogram | None = None,
    latency_hist: Histogram | None = None,
    by_channel: Mapping[str, Columns] | None = None,
) -> dict[str, Reading]:
    """All KPIs that can be read from `columns` (by name, absent = 0), by key.

    A KPI with one value for each T, class or reason reads as a dict: {"20": 0.8, "60": 0.95}.
    `thresholds_ms` are the T the columns were counted with, in target order. Left out, rather than
    None: live KPIs, KPIs of other bases, quantiles without their histogram, load without
    `interval_ms`; KPIs of people or technology where no column of theirs is given, and of queues
    where only such are. `by_channel`: what each channel has of the columns; a KPI of some channels only is
    read from theirs, and left out where none of them is. Without it no channel is told apart.
    """
    at_t = {
        seconds_text(t_ms): _with_threshold(columns, number)
        for number, t_ms in enumerate(thresholds_ms, start=1)
    }
    hists = Histograms(wait_hist, resp_hist, latency_hist)
    return _read(columns, at_t, hists, interval_ms, bases, Parts(by_channel))


def _with_threshold(columns: Columns, number: int) -> Columns:
    """The columns with threshold `number` in the place of the first."""
    chosen = {
        name.replace("{i}", "1"): columns.get(name.replace("{i}", str(number)), 0)
        for name in PER_THRESHOLD
    }
    return {**columns, **chosen}


def _read(
    columns: Columns,
    at_t: Mapping[str, Columns],
    hists: Histograms,
    interval_ms: int | None,
    bases: Collection[Basis],
    parts: Parts,
) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    belongs, of_nothing = given(columns), dict[str, int]()
    for kpi in KPIS.values():
        if kpi.live or kpi.basis not in bases or not belongs(kpi):
            continue
        of = _of_channels(kpi, columns, parts.by_channel)
        if of is None:
            continue
        lacking = parts.lack(kpi)
        of = of_nothing if lacking else of
        if kpi.quantile is not None:
            hist = getattr(hists, kpi.histogram)
            if hist is not None:
                readings[kpi.key] = quantile_s(hist, kpi.quantile)
        elif kpi.channel_sets and parts.by_owner is not None:
            of = of_nothing if lacking else selected(kpi, parts.by_owner)
            readings[kpi.key] = value(kpi, of)
        elif kpi.per_threshold:
            readings[kpi.key] = {t: value(kpi, of_t) for t, of_t in at_t.items()}
        elif kpi.each:
            readings[kpi.key] = {choice: value(kpi, of, choice) for choice in TEMPLATES[kpi.each]}
        elif kpi.formula is not Formula.LOAD or interval_ms:
            readings[kpi.key] = value(kpi, of, interval_ms=interval_ms)
    return readings


def _of_channels(
    kpi: Kpi, columns: Columns, by_channel: Mapping[str, Columns] | None
) -> Columns | None:
    """The columns of a KPI's own channels; None where there is none of them."""
    if by_channel is None or not kpi.channels:
        return columns
    own = [by_channel[channel] for channel in kpi.channels if channel in by_channel]
    if not own:
        return None
    names = {term for of in own for term in of}
    return {name: sum(of.get(name, 0) for of in own) for name in names}


def pool(
    cells: Cells, by: Sequence[str] = ("program", "queue")
) -> dict[tuple[str | int, ...], Pooled]:
    """Sums of the cells that agree in the fields `by` of their CellKey; `by=()` is the network.

    Only sums are pooled, so a ratio read from the result is the pooled one, never a mean. Columns
    per T may be pooled only over cells with the same target: group by queue and validity first.
    """
    return _pool(cells, lambda key: tuple(getattr(key, name) for name in by))


def _pool(cells: Cells, owner: Callable[[CellKey], Owner]) -> dict[Owner, Pooled]:
    names = _ROWS.get(cells.columns.shape[1]) if cells.columns.ndim == 2 else None
    if not cells.keys or names is None:
        if cells.keys:
            raise ValueError(f"columns of shape {cells.columns.shape} are of no known layout")
        return {}
    numbers: dict[Owner, int] = {}
    row_of = np.array([numbers.setdefault(owner(key), len(numbers)) for key in cells.keys])
    sums = np.zeros((len(numbers), len(names)), dtype=np.int64)
    np.add.at(sums, row_of, cells.columns)
    bins = np.zeros((len(numbers), WAIT_BINS), dtype=np.int64)
    if cells.wait_hist.size:
        np.add.at(bins, row_of, cells.wait_hist)
    return {
        group: Pooled(dict(zip(names, sums[row].tolist(), strict=True)), bins[row])
        for group, row in numbers.items()
    }


def summary(
    arrival: Cells,
    handling: Cells,
    plan: Plan,
    rejects: Mapping[str, int] | None = None,
    interval_ms: int | None = None,
    chat: Cells = NO_CHAT,
    staff: Cells | None = None,
    technology: Sequence[Cells] = (),
) -> dict[str, Any]:
    """Columns, KPIs and rejects of the whole: what `replay --summary json` prints.

    All three are cells of buckets or of day parts: no target begins within one. Each
    T pools the queues and validity periods that list it, in numerator and denominator alike;
    `offered_at_T` and `ans_at_T` say how many contacts that is. T is written in seconds. Columns of
    `staff` are there where anybody was seen. `technology`: cells of bots, uptime, deferred and outbound work;
    blocked attempts are shown by KPI only, for carriers count the calls that the switch counts. `unknown`:
    KPIs of what the plan does not say that sources report; the others without a value have no data.
    """
    by_thresholds = _pool(arrival, lambda key: _thresholds(plan, key.queue, key.start_ms))
    whole = pool(arrival, by=()).get((), _NOTHING)
    turns = pool(chat, by=()).get((), _NOTHING)
    columns = whole.columns | pool(handling, by=()).get((), _NOTHING).columns
    by_channel = {
        str(channel): sums.columns for (channel,), sums in pool(arrival, by=("channel",)).items()
    } or {"voice": {}}
    for (channel,), sums in pool(chat, by=("channel",)).items():
        by_channel[str(channel)] = by_channel.get(str(channel), {}) | sums.columns
    if not by_channel.keys().isdisjoint(CHANNELS):
        columns |= dict.fromkeys(CHAT_ROW, 0) | turns.columns
    people = pool(staff, by=()).get((), _NOTHING).columns if staff is not None else {}
    columns |= people
    of_bots, latencies, by_owner = _technology((arrival, handling), technology)
    at_t = _by_threshold(by_thresholds)
    hists = Histograms(whole.wait_hist, turns.wait_hist, latencies)
    parts = Parts(by_channel, by_owner, tells_of(plan, (program for program, _ in by_owner)))
    readings = _read(columns | of_bots, at_t, hists, interval_ms, tuple(Basis), parts)
    return {
        "columns": _shown(columns, at_t) | people | of_bots,
        "kpis": readings,
        "rejects": dict(sorted((rejects or {}).items())),
        "unknown": [key for key in readings if parts.lack(KPIS[key])],
        "notes": _notes(hists),
    }


def _technology(
    contacts: Sequence[Cells], technology: Sequence[Cells]
) -> tuple[dict[str, int], Histogram | None, ByOwner]:
    """Columns of technology, latencies, and the columns of each (program, channel)."""
    by_owner: dict[tuple[str, str], dict[str, int]] = {}
    for each in (*contacts, *technology):
        for (program, channel), sums in pool(each, by=("program", "channel")).items():
            by_owner.setdefault((str(program), str(channel)), {}).update(sums.columns)
    columns: dict[str, int] = {}
    latencies: Histogram | None = None
    for each in technology:
        found = pool(each, by=()).get((), _NOTHING)
        columns |= {name: n for name, n in found.columns.items() if n and name not in ARRIVAL_ROW}
        if each.wait_hist.size:
            latencies = found.wait_hist
    return columns, latencies, by_owner


def of_groups(
    columns: Columns,
    groups: Mapping[tuple[int, ...], Pooled],
    hists: Histograms,
    interval_ms: int | None = None,
    parts: Parts = NO_PARTS,
) -> dict[str, Reading]:
    """KPIs of `columns` whose parts per target lie in `groups`: thresholds in ms -> sums."""
    at_t = _by_threshold(groups)
    return _read(columns, at_t, hists, interval_ms, tuple(Basis), parts)


_NOTHING = Pooled({}, np.zeros(WAIT_BINS, dtype=np.int64))


def _thresholds(plan: Plan, queue: str, moment_ms: int) -> tuple[int, ...]:
    return plan.target_at(queue, moment_ms).thresholds_ms if queue else ()  # "": orphans


def _by_threshold(groups: Mapping[tuple[int, ...], Pooled]) -> dict[str, dict[str, int]]:
    """Columns of the cells that list T, for each T: suffix 1 holds the counts for that T."""
    at_t: dict[int, dict[str, int]] = {}
    for thresholds_ms, pooled in groups.items():
        for number, t_ms in enumerate(thresholds_ms, start=1):
            sums = at_t.setdefault(t_ms, {})
            for name, count in _with_threshold(pooled.columns, number).items():
                sums[name] = sums.get(name, 0) + count
    return {seconds_text(t_ms): at_t[t_ms] for t_ms in sorted(at_t)}


def _shown(columns: Columns, at_t: Mapping[str, Columns]) -> dict[str, Any]:
    nested = {name for template in (*PER_THRESHOLD, *_NESTED) for name in expand(template)}
    if "offer_shown" not in columns:
        nested |= _OF_CHAT
    told = [*ARRIVAL_ROW, *HANDLING_ROW, *(name for name in CHAT_ROW if name in columns)]
    shown: dict[str, Any] = {name: columns.get(name, 0) for name in told if name not in nested}
    for template in PER_THRESHOLD:
        counts = {t: of_t[template.replace("{i}", "1")] for t, of_t in at_t.items()}
        shown[template.removesuffix("{i}")] = counts
    for total in ("offered", "ans"):
        shown[f"{total}_at_T"] = {t: of_t[total] for t, of_t in at_t.items()}
    for template, name in _NESTED.items():
        mark = template[template.index("{") :]
        shown[name] = {
            choice: columns.get(template.replace(mark, choice), 0) for choice in TEMPLATES[mark]
        }
    shown["sys_disc"] = sum(columns.get(name, 0) for name in SYSTEM_REASONS)
    return shown


_NESTED = {"abn_{reason}": "abn_by_reason", "escalated_{class}": "escalated"}


def _notes(hists: Histograms) -> list[str]:
    above = f"over {seconds_text(int(WAIT_EDGES_MS[-1]))} s, above the histogram's last edge"
    return [
        f"{kpi.key}: {above}"
        for kpi in KPIS.values()
        if kpi.quantile
        and (hist := getattr(hists, kpi.histogram)) is not None
        and _rank_bin(hist, kpi.quantile) == len(WAIT_EDGES_MS)
    ]
