"""Months of campaigns: values, where they come from, what is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from schemas.catalog import KPIS
from schemas.catalog_outbound import NOT_COMPUTED
from schemas.keys import BUCKET_MS
from schemas.pst import PstRow
from schemas.targets import Plan
from streams.certification.explained import explained, kpi_named, value_of
from streams.certification.files import read_rows
from streams.certification.months import Known, Owner, book
from streams.certification.months import rows as month_rows
from streams.certification.points import UNKNOWN
from streams.certification.recorded import measured
from streams.close import Record
from streams.errors import UserError
from streams.shard import Shard
from tests.campaigns import DAY_MS, MONTH, PLAN, Event, closed, dialled, listed, told
from tests.ledgers import newest
from tests.strategies import FIRST_EDGE_MS as T

MIDNIGHT_MS = (T // DAY_MS + 1) * DAY_MS


def month_of(events: Sequence[Event], days: int = 3) -> tuple[list[Record], dict[Any, Any], Any]:
    """Newest records, values by (queue, KPI), and the book they were read from."""
    shard, end = told(Shard(PLAN), events), T + days * DAY_MS
    records = sorted(newest(closed(shard, end)).values(), key=lambda r: r.bucket_ms)
    found = book(records, PLAN, ("month",), Known({"bank": (T, end)}))
    read = {(v.queue, v.kpi): v for v in month_rows(found, PLAN, "2024-03")}
    return records, read, found


def test_the_months_values_of_a_campaign_and_its_program_are_those_of_its_sums() -> None:
    _, read, found = month_of(MONTH)
    for queue in ("winback", ""):
        assert read[queue, "rpc_rate"].value == pytest.approx(1 / 3)
        assert (read[queue, "rpc_rate"].n, read[queue, "rpc_rate"].item) == (3, "4.3")
        # 600 behind on one day, 20 of the second list on the next, whose first list is 300 ahead.
        assert read[queue, "list_backlog"].value == pytest.approx(620 / 3000)
        assert (read[queue, "list_backlog"].unit, read[queue, "list_backlog"].n) == ("d", 3000)
        assert read[queue, "list_backlog_net_variant"].value == pytest.approx(320 / 3000)
        assert read[queue, "dialer_completion"].value == 3 / 4
        assert read[queue, "dialer_effectiveness"].value == 2 / 4
        assert read[queue, "dialer_effectiveness"].item == "4.5"
        assert read[queue, "volume_dials"].value == 3
    assert "service_level" not in {kpi for queue, kpi in read if queue == "winback"}
    assert not {"rpc_rate", "list_backlog"} & {kpi for q, kpi in read if q in ("cards", "mail")}
    assert found["2024-03", Owner("bank", "winback")].figure.state == "FINAL"


def test_a_month_without_a_count_of_a_list_has_no_backlog_rather_than_none() -> None:
    _, read, _ = month_of([listed(T), dialled(T + 1000, "right_party")])
    assert read["winback", "list_backlog"].value is None
    assert read["winback", "rpc_rate"].value == 1.0


def test_a_months_backlog_is_followed_to_the_ends_of_its_days() -> None:
    records, _, found = month_of(MONTH)
    of = value_of(found, PLAN, KPIS["list_backlog"], Owner("bank", "winback"), "2024-03")
    parts = explained(of, found, records, PLAN).parts
    assert {one.column: one.total for one in parts.shares} == {
        "list_behind_n": 620,
        "plan_per_day": 3000,
    }
    told_of = [one for one in parts.intervals if one.columns]
    assert [one.bucket_ms for one in told_of] == [
        MIDNIGHT_MS - BUCKET_MS,
        MIDNIGHT_MS + DAY_MS - BUCKET_MS,
    ]


def test_contacts_per_staffed_hour_are_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    assert not NOT_COMPUTED.keys() & KPIS.keys()
    with pytest.raises(UserError, match=r"O4.*not computed") as refused:
        kpi_named("rpc_per_hour")
    assert "import" in refused.value.hint
    path = tmp_path / "rows.toml"
    row = '[[rows]]\nname = "o4"\nmetric = "rpc_per_hour"\nprogram = "bank"\n'
    path.write_text(row)
    with pytest.raises(UserError, match=r"O4.*staffing group") as refused:
        read_rows(path)
    assert "imported = true" in refused.value.hint


def test_a_program_with_campaigns_still_has_one_service_level_to_score() -> None:
    """Campaigns have no T that could differ from the others'."""
    plan = Plan.model_validate(
        {
            "queues": {
                "winback": {"program": "bank", "channel": "outbound"},
                "cards": {"program": "bank", "targets": [{"thresholds_s": [30]}]},
            }
        }
    )
    row = PstRow.model_validate(
        {
            "name": "level",
            "metric": "service_level",
            "item": "4.3",
            "type": "service",
            "direction": "up",
            "program": "bank",
            "targets": [{"valid_from": "2024-03", "value": 0.8}],
        }
    )
    found = measured(row, ["2024-03"], {}, plan, {})
    assert [cell.value for cell in found.cells] == [UNKNOWN]
