"""A second look at one certificate: what it will be refused for later, elsewhere, or by rule.

``validate`` answers for one verifier and one moment. ``review`` needs neither: it reads the
certificate by itself and tells what will bite, each remark with its rule and, where the rule has
a date, its fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from ..errors import UnknownName
from ..pki import Certificate, use_in_words
from .facts import Fact, fact, in_force
from .policy import Purpose

CA = "ca"
"""The role of a CA certificate; every other role is a ``Purpose``."""


class RemarkKind(StrEnum):
    """What a review can remark."""

    MALFORMED = "malformed"
    VERSION_1 = "version 1"
    NO_NAME = "no alternative name"
    CN_ONLY = "name only in CN"
    CN_ELSEWHERE = "CN is not an alternative name"
    WILDCARD = "wildcard"
    INTERNAL_NAME = "internal name"
    WRONG_USE = "use not allowed"
    PUBLIC_CLIENT = "public client certificate"
    NO_USE = "no stated use"
    NO_SIGNING = "key may not sign"
    LEAF_IS_CA = "CA:TRUE on a leaf"
    NOT_A_CA = "not a CA"
    CA_FORM = "form of a CA"
    LIFETIME = "lifetime over the cap"
    ENDING = "ends soon"
    WEAK_KEY = "weak key"
    WEAK_SIGNATURE = "weak signature"
    NO_AKI = "no authority key identifier"
    NO_SKI = "no subject key identifier"
    NO_REVOCATION = "no revocation pointer"
    SERIAL = "serial number"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that will bite: a sentence, the section of the rule, and its dated fact if any."""

    kind: RemarkKind
    words: str
    section: str
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class _Subject:
    """The certificate under review, what it is for, and whether a public CA's rules bind it."""

    certificate: Certificate
    role: Purpose | None
    public: bool
    at: datetime | None

    @property
    def names_a_server(self) -> bool:
        return self.role in (Purpose.SERVER, Purpose.MUTUAL)


def review(
    certificate: Certificate,
    role: Purpose | str,
    *,
    at: datetime | None = None,
    public: bool | None = None,
) -> tuple[Remark, ...]:
    """Tell what will bite, each remark once for every name or use it concerns.

    ``role`` is a ``Purpose`` or ``CA``. With ``at`` (aware) the time left is looked at too.
    ``public`` says whether a public CA issued it; left out, the certificate tells by its
    policies or its transparency stamps. Raises ``UnknownName`` for another role.
    """
    try:
        purpose = None if role == CA else Purpose(role)
    except ValueError:
        roles = ", ".join([CA, *Purpose])
        raise UnknownName(f"no role is called {role!r}", expected=f"one of {roles}") from None
    if certificate.malformed:
        return (
            Remark(
                RemarkKind.MALFORMED, f"It cannot be read: {certificate.malformed}.", "RFC 5280 4.1"
            ),
        )
    is_public = looks_public(certificate) if public is None else public
    subject = _Subject(certificate, purpose, is_public, at)
    return tuple(remark for rule in _RULES for remark in rule(subject))


_PUBLIC_POLICIES = frozenset(
    x509.ObjectIdentifier(f"2.23.140.1.{last}") for last in ("1", "2.1", "2.2", "2.3")
)


def looks_public(certificate: Certificate) -> bool:
    """Whether it bears the marks of a public CA: the CA/Browser Forum's policies, or CT stamps."""
    if ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS in certificate.extensions:
        return True
    found = certificate.extensions.get(ExtensionOID.CERTIFICATE_POLICIES)
    return (
        found is not None
        and isinstance(found.value, x509.CertificatePolicies)
        and any(policy.policy_identifier in _PUBLIC_POLICIES for policy in found.value)
    )


# --- the rules, one function each ---------------------------------------------------------------


def _version(subject: _Subject) -> Iterator[Remark]:
    if subject.certificate.version == 1:
        yield Remark(
            RemarkKind.VERSION_1,
            "It is a version 1 certificate: it can say neither what "
            "it is for nor whether it is a CA.",
            "RFC 5280 4.1.2.1",
        )


