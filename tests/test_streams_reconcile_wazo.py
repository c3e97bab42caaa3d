import json
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.bridges.asterisk_lines import Record, parse_line
from streams.bridges.asterisk_table import parse_row
from streams.bridges.local_time import LocalTime
from streams.reconcile.wazo import Figures, hourly
from tests.data import shared

ZONE = ZoneInfo("America/Montreal")
SCENARIOS: list[dict[str, Any]] = json.loads(
    shared("wazo-queue-log/queue_log_to_hourly_stats.json").read_text()
)
QUEUE_TABLE = re.compile(r'(weekly )?statistics on "(\w+)" on "([\d-]+)"')
AGENT_TABLE = re.compile(r'statistics on agent "\w+" on "([\d-]+)"')
LEFT = {
    "Generate stats for total login time": "Login",
    "Two login session during the same hour": "Login",
    "Login before the hour logout during the hour": "Login",
    "Implicit login then logoff after the hour": "Login",
    "Login and logoff during the hour and login after the hour": "Login",
    "Login during the hour logout after the hour": "Login",
    "Generate stats for total wrapup time": "Wrapup",
}
"""Columns about people: test_streams_reconcile_wazo_staff."""


def records_of(scenario: dict[str, Any]) -> list[Record]:
    """Rows as exported; those given as minutes of "the last hour" are put into one hour."""
    found = []
    for table in scenario["queue_log"]:
        for row in table["rows"]:
            time = row["time"] if len(row["time"]) > 15 else f"2012-07-01 08:{row['time']}"
            text = "\t".join([time, *list(row.values())[1:]])
            record = parse_row(text, list(row), "\t", LocalTime(ZONE))
            assert record is not None
            found.append(record)
    return found


def total(figures: dict[int, Figures], day: date, first: int, last: int) -> Figures:
    """Sum of the hours from `first` up to `last`, not included, of a local day."""
    summed = Figures()
    for at_ms, hour in figures.items():
        local = datetime.fromtimestamp(at_ms / 1000, ZONE)
        if local.date() == day and first <= local.hour < last:
            summed += hour
    return summed


def shown(figures: Figures, column: str) -> str:
    if column == "AWT":
        awt_s = figures.awt_s
        return "" if awt_s is None else str(timedelta(seconds=awt_s)).zfill(8)
    if column in ("QoS", "Answered rate"):
        rate = figures.qos if column == "QoS" else figures.answered_rate
        return "" if rate is None else f"{100 * rate:.0f} %"
    return str(getattr(figures, column.lower()))


def hour_rows(figures: dict[int, Figures], day: date, labels: list[str]) -> list[Figures]:
    edges = [re.findall(r"\d+", label) for label in labels if label != "Total"]
    first, last = int(edges[0][0]), int(edges[-1][1])
    rows = [total(figures, day, int(start), int(end)) for start, end in edges]
    return [*rows, total(figures, day, first, last)]


def week_rows(figures: dict[int, Figures], monday: date) -> list[Figures]:
    days = [total(figures, monday + timedelta(days=after), 8, 12) for after in range(7)]
    return [*days, sum(days, Figures())]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one["scenario"])
def test_wazos_own_scenarios_give_wazos_own_figures(scenario: dict[str, Any]) -> None:
    records = records_of(scenario)
    compared = 0
    for table in scenario["expected"]:
        found = QUEUE_TABLE.search(table["step"])
        labels = [row[0] for row in table["rows"]]
        columns = table["header"][1:]
        if found is not None:
            figures = hourly(records, found[2], ZONE)
            day = date.fromisoformat(found[3])
        else:
            agents_day = AGENT_TABLE.search(table["step"])
            assert agents_day is not None
            columns = [one for one in columns if one != LEFT.get(scenario["scenario"])]
            queue = next((one.queue for one in records if one.queue), "")
            figures = hourly(records, queue, ZONE)  # of a queue that only this person answered
            day = date.fromisoformat(agents_day[1])
        weekly = found is not None and found[1]
        rows = week_rows(figures, day) if weekly else hour_rows(figures, day, labels)
        expected = [list(row[1 : 1 + len(columns)]) for row in table["rows"]]
        assert [[shown(row, one) for one in columns] for row in rows] == expected
        compared += len(columns)
    queues = {one.queue for one in records if one.queue}
    assert bool(compared) == bool(queues)
    assert all(hourly(records, queue, ZONE) for queue in queues)


