"""Wazo's own scenarios of people through our bridge: log-on, wrap-up and answers by hour.

All its figures agree. Where its rules part from ours without its scenarios showing it:
- A log-off without a log-on: Wazo logs the person on as long before as the record's seconds say.
  Ours is logged out until then (nothing is invented; a pause may have lain in between).
- Wazo books an answer to the hour of the call's entry, ours begins handling at the answer.
- Wrap-up: Wazo adds the seconds written in WRAPUPSTART, whole, in its hour; ours is clipped at the
  edge, and ended by the next conversation, a pause or a log-off.
- Wazo counts pauses beside log-on time, ours are classes of it.
"""

import json
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.bridges.asterisk_settings import AsteriskSettings
from streams.bridges.asterisk_staff_settings import StaffSettings
from streams.bridges.asterisk_table import AsteriskTableBridge
from tests.asterisk_logs import T, bridge, line, staff_events
from tests.data import shared
from tests.staff_time import logged_in_ms, spans, time_in

ZONE = ZoneInfo("America/Montreal")
SCENARIOS: list[dict[str, Any]] = json.loads(
    shared("wazo-queue-log/queue_log_to_hourly_stats.json").read_text()
)
AGENT_TABLE = re.compile(r'statistics on agent "(\w+)" on "([\d-]+)"')
LAST_HOUR = re.compile(r'"([\d:]+)" minutes login in the last hour on agent "(\w+)"')
TABLES = [
    pytest.param(scenario, table, id=scenario["scenario"])
    for scenario in SCENARIOS
    for table in scenario["expected"]
    if AGENT_TABLE.search(table["step"])
]


def told(scenario: dict[str, Any], agent: str) -> list[Any]:
    """The events of one agent; the rows, given in any order, in that of their times."""
    rows = [row for table in scenario["queue_log"] for row in table["rows"]]
    # Those given as minutes of "the last hour" are put into one hour.
    rows = [
        row if len(row["time"]) > 15 else row | {"time": f"2012-07-01 08:{row['time']}"}
        for row in rows
    ]
    rows.sort(key=lambda row: row["time"])
    used = AsteriskTableBridge(AsteriskSettings(time_zone=str(ZONE), staff=StaffSettings()))
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    found = staff_events(used, [one.encode() for one in lines])
    return [one for one in found if one["staff"] == f"Agent/{agent}"]


def ms(day: date, hour: int) -> int:
    return round(datetime.combine(day, time(hour), ZONE).timestamp() * 1000)


def answers(events: list[Any], start_ms: int, end_ms: int) -> int:
    begun = [at for at, _, state in spans(events, end_ms) if state == "handling"]
    return sum(start_ms <= at < end_ms for at in begun)


def shown(events: list[Any], column: str, start_ms: int, end_ms: int) -> str:
    """One cell, as Wazo shows it: time truncated to whole seconds."""
    if column == "Answered":
        return str(answers(events, start_ms, end_ms))
    if column == "Login":
        length_ms = logged_in_ms(events, start_ms, end_ms)
    else:
        assert column == "Wrapup"
        length_ms = time_in(events, start_ms, end_ms)["acw"]
    return str(timedelta(seconds=length_ms // 1000)).zfill(8)


@pytest.mark.parametrize(("scenario", "table"), TABLES)
def test_wazos_figures_of_people_are_those_of_our_events(
    scenario: dict[str, Any], table: dict[str, Any]
) -> None:
    found = AGENT_TABLE.search(table["step"])
    assert found is not None
    events, day = told(scenario, found[1]), date.fromisoformat(found[2])
    *hours, total = table["rows"]
    edges = [tuple(map(int, re.findall(r"\d+", row[0]))) for row in hours]
    edges.append((edges[0][0], edges[-1][1]))
    for row, (first, last) in zip([*hours, total], edges, strict=True):
        for column, expected in zip(table["header"][1:], row[1:], strict=True):
            assert shown(events, column, ms(day, first), ms(day, last)) == expected


def test_wazo_has_a_table_of_people_in_eight_scenarios() -> None:
    assert len(TABLES) == 8
    columns = {column for one in TABLES for column in one.values[1]["header"][1:]}
    assert columns == {"Login", "Wrapup", "Answered"}


def test_wazos_login_time_of_the_last_hour_is_that_of_our_events_though_generated_twice() -> None:
    (scenario,) = [one for one in SCENARIOS if one["scenario"] == "Generate stats twice"]
    (found,) = [m for one in scenario["setup"] if (m := LAST_HOUR.search(one["step"]))]
    events, day = told(scenario, found[2]), date(2012, 7, 1)
    assert told(scenario, found[2]) == events
    assert shown(events, "Login", ms(day, 8), ms(day, 9)) == found[1]


def test_records_of_a_queue_that_name_no_agent_make_no_person() -> None:
    name = "Generate stats for answered rate with calls on closed queue"
    (scenario,) = [one for one in SCENARIOS if one["scenario"] == name]
    rows = [row for table in scenario["queue_log"] for row in table["rows"]]
    assert {row["agent"] for row in rows} == {"NONE"}
    assert told(scenario, "NONE") == []


def test_a_log_off_without_a_log_on_does_not_log_anybody_on_where_wazo_would() -> None:
    off = "3600|a|NONE|Agent/5|AGENTCALLBACKLOGOFF|1003@default|300|CommandLogoff"
    assert staff_events(bridge(staff={}), [line(off)]) == []


def test_after_call_work_is_cut_at_the_hour_where_wazo_books_it_whole() -> None:
    hour = 3600 - T % 3600
    log = (f"{hour - 5}|NONE|NONE|Agent/11|WRAPUPSTART|15",)
    events = staff_events(bridge(staff={}), [line(text) for text in log])
    edge_ms = (T + hour) * 1000
    assert time_in(events, edge_ms - 3_600_000, edge_ms)["acw"] == 5_000
    assert time_in(events, edge_ms, edge_ms + 3_600_000)["acw"] == 10_000
