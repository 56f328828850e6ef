"""Certificates of any shape, good or bad, made in the test that judges them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certlab.pki import Certificate, general_name
from certlab.validation import Verdict, validate

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
UM = "um01.example.com"
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
DAY = timedelta(days=1)


@cache
def key(label: str) -> ec.EllipticCurvePrivateKey:
    """One P-256 key for each label, random in each run."""
    return ec.generate_private_key(ec.SECP256R1())


def named(text: str) -> x509.Name:
    """`"CN=Root,O=Example"`, or a plain word for a common name."""
    return (
        x509.Name.from_rfc4514_string(text) if "=" in text else cn(text) if text else x509.Name([])
    )


def cn(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(*bits: str) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{bit: bit in bits for bit in every.split()})


def san(*names: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([general_name(name) for name in names])


def permitting(*names: x509.GeneralName) -> x509.NameConstraints:
    """Name constraints, well formed or not: the library would refuse to make some of them."""
    made = x509.NameConstraints([x509.DNSName("example.com")], None)
    made._permitted_subtrees = list(names)
    return made


def excluding(*names: x509.GeneralName) -> x509.NameConstraints:
    made = x509.NameConstraints(None, [x509.DNSName("example.com")])
    made._excluded_subtrees = list(names)
    return made


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")


@dataclass(frozen=True)
class Made:
    """A certificate and its key, which can sign others."""

    certificate: Certificate
    key: ec.EllipticCurvePrivateKey

    def sign(self, subject: str, **choices) -> Made:
        """A certificate under this one."""
        return make(subject, by=self, **choices)

    def crl(self, *revoked: Made | int, **choices) -> x509.CertificateRevocationList:
        return crl(self, *revoked, **choices)


def make(
    subject: str,
    *,
    by: Made | None = None,
    ca: bool | None = None,
    path_length: int | None = None,
    names: Iterable[str] | None = None,
    uses: Iterable[x509.ObjectIdentifier] | None = None,
    key_usage: x509.KeyUsage | None = None,
    begins: datetime = AT - 30 * DAY,
    ends: datetime = AT + 300 * DAY,
    key_label: str | None = None,
    issuer: str | None = None,
    aki: bytes | bool | None = True,
    ski: bytes | bool | None = True,
    serial: int | None = None,
    extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
    without: tuple[type[x509.ExtensionType], ...] = (),
    public_key: object = None,
) -> Made:
    """Sign a certificate; what is not said is as a careful CA would do it.

    ``by`` None signs it with its own key. ``aki`` and ``ski`` are True for the right key
    identifier, None for none, or bytes.
    """
    own = key(key_label or f"{subject}/{'root' if by is None else 'under'}")
    signer = own if by is None else by.key
    ca = by is None if ca is None else ca
    public = public_key or own.public_key()
    right_ski = x509.SubjectKeyIdentifier.from_public_key(public)
    if by is None:
        right_aki = right_ski.digest
    else:
        readable = by.certificate.malformed is None
        right_aki = (
            readable and by.certificate.subject_key_id
        ) or x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest
    issuer_name = (
        named(issuer)
        if issuer is not None
        else (named(subject) if by is None else by.certificate.subject_name)
    )
    extended = (SERVER, CLIENT) if uses is None and not ca else uses
    if names is None and not ca:
        names = (UM,)
    all_extensions = [
        (x509.BasicConstraints(ca, path_length if ca else None), True),
        (
            key_usage or (usage("key_cert_sign", "crl_sign") if ca else usage("digital_signature")),
            True,
        ),
    ]
    if ski is not None:
        digest = right_ski.digest if ski is True else ski
        all_extensions.append((x509.SubjectKeyIdentifier(digest), False))
    if aki is not None:
        digest = right_aki if aki is True else aki
        all_extensions.append((x509.AuthorityKeyIdentifier(digest, None, None), False))
    if extended:
        all_extensions.append((x509.ExtendedKeyUsage(list(extended)), False))
    if names:
        all_extensions.append((san(*names), False))
    all_extensions += list(extensions)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(issuer_name)
        .public_key(public)
        .serial_number(x509.random_serial_number() if serial is None else serial)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    for value, critical in all_extensions:
        if not isinstance(value, without):
            builder = builder.add_extension(value, critical)
    return Made(Certificate(builder.sign(signer, hashes.SHA256())), own)


def chain(**leaf) -> tuple[Made, Made, Made]:
    """Leaf, issuing CA and root."""
    root = make("Root")
    issuing = root.sign("Issuing CA", ca=True)
    return issuing.sign(leaf.pop("subject", UM), **leaf), issuing, root


def judge(
    leaf: Made | Certificate, *anchors: Made, sent: Iterable[Made] = (), **choices
) -> Verdict:
    """Validate as a server at the tests' time, unless said otherwise."""
    return validate(
        leaf.certificate if isinstance(leaf, Made) else leaf,
        anchors=[anchor.certificate for anchor in anchors],
        intermediates=[one.certificate for one in sent],
        **{"at": AT, "purpose": "server", **choices},
    )


