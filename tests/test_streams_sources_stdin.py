import errno
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import logs
from streams.sources import journal
from streams.sources.base import SourceError
from streams.sources.lines import LINE_LIMIT
from streams.sources.stdin import StdinSource
from tests.effort import examples


class Pipe:
    """A writer before us, and ourselves, who may be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.got: list[bytes] = []
        self.source: StdinSource | None = None
        self.state: dict[str, Any] | None = None
        self.open()

    def open(self) -> None:
        self.receiver, self.sender = os.pipe()
        if self.source is not None:
            self.source.close()
        self.source = StdinSource(self.folder, self.state, stream=self.receiver)

    def write(self, data: bytes) -> None:
        os.write(self.sender, data)

    def read(self, limit: int = 1000) -> bool:
        assert self.source is not None
        chunk = self.source.read(limit)
        if chunk is None:
            return False
        self.got += chunk.lines
        self.state = json.loads(json.dumps(self.source.state()))
        return True

    def all(self) -> list[bytes]:
        while self.read():
            pass
        return self.got

    def kill(self) -> None:
        """The process dies, and the pipe with it; the checkpoint stays."""
        os.close(self.receiver)
        os.close(self.sender)
        self.open()

    def close(self) -> None:
        os.close(self.receiver)
        os.close(self.sender)
        assert self.source is not None
        self.source.close()


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    made = Pipe(tmp_path / "journal")
    yield made
    made.close()


def segments(pipe: Pipe) -> list[str]:
    return sorted(path.name for path in pipe.folder.iterdir())


def test_lines_come_in_order_and_positions_count_bytes(pipe: Pipe) -> None:
    pipe.write(b"one\ntwo\nthree\n")
    assert pipe.source is not None
    chunk = pipe.source.read(2)
    assert chunk is not None
    assert (chunk.offsets, chunk.lines, chunk.next_position) == ([0, 4], [b"one", b"two"], 8)
    assert pipe.all() == [b"three"]


def test_an_empty_pipe_gives_nothing_and_has_not_ended(pipe: Pipe) -> None:
    assert pipe.source is not None
    assert pipe.source.read(5, wait_s=0.01) is None
    assert not pipe.source.ended


def test_what_was_handed_out_was_on_disk_before(pipe: Pipe) -> None:
    pipe.write(b"one\n")
    pipe.read()
    assert (pipe.folder / segments(pipe)[0]).read_bytes() == b"one\n"


def test_lines_taken_but_not_checkpointed_come_again_after_a_kill(pipe: Pipe) -> None:
    pipe.write(b"one\ntwo\nthree\n")
    pipe.read(1)
    kept = pipe.state
    pipe.all()
    pipe.state = kept
    pipe.got = pipe.got[:1]
    pipe.kill()
    assert pipe.all() == [b"one", b"two", b"three"]


def test_without_a_checkpoint_the_whole_journal_comes_again(pipe: Pipe) -> None:
    pipe.write(b"one\ntwo\n")
    pipe.all()
    pipe.state, pipe.got = None, []
    pipe.kill()
    pipe.write(b"three\n")
    assert pipe.all() == [b"one", b"two", b"three"]


def test_a_line_cut_by_a_kill_does_not_spoil_the_first_line_of_the_next_writer(pipe: Pipe) -> None:
    pipe.write(b"one\ntw")
    pipe.all()
    pipe.kill()
    pipe.write(b"three\n")
    assert pipe.all() == [b"one", b"tw", b"three"]


def test_the_last_line_needs_no_end(pipe: Pipe) -> None:
    pipe.write(b"one\ntwo")
    assert pipe.all() == [b"one"]
    os.close(pipe.sender)
    assert pipe.all() == [b"one", b"two"]
    assert pipe.source is not None
    assert pipe.source.ended
    pipe.sender = os.dup(pipe.receiver)


def test_segments_behind_the_checkpoint_are_dropped(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SEGMENT", 10)
    for number in range(5):
        pipe.write(b"line number %d\n" % number)
        pipe.read()
    assert len(segments(pipe)) == 5
    assert pipe.source is not None
    pipe.source.forget(pipe.source.state())
    assert len(segments(pipe)) == 1
    pipe.kill()
    assert pipe.source is not None
    pipe.source.forget(pipe.state or {})
    assert segments(pipe) == []
    pipe.write(b"last\n")
    assert pipe.all()[-1] == b"last"
    assert pipe.state == {"position": 5 * 14 + 5}


def test_a_segment_with_lines_not_yet_folded_stays(pipe: Pipe) -> None:
    pipe.write(b"one\ntwo\n")
    pipe.read(1)
    pipe.kill()
    assert pipe.source is not None
    pipe.source.forget(pipe.state or {})
    assert pipe.all() == [b"one", b"two"]


def test_a_journal_that_lost_its_beginning_is_a_hole_and_said(pipe: Pipe) -> None:
    pipe.write(b"one\n")
    pipe.all()
    pipe.kill()
    pipe.write(b"two\n")
    pipe.all()
    (pipe.folder / segments(pipe)[0]).unlink()
    pipe.state, pipe.got = {"position": 0}, []
    before = logs.warnings["source_hole"]
    pipe.kill()
    assert pipe.all() == [b"two"]
    assert pipe.source is not None
    assert pipe.source.holes == 1
    assert logs.warnings["source_hole"] == before + 1


def test_a_journal_shorter_than_the_checkpoint_goes_on_at_the_checkpoint(pipe: Pipe) -> None:
    pipe.state = {"position": 100}
    pipe.kill()
    pipe.write(b"one\n")
    assert pipe.all() == [b"one"]
    assert pipe.state == {"position": 104}


def test_a_full_disk_is_a_clear_error_and_nothing_of_it_is_handed_out(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe.write(b"one\n")
    pipe.all()
    real, room = os.write, [7]

    def write(handle: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = real(handle, data[: room[0]])
        room[0] -= count
        return count

    pipe.write(b"two two\nthree\n")
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(SourceError, match="No space left") as caught:
        pipe.read()
    assert "make room" in caught.value.hint
    assert pipe.got == [b"one"]
    monkeypatch.setattr(os, "write", real)
    assert pipe.all() == [b"one", b"two two", b"three"]


def test_a_folder_that_may_not_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"a file")
    with pytest.raises(SourceError, match=r"journal.* failed"):
        StdinSource(tmp_path / "journal", stream=0)


def test_a_line_over_the_limit_is_reported_and_not_kept_in_memory(pipe: Pipe) -> None:
    pipe.write(b"x" * 60_000)
    pipe.read()
    pipe.write(b"x" * 60_000 + b"\nnext\n")
    assert pipe.source is not None
    chunk = pipe.source.read(5)
    assert chunk is not None
    assert chunk.too_long[0].length == 120_000 > LINE_LIMIT
    assert chunk.lines == [b"next"]


@settings(max_examples=examples(30))
@given(st.lists(st.sampled_from(["write", "write", "read", "kill", "forget"]), max_size=30))
def test_for_any_schedule_of_kills_every_line_comes_once_and_in_order(schedule: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pipe = Pipe(Path(folder))
        written: list[bytes] = []
        for action in schedule:
            assert pipe.source is not None
            if action == "write":
                written.append(b"line %d" % len(written))
                pipe.write(written[-1] + b"\n")
                pipe.source._take(0)
            elif action == "read":
                pipe.read(2)
            elif action == "kill":
                pipe.kill()
            elif pipe.state is not None:
                pipe.source.forget(pipe.state)
        assert pipe.all() == written
        pipe.close()
