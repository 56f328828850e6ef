"""What a CA took back, and how it says so: revocation lists and OCSP answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from .certificate import Certificate
from .issuing import CertificateAuthority
from .keys import KeyPair

ReasonFlags = x509.ReasonFlags
"""Why a certificate was taken back (RFC 5280 section 5.3.1)."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One certificate taken back: its serial number, when (aware UTC) and why."""

    serial: int
    at: datetime
    reason: ReasonFlags = ReasonFlags.unspecified


def revocation_list(
    authority: CertificateAuthority,
    revoked: Iterable[Revocation],
    *,
    at: datetime,
    next_update: datetime,
    number: int = 1,
) -> x509.CertificateRevocationList:
    """A full CRL, signed by the authority (RFC 5280 section 5).

    ``at`` and ``next_update`` are aware; what was revoked after ``at`` is not on it.
    """
    issuer = authority.certificate
    key = authority.keys.get(issuer.key_fingerprint)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject_name)
        .last_update(at)
        .next_update(next_update)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier(issuer.subject_key_id, None, None), critical=False
        )
    )
    for entry in revoked:
        if entry.at <= at:
            builder = builder.add_revoked_certificate(_entry(entry))
    return builder.sign(
        key.private_key, key.signature_hash, ecdsa_deterministic=key.deterministic_signature
    )


def ocsp_response(
    authority: CertificateAuthority,
    certificate: Certificate,
    *,
    at: datetime,
    next_update: datetime,
    revocation: Revocation | None = None,
    known: bool = True,
    responder: tuple[Certificate, KeyPair] | None = None,
) -> ocsp.OCSPResponse:
    """An answer about one certificate (RFC 6960): good, revoked, or unknown to the authority.

    The authority signs it itself, or ``responder`` does, a certificate with the ocsp-responder
    profile that it delegated to (RFC 6960 section 4.2.2.2). ``at`` and ``next_update`` are aware.
    """
    issuer = authority.certificate
    signer, key = responder or (issuer, authority.keys.get(issuer.key_fingerprint))
    status, revoked_at, reason = ocsp.OCSPCertStatus.GOOD, None, None
    if not known:
        status = ocsp.OCSPCertStatus.UNKNOWN
    elif revocation is not None and revocation.at <= at:
        status, revoked_at = ocsp.OCSPCertStatus.REVOKED, revocation.at
        reason = _stated(revocation.reason)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate.x509,
            issuer.x509,
            hashes.SHA256(),
            status,
            at,
            next_update,
            revoked_at,
            reason,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.x509)
    )
    if responder is not None:
        builder = builder.certificates([signer.x509])
    return builder.sign(key.private_key, key.signature_hash)


def _entry(revocation: Revocation) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(revocation.serial)
        .revocation_date(revocation.at)
    )
    if (reason := _stated(revocation.reason)) is not None:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()


def _stated(reason: x509.ReasonFlags) -> x509.ReasonFlags | None:
    """The reason as it is written: “unspecified” is left out (RFC 5280 section 5.3.1)."""
    return None if reason is x509.ReasonFlags.unspecified else reason
