"""What CRLs and OCSP responses say, read once each (RFC 5280 section 5, RFC 6960 section 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from ..errors import InvalidInput
from ..pki import Certificate
from ..pki.certificate import comparable_name
from .words import text_of

_R = TypeVar("_R")
_UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

ALL_REASONS = frozenset(x509.ReasonFlags) - {
    x509.ReasonFlags.unspecified,
    x509.ReasonFlags.remove_from_crl,
}
"""The reasons that a set of CRLs must cover together (RFC 5280 section 6.3.2 (a))."""

_CRL_EXTENSIONS = frozenset(
    {
        ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER,
    }
)  # fmt: skip
_ENTRY_EXTENSIONS = frozenset(
    {
        CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE,
        CRLEntryExtensionOID.CERTIFICATE_ISSUER,
    }
)  # fmt: skip
_CRITICAL = b"\x01\x01\xff"  # DER of critical TRUE

_NO_NEXT_UPDATE = timedelta(days=1)


def is_current(at: datetime, begins: datetime, ends: datetime | None) -> bool:
    """Whether an answer of this time may be used; one without an end counts for a day."""
    return begins <= at <= (begins + _NO_NEXT_UPDATE if ends is None else ends)


class RevocationList:
    """One CRL (RFC 5280 section 5). Hand it in again to spare reading it again."""

    def __init__(self, crl: x509.CertificateRevocationList) -> None:
        self.x509 = crl

    @classmethod
    def of(cls, crl: RevocationList | x509.CertificateRevocationList | bytes) -> RevocationList:
        """Take a CRL, parsed or as DER. Raises ``InvalidInput`` for what is no CRL."""
        if isinstance(crl, RevocationList):
            return crl
        if isinstance(crl, bytes):
            crl = _loaded(x509.load_der_x509_crl, crl, "CRL")
        return cls(crl)

    @cached_property
    def fingerprint(self) -> str:
        return self.x509.fingerprint(hashes.SHA256()).hex()

    @cached_property
    def issuer(self) -> tuple[str, ...] | None:
        """The issuer as ``comparable_name`` gives it; None if it cannot be read."""
        try:
            return comparable_name(self.x509.issuer)
        except _UNREADABLE:
            return None

    @cached_property
    def fault(self) -> str | None:
        """Why this CRL must not be used at all (RFC 5280 sections 5.2 and 5.3), or None."""
        try:
            critical = [extension for extension in self.x509.extensions if extension.critical]
            _ = (self.this_update, self.next_update, self.x509.signature_hash_algorithm)
            unknown = [found.oid for found in critical if found.oid not in _CRL_EXTENSIONS]
            # Entries are many, so they are read only if one of them can have a critical extension.
            if self.x509.tbs_certlist_bytes.count(_CRITICAL) > len(critical):
                unknown += [
                    extension.oid
                    for entry in self.x509
                    for extension in entry.extensions
                    if extension.critical and extension.oid not in _ENTRY_EXTENSIONS
                ]
        except _UNREADABLE as error:
            return f"the CRL cannot be read: {error}"
        if unknown:
            return f"the CRL has an unknown critical extension, {unknown[0].dotted_string}"
        return None

    @cached_property
    def this_update(self) -> datetime:
        return self.x509.last_update_utc

    @cached_property
    def next_update(self) -> datetime | None:
        return self.x509.next_update_utc

    @cached_property
    def unlisted(self) -> str:
        """What is said of a certificate that it does not list."""
        return f"the CRL of {self.this_update:%Y-%m-%d %H:%M} UTC does not list it"

    @cached_property
    def scope(self) -> x509.IssuingDistributionPoint | None:
        """The issuing distribution point, which says what the CRL covers (section 5.2.5)."""
        for extension in self.x509.extensions:
            if isinstance(extension.value, x509.IssuingDistributionPoint):
                return extension.value
        return None

    @cached_property
    def is_delta(self) -> bool:
        return any(found.oid == ExtensionOID.DELTA_CRL_INDICATOR for found in self.x509.extensions)

    def covers(self, certificate: Certificate) -> frozenset[x509.ReasonFlags]:
        """The reasons for which it answers for this certificate (RFC 5280 6.3.3 (b), (d)).

        Empty when the certificate is out of its scope. The issuers are taken to match.
        """
        scope = self.scope
        if scope is None:
            return ALL_REASONS
        if (
            scope.only_contains_attribute_certs
            or (scope.only_contains_user_certs and certificate.is_ca)
            or (scope.only_contains_ca_certs and not certificate.is_ca)
        ):
            return frozenset()
        issuer = certificate.comparable_issuer
        covered = scope.only_some_reasons or ALL_REASONS
        if scope.full_name is None and scope.relative_name is None:
            return covered & ALL_REASONS
        names = _point_names(scope, issuer)
        # Without a distribution point of its own the certificate stands at its issuer's name.
        reasons = covered if (x509.DirectoryName, issuer) in names else frozenset()
        for point in distribution_points(certificate):
            if point.crl_issuer is None and not names.isdisjoint(_point_names(point, issuer)):
                reasons |= covered & (point.reasons or ALL_REASONS)
        return reasons & ALL_REASONS

    def listed(self, serial: int) -> str | None:
        """How this CRL lists a serial number, in words; None if it does not.

        Raises ``InvalidInput`` for an entry that cannot be read.
        """
        try:
            if serial > 0:
                entry = self.x509.get_revoked_certificate_by_serial_number(serial)
            else:
                entry = next((entry for entry in self.x509 if entry.serial_number == serial), None)
            if entry is None:
                return None
            stated = (found.value for found in entry.extensions)
            reason = next(
                (each.reason for each in stated if isinstance(each, x509.CRLReason)), None
            )
            return revoked_words("the CRL of", self.x509.issuer, entry.revocation_date_utc, reason)
        except _UNREADABLE as error:
            raise InvalidInput(f"the entry of the CRL cannot be read: {error}") from None


def revoked_words(
    what: str, issuer: x509.Name, when: datetime | None, reason: x509.ReasonFlags | None
) -> str:
    """Who says that a certificate was revoked, since when and why."""
    date = f" since {when:%Y-%m-%d}" if when is not None else ""
    why = reason.value if reason else "not stated"
    return f"{what} {text_of(issuer)} lists it{date}, reason {why}"


def distribution_points(certificate: Certificate) -> tuple[x509.DistributionPoint, ...]:
    """Where a certificate says its CRLs are (RFC 5280 section 4.2.1.13)."""
    extension = certificate.extensions.get(ExtensionOID.CRL_DISTRIBUTION_POINTS)
    if extension is None or not isinstance(extension.value, x509.CRLDistributionPoints):
        return ()
    return tuple(extension.value)


def _point_names(
    point: x509.DistributionPoint | x509.IssuingDistributionPoint, issuer: tuple[str, ...]
) -> set[tuple[type, object]]:
    """The names of a distribution point; a relative one stands below the issuer's name."""
    if point.relative_name is not None:
        relative = comparable_name(x509.Name([point.relative_name]))
        return {(x509.DirectoryName, issuer + relative)}
    return {
        (
            type(name),
            comparable_name(name.value) if isinstance(name, x509.DirectoryName) else name.value,
        )
        for name in point.full_name or ()
    }


