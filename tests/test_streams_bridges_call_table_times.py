import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.contacts import ACD
from streams.bridges.base import Rejected
from streams.bridges.call_table import CallTable
from streams.bridges.call_table_settings import CallTableSettings
from tests.call_tables import (
    BANK,
    BANK_COLUMNS,
    bank,
    bank_row,
    brief,
    desk,
    offered,
    refusal,
    timed,
)
from tests.effort import examples


def test_a_wait_across_midnight_keeps_its_length():
    row = (
        "AA0213 12511 c001115 1 PS 990109 23:59:23 23:59:23 0 "
        "23:59:28 0:00:03 35 AGENT 0:00:03 0:00:55 52 ANAT"
    ).replace(" ", "\t")
    assert brief(offered(bank(), row.encode())) == [
        ("queued", "1999-01-09 21:59:28"),
        ("answered", "1999-01-09 22:00:03"),
        ("disconnected", "1999-01-09 22:00:55"),
    ]


def test_an_entry_behind_midnight_is_of_the_day_after_the_date():
    row = bank_row(vru_entry="23:59:50", vru_exit="0:00:10", vru_time="20", q_start="0:00:10")
    row = row.replace(
        b"6:55:43\t17\tAGENT\t6:55:43\t6:56:37", b"0:00:27\t17\tAGENT\t0:00:27\t0:01:21"
    )
    assert brief(offered(bank(), row))[0] == ("queued", "1999-01-01 22:00:10")


def test_a_clock_that_runs_backwards_a_little_stays_on_its_day():
    row = bank_row(vru_entry="7:01:20", vru_time="-354")
    assert brief(offered(bank(), row))[0] == ("queued", "1999-01-01 04:55:26")


def autumn(choice: str) -> CallTable:
    """Clocks went from 02:00 back to 01:00 on 1999-09-03, and from 02:00 on to 03:00 on 04-02."""
    return bank(time=BANK["time"] | {"ambiguous": choice})


def night_row(date: str, clock: str, **changes) -> bytes:
    none = dict.fromkeys(("q_start", "q_exit", "ser_start", "ser_exit"), "0:00:00")
    none |= {"q_time": "0", "ser_time": "0", "vru_time": "0", "outcome": "AGENT"}
    clocks = {"vru_entry": clock, "vru_exit": clock}
    return bank_row(date=date, **(none | clocks | changes))


def test_an_hour_that_came_twice_is_read_as_the_mapping_says():
    row = night_row("990903", "1:30:00")
    assert brief(offered(autumn("first"), row))[0] == ("queued", "1999-09-02 22:30:00")
    assert brief(offered(autumn("second"), row))[0] == ("queued", "1999-09-02 23:30:00")
    assert refusal(autumn("reject"), row).reason == "ambiguous_time"
    assert brief(offered(autumn("reject"), night_row("990903", "0:59:59")))[0][0] == "queued"
    assert brief(offered(autumn("reject"), night_row("990903", "2:00:00")))[0][0] == "queued"


def test_the_order_of_a_row_settles_an_hour_that_came_twice_where_it_can():
    late = {"vru_exit": "1:05:00", "vru_time": "600"}
    row = night_row("990903", "1:55:00", **late)
    assert brief(offered(autumn("first"), row))[0] == ("queued", "1999-09-02 23:05:00")
    assert refusal(autumn("second"), row).reason == "inconsistent_clocks"


def test_an_hour_that_clocks_left_out_is_refused():
    assert refusal(bank(), night_row("990402", "2:30:00")).reason == "nonexistent_time"
    assert brief(offered(bank(), night_row("990402", "3:00:00")))[0] == (
        "queued",
        "1999-04-02 00:00:00",
    )


def test_a_table_with_offsets_needs_no_zone():
    row = (
        b"a1,2024-03-01T09:00:00+09:00,2024-03-01 00:00:12.500Z,"
        b"2024-03-01T00:05:00Z,0:00:30,1,tokyo,sato,"
    )
    events = offered(desk(), row)
    assert brief(events) == [
        ("queued", "2024-03-01 00:00:00"),
        ("answered", "2024-03-01 00:00:12"),
        ("disconnected", "2024-03-01 00:05:00"),
        ("acw_ended", "2024-03-01 00:05:30"),
    ]
    assert events[1]["time"] - events[0]["time"] == 12_500
    assert (events[1]["site"], events[1]["staff"]) == ("tokyo", "sato")
    assert {(e["program"], e["contact"]) for e in events} == {("desk/sales", "a1")}


