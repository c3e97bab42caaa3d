import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import logs
from streams.sources.base import SourceError
from streams.sources.lines import LINE_LIMIT
from streams.sources.tail import TailSource
from tests.effort import examples
from tests.rotating_log import Reader, Writer


@pytest.fixture
def log(tmp_path: Path) -> Iterator[tuple[Writer, Reader]]:
    writer = Writer(tmp_path)
    reader = Reader(writer.path)
    yield writer, reader
    writer.handle.close()
    reader.source.close()


Log = tuple[Writer, Reader]


def complete(log: Log) -> None:
    writer, reader = log
    assert reader.all() == writer.written
    assert reader.source.holes == 0


def test_lines_come_as_they_are_written(log: Log) -> None:
    writer, reader = log
    writer.line(3)
    complete(log)
    assert not reader.read()
    writer.line(2)
    complete(log)


def test_an_incomplete_line_waits_until_it_is_complete(log: Log) -> None:
    writer, reader = log
    writer.put(b"1|a|sales|NO")
    assert reader.all() == []
    writer.put(b"NE|ABANDON\n")
    assert reader.all() == [b"1|a|sales|NONE|ABANDON"]


def test_a_restart_in_an_incomplete_line_reads_it_from_its_beginning(log: Log) -> None:
    writer, reader = log
    writer.line()
    writer.put(b"1|a|sal")
    reader.all()
    reader.restart()
    writer.put(b"es|NONE|ABANDON\n")
    assert reader.all()[-1] == b"1|a|sales|NONE|ABANDON"
    assert len(reader.got) == 2


def test_a_restart_goes_on_exactly_where_it_stopped(log: Log) -> None:
    writer, reader = log
    writer.line(10)
    for _ in range(5):
        reader.read(2)
        reader.restart()
    writer.line(3)
    complete(log)


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(log: Log) -> None:
    writer, _reader = log
    writer.line(2)
    complete(log)
    writer.line(2)
    writer.rename()
    writer.line(2)
    complete(log)


def test_lines_written_to_the_renamed_file_before_the_writer_moves_on_are_kept(log: Log) -> None:
    writer, _reader = log
    writer.line(2)
    complete(log)
    writer.rename(reopen=False)
    writer.path.touch()
    complete(log)
    writer.line(2)
    complete(log)
    writer.reopen()
    writer.line(1)
    complete(log)


def test_a_log_that_is_absent_for_a_while_is_waited_for(log: Log) -> None:
    writer, reader = log
    writer.line(2)
    complete(log)
    writer.rename(reopen=False)
    complete(log)
    reader.restart()
    complete(log)
    writer.reopen()
    writer.line(2)
    complete(log)


def test_a_log_that_does_not_exist_yet_is_waited_for(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "queue_log")
    assert not reader.read()
    reader.restart()
    assert not reader.read()
    writer = Writer(tmp_path)
    writer.line(2)
    complete((writer, reader))
    writer.handle.close()
    reader.source.close()


def test_two_rotations_between_two_looks_lose_nothing(log: Log) -> None:
    writer, _reader = log
    writer.line(2)
    complete(log)
    for _ in range(3):
        writer.line(2)
        writer.rename()
    writer.line(1)
    complete(log)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("way", ["rename", "copy_and_truncate"])
def test_rotations_while_we_were_down_lose_nothing(way: str, packed: bool, log: Log) -> None:
    writer, reader = log
    writer.line(5)
    reader.read(3)
    for _ in range(3):
        getattr(writer, way)()
        writer.line(4)
    if packed:
        writer.compress()
    reader.restart()
    for _ in range(4):
        reader.read(2)
        reader.restart()
    complete(log)


def test_copy_and_truncate_is_noticed_and_the_rest_read_from_the_copy(log: Log) -> None:
    writer, reader = log
    writer.line(5)
    reader.read(2)
    writer.line(3)
    writer.copy_and_truncate()
    complete(log)
    writer.line(3)
    complete(log)


def test_a_truncated_log_that_grew_beyond_the_old_place_is_noticed(log: Log) -> None:
    writer, _reader = log
    writer.line(2)
    complete(log)
    writer.line(1)
    writer.copy_and_truncate()
    writer.line(9)
    complete(log)


def test_an_empty_log_filled_and_copied_away_between_two_looks_is_found(log: Log) -> None:
    writer, _reader = log
    complete(log)
    writer.line(3)
    writer.copy_and_truncate()
    complete(log)
    writer.line(1)
    complete(log)


def test_a_copy_made_while_we_were_down_before_anything_was_read_is_found(log: Log) -> None:
    writer, reader = log
    complete(log)
    writer.line(3)
    writer.copy_and_truncate()
    reader.restart()
    complete(log)


