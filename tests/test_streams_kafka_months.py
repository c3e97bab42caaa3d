"""The topic `months`: a month's values once, and again when a restated interval opened it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from schemas.pst import MonthValue
from streams.cli import app
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

    def said(name: str) -> int:
        given = ["month", "--kafka", "--store", str(tmp_path / "ledger.db"), "--month", name]
        done = CliRunner(env=variables).invoke(app, given)
        assert done.exit_code == 0, done.output
        return int(done.stderr.split(" values published")[0].split()[-1].replace(",", ""))

    return Month(settings, said)


def test_a_month_is_published_once_and_again_where_an_interval_of_it_was_restated(
    month: Month,
) -> None:
    settings, said = month
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
