"""The two ends of a connection: what each presents, what it trusts, and its TLS context."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ..deployment import Deployment, Store
from ..errors import InvalidInput, StepRefused
from ..pki import Certificate, KeyPair
from ..validation import OPENSSL_DEFAULT, Purpose, Verdict, VerificationPolicy, validate
from ..validation.policy import Attitude, Form

if TYPE_CHECKING:
    import ssl


class TlsVersion(StrEnum):
    """The versions of TLS that are still in use."""

    TLS_1_2 = "TLSv1.2"
    TLS_1_3 = "TLSv1.3"


@dataclass(frozen=True)
class Party:
    """One end of a connection: what it presents, the key to it, and what it trusts.

    Without a certificate it presents none, and whoever asks for one refuses it. ``intermediates``
    are issuing certificates that it holds itself. ``host`` is the name by which callers reach it;
    None is a party whose name nobody compares.
    """

    name: str
    certificate: Certificate | None = None
    key: KeyPair | None = field(default=None, repr=False)
    chain: tuple[Certificate, ...] = ()
    anchors: tuple[Certificate, ...] = ()
    intermediates: tuple[Certificate, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = field(default=(), repr=False)
    host: str | None = None

    @classmethod
    def of(
        cls,
        deployment: Deployment,
        device: str,
        purpose: Purpose = Purpose.SERVER,
        *,
        crls: tuple[x509.CertificateRevocationList, ...] | None = None,
    ) -> Party:
        """A device as it stands in a Deployment, when it answers (or, as ``CLIENT``, calls).

        ``crls`` left out are those in force by this computer's clock.
        """
        certificate = deployment.certificate_of(device, purpose)
        return cls(
            device,
            certificate,
            deployment.keys.get(certificate.key_fingerprint) if certificate else None,
            deployment.chain_of(device, purpose),
            deployment.anchors_of(device),
            deployment.held_in(device, Store.INTERMEDIATE),
            crls_today(deployment) if crls is None else crls,
            deployment.inventory.device(device).fqdn,
        )

    @cached_property
    def sends(self) -> tuple[Certificate, ...]:
        """The certificates it puts on the wire, its own first.

        OpenSSL completes a chain that it was not given from the trusted roots of its own side
        (SSL_CTX_set_mode(3), SSL_MODE_NO_AUTO_CHAIN), so a device may send more than it was told.
        """
        if self.certificate is None:
            return ()
        if self.chain:
            return (self.certificate, *self.chain)
        found = [self.certificate]
        held = (*self.anchors, *self.intermediates)
        while not found[-1].is_self_issued and len(found) < 10:
            above = next((issuer for issuer in held if found[-1].is_signed_by(issuer)), None)
            if above is None:
                break
            found.append(above)
        return tuple(found)

    def crls_for(self, other: Party) -> tuple[x509.CertificateRevocationList, ...]:
        """Its CRLs if one of them concerns what the other sends, else none.

        OpenSSL with any CRL at all demands one of every CA, of those too that publish none.
        """
        if not self.crls:
            return ()
        issuers = {found.issuer_name for found in other.sends}
        return self.crls if any(crl.issuer in issuers for crl in self.crls) else ()

    def judges(
        self,
        other: Party,
        purpose: Purpose,
        at: datetime,
        policy: VerificationPolicy,
        crls: tuple[x509.CertificateRevocationList, ...] | None = None,
    ) -> Verdict | None:
        """What this end must make of the other's certificate; None when it presents none.

        A caller compares the name of whom it called. Who is called has no name to compare.
        ``crls`` left out are those that concern what the other sends.
        """
        if other.certificate is None:
            return None
        return validate(
            other.certificate,
            intermediates=(*other.sends[1:], *self.intermediates),
            anchors=self.anchors,
            at=at,
            purpose=purpose,
            name=other.host if purpose is Purpose.SERVER else None,
            crls=self.crls_for(other) if crls is None else crls,
            policy=policy,
        )


def crls_today(deployment: Deployment) -> tuple[x509.CertificateRevocationList, ...]:
    """The CRLs of a Deployment's authorities that are in force by this computer's clock."""
    return deployment.moved_to(clock()).crls


def clock() -> datetime:
    """This computer's clock, aware UTC, to the second: the one by which a TLS library judges."""
    return datetime.now(UTC).replace(microsecond=0)


