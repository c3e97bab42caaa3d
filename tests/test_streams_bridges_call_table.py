import json

import pytest
from pydantic import ValidationError

from streams.bridges.call_table import CallTable
from streams.bridges.call_table_settings import CallTableSettings
from streams.errors import UserError
from tests.call_tables import (
    BANK,
    BANK_COLUMNS,
    DESK,
    DESK_HEADER,
    bank,
    bank_row,
    brief,
    desk,
    offered,
    refusal,
    told,
)


def test_a_call_that_waited_is_queued_answered_and_ended():
    visit = {"source": "bank-1999", "program": "bank/PS", "contact": "AA0101/33118/1999-01-01"}
    queued_ms = 915_166_526_000  # 1999-01-01 06:55:26 +02:00
    assert offered(bank(), bank_row()) == [
        {"type": "queued", "id": "queued", "time": queued_ms, "queue": "bank-PS"} | visit,
        {"type": "answered", "id": "answered", "time": queued_ms + 17_000, "staff": "MICHAL"}
        | visit,
        {"type": "disconnected", "id": "disconnected", "time": queued_ms + 71_000}
        | {"by": "customer"}
        | visit,
    ]


def test_the_ivr_answered_an_offered_call_before_it_was_offered_whatever_the_clock_says():
    """V1 is of all calls that the IVR answers, not of those that end there."""
    first, queued, *_ = told(bank(), bank_row())
    assert (first["type"], queued["time"] - first["time"]) == ("ivr_entered", 6000)
    first, queued, *_ = told(bank(), bank_row(vru_entry="7:01:20", vru_time="-354"))
    assert (first["type"], queued["time"] - first["time"]) == ("ivr_entered", 0)
    assert told(bank(ivr={}), bank_row())[0]["type"] == "queued"


def test_a_call_without_a_queue_start_enters_where_it_left_the_ivr_and_waits_nothing():
    row = bank_row(q_start="0:00:00", q_exit="0:00:00", q_time="0", ser_start="6:55:25")
    row = row.replace(b"6:56:37\t54", b"6:56:19\t54")
    assert brief(offered(bank(), row)) == [
        ("queued", "1999-01-01 04:55:26"),
        ("answered", "1999-01-01 04:55:26"),
        ("disconnected", "1999-01-01 04:56:20"),
    ]


def test_an_answered_call_without_a_service_start_has_an_unknown_handle_time():
    row = bank_row(ser_start="0:00:00", ser_exit="0:00:00", ser_time="0")
    assert [kind for kind, _ in brief(offered(bank(), row))] == [
        "queued",
        "answered",
        "tracking_lost",
    ]


def test_a_service_time_of_zero_is_a_handle_time_of_zero():
    events = offered(bank(), bank_row(ser_exit="6:55:43", ser_time="0"))
    assert events[2]["type"] == "disconnected"
    assert events[2]["time"] == events[1]["time"]


def test_a_hang_up_in_the_queue_is_abandoned_after_its_wait_whatever_else_the_row_says():
    for server in ("NO_SERVER", "DARMON"):
        assert brief(offered(bank(), bank_row(outcome="HANG", server=server))) == [
            ("queued", "1999-01-01 04:55:26"),
            ("disconnected", "1999-01-01 04:55:43"),
        ]


def test_a_hang_up_in_the_ivr_is_told_and_not_offered():
    row = bank_row(outcome="HANG", q_start="0:00:00", q_exit="0:00:00", q_time="0")
    events = offered(bank(), row)
    assert brief(events) == [
        ("ivr_entered", "1999-01-01 04:55:20"),
        ("ivr_left", "1999-01-01 04:55:26"),
    ]
    assert events[1]["result"] == "hung_up"


def test_a_queue_that_is_not_mapped_is_named_like_its_program():
    queued = offered(bank(queue=None), bank_row())[0]
    assert queued["queue"] == queued["program"] == "bank/PS"


def test_a_phantom_call_sends_nothing_and_leaves_nothing_behind():
    bridge = bank()
    assert offered(bridge, bank_row(outcome="PHANTOM")) == []
    assert bridge.end() == []


def test_both_ways_to_write_the_date_name_the_same_call():
    assert offered(bank(), bank_row(date="2010-01-01")) == offered(bank(), bank_row())