def test_a_time_without_offset_and_zone_is_refused():
    row = b"a2,2024-03-01T09:00:00,,2024-03-01T09:00:05,,,,,hangup"
    assert "call_table.time.zone" in refusal(desk(), row).detail
    zoned = desk(**timed(zone="Asia/Tokyo"))
    assert brief(offered(zoned, row)) == [
        ("queued", "2024-03-01 00:00:00"),
        ("disconnected", "2024-03-01 00:00:05"),
    ]


def test_times_may_be_counted_from_1970_or_written_as_a_format_says():
    seconds = desk(**timed(style="epoch_s"))
    millis = desk(**timed(style="epoch_ms"))
    written = desk(**timed(formats=["%d/%m/%Y %H:%M:%S"], zone="UTC"))
    expected = brief(offered(seconds, b"a4,1709251200.5,,1709251205,,1,,,hangup"))
    assert expected == [
        ("queued", "2024-03-01 00:00:00"),
        ("disconnected", "2024-03-01 00:00:05"),
    ]
    row = b"a4,1709251200500,,1709251205000,,1,,,hangup"
    assert brief(offered(millis, row)) == expected
    row = b"a4,1/3/2024 00:00:00,,01/03/2024 00:00:05,,1,,,hangup"
    assert brief(offered(written, row)) == expected


@pytest.mark.parametrize(
    ("field", "style"),
    [
        (b"2024-03-01", "timestamp"),
        (b"0001-01-01T00:00:00+14:00", "timestamp"),
        (b"9999-12-31T23:59:59-12:00", "timestamp"),
        (b"-5", "epoch_s"),
        (b"1.2.3", "epoch_s"),
        ("１７".encode(), "epoch_s"),
        (b"9999999999999999", "epoch_ms"),
    ],
)
def test_a_time_that_is_none_is_refused(field, style):
    row = b"a5," + field + b",,,,1,,,hangup"
    assert refusal(desk(**timed(style=style)), row).reason == "bad_time"


def test_times_in_the_wrong_order_are_refused_unless_clocks_differ_a_little():
    early = b"a6,2024-03-01T09:00:00Z,2024-03-01T08:50:00Z,,,1,,,"
    assert refusal(desk(), early).reason == "inconsistent_clocks"
    slight = b"a6,2024-03-01T09:00:00Z,2024-03-01T08:59:59Z,2024-03-01T09:01:00Z,,1,,,"
    assert [at for _, at in brief(offered(desk(), slight))][:2] == ["2024-03-01 09:00:00"] * 2


def test_a_date_format_must_name_day_month_and_year():
    date = BANK["time"]["date"] | {"formats": ["%d.%m."]}
    with pytest.raises(ValidationError, match="does not say day, month and year"):
        CallTableSettings.model_validate(BANK | {"time": BANK["time"] | {"date": date}})


clocks = st.sampled_from(["0:00:00", "1:30:00", "23:59:59", "9:00:00", "", "x", "99:00:00"])
values = st.one_of(
    clocks,
    st.sampled_from(["990903", "990402", "2010-02-29", "AGENT", "HANG", "0", "17", "1e9", "１７"]),
    st.text(max_size=6),
)
row_bytes = st.lists(values, min_size=17, max_size=17).map(lambda v: "\t".join(v).encode())
changed = st.dictionaries(st.sampled_from(BANK_COLUMNS), values, max_size=4)


@settings(max_examples=examples(150))
@given(
    st.one_of(st.binary(max_size=200), row_bytes, changed.map(lambda c: bank_row(**c))),
    st.sampled_from(["first", "second", "reject"]),
)
def test_whatever_a_row_holds_it_gives_valid_events_or_a_reason(row, choice):
    for bridge in (autumn(choice), desk(**timed(zone="Asia/Jerusalem", ambiguous=choice))):
        try:
            events = bridge.translate(row, 1)
        except Rejected as rejected:
            assert rejected.reason.replace("_", "").isalpha()
        else:
            for event in (*events, *bridge.end()):
                ACD.validate_json(event)
