"""What could not be used: kept with reason, position and original bytes."""

import hashlib
from typing import NamedTuple

KEPT_BYTES = 64 * 1024


class Reject(NamedTuple):
    """A record that was not folded. `raw` is whole up to 64 kB; above, its SHA-256 and length."""

    reason: str
    detail: str
    topic: str
    offset: int
    raw: bytes


def reject(reason: str, detail: str, topic: str, offset: int, raw: bytes) -> Reject:
    """A reject whose bytes are kept, or only named where they are longer than 64 kB."""
    if len(raw) > KEPT_BYTES:
        digest = hashlib.sha256(raw).hexdigest()
        raw = f"sha256:{digest} bytes:{len(raw)}".encode()
    return Reject(reason, detail, topic, offset, raw)