def _names(subject: _Subject) -> Iterator[Remark]:
    """Where names stand: the alternative names, and nowhere else."""
    certificate, common_name = subject.certificate, subject.certificate.common_name
    if subject.role is None:
        return
    looks_like_host = common_name is not None and "." in common_name and " " not in common_name
    if not certificate.alternative_names:
        if looks_like_host:
            yield Remark(
                RemarkKind.CN_ONLY,
                f"“{common_name}” stands only in the common name, "
                "where verifiers do not look any more.",
                "RFC 9525 2",
                fact("no-cn-matching"),
            )
        elif subject.names_a_server:
            yield Remark(
                RemarkKind.NO_NAME,
                "It has no alternative name, so no name that a caller expects can match.",
                "RFC 5280 4.2.1.6",
                fact("names-in-san"),
            )
    elif looks_like_host and common_name not in certificate.dns_names:
        yield Remark(
            RemarkKind.CN_ELSEWHERE,
            f"The common name “{common_name}” is not among the "
            "alternative names: old and new verifiers see two different names.",
            "TLS Baseline Requirements 7.1.4.3",
            fact("names-in-san"),
        )
    for name in certificate.dns_names:
        if name.startswith("*."):
            yield Remark(
                RemarkKind.WILDCARD,
                f"“{name}” is a wildcard, which SIP does not match.",
                "RFC 5922 7.2",
            )


_NOT_PUBLIC = (
    "local",
    "localhost",
    "internal",
    "intranet",
    "private",
    "lan",
    "corp",
    "home",
    "home.arpa",
    "test",
    "example",
    "invalid",
)


def is_internal_name(name: x509.GeneralName) -> bool:
    """Whether only the house knows this name: one label, a reserved domain, a private address."""
    if isinstance(name, x509.DNSName):
        return is_internal_host(name.value)
    return isinstance(name, x509.IPAddress) and not getattr(name.value, "is_global", True)


def is_internal_host(name: str) -> bool:
    """Whether a DNS name is one label or under a domain that nobody can register."""
    host = name.lower().rstrip(".")
    return "." not in host or host.endswith(tuple(f".{end}" for end in _NOT_PUBLIC))


def _internal_names(subject: _Subject) -> Iterator[Remark]:
    """A public CA cannot prove who owns a name that only the house knows."""
    if not subject.public or subject.role is None:
        return
    for name in subject.certificate.alternative_names:
        if is_internal_name(name):
            yield Remark(
                RemarkKind.INTERNAL_NAME,
                f"“{name.value}” is known only inside the house: a public CA may not certify it.",
                "TLS Baseline Requirements 4.2.2",
                fact("internal-names"),
            )


def _uses(subject: _Subject) -> Iterator[Remark]:
    """What it may be used for, against what it is to do."""
    certificate, role = subject.certificate, subject.role
    if role is None:
        return
    allowed = certificate.extended_key_usage
    if allowed is None:
        yield Remark(
            RemarkKind.NO_USE,
            "It states no use. Nothing is excluded, and some verifiers "
            "and every public CA want the use stated.",
            "RFC 5280 4.2.1.12",
        )
    elif x509.oid.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in allowed:
        for use in role.uses:
            if use not in allowed:
                both = " Mutual TLS needs both uses." if role is Purpose.MUTUAL else ""
                yield Remark(
                    RemarkKind.WRONG_USE,
                    f"It may not be used for {use_in_words(use)}.{both}",
                    "RFC 5280 4.2.1.12",
                )
    if subject.public and x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH in role.uses:
        rule = fact("chrome-client-auth-end")
        yield Remark(
            RemarkKind.PUBLIC_CLIENT,
            "Public CAs give up client authentication: one "
            f"issued on or after {rule.effective} will not do for calling.",
            rule.source,
            rule,
        )
    usage = certificate.key_usage
    if usage is not None and not all(usage & wanted for wanted in role.key_usages):
        yield Remark(
            RemarkKind.NO_SIGNING,
            "Its key usage excludes what this role does with the "
            f"key: it allows {', '.join(sorted(usage)) or 'nothing'}.",
            "RFC 5280 4.2.1.3",
        )


def _authority(subject: _Subject) -> Iterator[Remark]:
    """CA or not, and the form that CAs have."""
    certificate = subject.certificate
    if subject.role is not None:
        if certificate.is_ca:
            yield Remark(
                RemarkKind.LEAF_IS_CA,
                "It says CA:TRUE: wherever it is imported as a "
                "root, its key can make certificates for any name.",
                "RFC 5280 4.2.1.9",
            )
        return
    if not certificate.is_ca:
        yield Remark(
            RemarkKind.NOT_A_CA,
            "It does not say CA:TRUE, so nothing it signs is accepted.",
            "RFC 5280 4.2.1.9",
        )
        return
    if not certificate.extensions[ExtensionOID.BASIC_CONSTRAINTS].critical:
        yield Remark(
            RemarkKind.CA_FORM, "Its basic constraints are not marked critical.", "RFC 5280 4.2.1.9"
        )
    if certificate.key_usage is None or "keyCertSign" not in certificate.key_usage:
        yield Remark(
            RemarkKind.CA_FORM,
            "Its key usage does not state that it signs certificates.",
            "RFC 5280 4.2.1.3",
        )


