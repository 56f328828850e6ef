"""How a given verifier judges: the same certificates under another policy may get another verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from ..pki.profiles import FILE_ENCRYPTION


class Purpose(StrEnum):
    """What the certificate is to serve as."""

    SERVER = "server"
    CLIENT = "client"
    MUTUAL = "mutual"
    """One certificate that answers and calls: it must allow both."""
    EMAIL = "email"
    CODE_SIGNING = "code signing"
    FILE_ENCRYPTION = "file encryption"
    IPSEC = "ipsec"
    OCSP_SIGNING = "ocsp signing"

    @property
    def uses(self) -> tuple[ObjectIdentifier, ...]:
        """The extended key usages it needs, every one of them (RFC 5280 section 4.2.1.12)."""
        return _USES[self][0]

    @property
    def key_usages(self) -> tuple[frozenset[str], ...]:
        """Key usages consistent with it: of each set, one must be allowed (RFC 5280 section 4.2.1.12)."""
        return _USES[self][1]


_OID = ExtendedKeyUsageOID
_ANSWER = frozenset({"digitalSignature", "keyEncipherment", "keyAgreement"})
_CALL = frozenset({"digitalSignature", "keyAgreement"})
_SIGN = frozenset({"digitalSignature", "nonRepudiation"})
_USES: dict[Purpose, tuple[tuple[ObjectIdentifier, ...], tuple[frozenset[str], ...]]] = {
    Purpose.SERVER: ((_OID.SERVER_AUTH,), (_ANSWER,)),
    Purpose.CLIENT: ((_OID.CLIENT_AUTH,), (_CALL,)),
    Purpose.MUTUAL: ((_OID.SERVER_AUTH, _OID.CLIENT_AUTH), (_ANSWER, _CALL)),
    Purpose.EMAIL: ((_OID.EMAIL_PROTECTION,), (_SIGN | _ANSWER,)),
    Purpose.CODE_SIGNING: ((_OID.CODE_SIGNING,), (frozenset({"digitalSignature"}),)),
    Purpose.FILE_ENCRYPTION: (
        (FILE_ENCRYPTION,),
        (frozenset({"keyEncipherment", "keyAgreement"}),),
    ),
    Purpose.IPSEC: ((_OID.IPSEC_IKE,), (_SIGN,)),
    Purpose.OCSP_SIGNING: ((_OID.OCSP_SIGNING,), (_SIGN,)),
}


class Attitude(StrEnum):
    """What a verifier makes of revocation."""

    REQUIRED = "required"
    """A current, rightly signed answer for every certificate of the path, or refuse."""
    REQUIRED_IF_GIVEN = "required if given"
    """As required once any CRL or OCSP response is there, else not asked: what OpenSSL does."""
    BEST_EFFORT = "best effort"
    """What is handed in for a certificate must be right and current; a missing answer is noted."""
    OFF = "off"
    """Not asked, whatever is handed in."""


@dataclass(frozen=True, slots=True)
class AlgorithmRule:
    """Since when an algorithm or key is not to be used, and by whose rule."""

    what: str
    since: date | None
    source: str

    def __str__(self) -> str:
        since = f"not since {self.since:%Y-%m-%d}, " if self.since else ""
        return f"{self.what}, {since}{self.source}"


_BASELINE = "CA/B Forum SC-081v3"
SHA1_ENDS = AlgorithmRule("no SHA-1", date(2026, 9, 15), _BASELINE)
OLD_HASH = AlgorithmRule("no MD5 or older hash", None, "RFC 6151")
NO_DSA = AlgorithmRule("RSA, ECDSA or EdDSA and not DSA", None, _BASELINE)
RSA_SIZE = AlgorithmRule("RSA of at least 2048 bits", None, _BASELINE)
CURVES = AlgorithmRule("one of the curves P-256, P-384 and P-521", None, _BASELINE)
UNKNOWN_ALGORITHM = AlgorithmRule("an algorithm it knows", None, "RFC 5280 6.1.3 (a)(1)")


@dataclass(frozen=True, slots=True)
class VerificationPolicy:
    """The choices that RFC 5280 leaves to a verifier, and those real verifiers make otherwise."""

    key: str
    title: str
    explanation: str
    checks_names: bool = True
    common_name_counts: bool = False
    """The common name stands in where there is no DNS alternative name (against RFC 9525)."""
    partial_chain: bool = True
    """A trust anchor may be any certificate of the store, not only a self-signed one."""
    strict: bool = False
    """What RFC 5280 asks of the CA is asked of the certificate: key identifiers, criticality, serials."""
    states_purpose: bool = False
    """The leaf must have an extended key usage."""
    any_use_suffices: bool = True
    """anyExtendedKeyUsage stands for every use (RFC 5280 section 4.2.1.12 leaves it open)."""
    leaf_may_be_ca: bool = True
    leading_dot_constraints: bool = False
    """A DNS name constraint may begin with a dot, which RFC 5280 section 4.2.1.10 does not know."""
    minimum_rsa_bits: int = 2048
    curves: frozenset[str] = frozenset({"secp256r1", "secp384r1", "secp521r1"})
    edwards_keys: bool = True
    refuses_sha1: bool = True
    revocation: Attitude = Attitude.BEST_EFFORT


RFC5280 = VerificationPolicy(
    "rfc5280",
    "RFC 5280",
    "The standard's own rules, names by RFC 9525, any imported certificate as anchor, its dates checked too.",
)
WEB_CLIENT = replace(
    RFC5280,
    key="web-client",
    title="Web client",
    explanation="A browser-like client: the use must be stated, a CA is no server, and key identifiers are asked for.",
    strict=True,
    states_purpose=True,
    any_use_suffices=False,
    leaf_may_be_ca=False,
    edwards_keys=False,
)
OPENSSL_DEFAULT = replace(
    RFC5280,
    key="openssl",
    title="OpenSSL, default",
    explanation="The path must end in a self-signed root; a common name counts where no DNS name is given.",
    common_name_counts=True,
    partial_chain=False,
    any_use_suffices=False,
    leading_dot_constraints=True,
    curves=RFC5280.curves
    | {"secp256k1", "secp224r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"},
    revocation=Attitude.REQUIRED_IF_GIVEN,
)
OPENSSL_STRICT = replace(
    OPENSSL_DEFAULT,
    key="openssl-strict",
    title="OpenSSL, strict",
    explanation="As OpenSSL, and the certificate's form must be right too: Python 3.13 and later ask this by default.",
    strict=True,
)
SIP_IGNORES_NAMES = replace(
    OPENSSL_DEFAULT,
    key="sip-ignores-names",
    title="SIP server that ignores names",
    explanation="Kamailio and Asterisk on inbound calls: the chain counts, whoever it names.",
    checks_names=False,
)
IGNORES_REVOCATION = replace(
    RFC5280,
    key="ignores-revocation",
    title="Ignores revocation",
    explanation="A device that never looks at a CRL or an OCSP response, as Asterisk does.",
    revocation=Attitude.OFF,
)

POLICIES: dict[str, VerificationPolicy] = {
    policy.key: policy
    for policy in (
        RFC5280,
        WEB_CLIENT,
        OPENSSL_DEFAULT,
        OPENSSL_STRICT,
        SIP_IGNORES_NAMES,
        IGNORES_REVOCATION,
    )
}
"""Every preset by key."""
