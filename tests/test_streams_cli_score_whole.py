"""What makes a month and its table whole: rows that are imported by name, days that a source may have lost."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.targets import Plan
from tests.month_records import plan_of, whole_month
from tests.test_streams_cli_score import (
    HEAD,
    WINDOW,
    floorwatch,
    kept,
    refused,
    score,
    store,
    table,
)

__all__ = ("store", "table")


def day_of(bucket_ms: int) -> str:
    return datetime.fromtimestamp(bucket_ms / 1000, UTC).date().isoformat()


def at_hour(bucket_ms: int, hour: int) -> bool:
    """Whether it is one of the eight quarter-hours from then on."""
    return hour <= datetime.fromtimestamp(bucket_ms / 1000, UTC).hour < hour + 2


DEFERRED = """
[[rows]]
name = "on time"
metric = "on_time"
program = "shop"
queues = ["mail"]
targets = [{ valid_from = "2026-01", value = 0.95 }]

[[rows]]
name = "handed over"
metric = "case_escalation_rate"
imported = true
program = "shop"
queues = ["mail"]
targets = [{ valid_from = "2026-01", value = 0.05 }]

[[rows]]
name = "per hour"
metric = "cases_per_staff_hour"
imported = true
program = "shop"
queues = ["mail"]
targets = [{ valid_from = "2026-01", value = 6 }]
"""


def test_deferred_work_is_whole_with_what_the_case_system_alone_knows_imported(
    tmp_path: Path, table: Any
) -> None:
    plan = Plan.model_validate(plan_of().model_dump() | {
        "queues": {"mail": {"program": "shop", "channel": "deferred"}}
    })  # fmt: skip
    place = {"queue": "mail", "channel": "deferred", "basis": "due"}
    months = ("2026-01", "2026-02", "2026-03")
    due = [one._replace(**place) for month in months for one in whole_month(month)]
    due[0] = due[0]._replace(columns={"due_n": 1000, "due_ontime_n": 940})
    store = kept(tmp_path / "s.db", due, plan)
    values = tmp_path / "cases.csv"
    lines = [
        f"{name},{month},{value},{n},,case system\n"
        for month in months
        for name, value, n in (("handed over", 0.04, 970), ("per hour", 5.5, 176))
    ]
    values.write_text(HEAD + "".join(lines))
    found = score(store, table(WINDOW.format(3) + DEFERRED), "--import", values)
    rows = {one["row"]: one for one in found["rows"]}
    places = {name: (one["item"], one["type"], one["target"]) for name, one in rows.items()}
    assert places == {
        "on time": ("4.3", "service", "up 0.95"),
        "handed over": ("4.3", "service", "down 0.05"),
        "per hour": ("4.3", "efficiency", "up 6"),
    }
    assert rows["on time"]["cells"][0]["value"] == 0.94
    assert [one["at_level"] for one in rows.values()] == [False, True, False]
    (item,) = [one for one in found["items"] if one["item"] == "4.3"]
    assert item["metrics"] == 3


def test_what_no_event_tells_of_is_refused_as_a_row_of_the_store(store: Path, table: Any) -> None:
    words = refused(store, table(DEFERRED.replace("imported = true\n", "")))
    assert "case_escalation_rate" in words
    assert "imported = true" in words


def test_a_day_without_anybody_among_busy_ones_is_told_of_though_its_source_promised_it(
    tmp_path: Path,
) -> None:
    records = [
        one._replace(columns={"offered": 3} if at_hour(one.bucket_ms, 9) else {})
        for one in whole_month("2026-03")
    ]
    lost = ("2026-03-11", "2026-03-12")
    quiet = [one._replace(columns={}) if day_of(one.bucket_ms) in lost else one for one in records]
    asked = ("month", "--month", "2026-03", "--store")
    few = [one._replace(columns={"offered": 1} if one.columns else {}) for one in quiet]
    for name, told in (("a", records), ("b", quiet), ("c", few)):
        store = kept(tmp_path / f"{name}.db", told)
        said = "nobody came on 2026-03-11, 2026-03-12" in floorwatch(*asked, store).stderr
        assert said == (name == "b"), name
