"""What a scenario is, and the stage it is played on: one lesson PKI that can also do wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ..live import Opinion, opinions
from ..pki import (
    Certificate,
    CertificateAuthority,
    Draft,
    KeyPair,
    KeyStore,
    KeyType,
    LessonKeys,
    Revocation,
    ocsp_response,
    profile,
    revocation_list,
    self_signed,
)
from ..validation import (
    RFC5280,
    FindingKind,
    Purpose,
    Remedy,
    Verdict,
    VerificationPolicy,
    validate,
)

UM = "um01.example.com"
"""The UM server whose certificate most scenarios are about."""
GATEWAY = "gw01.example.com"
LIKE_OPENSSL = "openssl openssl-strict sip-ignores-names"
"""The policies that follow OpenSSL's way with names and with the end of a path."""
IGNORING = "ignores-revocation"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the verdict on a case must say.

    ``kind`` is the first finding, a note where the case is accepted; ``at_fault`` the certificate
    it is about; ``mentions`` what its words must name. ``elsewhere`` are the keys of the policies
    that come to the other verdict.
    """

    accepted: bool
    kind: FindingKind | None = None
    at_fault: Certificate | None = None
    mentions: tuple[str, ...] = ()
    remedy: Remedy | None = None
    elsewhere: frozenset[str] = frozenset()
    key_fits: bool = True
    """False where the key beside the certificate is another's, so that it cannot be installed."""


def accepted(
    note: FindingKind | None = None,
    about: Certificate | None = None,
    *mentions: str,
    elsewhere: str = "",
    key_fits: bool = True,
) -> Expected:
    """Expect yes, perhaps with a note; ``elsewhere`` are policy keys with spaces between."""
    return Expected(True, note, about, mentions, None, frozenset(elsewhere.split()), key_fits)


def refused(
    kind: FindingKind,
    at_fault: Certificate | None,
    *mentions: str,
    remedy: Remedy = Remedy.REPLACE_CERTIFICATE,
    elsewhere: str = "",
) -> Expected:
    """Expect no, for this reason; ``elsewhere`` are policy keys with spaces between."""
    return Expected(False, kind, at_fault, mentions, remedy, frozenset(elsewhere.split()))


