"""An authority of our own and the certificates it signs: to try TLS, never to rely on it."""

import shutil
import subprocess
from pathlib import Path

from deploy.kafka.jars import NoBroker

DAYS = "3650"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
OF_SERVER = """\
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=IP:127.0.0.1,DNS:localhost
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


class Authority:
    """Signs certificates. `ca_file` is what a client has to trust."""

    def __init__(self, folder: Path, name: str = "floorwatch test authority") -> None:
        self.ca_file = folder / "ca.pem"
        self._folder, self._key = folder, folder / "ca.key"
        folder.mkdir(parents=True, exist_ok=True)
        if not self.ca_file.is_file():
            _openssl(
                *("req", "-x509", *CURVE, "-keyout", self._key, "-out", self.ca_file),
                *("-days", DAYS, "-subj", f"/CN={name}"),
                *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
            )

    def certificate(self, name: str) -> tuple[Path, Path]:
        """A certificate for this machine's loopback addresses and its key, PEM."""
        cert, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        if not cert.is_file():
            request, rules = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
            rules.write_text(OF_SERVER, "utf-8")
            asked = ("-keyout", key, "-out", request, "-subj", f"/CN={name}")
            _openssl("req", "-new", *CURVE, *asked)
            _openssl(
                *("x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self._key),
                *("-CAcreateserial", "-days", DAYS, "-extfile", rules, "-out", cert),
            )
        return cert, key

    def key_store(self, name: str) -> Path:
        """Key and certificate in one file, as a broker reads them."""
        cert, key = self.certificate(name)
        store = self._folder / f"{name}-store.pem"
        store.write_text(key.read_text("utf-8") + cert.read_text("utf-8"), "utf-8")
        store.chmod(0o600)
        return store


def _openssl(*arguments: str | Path) -> None:
    openssl = shutil.which("openssl")
    if not openssl:
        raise NoBroker("openssl is not on the PATH: no certificates", "install openssl")
    done = subprocess.run(
        [openssl, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoBroker(f"openssl {arguments[0]} failed: {done.stderr.strip()}", "install OpenSSL 3")
