import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.base import SourceError
from streams.sources.file import FileSource
from streams.sources.lines import LINE_LIMIT, LineCutter


def zstd(data: bytes) -> bytes:
    half = len(data) // 2
    compressor = zstandard.ZstdCompressor()
    return compressor.compress(data[:half]) + compressor.compress(data[half:])


PACKED = {"plain": bytes, "gzip": gzip.compress, "zstd": zstd}


def everything(path: Path, limit: int = 2, state: Any = None) -> list[tuple[int, bytes]]:
    source = FileSource(path, state)
    found = [
        pair
        for chunk in source.chunks(limit)
        for pair in zip(chunk.offsets, chunk.lines, strict=True)
    ]
    assert source.ended
    source.close()
    return found


def numbered(count: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(count))


@pytest.mark.parametrize("form", PACKED)
def test_lines_carry_the_byte_where_they_start_in_the_uncompressed_stream(
    form: str, tmp_path: Path
) -> None:
    path = tmp_path / "events"
    path.write_bytes(PACKED[form](b"one\ntwo\r\n\nthree"))
    assert everything(path) == [(0, b"one"), (4, b"two"), (10, b"three")]


@pytest.mark.parametrize("form", PACKED)
@pytest.mark.parametrize("stop_after", [1, 2, 5])
def test_a_reader_goes_on_exactly_where_another_stopped(
    form: str, stop_after: int, tmp_path: Path
) -> None:
    path = tmp_path / "events"
    path.write_bytes(PACKED[form](numbered(12)))
    whole = everything(path)
    first = FileSource(path)
    before = [first.read(2) for _ in range(stop_after)]
    state = first.state()
    first.close()
    read = sum(len(chunk.lines) for chunk in before if chunk)
    assert everything(path, state=state) == whole[read:]


@pytest.mark.parametrize("form", PACKED)
def test_nothing_lies_between_two_chunks(form: str, tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(PACKED[form](b"\n\n" + numbered(5) + b"\n\n"))
    source = FileSource(path)
    position = 0
    for chunk in source.chunks(2):
        assert chunk.fetched_from == position
        position = chunk.next_position
    assert position == 4 + len(numbered(5))
    assert source.bytes_done == source.bytes_total == path.stat().st_size
    source.close()


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"")
    assert everything(path) == []


def test_a_resumed_reader_at_the_end_has_nothing_to_give(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"one\ntwo")
    source = FileSource(path)
    assert source.read(9) is not None
    assert everything(path, state=source.state()) == []
    source.close()


@pytest.mark.parametrize("ending", [b"\n", b"\nnext\n", b""])
@pytest.mark.parametrize("length", [LINE_LIMIT + 1, 5 * LINE_LIMIT + 7, 20 * LINE_LIMIT])
def test_a_line_over_the_limit_is_reported_by_digest_and_not_kept(
    ending: bytes, length: int, tmp_path: Path
) -> None:
    path = tmp_path / "events"
    monster = b"x" * length
    path.write_bytes(b"short\n" + monster + ending)
    source = FileSource(path)
    chunks = list(source.chunks(1))
    too_long = [line for chunk in chunks for line in chunk.too_long]
    assert [(line.position, line.length) for line in too_long] == [(6, length)]
    assert too_long[0].digest == hashlib.sha256(monster).hexdigest()
    lines = [line for chunk in chunks for line in chunk.lines]
    assert lines == ([b"short", b"next"] if b"next" in ending else [b"short"])
    assert chunks[-1].next_position == path.stat().st_size
    source.close()


def test_a_line_of_exactly_the_limit_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"x" * LINE_LIMIT + b"\n")
    assert everything(path) == [(0, b"x" * LINE_LIMIT)]


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_cut_compressed_file_is_an_error_that_says_how_far_it_was_good(
    form: str, tmp_path: Path
) -> None:
    path = tmp_path / "events.gz"
    packed = PACKED[form](numbered(2000))
    path.write_bytes(packed[: len(packed) * 3 // 4])
    source = FileSource(path)
    with pytest.raises(SourceError, match=r"events\.gz is damaged behind byte \d+"):
        list(source.chunks(100))
    source.close()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.jsonl cannot be read"):
        FileSource(tmp_path / "none.jsonl")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        FileSource(tmp_path)


def test_another_file_under_the_same_name_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(numbered(3))
    source = FileSource(path)
    source.read(1)
    state = source.state()
    source.close()
    path.write_bytes(numbered(4)[1:])
    with pytest.raises(SourceError, match="has changed since"):
        FileSource(path, state)


def test_a_file_that_has_only_grown_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(numbered(3))
    source = FileSource(path)
    source.read(3)
    state = source.state()
    source.close()
    path.write_bytes(numbered(5))
    grown = FileSource(path, state)
    chunk = grown.read(9)
    grown.close()
    assert chunk is not None
    assert b"\n".join(chunk.lines) + b"\n" == numbered(5)[len(numbered(3)) :]


@given(
    lines=st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line), max_size=30),
    blocks=st.lists(st.integers(1, 40), max_size=30),
    limit=st.integers(1, 7),
    last_ends=st.booleans(),
)
def test_lines_do_not_depend_on_blocks_or_chunks(
    lines: list[bytes], blocks: list[int], limit: int, last_ends: bool
) -> None:
    data = b"\n".join(lines) + (b"\n" if last_ends else b"")
    expected, start = [], 0
    for piece in data.split(b"\n"):
        if kept := piece.removesuffix(b"\r"):
            expected.append((start, kept))
        start += len(piece) + 1
    cutter, found, position, upto = LineCutter("x"), [], 0, 0
    for size in [*blocks, len(data)]:
        cutter.feed(data[position : position + size])
        position += size
        if position >= len(data):
            cutter.finish()
        while (chunk := cutter.take(limit)) is not None:
            assert chunk.fetched_from == upto
            assert len(chunk.lines) <= limit
            upto = chunk.next_position
            found += list(zip(chunk.offsets, chunk.lines, strict=True))
    assert found == expected
    assert upto == len(data)