@dataclass(frozen=True, slots=True)
class Case:
    """One question to a verifier, with everything it needs, and what the answer must be."""

    certificate: Certificate
    anchors: tuple[Certificate, ...]
    at: datetime
    expected: Expected
    key: KeyPair = field(repr=False)
    intermediates: tuple[Certificate, ...] = ()
    purpose: Purpose = Purpose.SERVER
    name: str | None = UM
    crls: tuple[x509.CertificateRevocationList, ...] = ()
    ocsp: tuple[ocsp.OCSPResponse, ...] = ()
    require_revocation: bool = False
    policy: VerificationPolicy = RFC5280

    def validate(self, policy: VerificationPolicy | None = None) -> Verdict:
        """Give the verdict, by the case's own policy or by another."""
        return validate(**self._asked(), ocsp=self.ocsp, policy=policy or self.policy)

    def opinions(self) -> tuple[Opinion, ...]:
        """Ask the other engines here."""
        return opinions(**self._asked(), key=self.key)

    @property
    def key_fits(self) -> bool:
        """Whether the key beside the certificate is its own."""
        return self.key.fingerprint == self.certificate.key_fingerprint

    def _asked(self) -> dict[str, Any]:
        return {
            "certificate": self.certificate,
            "intermediates": self.intermediates,
            "anchors": self.anchors,
            "at": self.at,
            "purpose": self.purpose,
            "name": self.name,
            "crls": self.crls,
            "require_revocation": self.require_revocation,
        }


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story about trust that ends in a verdict. Its clock is an argument of ``build``."""

    number: int
    key: str
    title: str
    story: str
    play: Callable[[Stage], Case] = field(repr=False)

    @property
    def question(self) -> str:
        """The story without the last of several paragraphs, which says what to make of it."""
        paragraphs = self.story.split("\n\n")
        return "\n\n".join(paragraphs[:-1] or paragraphs)

    def build(self, at: datetime) -> Case:
        """Make the certificates of this story as of ``at`` (aware). Equal moments, equal bytes.

        Where a random RSA key takes part, the bytes differ and the story is the same.
        """
        return self.play(Stage(at))


def scenario(number: int, title: str) -> Callable[[Callable[[Stage], Case]], Scenario]:
    """Make a scenario of a function: its name is the key, its docstring the story."""

    def made(play: Callable[[Stage], Case]) -> Scenario:
        key = play.__name__.replace("_", "-")
        return Scenario(number, key, title, inspect.getdoc(play) or "", play)

    return made


class Stage:
    """A small office's PKI at one moment: root, issuing CA, UM server, and the means to do wrong.

    All dates are days from ``at``.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC).replace(microsecond=0)
        self.source = LessonKeys("certlab scenarios")
        self.keys = KeyStore()

    def day(self, days: float) -> datetime:
        """The moment so many days from the stage's clock."""
        return self.at + timedelta(days=days)

    @cached_property
    def root(self) -> CertificateAuthority:
        return self.new_root("Example Root CA")

    @cached_property
    def issuing(self) -> CertificateAuthority:
        return self.root.create_issuing(
            "Example Issuing CA", source=self.source, not_before=self.day(-700)
        )

    @cached_property
    def um(self) -> Certificate:
        """The UM server's certificate as it should be."""
        return self.leaf()

    def new_root(self, name: str, *, seed: str = "", since: float = -1500) -> CertificateAuthority:
        """A root of its own; another ``seed`` gives another key under the same name."""
        source = LessonKeys(f"certlab scenarios {seed}") if seed else self.source
        return CertificateAuthority.create_root(
            name, keys=self.keys, source=source, not_before=self.day(since)
        )

    def key(self, label: str, key_type: KeyType = KeyType.EC_P256) -> KeyPair:
        """The lesson key of that label, kept in the stage's store."""
        pair = self.source.key_pair(key_type, label)
        self.keys.add(pair)
        return pair

    def draft(
        self,
        *names: str,
        use: str = "mutual-tls",
        since: float = -30,
        days: float = 365,
        common_name: str | None = None,
        ca: bool | None = None,
    ) -> Draft:
        """A draft for a device of the office."""
        return Draft(
            names,
            profile(use),
            self.day(since),
            timedelta(days=days),
            common_name,
            "Example Office",
            ca,
        )

    def leaf(
        self,
        draft: Draft | None = None,
        *,
        issuer: CertificateAuthority | None = None,
        key: KeyPair | None = None,
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
    ) -> Certificate:
        """A certificate from the issuing CA (or another); left out, it is the UM server's."""
        draft = draft or self.draft(UM)
        key = key or self.key(next(iter(draft.names), "um"))
        serial = self.source.serial_number(f"{draft.names}/{draft.not_before}")
        return (issuer or self.issuing).sign(draft, key.public_key, serial, extensions)

    def self_signed(
        self,
        draft: Draft | None = None,
        *,
        label: str = "self-signed",
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
    ) -> Certificate:
        """A certificate signed with its own key; left out, the draft is the UM server's."""
        key = self.key(label)
        serial = self.source.serial_number(label)
        return self_signed(draft or self.draft(UM), key, serial, extensions)

    def crl(
        self,
        authority: CertificateAuthority,
        *revoked: Certificate,
        since: float = -1,
        until: float = 6,
    ) -> x509.CertificateRevocationList:
        """A CRL of this authority: these certificates were revoked two days ago."""
        return revocation_list(
            authority,
            [self._revocation(certificate) for certificate in revoked],
            at=self.day(since),
            next_update=self.day(until),
        )

    def ocsp(
        self,
        status: str = "good",
        *,
        signer: CertificateAuthority | None = None,
        since: float = -0.5,
        until: float = 0.5,
    ) -> ocsp.OCSPResponse:
        """An answer about the UM certificate: good, revoked or unknown.

        A responder gives it that ``signer`` delegated to, left out the issuing CA.
        """
        key = self.key("responder")
        responder = self.leaf(
            self.draft(use="ocsp-responder", days=60, common_name="Example OCSP responder"),
            issuer=signer,
            key=key,
            extensions=[(x509.OCSPNoCheck(), False)],
        )
        answer = partial(
            ocsp_response,
            self.issuing,
            self.um,
            at=self.day(since),
            next_update=self.day(until),
            revocation=self._revocation(self.um) if status == "revoked" else None,
            known=status != "unknown",
            responder=(responder, key),
        )
        return answered_at(self.at, answer, key)

    def _revocation(self, certificate: Certificate) -> Revocation:
        return Revocation(certificate.serial, self.day(-2), x509.ReasonFlags.key_compromise)

    def case(self, certificate: Certificate, expected: Expected, **changes: Any) -> Case:
        """A case as it usually is: issuing CA sent, root in the store, server, UM's name."""
        changes.setdefault("intermediates", (self.issuing.certificate,))
        changes.setdefault("anchors", (self.root.certificate,))
        changes.setdefault("key", self._key_of(certificate))
        return Case(certificate=certificate, at=self.at, expected=expected, **changes)

    def _key_of(self, certificate: Certificate) -> KeyPair:
        return self.keys.get(certificate.key_fingerprint)


