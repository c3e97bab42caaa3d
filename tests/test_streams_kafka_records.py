"""What is written to `intervals` and `rejects` is read back as it was."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.columns import ARRIVAL_ROW
from schemas.keys import MAX_TIME_MS, Basis, IntervalState
from schemas.ledger import LedgerRecord
from streams.close import Record
from streams.kafka.records import (
    BadRecord,
    KeptReject,
    Place,
    TakenAgain,
    interval_of,
    interval_record,
    place_of,
    reject_of,
    reject_record,
    taken_again_record,
)
from streams.rejects import Reject, reject

COUNTS = st.integers(-(2**62), 2**62)
COLUMNS = st.dictionaries(st.sampled_from(ARRIVAL_ROW), COUNTS, max_size=8)
NAMES = st.text(min_size=1, max_size=12)
TIMES = st.integers(0, MAX_TIME_MS)
RECORDS = st.builds(
    Record,
    program=NAMES,
    queue=st.text(max_size=12),
    channel=NAMES,
    site=st.text(max_size=12),
    bucket_ms=TIMES,
    basis=st.sampled_from([basis.value for basis in Basis]),
    revision=st.integers(0, 9999),
    state=st.sampled_from([state.value for state in IntervalState]),
    completeness=st.none() | st.floats(0, 1),
    columns=COLUMNS,
    wait_hist=st.dictionaries(st.integers(0, 200), COUNTS, max_size=5),
    old_columns=st.none() | COLUMNS,
    reason=st.sampled_from(["", "late_event", "rebuild"]),
    recorded_ms=TIMES,
)
REJECTS = st.builds(
    Reject,
    reason=st.sampled_from(["bad_json", "too_late"]),
    detail=st.text(max_size=30),
    topic=st.sampled_from(["acd", "chat", "plan"]),
    offset=st.integers(0, 2**62),
    raw=st.binary(max_size=60) | st.text(max_size=30).map(str.encode),
)
FINAL = Record(
    *("shop", "sales", "voice", "", 1_767_538_800_000, "arrival", 1, "FINAL", 1.0),
    {"offered": 3, "ans": 2}, {4: 2}, None, "", 1_767_540_000_000,
)  # fmt: skip


@given(RECORDS)
def test_an_interval_comes_back_as_it_was(record):
    assert interval_of(interval_record(record)[1]) == record


@given(RECORDS)
def test_the_value_of_an_interval_is_what_the_contract_says(record):
    written = json.loads(interval_record(record)[1])
    assert LedgerRecord.model_validate(written).program == record.program
    assert list(written) == list(LedgerRecord.model_fields)
    assert all(isinstance(key, str) for key in written["wait_hist"])


def test_the_key_names_the_interval_and_its_revision():
    key, _ = interval_record(FINAL)
    assert json.loads(key) == ["shop", "sales", "voice", "", 1_767_538_800_000, "arrival", 1]
    key, _ = interval_record(FINAL._replace(revision=0, state="PROVISIONAL"))
    assert json.loads(key)[-1] == "P"


@given(RECORDS, RECORDS)
def test_two_intervals_share_a_key_only_if_they_are_one(one, other):
    same = one[:7] == other[:7]
    assert (interval_record(one)[0] == interval_record(other)[0]) is same


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "SETTLED"}, {"basis": "wish"}, {"revision": -1}, {"completeness": 1.5},
        {"columns": {"ans": "two"}}, {"columns": {"ans": 2**70}}, {"revision": 2**70},
        {"wait_hist": {"x": 1}}, {"more": 1}, {"bucket_ms": -1}, {"completeness": float("nan")},
    ],
)  # fmt: skip
def test_a_value_that_breaks_the_contract_is_refused(changed):
    value = json.dumps(json.loads(interval_record(FINAL)[1]) | changed).encode()
    with pytest.raises(BadRecord, match="no ledger record"):
        interval_of(value)


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"replayed":1}'])
def test_bytes_that_are_no_record_are_refused(value):
    with pytest.raises(BadRecord):
        interval_of(value)
    with pytest.raises(BadRecord):
        reject_of(value)


@given(REJECTS, st.integers(-1, 500), TIMES, st.text(max_size=9))
def test_a_reject_comes_back_with_its_place_and_its_bytes(each, partition, kept_ms, source):
    found = reject_of(reject_record(each, partition, kept_ms, source, "events")[1])
    place = Place(each.topic, partition, each.offset, source)
    kind = "events" if source else ""
    assert found == KeptReject(place, each.reason, each.detail, each.raw, kept_ms, kind)


@given(REJECTS, st.integers(-1, 500), TIMES)
def test_the_mark_of_a_reject_names_it_and_does_not_stand_in_its_place(each, partition, at_ms):
    key, value = reject_record(each, partition, at_ms)
    place = Place(each.topic, partition, each.offset)
    mark, said = taken_again_record(place, at_ms)
    assert reject_of(said) == TakenAgain(place, at_ms)
    assert mark != key
    assert reject_of(value).place == place


def test_readable_bytes_stay_readable_and_others_are_base64():
    text = reject_record(reject("bad_json", "x", "acd", 7, "カ{".encode()), 1, 5)[1]
    assert json.loads(text)["raw"] == "カ{"
    other = json.loads(reject_record(reject("bad_json", "x", "acd", 7, b"\xff"), 1, 5)[1])
    assert other["raw_base64"] == "/w=="
    assert "raw" not in other


@given(NAMES.filter(lambda name: ":" not in name), st.integers(-1, 99), st.integers(0, 2**62))
def test_a_place_can_be_written_and_read(topic, partition, offset):
    for source in ("", "C:/logs/queue_log:1"):
        place = Place(topic, partition, offset, source)
        assert place_of(place.text()) == place


def test_a_checkpoint_of_twenty_thousand_intervals_is_written_within_seconds():
    """0.1 s here; the bound leaves room for slow machines and finds only another order."""
    columns = {name: 7 for name in ARRIVAL_ROW}
    record = FINAL._replace(columns=columns, wait_hist=dict.fromkeys(range(40), 3))
    begun = time.perf_counter()
    for bucket in range(20_000):
        interval_record(record._replace(bucket_ms=bucket))
    assert time.perf_counter() - begun < 3
