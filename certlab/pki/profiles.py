"""What a certificate is for: key usage, extended key usage and basic constraints, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from ..errors import UnknownName

FILE_ENCRYPTION = ObjectIdentifier("1.3.6.1.4.1.311.10.3.4")

USES: dict[ObjectIdentifier, str] = {
    ExtendedKeyUsageOID.SERVER_AUTH: "TLS server authentication",
    ExtendedKeyUsageOID.CLIENT_AUTH: "TLS client authentication",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "e-mail protection (S/MIME)",
    ExtendedKeyUsageOID.CODE_SIGNING: "code signing",
    ExtendedKeyUsageOID.IPSEC_IKE: "IPsec key exchange",
    ExtendedKeyUsageOID.OCSP_SIGNING: "signing OCSP responses",
    ExtendedKeyUsageOID.TIME_STAMPING: "time stamping",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "any use",
    FILE_ENCRYPTION: "encrypting file system",
}
"""Extended key usages in plain words (RFC 5280 section 4.2.1.12)."""


def use_in_words(oid: ObjectIdentifier) -> str:
    """The plain words for an extended key usage, or its dotted number."""
    return USES.get(oid, oid.dotted_string)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is put into a certificate for one use. ``lifetime`` is what the lab proposes."""

    key: str
    title: str
    what_for: str
    key_usage: frozenset[str]
    extended_key_usage: tuple[ObjectIdentifier, ...] | None
    lifetime: timedelta = timedelta(days=365)
    ca: bool = False
    path_length: int | None = None

    def key_usage_extension(self, *, rsa: bool) -> x509.KeyUsage:
        """The key usage extension; only an RSA key can encipher, so others lose that bit."""
        usages = self.key_usage if rsa else self.key_usage - {"key_encipherment"}
        return x509.KeyUsage(
            digital_signature="digital_signature" in usages,
            content_commitment="content_commitment" in usages,
            key_encipherment="key_encipherment" in usages,
            data_encipherment=False,
            key_agreement="key_agreement" in usages,
            key_cert_sign="key_cert_sign" in usages,
            crl_sign="crl_sign" in usages,
            encipher_only=False,
            decipher_only=False,
        )


_SIGN = frozenset({"digital_signature"})
_TLS = frozenset({"digital_signature", "key_encipherment"})
_CA = frozenset({"key_cert_sign", "crl_sign"})
_OID = ExtendedKeyUsageOID

_ALL = (
    Profile(
        "mutual-tls",
        "Mutual TLS",
        "a UM server, gateway or PBX that calls and answers",
        _TLS,
        (_OID.SERVER_AUTH, _OID.CLIENT_AUTH),
    ),
    Profile(
        "tls-server",
        "Web or TLS server",
        "a server that proves its name to those who connect",
        _TLS,
        (_OID.SERVER_AUTH,),
    ),
    Profile(
        "tls-client",
        "Web user or TLS client",
        "a person or machine that proves who is calling",
        _SIGN,
        (_OID.CLIENT_AUTH,),
    ),
    Profile(
        "any-use",
        "No stated use",
        "a certificate without extended key usage, so no use is excluded",
        _TLS,
        None,
    ),
    Profile(
        "email", "S/MIME e-mail", "signing and encrypting mail", _TLS, (_OID.EMAIL_PROTECTION,)
    ),
    Profile("ipsec", "IPsec", "a tunnel's end point", _SIGN, (_OID.IPSEC_IKE,)),
    Profile(
        "code-signing",
        "Code signing",
        "showing who published a program",
        _SIGN,
        (_OID.CODE_SIGNING,),
    ),
    Profile(
        "file-encryption",
        "Encrypting file system",
        "the key that opens a user's encrypted files",
        frozenset({"key_encipherment"}),
        (FILE_ENCRYPTION,),
    ),
    Profile(
        "ocsp-responder",
        "OCSP responder",
        "signing answers about revoked certificates",
        _SIGN,
        (_OID.OCSP_SIGNING,),
        timedelta(days=30),
    ),
    Profile(
        "root-ca",
        "Root CA",
        "the anchor that others import; it signs issuing CAs",
        _CA,
        None,
        timedelta(days=20 * 365),
        ca=True,
    ),
    Profile(
        "issuing-ca",
        "Issuing CA",
        "signs the certificates of servers and devices, and no further CA",
        _CA,
        None,
        timedelta(days=10 * 365),
        ca=True,
        path_length=0,
    ),
)
PROFILES: dict[str, Profile] = {profile.key: profile for profile in _ALL}
"""Every profile by key: the uses of claims C07 and C21, and the two kinds of CA."""


def profile(key: str | Profile) -> Profile:
    """The profile of that key. Raises ``UnknownName`` with the keys there are."""
    if isinstance(key, Profile):
        return key
    try:
        return PROFILES[key]
    except KeyError:
        raise UnknownName(
            f"no profile is called {key!r}", expected="one of " + ", ".join(PROFILES)
        ) from None