def test_truncation_without_a_copy_is_a_hole_and_said(log: Log) -> None:
    writer, reader = log
    writer.line(3)
    complete(log)
    before = logs.warnings["source_hole"]
    os.truncate(writer.path, 0)
    writer.written.clear()
    reader.got.clear()
    writer.line(2)
    assert reader.all() == writer.written
    assert reader.source.holes == 1
    assert logs.warnings["source_hole"] == before + 1


def test_a_file_that_is_gone_after_a_restart_is_a_hole_and_said(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    writer, reader = log
    writer.line(3)
    reader.read(2)
    writer.rename()
    (writer.folder / "queue_log.1").unlink()
    writer.written.clear()
    reader.got.clear()
    writer.line(2)
    reader.restart()
    with caplog.at_level("WARNING", logger="streams"):
        assert reader.all() == writer.written
    assert reader.source.holes == 1
    assert "may be missing" in caplog.text


def test_a_deleted_file_is_still_read_to_its_end_while_we_hold_it(log: Log) -> None:
    writer, reader = log
    writer.line(5)
    reader.read(2)
    writer.rename()
    (writer.folder / "queue_log.1").unlink()
    writer.line(1)
    complete(log)


def test_a_damaged_archive_is_a_hole_and_the_rest_goes_on(log: Log) -> None:
    writer, reader = log
    writer.line(500)
    reader.read(2)
    writer.rename()
    writer.line(3)
    writer.compress()
    packed = next(writer.folder.glob("*.gz"))
    stamp = packed.stat().st_mtime
    packed.write_bytes(packed.read_bytes()[:-200])
    os.utime(packed, (stamp, stamp))
    reader.restart()
    reader.all()
    assert reader.got[:2] == writer.written[:2]
    assert reader.got[-3:] == writer.written[-3:]
    assert reader.source.holes == 1


def test_other_files_beside_the_log_are_left_alone(log: Log) -> None:
    writer, _reader = log
    writer.line(2)
    complete(log)
    for name in ("queue_log.bak", "queue_log_2", "queue_log.1.swp", "messages.1"):
        (writer.folder / name).write_bytes(b"not ours\n")
    writer.rename()
    writer.line(1)
    complete(log)


def test_the_last_line_of_a_file_that_was_left_needs_no_end(log: Log) -> None:
    writer, reader = log
    writer.line(1)
    writer.put(b"cut off")
    complete(log)
    writer.rename()
    writer.line(1)
    assert reader.all() == [writer.written[0], b"cut off", writer.written[1]]


def test_a_line_over_the_limit_is_passed_over_and_reported(log: Log) -> None:
    writer, reader = log
    writer.put(b"x" * (3 * LINE_LIMIT))
    assert reader.source.read(10) is None
    writer.put(b"\n")
    writer.line(1)
    chunk = reader.source.read(10)
    assert chunk is not None
    assert [line.length for line in chunk.too_long] == [3 * LINE_LIMIT]
    assert chunk.lines == writer.written


def test_a_log_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "queue_log").mkdir()
    with pytest.raises(SourceError, match="cannot be read"):
        TailSource(tmp_path / "queue_log").read(1)


ACTIONS = st.one_of(
    st.tuples(st.just("line"), st.integers(1, 4)),
    st.tuples(st.just("half"), st.just(0)),
    st.tuples(st.just("read"), st.integers(1, 5)),
    st.tuples(st.just("rename"), st.just(0)),
    st.tuples(st.just("leave"), st.just(0)),
    st.tuples(st.just("copy"), st.just(0)),
    st.tuples(st.just("compress"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
)


def act(writer: Writer, reader: Reader, action: str, count: int) -> None:
    moved = not writer.path.exists()
    if action == "line":
        writer.line(count)
    elif action == "half":
        line = b"%d|call-%d|care|NONE|ABANDON" % (writer.clock, len(writer.written))
        writer.written.append(line)
        writer.put(line[:20])
        while reader.read(3):
            pass
        writer.put(line[20:] + b"\n")
    elif action == "read":
        reader.read(count)
    elif action == "restart":
        reader.restart()
    elif moved:
        writer.reopen()
    elif action == "rename":
        writer.rename()
    elif action == "leave":
        writer.rename(reopen=False)
    elif action == "copy":
        writer.copy_and_truncate()
    elif action == "compress":
        writer.compress()


@settings(max_examples=examples(60))
@given(st.lists(ACTIONS, max_size=25))
def test_for_any_schedule_every_line_comes_once_and_in_order(
    schedule: list[tuple[str, Any]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(Path(folder))
        reader = Reader(writer.path)
        reader.read()
        for action, count in schedule:
            act(writer, reader, action, count)
        if not writer.path.exists():
            writer.reopen()
        writer.line()
        try:
            complete((writer, reader))
        finally:
            writer.handle.close()
            reader.source.close()