def test_blanks_around_a_value_are_not_part_of_it():
    events = offered(bank(), bank_row(type=" TT"))
    assert (events[0]["program"], events[0]["queue"]) == ("bank/TT", "bank-TT")


def test_a_row_that_comes_again_gives_the_same_bytes_from_any_bridge():
    bridge = bank()
    first = bridge.translate(bank_row(), 1)
    assert bridge.translate(bank_row(), 2) == first == bank().translate(bank_row(), 99)


def test_a_header_that_comes_again_is_passed_over():
    bridge = bank()
    assert bridge.translate("\t".join(BANK_COLUMNS).encode(), 5_000) == []
    assert len(bridge.translate(bank_row(), 6_000)) == 4


def test_a_second_file_may_order_its_columns_otherwise():
    bridge = bank()
    turned = list(reversed(BANK_COLUMNS))
    assert bridge.translate("\t".join(turned).encode(), 0) == []
    row = b"\t".join(reversed(bank_row().split(b"\t")))
    assert bridge.translate(row, 1) == bank().translate(bank_row(), 1)


def test_nothing_is_promised_before_the_end_and_everything_at_it():
    bridge = bank()
    bridge.translate(bank_row(), 1)
    bridge.translate(bank_row(type="NW", call_id="7"), 2)
    assert bridge.heartbeats(2**40) == []
    beats = [json.loads(raw) for raw in bridge.end()]
    assert [(beat["type"], beat["program"]) for beat in beats] == [
        ("heartbeat", "bank/NW"),
        ("heartbeat", "bank/PS"),
    ]
    assert {beat["time"] for beat in beats} == {915_166_526_000 + 71_000 + 86_400_000}


def test_a_restored_bridge_reads_on_without_the_header():
    bridge = bank()
    bridge.translate(bank_row(), 1)
    other = CallTable(CallTableSettings.model_validate(BANK))
    other.restore(bridge.snapshot())
    assert other.translate(bank_row(call_id="8"), 900) == bridge.translate(
        bank_row(call_id="8"), 900
    )
    assert other.end() == bridge.end()


