"""The topic `months` brought up to date with a ledger: once, or beside a copy of it that goes on.

A month pools all of a program with what is imported (payroll, scored forecasts): only a ledger has all
of it, so that the topic is written where a copy of the ledger is kept, and by no worker.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.pst import MonthValue
from streams import logs
from streams.certification.months import FINAL, label
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.month import values_of
from streams.cli.output import note
from streams.clock import Clock, WallClock
from streams.close import Record
from streams.errors import UserError
from streams.kafka.ledger_sync import Options, sync
from streams.kafka.months import publish, published
from streams.kafka.settings import KafkaSettings
from streams.settings import Settings

EVERY_MS = 900_000
SPARING = 20
"""Times as long as the last reading of months took nothing is read anew."""
ALL_EVERY_MS = 86_400_000
"""Payroll and scored forecasts are imported without a record that tells of it."""


def synced_and_published(settings: Settings, month: str, program: str) -> list[MonthValue]:
    """Sync the ledger, publish this month and all that are there; this one's values. Raises UserError."""
    sync(settings, settings.store, Options())
    there = published(settings.kafka)
    kept, sent, own = SqliteStore(settings.store, read_only=True), 0, list[MonthValue]()
    try:
        for each in sorted({month} | _months(there.values())):
            told = values_of(kept, each, program)
            sent += publish(settings.kafka, there, told)
            own = told if each == month else own
    finally:
        kept.close()
    note(f"{sent:,} values published to {settings.kafka.topic('months')}")
    return own


def _months(values: Iterable[MonthValue]) -> set[str]:
    return {one.month for one in values if "-Q" not in one.month}


@dataclass
class KeptMonths:
    """Publishes months of which something final was copied, and once a day all that the topic has."""

    kafka: KafkaSettings
    path: Path
    patient: bool = False
    """Whether a cluster that is away is waited for."""
    clock: Clock = field(default_factory=WallClock)
    sent: int = 0
    _touched: set[str] = field(default_factory=set)
    _next_ms: int = 0
    _all_ms: int = 0

    def copied(self, records: Sequence[Record]) -> None:
        """Note the months of records that were copied into the store."""
        final = {(one.program, one.bucket_ms) for one in records if one.state in FINAL}
        if final:
            kept = SqliteStore(self.path, read_only=True)
            plan = kept.plan()
            kept.close()
            self._touched |= {label(plan, program, ms, "month") for program, ms in final}

    def publish_if_due(self) -> None:
        """Publish, unless it was done a moment ago. Raises UserError."""
        now_ms = self.clock.now_ms()
        if now_ms >= self._next_ms and (self._touched or now_ms >= self._all_ms):
            try:
                self.publish()
            except UserError as error:
                if not self.patient:
                    raise
                logs.warn("months_waiting", error.message, hint=error.hint)
                self._next_ms = self.clock.now_ms() + EVERY_MS

    def publish(self) -> None:
        """Publish what was touched, and what is due of all. Raises UserError."""
        began_ms = self.clock.now_ms()
        there = published(self.kafka)
        whole = began_ms >= self._all_ms
        months = self._touched | (_months(there.values()) if whole else set())
        kept = SqliteStore(self.path, read_only=True)
        try:
            for each in sorted(months):
                self.sent += publish(self.kafka, there, values_of(kept, each))
                self._touched.discard(each)
        finally:
            kept.close()
        now_ms = self.clock.now_ms()
        self._next_ms = now_ms + max(EVERY_MS, SPARING * (now_ms - began_ms))
        if whole:
            self._all_ms = began_ms + ALL_EVERY_MS
