"""Making certificates: a draft that can be read before anything is signed, then the signing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ..errors import InvalidInput
from .certificate import Certificate
from .keys import FreshKeys, KeyPair, KeySource, KeyStore, KeyType, key_fingerprint
from .names import general_name
from .profiles import Profile, profile

_E = TypeVar("_E", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate not yet signed: everything the subject decides.

    ``names`` are subject alternative names as people type them (DNS, IP, ``sip:`` URI, e-mail).
    ``common_name`` is the subject's CN; left out, the first name stands in. ``not_before`` is
    aware UTC; ``lifetime`` left out is the profile's.
    """

    names: tuple[str, ...]
    profile: Profile
    not_before: datetime
    lifetime: timedelta | None = None
    common_name: str | None = None
    organization: str | None = None
    ca: bool | None = None
    """CA:TRUE or CA:FALSE against the profile, to show what that does."""

    @property
    def not_after(self) -> datetime:
        return self.not_before + (self.profile.lifetime if self.lifetime is None else self.lifetime)

    @property
    def is_ca(self) -> bool:
        return self.profile.ca if self.ca is None else self.ca

    def subject(self) -> x509.Name:
        """The subject name. Raises ``InvalidInput`` for a CN over 64 characters (RFC 5280 A.1)."""
        attributes = []
        if self.organization:
            attributes.append(_attribute(NameOID.ORGANIZATION_NAME, self.organization))
        common_name = (
            self.common_name if self.common_name is not None else next(iter(self.names), "")
        )
        if common_name:
            attributes.append(_attribute(NameOID.COMMON_NAME, common_name))
        return x509.Name(attributes)

    def check(self) -> None:
        """Raise ``InvalidInput`` for anything that cannot be signed as it stands."""
        if self.not_before.tzinfo is None:
            raise InvalidInput(
                "the start of validity has no time zone", expected="an aware UTC datetime"
            )
        if self.not_after <= self.not_before:
            raise InvalidInput(
                "the end of validity is not after its start", where=f"{self.not_after:%Y-%m-%d}"
            )
        if not self.names and not self.subject():
            raise InvalidInput(
                "the certificate names nobody", remedy="Give a name or a common name."
            )


class CertificateRequest:
    """A PKCS#10 request (RFC 2986): names, use and public key, signed by the key that asks.

    Equal when the DER is equal.
    """

    def __init__(
        self,
        request: x509.CertificateSigningRequest,
        public_key: CertificatePublicKeyTypes | None = None,
    ) -> None:
        """``public_key`` is the one that asks, from whoever has it read already."""
        self.x509 = request
        self.public_key = request.public_key() if public_key is None else public_key

    @classmethod
    def from_der(cls, data: bytes) -> CertificateRequest:
        """Read a request from DER. Raises ``InvalidInput``."""
        return _load(lambda: cls(x509.load_der_x509_csr(data)))

    @classmethod
    def from_pem(cls, data: bytes | str) -> CertificateRequest:
        """Read a request from PEM. Raises ``InvalidInput``."""
        raw = data.encode() if isinstance(data, str) else data
        return _load(lambda: cls(x509.load_pem_x509_csr(raw)))

    @property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.x509.public_bytes(Encoding.PEM).decode()

    @property
    def subject(self) -> str:
        return self.x509.subject.rfc4514_string()

    @property
    def key_fingerprint(self) -> str:
        return key_fingerprint(self.public_key)

    @cached_property
    def proves_possession(self) -> bool:
        """Whether the key in the request signed it (RFC 2986 section 4.2)."""
        return self.x509.is_signature_valid

    @cached_property
    def alternative_names(self) -> tuple[x509.GeneralName, ...]:
        try:
            return tuple(
                self.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            )
        except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
            return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CertificateRequest) and self.x509 == other.x509

    def __hash__(self) -> int:
        return hash(self.x509)

    def __repr__(self) -> str:
        return f"CertificateRequest({self.subject!r}, key {self.key_fingerprint[:16]}…)"


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """Whoever signs: a CA certificate, the store that holds its key, and the CAs above it.

    ``chain`` is what a holder sends beside its own certificate: this CA and those above it, the
    root left out.
    """

    certificate: Certificate
    keys: KeyStore = field(repr=False, compare=False)
    above: tuple[Certificate, ...] = ()

    @property
    def name(self) -> str:
        return self.certificate.label

    @property
    def root(self) -> Certificate:
        return self.above[-1] if self.above else self.certificate

    @property
    def chain(self) -> tuple[Certificate, ...]:
        return tuple(c for c in (self.certificate, *self.above) if c != self.root)

    @classmethod
    def create_root(
        cls,
        name: str,
        *,
        not_before: datetime,
        keys: KeyStore | None = None,
        source: KeySource | None = None,
        key_type: KeyType = KeyType.EC_P256,
        extensions: Extensions = (),
    ) -> CertificateAuthority:
        """A new root: its own key signs it. The key goes into ``keys``, or a store of its own."""
        source, keys = source or FreshKeys(), KeyStore() if keys is None else keys
        key = source.key_pair(key_type, f"ca/{name}")
        keys.add(key)
        draft = Draft((), profile("root-ca"), not_before, common_name=name)
        serial = source.serial_number(f"ca/{name}")
        return cls(self_signed(draft, key, serial, extensions), keys)

    def create_issuing(
        self,
        name: str,
        *,
        not_before: datetime,
        source: KeySource | None = None,
        key_type: KeyType = KeyType.EC_P256,
        extensions: Extensions = (),
        edition: int = 1,
        key: KeyPair | None = None,
    ) -> CertificateAuthority:
        """A CA below this one. Its key, if not given, is made and goes into the same key store.

        Another ``edition`` of the same name has another key and serial number, lessons included.
        """
        source = source or FreshKeys()
        label = f"ca/{self.name}/{name}" + (f"/{edition}" if edition > 1 else "")
        key = key or source.key_pair(key_type, label)
        self.keys.add(key)
        draft = Draft((), profile("issuing-ca"), not_before, common_name=name)
        serial = source.serial_number(label)
        certificate = self.sign(draft, key.public_key, serial, extensions)
        return CertificateAuthority(certificate, self.keys, (self.certificate, *self.above))

    def issue(
        self,
        request: CertificateRequest,
        draft: Draft,
        serial: int | None = None,
        extensions: Extensions = (),
    ) -> Certificate:
        """Sign for the key of a request; the draft, not the request, decides what is written.

        Raises ``InvalidInput`` when the request does not prove possession of its key.
        """
        if not request.proves_possession:
            raise InvalidInput(
                "the request is not signed by the key it carries",
                where=request.subject,
                remedy="Make a new request where the private key is.",
            )
        return self.sign(draft, request.public_key, serial, extensions)

    def sign(
        self,
        draft: Draft,
        public_key: CertificatePublicKeyTypes,
        serial: int | None = None,
        extensions: Extensions = (),
    ) -> Certificate:
        """Sign a draft for a public key with this CA's key."""
        key = self.keys.get(self.certificate.key_fingerprint)
        return _sign(draft, draft.subject(), public_key, key, self.certificate, serial, extensions)


