"""Wazo's own acceptance scenarios as reports: what its rules count is explained from our events."""

from pathlib import Path
from typing import Any

import pytest

from streams.bridges.asterisk_lines import Record
from streams.drivers.replay import Options, replay
from streams.reconcile.contacts import contacts
from streams.reconcile.profiles import PROFILES
from streams.reconcile.report import Theirs, reconciled
from streams.reconcile.wazo import Figures, hourly
from streams.settings import Settings
from tests.test_streams_reconcile_wazo import SCENARIOS, ZONE, records_of

COUNTS = PROFILES["wazo"].counts
HOUR_MS = 3_600_000


def line(record: Record) -> str:
    told = (f"{record.time_ms / 1000:.6f}", record.call, record.queue, record.staff or "NONE")
    return "|".join((*told, record.event, *record.data)) + "\n"


def can_be(records: list[Record]) -> bool:
    """Whether every call enters before it is answered. One scenario has calls that do after their end."""
    answered_ms = {one.call: one.time_ms for one in records if one.event == "CONNECT"}
    return all(
        one.time_ms <= answered_ms.get(one.call, one.time_ms)
        for one in records
        if one.event == "ENTERQUEUE"
    )


def refused(figures: Figures) -> int:
    """Calls that never entered the queue. No event of ours tells of them."""
    return figures.joinempty + figures.full + figures.diverted + figures.closed


def numbers(figures: Figures) -> tuple[int, ...]:
    """In the order of the profile."""
    return figures.received, figures.answered, figures.answered_in_qos, figures.abandoned


@pytest.mark.parametrize("scenario", SCENARIOS, ids=range(len(SCENARIOS)))
def test_only_calls_that_wazo_refused_before_the_queue_stay_unexplained(
    scenario: dict[str, Any], tmp_path: Path
) -> None:
    records = sorted(records_of(scenario), key=lambda one: one.time_ms)
    if not records or not can_be(records):
        return
    log = tmp_path / "queue_log"
    log.write_text("".join(map(line, records)))
    known = contacts(replay(Settings(), [log], Options(complete=True)).shard)
    for queue in {one.queue for one in records if one.queue not in ("", "NONE")}:
        for at_ms, figures in hourly(records, queue, ZONE).items():
            told = [
                Theirs(queue, at_ms, at_ms + HOUR_MS, rule, value)
                for rule, value in zip(COUNTS, numbers(figures), strict=True)
            ]
            found = reconciled(told, known, lambda _: 20_000, lambda _: 20_000)
            unexplained = {one.theirs.rule.name: one.unexplained for one in found}
            assert unexplained == dict.fromkeys(unexplained, 0) | {"offered": refused(figures)}
