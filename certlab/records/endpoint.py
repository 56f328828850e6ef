"""Bring in what others already present or trust: a running TLS endpoint, this computer's roots."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from ..pki import Certificate, read_contents

if TYPE_CHECKING:
    import ssl

MAX_BYTES = 1024**2
"""So many bytes of an endpoint are read at most; a chain has a few thousand."""

STARTTLS: Mapping[str, tuple[tuple[bytes, bytes], ...]] = {
    # What is sent, and how the last line of the answer begins; the first answer is a greeting.
    "smtp": ((b"", b"220 "), (b"EHLO certlab\r\n", b"250 "), (b"STARTTLS\r\n", b"220 ")),
    "imap": ((b"", b"* OK"), (b"a STARTTLS\r\n", b"a OK")),
    "pop3": ((b"", b"+OK"), (b"STLS\r\n", b"+OK")),
}
"""Protocols that begin in clear and then change to TLS (RFC 3207, RFC 2595)."""


def fetch_chain(
    host: str, port: int, starttls: str | None = None, *, timeout: float = 10.0
) -> tuple[Certificate, ...]:
    """The certificates that a TLS endpoint presents, its own first, as it sends them.

    Nothing is verified and nothing is sent but a TLS greeting, so this also works where the
    endpoint demands a certificate of its caller, and with old versions of TLS. ``starttls`` is
    smtp, imap or pop3. All of it takes at most ``timeout`` seconds. Raises ``InvalidInput`` when
    nobody answers there, or not in TLS.
    """
    where = f"{host}:{port}"
    if starttls is not None and starttls not in STARTTLS:
        raise InvalidInput(
            "STARTTLS is not known for this", where=starttls, expected=", ".join(STARTTLS)
        )
    try:
        with socket.create_connection((host, port), timeout) as connection:
            line = _Line(connection, time.monotonic() + timeout)
            for said, expected in STARTTLS.get(starttls or "", ()):
                line.ask(said, expected)
            chain = _presented(line, host)
    except (OSError, UnicodeError, OverflowError) as error:
        raise InvalidInput(
            f"no TLS answer came ({getattr(error, 'strerror', None) or error})",
            where=where,
            remedy="Check the name and the port; secured SIP is on 5061.",
        ) from None
    if not chain:
        raise InvalidInput("the endpoint presents no certificate", where=where)
    return chain


class _Line:
    """A connection that is given up at a moment, however slowly the other side talks."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.connection, self.until, self.received = connection, until, 0

    def read(self) -> bytes:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the other side is too slow")
        if self.received > MAX_BYTES:
            raise ConnectionError("the other side does not come to an end")
        self.connection.settimeout(left)
        data = self.connection.recv(16384)
        self.received += len(data)
        if not data:
            raise ConnectionError("the other side closed the connection")
        return data

    def ask(self, said: bytes, expected: bytes) -> None:
        """Send a line in clear and read until the last line of the answer."""
        self.connection.sendall(said)
        answer = b""
        while not any(line.startswith(expected) for line in answer.split(b"\r\n")[:-1]):
            if answer[:1] in (b"4", b"5", b"-"):
                raise ConnectionError("the other side does not change to TLS")
            answer += self.read()


def _presented(line: _Line, host: str) -> tuple[Certificate, ...]:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")  # an old gateway is what one wants to look at
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=host)
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            line.connection.sendall(outgoing.read())
            incoming.write(line.read())
            continue
        except ssl.SSLError:
            # It may refuse us, for we present nothing; what it presents itself came before that.
            if not (chain := _chain_of(tls)):
                raise
            return chain
        return _chain_of(tls)


def _chain_of(tls: ssl.SSLObject) -> tuple[Certificate, ...]:
    # Public from Python 3.13; before, the same function is there under the hood.
    inner: Callable[[], list[bytes]] | None = getattr(tls, "get_unverified_chain", None)
    if inner is not None:
        return tuple(map(Certificate.from_der, inner() or ()))
    found = tls._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
    return tuple(Certificate.from_pem(one.public_bytes()) for one in found or ())


_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # BSD and others
)
_MACOS = (
    *("security", "find-certificate", "-a", "-p"),
    "/System/Library/Keychains/SystemRootCertificates.keychain",
    "/Library/Keychains/System.keychain",
)


def system_roots() -> tuple[Certificate, ...]:
    """The roots that this computer trusts: its bundle on Linux, its stores on Windows and macOS.

    Windows and macOS are documented, not run. Raises ``InvalidInput`` when there is no store.
    """
    data = b""
    if sys.platform == "win32":
        import ssl

        return tuple(
            Certificate.from_der(der)
            for der, encoding, _ in ssl.enum_certificates("ROOT")
            if encoding == "x509_asn"
        )
    if sys.platform == "darwin":
        data = subprocess.run(_MACOS, capture_output=True, timeout=60, check=False).stdout
    else:
        bundle = next((path for name in _BUNDLES if (path := Path(name)).is_file()), None)
        data = bundle.read_bytes() if bundle else b""
    found = tuple(dict.fromkeys(read_contents(data).certificates))
    if not found:
        raise InvalidInput(
            "this computer has no bundle of trusted roots",
            remedy="On Debian: apt install ca-certificates. mozilla_roots() has a list of its own.",
        )
    return found