def _lifetime(subject: _Subject) -> Iterator[Remark]:
    certificate, at = subject.certificate, subject.at
    cap = in_force("public-validity", certificate.not_before)
    # Both ends count, and a day begun is a day (TLS Baseline Requirements 6.3.2).
    span = certificate.not_after - certificate.not_before + timedelta(seconds=1)
    days = -(-span // timedelta(days=1))
    if subject.public and subject.role is not None and cap and cap.value and days > cap.value:
        yield Remark(
            RemarkKind.LIFETIME,
            f"It is valid for {days} days; when it was issued, at most {cap.value} were allowed.",
            "TLS Baseline Requirements 6.3.2",
            cap,
        )
    if at is not None and certificate.not_after < at + timedelta(days=30):
        verb = "ended" if certificate.not_after < at else "ends"
        yield Remark(
            RemarkKind.ENDING, f"It {verb} on {certificate.not_after:%Y-%m-%d}.", "RFC 5280 4.1.2.5"
        )


_CURVES = ("EC P-256", "EC P-384", "EC P-521")


def _strength(subject: _Subject) -> Iterator[Remark]:
    certificate = subject.certificate
    kind, least = certificate.key_type, fact("rsa-minimum")
    if kind.startswith("RSA") and least.value and certificate.key_bits < least.value:
        yield Remark(
            RemarkKind.WEAK_KEY,
            f"Its key is {kind}; at least {least.value} bits are needed.",
            "TLS Baseline Requirements 6.1.5",
            least,
        )
    elif kind.startswith("EC") and kind not in _CURVES:
        yield Remark(
            RemarkKind.WEAK_KEY,
            f"Its key is {kind}, a curve that verifiers refuse.",
            "TLS Baseline Requirements 6.1.5",
            fact("curves"),
        )
    elif kind == "DSA":
        yield Remark(RemarkKind.WEAK_KEY, "Its key is for DSA.", "FIPS 186-5", fact("dsa-end"))
    if certificate.is_self_issued:
        return  # Nobody relies on the signature of an anchor on itself.
    for name, rule in (("SHA-1", "sha1-end"), ("MD5", "md5-end")):
        if certificate.signature_algorithm.endswith(name):
            found = fact(rule)
            yield Remark(
                RemarkKind.WEAK_SIGNATURE,
                f"It is signed with {certificate.signature_algorithm}.",
                found.source,
                found,
            )


def _key_identifiers(subject: _Subject) -> Iterator[Remark]:
    certificate = subject.certificate
    is_root = subject.role is None and certificate.is_self_issued
    if certificate.authority_key_id is None and not is_root:
        yield Remark(
            RemarkKind.NO_AKI,
            "It does not tell which key signed it; strict verifiers, "
            "Python from 3.13 on among them, refuse it.",
            "RFC 5280 4.2.1.1",
            fact("strict-aki"),
        )
    if certificate.subject_key_id is None and certificate.is_ca:
        yield Remark(
            RemarkKind.NO_SKI, "It is a CA without a subject key identifier.", "RFC 5280 4.2.1.2"
        )


def _revocation(subject: _Subject) -> Iterator[Remark]:
    certificate = subject.certificate
    if certificate.is_self_issued or ExtensionOID.OCSP_NO_CHECK in certificate.extensions:
        return
    access = certificate.extensions.get(ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    answers = (
        access is not None
        and isinstance(access.value, x509.AuthorityInformationAccess)
        and (
            any(found.access_method == AuthorityInformationAccessOID.OCSP for found in access.value)
        )
    )
    if not answers and ExtensionOID.CRL_DISTRIBUTION_POINTS not in certificate.extensions:
        yield Remark(
            RemarkKind.NO_REVOCATION,
            "It points to no CRL and no OCSP responder, so nobody can learn that it was revoked.",
            "RFC 5280 4.2.1.13",
        )


def _serial(subject: _Subject) -> Iterator[Remark]:
    serial, limit = subject.certificate.serial, fact("serial-number")
    # A positive INTEGER of n octets has at most 8n - 1 bits.
    if serial <= 0 or (limit.value and serial.bit_length() >= 8 * limit.value):
        yield Remark(
            RemarkKind.SERIAL,
            "Its serial number is not positive or too long.",
            "RFC 5280 4.1.2.2",
            limit,
        )


_RULES: tuple[Callable[[_Subject], Iterator[Remark]], ...] = (
    _version,
    _names,
    _internal_names,
    _uses,
    _authority,
    _lifetime,
    _strength,
    _key_identifiers,
    _revocation,
    _serial,
)