Extensions = Iterable[tuple[x509.ExtensionType, bool]]
"""Further extensions, each with whether it is critical."""


def self_signed(
    draft: Draft, key: KeyPair, serial: int | None = None, extensions: Extensions = ()
) -> Certificate:
    """Sign a draft with its own key. Without a serial, a random one of 159 bits is used."""
    return _sign(draft, draft.subject(), key.public_key, key, None, serial, extensions)


def request_certificate(draft: Draft, key: KeyPair) -> CertificateRequest:
    """A PKCS#10 request for this draft, signed by ``key``."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(draft.subject())
    if draft.names:
        builder = builder.add_extension(_alternative_names(draft.names), critical=False)
    return CertificateRequest(
        builder.sign(
            key.private_key, key.signature_hash, ecdsa_deterministic=key.deterministic_signature
        ),
        key.public_key,
    )


def _sign(
    draft: Draft,
    subject: x509.Name,
    public_key: CertificatePublicKeyTypes,
    signer: KeyPair,
    issuer: Certificate | None,
    serial: int | None,
    further: Extensions,
) -> Certificate:
    draft.check()
    own_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    signer_id = (
        own_id.digest if issuer is None else issuer.subject_key_id or _key_id(signer.public_key)
    )
    shape = _shape(draft.profile, draft.is_ca, isinstance(public_key, rsa.RSAPublicKey))
    builder = (
        shape.subject_name(subject)
        .issuer_name(issuer.subject_name if issuer else subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number() if serial is None else serial)
        .not_valid_before(draft.not_before.astimezone(UTC))
        .not_valid_after(draft.not_after.astimezone(UTC))
        .add_extension(own_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier(signer_id, None, None), critical=False)
    )
    if draft.names:
        # RFC 5280 section 4.2.1.6: critical when the subject is empty.
        builder = builder.add_extension(_alternative_names(draft.names), critical=not subject)
    for value, critical in further:
        builder = builder.add_extension(value, critical)
    return Certificate(
        builder.sign(
            signer.private_key,
            signer.signature_hash,
            ecdsa_deterministic=signer.deterministic_signature,
        ),
        public_key,
    )


def _key_id(public_key: CertificatePublicKeyTypes) -> bytes:
    return x509.SubjectKeyIdentifier.from_public_key(public_key).digest


@lru_cache
def _shape(use: Profile, ca: bool, is_rsa: bool) -> x509.CertificateBuilder:
    """What all certificates of one use have in common; a builder is never changed."""
    usage = use
    if ca and not use.ca:
        usage = replace(use, key_usage=use.key_usage | {"key_cert_sign", "crl_sign"})
    builder = (
        x509.CertificateBuilder()
        .add_extension(x509.BasicConstraints(ca, use.path_length if ca else None), critical=True)
        .add_extension(usage.key_usage_extension(rsa=is_rsa), critical=True)
    )
    if use.extended_key_usage is not None:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage(use.extended_key_usage), critical=False
        )
    return builder


def _alternative_names(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([general_name(name) for name in names])


def _attribute(oid: x509.ObjectIdentifier, value: str) -> x509.NameAttribute[str]:
    try:
        return x509.NameAttribute(oid, value)
    except ValueError as error:
        raise InvalidInput(
            f"the subject cannot hold this name: {error}", where=repr(value[:60])
        ) from None


def _load(read: Callable[[], CertificateRequest]) -> CertificateRequest:
    try:
        return read()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise InvalidInput(f"not a certificate request: {error}") from None
