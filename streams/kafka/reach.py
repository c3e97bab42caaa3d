"""Why the cluster cannot be reached, found step by step: address, TLS, password, answer.

The clients try again and again and keep the reason to themselves; so a wrong password would look
like a broker that is away.
"""

import socket
import ssl

from streams.errors import UserError
from streams.kafka.handshake import OtherMechanism, Refused, count_brokers, log_in
from streams.kafka.settings import KafkaSettings, SecuritySettings
from streams.kafka.tls import ssl_context

ANSWER_S = 5.0
DEFAULT_PORT = 9092
MISMATCHES = (62, 64)
"""OpenSSL: the certificate is for another host, or for another address."""
ADDRESS, LINE, TLS, TRUST, ANSWER, NAME = range(6)
"""The steps, in order."""
AWAY = "start the broker (`make kafka` runs one here), or set kafka.bootstrap"


class Unreachable(UserError):
    """One server could not be used; the greater `step`, the nearer it came."""

    def __init__(self, step: int, server: str, message: str, hint: str) -> None:
        super().__init__(f"Kafka at {server}: {message}", hint)
        self.step = step


def reach(settings: KafkaSettings, timeout_s: float = ANSWER_S) -> None:
    """Connect to a bootstrap server as the clients will. Raises Unreachable if none can be used."""
    context = ssl_context(settings.security)
    problems = []
    for server in settings.servers:
        try:
            _try(server, settings.security, context, timeout_s)
            return
        except Unreachable as problem:
            problems.append(problem)
    if not problems:
        raise UserError("kafka.bootstrap names no server", "kafka.bootstrap = 'host:9092'")
    raise max(problems, key=lambda problem: problem.step)


def _try(
    server: str, security: SecuritySettings, context: ssl.SSLContext | None, timeout_s: float
) -> None:
    host, port = _parted(server)
    wire = _connected(server, host, port, timeout_s)
    try:
        if context:
            wire = _encrypted(server, wire, host, context)
        if security.protocol.startswith("sasl"):
            _logged_in(server, wire, security)
        _answered(server, wire, security)
    finally:
        wire.close()


def _parted(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon:
        return server, DEFAULT_PORT
    if not port.isdigit():
        raise Unreachable(ADDRESS, server, "not host:port", "kafka.bootstrap = 'host:9092'")
    return host.strip("[]"), int(port)


def _connected(server: str, host: str, port: int, timeout_s: float) -> socket.socket:
    try:
        return socket.create_connection((host, port), timeout_s)
    except socket.gaierror as error:
        raise Unreachable(ADDRESS, server, f"no such host ({error.strerror})", AWAY) from None
    except OSError as error:
        raise Unreachable(LINE, server, f"cannot connect ({_reason(error)})", AWAY) from None


def _encrypted(
    server: str, wire: socket.socket, host: str, context: ssl.SSLContext
) -> socket.socket:
    try:
        return context.wrap_socket(wire, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        hint = "set kafka.security.ca_file to the PEM of the authority that signed it"
        if error.verify_code in MISMATCHES:
            hint = "use a name that the certificate is for in kafka.bootstrap"
        told = f"its certificate is not accepted: {error.verify_message}"
        raise Unreachable(TRUST, server, told, hint) from None
    except OSError as error:
        hint = "is this the TLS port? see kafka.security.protocol"
        raise Unreachable(TLS, server, f"no TLS there ({_reason(error)})", hint) from None


def _logged_in(server: str, wire: socket.socket, security: SecuritySettings) -> None:
    try:
        log_in(wire, security)
    except OtherMechanism as error:
        told = f"{security.mechanism} is not offered, only {error}"
        raise Unreachable(NAME, server, told, "see kafka.security.mechanism") from None
    except Refused as error:
        told = f"user {security.username} was refused with {security.mechanism} ({error})"
        hint = "see kafka.security: username, password, mechanism, protocol"
        raise Unreachable(NAME, server, told, hint) from None
    except (OSError, ValueError) as error:
        raise _silent(server, security, error) from None


def _answered(server: str, wire: socket.socket, security: SecuritySettings) -> None:
    try:
        brokers = count_brokers(wire)
    except (OSError, ValueError) as error:
        raise _silent(server, security, error) from None
    if not brokers:
        raise Unreachable(ANSWER, server, "the cluster has no broker yet", "try again")


def _silent(server: str, security: SecuritySettings, error: Exception) -> Unreachable:
    told = f"connected, but no answer as {security.protocol} ({_reason(error)})"
    hint = "does this port want TLS, a password, a client's certificate? see kafka.security"
    return Unreachable(ANSWER, server, told, hint)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    return str(getattr(error, "strerror", None) or error)
