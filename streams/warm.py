"""Compiling every kernel before the first event is taken."""

import gc
import subprocess
import sys
from contextlib import nullcontext
from functools import cache

import numpy as np

from kernels.forecast import counted_bands
from kernels.jit import cold
from kernels.layout import BUCKET_MS
from kernels.required import perform, require
from schemas.targets import Plan
from streams import bots, chats, lanes, logs, personal, staff
from streams.settings import StaffSettings
from streams.shard import Shard

_COMMON = b'"time":0,"source":"w","program":"w","contact":"w"'
_AT_DESK = b'"source":"w","program":"w","group":"w","staff":"w"'
_ROW = b'"day":"1970-01-01","version":1,"activity":"work","start":0,"end":60000'
_SPOKEN = b'"time":0,"source":"w","program":"w","conversation":"w"'
_PROBED = b'"source":"w","program":"w","technology":"w","kind":"rpa","status":"up"'
_SECOND_HALF = "chats-and-bots"


@cache
def warm() -> None:
    """Compile every kernel, or load it from the cache, before the first event is taken: once a process.

    Where nothing is in the cache yet, a second process compiles its half meanwhile.
    """
    second_half = [sys.executable, "-m", "streams.warm", _SECOND_HALF]
    first = cold()
    if first:
        logs.info("compiling", "kernels are compiled, once on this machine: a minute or two")
    with subprocess.Popen(second_half) if first else nullcontext():
        warm_calls()
    shard = Shard(Plan())
    _chats_and_bots(shard)
    _planning()
    _seen_and_kept(shard)
    # What imports and loading made stays for good: the collector need not look at it again.
    if first:
        gc.collect()
    gc.freeze()
    # Nor every 700 records of a fetch, which hold no cycles; the commands set it before they import.
    gc.set_threshold(50_000, 20, 20)


@cache
def warm_calls() -> None:
    """The larger part: kernels of calls and people, closing and views. With it a shard can be opened
    and seen; what `warm` loads besides may follow."""
    shard = Shard(Plan(), privacy=StaffSettings(personal_figures=True))
    _calls_and_staff(shard)
    _seen_and_kept(shard)


def _seen_and_kept(shard: Shard) -> None:
    shard.close(BUCKET_MS * 100)
    shard.view(BUCKET_MS * 100)
    Shard(Plan()).restore(shard.snapshot())


def _calls_and_staff(shard: Shard) -> None:
    shard.fold("warm", 0, [0, 1], [
        b'{"type":"queued","id":"1",%s,"queue":"w"}' % _COMMON,
        b'{"type":"answered","id":"2",%s}' % _COMMON,
    ])  # fmt: skip
    shard.fold("warm", 2, [2, 3, 4], [
        b'{"type":"staff_state","id":"1","time":0,%s,"state":"available"}' % _AT_DESK,
        b'{"type":"staff_state","id":"2","time":1,%s,"state":"handling"}' % _AT_DESK,
        b'{"type":"scheduled","id":"1","time":0,%s,%s}' % (_AT_DESK, _ROW),
    ])  # fmt: skip
    staff.compacted(shard.state.people)
    none = shard.until({})
    staff.with_open(shard, none)
    personal.note(shard, none, none + BUCKET_MS + 1)


def _planning() -> None:
    """The models: compiled later they would stop the fold, which runs in the same process."""
    calls = np.array([[0.1, 100.0, patience, 20.0, 0.8, np.inf, np.inf, np.inf]
                      for patience in (0.0, 100.0)])  # fmt: skip
    staff, out, work = np.zeros(2), np.zeros(6), np.zeros(6)
    require(calls, staff, out, work)
    perform(calls, staff, np.zeros((2, 6)), work)
    counted_bands(np.ones(1), np.ones(1), 0.1, np.zeros(1), np.zeros(1))


def _chats_and_bots(shard: Shard) -> None:
    asked = b'{"type":"chat_requested","id":"1",%s,"queue":"w"}' % _COMMON
    shard.fold("warm chats", 0, [0], [asked])
    shard.fold("warm bots", 0, [0, 1, 2], [
        b'{"type":"conversation_started","id":"1",%s,"bot":"w"}' % _SPOKEN,
        b'{"type":"user_submitted","id":"2",%s,"turn":"w"}' % _SPOKEN,
        b'{"type":"probe","id":"1","time":0,"next_within_ms":1,%s}' % _PROBED,
    ])  # fmt: skip
    case = b'{"type":"case_received","id":"1","time":%d,"source":"w","program":"w","case":"w","queue":"w"}'
    shard.fold("warm cases", 0, [0, 1], [case % 1, case % 0])
    dial = (
        b'{"type":"record_dialled","id":"1","time":%d,%s,"record":"w","queue":"w","result":"busy"}'
    )
    source = b'"source":"w","program":"w"'
    shard.fold("warm outbound", 0, [0, 1], [dial % (1, source), dial % (0, source)])


def _second_half() -> None:
    """The kernels of chats and bots; those of calls are left to the process that started this."""
    shard = Shard(Plan())
    _chats_and_bots(shard)
    lanes.expire(shard)
    chats.handling_with_open(shard, 0)
    bots.uptime_with_open(shard, shard.until({}))


if __name__ == "__main__":
    _second_half() if sys.argv[1:] == [_SECOND_HALF] else warm()
