"""KPI values of the slow twin's figures, by definition; None where nothing was counted."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from tests.naive import Figures, Key, pooled, wait_edges
from tests.naive_walk import ESCALATION_CODES

PERCENTILES = (50, 80, 90, 95)


def _upper_edge_s(index: int) -> float:
    edges = wait_edges()
    return edges[index] / 1000 if index < len(edges) else math.inf


def percentile_s(histogram: Mapping[int, int], percent: int) -> float | None:
    """Upper edge in s of the nearest-rank bin; inf in the open bin, None without waits."""
    rank = -(-percent * sum(histogram.values()) // 100)
    for index in sorted(histogram):
        rank -= histogram[index]
        if rank <= 0:
            return _upper_edge_s(index)
    return None


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


def kpis_of(row: Mapping[str, int], waits: Mapping[int, int], span_ms: int) -> dict[str, Any]:
    """KPI values of pooled columns over `span_ms`: ratios, seconds, erlangs, counts."""
    n = defaultdict(int, row)
    values: dict[str, Any] = {name: n[name] for name in ("offered", "ans", "abn", "handled")}
    for i in range(1, 5):
        good, early = n[f"ans_in_T{i}"], n[f"abn_in_T{i}"]
        values |= {
            f"service_level_T{i}": _ratio(good, n["offered"]),
            f"service_level_abandons_in_T_dropped_T{i}": _ratio(good, n["offered"] - early),
            f"service_level_short_dropped_T{i}": _ratio(good, n["offered"] - n["abn_short"]),
            f"service_level_abandons_in_T_good_T{i}": _ratio(good + early, n["offered"]),
            f"service_level_answered_only_T{i}": _ratio(good, n["ans"]),
            f"over_2T{i}": _ratio(n["ans"] - n[f"ans_in_2T{i}"], n["ans"]),
        }
    waited = n["wait_ans_ms"] + n["wait_abn_ms"]
    handle = n["talk_ms"] + n["hold_ms"] + n["acw_ms"]
    values |= {f"wait_p{p}_s": percentile_s(waits, p) for p in PERCENTILES}
    values |= {
        "answer_rate": _ratio(n["ans"], n["offered"]),
        "abandonment": _ratio(n["abn"], n["offered"]),
        "asa_s": _ratio(n["wait_ans_ms"], n["ans"] * 1000),
        "time_to_abandon_s": _ratio(n["wait_abn_ms"], n["abn"] * 1000),
        "awt_all_s": _ratio(waited, (n["ans"] + n["abn"]) * 1000),
        "wait_max_s": _upper_edge_s(max(waits)) if waits else None,
        "aht_end_s": _ratio(handle, n["handled"] * 1000),
        "aht_cohort_s": _ratio(n["cohort_handle_ms"], n["cohort_handled"] * 1000),
        "talk_s": _ratio(n["talk_ms"], n["handled"] * 1000),
        "hold_s": _ratio(n["hold_ms"], n["handled"] * 1000),
        "acw_s": _ratio(n["acw_ms"], n["handled"] * 1000),
        "load_erlangs": _ratio(n["handle_clip_ms"], span_ms),
    }
    classes = [name for name in ESCALATION_CODES if name]
    return values | {
        f"escalation_rate_{name}": _ratio(n[f"escalated_{name}"], n["handled"]) for name in classes
    }


def kpis(
    figures: Figures, start_ms: int, until_ms: int, only: Callable[[Key], bool] = lambda key: True
) -> dict[str, Any]:
    """KPI values of the buckets in [start, until), over the keys for which `only` holds."""

    def inside(table: dict[Key, dict[Any, int]]) -> dict[Any, int]:
        return pooled(
            row for key, row in table.items() if start_ms <= key[4] < until_ms and only(key)
        )

    row = inside(figures.arrival) | inside(figures.handling)
    return kpis_of(row, inside(figures.wait_hist), until_ms - start_ms)
