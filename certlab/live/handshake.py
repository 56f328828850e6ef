"""A real mutual TLS exchange in memory: who sent what, who refused, and in whose words.

It counts as answered only when the application's reply arrived. Under TLS 1.3 the client's
handshake ends before the server has judged its certificate, so a handshake that returned proves
nothing (FACTS: the alert comes with the first read).
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization

from ..deployment import Deployment
from ..errors import StepRefused
from ..pki import Certificate, KeyPair

if TYPE_CHECKING:
    import ssl

REQUEST = b"OPTIONS sip:peer SIP/2.0\r\nContent-Length: 0\r\n\r\n"
BAD_REQUEST = b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
REPLY = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
_ROUNDS = 24


class TlsVersion(StrEnum):
    """The versions of TLS that are still in use."""

    TLS_1_2 = "TLSv1.2"
    TLS_1_3 = "TLSv1.3"


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a connection: what it presents, the key to it, and what it trusts."""

    name: str
    certificate: Certificate
    key: KeyPair = field(repr=False)
    chain: tuple[Certificate, ...] = ()
    anchors: tuple[Certificate, ...] = ()

    @classmethod
    def of(cls, deployment: Deployment, device: str) -> Party:
        """A device as it stands in a Deployment. Raises ``StepRefused`` without a certificate."""
        certificate = deployment.certificate_of(device)
        if certificate is None:
            raise StepRefused(f"{device} has no certificate to present", where=device)
        return cls(
            device,
            certificate,
            deployment.keys.get(certificate.key_fingerprint),
            deployment.chain_of(device),
            deployment.anchors_of(device),
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the time line: who did or noticed what."""

    party: str
    what: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of it. ``wire`` is what the client sent, as anyone on the way sees it."""

    client: str
    server: str
    answered: bool
    version: str | None
    cipher: str | None
    refused_by: str | None
    words: str
    events: tuple[Event, ...]
    wire: bytes = field(repr=False)


def clock() -> datetime:
    """This computer's clock, aware UTC, to the second: the one by which a TLS library judges."""
    return datetime.now(UTC).replace(microsecond=0)


def mutual_tls(
    client: Party,
    server: Party,
    *,
    version: TlsVersion | None = None,
    on_the_way: Callable[[bytes], bytes] | None = None,
) -> Exchange:
    """Let ``client`` call ``server``: a handshake, a SIP OPTIONS request, its answer.

    Each side judges the other by its own anchors and this computer's clock, as Python's ssl does;
    names are not checked. ``on_the_way`` sees the client's application data as it passes and may
    change it, as somebody in the middle would.
    """
    events: list[Event] = []
    calling = _End(client, _context(client, version, server=False), events, server_side=False)
    called = _End(server, _context(server, version, server=True), events, server_side=True)
    wire = bytearray()
    for _ in range(_ROUNDS):
        moved = calling.advance()
        data = calling.outgoing.read()
        wire += data
        if on_the_way and data and calling.has_asked:
            data = on_the_way(data)
        called.incoming.write(data)
        moved |= called.advance()
        calling.incoming.write(called.outgoing.read())
        if not moved and not calling.incoming.pending:
            break
    first = next((end for end in (calling, called) if end.refusal), None)
    cipher = calling.tls.cipher()
    return Exchange(
        client=client.name,
        server=server.name,
        answered=calling.received == REPLY,
        version=calling.tls.version(),
        cipher=cipher[0] if cipher else None,
        refused_by=first.party.name if first else None,
        words=(first.refusal or "") if first else calling.received.decode().partition("\r\n")[0],
        events=tuple(events),
        wire=bytes(wire),
    )


class _End:
    """One end of the connection: what it still has to do, and what it noticed."""

    def __init__(
        self, party: Party, context: ssl.SSLContext, events: list[Event], *, server_side: bool
    ) -> None:
        import ssl

        self.party, self.events = party, events
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=server_side)
        self.received = b""
        self.refusal: str | None = None
        self.has_asked = False
        self.tasks = self._answer() if server_side else self._ask()
        self.over = False

    def _ask(self) -> Iterator[None]:
        yield from self._until(self.tls.do_handshake)
        self._note("has finished its handshake")
        self.tls.write(REQUEST)
        self.has_asked = True
        self._note("sends its request")
        yield from self._until(self._read)
        self._note("has the answer")

    def _answer(self) -> Iterator[None]:
        yield from self._until(self.tls.do_handshake)
        self._note("has finished its handshake")
        yield from self._until(self._read)
        self.tls.write(REPLY if self.received == REQUEST else BAD_REQUEST)
        self._note("has the request and answers it")

    def _read(self) -> None:
        self.received = self.tls.read(4096)

    def _until(self, act: Callable[[], None]) -> Iterator[None]:
        import ssl

        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                yield

    def advance(self) -> bool:
        """Do what can be done now; say whether this end moved."""
        import ssl

        if self.over:
            return False
        try:
            before = len(self.events)
            self.over = next(self.tasks, self) is self
            return self.over or len(self.events) > before or bool(self.outgoing.pending)
        except ssl.SSLCertVerificationError as error:
            self._refuse(error.verify_message)
        except ssl.SSLError as error:
            reason = error.reason or str(error)
            if "ALERT" in reason:
                self._note(f"is told: {_alert(reason)}")
            else:
                self._refuse(_alert(reason))
        self.over = True
        return True

    def _refuse(self, words: str) -> None:
        self.refusal = words
        self._note(f"refuses: {words}")

    def _note(self, what: str) -> None:
        self.events.append(Event(self.party.name, what))


def _alert(reason: str) -> str:
    """What a TLS library calls an error, in plain letters."""
    return (
        reason.partition("_ALERT_")[2].replace("_", " ").lower() or reason.replace("_", " ").lower()
    )


def _context(party: Party, version: TlsVersion | None, *, server: bool) -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    if version is not None:
        exactly = {
            TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2,
            TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3,
        }[version]
        context.minimum_version = context.maximum_version = exactly
    if party.anchors:
        context.load_verify_locations(cadata=b"".join(anchor.der for anchor in party.anchors))
    load_identity(context, party.key, (party.certificate, *party.chain))
    return context


def load_identity(
    context: ssl.SSLContext, key: KeyPair, certificates: tuple[Certificate, ...]
) -> None:
    """Give a context its certificates, leaf first, and the key to the leaf.

    ssl reads keys from files only, so the key passes through one: readable by its owner alone,
    encrypted with a password that is never kept, and deleted at once. Raises ``StepRefused`` when
    the key is not the certificate's.
    """
    import ssl

    password = secrets.token_bytes(32).hex().encode()
    secret = key.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    chain = "".join(certificate.pem for certificate in certificates)
    with tempfile.TemporaryDirectory(prefix="certlab-") as folder:
        path = Path(folder) / "identity.pem"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret + chain.encode())
        try:
            context.load_cert_chain(path, password=password)
        except ssl.SSLError as error:
            if error.reason != "KEY_VALUES_MISMATCH":
                raise
            raise StepRefused(
                "the private key is not the one this certificate is about",
                where=certificates[0].label,
                remedy="A copied certificate is of no use without its key.",
            ) from None
