"""How a verifier judges: the same certificates under another policy may get another verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

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
        """Sets of key usages: of each set it needs one (RFC 5280 section 4.2.1.12)."""
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


class Form(IntEnum):
    """How much of the form that RFC 5280 section 4 asks of a CA is asked of the certificate."""

    LENIENT = 0
    """Nothing that does not change what the path means."""
    STANDARD = 1
    """What no certificate may depart from."""
    STRICT = 2
    """All of it: key identifiers, criticality, serial numbers too."""
    BROWSER = 3
    """And what a server's own certificate is asked for: a key identifier, and to be no CA."""


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
    form: Form = Form.STANDARD
    states_purpose: bool = False
    """The leaf must have an extended key usage."""
    any_use_suffices: bool = True
    """anyExtendedKeyUsage stands for every use (RFC 5280 section 4.2.1.12 leaves it open)."""
    explicit_policy: bool = False
    """The path must be valid for some certificate policy (RFC 5280 section 6.1.1 (e)). No policy
    tree is built, so this refuses every path and says so."""
    leading_dot_constraints: bool = False
    """A DNS name constraint may begin with a dot, which RFC 5280 section 4.2.1.10 does not know."""
    minimum_rsa_bits: int = 2048
    curves: frozenset[str] = frozenset({"secp256r1", "secp384r1", "secp521r1"})
    edwards_keys: bool = True
    revocation: Attitude = Attitude.BEST_EFFORT


RFC5280 = VerificationPolicy(
    "rfc5280",
    "RFC 5280",
    "The standard's own rules: names by RFC 9525, and whatever was imported is an anchor, as long "
    "as its own dates and constraints hold.",
)
WEB_CLIENT = replace(
    RFC5280,
    key="web-client",
    title="Web client",
    explanation="Like a browser: the use must be stated, a CA certificate is no server's, and the "
    "form must be right, key identifiers included.",
    form=Form.BROWSER,
    states_purpose=True,
    any_use_suffices=False,
    edwards_keys=False,
)
OPENSSL_DEFAULT = replace(
    RFC5280,
    key="openssl",
    title="OpenSSL, default",
    explanation="The path must end in a self-signed root, and a common name counts where there is "
    "no DNS name.",
    common_name_counts=True,
    partial_chain=False,
    any_use_suffices=False,
    leading_dot_constraints=True,
    form=Form.LENIENT,
    curves=RFC5280.curves
    | {"secp256k1", "secp224r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"},
    revocation=Attitude.REQUIRED_IF_GIVEN,
)
OPENSSL_STRICT = replace(
    OPENSSL_DEFAULT,
    key="openssl-strict",
    title="OpenSSL, strict",
    explanation="As OpenSSL, and the form must be right too: Python 3.13 and later ask for it by "
    "default (and let a path end in any certificate of the store).",
    form=Form.STRICT,
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
