"""Alerts on outbound work: lists that are behind their plan (definitions 5, O2; live by 2.5)."""

from collections.abc import Iterator

from streams.rules.rule import Alert
from streams.rules.service import PROMPT, both, limits_of

_DAYS = "queue:cc_list_backlog_days:max"
_BEHIND = "queue:cc_list_records_behind:sum"
_OPEN = "and on (program, queue, channel) (queue:cc_campaign_open:max == 1)"


def list_alerts() -> Iterator[Alert]:
    """All of them. Where nobody dials at this hour nobody can catch up: it waits until they do."""
    limits = limits_of("list_backlog")
    for severity, days in both(limits):
        yield Alert(
            limits.name,
            severity,
            "service",
            "queue",
            f"{_DAYS} > {days:g}\nand {_BEHIND} >= {limits.min_volume}\n{_OPEN}\n{PROMPT}",
            "{{ $labels.queue }}: lists are {{ $value | humanize }} days of their plan behind, "
            f"more than {days:g}",
            for_s=limits.for_s,
            board="lists",
        )
