import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contacts import ACD
from streams.bridges.asterisk_lines import transfer_of
from streams.bridges.asterisk_settings import AsteriskSettings
from streams.bridges.asterisk_staff_settings import StaffSettings
from streams.bridges.asterisk_table import AsteriskTableBridge, parse_row
from streams.bridges.base import Rejected
from streams.bridges.local_time import LocalTime
from tests import asterisk_logs
from tests.asterisk_logs import staff_events
from tests.effort import examples

HEADER = "time,callid,queuename,agent,event,data1,data2,data3,data4,data5"
COLUMNS = HEADER.split(",")


def bridge(zone: str = "Europe/Paris", header: str = HEADER, **options: Any) -> AsteriskTableBridge:
    used = AsteriskTableBridge(AsteriskSettings(time_zone=zone, **options))
    assert used.translate(header.encode(), 0) == []
    return used


def events(used: AsteriskTableBridge, *rows: str) -> list[dict[str, Any]]:
    wire = [event for row in rows for event in used.translate(row.encode(), 0)]
    for event in wire:
        ACD.validate_json(event)
    return [event for event in map(json.loads, wire) if event["type"] != "heartbeat"]


def time_of(used: AsteriskTableBridge, local: str) -> int:
    return int(events(used, f"{local},c1,sales,NONE,ENTERQUEUE,,,,,")[0]["time"])


def rejection(used: AsteriskTableBridge, row: str) -> Rejected:
    with pytest.raises(Rejected) as caught:
        used.translate(row.encode(), 0)
    return caught.value


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        HEADER.replace(",", "\t"),
        HEADER.replace(",", ";"),
        "\ufeff" + HEADER.upper(),
        "id,event,agent,queue,callid,time,data1,data2",
    ],
)
def test_the_header_says_where_the_columns_are(header: str) -> None:
    used = bridge(header=header)
    cells = {
        "id": "9",
        "time": "2012-07-01 08:00:00.123456",
        "callid": "c1",
        "queuename": "q01",
        "queue": "q01",
        "agent": "NONE",
        "event": "ENTERQUEUE",
    }
    delimiter = next(mark for mark in "\t;," if mark in header)
    names = header.lstrip("\ufeff").lower().split(delimiter)
    told = events(used, delimiter.join(cells.get(name, "") for name in names))
    assert told[0]["time"] == 1_341_122_400_123
    assert (told[0]["type"], told[0]["contact"], told[0]["queue"]) == ("queued", "c1", "q01")


def test_a_call_in_a_table_tells_the_same_story_as_in_a_file() -> None:
    told = events(
        bridge("UTC"),
        "2012-07-01 08:00:00.000000,c1,q01,NONE,ENTERQUEUE,,,,,",
        '2012-07-01 08:00:03.000000,c1,"q01",Agent/1,CONNECT,3,,,,',
        "2012-07-01 08:10:00.000000,c1,q01,Agent/1,COMPLETECALLER,3,597,1,NULL,\\N",
    )
    assert [(one["type"], one["time"]) for one in told] == [
        ("queued", 1_341_129_600_000),
        ("answered", 1_341_129_603_000),
        ("disconnected", 1_341_130_200_000),
    ]


def test_people_in_a_table_are_told_of_as_in_a_file() -> None:
    log = [
        "1341122400|m|q01|Ann|ADDMEMBER|PAUSED",
        "1341122401|NONE|q01|Ann|UNPAUSE|",
        "1341122410|c1|q01|NONE|ENTERQUEUE||1|1",
        "1341122420|c1|q01|Ann|CONNECT|10|1.1|7",
        "1341122450|c1|q01|Ann|BLINDTRANSFER|8000|ctx|10|30|1",
        "1341122450|NONE|NONE|Ann|WRAPUPSTART|20",
        "1341122490|c2|q01|Ann|RINGNOANSWER|3000",
        "1341122500|NONE|NONE|Ann|PAUSEALL|lunch",
        "1341122600|a|NONE|Bob|AGENTLOGIN|SIP/1",
        "1341122700|NONE|NONE|NONE|QUEUESTART|",
        "1341122800|m|q01|Ann|REMOVEMEMBER|",
    ]
    rows = []
    for one in log:
        epoch, *rest = one.split("|")
        cells = [f"2012-07-01 {int(epoch) // 3600 % 24:02}:{int(epoch) // 60 % 60:02}:"]
        cells[0] += f"{int(epoch) % 60:02}.000000"
        rows.append(",".join([*cells, *rest, *[""] * 9][:10]))
    staff = StaffSettings(reasons={"lunch": "meal"})
    of_table = staff_events(bridge("UTC", staff=staff), [row.encode() for row in rows])
    of_file = staff_events(asterisk_logs.bridge(staff=staff), [one.encode() for one in log])
    unlike = [{k: v for k, v in one.items() if k != "id"} for one in of_table]
    assert unlike == [{k: v for k, v in one.items() if k != "id"} for one in of_file]
    assert [one["state"] for one in of_table if one["staff"] == "Ann"] == [
        *("aux", "available", "ringing", "handling", "available", "acw", "available"),
        *("ringing", "available", "aux", "logged_out"),
    ]
    assert len({one["id"] for one in of_table}) == len(of_table)


