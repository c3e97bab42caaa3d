"""Kafka's first words over a bare socket: log-in and one answer.

Not left to a client: when a broker refuses a password it answers and hangs up at once, and
kafka-python, reading both together, reports only that the line is dead.
"""

import socket
import struct

from streams.kafka.settings import SecuritySettings

SASL_HANDSHAKE, SASL_AUTHENTICATE, METADATA = (17, 1), (36, 0), (3, 1)
UNSUPPORTED_MECHANISM, ILLEGAL_STATE = 33, 34
LONGEST_ANSWER = 1024 * 1024


class Refused(Exception):
    """The broker does not let us in."""


class OtherMechanism(Refused):
    """It wants another mechanism than ours; the text names those it offers."""


def log_in(wire: socket.socket, security: SecuritySettings) -> None:
    """Prove who we are. Raises Refused, OSError or ValueError (not Kafka's protocol)."""
    from kafka.net.sasl import get_sasl_mechanism

    answer = _ask(wire, SASL_HANDSHAKE, _text(security.mechanism))
    code, offered = _mechanisms(answer)
    if code == UNSUPPORTED_MECHANISM:
        raise OtherMechanism(", ".join(offered))
    if code == ILLEGAL_STATE:
        raise Refused("this port asks for no password")
    if code:
        raise Refused(f"error {code}")
    proof = get_sasl_mechanism(security.mechanism)(
        sasl_mechanism=security.mechanism,
        sasl_plain_username=security.username,
        sasl_plain_password=security.password.get_secret_value() if security.password else "",
        security_protocol="SASL_SSL",
    )
    while not proof.is_done():
        token = proof.auth_bytes()
        answer = _ask(wire, SASL_AUTHENTICATE, struct.pack(">i", len(token)) + token)
        code, reason, challenge = _authenticated(answer)
        if code:
            raise Refused(reason)
        proof.receive(challenge)


def count_brokers(wire: socket.socket) -> int:
    """How many brokers the cluster says it has. Raises OSError or ValueError."""
    return int(_unpacked(">i", _ask(wire, METADATA, struct.pack(">i", 0)), 0))


def _ask(wire: socket.socket, request: tuple[int, int], body: bytes) -> bytes:
    key, version = request
    framed = struct.pack(">hhi", key, version, 1) + _text("floorwatch") + body
    wire.sendall(struct.pack(">i", len(framed)) + framed)
    size = _unpacked(">i", _read(wire, 4), 0)
    if not 4 <= size <= LONGEST_ANSWER:
        raise ValueError("the answer is not Kafka's")
    return _read(wire, size)[4:]


def _read(wire: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = wire.recv(size - len(read))
        if not more:
            raise ConnectionResetError("the broker hung up")
        read += more
    return read


def _mechanisms(answer: bytes) -> tuple[int, list[str]]:
    code, position, offered = _unpacked(">h", answer, 0), 6, []
    for _ in range(_unpacked(">i", answer, 2)):
        length = _unpacked(">h", answer, position)
        offered.append(answer[position + 2 : position + 2 + length].decode())
        position += 2 + length
    return code, offered


def _authenticated(answer: bytes) -> tuple[int, str, bytes]:
    code, length = _unpacked(">h", answer, 0), max(0, _unpacked(">h", answer, 2))
    return code, answer[4 : 4 + length].decode(), answer[8 + length :]


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded


def _unpacked(form: str, data: bytes, position: int) -> int:
    try:
        return int(struct.unpack_from(form, data, position)[0])
    except struct.error:
        raise ValueError("the answer is not Kafka's") from None
