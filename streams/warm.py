"""Compiling every kernel before the first event is taken."""

import gc

from kernels.layout import BUCKET_MS
from schemas.targets import Plan
from streams import staff
from streams.shard import Shard


def warm() -> None:
    """Compile every kernel, or load it from the cache, before the first event is taken."""
    shard = Shard(Plan())
    common = b'"time":0,"source":"w","program":"w","contact":"w"'
    shard.fold("warm", 0, [0, 1], [b'{"type":"queued","id":"1",%s,"queue":"w"}' % common,
                                   b'{"type":"answered","id":"2",%s}' % common])  # fmt: skip
    at_desk = b'"source":"w","program":"w","group":"w","staff":"w"'
    row = b'"day":"1970-01-01","version":1,"activity":"work","start":0,"end":60000'
    shard.fold("warm", 2, [2, 3, 4], [
        b'{"type":"staff_state","id":"1","time":0,%s,"state":"available"}' % at_desk,
        b'{"type":"staff_state","id":"2","time":1,%s,"state":"handling"}' % at_desk,
        b'{"type":"scheduled","id":"1","time":0,%s,%s}' % (at_desk, row),
    ])  # fmt: skip
    staff.compacted(shard.state.people)
    asked = b'{"type":"chat_requested","id":"1",%s,"queue":"w"}' % common
    shard.fold("warm chats", 0, [0], [asked])
    spoken = b'"time":0,"source":"w","program":"w","conversation":"w"'
    probed = b'"source":"w","program":"w","technology":"w","kind":"rpa","status":"up"'
    shard.fold("warm bots", 0, [0, 1, 2], [
        b'{"type":"conversation_started","id":"1",%s,"bot":"w"}' % spoken,
        b'{"type":"user_submitted","id":"2",%s,"turn":"w"}' % spoken,
        b'{"type":"probe","id":"1","time":0,"next_within_ms":1,%s}' % probed])  # fmt: skip
    shard.close(BUCKET_MS * 100)
    shard.view(BUCKET_MS * 100)
    Shard(Plan()).restore(shard.snapshot())
    # What imports and the compiler made stays for good: the collector need not look at it again,
    # nor every 700 records of a fetch, which hold no cycles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
