"""Every KPI, declared once, in reading order.

To add one: an entry in one of the `catalog_*` modules, its worked example in
tests/vectors/kpi_examples.json, then `python -m streams.generate`. `service_level` is the required
form (offered in the denominator); the forms other systems report end in `_variant` and carry
their formula in the name. Source: definitions 4, 4a, 6.6; alerts: features 4.3.
"""

from collections.abc import Iterable

from schemas.catalog_answer import ANSWER_KPIS
from schemas.catalog_bots import BOT_KPIS
from schemas.catalog_cases import CASE_KPIS
from schemas.catalog_chat import CHAT_KPIS
from schemas.catalog_handling import HANDLING_KPIS
from schemas.catalog_outbound import OUTBOUND_KPIS
from schemas.catalog_plan import PLAN_KPIS
from schemas.catalog_staff import STAFF_KPIS
from schemas.kpi import Kpi


def registry(kpis: Iterable[Kpi]) -> dict[str, Kpi]:
    """KPIs by key. Errors (ValueError): a key, title or metric name declared twice."""
    by_key: dict[str, Kpi] = {}
    seen: dict[str, str] = {}
    for kpi in kpis:
        for name in (kpi.key, kpi.title, kpi.title_ja, *kpi.metrics.names()):
            if name in seen:
                raise ValueError(f"{name!r} is declared by {seen[name]} and by {kpi.key}")
            seen[name] = kpi.key
        by_key[kpi.key] = kpi
    return by_key


KPIS: dict[str, Kpi] = registry(
    (
        *(*ANSWER_KPIS, *CHAT_KPIS, *HANDLING_KPIS, *CASE_KPIS, *OUTBOUND_KPIS),
        *(*STAFF_KPIS, *PLAN_KPIS, *BOT_KPIS),
    )
)
"""The catalogue: every KPI by its key, in reading order."""