class Contexts:
    """TLS contexts, one for each end and role, made when first needed and then kept.

    Making one costs more than a handshake. ``policy`` sets Python's ssl up to judge that way as
    far as OpenSSL can. ``weak_keys`` lets an end present a key that is too weak for others.
    """

    def __init__(
        self,
        version: TlsVersion | None = None,
        policy: VerificationPolicy = OPENSSL_DEFAULT,
        *,
        weak_keys: bool = False,
    ) -> None:
        self.version, self.policy, self.weak_keys = version, policy, weak_keys
        self._made: dict[tuple[int, bool, bool], tuple[Party, ssl.SSLContext]] = {}

    def of(self, party: Party, other: Party, *, server: bool) -> ssl.SSLContext:
        """The context of this party in this role, to meet the other.

        Raises ``StepRefused`` when the party's key is not its certificate's.
        """
        asks = self.policy.revocation
        looks = asks is Attitude.REQUIRED or (
            asks is not Attitude.OFF and bool(party.crls_for(other))
        )
        key = id(party), server, looks
        if key not in self._made:
            # The party is kept beside its context, so that its id is not given to another.
            self._made[key] = party, self._make(party, server, looks)
        return self._made[key][1]

    def names(self, server: Party) -> str | None:
        """The name a caller compares with the server's certificate, or None."""
        return server.host if self.policy.checks_names else None

    def _make(self, party: Party, server: bool, looks_at_crls: bool) -> ssl.SSLContext:
        import ssl

        policy = self.policy
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        if ssl.HAS_NEVER_CHECK_COMMON_NAME:
            context.hostname_checks_common_name = policy.common_name_counts
        if policy.form is Form.STRICT:
            context.verify_flags |= ssl.VERIFY_X509_STRICT
        if policy.partial_chain:
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if self.version is not None:
            exactly = {
                TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2,
                TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3,
            }[self.version]
            context.minimum_version = context.maximum_version = exactly
        if self.weak_keys:
            context.set_ciphers("ALL:@SECLEVEL=0")
        # Without partial chains OpenSSL ends a path only in a self-signed certificate, so an
        # issuing one beside the roots helps to find the way and makes no anchor.
        between = () if policy.partial_chain else party.intermediates
        known = [*party.anchors, *(found for found in between if not found.is_self_issued)]
        if known:
            context.load_verify_locations(cadata=b"".join(found.der for found in known))
        if looks_at_crls:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
            _load_crls(context, party.crls)
        if party.certificate is not None and party.key is not None:
            load_identity(context, party.key, (party.certificate, *party.chain))
        return context


def load_identity(
    context: ssl.SSLContext, key: KeyPair, certificates: Iterable[Certificate]
) -> None:
    """Give a context its certificates, leaf first, and the key to the leaf.

    Raises ``StepRefused`` when the key is not the certificate's, and ``InvalidInput`` for what
    the TLS library does not take.
    """
    import ssl

    chain = tuple(certificates)
    try:
        load_chain(context, key, chain)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise StepRefused(
                "the private key is not the one this certificate is about",
                where=chain[0].label,
                remedy="A copied certificate is of no use without its key.",
            ) from None
        raise InvalidInput(
            f"the TLS library does not take this certificate: {_plain(error.reason)}",
            where=chain[0].label,
        ) from None


def load_chain(context: ssl.SSLContext, key: KeyPair, certificates: Iterable[Certificate]) -> None:
    """Load certificates, leaf first, and the key to the leaf. Raises what ssl raises.

    ssl reads keys from files only, so the key passes through one: readable by its owner alone,
    encrypted with a password that is never kept, and deleted at once.
    """
    password = secrets.token_bytes(32).hex().encode()
    secret = key.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    with tempfile.TemporaryDirectory(prefix="certlab-") as folder:
        path = Path(folder) / "identity.pem"
        write_private(path, secret + "".join(found.pem for found in certificates).encode())
        context.load_cert_chain(path, password=password)


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that its owner alone can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def crls_pem(crls: Iterable[x509.CertificateRevocationList]) -> bytes:
    """CRLs one after the other, as PEM."""
    return b"".join(crl.public_bytes(serialization.Encoding.PEM) for crl in crls)


def _load_crls(context: ssl.SSLContext, crls: tuple[x509.CertificateRevocationList, ...]) -> None:
    if not crls:
        return
    with tempfile.TemporaryDirectory(prefix="certlab-") as folder:
        path = Path(folder) / "crls.pem"
        path.write_bytes(crls_pem(crls))
        context.load_verify_locations(cafile=path)


def _plain(reason: str | None) -> str:
    return (reason or "no reason given").replace("_", " ").lower()