class StatusResponse:
    """One OCSP response (RFC 6960). Hand it in again to spare reading it again."""

    def __init__(self, response: ocsp.OCSPResponse) -> None:
        self.x509 = response

    @classmethod
    def of(cls, response: StatusResponse | ocsp.OCSPResponse | bytes) -> StatusResponse:
        """Take a response, parsed or as DER. Raises ``InvalidInput`` for what is no response."""
        if isinstance(response, StatusResponse):
            return response
        if isinstance(response, bytes):
            response = _loaded(ocsp.load_der_ocsp_response, response, "OCSP response")
        return cls(response)

    @cached_property
    def fingerprint(self) -> str:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.x509.public_bytes(Encoding.DER))
        return digest.finalize().hex()

    @cached_property
    def answers(self) -> tuple[ocsp.OCSPSingleResponse, ...]:
        """The single answers: none when the responder did not answer or cannot be understood."""
        if self.x509.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return ()
        try:
            return tuple(self.x509.responses)
        except _UNREADABLE:
            return ()

    @cached_property
    def signers(self) -> tuple[Certificate, ...]:
        """The certificates it brings along."""
        try:
            return tuple(map(Certificate, self.x509.certificates))
        except _UNREADABLE:
            return ()

    @cached_property
    def fault(self) -> str | None:
        """Why it must not be used at all (RFC 6960 section 4.4), or None."""
        try:
            unknown = [
                extension.oid
                for extension in (*self.x509.extensions, *self.x509.single_extensions)
                if extension.critical and extension.oid != x509.OCSPNonce.oid
            ]
            _ = self.x509.signature_hash_algorithm
        except _UNREADABLE as error:
            return f"the OCSP response cannot be read: {error}"
        if unknown:
            oid = unknown[0].dotted_string
            return f"the OCSP response has an unknown critical extension, {oid}"
        return None

    def answer_for(
        self, certificate: Certificate, issuer: Certificate
    ) -> ocsp.OCSPSingleResponse | None:
        """The answer about this certificate of this issuer, or None (RFC 6960 section 4.1.1)."""
        for answer in self.answers:
            try:
                if answer.serial_number != certificate.serial:
                    continue
                asked = (
                    ocsp.OCSPRequestBuilder()
                    .add_certificate(certificate.x509, issuer.x509, answer.hash_algorithm)
                    .build()
                )
                if (asked.issuer_name_hash, asked.issuer_key_hash) == (
                    answer.issuer_name_hash,
                    answer.issuer_key_hash,
                ):
                    return answer
            except _UNREADABLE:
                continue
        return None


def _loaded(load: Callable[[bytes], _R], data: bytes, what: str) -> _R:
    try:
        return load(data)
    except (*_UNREADABLE, x509.InvalidVersion) as error:
        raise InvalidInput(f"not a {what} in DER: {error}") from None