def queue_log(*lines: str) -> list[Record]:
    return [parse_line(line.encode()) for line in lines]


def only(records: list[Record], **options: Any) -> Figures:
    (figures,) = hourly(records, "q", ZoneInfo("UTC"), **options).values()
    return figures


def test_an_answer_is_within_the_threshold_up_to_and_including_it() -> None:
    done = queue_log("100|c|q|NONE|ENTERQUEUE||1|1", "900|c|q|A|COMPLETEAGENT|20|60|1")
    assert (only(done).qos, only(done, threshold_s=19.0).qos) == (1.0, 0.0)


def test_a_completed_call_without_its_entry_counts_in_the_hour_its_fields_imply() -> None:
    records = queue_log("7205|c|q|A|COMPLETECALLER|4|10|1")
    assert hourly(records, "q", ZoneInfo("UTC")) == {
        3_600_000: Figures(answered=1, answered_in_qos=1, wait_s=4.0)
    }


def test_a_call_that_has_not_ended_is_not_received_yet() -> None:
    records = queue_log("100|c|q|NONE|ENTERQUEUE||1|1", "103|c|q|A|CONNECT|3|1.1|2")
    assert hourly(records, "q", ZoneInfo("UTC")) == {}


def test_timeouts_and_refusals_count_in_the_answered_rate_closed_and_diverted_do_not() -> None:
    figures = only(
        queue_log(
            "100|a|q|NONE|ENTERQUEUE||1|1",
            "110|a|q|A|BLINDTRANSFER|8000|ctx|5|5|1",
            "100|b|q|NONE|ENTERQUEUE||1|1",
            "160|b|q|NONE|EXITWITHTIMEOUT|1|1|60",
            "100|d|q|NONE|ENTERQUEUE||1|1",
            "130|d|q|NONE|LEAVEEMPTY|",
            "100|e|q|NONE|FULL|",
            "100|f|q|NONE|JOINEMPTY|",
            "100|g|q|NONE|CLOSED|",
            "100|h|q|NONE|DIVERT_HOLDTIME|",
        )
    )
    assert (figures.received, figures.answered_rate, figures.awt_s) == (7, 0.2, 5)
    assert (figures.blocking, figures.saturated, figures.timeout) == (2, 2, 1)


def test_without_calls_there_are_no_rates() -> None:
    empty = Figures()
    assert (empty.qos, empty.answered_rate, empty.awt_s) == (None, None, None)


def test_each_return_to_a_queue_belongs_to_its_own_entry() -> None:
    records = queue_log(
        "100|c|q|NONE|ENTERQUEUE||1|1",
        "160|c|q|NONE|EXITWITHTIMEOUT|1|1|60",
        "3700|c|q|NONE|ENTERQUEUE||1|1",
        "3710|c|q|NONE|ABANDON|1|1|10",
    )
    assert hourly(records, "q", ZoneInfo("UTC")) == {
        0: Figures(timeout=1),
        3_600_000: Figures(abandoned=1, wait_s=10.0),
    }


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    paris = ZoneInfo("Europe/Paris")
    first = 1_351_382_400
    records = queue_log(f"{first}|c|q|NONE|CLOSED|", f"{first + 3600}|d|q|NONE|CLOSED|")
    assert list(hourly(records, "q", paris)) == [first * 1000, (first + 3600) * 1000]