def signed_again(
    certificate: Certificate, signer: KeyPair, *, without: tuple[type[x509.ExtensionType], ...] = ()
) -> Certificate:
    """The same certificate signed by another key, or with some extensions left out."""
    old = certificate.x509
    builder = x509.CertificateBuilder(
        old.issuer,
        old.subject,
        certificate.x509.public_key(),
        old.serial_number,
        old.not_valid_before_utc.replace(tzinfo=None),
        old.not_valid_after_utc.replace(tzinfo=None),
    )
    for extension in old.extensions:
        if not isinstance(extension.value, without):
            builder = builder.add_extension(extension.value, extension.critical)
    return Certificate(
        builder.sign(
            signer.private_key,
            signer.signature_hash,
            ecdsa_deterministic=signer.deterministic_signature,
        )
    )


def answered_at(
    at: datetime, answer: Callable[[], ocsp.OCSPResponse], signer: KeyPair
) -> ocsp.OCSPResponse:
    """An OCSP answer as of a moment, so that its bytes repeat.

    Whoever makes one writes the computer's clock into it and signs at random. Both are replaced
    here by octets of the same number: a signature's length varies by a few, so it is asked for
    again until the lengths agree.
    """
    private_key = signer.private_key
    if not isinstance(private_key, ec.EllipticCurvePrivateKey):
        raise TypeError("only an ECDSA signature is made again here")
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    while True:
        made = answer()
        now, then = (f"{moment:%Y%m%d%H%M%SZ}".encode() for moment in (made.produced_at_utc, at))
        signed_part = made.tbs_response_bytes.replace(now, then)
        signature = private_key.sign(signed_part, algorithm)
        if len(signature) == len(made.signature):
            der = made.public_bytes(Encoding.DER).replace(made.tbs_response_bytes, signed_part)
            return ocsp.load_der_ocsp_response(der.replace(made.signature, signature))


def signed_with_sha1(certificate: Certificate, signer: KeyPair) -> Certificate:
    """An RSA-signed certificate, signed again with SHA-1: no library still does this by itself.

    sha256WithRSAEncryption and sha1WithRSAEncryption differ in the last octet of their OIDs (RFC
    8017 appendix C), so the lengths stay what they are.
    """
    sha256, sha1 = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))
    private_key = signer.private_key
    if not isinstance(private_key, rsa.RSAPrivateKey):
        raise TypeError("only an RSA signature is made again here")
    signed_part = certificate.x509.tbs_certificate_bytes.replace(sha256, sha1)
    signature = private_key.sign(signed_part, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the point of it
    altered = certificate.der.replace(sha256, sha1)
    return Certificate.from_der(altered.replace(certificate.x509.signature, signature))
