"""The topic `months`: a month's values once, and again when a restated interval opened it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from schemas.accuracy import DayScored
from schemas.pst import MonthValue
from streams.checkpoint import accuracy
from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from streams.cli import month as month_command
from streams.cli.months_kept import EVERY_MS, KeptMonths
from streams.clock import ManualClock
from streams.kafka.clients import admin
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import apply
from tests.interval_topics import values, worker
from tests.month_records import record, whole_month

CONFIG = '[plan.programs.shop]\n[plan.queues.sales]\nprogram = "shop"\n'


def published(settings: KafkaSettings) -> dict[bytes, MonthValue]:
    """Newest values, as a reader of a compacted topic keeps them."""
    told = values(settings, "months")
    return {each.key: MonthValue.model_validate_json(each.value) for each in told}


class Month(NamedTuple):
    """A cluster, and how many values `month --kafka` says it published of a month."""

    settings: KafkaSettings
    said: Callable[[str], int]
    store: Path
    run: Callable[..., str]


@pytest.fixture
def month(kafka_settings: KafkaSettings, tmp_path: Path) -> Month:
    settings = kafka_settings.model_copy(update={"partitions": 1})
    with admin(settings) as client:
        apply(settings, client)
    (tmp_path / "shop.toml").write_text(CONFIG)
    variables = {
        "FLOORWATCH_CONFIG": str(tmp_path / "shop.toml"),
        "FLOORWATCH_KAFKA__BOOTSTRAP": settings.bootstrap,
        "FLOORWATCH_KAFKA__PREFIX": settings.prefix,
        "FLOORWATCH_KAFKA__PARTITIONS": "1",
    }

    store = tmp_path / "ledger.db"

    def run(*arguments: str) -> str:
        done = CliRunner(env=variables).invoke(app, [*arguments, "--store", str(store)])
        assert done.exit_code == 0, done.output
        return done.stderr

    def said(name: str) -> int:
        told = run("month", "--kafka", "--month", name)
        return int(told.split(" values published")[0].split()[-1].replace(",", ""))

    return Month(settings, said, store, run)


def test_a_month_is_published_once_and_again_where_an_interval_of_it_was_restated(
    month: Month,
) -> None:
    settings, said, *_ = month
    with worker(settings) as one:
        january = whole_month("2026-01", offered=10, ans=8)
        one.commit([*january, record(january[-1].bucket_ms + 900_000, offered=3)])
        count = said("2026-01")
        assert count == len(published(settings)) > 0
        assert said("2026-01") == 0
        late = january[0]._replace(
            revision=2, state="RESTATED", columns={"offered": 11, "ans": 9},
            old_columns=january[0].columns, reason="late_event",
        )  # fmt: skip
        one.commit([late])
    before = published(settings)
    assert said("2026-02") > 0
    key = b'["shop","volume_offered","sales","","","2026-01"]'
    after = published(settings)
    assert [(of[key].value, of[key].state) for of in (before, after)] == [
        (10, "FINAL"), (11, "RESTATED"),
    ]  # fmt: skip
    assert {one.month for one in after.values()} >= {"2026-01", "2026-02"}
    assert said("2026-02") == 0


def scored(day: str, **columns: int) -> DayScored:
    lags = {"staffing_lag_days": 28, "scheduling_lag_days": 14}
    return DayScored(program="shop", queue="sales", day=day, columns=columns, recorded_ms=0, **lags)


def test_what_forecasts_scored_is_published_with_the_month_and_each_month_is_read_once(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(month.settings) as one:
        one.commit(whole_month("2026-01", offered=10, ans=8))
    month.said("2026-01")
    with closing(SqliteStore(month.store)) as kept, kept.transaction() as db:
        accuracy.keep(db, [scored("2026-01-05", fc_int=4, fc_int_in=3)])
    read, asked = month_command.read_book, list[str]()

    def counted(kept: Any, plan: Any, months: list[str]) -> Any:
        asked.extend(months)
        return read(kept, plan, months)

    monkeypatch.setattr(month_command, "read_book", counted)
    assert month.said("2026-01") == 3
    assert asked == ["2026-01"]
    there = published(month.settings)
    key = '["shop","{}_forecast_accuracy","sales","","","2026-01"]'
    m6, m7 = (there[key.format(name).encode()] for name in ("staffing", "scheduling"))
    assert (m7.value, m7.n, m7.known) == (0.75, 4, True)
    assert (m6.value, m6.known) == (None, False)


def test_a_copy_of_the_ledger_that_goes_on_keeps_the_months_of_what_it_copied_up_to_date(
    month: Month,
) -> None:
    january = whole_month("2026-01", offered=10, ans=8)
    key = b'["shop","volume_offered","sales","","","2026-01"]'
    with worker(month.settings) as one:
        one.commit(january)
        assert " 20 values" in month.run("ledger", "sync", "--months").replace("\n", " ")
        assert published(month.settings)[key].value == 10
        clock = ManualClock(1_800_000_000_000)
        kept = KeptMonths(month.settings, month.store, clock=clock)
        kept.publish_if_due()
        assert kept.sent == 0
        late = january[0]._replace(
            revision=2, state="RESTATED", columns={"offered": 11, "ans": 9},
            old_columns=january[0].columns, reason="late_event",
        )  # fmt: skip
        one.commit([late])
        month.run("ledger", "sync")
        kept.copied([late])
        clock.set(clock.now_ms() + EVERY_MS - 1)
        kept.publish_if_due()
        assert kept.sent == 0, "it was looked at a moment ago"
        clock.set(clock.now_ms() + 1)
        kept.publish_if_due()
    after = published(month.settings)
    assert kept.sent > 0
    assert (after[key].value, after[key].state) == (11, "RESTATED")
