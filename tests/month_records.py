"""Ledger records of months, made in a line."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.keys import BUCKET_MS
from schemas.payroll import PaidTime
from schemas.pst import MonthValue
from schemas.targets import Plan
from streams.certification.months import Book, Known, book, rows
from streams.close import Record
from streams.payroll import whole_days

ALL_SPANS: Any = ("month", "quarter")


def plan_of(zone: str = "UTC", **queue: Any) -> Plan:
    return Plan.model_validate({
        "programs": {"shop": {"time_zone": zone}},
        "queues": {"sales": {"program": "shop", **queue}},
    })  # fmt: skip


def at(text: str, zone: str = "UTC") -> int:
    """ms UTC of a local moment."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return round(moment.timestamp() * 1000)


def record(bucket_ms: int, basis: str = "arrival", **fields: Any) -> Record:
    """A final record of queue `sales`; columns are those fields that name nothing of a record."""
    told: dict[str, Any] = {
        "program": "shop", "queue": "sales", "channel": "voice", "site": "", "bucket_ms": bucket_ms,
        "basis": basis, "revision": 1, "state": "FINAL", "completeness": 1.0, "wait_hist": {},
        "old_columns": None, "reason": "", "recorded_ms": 0,
    }  # fmt: skip
    own = {name: fields.pop(name) for name in list(fields) if name in told}
    return Record(**told | own, columns=fields)


def whole_month(month: str, zone: str = "UTC", **columns: int) -> list[Record]:
    """A record for each bucket of a local month, with these columns in the first."""
    first = datetime.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    start, end = at(first.isoformat(), zone), at(after.isoformat(), zone)
    return [record(ms, **(columns if ms == start else {})) for ms in range(start, end, BUCKET_MS)]


def known(plan: Plan, records: list[Record], *paid: PaidTime) -> Known:
    moments = [one.bucket_ms for one in records]
    days = whole_days(plan, "shop", min(moments), max(moments)) if moments else (0, 0)
    return Known({"shop": days}, paid)


def read(plan: Plan, records: list[Record], *paid: PaidTime) -> Book:
    return book(records, plan, ALL_SPANS, known(plan, records, *paid))


def values(plan: Plan, records: list[Record], month: str) -> dict[str, MonthValue]:
    """The month's values of queue `sales`, by KPI."""
    told = rows(read(plan, records), plan, month)
    return {one.kpi: one for one in told if one.queue == "sales"}
