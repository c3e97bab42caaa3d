"""What the producer promises: in the right partition, acknowledged, or said not to be."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from deploy.kafka.broker import Broker
from schemas.contacts import ACD_EVENTS, event_type
from streams.errors import UserError
from streams.kafka.keys import partition_of
from streams.kafka.outgoing import NotAcknowledged, Outgoing, Routes
from streams.kafka.records import Place, TakenAgain, reject_of
from streams.kafka.settings import REJECTS, KafkaSettings
from streams.rejects import reject
from tests.interval_topics import make_topics, values


@pytest.fixture
def settings(kafka_settings: KafkaSettings) -> KafkaSettings:
    make_topics(kafka_settings, "acd", REJECTS)
    return kafka_settings


def sent(settings: KafkaSettings, *programs: str) -> list[Any]:
    with Outgoing(settings) as outgoing:
        for number, program in enumerate(programs):
            outgoing.send_event("queued", "pbx", program, b"%d" % number)
        outgoing.flush()
    return values(settings, "acd")


@pytest.mark.parametrize("model", ACD_EVENTS)
def test_every_voice_event_and_heartbeat_goes_to_the_voice_topic(model: Any) -> None:
    assert Routes().topic(event_type(model), "pbx") == "acd"


def test_a_sources_heartbeats_follow_its_events_and_never_go_to_the_plan() -> None:
    routes = Routes()
    assert routes.topic("staff_state", "desk") == "staff"
    assert routes.topic("scheduled", "desk") == "plan"
    assert routes.topic("heartbeat", "desk") == "staff"
    assert routes.topic("heartbeat", "pbx") == "acd"


def test_events_and_unjudged_lines_of_a_program_share_a_partition(settings: KafkaSettings) -> None:
    programs = [f"program {number}" for number in range(20)] + ["カスタマー"]
    with Outgoing(settings) as outgoing:
        for program in programs:
            outgoing.send_event("queued", "pbx", program, b"judged")
            outgoing.send("acd", program.encode(), b"as it is")
        outgoing.flush()
    places: dict[bytes, set[int]] = {}
    for each in values(settings, "acd"):
        places.setdefault(each.key, set()).add(each.partition)
    assert places == {each.encode(): {partition_of(each, 4)} for each in programs}


def test_a_program_keeps_its_partition_and_its_order(settings: KafkaSettings) -> None:
    found = sent(settings, *["shop", "care", "カスタマー", "sales"] * 500)
    assert len(found) == 2000
    for program in ("shop", "care", "カスタマー", "sales"):
        mine = [each for each in found if each.key == program.encode()]
        assert {each.partition for each in mine} == {partition_of(program, 4)}
        numbers = [int(each.value) for each in mine]
        assert numbers == sorted(numbers)


def test_the_time_of_a_record_is_when_it_was_sent(settings: KafkaSettings) -> None:
    before = time.time() * 1000
    (record,) = sent(settings, "shop")
    assert before - 5000 < record.timestamp < time.time() * 1000 + 5000


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_every_compression_that_can_be_set_works(settings: KafkaSettings, compression: str) -> None:
    chosen = settings.model_copy(update={"compression": compression})
    assert len(sent(chosen, "shop")) == 1


def test_a_missing_topic_is_one_clear_error(kafka_settings: KafkaSettings) -> None:
    with pytest.raises(UserError, match="acd is missing") as refused:
        sent(kafka_settings, "shop")
    assert "topics apply" in refused.value.hint


def test_a_cluster_that_is_not_there_is_said_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(UserError, match="cannot connect"):
        Outgoing(KafkaSettings(bootstrap="127.0.0.1:1"))
    assert time.monotonic() - begun < 5


def test_a_record_over_the_limit_is_refused_with_a_reason(settings: KafkaSettings) -> None:
    with Outgoing(settings) as outgoing, pytest.raises(UserError, match=r"1048576|too large"):
        outgoing.send("acd", b"k", b"x" * 2_000_000)
        outgoing.flush()


def test_rejects_and_their_marks_lie_in_one_partition(settings: KafkaSettings) -> None:
    with Outgoing(settings) as outgoing:
        outgoing.keep_reject(reject("bad_json", "x", "acd", 7, b"{"), 5, "a.jsonl", "events")
        outgoing.flush()
        (kept,) = values(settings, REJECTS)
        place = reject_of(kept.value).place
        assert place == Place("acd", -1, 7, "a.jsonl")
        outgoing.mark_taken_again(place, 9, kept.partition)
        outgoing.flush()
    first, second = values(settings, REJECTS)
    assert first.partition == second.partition
    assert reject_of(second.value) == TakenAgain(place, 9)


def test_what_a_lost_cluster_did_not_acknowledge_is_counted_and_said(
    own_broker: Callable[..., Broker],
) -> None:
    broker = own_broker()
    settings = KafkaSettings(bootstrap=broker.bootstrap)
    make_topics(settings, "acd")
    with Outgoing(settings, patience_s=4) as outgoing:
        outgoing.send_event("queued", "pbx", "shop", b"first")
        outgoing.flush()
        broker.kill()
        for _ in range(300):
            outgoing.send_event("queued", "pbx", "shop", b"lost")
        with pytest.raises(NotAcknowledged, match="300 of 300 records were not acknowledged"):
            outgoing.flush()


def test_a_broker_that_comes_back_in_time_has_everything_once(
    own_broker: Callable[..., Broker],
) -> None:
    broker = own_broker()
    settings = KafkaSettings(bootstrap=broker.bootstrap)
    make_topics(settings, "acd")
    with Outgoing(settings) as outgoing:
        for number in range(3000):
            outgoing.send_event("queued", "pbx", f"program-{number % 7}", b"%d" % number)
            if number in (700, 1900):
                broker.kill()
                broker.start()
        outgoing.flush()
    found = sorted(int(each.value) for each in values(settings, "acd"))
    assert found == list(range(3000))