@pytest.mark.parametrize(
    ("changes", "reason", "named"),
    [
        ({"q_start": "6:65:26"}, "bad_clock", "q_start: '6:65:26'"),
        ({"q_start": "24:00:00"}, "bad_clock", "q_start"),
        ({"vru_entry": "never"}, "bad_clock", "vru_entry"),
        ({"date": "990230"}, "bad_date", "date: '990230'"),
        ({"date": "99111"}, "bad_date", "%y%m%d or %Y-%m-%d in 1999"),
        ({"date": ""}, "no_identity", "date is empty"),
        ({"call_id": " "}, "no_identity", "call_id"),
        ({"q_time": "seventeen"}, "bad_number", "q_time: 'seventeen'"),
        ({"q_time": "-17", "q_exit": "6:55:09"}, "bad_number", "negative"),
        ({"ser_time": "99999999"}, "bad_number", "longer than 31 days"),
        ({"type": ""}, "no_program", "type is empty"),
        ({"type": "P" * 129}, "too_long", "program"),
        ({"outcome": "BUSY"}, "unknown_outcome", "outcome 'BUSY'"),
        ({"q_time": "18"}, "inconsistent_clocks", "q_start to q_exit is 17 s, q_time is 18"),
        ({"ser_exit": "6:55:00"}, "inconsistent_clocks", "ser_start to ser_exit"),
        ({"q_start": "0:00:00"}, "inconsistent_clocks", "q_start did not happen, q_time is 17"),
        ({"q_time": ""}, "no_answer", "does not say when"),
        ({"server": "X" * 129}, "too_long", "staff"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_where(changes, reason, named):
    caught = refusal(bank(), bank_row(**changes))
    assert caught.reason == reason
    assert named in caught.detail


def test_a_hang_up_whose_queue_start_fell_on_midnight_is_refused_and_not_called_an_ivr_end():
    row = bank_row(outcome="HANG", q_start="0:00:00", q_exit="0:00:17")
    assert refusal(bank(), row).reason == "unknown_outcome"


def test_an_offered_call_without_any_entry_is_refused():
    none = {"vru_exit": "0:00:00", "vru_entry": "0:00:00", "vru_time": "0"}
    row = bank_row(q_start="0:00:00", q_exit="0:00:00", q_time="0", **none)
    caught = refusal(bank(), row)
    assert caught.reason == "no_entry"
    assert "q_start nor vru_exit" in caught.detail


def test_rows_of_another_width_are_refused_and_empty_ones_passed_over():
    assert refusal(bank(), b"AA0101\t33118").detail == "2 fields for 17"
    assert bank().translate(b"", 40) == []
    assert refusal(bank(), b"\xff" + bank_row()).reason == "bad_encoding"


def test_a_call_that_the_system_ended_says_so():
    row = b"a3,2024-03-01T09:00:00Z,,2024-03-01T09:02:00Z,,9,,,expired"
    gone = offered(desk(), row)[1]
    assert (gone["by"], gone["reason"], gone["program"]) == ("system", "queue_timeout", "9")


def test_quoted_fields_may_hold_the_delimiter():
    row = b'"a,7",1970-01-02T00:00:00Z,,1970-01-02T00:00:01Z,,1,,,"hang""up"'
    assert 'hang"up' in refusal(desk(), row).detail
    assert offered(desk(), row.replace(b'""', b""))[0]["contact"] == "a,7"
    assert refusal(desk(), b'"a,7,1,2').reason == "bad_quoting"


def test_identities_are_joined_so_that_no_two_calls_become_one():
    bridge = desk(identity=["id", "who"])
    row = "%s,1970-01-02T00:00:00Z,,1970-01-02T00:00:01Z,,1,,%s,hangup"
    pairs = [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a" * 90, "b" * 90), ("a" * 91, "b" * 89)]
    contacts = [offered(bridge, (row % pair).encode())[0]["contact"] for pair in pairs]
    assert len(set(contacts)) == len(pairs)


def test_a_japanese_export_is_read_in_its_encoding():
    bridge = desk(encoding="cp932")
    row = "a8,1970-01-02T00:00:00Z,,1970-01-02T00:00:01Z,,表示,,,hangup".encode("cp932")
    assert offered(bridge, row)[0]["program"] == "表示"


def test_names_of_columns_may_be_configured_instead_of_read():
    names = DESK_HEADER.decode().split(",")
    row = b"a9,1970-01-02T00:00:00Z,,1970-01-02T00:00:01Z,,1,,,hangup"
    bare = CallTable(CallTableSettings.model_validate(DESK | {"header": False, "columns": names}))
    renamed = desk(b"1,2,3,4,5,6,7,8,9", columns=names)
    assert bare.translate(row, 0) == renamed.translate(row, 1) == desk().translate(row, 1)


def test_a_header_without_a_mapped_column_stops_with_what_was_meant():
    bridge = CallTable(CallTableSettings.model_validate(BANK))
    header = "\t".join(BANK_COLUMNS).replace("q_time", "q_tim").encode()
    with pytest.raises(
        UserError, match=r"call_table\.answered\.seconds names column 'q_time'"
    ) as e:
        bridge.translate(header, 0)
    assert "did you mean 'q_tim'" in e.value.hint
    twice = "\t".join(BANK_COLUMNS).replace("priority", "outcome").encode()
    with pytest.raises(UserError, match="'outcome', which the table has twice"):
        bridge.translate(twice, 0)
    with pytest.raises(UserError, match="cannot be read"):
        bridge.translate(b"\xff\xfe", 0)
    with pytest.raises(UserError, match=r"has 2 columns, call_table\.columns lists 9"):
        desk(b"a,b", columns=DESK_HEADER.decode().split(","))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": False}, "must be listed in columns"),
        ({"columns": ["id"]}, "entry names column 'queued_at'"),
        ({"delimeter": ";"}, "delimeter"),
        ({"time": {"style": "clock"}}, "needs a zone and a date column"),
        ({"time": {"style": "epoch_s", "formats": ["%H"]}}, "formats are of timestamps"),
        ({"time": {"style": "timestamp", "zone": "Mars"}}, "unknown time zone"),
        ({"time": {"style": "timestamp", "date": {"column": "id"}}}, "has its date in it"),
        ({"answered": {}}, "either time columns"),
        ({"answered": {"at": ["a"], "seconds": "b"}}, "either time columns"),
        ({"program": {"prefix": "x/"}}, "name a column or a default"),
        ({"outcomes": []}, "outcomes"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        CallTableSettings.model_validate(DESK | changes)
