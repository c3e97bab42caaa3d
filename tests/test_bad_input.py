"""100,000 mutated lines of each kind: nothing crashes, every verdict is the one that was settled
when the line was made, and the columns are those of the lines that are still valid."""

import hashlib
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
from streams.rejects import Reject
from streams.settings import Settings
from streams.shard import Shard
from streams.simulator.center import Center
from streams.simulator.settings import SimulatorSettings
from streams.view import View
from tests import mutations, mutations_asterisk, mutations_tables, naive
from tests.call_tables import BANK, BANK_COLUMNS, DESK, DESK_HEADER
from tests.effort import FULL
from tests.mutations import Mutant, dump, mutant
from tests.shards import bins, figures, rows

MANY = 100_000 if FULL else 12_000
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


def log(
    count: int, accepted: Any = mutations_asterisk.ACCEPTED, transfers: float = 0.05
) -> list[Line]:
    records = mutations_asterisk.queue_log(count, SEED, transfers)
    return mutated(records, count, bytes, mutations_asterisk.REFUSED, accepted)


def log_without_transfers(count: int, accepted: Any) -> list[Line]:
    return log(count, accepted, transfers=0)


def log_with_a_line_lost_per_call(count: int, accepted: Any) -> list[Line]:
    lines, hit = [], {b"NONE"}
    for made, line in log(count, accepted, transfers=0.3):
        call = line.split(b"|")[1]
        lines.append(
            (Mutant(line, "", line), line) if made.reason and call in hit else (made, line)
        )
        hit |= {call} if made.reason else set()
    return lines


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
    "desk": (desk, Kind.CALL_TABLE, DESK_HEADER, mutations_tables.DESK_FAITHFUL),
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
        assert figures(restored(kind, store)) == twin


def floorwatch(*arguments: str | Path, code: int = 0) -> str:
    shown = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert shown.exit_code == code, shown.stderr
    return shown.stdout


def mend(listed: str, originals: dict[int, bytes], into: Path) -> Path:
    """What an operator does with `rejects list --json`: put the right text into `raw`."""
    table = json.loads(listed)
    for row in table:
        row["raw"] = originals[row["position"]].decode()
    into.write_text(json.dumps(table), encoding="utf-8")
    return into