def crl(
    by: Made,
    *revoked: Made | int,
    begins: datetime = AT - DAY,
    ends: datetime | None = AT + 6 * DAY,
    issuer: x509.Name | None = None,
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> x509.CertificateRevocationList:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer or by.certificate.subject_name)
        .last_update(begins)
        .next_update(ends)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for one in revoked:
        serial = one if isinstance(one, int) else one.certificate.serial
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(AT - 2 * DAY)
            .add_extension(x509.CRLReason(reason), critical=False)
            .build()
        )
    return builder.sign(by.key, hashes.SHA256())


def answer(
    about: Made,
    issuer: Made,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    *,
    by: Made | None = None,
    signer: ec.EllipticCurvePrivateKey | None = None,
    begins: datetime = AT - DAY / 2,
    ends: datetime | None = AT + DAY / 2,
    algorithm: hashes.HashAlgorithm | None = None,
) -> ocsp.OCSPResponse:
    """An OCSP response about one certificate, signed by the issuer or by ``by``."""
    responder = by or issuer
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            about.certificate.x509,
            issuer.certificate.x509,
            algorithm or hashes.SHA256(),
            status,
            begins,
            ends,
            AT - 2 * DAY if revoked else None,
            x509.ReasonFlags.key_compromise if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate.x509)
    )
    if by is not None:
        builder = builder.certificates([by.certificate.x509])
    return builder.sign(signer or responder.key, hashes.SHA256())


ECDSA_WITH_SHA256, ECDSA_WITH_SHA384 = (
    bytes.fromhex(f"300a06082a8648ce3d04030{last}") for last in (2, 3)
)


def rebuilt(made: Made, by: Made, edit: Callable[[list[bytes]], list[bytes]]) -> Made:
    """A certificate whose signed part was edited, field by field, and signed again.

    The fields are DER: version, serial number, algorithm, issuer, validity, subject, key and
    extensions. So things can be made that no library would write.
    """
    signed = element(0x30, b"".join(edit(elements(made.certificate.x509.tbs_certificate_bytes))))
    signature = by.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    der = element(0x30, signed + ECDSA_WITH_SHA256 + element(0x03, b"\x00" + signature))
    return Made(Certificate.from_der(der), made.key)


def element(tag: int, content: bytes) -> bytes:
    """One DER element."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def elements(der: bytes) -> list[bytes]:
    """The elements inside a DER element."""
    found = []
    content = der[2 + (der[1] & 0x7F if der[1] & 0x80 else 0) :]
    while content:
        many = content[1] & 0x7F if content[1] & 0x80 else 0
        size = int.from_bytes(content[2 : 2 + many]) if many else content[1]
        end = 2 + many + size
        found.append(content[:end])
        content = content[end:]
    return found
