"""A certificate: its DER, and the facts read from it. It never holds a private key."""

from __future__ import annotations

import hashlib
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID, ObjectIdentifier, SignatureAlgorithmOID

from ..errors import InvalidInput
from .keys import describe_key, key_fingerprint

_T = TypeVar("_T", bound=x509.ExtensionType)

_KEY_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}

_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,  # cryptography 47, for a name in a string type that it does not know
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

_PARTS: Mapping[str, Callable[[x509.Certificate], object]] = {
    "extensions": attrgetter("extensions"),
    "subject": attrgetter("subject"),
    "issuer": attrgetter("issuer"),
    "serial number": attrgetter("serial_number"),
}


class _Unreadable(str):
    """Why a part of a certificate cannot be read."""


_SIGNATURE_ALGORITHMS = {
    SignatureAlgorithmOID.ECDSA_WITH_SHA1: "ECDSA with SHA-1",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ECDSA with SHA-256",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "ECDSA with SHA-384",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: "ECDSA with SHA-512",
    SignatureAlgorithmOID.RSA_WITH_MD5: "RSA with MD5",
    SignatureAlgorithmOID.RSA_WITH_SHA1: "RSA with SHA-1",
    SignatureAlgorithmOID.RSA_WITH_SHA256: "RSA with SHA-256",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "RSA with SHA-384",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "RSA with SHA-512",
    SignatureAlgorithmOID.RSASSA_PSS: "RSA-PSS",
    SignatureAlgorithmOID.ED25519: "Ed25519",
    SignatureAlgorithmOID.ED448: "Ed448",
    SignatureAlgorithmOID.DSA_WITH_SHA1: "DSA with SHA-1",
    SignatureAlgorithmOID.DSA_WITH_SHA256: "DSA with SHA-256",
}