def in_the_environment(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for section, values in settings_of(kind).model_dump(mode="json", exclude_unset=True).items():
        monkeypatch.setenv(f"FLOORWATCH_{section.upper()}", json.dumps(values))


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("wire", wire),
        ("bank", bank),
        ("desk", desk),
        ("log", log_without_transfers),
        ("log", log_with_a_line_lost_per_call),
    ],
)
def test_mended_rejects_bring_the_columns_of_the_unmutated_input(
    kind: str, make: Callable[..., list[Line]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment(kind, monkeypatch)
    _, _, header, faithful = KINDS[kind]
    lines = make(6000, faithful)
    store, path = tmp_path / "kept.db", tmp_path / "mutated"
    replayed(kind, path, [made.line for made, _ in lines], store)
    starts = write_lines(tmp_path / "again", header, [made.line for made, _ in lines])
    originals = {at: line for (_, line), at in zip(lines, starts, strict=True)}
    listed = floorwatch("rejects", "list", "--json", "--store", store)
    mended = mend(listed, originals, tmp_path / "mended.json")
    floorwatch("rejects", "replay", "--store", store, "--with", mended)
    assert json.loads(floorwatch("rejects", "list", "--json", "--store", store)) == []
    want = replayed(kind, tmp_path / "right", [line for _, line in lines])
    got = restored(kind, store)
    assert columns(got.view(max(0, got.greatest_ms)))[:3] == columns(want.view)[:3]


def restored(kind: str, store: Path, plan: Plan | None = None) -> Shard:
    shard = Shard(plan or settings_of(kind).plan)
    opened = SqliteStore(store, read_only=True)
    shard.restore(opened.snapshot() or b"")
    opened.close()
    return shard


def test_a_line_longer_than_any_record_is_kept_by_its_digest_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment("wire", monkeypatch)
    event = next(each for each in center()[1] if each["type"] == "queued")
    lines = [dump(event | {"more": "x" * 70_000}), dump(event | {"id": "2", "contact": "c2"})]
    store, path = tmp_path / "kept.db", tmp_path / "events"
    done = replayed("wire", path, lines, store)
    assert done.rejects == {"line_too_long": 1}
    (kept,) = kept_in(store)
    digest = hashlib.sha256(lines[0]).hexdigest()
    assert kept.raw == f"sha256:{digest} bytes:{len(lines[0])}".encode()
    listed = floorwatch("rejects", "list", "--json", "--store", store)
    mended = mend(listed, {0: dump(event)}, tmp_path / "mended.json")
    floorwatch("rejects", "replay", "--store", store, "--with", mended)
    assert sum(row["offered"] for row in figures(restored("wire", store)).arrival.values()) == 2


LOG = [
    b"1767571200|c1|nowhere|NONE|ENTERQUEUE||0501|1",
    b"1767571205|c1|nowhere|PJSIP/7|CONNECT|5|c2|3",
    b"1767571265|c1|nowhere|PJSIP/7|COMPLETEAGENT|5|60|1",
]


def test_a_call_in_an_unlisted_queue_is_taken_in_once_the_plan_lists_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment("log", monkeypatch)
    store = tmp_path / "kept.db"
    path = tmp_path / "queue_log"
    done = replayed("log", path, LOG, store)
    assert done.rejects == {"unmapped_queue": 3}
    floorwatch("rejects", "replay", "--store", store, code=1)
    plan = settings_of("log").plan
    listed = plan.model_copy(update={"queues": {**plan.queues, "nowhere": Queue(program="n")}})
    monkeypatch.setenv("FLOORWATCH_PLAN", listed.model_dump_json())
    floorwatch("rejects", "replay", "--store", store)
    assert kept_in(store) == []
    right = replay(Settings(plan=listed), [path], Options(kind=Kind.QUEUE_LOG)).view
    got = restored("log", store, listed)
    assert columns(got.view(got.greatest_ms))[:3] == columns(right)[:3]
    assert [key[:2] for key in figures(got).arrival] == [("n", "nowhere")]


@pytest.mark.parametrize("lost", ["gone", "rewritten"])
def test_a_line_of_a_log_is_refused_again_where_its_log_is_not_as_it_was(
    lost: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment("log", monkeypatch)
    store, path = tmp_path / "kept.db", tmp_path / "queue_log"
    replayed("log", path, [LOG[0].replace(b"nowhere", b"")], store)
    before = figures(restored("log", store))
    listed = floorwatch("rejects", "list", "--json", "--store", store)
    mended = mend(listed, {0: LOG[0].replace(b"nowhere", b"sales")}, tmp_path / "mended.json")
    path.unlink()
    if lost == "rewritten":
        path.write_bytes(LOG[1] + b"\n")
    shown = CliRunner().invoke(
        app, ["rejects", "replay", "--store", str(store), "--with", str(mended)]
    )
    assert shown.exit_code == 1
    assert "1: refused again: its log is needed: " in shown.stderr
    assert len(kept_in(store)) == 1
    assert figures(restored("log", store)) == before


def test_what_a_reject_holds_cannot_steer_the_terminal_it_is_listed_on(tmp_path: Path) -> None:
    store = tmp_path / "kept.db"
    replayed("wire", tmp_path / "events", [b'{"type":"\x1b[2J\xe4\xba\x88"}'], store)
    shown = floorwatch("rejects", "list", "--store", store)
    assert "\x1b" not in shown
    assert r"\x1b[2J予" in shown


@pytest.mark.parametrize(
    "mended", ["", "[1]", '[{"id": 1}]', '[{"id": 1, "raw": null, "raw_base64": "?"}]']
)
def test_a_file_of_mended_rejects_that_cannot_be_read_is_one_error(
    mended: str, tmp_path: Path
) -> None:
    store, path = tmp_path / "kept.db", tmp_path / "mended.json"
    replayed("wire", tmp_path / "events", [b"{"], store)
    path.write_text(mended)
    shown = CliRunner().invoke(
        app, ["rejects", "replay", "--store", str(store), "--with", str(path)]
    )
    assert shown.exit_code == 2, shown.stderr
    assert len(kept_in(store)) == 1
