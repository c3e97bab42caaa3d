"""100,000 mutated lines of each kind: nothing crashes, every verdict is the one that was settled
when the line was made, and the columns are those of the lines that are still valid."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from kernels.columns import ARRIVAL_ROW, HANDLING_ROW
from schemas.targets import Plan, Queue
from streams.bridges.recognise import Kind
from streams.checkpoint.sqlite import SqliteStore
from streams.cli import app
from streams.drivers.replay import Options, Replayed, replay
from streams.rejects import Reject, reject
from streams.settings import Settings
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.view import View
from tests import mutations, mutations_asterisk, mutations_tables, naive
from tests.call_tables import BANK, BANK_COLUMNS, DESK, DESK_HEADER
from tests.mutations import Mutant, dump, mutant
from tests.shards import bins, rows

MANY = 100_000
SEED = 20260301
Line = tuple[Mutant, bytes]
"""A mutant, and the valid line it was made from."""


@cache
def center() -> tuple[Plan, tuple[mutations.Event, ...]]:
    """An hour of a simulated center, a few hundred visits."""
    simulated = Center(SimulatorSettings(seed=3, heartbeat_s=600))
    start = round(simulated.settings.start.timestamp() * 1000) + 9 * 3_600_000
    return simulated.plan(), tuple(e for _, e in simulated.events(start, start + 3_600_000))


def events() -> Iterator[mutations.Event]:
    """The hour again and again, each time with other contacts."""
    number = 0
    while True:
        for event in center()[1]:
            contact = event.get("contact")
            yield event | {"contact": f"{contact}-{number}"} if contact else event
        number += 1


def mutated(
    records: Iterable[Any], count: int, write: Callable[[Any], bytes], *mutators: Any
) -> list[Line]:
    draw = Random(SEED)
    return [(mutant(record, draw, *mutators), write(record)) for record in islice(records, count)]


def wire(count: int, accepted: Any = mutations.ACCEPTED) -> list[Line]:
    return mutated(events(), count, dump, mutations.REFUSED, accepted)


def log(count: int, accepted: Any = mutations_asterisk.ACCEPTED) -> list[Line]:
    records = mutations_asterisk.queue_log(count, SEED)
    return mutated(records, count, bytes, mutations_asterisk.REFUSED, accepted)


def bank(count: int, accepted: Any = mutations_tables.BANK_ACCEPTED) -> list[Line]:
    records = mutations_tables.bank_rows(SEED)
    refused = mutations_tables.BANK_REFUSED
    return mutated(records, count, mutations_tables.bank_line, refused, accepted)


def desk(count: int, accepted: Any = mutations_tables.DESK_ACCEPTED) -> list[Line]:
    records = mutations_tables.desk_rows(SEED)
    refused = mutations_tables.DESK_REFUSED
    return mutated(records, count, mutations_tables.desk_line, refused, accepted)


def log_settings() -> Settings:
    queues = {name: Queue(program=name[0]) for name in mutations_asterisk.QUEUES}
    return Settings(plan=Plan(queues=queues))


def settings_of(kind: str) -> Settings:
    if kind == "wire":
        return Settings(plan=center()[0])
    if kind == "log":
        return log_settings()
    return Settings(call_table=BANK if kind == "bank" else DESK)


KINDS: dict[str, tuple[Callable[..., list[Line]], Kind, bytes, Any]] = {
    "wire": (wire, Kind.EVENTS, b"", mutations.FAITHFUL),
    "log": (log, Kind.QUEUE_LOG, b"", mutations_asterisk.FAITHFUL),
    "bank": (
        bank, Kind.CALL_TABLE, "\t".join(BANK_COLUMNS).encode(), mutations_tables.BANK_FAITHFUL,
    ),
    "desk": (desk, Kind.CALL_TABLE, DESK_HEADER, mutations_tables.DESK_ACCEPTED),
}  # fmt: skip


def write_lines(path: Path, header: bytes, lines: Iterable[bytes]) -> list[int]:
    """One line after the other; where each begins."""
    starts, at = [], 0
    with path.open("wb") as file:
        for line in [header] * bool(header) + list(lines):
            starts.append(at)
            at += file.write(line + b"\n")
    return starts[bool(header) :]


def replayed(kind: str, path: Path, lines: Iterable[bytes], store: Path | None = None) -> Replayed:
    _, form, header, _ = KINDS[kind]
    write_lines(path, header, lines)
    return replay(settings_of(kind), [path], Options(store=store, kind=form))


def columns(view: View) -> tuple[Any, ...]:
    return (
        rows(view.arrival, ARRIVAL_ROW),
        rows(view.handling, HANDLING_ROW),
        bins(view.arrival),
        dict(view.watermarks),
    )


def kept_in(store: Path) -> list[Reject]:
    opened = SqliteStore(store, read_only=True)
    kept = sorted((each for _, each, _ in opened.rejects()), key=lambda each: each.offset)
    opened.close()
    return kept


def meaning(kind: str, made: Mutant) -> bytes:
    return dump(made.means) if kind == "wire" else made.means


def assert_each_verdict(kept: Sequence[Reject], lines: Sequence[Line], starts: list[int]) -> None:
    expected = [
        (made.reason, at, made.line)
        for (made, _), at in zip(lines, starts, strict=True)
        if made.reason
    ]
    assert [(each.reason, each.offset) for each in kept] == [want[:2] for want in expected]
    for each, (_, _, line) in zip(kept, expected, strict=True):
        assert each.raw == line.removesuffix(b"\r")
        assert each.detail


@pytest.mark.parametrize(
    ("kind", "count"), [("wire", MANY), ("log", MANY), ("bank", MANY), ("desk", MANY // 4)]
)
def test_every_mutated_line_gets_the_verdict_that_was_settled_when_it_was_made(
    kind: str, count: int, tmp_path: Path
) -> None:
    make, _, header, _ = KINDS[kind]
    lines = make(count)
    store, path = tmp_path / "kept.db", tmp_path / "mutated"
    done = replayed(kind, path, [made.line for made, _ in lines], store)
    starts = write_lines(tmp_path / "again", header, [made.line for made, _ in lines])
    kept = kept_in(store)
    assert_each_verdict(kept, lines, starts)
    assert {made.reason for made, _ in lines if made.reason} == set(done.rejects)
    valid = [meaning(kind, made) for made, _ in lines if not made.reason and made.means]
    assert columns(done.view) == columns(replayed(kind, tmp_path / "valid", valid).view)
    if kind == "wire":
        means = [made.means for made, _ in lines if not made.reason]
        twin = naive.columns(means, center()[0], done.view.watermarks)
        assert columns(done.view)[:3] == (twin.arrival, twin.handling, twin.wait_hist)
        assert done.view.conflicts == twin.conflicts


def floorwatch(*arguments: str | Path, code: int = 0) -> str:
    shown = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert shown.exit_code == code, shown.stderr
    return shown.stdout


def settings_file(kind: str, path: Path) -> Path:
    """Settings as a file of its own: what TOML reads from JSON values written as such."""
    from streams.simulator.files import _table

    found: list[str] = []
    given = settings_of(kind).model_dump(mode="json", exclude_unset=True, exclude_none=True)
    for section, values in given.items():
        _table(section, values, found)
    path.write_text("\n".join(found), encoding="utf-8")
    return path


def mend(listed: str, originals: dict[int, bytes], into: Path) -> Path:
    """What an operator does with `rejects list --json`: put the right text into `raw`."""
    table = json.loads(listed)
    for row in table:
        row["raw"] = originals[row["position"]].decode()
    into.write_text(json.dumps(table), encoding="utf-8")
    return into


@pytest.mark.parametrize("kind", KINDS)
def test_mended_rejects_bring_the_columns_of_the_unmutated_input(kind: str, tmp_path: Path) -> None:
    make, _, header, faithful = KINDS[kind]
    lines = make(6000, faithful)
    store, path = tmp_path / "kept.db", tmp_path / "mutated"
    replayed(kind, path, [made.line for made, _ in lines], store)
    starts = write_lines(tmp_path / "again", header, [made.line for made, _ in lines])
    originals = {at: line for (_, line), at in zip(lines, starts, strict=True)}
    config = settings_file(kind, tmp_path / "floorwatch.toml")
    listed = floorwatch("rejects", "list", "--json", "--store", store, "--config", config)
    mended = mend(listed, originals, tmp_path / "mended.json")
    floorwatch("rejects", "replay", "--store", store, "--config", config, "--with", mended)
    assert json.loads(floorwatch("rejects", "list", "--json", "--store", store)) == []
    want = replayed(kind, tmp_path / "right", [line for _, line in lines])
    got = restored(kind, store)
    assert columns(got)[:3] == columns(want.view)[:3]


def restored(kind: str, store: Path) -> View:
    shard = Shard(settings_of(kind).plan)
    opened = SqliteStore(store, read_only=True)
    shard.restore(opened.snapshot() or b"")
    opened.close()
    return shard.view(max(0, shard.greatest_ms))