class Certificate:
    """One X.509 certificate (RFC 5280 section 4). Equal when the DER is equal.

    All times are aware UTC. A certificate can be loaded and still be malformed inside, because
    most fields are read when asked for: ``malformed`` says whether one cannot be read, and a
    property that meets such a field raises ``InvalidInput``.
    """

    def __init__(
        self, certificate: x509.Certificate, public_key: CertificatePublicKeyTypes | None = None
    ) -> None:
        """``public_key`` is the one that was certified, from whoever has it read already."""
        self.x509 = certificate
        self._public_key = public_key
        self.memo: dict[object, Any] = {}
        """Answers about this certificate that others keep beside it, for as long as it lives."""

    @classmethod
    def from_der(cls, data: bytes) -> Certificate:
        """Read one certificate from DER. Raises ``InvalidInput``."""
        try:
            with odd_values_allowed():
                return cls(x509.load_der_x509_certificate(data))
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            raise InvalidInput(f"not a certificate in DER: {error}") from None

    @classmethod
    def from_pem(cls, data: bytes | str) -> Certificate:
        """Read the first certificate of a PEM text. Raises ``InvalidInput``."""
        return read_pem(data)[0]

    @cached_property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.x509.public_bytes(Encoding.PEM).decode()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the DER, in hexadecimal: what two people compare by telephone."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def public_key(self) -> CertificatePublicKeyTypes:
        if self._public_key is None:
            try:
                self._public_key = self.x509.public_key()
            except (ValueError, UnsupportedAlgorithm) as error:
                raise InvalidInput(f"the public key cannot be read: {error}") from None
        return self._public_key

    @cached_property
    def key_fingerprint(self) -> str:
        """SHA-256 over the SubjectPublicKeyInfo: the same for every certificate of one key."""
        return key_fingerprint(self.public_key)

    @property
    def key_type(self) -> str:
        return describe_key(self.public_key)[0]

    @property
    def key_bits(self) -> int:
        return describe_key(self.public_key)[1]

    @property
    def signature_algorithm(self) -> str:
        oid = self.x509.signature_algorithm_oid
        return _SIGNATURE_ALGORITHMS.get(oid, oid.dotted_string)

    @property
    def version(self) -> int:
        """1 or 3, as people say it."""
        return self.x509.version.value + 1

    @cached_property
    def serial(self) -> int:
        return cast(int, self._part("serial number"))

    @cached_property
    def not_before(self) -> datetime:
        return self.x509.not_valid_before_utc

    @cached_property
    def not_after(self) -> datetime:
        return self.x509.not_valid_after_utc

    @cached_property
    def subject_name(self) -> x509.Name:
        return cast(x509.Name, self._part("subject"))

    @cached_property
    def issuer_name(self) -> x509.Name:
        return cast(x509.Name, self._part("issuer"))

    @cached_property
    def subject(self) -> str:
        """The subject as RFC 4514 text; empty when it has none."""
        return self.subject_name.rfc4514_string()

    @cached_property
    def issuer(self) -> str:
        """The issuer as RFC 4514 text."""
        return self.issuer_name.rfc4514_string()

    @cached_property
    def comparable_subject(self) -> tuple[str, ...]:
        """The subject in the form in which names are compared: see ``comparable_name``."""
        return comparable_name(self.subject_name)

    @cached_property
    def comparable_issuer(self) -> tuple[str, ...]:
        """The issuer in the form in which names are compared: see ``comparable_name``."""
        return comparable_name(self.issuer_name)

    @cached_property
    def common_name(self) -> str | None:
        found = self.subject_name.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else None

    @cached_property
    def label(self) -> str:
        """What people would call it: common name, first DNS name, subject or serial."""
        return (
            self.common_name
            or next(iter(self.dns_names), "")
            or self.subject
            or f"serial {self.serial:x}"
        )

    @cached_property
    def extensions(self) -> Mapping[ObjectIdentifier, x509.Extension[x509.ExtensionType]]:
        """The extensions by OID. Raises ``InvalidInput`` when one is duplicated or malformed."""
        found = cast(x509.Extensions, self._part("extensions"))
        return {extension.oid: extension for extension in found}

    @cached_property
    def malformed(self) -> str | None:
        """What in this certificate cannot be read, or None."""
        try:
            _ = (
                self.extensions,
                self.subject_name,
                self.issuer_name,
                self.public_key,
                self.not_before,
                self.not_after,
                self.serial,
            )
        except (InvalidInput, ValueError) as error:
            return str(error)
        # The signature is the last field. The octet before it counts the bits to leave out; with
        # any left out, a changed file would verify as the same signature (X.690 section 8.6).
        if self.der[-len(self.x509.signature) - 1]:
            return "the signature is not a whole number of octets"
        return None

    @property
    def signature_algorithms_agree(self) -> bool:
        """Whether the algorithm inside the signed part is the one outside (RFC 5280 4.1.1.2)."""
        der = self.der
        signed = _content(der, 0)
        outside = _end(der, signed)
        inside = _content(der, signed)
        if der[inside] == 0xA0:  # the version, which version 1 leaves out
            inside = _end(der, inside)
        inside = _end(der, inside)  # the serial number
        return der[outside : _end(der, outside)] == der[inside : _end(der, inside)]

    @cached_property
    def alternative_names(self) -> tuple[x509.GeneralName, ...]:
        """The subject alternative names, in their order (RFC 5280 section 4.2.1.6)."""
        found = self._value(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, x509.SubjectAlternativeName)
        return tuple(found) if found is not None else ()

    @cached_property
    def dns_names(self) -> tuple[str, ...]:
        return tuple(
            name.value for name in self.alternative_names if isinstance(name, x509.DNSName)
        )

    @cached_property
    def is_ca(self) -> bool:
        """Whether basic constraints say CA:TRUE (RFC 5280 section 4.2.1.9)."""
        found = self._value(ExtensionOID.BASIC_CONSTRAINTS, x509.BasicConstraints)
        return bool(found and found.ca)

    @cached_property
    def path_length(self) -> int | None:
        """How many CA certificates may follow below this one; None when not limited."""
        found = self._value(ExtensionOID.BASIC_CONSTRAINTS, x509.BasicConstraints)
        return found.path_length if found else None

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """The key usages by their RFC 5280 names; None when the extension is absent."""
        found = self._value(ExtensionOID.KEY_USAGE, x509.KeyUsage)
        if found is None:
            return None
        return frozenset(word for field, word in _KEY_USAGES.items() if getattr(found, field))

    @cached_property
    def extended_key_usage(self) -> tuple[ObjectIdentifier, ...] | None:
        """The extended key usages; None when the extension is absent, which allows every use."""
        found = self._value(ExtensionOID.EXTENDED_KEY_USAGE, x509.ExtendedKeyUsage)
        return tuple(found) if found is not None else None

    @cached_property
    def subject_key_id(self) -> bytes | None:
        found = self._value(ExtensionOID.SUBJECT_KEY_IDENTIFIER, x509.SubjectKeyIdentifier)
        return found.digest if found else None

    @cached_property
    def authority_key_id(self) -> bytes | None:
        found = self._value(ExtensionOID.AUTHORITY_KEY_IDENTIFIER, x509.AuthorityKeyIdentifier)
        return found.key_identifier if found else None

    @cached_property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same name. The signature may still be another's."""
        return self.subject_name == self.issuer_name

    @cached_property
    def is_self_signed(self) -> bool:
        """Whether it is self-issued and its own key made the signature."""
        return self.is_self_issued and self.is_signed_by(self)

    def is_signed_by(self, issuer: Certificate) -> bool:
        """Whether the issuer's name matches and its key made this signature."""
        try:
            self.x509.verify_directly_issued_by(issuer.x509)
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            return False
        return True

    @cached_property
    def _parts(self) -> dict[str, object]:
        """What may be odd or unreadable, read together: to keep warnings away takes its time."""
        parts: dict[str, object] = {}
        with odd_values_allowed():
            for part, read in _PARTS.items():
                try:
                    parts[part] = read(self.x509)
                except _UNREADABLE as error:
                    parts[part] = _Unreadable(error)
        return parts

    def _part(self, part: str) -> object:
        found = self._parts[part]
        if isinstance(found, _Unreadable):
            raise InvalidInput(f"the {part} of this certificate cannot be read: {found}")
        return found

    def _value(self, oid: ObjectIdentifier, kind: type[_T]) -> _T | None:
        extension = self.extensions.get(oid)
        return (
            extension.value if extension is not None and isinstance(extension.value, kind) else None
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.x509 == other.x509

    @cached_property
    def _hash(self) -> int:
        return hash(self.x509)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        if self.malformed:
            return f"Certificate(malformed, fingerprint {self.fingerprint[:16]}…)"
        return (
            f"Certificate({self.label!r}, until {self.not_after:%Y-%m-%d}, "
            f"fingerprint {self.fingerprint[:16]}…)"
        )


def read_pem(data: bytes | str) -> list[Certificate]:
    """Every certificate of a PEM text, in its order. Raises ``InvalidInput`` when there is none."""
    raw = data.encode() if isinstance(data, str) else data
    try:
        with odd_values_allowed():
            return [Certificate(found) for found in x509.load_pem_x509_certificates(raw)]
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise InvalidInput(
            f"no certificate in this PEM text can be read: {error}",
            expected="a block between BEGIN CERTIFICATE and END CERTIFICATE",
        ) from None


def odd_values_allowed() -> warnings.catch_warnings[None]:
    """Say nothing of odd values, such as a serial number that is not positive: validation tells."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)


def _content(der: bytes, start: int) -> int:
    """Where the content of the DER element at ``start`` begins."""
    length = der[start + 1]
    return start + 2 if length < 0x80 else start + 2 + (length & 0x7F)


def _end(der: bytes, start: int) -> int:
    """Where the DER element at ``start`` ends."""
    length = der[start + 1]
    if length < 0x80:
        return start + 2 + length
    content = _content(der, start)
    return content + int.from_bytes(der[start + 2 : content])


def comparable_name(name: x509.Name) -> tuple[str, ...]:
    """A name as one text for each RDN: equal texts are equal names (RFC 5280 section 7.1).

    Case, white space and string type do not count (RFC 4518); order does, except within an RDN.
    """
    return tuple("+".join(sorted(map(_comparable_attribute, rdn))) for rdn in name.rdns)


def _comparable_attribute(attribute: x509.NameAttribute[str | bytes]) -> str:
    value = attribute.value
    if isinstance(value, str):
        value = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    return f"{attribute.oid.dotted_string}={value!r}"
