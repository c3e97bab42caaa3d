"""Whom a client trusts and as whom it presents itself."""

import ssl
from pathlib import Path

from streams.errors import UserError
from streams.kafka.settings import SecuritySettings


def ssl_context(security: SecuritySettings) -> ssl.SSLContext | None:
    """None without TLS. Raises UserError for files that cannot be used."""
    if not security.protocol.endswith("ssl"):
        return None
    try:
        context = ssl.create_default_context(cafile=security.ca_file)
    except OSError as error:
        raise _unusable("ca_file", security.ca_file, error) from None
    if security.cert_file:
        # Without a password given, OpenSSL would ask for it on the terminal.
        word = security.key_password.get_secret_value() if security.key_password else ""
        try:
            context.load_cert_chain(security.cert_file, security.key_file, word)
        except OSError as error:
            raise _unusable("cert_file", security.cert_file, error) from None
    return context


def _unusable(key: str, path: Path | None, error: OSError) -> UserError:
    reason = error.strerror or str(error)
    return UserError(f"kafka.security.{key} {path}: {reason}", "name a readable PEM file")