def test_the_last_data_column_may_hold_what_six_fields_left_over() -> None:
    row = "2012-07-01 08:00:00,c1,q01,A,ATTENDEDTRANSFER,LINK,PJSIP/a,PJSIP/b,5,60|1"
    record = parse_row(row, COLUMNS, ",", LocalTime())
    assert record is not None
    assert transfer_of(record) == ("attended", "", 5.0, 60.0)


def test_an_old_table_keeps_all_data_in_one_column() -> None:
    used = bridge(header="time,callid,queuename,agent,event,data")
    told = events(used, "2012-07-01 08:00:00,c1,q01,A,BLINDTRANSFER,8000|internal|5|60|1")
    assert told[0]["kind"] == "blind"


def test_a_table_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time_zone"):
        AsteriskTableBridge(AsteriskSettings())


def test_an_hour_that_comes_twice_is_rejected_with_both_readings() -> None:
    refused = rejection(bridge(), "2012-10-28 02:30:00,c1,q01,NONE,ENTERQUEUE,,,,,")
    assert refused.reason == "ambiguous_local_time"
    assert "2012-10-28 00:30:00Z or 2012-10-28 01:30:00Z" in refused.detail


@pytest.mark.parametrize(
    ("reading", "utc_ms"), [("first", 1_351_384_200_000), ("second", 1_351_387_800_000)]
)
def test_the_settings_may_choose_a_reading_of_the_hour_that_comes_twice(
    reading: str, utc_ms: int
) -> None:
    assert time_of(bridge(ambiguous_hour=reading), "2012-10-28 02:30:00.000000") == utc_ms
    assert time_of(bridge("UTC"), "2012-10-28 00:30:00") == 1_351_384_200_000


@pytest.mark.parametrize("reading", ["reject", "first", "second"])
def test_an_hour_that_was_skipped_is_rejected(reading: str) -> None:
    used = bridge(ambiguous_hour=reading)
    refused = rejection(used, "2012-03-25 02:30:00,c1,q01,NONE,ENTERQUEUE,,,,,")
    assert refused.reason == "nonexistent_local_time"
    assert time_of(used, "2012-03-25 01:59:59") + 1000 == time_of(used, "2012-03-25 03:00:00")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2012-07-01 08:00:00,c1,q01,NONE", "too_few_fields"),
        ("2012-07-01 08:00:00,c1,q01,NONE,ENTERQUEUE,,,,,,", "too_many_fields"),
        ('2012-07-01 08:00:00,"c1,q01,NONE,ENTERQUEUE,,,,,', "bad_csv"),
        ("2012-07-01,c1,q01,NONE,ENTERQUEUE,,,,,", "bad_time"),
        ("2012-07-01 08:00:60,c1,q01,NONE,ENTERQUEUE,,,,,", "bad_time"),
        ("2012-02-30 08:00:00,c1,q01,NONE,ENTERQUEUE,,,,,", "bad_time"),
        ("1234567890,c1,q01,NONE,ENTERQUEUE,,,,,", "bad_time"),
        ("1899-02-01 08:00:00,c1,q01,NONE,ENTERQUEUE,,,,,", "bad_time"),
        ("2012-07-01 08:00:00,NONE,q01,NONE,ENTERQUEUE,,,,,", "no_call_id"),
        ("2012-07-01 08:00:00,c1,q01,A,CONNECT,soon,,,,", "bad_number"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(row: str, reason: str) -> None:
    assert rejection(bridge(), row).reason == reason


def test_a_table_without_its_header_is_rejected_line_by_line() -> None:
    used = AsteriskTableBridge(AsteriskSettings(time_zone="UTC"))
    row = "2012-07-01 08:00:00,c1,q01,NONE,ENTERQUEUE,,,,,"
    assert rejection(used, row).reason == "bad_header"
    used.translate(HEADER.encode(), 0)
    assert len(events(used, row)) == 1


def test_a_header_that_comes_again_is_passed_over() -> None:
    assert events(bridge(), HEADER, "2012-07-01 08:00:00,c1,q01,NONE,ENTERQUEUE,,,,,") != []


def test_a_reader_that_resumes_behind_the_header_still_knows_it() -> None:
    used = bridge(header=HEADER.replace(",", "\t"))
    entered = "2012-07-01 08:00:00\tc1\tq01\tNONE\tENTERQUEUE\t\t\t\t\t"
    left = "2012-07-01 08:00:09\tc1\tq01\tNONE\tABANDON\t1\t1\t9\t\t"
    events(used, entered)
    fresh = AsteriskTableBridge(AsteriskSettings(time_zone="Europe/Paris"))
    fresh.restore(used.snapshot())
    assert events(fresh, left) == events(used, left) != []


@settings(max_examples=examples(50))
@given(st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=8))
def test_any_bytes_are_translated_into_valid_events_or_rejected(lines: list[bytes]) -> None:
    used = bridge()
    row = b"2012-07-01 08:00:00,c1,q01,NONE,%b,%b,,,,"
    for one in [*lines, *(row % (b"CONNECT", one) for one in lines)]:
        try:
            wire = used.translate(one, 0)
        except Rejected as refused:
            assert refused.reason.isidentifier()
            continue
        for event in wire:
            ACD.validate_json(event)
