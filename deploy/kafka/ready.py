"""Whether a broker answers, asked in its own protocol with nothing but a socket."""

import socket
import struct

METADATA, VERSION = 3, 1
NO_CLIENT_ID, NO_TOPICS = -1, 0


def brokers(host: str, port: int, timeout_s: float = 2.0) -> int:
    """How many brokers the cluster at this address has; 0 while it does not answer."""
    asked = struct.pack(">hhihi", METADATA, VERSION, 1, NO_CLIENT_ID, NO_TOPICS)
    try:
        with socket.create_connection((host, port), timeout_s) as wire:
            wire.sendall(struct.pack(">i", len(asked)) + asked)
            size = struct.unpack(">i", _read(wire, 4))[0]
            _, count = struct.unpack_from(">ii", _read(wire, size))
    except (OSError, struct.error):
        return 0
    return int(count)


def _read(wire: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes, or fewer at the end of the stream."""
    read = b""
    while len(read) < size and (more := wire.recv(size - len(read))):
        read += more
    return read
